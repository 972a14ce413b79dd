import { formatBodyStructure } from '../protocol/imap/body-structure.ts';
import { formatInternalDate } from '../protocol/imap/date-time.ts';
import { formatEnvelope } from '../protocol/imap/envelope.ts';
import { type FetchItem, reachOf, type SectionItem, setsSeen } from '../protocol/imap/fetch-item.ts';
import { changeLetters, toLetters } from '../protocol/imap/flags.ts';
import { locateSection } from '../protocol/imap/section.ts';
import type { StoredMessage } from '../store/mailbox-index.ts';
import type { ImapSession } from './imap-session.ts';
import { readRange, type ScannedMessage, scanMessage } from './message-reading.ts';

const SEEN = toLetters(['\\Seen'], []);

/** One FETCH response: RFC 3501, section 7.4.2. False, and nothing sent, when the message is gone. */
export async function fetchMessage(session: ImapSession, uid: number, items: readonly FetchItem[]): Promise<boolean> {
  const { mailbox, view } = session.selected;
  const reach = reachOf(items);
  const scanned = reach === 'nothing' ? null : await scanMessage(mailbox, uid, reach);
  const isChanged = setsSeen(items) && (await markSeen(session, uid));
  const stored = mailbox.stored(uid);
  const isDated = items.some(({ kind }) => kind === 'INTERNALDATE');
  const arrivedAt = isDated ? await mailbox.arrivedAt(uid) : 0;
  if (stored === null || arrivedAt === null || (reach !== 'nothing' && scanned === null)) return false;
  // Flags that the fetch itself has changed are told with it.
  const told =
    isChanged && !items.some(({ kind }) => kind === 'FLAGS') ? [...items, { kind: 'FLAGS' } as const] : items;
  let line = `* ${view.numberOf(uid)} FETCH (`;
  for (const [index, item] of told.entries()) {
    const blank = index === 0 ? '' : ' ';
    if (item.kind === 'section') line = await sendSection(session, uid, item, scanned!, `${line}${blank}`);
    else line += `${blank}${item.kind} ${formatItem(session, stored, arrivedAt, item.kind, scanned)}`;
  }
  session.wire.send(`${line})`);
  return true;
}

/** Whether the flag was not there before. A mailbox that is only examined stays as it is. */
async function markSeen({ selected }: ImapSession, uid: number): Promise<boolean> {
  const stored = selected.mailbox.stored(uid);
  if (selected.isReadOnly || stored === null || stored.flags.includes(SEEN)) return false;
  return selected.mailbox.setFlags(uid, (letters) => changeLetters(letters, 'add', SEEN, []), selected);
}

function formatItem(
  session: ImapSession,
  stored: StoredMessage,
  arrivedAt: number,
  kind: Exclude<FetchItem['kind'], 'section'>,
  scanned: ScannedMessage | null,
): string {
  switch (kind) {
    case 'UID':
      return String(stored.uid);
    case 'FLAGS':
      return session.flagsOf(stored.uid) ?? '()';
    case 'INTERNALDATE':
      return `"${formatInternalDate(arrivedAt)}"`;
    case 'RFC822.SIZE':
      return String(stored.octets);
    case 'ENVELOPE':
      return formatEnvelope(scanned!.entity.fields);
    case 'BODY':
      return formatBodyStructure(scanned!.entity, false);
    case 'BODYSTRUCTURE':
      return formatBodyStructure(scanned!.entity, true);
  }
}

/** Sends `line` and the section as a literal; gives back the line that goes on behind it. */
async function sendSection(
  session: ImapSession,
  uid: number,
  { label, section, partial }: SectionItem,
  scanned: ScannedMessage,
  line: string,
): Promise<string> {
  const located = locateSection(scanned.entity, section);
  if (located === null) return `${line}${label} NIL`;
  const [from, to] = located.kind === 'range' ? [located.from, located.to] : [0, located.octets.length];
  const begin = Math.min(to, from + (partial?.from ?? 0));
  const end = partial === null ? to : Math.min(to, begin + partial.octets);
  const { wire, selected } = session;
  wire.send(`${line}${label} {${end - begin}}`);
  if (located.kind === 'octets') wire.sendOctets(located.octets.subarray(begin, end));
  else {
    let sent = 0;
    for await (const piece of readRange(selected.mailbox, uid, scanned, begin, end)) {
      if (!wire.isOpen) break;
      wire.sendOctets(piece);
      sent += piece.length;
      await wire.drained();
    }
    // The size was promised: for a message that vanishes meanwhile only the end of the connection is left.
    if (sent < end - begin) wire.end();
  }
  return '';
}
