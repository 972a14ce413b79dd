import { lastMatch, type QresyncParameter } from '../protocol/imap/qresync.ts';
import { Refusal } from '../protocol/imap/response.ts';
import { placesOf, type Ranges } from '../protocol/imap/sequence-set.ts';
import { formatVanished, without } from '../protocol/imap/uid-ranges.ts';
import { fetchMessages } from './imap-fetch.ts';
import type { ImapSession } from './imap-session.ts';

/** What the copy of a client needs of a message that has changed: RFC 7162, section 3.2.5.1. */
const CHANGED_ITEMS = [{ kind: 'UID' }, { kind: 'FLAGS' }, { kind: 'MODSEQ' }] as const;
/** All UIDs, where the client does not say which it has. */
const ALL: Ranges = [[1, null]];

/** @throws Refusal before ENABLE QRESYNC (RFC 7162, section 3.2.3) */
export function requireQresync(session: ImapSession): void {
  if (session.enabled.has('QRESYNC')) return;
  throw new Refusal('BAD', null, 'QRESYNC is not enabled', 'RFC 7162, section 3.2.3: ENABLE QRESYNC comes first');
}

/** What has changed since the client saw its mailbox last, told as the mailbox is selected: RFC 7162, section 3.2.5.1. */
export async function tellMissed(session: ImapSession, { modseq, known, matches }: QresyncParameter): Promise<void> {
  const { view, mailbox } = session.selected;
  const set = known ?? ALL;
  const matched = matches === null ? 0 : lastMatch(matches, view.uids);
  await tellVanishedEarlier(session, set, modseq, matched);
  const numbers = placesOf(view.uids, set).map((place) => place + 1);
  const isChanged = (number: number) => (mailbox.stored(view.uidOf(number)!)?.modseq ?? 0) > modseq;
  await fetchMessages(session, numbers.filter(isChanged), CHANGED_ITEMS);
}

/**
 * The UIDs of a set that were expunged since a mod-sequence: RFC 7162, section 3.2.10.1. What the session knows as there is not
 * among them, though it may be gone: that is told in its time, and changes numbers.
 * @param matched up to this UID nothing is gone that the client has
 */
export async function tellVanishedEarlier(
  { selected, wire }: ImapSession,
  set: Ranges,
  modseq: number,
  matched = 0,
): Promise<void> {
  const gone = await selected.mailbox.expungedSince(modseq, set, matched);
  for (const line of formatVanished(without(gone, selected.view.uids), true)) wire.send(line);
}
