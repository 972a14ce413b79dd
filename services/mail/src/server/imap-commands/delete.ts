import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.4. A mailbox that this session has selected is given up first; other sessions get BYE. */
export const deleteMailbox = command({
  name: 'DELETE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    const doomed = await session.mailbox(mailbox);
    if (session.selectedOrNull?.mailbox === doomed && doomed !== session.inbox) session.unselect();
    await session.folders.delete(session.readName(mailbox));
    return ok('The mailbox is deleted');
  },
});
