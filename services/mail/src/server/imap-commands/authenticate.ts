import { Refusal, type Reply } from '../../protocol/imap/response.ts';
import { SASL_MECHANISMS, type SaslExchange, stepSasl } from '../../protocol/sasl-exchange.ts';
import { command } from '../imap-command.ts';
import { logIn, requireLoginAllowed } from '../imap-login.ts';
import type { ImapSession } from '../imap-session.ts';

/** RFC 3501, section 6.2.2, with the first response in the command's line (RFC 4959). */
export const authenticate = command({
  name: 'AUTHENTICATE',
  parse: (parser) => {
    const mechanism = parser.sp().atom().toUpperCase();
    return { mechanism, initial: parser.skip(' ') ? parser.base64() : null };
  },
  run: async (session, given) => {
    const mechanism = SASL_MECHANISMS.find((one) => one === given.mechanism);
    if (mechanism === undefined)
      throw new Refusal('NO', 'CANNOT', `The mechanisms are ${SASL_MECHANISMS.join(' and ')}`);
    requireLoginAllowed(session);
    return exchangeResponses(session, { mechanism, user: null }, given.initial);
  },
});

async function exchangeResponses(session: ImapSession, begun: SaslExchange, initial: string | null): Promise<Reply> {
  let step = stepSasl(begun, initial);
  while (step.kind === 'challenge') {
    session.wire.send(`+ ${step.challenge}`);
    const response = (await session.wire.readLine()) ?? '*';
    if (response === '*') throw new Refusal('BAD', null, 'The authentication was cancelled');
    step = stepSasl(step.exchange, response);
  }
  if (step.kind === 'malformed') throw new Refusal('BAD', null, 'Cannot read the response', 'RFC 4616, section 2');
  if (step.kind === 'foreign') throw new Refusal('NO', 'AUTHORIZATIONFAILED', 'Nobody may act for another user');
  return logIn(session, step.user, step.password);
}
