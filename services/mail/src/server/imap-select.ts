import { parseMailboxName } from '../protocol/imap/mailbox-name.ts';
import { ok, type Reply } from '../protocol/imap/response.ts';
import { formatFlagLines, SelectedMailbox } from './imap-selected.ts';
import type { ImapSession } from './imap-session.ts';

/** What SELECT and EXAMINE do: RFC 3501, section 6.3.1. When it fails no mailbox is selected. */
export async function openMailbox(session: ImapSession, given: string, isReadOnly: boolean): Promise<Reply> {
  session.unselect();
  const name = parseMailboxName(given);
  const mailbox = await session.mailbox(name);
  const { uidValidity, uidNext, messages } = await mailbox.messages();
  const uids = messages.map(({ uid }) => uid);
  const selected = new SelectedMailbox(name, mailbox, isReadOnly, uids);
  session.select(selected);
  await selected.claimArrived();
  const unseen = messages.findIndex(({ flags }) => !flags.includes('S')) + 1;
  const lines = [
    ...formatFlagLines(selected),
    `* ${selected.view.exists} EXISTS`,
    `* ${selected.view.recent} RECENT`,
    ...(unseen === 0 ? [] : [`* OK [UNSEEN ${unseen}] The first message that was not seen`]),
    `* OK [UIDVALIDITY ${uidValidity}] UIDs are valid`,
    `* OK [UIDNEXT ${uidNext}] The next UID`,
  ];
  for (const line of lines) session.wire.send(line);
  return isReadOnly ? ok('Nothing can be changed', 'READ-ONLY') : ok('The mailbox is selected', 'READ-WRITE');
}
