import { ok, Refusal, type Reply } from '../protocol/imap/response.ts';
import { formatCapabilities } from './imap-capabilities.ts';
import { meetLoginFault } from './imap-faults.ts';
import type { ImapSession } from './imap-session.ts';

/** RFC 3501, section 6.2.3: passwords are not taken where anybody could read them, except where the lab allows it. */
export function requireLoginAllowed({ parts, wire }: ImapSession): void {
  if (!wire.isSecure && !parts.offersLogin)
    throw new Refusal('NO', 'PRIVACYREQUIRED', 'Passwords are not taken without TLS', 'CLEARTEXT_LOGIN is false');
}

/** Checks name and password; the delay of a wrong one grows with each. */
export async function logIn(session: ImapSession, user: string, password: string): Promise<Reply> {
  await meetLoginFault(session, user);
  const account = await session.parts.logins.check(user, password, session.wire.clientAddress);
  if (account === null) throw new Refusal('NO', 'AUTHENTICATIONFAILED', 'Wrong user name or password');
  session.step({ kind: 'authenticated', account });
  return ok('Logged in', `CAPABILITY ${formatCapabilities(session)}`, 'the password is right');
}
