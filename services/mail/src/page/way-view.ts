/** The way of a message, from agent to mailbox, and what of it is still ahead. */

import { type Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import type { Stop } from '../protocol/message-way.ts';
import { time } from './frame.ts';
import { shownAddress } from './shown-address.ts';
import { fill, WORDS } from './words.ts';

/** A recipient for whom the queue still has the message. */
export interface WaitingRecipient {
  readonly address: string;
  readonly tries: number;
  readonly dueAt: number;
  readonly lastReply: string | null;
}

export function wayView(stops: readonly Stop[], language: Language): Html | null {
  if (stops.length === 0) return null;
  const words = WORDS[language];
  return html`<section class="way" aria-labelledby="way"><h2 id="way">${words.way}</h2>
    <ol>${stops.map((stop, index) => stopView(stop, stops[index - 1], language))}</ol>
    <p>${verdict(stops, language)}</p>
    <p class="quiet">${words.wayHint}</p>
  </section>`;
}

function stopView({ kind, name, by, at }: Stop, before: Stop | undefined, language: Language): Html {
  const words = WORDS[language];
  const seconds = at !== null && before?.at != null ? Math.round((at - before.at) / 1000) : null;
  const carriedBy = kind === 'mailbox' ? words.intoMailbox : by;
  return html`<li class="${kind}">
    ${before === undefined ? null : html`<span class="by">${carriedBy}</span>`}
    <span class="stop"><small>${words.wayKinds[kind]}</small><b>${name || '?'}</b>
    ${at === null ? null : time(at, language, 'clock')}
    ${seconds === null ? null : html`<small>${fill(words.wayTook, { seconds })}</small>`}</span></li>`;
}

/** How often the message went from one mail server to another. */
function verdict(stops: readonly Stop[], language: Language): string {
  const words = WORDS[language];
  const servers = stops.filter(({ kind }) => kind === 'server').length;
  const hops = servers - 1;
  if (hops === 0) return words.wayLocal;
  return hops === 1 ? words.wayDirect : fill(words.wayLong, { count: hops });
}

export function waitingView(waiting: readonly WaitingRecipient[], language: Language): Html | null {
  if (waiting.length === 0) return null;
  const words = WORDS[language];
  const sentence = ({ tries, dueAt }: WaitingRecipient) => {
    if (tries === 0) return words.waitingNow;
    return html`${fill(tries === 1 ? words.waitingTried : words.waitingTries, { tries })} ${time(dueAt, language, 'due')}`;
  };
  return html`<section class="waiting"><h2>${words.waiting}</h2><ul>${waiting.map(
    (one) => html`<li><b>${shownAddress(one.address)}</b> ${sentence(one)}
    ${one.lastReply === null ? null : html`<br><small>${words.lastReply}: <code>${one.lastReply}</code></small>`}</li>`,
  )}</ul></section>`;
}
