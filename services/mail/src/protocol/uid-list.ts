/**
 * The list that ties UIDs to files, in Dovecot's format (version 3 of `dovecot-uidlist`):
 *
 *     3 V1795146873 N5 G5d1f...        V UIDVALIDITY, N UIDNEXT, G a name for the mailbox
 *     1 W1394 :1795146873.M364837P9451Q1.mail.crepes.fr,S=1355,W=1394
 *
 * UIDs rise and are never given twice (RFC 9051, section 2.3.1.1).
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
  readonly crlfOctets: number;
}

/** UIDs are numbers of 32 bits. */
export const UID_MAX = 2 ** 32 - 1;
const WHERE = 'uidlist version 3';

/** @throws ProtocolViolation when the list was cut or written by something else: the mailbox then gets a new UIDVALIDITY. */
export function parseUidList(text: string): UidList {
  const [head = '', ...lines] = text.split('\n');
  const [, uidValidity, uidNext, guid] = /^3 V(\d{1,10}) N(\d{1,10}) G([0-9a-f]{32})$/.exec(head) ?? [];
  if (uidValidity === undefined || uidNext === undefined || guid === undefined || lines.at(-1) !== '') {
    throw new ProtocolViolation('Cannot read the first line of the uidlist', 0, WHERE);
  }
  let offset = head.length + 1;
  let last = 0;
  const records = lines.slice(0, -1).map((line) => {
    const [, uid, crlfOctets, base] = /^(\d{1,10}) W(\d{1,15}) :([^/\0]+)$/.exec(line) ?? [];
    if (base === undefined || Number(uid) <= last || Number(uid) >= Number(uidNext)) {
      throw new ProtocolViolation('Cannot read a line of the uidlist', offset, WHERE);
    }
    last = Number(uid);
    offset += line.length + 1;
    return { uid: last, base, crlfOctets: Number(crlfOctets) };
  });
  return { uidValidity: Number(uidValidity), uidNext: Number(uidNext), guid, records };
}

export function formatUidList({ uidValidity, uidNext, guid, records }: UidList): string {
  const lines = records.map(({ uid, base, crlfOctets }) => `${uid} W${crlfOctets} :${base}\n`);
  return `3 V${uidValidity} N${uidNext} G${guid}\n${lines.join('')}`;
}
