import { Refusal } from '../../protocol/imap/response.ts';
import { parsePlain } from '../../protocol/imap/sasl-plain.ts';
import { command } from '../imap-command.ts';
import { logIn, requireLoginAllowed } from '../imap-login.ts';

/** RFC 3501, section 6.2.2, with the first response in the command's line (RFC 4959). The mechanism is PLAIN (RFC 4616). */
export const authenticate = command({
  name: 'AUTHENTICATE',
  parse: (parser) => {
    const mechanism = parser.sp().atom().toUpperCase();
    return { mechanism, initial: parser.skip(' ') ? parser.base64() : null };
  },
  run: async (session, { mechanism, initial }) => {
    if (mechanism !== 'PLAIN') throw new Refusal('NO', 'CANNOT', 'The only mechanism is PLAIN');
    requireLoginAllowed(session);
    if (initial === null) session.wire.send('+ ');
    const response = initial ?? (await session.wire.readLine()) ?? '*';
    if (response === '*') throw new Refusal('BAD', null, 'The authentication was cancelled');
    const plain = parsePlain(response);
    if (plain === null) throw new Refusal('BAD', null, 'Cannot read the response', 'RFC 4616, section 2');
    const actsAsAnother = plain.authorize !== '' && plain.authorize !== plain.user;
    if (actsAsAnother) throw new Refusal('NO', 'AUTHORIZATIONFAILED', 'Nobody may act for another user');
    return logIn(session, plain.user, plain.password);
  },
});
