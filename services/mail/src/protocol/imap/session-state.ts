/** The states of a session and what may be said in each: RFC 3501, section 3 and the headings of section 6. */

export type ImapState =
  | { readonly kind: 'not-authenticated'; readonly badCommands: number }
  | { readonly kind: 'authenticated'; readonly account: string; readonly badCommands: number }
  | { readonly kind: 'selected'; readonly account: string; readonly mailbox: string; readonly badCommands: number }
  | { readonly kind: 'logout' };

export type ImapInput =
  | { readonly kind: 'authenticated'; readonly account: string }
  | { readonly kind: 'selected'; readonly mailbox: string }
  | { readonly kind: 'unselected' }
  | { readonly kind: 'bad-command' }
  | { readonly kind: 'logout' };

const ANY_STATE = ['CAPABILITY', 'NOOP', 'LOGOUT', 'ID'] as const;
const NOT_AUTHENTICATED = [...ANY_STATE, 'STARTTLS', 'LOGIN', 'AUTHENTICATE'] as const;
const AUTHENTICATED = [
  ...ANY_STATE,
  ...[
    'SELECT',
    'EXAMINE',
    'CREATE',
    'DELETE',
    'RENAME',
    'SUBSCRIBE',
    'UNSUBSCRIBE',
    'LIST',
    'LSUB',
    'STATUS',
    'APPEND',
  ],
  ...['NAMESPACE', 'IDLE', 'ENABLE', 'GETQUOTA', 'GETQUOTAROOT'],
] as const;
const SELECTED = [
  ...AUTHENTICATED,
  ...['CHECK', 'CLOSE', 'UNSELECT', 'EXPUNGE', 'SEARCH', 'FETCH', 'STORE', 'COPY', 'MOVE', 'UID'],
] as const;

/** The commands of each state. NAMESPACE is of RFC 2342, IDLE of RFC 2177, UNSELECT of RFC 3691, ID of RFC 2971, ENABLE of RFC 5161, MOVE of RFC 6851, GETQUOTA of RFC 9208. */
const ALLOWED: Readonly<Record<ImapState['kind'], readonly string[]>> = {
  'not-authenticated': NOT_AUTHENTICATED,
  authenticated: AUTHENTICATED,
  selected: SELECTED,
  logout: [],
};

/** Commands without sense before the connection is closed: few from a client that has not said who it is. */
const BAD_COMMANDS_MAX = { 'not-authenticated': 3, authenticated: 20, selected: 20 } as const;

export const IMAP_START: ImapState = { kind: 'not-authenticated', badCommands: 0 };

/** Inputs that a state does not have leave it as it is. */
export function stepImap(state: ImapState, input: ImapInput): ImapState {
  if (state.kind === 'logout' || input.kind === 'logout') return { kind: 'logout' };
  if (input.kind === 'bad-command') {
    const badCommands = state.badCommands + 1;
    return badCommands >= BAD_COMMANDS_MAX[state.kind] ? { kind: 'logout' } : { ...state, badCommands };
  }
  if (state.kind === 'not-authenticated')
    return input.kind === 'authenticated' ? { kind: 'authenticated', account: input.account, badCommands: 0 } : state;
  const { account, badCommands } = state;
  if (input.kind === 'selected') return { kind: 'selected', account, mailbox: input.mailbox, badCommands };
  return input.kind === 'unselected' ? { kind: 'authenticated', account, badCommands } : state;
}

/** Whether some state has this command. */
export function isCommandName(name: string): boolean {
  return Object.values(ALLOWED).some((commands) => commands.includes(name));
}

/** What is wrong with a command in a state; null when it may be run. */
export function refusalOf(state: ImapState, command: string): string | null {
  if (ALLOWED[state.kind].includes(command)) return null;
  return isCommandName(command) ? `${command} is not possible in the ${state.kind} state` : 'Unknown command';
}
