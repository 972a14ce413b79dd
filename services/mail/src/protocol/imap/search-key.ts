/** What SEARCH asks for: RFC 3501, sections 6.4.4 and 9 (`search-key`); MODSEQ of RFC 7162, section 3.1.5. */

import { fromBinaryText, toText } from '../octets.ts';
import type { CalendarDate } from './date-time.ts';
import type { ImapParser } from './parser.ts';
import { Refusal } from './response.ts';
import type { SequenceSet } from './sequence-set.ts';

export type SearchKey =
  | { readonly kind: 'all' | 'recent' }
  /** A system flag, or a keyword. */
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'header'; readonly field: string; readonly text: string }
  | { readonly kind: 'body'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'internal-date'; readonly relation: DateRelation; readonly day: CalendarDate }
  | { readonly kind: 'sent-date'; readonly relation: DateRelation; readonly day: CalendarDate }
  | { readonly kind: 'larger' | 'smaller'; readonly octets: number }
  | { readonly kind: 'modseq'; readonly least: number }
  | SetKey
  | { readonly kind: 'not'; readonly key: SearchKey }
  | { readonly kind: 'and' | 'or'; readonly keys: readonly SearchKey[] };

export interface SetKey {
  readonly kind: 'uids' | 'numbers';
  readonly set: SequenceSet;
}

export type DateRelation = 'before' | 'on' | 'since';

/** Keys inside of keys (parentheses, NOT, OR), and keys at all: a search is done for each message. */
const DEPTH_MAX = 50;
const KEYS_MAX = 500;

const FLAGS = ['ANSWERED', 'DELETED', 'DRAFT', 'FLAGGED', 'SEEN'];
const FIELDS = ['BCC', 'CC', 'FROM', 'SUBJECT', 'TO'];
/** RFC 3501, section 6.4.4: US-ASCII must be supported; text is compared as UTF-8, of which it is a part. */
const CHARSETS = ['US-ASCII', 'UTF-8'];

/** ` CHARSET UTF-8` behind `SEARCH` and its RETURN; null when nothing is said of it. */
export function parseSearchCharset(parser: ImapParser): string | null {
  return parser.skip(' CHARSET ') ? parser.astring().toUpperCase() : null;
}

/** @throws Refusal for one in which nothing can be searched */
export function requireSearchCharset(charset: string | null): void {
  if (charset !== null && !CHARSETS.includes(charset))
    throw new Refusal('NO', `BADCHARSET (${CHARSETS.join(' ')})`, 'Text can be searched in US-ASCII and UTF-8');
}

/** Everything behind the character set. */
export function parseSearchProgram(parser: ImapParser): SearchKey {
  const reading = { keys: 0 };
  const keys: SearchKey[] = [];
  while (parser.skip(' ')) keys.push(parseKey(parser, reading, 0));
  if (keys.length === 0) parser.fail('what to search for');
  return { kind: 'and', keys };
}

function parseKey(parser: ImapParser, reading: { keys: number }, depth: number): SearchKey {
  reading.keys += 1;
  if (depth > DEPTH_MAX) parser.fail(`at most ${DEPTH_MAX} keys inside of each other`);
  if (reading.keys > KEYS_MAX) parser.fail(`at most ${KEYS_MAX} keys`);
  const inner = () => parseKey(parser, reading, depth + 1);
  const innerBehindBlank = () => parseKey(parser.sp(), reading, depth + 1);
  if (parser.isAt('(')) return { kind: 'and', keys: nonEmpty(parser, parser.list(inner)) };
  if (/[\d*$]/.test(parser.peek())) return { kind: 'numbers', set: parser.sequenceSet() };
  const word = parser.atom().toUpperCase();
  if (word === 'NOT') return { kind: 'not', key: innerBehindBlank() };
  if (word === 'OR') return { kind: 'or', keys: [innerBehindBlank(), innerBehindBlank()] };
  return parseFlagKey(word) ?? parseKeyWithArgument(word, parser);
}

function nonEmpty<Item>(parser: ImapParser, items: Item[]): Item[] {
  return items.length === 0 ? parser.fail('a search key') : items;
}

function parseFlagKey(word: string): SearchKey | null {
  const name = word.startsWith('UN') ? word.slice(2) : word;
  if (FLAGS.includes(name)) {
    const key: SearchKey = { kind: 'flag', flag: `\\${name}` };
    return word === name ? key : { kind: 'not', key };
  }
  switch (word) {
    case 'ALL':
      return { kind: 'all' };
    case 'RECENT':
      return { kind: 'recent' };
    case 'OLD':
      return { kind: 'not', key: { kind: 'recent' } };
    case 'NEW':
      return { kind: 'and', keys: [{ kind: 'recent' }, { kind: 'not', key: { kind: 'flag', flag: '\\SEEN' } }] };
    default:
      return null;
  }
}

function parseKeyWithArgument(word: string, parser: ImapParser): SearchKey {
  const relation = RELATIONS[word.replace(/^SENT/, '')];
  const isDate = relation !== undefined;
  const isKnown = isDate || FIELDS.includes(word) || OTHERS.includes(word);
  if (!isKnown) parser.fail('a search key');
  parser.sp();
  if (isDate) return { kind: word.startsWith('SENT') ? 'sent-date' : 'internal-date', relation, day: parser.date() };
  if (FIELDS.includes(word)) return { kind: 'header', field: word, text: text(parser) };
  switch (word) {
    case 'HEADER':
      return { kind: 'header', field: parser.astring(), text: text(parser.sp()) };
    case 'BODY':
      return { kind: 'body', text: text(parser) };
    case 'TEXT':
      return { kind: 'text', text: text(parser) };
    case 'KEYWORD':
      return { kind: 'flag', flag: parser.atom() };
    case 'MODSEQ':
      return parseModseq(parser);
    case 'UNKEYWORD':
      return { kind: 'not', key: { kind: 'flag', flag: parser.atom() } };
    case 'LARGER':
      return { kind: 'larger', octets: parser.number64() };
    case 'SMALLER':
      return { kind: 'smaller', octets: parser.number64() };
    default:
      return { kind: 'uids', set: parser.sequenceSet() };
  }
}

const OTHERS = ['HEADER', 'BODY', 'TEXT', 'KEYWORD', 'UNKEYWORD', 'LARGER', 'SMALLER', 'UID', 'MODSEQ'];
const RELATIONS: Readonly<Record<string, DateRelation>> = { BEFORE: 'before', ON: 'on', SINCE: 'since' };

/** Messages have one MODSEQ, so that of a single flag (`"/flags/\\draft" all`) is theirs: RFC 7162, section 3.1.5. */
function parseModseq(parser: ImapParser): SearchKey {
  if (parser.isAt('"')) {
    if (!/^\/flags\/./i.test(parser.string())) parser.fail('the name of a flag');
    const kind = parser.sp().atom().toLowerCase();
    if (!['priv', 'shared', 'all'].includes(kind)) parser.fail('priv, shared or all');
    parser.sp();
  }
  return { kind: 'modseq', least: parser.number64() };
}

/** Whether a program asks for MODSEQ, so that the answer tells one. */
export function asksForModseq(key: SearchKey): boolean {
  if (key.kind === 'and' || key.kind === 'or') return key.keys.some(asksForModseq);
  return key.kind === 'not' ? asksForModseq(key.key) : key.kind === 'modseq';
}

/** In small letters: comparing disregards case. */
function text(parser: ImapParser): string {
  return toText(fromBinaryText(parser.astring())).toLowerCase();
}
