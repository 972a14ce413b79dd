import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.6: only what is there can be subscribed. */
export const subscribe = command({
  name: 'SUBSCRIBE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    await session.mailbox(mailbox);
    await session.folders.setSubscribed(session.readName(mailbox), true);
    return ok('The mailbox is subscribed');
  },
});
