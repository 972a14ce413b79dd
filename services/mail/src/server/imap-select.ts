import type { ImapParser } from '../protocol/imap/parser.ts';
import { parseQresync, type QresyncParameter } from '../protocol/imap/qresync.ts';
import { ok, type Reply } from '../protocol/imap/response.ts';
import type { MailboxState } from '../store/mailbox.ts';
import { formatHighestModseq } from './imap-news.ts';
import { requireQresync, tellMissed } from './imap-resync.ts';
import { formatFlagLines, SelectedMailbox } from './imap-selected.ts';
import type { ImapSession } from './imap-session.ts';

export interface SelectArguments {
  readonly mailbox: string;
  /** RFC 7162, section 3.1.8. */
  readonly enablesCondstore: boolean;
  /** RFC 7162, section 3.2.5; null when the client says nothing of a copy. */
  readonly qresync: QresyncParameter | null;
}

/** Behind SELECT and EXAMINE: a name, and parameters in parentheses (RFC 4466, section 2.1). */
export function parseSelect(parser: ImapParser): SelectArguments {
  const read = { mailbox: parser.sp().mailbox(), enablesCondstore: false, qresync: null as QresyncParameter | null };
  if (!parser.skip(' ')) return read;
  parser.list(() => {
    if (parser.skip('CONDSTORE')) read.enablesCondstore = true;
    else if (read.qresync === null && parser.skip('QRESYNC')) read.qresync = parseQresync(parser);
    else parser.fail('CONDSTORE or QRESYNC');
  });
  return read;
}

/** What SELECT and EXAMINE do: RFC 3501, section 6.3.1; RFC 9051, section 6.3.2. When it fails no mailbox is selected. */
export async function openMailbox(session: ImapSession, given: SelectArguments, isReadOnly: boolean): Promise<Reply> {
  if (given.qresync !== null) requireQresync(session);
  const wasSelected = session.selectedOrNull !== null;
  session.unselect();
  // RFC 7162, section 3.2.11: what comes from here on is of the other mailbox.
  if (wasSelected) session.wire.send('* OK [CLOSED] The mailbox before is closed');
  if (given.enablesCondstore) session.enableCondstore();
  const name = session.readName(given.mailbox);
  const mailbox = await session.mailbox(given.mailbox);
  try {
    const state = await mailbox.messages();
    const selected = new SelectedMailbox(name, mailbox, isReadOnly || !state.isRecorded, state);
    session.select(selected);
    await tellMailbox(session, selected, state, given.qresync);
    if (!state.isRecorded) return ok('The disk takes nothing: what came last is shown when it does', 'READ-ONLY');
    return isReadOnly ? ok('Nothing can be changed', 'READ-ONLY') : ok('The mailbox is selected', 'READ-WRITE');
  } catch (error) {
    session.unselect();
    throw error;
  }
}

async function tellMailbox(
  session: ImapSession,
  selected: SelectedMailbox,
  { uidValidity, uidNext, highestModseq, messages }: MailboxState,
  qresync: QresyncParameter | null,
): Promise<void> {
  await selected.claimArrived();
  const unseen = session.isRev2 ? 0 : messages.findIndex(({ flags }) => !flags.includes('S')) + 1;
  const lines = [
    ...formatFlagLines(selected),
    `* ${selected.view.exists} EXISTS`,
    // RFC 9051, appendix E: neither RECENT nor UNSEEN, but the name as it is.
    ...(session.isRev2 ? [`* LIST () "/" ${session.showName(selected.name)}`] : [`* ${selected.view.recent} RECENT`]),
    ...(unseen === 0 ? [] : [`* OK [UNSEEN ${unseen}] The first message that was not seen`]),
    `* OK [UIDVALIDITY ${uidValidity}] UIDs are valid`,
    `* OK [UIDNEXT ${uidNext}] The next UID`,
    formatHighestModseq(highestModseq),
  ];
  for (const line of lines) session.wire.send(line);
  // RFC 7162, section 3.2.5: a copy with another UIDVALIDITY is one of other messages.
  if (qresync?.uidValidity === uidValidity) await tellMissed(session, qresync);
}
