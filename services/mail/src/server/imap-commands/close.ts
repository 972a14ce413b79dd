import { ok } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';
import { expungeDeleted } from '../imap-expunge.ts';

/** RFC 3501, section 6.4.2: removes what is marked, without telling, and gives the mailbox up. */
export const close = command({
  name: 'CLOSE',
  parse: nothing,
  run: async (session) => {
    const { selected } = session;
    session.unselect();
    if (!selected.isReadOnly) await expungeDeleted(selected.mailbox);
    return ok('The mailbox is closed');
  },
});
