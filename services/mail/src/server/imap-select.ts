import type { ImapParser } from '../protocol/imap/parser.ts';
import { ok, type Reply } from '../protocol/imap/response.ts';
import { formatFlagLines, SelectedMailbox } from './imap-selected.ts';
import type { ImapSession } from './imap-session.ts';

export interface SelectArguments {
  readonly mailbox: string;
  /** RFC 7162, section 3.1.8. */
  readonly enablesCondstore: boolean;
}

/** Behind SELECT and EXAMINE: a name, and parameters in parentheses (RFC 4466, section 2.1). */
export function parseSelect(parser: ImapParser): SelectArguments {
  const mailbox = parser.sp().mailbox();
  if (!parser.skip(' ')) return { mailbox, enablesCondstore: false };
  parser.list(() => parser.expect('CONDSTORE'));
  return { mailbox, enablesCondstore: true };
}

/** What SELECT and EXAMINE do: RFC 3501, section 6.3.1; RFC 9051, section 6.3.2. When it fails no mailbox is selected. */
export async function openMailbox(session: ImapSession, given: SelectArguments, isReadOnly: boolean): Promise<Reply> {
  const wasSelected = session.selectedOrNull !== null;
  session.unselect();
  // RFC 7162, section 3.2.11: what comes from here on is of the other mailbox.
  if (wasSelected) session.wire.send('* OK [CLOSED] The mailbox before is closed');
  if (given.enablesCondstore) session.enableCondstore();
  const name = session.readName(given.mailbox);
  const mailbox = await session.mailbox(given.mailbox);
  const { uidValidity, uidNext, highestModseq, messages } = await mailbox.messages();
  const uids = messages.map(({ uid }) => uid);
  const selected = new SelectedMailbox(name, mailbox, isReadOnly, uids);
  session.select(selected);
  await selected.claimArrived();
  const unseen = session.isRev2 ? 0 : messages.findIndex(({ flags }) => !flags.includes('S')) + 1;
  const lines = [
    ...formatFlagLines(selected),
    `* ${selected.view.exists} EXISTS`,
    // RFC 9051, appendix E: neither RECENT nor UNSEEN, but the name as it is.
    ...(session.isRev2 ? [`* LIST () "/" ${session.showName(name)}`] : [`* ${selected.view.recent} RECENT`]),
    ...(unseen === 0 ? [] : [`* OK [UNSEEN ${unseen}] The first message that was not seen`]),
    `* OK [UIDVALIDITY ${uidValidity}] UIDs are valid`,
    `* OK [UIDNEXT ${uidNext}] The next UID`,
    `* OK [HIGHESTMODSEQ ${highestModseq}] The highest MODSEQ`,
  ];
  for (const line of lines) session.wire.send(line);
  return isReadOnly ? ok('Nothing can be changed', 'READ-ONLY') : ok('The mailbox is selected', 'READ-WRITE');
}
