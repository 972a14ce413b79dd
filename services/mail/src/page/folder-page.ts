/** The list of a folder: what there is, what is found, and what can be done with it. */

import { Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import { alarm, type FolderNode, number, type PageContext, page, rowStyle, size, time, token } from './frame.ts';
import { moveMenu } from './move-menu.ts';
import { folderPath, messagePath } from './paths.ts';
import { fill, WORDS, type Words } from './words.ts';

export const SEARCHED_IN = ['all', 'subject', 'from', 'text'] as const;
export type SearchedIn = (typeof SEARCHED_IN)[number];

/** A paper clip: no font of every machine has one. */
const CLIP = new Html(
  '<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" aria-hidden="true"><path d="M12.5 7.2 7.6 12a3 3 0 0 1-4.3-4.2l5.4-5.4a2 2 0 0 1 2.9 2.8L6.3 10.5a1 1 0 0 1-1.4-1.4l4.6-4.6"/></svg>',
);

export interface MessageRow {
  readonly uid: number;
  readonly people: string;
  readonly subject: string;
  readonly arrivedAt: number;
  readonly octets: number;
  readonly hasAttachments: boolean;
  readonly isSeen: boolean;
  readonly isStarred: boolean;
  readonly isAnswered: boolean;
  readonly isForwarded: boolean;
}

export interface FolderView {
  readonly name: string;
  readonly title: string;
  readonly use: FolderNode['use'];
  readonly uidValidity: number;
  /** When the list is looked at: what came in another year says in which. */
  readonly now: number;
  readonly rows: readonly MessageRow[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  readonly unseen: number;
  /** False where the disk takes nothing: what came last is not shown then. */
  readonly isRecorded: boolean;
  readonly search: {
    readonly query: string;
    readonly in: SearchedIn;
    readonly count: number;
    readonly unsearched: number;
  } | null;
}

export function folderPage(context: PageContext, view: FolderView): string {
  const words = WORDS[context.language];
  const { search, rows } = view;
  const empty = search === null ? words.noMessages : words.nothingFound;
  return page(
    context,
    view.title,
    html`<div class="head">
      <h1>${view.title} <span class="quiet">${summary(view, context.language)}</span></h1>
      ${searchForm(view, words)}
    </div>
    ${search === null ? null : searchResult(search, view.name, words)}
    <div id="list">${alarm(view.isRecorded ? null : `${words.diskFull}. ${words.shownLater}`)}
      ${rows.length === 0 ? html`<p class="empty">${empty}</p>` : messageForm(context, view)}</div>
    ${pageLinks(view, words)}`,
  );
}

function summary({ total, unseen }: FolderView, language: Language): string {
  const words = WORDS[language];
  const counts = [fill(words.messageCount, { count: number(total, language) })];
  if (unseen > 0) counts.push(fill(words.unreadCount, { count: number(unseen, language) }));
  return counts.join(' · ');
}

function searchForm({ name, search }: FolderView, words: Words): Html {
  return html`<form class="search" method="get" action="${folderPath(name)}" role="search">
    <input name="q" type="search" value="${search?.query ?? ''}" placeholder="${words.search}" aria-label="${words.search}">
    <select name="in" aria-label="${words.search}">${SEARCHED_IN.map((one) => html`<option value="${one}"${one === search?.in ? html` selected` : null}>${words.searchIn[one]}</option>`)}</select>
    <button class="plain">${words.search}</button>
  </form>`;
}

function searchResult(search: NonNullable<FolderView['search']>, name: string, words: Words): Html {
  return html`<p class="found"><span>${fill(words.foundCount, { count: search.count, query: search.query })}</span>
    <a href="${folderPath(name)}">${words.clearSearch}</a>
    ${search.unsearched > 0 ? html`<span class="quiet">${fill(words.notSearched, { count: search.unsearched })}</span>` : null}</p>`;
}

function messageForm(context: PageContext, view: FolderView): Html {
  const words = WORDS[context.language];
  return html`<form method="post" action="${folderPath(view.name)}/change" id="messages">
    ${token(context)}
    <input type="hidden" name="uidValidity" value="${view.uidValidity}">
    <input type="hidden" name="back" value="${queryOf(view, view.page)}">
    <div class="tools">
      <label class="all" hidden><input type="checkbox" id="all"> <span class="aside">${words.selectAll}</span></label>
      <button class="plain" name="act" value="seen">${words.markSeen}</button>
      <button class="plain" name="act" value="unseen">${words.markUnseen}</button>
      <button class="plain" name="act" value="delete">${view.use === 'trash' ? words.deleteForEver : words.delete}</button>
      ${moveMenu(context, view.name)}
    </div>
    <ul class="list">${view.rows.map((row) => messageRow(row, view, context.language))}</ul>
    <p class="hint" hidden>${words.dragHint}</p>
  </form>`;
}

function messageRow(row: MessageRow, { name, use, now }: FolderView, language: Language): Html {
  const words = WORDS[language];
  const subject = row.subject || words.noSubject;
  // A draft is opened to be gone on with.
  const path = use === 'drafts' ? `/compose?draft=${row.uid}` : messagePath(name, row.uid);
  const marks = [row.isAnswered ? mark('↩', words.answered) : null, row.isForwarded ? mark('↪', words.passedOn) : null];
  return html`<li class="${row.isSeen ? 'seen' : 'unseen'}" data-uid="${row.uid}">
    <input type="checkbox" name="uid" value="${row.uid}" aria-label="${fill(words.choose, { subject })}">
    <button class="star" name="act" value="${row.isStarred ? 'unstar' : 'star'}:${row.uid}" aria-pressed="${row.isStarred ? 'true' : 'false'}" title="${row.isStarred ? words.unstar : words.star}"><span aria-hidden="true">${row.isStarred ? '★' : '☆'}</span><span class="aside">${row.isStarred ? words.unstar : words.star}</span></button>
    <a href="${path}">
      <span class="dot">${row.isSeen ? null : html`<span class="aside">${words.unread}</span>`}</span>
      <span class="sender">${row.people || words.nobody}</span>
      <span class="subject">${marks.filter((one) => one !== null)}${subject}</span>
      <span class="clip">${row.hasAttachments ? html`${CLIP}<span class="aside">${words.attachment}</span>` : null}</span>
      <span class="size">${size(row.octets)}</span>
      ${time(row.arrivedAt, language, rowStyle(row.arrivedAt, now))}</a></li>`;
}

function mark(sign: string, meaning: string): Html {
  return html`<span class="mark" title="${meaning}"><span aria-hidden="true">${sign}</span><span class="aside">${meaning}</span></span> `;
}

function pageLinks(view: FolderView, words: Words): Html | null {
  if (view.pages === 1) return null;
  const link = (to: number, text: string) => html`<a href="${folderPath(view.name)}${queryOf(view, to)}">${text}</a>`;
  return html`<nav class="pages">
    <span>${view.page > 1 ? link(view.page - 1, `← ${words.newer}`) : null}</span>
    <span class="quiet">${fill(words.pageOf, { page: view.page, pages: view.pages })}</span>
    <span>${view.page < view.pages ? link(view.page + 1, `${words.older} →`) : null}</span>
  </nav>`;
}

function queryOf({ search }: FolderView, to: number): string {
  const query = [...(search === null ? [] : [`q=${encodeURIComponent(search.query)}`, `in=${search.in}`])];
  if (to > 1) query.push(`page=${to}`);
  return query.length === 0 ? '' : `?${query.join('&')}`;
}
