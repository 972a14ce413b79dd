/**
 * The way of a message, as its Received fields tell it: RFC 5321, section 4.4. Each server writes its field on top, so the
 * lowest is the oldest. Fields below the first of our own can be forged by whoever sent the message: they are shown, not believed.
 */
import { parseMessageDate } from './field-date.ts';
import { fieldValue, type HeaderField, isNamed } from './header-section.ts';

export interface Hop {
  /** What the client called itself; '' when the field does not say. */
  readonly from: string;
  /** The address that it came from, without brackets. */
  readonly address: string;
  readonly by: string;
  /** `ESMTP`, `HTTP`; see RFC 3848. */
  readonly transmission: string;
  readonly id: string;
  readonly recipient: string;
  /** In milliseconds since 1970; null when it cannot be read. */
  readonly at: number | null;
}

/** Fields that are told: more than any server lets pass (`HOPS_MAX`). */
const HOPS_TOLD_MAX = 100;
const FIELD_LENGTH_MAX = 2_000;

/** Oldest first. */
export function readWay(fields: readonly HeaderField[]): Hop[] {
  return fields
    .filter((field) => isNamed(field, 'Received'))
    .slice(0, HOPS_TOLD_MAX)
    .map((field) => parseReceived(fieldValue(field)))
    .reverse();
}

export function parseReceived(value: string): Hop {
  const text = value.slice(0, FIELD_LENGTH_MAX);
  const at = text.lastIndexOf(';');
  const clauses = at === -1 ? text : text.slice(0, at);
  const find = (pattern: RegExp) => pattern.exec(clauses)?.[1] ?? '';
  return {
    from: find(/(?:^|\s)from\s+([^\s;()]+)/i),
    address: find(/(?:^|\s)from\s[^[]*?\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]/i),
    by: find(/(?:^|\s)by\s+([^\s;()]+)/i),
    transmission: find(/(?:^|\s)with\s+([A-Za-z0-9-]+)/i).toUpperCase(),
    id: find(/(?:^|\s)id\s+([^\s;()]+)/i),
    recipient: find(/(?:^|\s)for\s+<?([^\s;<>()]+)>?/i),
    at: at === -1 ? null : parseMessageDate(text.slice(at + 1)),
  };
}

/** A place on the way, and how the message came there. */
export interface Stop {
  readonly kind: 'agent' | 'server' | 'mailbox';
  readonly name: string;
  /** The protocol that brought it here; '' for the first stop, and into the mailbox. */
  readonly by: string;
  readonly at: number | null;
}

/** Agent, servers, mailbox: the path of the notes. @param mailbox whose it is, when the message lies in one */
export function stopsOf(hops: readonly Hop[], mailbox: string): Stop[] {
  const [first] = hops;
  if (first === undefined) return [];
  const isBySubmission = first.transmission === 'HTTP' || first.transmission.endsWith('A');
  const origin: Stop = { kind: isBySubmission ? 'agent' : 'server', name: first.from, by: '', at: null };
  const servers = hops.map(({ by, transmission, at }): Stop => ({ kind: 'server', name: by, by: transmission, at }));
  return [origin, ...servers, { kind: 'mailbox', name: mailbox, by: '', at: null }];
}
