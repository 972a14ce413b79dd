import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { CommandPiece } from '../protocol/imap/command-reader.ts';
import { ImapParser } from '../protocol/imap/parser.ts';
import type { Reply } from '../protocol/imap/response.ts';
import { type ImapState, refusalOf } from '../protocol/imap/session-state.ts';
import type { PreparedCommand } from './imap-command.ts';
import { commandNamed } from './imap-command-table.ts';
import { refusalReply } from './imap-refusal.ts';

/** A command that can be run, or what its client is told instead. */
export type Prepared =
  | { readonly kind: 'command'; readonly tag: string; readonly command: PreparedCommand }
  | { readonly kind: 'refused'; readonly tag: string; readonly reply: Reply };

/** Reads a command. @param hasMessage whether a message follows as a literal */
export function prepareCommand(pieces: readonly CommandPiece[], state: ImapState, hasMessage: boolean): Prepared {
  const parser = new ImapParser(pieces);
  // The tag of what has none (RFC 3501, section 7.1.3).
  let tag = '*';
  try {
    tag = parser.tag();
    const name = parser.sp().atom().toUpperCase();
    const command = commandNamed(name);
    const wrong = refusalOf(state, name);
    if (command === null || wrong !== null)
      return { kind: 'refused', tag, reply: { status: 'BAD', text: wrong ?? 'Unknown command' } };
    if (command.takesMessage !== hasMessage) parser.fail('a message as a literal');
    return { kind: 'command', tag, command: command.prepare(parser) };
  } catch (error) {
    if (error instanceof ProtocolViolation)
      return { kind: 'refused', tag, reply: { status: 'BAD', text: error.message } };
    const reply = refusalReply(error);
    if (reply === null) throw error;
    return { kind: 'refused', tag, reply };
  }
}

/** Whether the literal that is announced behind `pieces` is a message: in APPEND the first one may be the mailbox's name. */
export function isMessageNext(pieces: readonly CommandPiece[]): boolean {
  const beginning = String(pieces[0]);
  const isNameNext = pieces.length === 1 && /^\S+ append $/i.test(beginning);
  return /^\S+ append /i.test(beginning) && !isNameNext;
}
