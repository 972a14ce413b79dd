/**
 * A lane of the queue: what waits for one destination, in the order in which it is due. Mail for the mailboxes of this host
 * has one lane, mail for each other domain has its own; a message with recipients of several waits in several lanes.
 */
import { DueList } from './due-list.ts';
import { isDue, type QueueEntry, type Recipient } from './mail-queue.ts';

/** The lane of the mailboxes of this host; the others are named after their domains. */
export const HERE = '';

/** As long as no more than so many messages wait for a domain, they go one after the other over one connection. */
export const MESSAGES_WORTH_A_CONNECTION = 10;

export interface Lane {
  readonly name: string;
  /** Entries by their ids. */
  readonly due: DueList<string>;
  /** Entries that are being delivered at this moment. */
  readonly busy: Set<string>;
  /** Connections to servers of the domain that are open, or about to be. */
  connections: number;
  /** Those of them whose present message takes long. */
  slow: number;
  /** Whether one of them has been greeted: more of them make sense only then. */
  isAnswering: boolean;
}

export function newLane(name: string): Lane {
  return { name, due: new DueList(), busy: new Set(), connections: 0, slow: 0, isAnswering: false };
}

/**
 * How many connections a lane should have: one, and more when a server answers and so many messages wait that another one is worth
 * its greeting. What is slow holds up nobody: one recipient whose server thinks for minutes would keep the mail of a whole domain.
 *
 * @param waiting messages that are due
 */
export function connectionsWanted(lane: Lane, waiting: number, connectionsMax: number): number {
  if (waiting === 0) return 0;
  const useful = Math.ceil((waiting + lane.busy.size) / MESSAGES_WORTH_A_CONNECTION) + lane.slow;
  return Math.min(useful, lane.isAnswering ? connectionsMax : 1);
}

export function laneOf({ destination }: Recipient): string {
  return destination.kind === 'maildrop' ? HERE : destination.address.domain;
}

/** When the entry is due in each lane in which somebody waits; nothing while it is held. */
export function dueTimes(entry: QueueEntry): Map<string, number> {
  const times = new Map<string, number>();
  if (entry.heldAt !== undefined) return times;
  for (const recipient of entry.recipients) {
    if (recipient.state.kind !== 'waiting') continue;
    const lane = laneOf(recipient);
    times.set(lane, Math.min(times.get(lane) ?? Number.POSITIVE_INFINITY, recipient.state.dueAt));
  }
  return times;
}

/** Whether a server that answers again is a reason to try the entry at once. */
export function waitsForAnswer(entry: QueueEntry, lane: string): boolean {
  return entry.recipients.some(
    (recipient) => recipient.state.kind === 'waiting' && recipient.state.isUnreachable && laneOf(recipient) === lane,
  );
}

/** Whether a connection is being opened for the entry: should no server answer, that is its outcome. */
export function awaitsGreeting(entry: QueueEntry, lane: Lane, now: number): boolean {
  const isConnecting = lane.connections > 0 && !lane.isAnswering;
  return isConnecting && entry.heldAt === undefined && dueRecipients(entry, lane.name, now, false).length > 0;
}

/** The recipients of the entry who are due in the lane. */
export function dueRecipients(entry: QueueEntry, lane: string, now: number, serverAnswers: boolean): Recipient[] {
  return entry.recipients.filter((recipient) => laneOf(recipient) === lane && isDue(recipient, now, serverAnswers));
}

/** Of these the first, and those who share its DSN parameters: what one transaction may carry (RFC 3461, section 5.2.1). */
export function oneTransaction(due: readonly Recipient[], recipientsMax: number): readonly Recipient[] {
  const [first] = due;
  const alike = due.filter(({ orcpt, notify }) => orcpt === first?.orcpt && String(notify) === String(first?.notify));
  return alike.slice(0, recipientsMax);
}
