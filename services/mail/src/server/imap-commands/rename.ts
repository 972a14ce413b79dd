import { INBOX, isInferior } from '../../protocol/imap/mailbox-name.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.5: what is below the mailbox is renamed too; of INBOX the messages are moved. */
export const rename = command({
  name: 'RENAME',
  parse: (parser) => ({ from: parser.sp().mailbox(), to: parser.sp().mailbox() }),
  run: async (session, given) => {
    const [from, to] = [session.readName(given.from), session.readName(given.to)];
    if (isInferior(to, from) && from !== INBOX)
      throw new Refusal('NO', 'CANNOT', 'A mailbox cannot be moved below itself');
    if (from === INBOX) await session.folders.renameInbox(to);
    else await session.folders.rename(from, to);
    return ok('The mailbox is renamed');
  },
});
