import type { Reply } from '../protocol/imap/response.ts';
import type { ViewUpdate } from '../protocol/imap/sequence-view.ts';
import { formatVanished, toUidRanges } from '../protocol/imap/uid-ranges.ts';
import type { StoredMessage } from '../store/mailbox.ts';
import { formatFlagLines } from './imap-selected.ts';
import type { ImapSession } from './imap-session.ts';

/** Tells what the view of the session has learned: RFC 3501, section 7.3 and 7.4. */
export function tellUpdates(session: ImapSession, updates: readonly ViewUpdate[]): void {
  const { wire, enabled } = session;
  if (enabled.has('QRESYNC')) tellVanished(session, updates);
  for (const update of updates) {
    if (update.kind === 'expunge') {
      if (!enabled.has('QRESYNC')) wire.send(`* ${update.number} EXPUNGE`);
    } else if (update.kind === 'flags') tellFlags(session, update, keepsCopies(session));
    else {
      wire.send(`* ${update.count} EXISTS`);
      if (!session.isRev2) wire.send(`* ${session.selected.view.recent} RECENT`);
    }
  }
}

/** RFC 7162, section 3.2.10.2: in place of EXPUNGE. */
function tellVanished({ wire, selected }: ImapSession, updates: readonly ViewUpdate[]): void {
  const uids = updates.flatMap((update) => (update.kind === 'expunge' ? update.uid : []));
  if (uids.length > 0) selected.known.vanished();
  for (const line of formatVanished(toUidRanges(uids.reverse()), false)) wire.send(line);
}

/** How far the client knows its mailbox (RFC 7162, section 3.2), in the reply where that has room, before it otherwise. */
export function withHighestModseq(session: ImapSession, reply: Reply): Reply {
  const modseq = takeHighestModseq(session);
  if (modseq === null) return reply;
  if (reply.status === 'OK' && reply.code === undefined) return { ...reply, code: `HIGHESTMODSEQ ${modseq}` };
  session.wire.send(formatHighestModseq(modseq));
  return reply;
}

/** The same where there is no reply yet. */
export function tellHighestModseq(session: ImapSession): void {
  const modseq = takeHighestModseq(session);
  if (modseq !== null) session.wire.send(formatHighestModseq(modseq));
}

function takeHighestModseq({ enabled, selectedOrNull }: ImapSession): number | null {
  return enabled.has('QRESYNC') && selectedOrNull !== null ? selectedOrNull.known.takeNews() : null;
}

export function formatHighestModseq(modseq: number): string {
  return `* OK [HIGHESTMODSEQ ${modseq}] The highest MODSEQ`;
}

/** Clients that keep copies of their mailboxes know messages by their UIDs. */
function keepsCopies({ isRev2, enabled }: ImapSession): boolean {
  return isRev2 || enabled.has('CONDSTORE');
}

/** The FETCH response that says which flags a message has now, with the MODSEQ of RFC 7162, section 3.1; nothing for one that is gone. */
export function tellFlags(
  session: ImapSession,
  { number, uid }: { number: number; uid: number },
  tellsUid: boolean,
): void {
  const flags = flagsOf(session, uid);
  if (flags === null) return;
  const words = [
    ...(tellsUid ? [`UID ${uid}`] : []),
    `FLAGS ${flags}`,
    ...(session.enabled.has('CONDSTORE') ? [formatModseq(session, session.selected.mailbox.stored(uid)!)] : []),
  ];
  session.wire.send(`* ${number} FETCH (${words.join(' ')})`);
}

/** `MODSEQ (5)` of a FETCH response. */
export function formatModseq({ selected }: ImapSession, { modseq }: StoredMessage): string {
  selected.known.fetched(modseq);
  return `MODSEQ (${modseq})`;
}

/** The flags of a message in parentheses, its keywords announced before; null when it is gone. */
export function flagsOf(session: ImapSession, uid: number): string | null {
  const { selected } = session;
  const stored = selected.mailbox.stored(uid);
  if (stored === null) return null;
  announceKeywords(session);
  selected.view.toldFlags(uid);
  return selected.formatFlags(stored.flags, !session.isRev2 && selected.view.isRecent(uid));
}

/** RFC 3501, section 7.2.6: FLAGS again when the mailbox has keywords that the client was not told. */
function announceKeywords({ selected, wire }: ImapSession): void {
  if (!selected.takeNewKeywords()) return;
  for (const line of formatFlagLines(selected)) wire.send(line);
}
