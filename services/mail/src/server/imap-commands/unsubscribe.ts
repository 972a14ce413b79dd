import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.7: a mailbox that is gone can be unsubscribed all the same. */
export const unsubscribe = command({
  name: 'UNSUBSCRIBE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    await session.folders.setSubscribed(session.readName(mailbox), false);
    return ok('The mailbox is not subscribed any more');
  },
});
