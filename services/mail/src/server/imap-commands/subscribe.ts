import { parseMailboxName } from '../../protocol/imap/mailbox-name.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.6: only what is there can be subscribed. */
export const subscribe = command({
  name: 'SUBSCRIBE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    const name = parseMailboxName(mailbox);
    await session.mailbox(name);
    await session.folders.setSubscribed(name, true);
    return ok('The mailbox is subscribed');
  },
});
