/** The authorization state of POP3: RFC 1939, section 4, with STLS (RFC 2595, section 4) and AUTH (RFC 5034). */
import { mayLogIn } from './pop3-capabilities.ts';
import type { Pop3Command } from './pop3-command.ts';
import { type Authorization, type LogInRefusal, type Pop3Step, refuse, reply } from './pop3-step.ts';
import { SASL_MECHANISMS, type SaslExchange, type SaslMechanism, stepSasl } from './sasl-exchange.ts';

export function authorize(state: Authorization, command: Pop3Command): Pop3Step {
  const { keyword } = command;
  if (keyword === 'QUIT') return { state, outputs: [{ kind: 'reply', line: '+OK Goodbye' }, { kind: 'close' }] };
  if (keyword === 'STLS') return beginTls(state);
  if (!mayLogIn(state.privacy)) {
    return refuse(state, '-ERR No password without TLS: begin with STLS', 'CLEARTEXT_LOGIN is false');
  }
  if (keyword === 'AUTH') return authenticate(state, command);
  return keyword === 'USER' ? name(state, command) : givePassword(state, command);
}

/** A line that answers a challenge of SASL. */
export function respond(state: Authorization, exchange: SaslExchange, line: string): Pop3Step {
  const after: Authorization = { ...state, exchange: null };
  // RFC 5034, section 4: the client cancels.
  if (line === '*') return reply(after, '-ERR The authentication was cancelled');
  return proceed(after, exchange, line);
}

/** The log-in failed; the session stays in the authorization state. */
export function refuseLogIn(state: Authorization, why: LogInRefusal): Pop3Step {
  const line = {
    // RFC 3206, section 4, and RFC 2449, section 8.
    credentials: '-ERR [AUTH] Wrong user name or password',
    'in-use': '-ERR [IN-USE] Another session has the maildrop',
    system: '-ERR [SYS/TEMP] The maildrop cannot be opened now',
  }[why];
  const because =
    why === 'in-use'
      ? 'a maildrop is opened by one POP3 session at a time (RFC 1939, section 4)'
      : 'the session stays in the authorization state';
  return reply({ ...state, user: null }, line, because);
}

function beginTls(state: Authorization): Pop3Step {
  if (state.privacy.isTls) return refuse(state, '-ERR TLS is there already', 'RFC 2595, section 4');
  // RFC 2595, section 4: what was said before TLS counts no more.
  const after: Authorization = { ...state, privacy: { ...state.privacy, isTls: true }, user: null };
  return { state: after, outputs: [{ kind: 'begin-tls', line: '+OK Begin the handshake of TLS' }] };
}

function name(state: Authorization, { rest }: Pop3Command): Pop3Step {
  if (rest === '') return refuse(state, '-ERR USER needs a name');
  // The same answer for every name: who has a maildrop is not told (RFC 1939, section 13).
  return reply({ ...state, user: rest }, '+OK Now give the password with PASS');
}

function givePassword(state: Authorization, { rest }: Pop3Command): Pop3Step {
  if (state.user === null) return refuse(state, '-ERR USER comes first');
  return { state, outputs: [{ kind: 'log-in', user: state.user, password: rest }] };
}

function authenticate(state: Authorization, { arguments: [named = '', initial, ...more] }: Pop3Command): Pop3Step {
  const mechanism = named.toUpperCase();
  if (more.length > 0) return refuse(state, '-ERR AUTH has a mechanism and at most one response');
  if (!isMechanism(mechanism)) {
    return refuse(state, `-ERR The mechanisms are ${SASL_MECHANISMS.join(' and ')}`, 'RFC 5034, section 4');
  }
  // RFC 5034, section 4: "=" is a response without octets.
  return proceed(state, { mechanism, user: null }, initial === '=' ? '' : (initial ?? null));
}

function proceed(state: Authorization, exchange: SaslExchange, response: string | null): Pop3Step {
  const step = stepSasl(exchange, response);
  switch (step.kind) {
    case 'challenge':
      return reply({ ...state, exchange: step.exchange }, `+ ${step.challenge}`);
    case 'credentials':
      return { state, outputs: [{ kind: 'log-in', user: step.user, password: step.password }] };
    case 'foreign':
      return reply(state, '-ERR [AUTH] Nobody may act for another user', 'RFC 4616, section 2');
    case 'malformed':
      return refuse(
        state,
        '-ERR Cannot read the response',
        'RFC 5034, section 4: it is base64 of what the mechanism says',
      );
  }
}

function isMechanism(word: string): word is SaslMechanism {
  return (SASL_MECHANISMS as readonly string[]).includes(word);
}
