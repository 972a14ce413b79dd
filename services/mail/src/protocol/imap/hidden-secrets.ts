/** A command as it may be shown to everybody: passwords hidden, literals as their sizes. */
import { HIDDEN, showFirstWord } from '../shown-line.ts';
import type { CommandPiece } from './command-reader.ts';
import { isCommandName } from './session-state.ts';

/** Characters of a command that are shown. */
const SHOWN_LENGTH_MAX = 500;

export function hideSecrets(pieces: readonly CommandPiece[]): string {
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : `{${piece.length}}`)).join('');
  return shown(text).slice(0, SHOWN_LENGTH_MAX);
}

function shown(text: string): string {
  const [, tag = '', name = '', rest = ''] = /^(\S*) +(\S+) *(.*)$/s.exec(text) ?? [];
  const command = name.toUpperCase();
  // Without its tag, or misspelt, a LOGIN is a password behind an unknown name.
  if (name !== '' && !isCommandName(command))
    return isCommandName(tag.toUpperCase()) ? showFirstWord(text) : `${tag} ${showFirstWord(text.slice(tag.length))}`;
  if (command !== 'LOGIN' && command !== 'AUTHENTICATE') return text;
  // The user's name and the mechanism are no secrets; where the name ends is not asked too closely.
  const [, who = ''] = /^("[^"\\]*"|[^\s"]+)(?: |$)/.exec(rest) ?? [];
  return `${tag} ${command} ${who} ${HIDDEN}`;
}
