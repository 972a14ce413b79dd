import { ok } from '../../protocol/imap/response.ts';
import { parseStatusItems } from '../../protocol/imap/status-item.ts';
import { command } from '../imap-command.ts';
import { tellStatus } from '../imap-status.ts';

/** RFC 3501, section 6.3.10: looks at a mailbox without selecting it. */
export const status = command({
  name: 'STATUS',
  parse: (parser) => ({ mailbox: parser.sp().mailbox(), items: parseStatusItems(parser.sp()) }),
  run: async (session, { mailbox, items }) => {
    await tellStatus(session, session.readName(mailbox), await session.mailbox(mailbox), items);
    return ok('This is the status');
  },
});
