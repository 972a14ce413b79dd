import { ok } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 3501, section 6.4.1: every change is on disk when it is answered, so there is only to look again. */
export const check = command({
  name: 'CHECK',
  parse: nothing,
  run: async (session) => {
    await session.selected.mailbox.messages();
    return ok('Everything is on disk');
  },
});
