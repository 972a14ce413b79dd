import { ok } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 3501, section 6.1.3. */
export const logout = command({
  name: 'LOGOUT',
  parse: nothing,
  run: async (session) => {
    session.wire.send('* BYE Goodbye');
    session.end();
    return ok('Logged out');
  },
});
