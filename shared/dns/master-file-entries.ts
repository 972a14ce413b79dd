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
/** A byte order mark, which some editors put at the beginning of a file. */
const BOM = '\uFEFF';
/** A line of printable ASCII without comment, parenthesis, quotation mark and escape, as nearly all of a large file are. */
const PLAIN = /^[\t\r !#-'*-:<-[\]-~]*$/;
/**
 * One piece of a line: blanks, a comment, a parenthesis, a quoted string, or a word. Escapes stay, and a word may hold quoted
 * parts after its beginning: `alpn="h2,h3"` (RFC 9460, section 2.1).
 */
const PIECE =
  /(?<blank>[ \t\r]+)|(?<comment>;.*)|(?<paren>[()])|"(?<quoted>(?:[^"\\]|\\.)*)"|(?<word>(?:[^\s;()"\\]|\\.)(?:[^\s;()"\\]|\\.|"(?:[^"\\]|\\.)*")*)/y;

/** The text of a file, or its pieces in their order, cut anywhere. */
export type Text = string | Iterable<string>;

/** The entries of `text`, in order. @throws ZoneFileError */
export function* entriesOf(text: Text, file: string): Generator<Entry> {
  let open: { place: Place; isContinued: boolean; words: string[] } | null = null;
  let depth = 0;
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    const place = { file, line: number };
    const isContinued = line.startsWith(' ') || line.startsWith('\t');
    if (open === null && PLAIN.test(line)) {
      const words = plainWords(line);
      if (words.length > 0) yield { place, isContinued, words };
      continue;
    }
    open ??= { place, isContinued, words: [] };
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

/** The lines of a text, without what ends them. */
function* linesOf(text: Text): Generator<string> {
  let rest = '';
  let isFirst = true;
  for (const piece of typeof text === 'string' ? [text] : text) {
    let from = isFirst && piece.startsWith(BOM) ? BOM.length : 0;
    isFirst = false;
    for (let end = piece.indexOf('\n', from); end !== -1; end = piece.indexOf('\n', from)) {
      yield rest + piece.slice(from, end);
      rest = '';
      from = end + 1;
    }
    rest += piece.slice(from);
  }
  yield rest;
}

/** The words of a line that has only words and blanks. */
function plainWords(line: string): string[] {
  const words: string[] = [];
  let start = -1;
  for (let at = 0; at <= line.length; at += 1) {
    const code = line.charCodeAt(at);
    const isBlank = code === 0x20 || code === 0x09 || code === 0x0d || at === line.length;
    if (!isBlank && start === -1) start = at;
    if (isBlank && start !== -1) {
      words.push(line.slice(start, at));
      start = -1;
    }
  }
  return words;
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
    else if (word !== undefined) yield `=${withoutQuotes(word)}`;
    // Quoted, \# is text and does not announce data of an unknown type (RFC 3597, section 5).
    else if (quoted !== undefined) yield `=${quoted.startsWith('\\#') ? `\\035${quoted.slice(2)}` : quoted}`;
  }
}

/** The quotation marks go, those that are escaped stay. */
function withoutQuotes(word: string): string {
  return word.includes('"') ? word.replace(/(\\.)|"/g, (_, escaped: string | undefined) => escaped ?? '') : word;
}
