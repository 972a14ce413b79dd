import { parseMailboxName } from '../../protocol/imap/mailbox-name.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.4. A mailbox that this session has selected is given up first; other sessions get BYE. */
export const deleteMailbox = command({
  name: 'DELETE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    const name = parseMailboxName(mailbox);
    const doomed = await session.mailbox(name);
    if (session.selectedOrNull?.mailbox === doomed && doomed !== session.inbox) session.unselect();
    await session.folders.delete(name);
    return ok('The mailbox is deleted');
  },
});
