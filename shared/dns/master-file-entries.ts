/**
 * Cuts a master file (RFC 1035, section 5.1) into entries: an entry is a line, or several where parentheses hold them
 * together. Comments are dropped; quotation marks are taken off; escapes stay, their meaning depends on the field.
 */
import { type Place, ZoneFileError } from './zone-file-error.ts';

export interface Entry {
  readonly place: Place;
  /** Whether the entry begins with a blank: its owner is that of the entry before. */
  readonly isContinued: boolean;
  readonly words: readonly string[];
}

const CLAUSE = 'RFC 1035, section 5.1';
/** One piece of a line: blanks, a comment, a parenthesis, a quoted string, or a word with its escapes. */
const PIECE =
  /(?<blank>[ \t\r]+)|(?<comment>;.*)|(?<paren>[()])|"(?<quoted>(?:[^"\\]|\\.)*)"|(?<word>(?:[^\s;()"\\]|\\.)+)/y;

/** The entries of `text`, in order. @throws ZoneFileError */
export function* entriesOf(text: string, file: string): Generator<Entry> {
  let open: { place: Place; isContinued: boolean; words: string[] } | null = null;
  let depth = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const place = { file, line: index + 1 };
    open ??= { place, isContinued: /^[ \t]/.test(line), words: [] };
    for (const piece of piecesOf(line, place)) {
      if (piece === '(') depth += 1;
      else if (piece === ')') depth -= 1;
      else open.words.push(piece.slice(1));
      if (depth < 0) throw new ZoneFileError(place, 'a parenthesis is closed that was not opened: remove it', CLAUSE);
    }
    if (depth > 0) continue;
    if (open.words.length > 0) yield open;
    open = null;
  }
  if (open !== null)
    throw new ZoneFileError(open.place, 'the parenthesis opened here is never closed: add ")"', CLAUSE);
}

/** Parentheses as they are; words after a mark, so that a quoted parenthesis is not taken for one. */
function* piecesOf(line: string, place: Place): Generator<string> {
  PIECE.lastIndex = 0;
  for (let at = 0; at < line.length; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const match = PIECE.exec(line);
    if (match === null) {
      const what = line[at] === '"' ? 'a quoted string is not closed: add the second "' : `"${line[at]}" stands alone`;
      throw new ZoneFileError(place, what, CLAUSE);
    }
    const { paren, quoted, word } = match.groups!;
    if (paren !== undefined) yield paren;
    else if (word !== undefined) yield `=${word}`;
    // Quoted, \# is text and does not announce data of an unknown type (RFC 3597, section 5).
    else if (quoted !== undefined) yield `=${quoted.startsWith('\\#') ? `\\035${quoted.slice(2)}` : quoted}`;
  }
}
