/** What goes into a session of POP3 and comes out of it, and the outcomes that all its parts share. */
import type { Maildrop, MaildropMessage } from './maildrop.ts';
import type { SaslExchange } from './sasl-exchange.ts';

/** How the connection is protected. */
export interface Pop3Privacy {
  readonly isTls: boolean;
  /** Whether a password may be given without TLS. */
  readonly allowsCleartext: boolean;
}

export type Authorization = {
  readonly kind: 'authorization';
  readonly privacy: Pop3Privacy;
  /** What USER said. */
  readonly user: string | null;
  /** An AUTH whose challenge waits for its response. */
  readonly exchange: SaslExchange | null;
  readonly badCommands: number;
};

export type Transaction = {
  readonly kind: 'transaction';
  readonly privacy: Pop3Privacy;
  readonly maildrop: Maildrop;
  readonly badCommands: number;
};

export type Pop3State = Authorization | Transaction | { readonly kind: 'update' };

export type Pop3Input =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'logged-in'; readonly messages: readonly MaildropMessage[] }
  | { readonly kind: 'log-in-refused'; readonly why: LogInRefusal }
  | { readonly kind: 'removed'; readonly isComplete: boolean };

export type LogInRefusal = 'credentials' | 'in-use' | 'system';

export type Pop3Output =
  | { readonly kind: 'reply'; readonly line: string; readonly because?: string }
  | { readonly kind: 'lines'; readonly line: string; readonly lines: readonly string[] }
  /** Says `line`, then makes the handshake of TLS. */
  | { readonly kind: 'begin-tls'; readonly line: string }
  | { readonly kind: 'log-in'; readonly user: string; readonly password: string }
  /** Sends "+OK" and the message, or its header section and the first lines of its body. */
  | { readonly kind: 'send-message'; readonly line: string; readonly uid: number; readonly bodyLines: number | null }
  | { readonly kind: 'remove'; readonly uids: readonly number[] }
  | { readonly kind: 'close' };

export interface Pop3Step {
  readonly state: Pop3State;
  readonly outputs: readonly Pop3Output[];
}

/** Commands without sense in one connection before it is closed. */
const BAD_COMMANDS_MAX = 10;

export function reply(state: Pop3State, line: string, because?: string): Pop3Step {
  return { state, outputs: [because === undefined ? { kind: 'reply', line } : { kind: 'reply', line, because }] };
}

export function lines(state: Pop3State, line: string, following: readonly string[]): Pop3Step {
  return { state, outputs: [{ kind: 'lines', line, lines: following }] };
}

/** Refuses what makes no sense, and ends the session when that has happened too often. */
export function refuse(state: Pop3State, line: string, because?: string): Pop3Step {
  if (state.kind === 'update') return { state, outputs: [] };
  const badCommands = state.badCommands + 1;
  const step = reply({ ...state, badCommands }, line, because);
  return badCommands < BAD_COMMANDS_MAX ? step : { ...step, outputs: [...step.outputs, { kind: 'close' }] };
}
