/**
 * A session of POP3: RFC 1939, with the extensions of RFC 2449. Three states follow each other: a client says who it is
 * (authorization), reads and marks (transaction), and leaves, whereupon what is marked is removed (update). A connection
 * that ends otherwise removes nothing.
 */
import { type Pop3Command, parsePop3Command } from './pop3-command.ts';

/** One message of the maildrop as it was at log-in; its number is its place in the list, from 1. */
export interface MaildropMessage {
  /** RFC 1939, section 7: one to 70 printable characters that name the message for ever. */
  readonly uniqueId: string;
  readonly uid: number;
  readonly octets: number;
}

export type Pop3State =
  | { readonly kind: 'authorization'; readonly user: string | null; readonly badCommands: number }
  | {
      readonly kind: 'transaction';
      readonly maildrop: readonly MaildropMessage[];
      readonly deleted: ReadonlySet<number>;
      readonly badCommands: number;
    }
  | { readonly kind: 'update' };

export type Pop3Input =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'logged-in'; readonly maildrop: readonly MaildropMessage[] }
  | { readonly kind: 'log-in-refused'; readonly why: 'credentials' | 'in-use' | 'system' }
  | { readonly kind: 'removed'; readonly isComplete: boolean };

export type Pop3Output =
  | { readonly kind: 'reply'; readonly line: string; readonly because?: string }
  | { readonly kind: 'lines'; readonly line: string; readonly lines: readonly string[] }
  | { readonly kind: 'log-in'; readonly user: string; readonly password: string }
  /** Sends "+OK" and the message, or its header section and the first lines of its body. */
  | { readonly kind: 'send-message'; readonly line: string; readonly uid: number; readonly bodyLines: number | null }
  | { readonly kind: 'remove'; readonly uids: readonly number[] }
  | { readonly kind: 'close' };

export interface Pop3Step {
  readonly state: Pop3State;
  readonly outputs: readonly Pop3Output[];
}

type Transaction = Pop3State & { kind: 'transaction' };

/** Commands without sense in one connection before it is closed. */
const BAD_COMMANDS_MAX = 10;

/** RFC 1939, sections 4 to 7; CAPA of RFC 2449, section 5. */
const ALLOWED = {
  authorization: ['USER', 'PASS', 'CAPA', 'QUIT'],
  transaction: ['STAT', 'LIST', 'RETR', 'DELE', 'NOOP', 'RSET', 'TOP', 'UIDL', 'CAPA', 'QUIT'],
  update: [],
} as const satisfies Record<Pop3State['kind'], readonly string[]>;

const CAPABILITIES = [
  'TOP',
  'UIDL',
  'USER',
  'RESP-CODES',
  'AUTH-RESP-CODE',
  'PIPELINING',
  'EXPIRE NEVER',
  'IMPLEMENTATION Topdown',
] as const;

export const POP3_START: Pop3State = { kind: 'authorization', user: null, badCommands: 0 };

export function stepPop3(state: Pop3State, input: Pop3Input): Pop3Step {
  if (input.kind === 'line') return obey(state, parsePop3Command(input.line));
  if (input.kind === 'removed') {
    const line = input.isComplete ? '+OK Goodbye' : '-ERR [SYS/TEMP] Some messages were not removed';
    return { state, outputs: [{ kind: 'reply', line }, { kind: 'close' }] };
  }
  if (state.kind !== 'authorization') return { state, outputs: [] };
  if (input.kind === 'log-in-refused') return refuseLogIn(state, input.why);
  const octets = input.maildrop.reduce((sum, message) => sum + message.octets, 0);
  const next: Transaction = { kind: 'transaction', maildrop: input.maildrop, deleted: new Set(), badCommands: 0 };
  const because = 'the password is right, and the maildrop is locked for this session';
  return {
    state: next,
    outputs: [{ kind: 'reply', line: `+OK ${input.maildrop.length} messages (${octets} octets)`, because }],
  };
}

function refuseLogIn(state: Pop3State & { kind: 'authorization' }, why: 'credentials' | 'in-use' | 'system'): Pop3Step {
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
  return { state: { ...state, user: null }, outputs: [{ kind: 'reply', line, because }] };
}

function obey(state: Pop3State, command: Pop3Command): Pop3Step {
  const { keyword } = command;
  if (!(ALLOWED[state.kind] as readonly string[]).includes(keyword)) {
    const isKnown = Object.values(ALLOWED).some((keywords) => (keywords as readonly string[]).includes(keyword));
    if (!isKnown) return bad(state, '-ERR Unknown command', 'no RFC that this server speaks has such a command');
    return bad(
      state,
      `-ERR ${keyword} is not possible in the ${state.kind} state`,
      `the session is in the ${state.kind} state`,
    );
  }
  if (keyword === 'CAPA') return lines(state, '+OK Capabilities follow', CAPABILITIES);
  if (state.kind === 'authorization') return authorize(state, command);
  return state.kind === 'transaction' ? transact(state, command) : { state, outputs: [] };
}

function authorize(state: Pop3State & { kind: 'authorization' }, { keyword, rest }: Pop3Command): Pop3Step {
  if (keyword === 'QUIT') return { state, outputs: [{ kind: 'reply', line: '+OK Goodbye' }, { kind: 'close' }] };
  if (keyword === 'USER') {
    if (rest === '') return bad(state, '-ERR USER needs a name');
    // The same answer for every name: who has a maildrop is not told (RFC 1939, section 13).
    return {
      state: { ...state, user: rest },
      outputs: [{ kind: 'reply', line: '+OK Now give the password with PASS' }],
    };
  }
  if (state.user === null) return bad(state, '-ERR USER comes first');
  return { state, outputs: [{ kind: 'log-in', user: state.user, password: rest }] };
}

function transact(state: Transaction, command: Pop3Command): Pop3Step {
  switch (command.keyword) {
    case 'NOOP':
      return reply(state, '+OK');
    case 'STAT': {
      const { count, octets } = totals(state);
      return reply(state, `+OK ${count} ${octets}`);
    }
    case 'RSET':
      return reply(
        { ...state, deleted: new Set() },
        `+OK ${state.maildrop.length} messages, none is marked as deleted`,
      );
    case 'QUIT':
      return {
        state: { kind: 'update' },
        outputs: [{ kind: 'remove', uids: [...state.deleted].map((number) => state.maildrop[number - 1]!.uid) }],
      };
    case 'LIST':
      return list(state, command, ({ octets }) => String(octets));
    case 'UIDL':
      return list(state, command, ({ uniqueId }) => uniqueId);
    default:
      return transactOne(state, command);
  }
}

function list(state: Transaction, command: Pop3Command, column: (message: MaildropMessage) => string): Pop3Step {
  if (command.arguments.length > 0) {
    const chosen = choose(state, command.arguments[0]);
    return chosen === null ? noSuchMessage(state) : reply(state, `+OK ${chosen.number} ${column(chosen.message)}`);
  }
  const { count, octets } = totals(state);
  const present = state.maildrop
    .map((message, index) => ({ message, number: index + 1 }))
    .filter(({ number }) => !state.deleted.has(number));
  return lines(
    state,
    `+OK ${count} messages (${octets} octets)`,
    present.map(({ message, number }) => `${number} ${column(message)}`),
  );
}

function transactOne(state: Transaction, { keyword, arguments: [first, second] }: Pop3Command): Pop3Step {
  const chosen = choose(state, first);
  if (chosen === null) return noSuchMessage(state);
  const { number, message } = chosen;
  if (keyword === 'DELE') {
    const because = 'it is only marked: RSET takes the mark away, and QUIT removes the message';
    return reply(
      { ...state, deleted: new Set([...state.deleted, number]) },
      `+OK Message ${number} is marked as deleted`,
      because,
    );
  }
  const bodyLines = keyword === 'TOP' ? readNumber(second) : null;
  if (keyword === 'TOP' && bodyLines === null) return bad(state, '-ERR TOP needs a message and a number of lines');
  const line = keyword === 'TOP' ? '+OK The top of the message follows' : `+OK ${message.octets} octets`;
  return { state, outputs: [{ kind: 'send-message', line, uid: message.uid, bodyLines }] };
}

function choose(state: Transaction, text: string | undefined): { number: number; message: MaildropMessage } | null {
  const number = readNumber(text);
  const message = number === null ? undefined : state.maildrop[number - 1];
  return number === null || message === undefined || state.deleted.has(number) ? null : { number, message };
}

function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function totals(state: Transaction): { count: number; octets: number } {
  const present = state.maildrop.filter((_, index) => !state.deleted.has(index + 1));
  return { count: present.length, octets: present.reduce((sum, message) => sum + message.octets, 0) };
}

function noSuchMessage(state: Transaction): Pop3Step {
  return reply(
    state,
    '-ERR No such message',
    `there are ${state.maildrop.length} messages, ${state.deleted.size} of them marked as deleted`,
  );
}

function reply(state: Pop3State, line: string, because?: string): Pop3Step {
  return { state, outputs: [because === undefined ? { kind: 'reply', line } : { kind: 'reply', line, because }] };
}

function lines(state: Pop3State, line: string, following: readonly string[]): Pop3Step {
  return { state, outputs: [{ kind: 'lines', line, lines: following }] };
}

function bad(state: Pop3State, line: string, because?: string): Pop3Step {
  if (state.kind === 'update') return { state, outputs: [] };
  const badCommands = state.badCommands + 1;
  const step = reply({ ...state, badCommands }, line, because);
  return badCommands < BAD_COMMANDS_MAX ? step : { ...step, outputs: [...step.outputs, { kind: 'close' }] };
}
