/** The pages of the webmail. They are plain HTML and need no script. */

import { type Html, html } from '#shared/page/html.ts';
import { LANGUAGE_NAMES, type Language } from '#shared/page/language.ts';
import type { OtherPart, ReadMessage } from '../protocol/mime-message.ts';
import { WORDS, type Words } from './words.ts';

/** What every page knows. */
export interface PageContext {
  readonly language: Language;
  readonly domain: string;
  readonly mailHost: string;
  /** Where this page is, for the switch of languages. */
  readonly path: string;
  /** Null before log-in. */
  readonly user: { readonly address: string; readonly formToken: string } | null;
}

export interface InboxRow {
  readonly uid: number;
  readonly from: string;
  readonly subject: string;
  readonly arrivedAt: number;
  readonly isSeen: boolean;
}

export interface Draft {
  readonly to: string;
  readonly cc: string;
  readonly subject: string;
  readonly text: string;
  /** The message that this one answers or passes on. */
  readonly inReplyTo: string;
  readonly references: string;
}

export function loginPage(context: PageContext, hasFailed: boolean): string {
  const words = WORDS[context.language];
  return page(
    context,
    words.logIn,
    html`<div class="door">
      <h1>${words.logIn}</h1>
      <p class="quiet">${words.welcome}</p>
      ${hasFailed ? html`<p class="alarm" role="alert">${words.wrongPassword}</p>` : null}
      <form method="post" action="/login">
        ${field(words.userName, html`<input name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>`)}
        ${field(words.password, html`<input name="password" type="password" autocomplete="current-password" required>`)}
        <button>${words.logIn}</button>
      </form>
    </div>`,
  );
}

export function inboxPage(
  context: PageContext,
  rows: readonly InboxRow[],
  place: { page: number; pages: number; unseen: number },
): string {
  const words = WORDS[context.language];
  const list = html`<ul class="list">${rows.map((row) => inboxRow(row, words, context.language))}</ul>`;
  return page(
    context,
    words.inbox,
    html`<div class="head">
        <h1>${words.inbox} ${place.unseen > 0 ? html`<span class="quiet">${words.unreadCount.replace('{count}', String(place.unseen))}</span>` : null}</h1>
        <a class="button" href="/compose">${words.compose}</a>
      </div>
      ${rows.length === 0 ? html`<p class="empty">${words.noMessages}</p>` : list}
      <nav class="pages">
        <span>${place.page > 1 ? html`<a href="/inbox?page=${place.page - 1}">← ${words.newer}</a>` : null}</span>
        <span>${place.page < place.pages ? html`<a href="/inbox?page=${place.page + 1}">${words.older} →</a>` : null}</span>
      </nav>`,
  );
}

function inboxRow(row: InboxRow, words: Words, language: Language): Html {
  return html`<li class="${row.isSeen ? 'seen' : 'unseen'}"><a href="/message/${row.uid}">
    <span class="dot">${row.isSeen ? null : html`<span class="aside">${words.unread}</span>`}</span>
    <span class="sender">${row.from}</span>
    <span class="subject">${row.subject || words.noSubject}</span>
    ${time(row.arrivedAt, language, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })}</a></li>`;
}

export function messagePage(context: PageContext, uid: number, message: ReadMessage, arrivedAt: number): string {
  const words = WORDS[context.language];
  const meta = [
    [words.from, message.from],
    [words.to, message.to],
    [words.cc, message.cc],
  ].filter(([, value]) => value !== '');
  return page(
    context,
    message.subject || words.noSubject,
    html`<p><a href="/inbox">← ${words.back}</a></p>
      <article class="letter">
        <h1>${message.subject || words.noSubject}</h1>
        <dl class="meta">
          ${meta.map(([name = '', value = '']) => html`<dt>${name}</dt><dd>${value}</dd>`)}
          <dt>${words.date}</dt><dd>${time(arrivedAt, context.language)}</dd>
        </dl>
        <div class="text">${message.text}</div>
        ${otherParts(message.otherParts, words)}
        <details><summary>${words.headerFields}</summary><table>
          ${message.fields.map(({ name, value }) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}
        </table></details>
      </article>
      <div class="actions">
        <a class="button" href="/compose?reply=${uid}">${words.reply}</a>
        <a class="button plain" href="/compose?forward=${uid}">${words.forward}</a>
      </div>`,
  );
}

function otherParts(parts: readonly OtherPart[], words: Words): Html | null {
  if (parts.length === 0) return null;
  return html`<details open><summary>${words.otherParts}</summary><table>
    ${parts.map(({ type, filename, octets }) => html`<tr><th scope="row">${type}</th><td>${filename}</td><td>${octets} ${words.octets}</td></tr>`)}
  </table></details>`;
}

/** The newline right behind `<textarea>` is dropped by HTML, so that one of the text's own is kept. */
export function composePage(context: PageContext, draft: Draft, trouble: string | null): string {
  const words = WORDS[context.language];
  return page(
    context,
    words.compose,
    html`<h1>${words.compose}</h1>
      ${trouble === null ? null : html`<p class="alarm" role="alert">${words.notSent}. ${trouble}</p>`}
      <form method="post" action="/send">
        ${token(context)}
        <input type="hidden" name="inReplyTo" value="${draft.inReplyTo}">
        <input type="hidden" name="references" value="${draft.references}">
        ${field(words.to, html`<input name="to" value="${draft.to}" autocapitalize="none" spellcheck="false" required>`, words.severalReceivers)}
        ${field(words.cc, html`<input name="cc" value="${draft.cc}" autocapitalize="none" spellcheck="false">`)}
        ${field(words.subject, html`<input name="subject" value="${draft.subject}">`)}
        ${field(words.text, html`<textarea name="text">${`\n${draft.text}`}</textarea>`)}
        <div class="actions"><button>${words.send}</button><a class="button plain" href="/inbox">${words.cancel}</a></div>
      </form>`,
  );
}

export function sentPage(context: PageContext, id: string): string {
  const words = WORDS[context.language];
  return page(
    context,
    words.sent,
    html`<h1>${words.sent}</h1><p>${words.sentExplained} <code>${id}</code></p>
      <div class="actions"><a class="button" href="/inbox">${words.back}</a></div>`,
  );
}

/** A page that says in two sentences why there is no other. */
export function noticePage(context: PageContext, title: string, sentence: string): string {
  const words = WORDS[context.language];
  return page(context, title, html`<h1>${title}</h1><p>${sentence}</p><p><a href="/inbox">← ${words.back}</a></p>`);
}

function page(context: PageContext, title: string, main: Html): string {
  const { language, domain, user } = context;
  const words = WORDS[language];
  const other: Language = language === 'en' ? 'ko' : 'en';
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>${title} · ${domain}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="bar"><div>
  <a class="brand" href="/inbox">${domain} <span>${words.mail}</span></a>
  ${user === null ? null : html`<span class="who">${user.address}</span>`}
  <a class="who" href="/language/${other}?back=${encodeURIComponent(context.path)}" lang="${other}" hreflang="${other}">${LANGUAGE_NAMES[other]}</a>
  ${user === null ? null : html`<form method="post" action="/logout">${token(context)}<button class="link">${words.logOut}</button></form>`}
</div></header>
<main>${main}</main>
<footer><p>${words.howItWorks}</p><p>${context.mailHost}</p></footer>
</body>
</html>
`.text;
}

function token({ user }: PageContext): Html | null {
  return user === null ? null : html`<input type="hidden" name="token" value="${user.formToken}">`;
}

function field(label: string, input: Html, hint?: string): Html {
  return html`<label class="field"><span>${label}</span>${input}${hint === undefined ? null : html`<small>${hint}</small>`}</label>`;
}

function time(
  ms: number,
  language: Language,
  style: Intl.DateTimeFormatOptions = { dateStyle: 'long', timeStyle: 'short' },
): Html {
  const text = new Intl.DateTimeFormat(language, style).format(ms);
  return html`<time datetime="${new Date(ms).toISOString()}">${text}</time>`;
}
