/** A command as it may be shown to everybody: passwords hidden, literals as their sizes. */
import type { CommandPiece } from './command-reader.ts';

const HIDDEN = '********';
/** Characters of a command that are shown. */
const SHOWN_LENGTH_MAX = 500;

export function hideSecrets(pieces: readonly CommandPiece[]): string {
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : `{${piece.length}}`)).join('');
  const [, tag = '', name = '', rest = ''] = /^(\S*) +(login|authenticate)\b *(.*)$/is.exec(text) ?? [];
  if (name === '') return text.slice(0, SHOWN_LENGTH_MAX);
  // The user's name and the mechanism are no secrets; where the name ends is not asked too closely.
  const [, shown = ''] = /^("[^"\\]*"|[^\s"]+)(?: |$)/.exec(rest) ?? [];
  return `${tag} ${name.toUpperCase()} ${shown} ${HIDDEN}`.slice(0, SHOWN_LENGTH_MAX);
}
