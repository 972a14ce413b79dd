/**
 * The list that ties UIDs to files, in Dovecot's format (version 3 of `dovecot-uidlist`):
 *
 *     3 V1795146873 N5 G5d1f...        V UIDVALIDITY, N UIDNEXT at least, G a name for the mailbox
 *     1 W1394 :1795146873.M364837P9451Q1.mail.crepes.fr,S=1355,W=1394
 *
 * UIDs rise and are never given twice (RFC 9051, section 2.3.1.1). Lines are added at the end as messages arrive; one that was
 * cut off there was told to nobody. A file that is gone keeps its line until the list is written anew. Other words of a
 * line than these are passed over.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

export interface UidList {
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly guid: string;
  /** By rising UID. */
  readonly records: readonly UidRecord[];
}

export interface UidRecord {
  readonly uid: number;
  readonly base: string;
  /** Size with CRLF line ends; null where the list does not tell it. */
  readonly crlfOctets: number | null;
}

/** UIDs are numbers of 32 bits. */
export const UID_MAX = 2 ** 32 - 1;
const WHERE = 'uidlist version 3';
/** Lines that are read in one step. */
const LINES_PER_STEP = 1000;
const HEAD = /^3(?: [A-Z]\S*)*$/;
const RECORD = /^(\d{1,10})((?: [A-Z]\S*)*) :([^/\0]+)$/;

/** @throws ProtocolViolation when the list was damaged or written by something else: the mailbox then gets a new UIDVALIDITY. */
export function parseUidList(text: string): UidList {
  const steps = readUidList(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same in steps, because a list may be long. */
export function* readUidList(text: string): Generator<void, UidList> {
  const headEnd = text.indexOf('\n');
  const head = text.slice(0, Math.max(0, headEnd));
  const [, uidValidity] = / V(\d{1,10})(?: |$)/.exec(head) ?? [];
  const [, uidNext] = / N(\d{1,10})(?: |$)/.exec(head) ?? [];
  const [, guid] = / G([0-9a-f]{32})(?: |$)/.exec(head) ?? [];
  if (!HEAD.test(head) || uidValidity === undefined || uidNext === undefined || guid === undefined)
    throw new ProtocolViolation('Cannot read the first line of the uidlist', 0, WHERE);
  const records: UidRecord[] = [];
  let last = 0;
  for (let at = headEnd + 1, end = text.indexOf('\n', at); end !== -1; at = end + 1, end = text.indexOf('\n', at)) {
    const [, uid, words, base] = RECORD.exec(text.slice(at, end)) ?? [];
    if (base === undefined || Number(uid) <= last || Number(uid) > UID_MAX)
      throw new ProtocolViolation('Cannot read a line of the uidlist', at, WHERE);
    last = Number(uid);
    const size = / W(\d{1,15})(?: |$)/.exec(words!)?.[1];
    records.push({ uid: last, base, crlfOctets: size === undefined ? null : Number(size) });
    if (records.length % LINES_PER_STEP === 0) yield;
  }
  return { uidValidity: Number(uidValidity), uidNext: Math.max(Number(uidNext), last + 1), guid, records };
}

/** The lines of a list, each with its end. */
export function* uidListLines({ uidValidity, uidNext, guid, records }: UidList): Generator<string> {
  yield `3 V${uidValidity} N${uidNext} G${guid}\n`;
  for (const record of records) yield formatUidRecord(record);
}

export function formatUidRecord({ uid, crlfOctets, base }: UidRecord): string {
  return `${uid}${crlfOctets === null ? '' : ` W${crlfOctets}`} :${base}\n`;
}

export function formatUidList(list: UidList): string {
  return [...uidListLines(list)].join('');
}
