import { ok } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 3501, section 6.1.2: what happened meanwhile is told; what other programs did to the Maildir is looked for. */
export const noop = command({
  name: 'NOOP',
  parse: nothing,
  run: async (session) => {
    await session.selectedOrNull?.mailbox.messages();
    return ok('Done');
  },
});
