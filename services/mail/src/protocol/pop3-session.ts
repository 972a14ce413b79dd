/**
 * A session of POP3: RFC 1939, with the extensions of RFC 2449. Three states follow each other: a client says who it is
 * (authorization), reads and marks (transaction), and leaves, whereupon what is marked is removed (update). A connection
 * that ends otherwise removes nothing.
 */
import { maildropOf } from './maildrop.ts';
import { authorize, refuseLogIn, respond } from './pop3-authorization.ts';
import { capabilitiesIn } from './pop3-capabilities.ts';
import { COMMAND_OCTETS_MAX, type Pop3Command, parsePop3Command, SASL_RESPONSE_OCTETS_MAX } from './pop3-command.ts';
import {
  lines,
  type Pop3Input,
  type Pop3Privacy,
  type Pop3State,
  type Pop3Step,
  refuse,
  reply,
  type Transaction,
} from './pop3-step.ts';
import { transact } from './pop3-transaction.ts';

/** RFC 1939, sections 4 to 7; CAPA of RFC 2449, section 5; STLS of RFC 2595, section 4; AUTH of RFC 5034. */
const ALLOWED = {
  authorization: ['USER', 'PASS', 'AUTH', 'STLS', 'CAPA', 'QUIT'],
  transaction: ['STAT', 'LIST', 'RETR', 'DELE', 'NOOP', 'RSET', 'TOP', 'UIDL', 'CAPA', 'QUIT'],
  update: [],
} as const satisfies Record<Pop3State['kind'], readonly string[]>;

/** Commands that have no arguments, or one: anything more is a mistake of the client. */
const ARGUMENTS_MAX: Readonly<Record<string, number>> = {
  ...{ STLS: 0, CAPA: 0, QUIT: 0, STAT: 0, NOOP: 0, RSET: 0 },
  ...{ LIST: 1, UIDL: 1, RETR: 1, DELE: 1, TOP: 2 },
};

export function startPop3(privacy: Pop3Privacy): Pop3State {
  return { kind: 'authorization', privacy, user: null, exchange: null, badCommands: 0 };
}

/** Whether the next line answers a challenge of SASL. */
export function expectsSaslResponse(state: Pop3State): boolean {
  return state.kind === 'authorization' && state.exchange !== null;
}

/** Longest line that may come next, with its CRLF, in octets. */
export function lineOctetsMax(state: Pop3State): number {
  return expectsSaslResponse(state) ? SASL_RESPONSE_OCTETS_MAX : COMMAND_OCTETS_MAX;
}

export function stepPop3(state: Pop3State, input: Pop3Input): Pop3Step {
  if (input.kind === 'removed') {
    const line = input.isComplete ? '+OK Goodbye' : '-ERR [SYS/TEMP] Some messages were not removed';
    return { state, outputs: [{ kind: 'reply', line }, { kind: 'close' }] };
  }
  if (input.kind === 'line') {
    if (state.kind === 'authorization' && state.exchange !== null) return respond(state, state.exchange, input.line);
    return obey(state, parsePop3Command(input.line));
  }
  if (state.kind !== 'authorization') return { state, outputs: [] };
  if (input.kind === 'log-in-refused') return refuseLogIn(state, input.why);
  const { privacy } = state;
  const after: Transaction = { kind: 'transaction', privacy, maildrop: maildropOf(input.messages), badCommands: 0 };
  const because = 'the password is right, and the maildrop is locked for this session';
  return reply(after, `+OK ${after.maildrop.count} messages (${after.maildrop.octets} octets)`, because);
}

function obey(state: Pop3State, command: Pop3Command): Pop3Step {
  const { keyword } = command;
  if (!(ALLOWED[state.kind] as readonly string[]).includes(keyword)) {
    const isKnown = Object.values(ALLOWED).some((keywords) => (keywords as readonly string[]).includes(keyword));
    if (!isKnown) return refuse(state, '-ERR Unknown command', 'no RFC that this server speaks has such a command');
    const line = `-ERR ${keyword} is not possible in the ${state.kind} state`;
    return refuse(state, line, `the session is in the ${state.kind} state`);
  }
  if (command.arguments.length > (ARGUMENTS_MAX[keyword] ?? Number.POSITIVE_INFINITY)) {
    return refuse(state, `-ERR ${keyword} has fewer arguments`, 'RFC 1939, section 3');
  }
  if (state.kind === 'update') return { state, outputs: [] };
  if (keyword === 'CAPA') return lines(state, '+OK Capabilities follow', capabilitiesIn(state.kind, state.privacy));
  return state.kind === 'authorization' ? authorize(state, command) : transact(state, command);
}
