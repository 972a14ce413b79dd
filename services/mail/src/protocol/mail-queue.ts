/**
 * The schedule of the queue: RFC 5321, section 4.5.4.1. One entry is one message; each of its recipients waits, is
 * delivered or has failed, by itself. The machine is told what an attempt brought and at what time, and answers with the new
 * entry and what is to be told to whom. It knows no file, no socket and no clock.
 *
 *     waiting --accepted--> delivered          waiting --permanent--> failed
 *     waiting --temporary--> waiting (later), or failed when the message has waited too long
 */
import { type DeliveryOutcome, outcomeStatus } from './delivery-outcome.ts';
import type { Destination } from './mail-directory.ts';

/** What the sender wants to be told (RFC 3461, section 4.1). */
export type Notify = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

export interface Recipient {
  /** The address that the message is for, after aliases. */
  readonly address: string;
  readonly destination: Destination;
  /** Null when the sender did not say: then failures are reported (RFC 3461, section 6). */
  readonly notify: readonly Notify[] | null;
  /** The original recipient, `rfc822;bob@hamburger.edu`. */
  readonly orcpt: string | null;
  readonly state: RecipientState;
}

export type RecipientState =
  | {
      readonly kind: 'waiting';
      readonly tries: number;
      readonly dueAt: number;
      readonly lastReply: string | null;
      readonly isUnreachable: boolean;
      readonly delayTold: boolean;
    }
  | { readonly kind: 'delivered'; readonly at: number; readonly by: string | null; readonly reply: string }
  | { readonly kind: 'failed'; readonly at: number; readonly status: string; readonly reply: string };

export interface QueueEntry {
  readonly id: string;
  readonly exchange: string;
  /** Empty for the null reverse-path. */
  readonly reversePath: string;
  readonly envid: string | null;
  /** Whether a report returns the whole message or only its header section. */
  readonly ret: 'FULL' | 'HDRS' | null;
  readonly isEightBit: boolean;
  readonly needsSmtpUtf8: boolean;
  readonly octets: number;
  readonly subject: string | null;
  readonly messageId: string | null;
  /** Octets of the file in the queue, by which one that was cut is known; absent until it is saved. */
  readonly fileOctets?: number;
  readonly arrivedAt: number;
  /** Since when a person holds it back, in milliseconds since 1970; absent while nobody does. */
  readonly heldAt?: number;
  readonly recipients: readonly Recipient[];
}

export interface RetrySchedule {
  /** Pauses after the first, second, ... failed try; the last one repeats. */
  readonly pausesMs: readonly number[];
  /** How long a message waits at most. RFC 5321, section 4.5.4.1: at least four to five days. */
  readonly giveUpMs: number;
  /** After how long a sender who asked for it is told of the delay. */
  readonly delayNoticeMs: number;
}

/** What the sender is to be told about some recipients: the Action of RFC 3464, section 2.3.3. */
export interface Telling {
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed';
  readonly told: readonly { readonly recipient: Recipient; readonly outcome: DeliveryOutcome }[];
}

export interface Decision {
  readonly kind: 'delivered' | 'deferred' | 'failed';
  readonly recipient: Recipient;
  readonly because: string;
}

export interface QueueStep {
  readonly entry: QueueEntry;
  readonly decisions: readonly Decision[];
  readonly tellings: readonly Telling[];
}

export function waitingAt(dueAt: number): RecipientState {
  return { kind: 'waiting', tries: 0, dueAt, lastReply: null, isUnreachable: false, delayTold: false };
}

/** Takes the outcomes of one attempt, by the recipients' addresses. */
export function stepQueueEntry(
  entry: QueueEntry,
  outcomes: ReadonlyMap<string, DeliveryOutcome>,
  now: number,
  schedule: RetrySchedule,
): QueueStep {
  const decisions: Decision[] = [];
  const told: { action: Telling['action']; recipient: Recipient; outcome: DeliveryOutcome }[] = [];
  const recipients = entry.recipients.map((recipient) => {
    const outcome = outcomes.get(recipient.address);
    if (outcome === undefined || recipient.state.kind !== 'waiting') return recipient;
    const { state, because } = nextState(entry, recipient.state, outcome, now, schedule);
    const next = { ...recipient, state };
    const kind = state.kind === 'waiting' ? 'deferred' : state.kind;
    decisions.push({ kind, recipient: next, because });
    const action = actionFor(recipient, state, outcome);
    if (action !== null) told.push({ action, recipient: next, outcome });
    return next;
  });
  const tellings = (['failed', 'delayed', 'delivered', 'relayed'] as const)
    .map((action) => ({ action, told: told.filter((one) => one.action === action) }))
    // RFC 5321, section 6.1: a report on a message with a null reverse-path would have nobody to go to.
    .filter((telling) => telling.told.length > 0 && entry.reversePath !== '');
  return { entry: { ...entry, recipients }, decisions, tellings };
}

function nextState(
  entry: QueueEntry,
  state: RecipientState & { kind: 'waiting' },
  outcome: DeliveryOutcome,
  now: number,
  schedule: RetrySchedule,
): { state: RecipientState; because: string } {
  const reply = `${outcome.reply.code} ${outcome.reply.status ?? ''} ${outcome.reply.text}`.replace('  ', ' ').trim();
  const by = outcome.by ?? 'this host';
  if (outcome.kind === 'accepted') {
    return { state: { kind: 'delivered', at: now, by: outcome.by, reply }, because: `${by} answered ${reply}` };
  }
  if (outcome.kind === 'permanent') {
    const because = `${by} answered ${reply}: a reply that begins with 5 is final`;
    return { state: { kind: 'failed', at: now, status: outcomeStatus(outcome), reply }, because };
  }
  const waitedMs = now - entry.arrivedAt;
  if (waitedMs >= schedule.giveUpMs) {
    // RFC 3463, section 3.5: 4.4.7, delivery time expired.
    const because = `it has waited ${seconds(waitedMs)}, the most is ${seconds(schedule.giveUpMs)}; the last answer was ${reply}`;
    return { state: { kind: 'failed', at: now, status: '4.4.7', reply }, because };
  }
  const tries = state.tries + 1;
  // The last try is made when the time is over, not a long pause later.
  const pauseMs = Math.min(pauseAfter(tries, schedule), schedule.giveUpMs - waitedMs);
  const delayTold = state.delayTold || waitedMs >= schedule.delayNoticeMs;
  const because = `${by}: ${reply}; try ${tries} failed, the next one is in ${seconds(pauseMs)}`;
  const { isUnreachable } = outcome;
  return {
    state: { kind: 'waiting', tries, dueAt: now + pauseMs, lastReply: reply, isUnreachable, delayTold },
    because,
  };
}

function pauseAfter(tries: number, { pausesMs }: RetrySchedule): number {
  return pausesMs[Math.min(tries, pausesMs.length) - 1] ?? 0;
}

/** RFC 3461, sections 5.2.2 to 5.2.6. */
function actionFor(before: Recipient, after: RecipientState, outcome: DeliveryOutcome): Telling['action'] | null {
  const notify = before.notify ?? ['FAILURE'];
  if (after.kind === 'failed') return notify.includes('FAILURE') ? 'failed' : null;
  if (after.kind === 'waiting') {
    const isNews = after.delayTold && before.state.kind === 'waiting' && !before.state.delayTold;
    return isNews && notify.includes('DELAY') ? 'delayed' : null;
  }
  if (!notify.includes('SUCCESS') || outcome.kind !== 'accepted' || outcome.reportsItself) return null;
  return outcome.by === null ? 'delivered' : 'relayed';
}

/** Makes every recipient that waits due now, and ends a hold: "retry now". */
export function flushQueueEntry(entry: QueueEntry, now: number): QueueEntry {
  const recipients = entry.recipients.map((recipient) =>
    recipient.state.kind === 'waiting' && recipient.state.dueAt > now
      ? { ...recipient, state: { ...recipient.state, dueAt: now } }
      : recipient,
  );
  return { ...releaseQueueEntry(entry), recipients };
}

/** Holds an entry back until it is released. Its time goes on: what was held for too long fails at its next try. */
export function holdQueueEntry(entry: QueueEntry, now: number): QueueEntry {
  return { ...entry, heldAt: entry.heldAt ?? now };
}

export function releaseQueueEntry({ heldAt: _, ...entry }: QueueEntry): QueueEntry {
  return entry;
}

/** The same outcome for all who wait: when a person ends it. */
export function outcomeForWaiting(entry: QueueEntry, outcome: DeliveryOutcome): Map<string, DeliveryOutcome> {
  const waiting = entry.recipients.filter(({ state }) => state.kind === 'waiting');
  return new Map(waiting.map(({ address }) => [address, outcome]));
}

/**
 * The entry when `after`, the result of a step, could not be kept because its reports could not be written: what was
 * delivered stays so, and what failed waits until `dueAt`.
 */
export function postponeQueueEntry(before: QueueEntry, after: QueueEntry, dueAt: number): QueueEntry {
  const recipients = before.recipients.map((recipient, index) => {
    const next = after.recipients[index];
    if (next === undefined || next.state.kind !== 'failed' || recipient.state.kind !== 'waiting')
      return next ?? recipient;
    return { ...recipient, state: { ...recipient.state, dueAt } };
  });
  return { ...before, recipients };
}

/** Whether `recipient` is to be tried now: its time has come, or the server that was silent answers again. */
export function isDue(recipient: Recipient, now: number, serverAnswers: boolean): boolean {
  const { state } = recipient;
  return state.kind === 'waiting' && (state.dueAt <= now || (serverAnswers && state.isUnreachable));
}

/** When the first of the entry's recipients is due; null when none waits any more and the entry may go. */
export function nextDueAt(entry: QueueEntry): number | null {
  const due = entry.recipients.flatMap(({ state }) => (state.kind === 'waiting' ? [state.dueAt] : []));
  return due.length === 0 ? null : Math.min(...due);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
