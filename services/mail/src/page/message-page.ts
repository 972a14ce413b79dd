/** A message to read, with everything that can be done with it. */

import { type Html, html } from '#shared/page/html.ts';
import { formatNamedAddress, type NamedAddress } from '../protocol/address-field.ts';
import { decodedOctets, type MessagePart } from '../protocol/message-part.ts';
import type { Stop } from '../protocol/message-way.ts';
import type { DescribedMessage } from '../protocol/mime-message.ts';
import { alarm, type PageContext, page, size, time, token } from './frame.ts';
import { linkedText } from './linked-text.ts';
import { moveMenu } from './move-menu.ts';
import { decodedFolder, folderPath, messagePath } from './paths.ts';
import { shownNamedAddress } from './shown-address.ts';
import { type WaitingRecipient, waitingView, wayView } from './way-view.ts';
import { WORDS, type Words } from './words.ts';

export interface MessageView {
  readonly folder: {
    readonly name: string;
    readonly title: string;
    readonly uidValidity: number;
    /** What is deleted here is gone. */
    readonly isTrash: boolean;
  };
  readonly uid: number;
  /** The number of the part that this message is in; '' for the message itself. */
  readonly inside: string;
  readonly message: DescribedMessage;
  readonly text: string;
  readonly hasHtml: boolean;
  /** Addresses that the HTML wanted to fetch from. */
  readonly blocked: readonly string[];
  /** Without the pictures that the HTML shows. */
  readonly attachments: readonly (MessagePart & { readonly shownName: string })[];
  readonly arrivedAt: number;
  readonly octets: number;
  readonly isStarred: boolean;
  readonly newer: number | null;
  readonly older: number | null;
  readonly stops: readonly Stop[];
  readonly waiting: readonly WaitingRecipient[];
}

export function messagePage(context: PageContext, view: MessageView): string {
  const { language } = context;
  const words = WORDS[language];
  const { message, folder, inside } = view;
  const subject = message.subject || words.noSubject;
  return page(
    context,
    subject,
    html`${aroundLinks(view, words)}
    <article class="letter">
      ${inside === '' ? null : html`<p class="quiet">${words.insideOf}</p>`}
      <h1>${subject}</h1>
      ${message.missing.map((name) => alarm(words.missing[name]) as Html)}
      <dl class="meta">
        ${addresses(words.from, message.from, words)}
        ${addresses(words.to, message.to, words)}
        ${message.cc.length === 0 ? null : addresses(words.cc, message.cc, words)}
        ${message.bcc.length === 0 ? null : addresses(words.bcc, message.bcc, words)}
        <dt>${words.date}</dt><dd>${time(message.date ?? view.arrivedAt, language)}</dd>
      </dl>
      ${view.hasHtml ? htmlView(view, words) : textView(view, words)}
      ${attachmentList(view, words)}
    </article>
    ${inside === '' ? actions(context, view) : null}
    ${waitingView(view.waiting, language)}
    ${wayView(view.stops, language)}
    <details class="fields"><summary>${words.headerFields}</summary><table>
      ${message.fields.map(({ name, value }) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}
    </table></details>
    <p class="links"><a href="${messagePath(folder.name, view.uid, '/source')}">${words.source}</a>
      <a href="${messagePath(folder.name, view.uid, '/octets')}">${words.octetByOctet}</a>
      <a href="${messagePath(folder.name, view.uid, '/raw')}">${words.whole}</a> <span class="quiet">${size(view.octets)}</span></p>`,
  );
}

function aroundLinks({ folder, uid, inside, newer, older }: MessageView, words: Words): Html {
  const back =
    inside === ''
      ? html`<a href="${folderPath(folder.name)}">← ${folder.title}</a>`
      : html`<a href="${messagePath(folder.name, uid)}">← ${words.outer}</a>`;
  const link = (to: number | null, text: string) =>
    to === null || inside !== '' ? null : html`<a href="${messagePath(folder.name, to)}">${text}</a>`;
  return html`<nav class="pages top"><span>${back}</span><span class="turn">${link(newer, `↑ ${words.newer}`)} ${link(older, `↓ ${words.older}`)}</span></nav>`;
}

function addresses(label: string, list: readonly NamedAddress[], words: Words): Html {
  const shown = list.map((one, index) => html`${index === 0 ? '' : ', '}${namedAddress(one)}`);
  return html`<dt>${label}</dt><dd>${list.length === 0 ? words.nobody : shown}</dd>`;
}

/** Where the domain is shown in other letters than it travelled in, those are told too. */
function namedAddress(one: NamedAddress): Html {
  const shown = shownNamedAddress(one);
  return shown === formatNamedAddress(one) ? html`${shown}` : html`<span title="${one.address}">${shown}</span>`;
}

function htmlView(view: MessageView, words: Words): Html {
  const path = `${messagePath(view.folder.name, view.uid, '/html')}${view.inside === '' ? '' : `?inside=${view.inside}`}`;
  return html`<p class="quiet">${words.htmlMail} <a href="${path}" target="_blank" rel="noopener noreferrer">${words.htmlAlone}</a></p>
    <iframe class="html" sandbox="allow-popups allow-popups-to-escape-sandbox" src="${path}" title="${words.htmlFrame}" referrerpolicy="no-referrer"></iframe>
    ${view.blocked.length === 0 ? null : html`<div class="blocked"><p>${words.blocked}</p><ul>${view.blocked.map((address) => html`<li><code>${address}</code></li>`)}</ul></div>`}
    ${view.text.trim() === '' ? null : html`<details><summary>${words.plainToo}</summary><div class="text">${linkedText(view.text)}</div></details>`}`;
}

function textView({ text, attachments }: MessageView, words: Words): Html {
  if (text.trim() === '' && attachments.length === 0) return html`<p class="quiet">${words.noText}</p>`;
  return html`<div class="text">${linkedText(text)}</div>`;
}

function attachmentList({ attachments, folder, uid }: MessageView, words: Words): Html | null {
  if (attachments.length === 0) return null;
  const one = (part: MessageView['attachments'][number]) => html`<li>
    <a href="${messagePath(folder.name, uid)}/part/${part.section}" download>${part.shownName}</a>
    <small class="quiet">${part.type}, ${size(decodedOctets(part))}</small>
    ${part.entity.message === null ? null : html`<a href="${messagePath(folder.name, uid)}?inside=${part.section}">${words.openInside}</a>`}</li>`;
  return html`<section class="files"><h2>${words.attachments}</h2><ul>${attachments.map(one)}</ul></section>`;
}

function actions(context: PageContext, { folder, uid, isStarred }: MessageView): Html {
  const words = WORDS[context.language];
  const title = encodeURIComponent(decodedFolder(folder.name));
  const write = (kind: string) => `/compose?${kind}=${uid}&folder=${title}`;
  return html`<div class="actions">
      <a class="button" href="${write('reply')}">${words.reply}</a>
      <a class="button plain" href="${write('all')}">${words.replyAll}</a>
      <a class="button plain" href="${write('forward')}">${words.forward}</a>
      <a class="button plain" href="${write('attach')}">${words.forwardAttached}</a>
    </div>
    <form class="tools" method="post" action="${folderPath(folder.name)}/change">
      ${token(context)}
      <input type="hidden" name="uidValidity" value="${folder.uidValidity}"><input type="hidden" name="uid" value="${uid}">
      <button class="plain" name="act" value="${isStarred ? 'unstar' : 'star'}">${isStarred ? '★' : '☆'} ${isStarred ? words.unstar : words.star}</button>
      <button class="plain" name="act" value="unseen">${words.markUnseen}</button>
      <button class="plain danger" name="act" value="delete">${folder.isTrash ? words.deleteForEver : words.delete}</button>
      ${moveMenu(context, folder.name)}
    </form>`;
}
