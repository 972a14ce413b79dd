import { type Html, html } from '#shared/page/html.ts';
import type { DialogueLine } from '../protocol/dialogue.ts';
import { decodeEncodedWords } from '../protocol/encoded-word.ts';
import { nextDueAt, type QueueEntry, type RecipientState } from '../protocol/mail-queue.ts';
import { alert, labTime, type OperatorContext, operatorPage } from './operator-frame.ts';
import { counted, OPERATOR_WORDS, type OperatorWords } from './operator-words.ts';

/** Entries of one page. */
const ENTRIES_SHOWN_MAX = 100;
/** Receivers that an entry names in the list. */
const RECEIVERS_NAMED_MAX = 5;

/** What the pages ask of the queue. */
export interface ShownQueue {
  readonly entries: readonly QueueEntry[];
  readonly isHeld: boolean;
  /** Whether an attempt at the entry is under way. */
  isTrying(entry: QueueEntry): boolean;
}

/** @param trouble why what was asked for was not done */
export function queuePage(context: OperatorContext, queue: ShownQueue, trouble: string | null): string {
  const words = OPERATOR_WORDS[context.language];
  const { entries, isHeld } = queue;
  const shown = entries.slice(0, ENTRIES_SHOWN_MAX);
  const isCut = shown.length < entries.length;
  const list = html`<ol class="entries">${shown.map((entry) => entryItem(context, entry, queue))}</ol>`;
  return operatorPage(
    context,
    'queue',
    words.queue,
    html`<h1>${words.queue}</h1>
      <p class="lead">${words.queueExplained}</p>
      ${alert(words.notDone, trouble)}
      ${isHeld ? html`<p class="notice">${words.queueIsHeld}</p>` : null}
      <div class="bar">
        <p>${entries.length === 0 ? null : counted(words.waiting, entries.length)} ${isCut ? words.onlySome.replace('{count}', String(shown.length)) : null}</p>
        <div class="buttons">
          ${entries.length > 0 ? button('retry-all', null, words.retryAll, 'main') : null}
          ${isHeld ? button('release-all', null, words.releaseAll) : button('hold-all', null, words.holdAll)}
        </div>
      </div>
      ${entries.length === 0 ? html`<p class="empty">${words.queueIsEmpty}</p>` : list}`,
  );
}

/** One entry, with each of its receivers and what was said last. */
export function queueEntryPage(
  context: OperatorContext,
  entry: QueueEntry,
  dialogue: readonly DialogueLine[],
  queue: ShownQueue,
): string {
  const words = OPERATOR_WORDS[context.language];
  const facts = [
    [words.from, entry.reversePath || words.nullPath],
    [words.size, `${entry.octets} ${words.octets}`],
    ['Message-ID', entry.messageId ?? ''],
  ].filter(([, value]) => value !== '');
  return operatorPage(
    context,
    'queue',
    `${words.queue}: ${entry.id}`,
    html`<p><a href="/queue">← ${words.back}</a></p>
      <h1>${subjectOf(entry, words)}</h1>
      <dl class="facts">
        ${facts.map(([name = '', value = '']) => html`<dt>${name}</dt><dd>${value}</dd>`)}
        <dt>${words.arrived}</dt><dd>${labTime(entry.arrivedAt, context.language, { dateStyle: 'medium', timeStyle: 'medium' })}</dd>
        <dt>${words.nextTry}</dt><dd>${nextTry(context, entry, queue)}</dd>
      </dl>
      <div class="buttons">${entryButtons(entry, words)}</div>
      <h2>${words.to}</h2>
      <div class="wide"><table>
        <thead><tr><th scope="col">${words.receiver}</th><th scope="col">${words.stateTitle}</th><th scope="col">${words.tries}</th><th scope="col">${words.lastReply}</th></tr></thead>
        <tbody>${entry.recipients.map(({ address, state }) => recipientRow(address, state, words))}</tbody>
      </table></div>
      <h2>${words.dialogue}</h2>
      <p class="dim">${words.dialogueExplained}</p>
      ${dialogue.length === 0 ? html`<p class="empty">${words.noDialogue}</p>` : html`<ol class="dialogue">${dialogue.map((line) => dialogueLine(line, words))}</ol>`}`,
  );
}

export function queueGonePage(context: OperatorContext): string {
  const words = OPERATOR_WORDS[context.language];
  return operatorPage(
    context,
    'queue',
    words.queue,
    html`<p><a href="/queue">← ${words.back}</a></p><h1>${words.queue}</h1><p>${words.gone}</p>`,
  );
}

function entryItem(context: OperatorContext, entry: QueueEntry, queue: ShownQueue): Html {
  const words = OPERATOR_WORDS[context.language];
  const receivers = entry.recipients.map(({ address }) => address);
  const others = receivers.length - RECEIVERS_NAMED_MAX;
  const to = receivers.slice(0, RECEIVERS_NAMED_MAX).join(', ') + (others > 0 ? ` + ${others}` : '');
  const reply = lastReply(entry);
  return html`<li class="entry">
    <h2><a href="/queue/${entry.id}">${subjectOf(entry, words)}</a></h2>
    <p class="who">${entry.reversePath || words.nullPath}<span class="arrow" aria-label="${words.to}">→</span>${to}</p>
    <p class="state">
      <span>${counted(words.tried, triesOf(entry))}</span>
      <span>${words.nextTry}: ${nextTry(context, entry, queue)}</span>
      <span>${words.arrived}: ${labTime(entry.arrivedAt, context.language, { timeStyle: 'medium' })}</span>
      <span class="code">${entry.id}</span>
    </p>
    ${reply === null ? null : html`<p class="reply">${reply}</p>`}
    <div class="buttons">${entryButtons(entry, words)}</div>
  </li>`;
}

function entryButtons({ id, heldAt }: QueueEntry, words: OperatorWords): Html[] {
  return [
    button('retry', id, words.retry),
    heldAt === undefined ? button('hold', id, words.hold) : button('release', id, words.release),
    button('bounce', id, words.bounce),
    button('drop', id, words.drop, 'danger'),
  ];
}

function button(operation: string, id: string | null, text: string, look = ''): Html {
  return html`<form method="post" action="/queue">
    <input type="hidden" name="operation" value="${operation}">
    ${id === null ? null : html`<input type="hidden" name="id" value="${id}">`}
    <button class="${look}">${text}</button></form>`;
}

function nextTry({ language, now }: OperatorContext, entry: QueueEntry, queue: ShownQueue): Html {
  const words = OPERATOR_WORDS[language];
  // Also of what is held: an attempt that has begun is not broken off.
  if (queue.isTrying(entry)) return html`<strong>${words.trying}</strong>`;
  if (queue.isHeld || entry.heldAt !== undefined) return html`<strong class="held">${words.held}</strong>`;
  const dueAt = nextDueAt(entry);
  if (dueAt === null) return html`<strong>${words.done}</strong>`;
  if (dueAt <= now) return html`<strong>${words.now}</strong>`;
  const form = words.inTime;
  const text = form.replace('{time}', formatCountdown(dueAt - now, words.seconds));
  return html`<strong data-due-ms="${dueAt - now}" data-form="${form}" data-unit="${words.seconds}">${text}</strong> (${labTime(dueAt, language, clockStyle(dueAt - now))})`;
}

/** A try on another day is told with its day. */
function clockStyle(inMs: number): Intl.DateTimeFormatOptions {
  return inMs < 12 * 3_600_000 ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
}

/** `42 s`, `4:05`, `1:00:00`: as the script counts it down. */
function formatCountdown(ms: number, unit: string): string {
  const seconds = Math.ceil(ms / 1000);
  const pad = (number: number) => String(number).padStart(2, '0');
  if (seconds < 60) return `${seconds}${unit}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${pad(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

function subjectOf({ subject }: QueueEntry, words: OperatorWords): string {
  return decodeEncodedWords(subject ?? '') || words.noSubject;
}

function triesOf({ recipients }: QueueEntry): number {
  return Math.max(0, ...recipients.map(({ state }) => (state.kind === 'waiting' ? state.tries : 0)));
}

function lastReply({ recipients }: QueueEntry): string | null {
  const waiting = recipients.flatMap(({ state }) => (state.kind === 'waiting' ? [state.lastReply] : []));
  return waiting.find((reply) => reply !== null) ?? null;
}

function recipientRow(address: string, state: RecipientState, words: OperatorWords): Html {
  const said = state.kind === 'waiting' ? state.lastReply : state.reply;
  const reply = said === null ? html`<span class="dim">${words.noReply}</span>` : html`<code>${said}</code>`;
  const tries = state.kind === 'waiting' ? String(state.tries) : '–';
  return html`<tr><th scope="row">${address}</th><td class="short">${words.state[state.kind]}</td><td>${tries}</td><td>${reply}</td></tr>`;
}

function dialogueLine({ by, text }: DialogueLine, words: OperatorWords): Html {
  if (by === '-') return html`<li class="remark"><span class="by">·</span><span class="said">${text}</span></li>`;
  const isRefusal = by === 'S' && /^[45]\d\d/.test(text);
  const look = by === 'C' ? 'c' : isRefusal ? 's bad' : 's';
  return html`<li class="${look}"><abbr class="by" title="${by === 'C' ? words.client : words.server}">${by}</abbr><span class="said">${text}</span></li>`;
}
