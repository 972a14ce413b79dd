import type { ViewUpdate } from '../protocol/imap/sequence-view.ts';
import { formatFlagLines } from './imap-selected.ts';
import type { ImapSession } from './imap-session.ts';

/** Tells what the view of the session has learned: RFC 3501, section 7.3 and 7.4. */
export function tellUpdates(session: ImapSession, updates: readonly ViewUpdate[]): void {
  const { wire } = session;
  for (const update of updates) {
    if (update.kind === 'expunge') wire.send(`* ${update.number} EXPUNGE`);
    else if (update.kind === 'flags') tellFlags(session, update, keepsCopies(session));
    else {
      wire.send(`* ${update.count} EXISTS`);
      if (!session.isRev2) wire.send(`* ${session.selected.view.recent} RECENT`);
    }
  }
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
    ...(session.enabled.has('CONDSTORE') ? [`MODSEQ (${session.selected.mailbox.stored(uid)?.modseq})`] : []),
  ];
  session.wire.send(`* ${number} FETCH (${words.join(' ')})`);
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
