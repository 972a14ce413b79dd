import { fromBinaryText, toText } from '../../protocol/octets.ts';
import { command } from '../imap-command.ts';
import { logIn, requireLoginAllowed } from '../imap-login.ts';

/** RFC 3501, section 6.2.3. */
export const login = command({
  name: 'LOGIN',
  parse: (parser) => ({ user: parser.sp().astring(), password: parser.sp().astring() }),
  run: async (session, { user, password }) => {
    requireLoginAllowed(session);
    return logIn(session, toText(fromBinaryText(user)), toText(fromBinaryText(password)));
  },
});
