/**
 * The words of a command: RFC 3501, section 9. Each method reads one element of the grammar and bears its name, so that the
 * parse of a command reads as its line of the ABNF. Text has one character for each octet.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { toBinaryText } from '../octets.ts';
import type { CommandPiece } from './command-reader.ts';
import { type CalendarDate, parseDate, parseDateTime } from './date-time.ts';
import { parseSequenceSet, type SequenceSet } from './sequence-set.ts';

const GRAMMAR = 'RFC 3501, section 9';
const ATOM_CHAR = '[^\\x00-\\x20\\x7f-\\xff(){%*"\\\\\\]]';
const ATOM = new RegExp(`${ATOM_CHAR}+`, 'y');
const ASTRING_CHARS = new RegExp(`(?:${ATOM_CHAR}|\\])+`, 'y');
const LIST_CHARS = new RegExp(`(?:${ATOM_CHAR}|[\\]%*])+`, 'y');
const TAG = /[^\x00-\x20\x7f-\xff(){%*"\\+]+/y;
const FLAG = new RegExp(`\\\\?${ATOM_CHAR}+`, 'y');
/** Octets above 127 are taken in quoted strings, as all servers do: passwords have them. */
const QUOTED = /"((?:[^\x00\r\n"\\]|\\["\\])*)"/y;
const NUMBER = /\d{1,10}/y;
const NUMBER64 = /\d{1,19}/y;
const SEQUENCE_SET = /[\d*:,]+/y;
const BASE64 = /[A-Za-z0-9+/]*={0,2}/y;
const NUMBER_MAX = 2 ** 32 - 1;

export class ImapParser {
  readonly #pieces: readonly CommandPiece[];
  #piece = 0;
  #at = 0;

  constructor(pieces: readonly CommandPiece[]) {
    this.#pieces = pieces;
  }

  tag(): string {
    return this.#match(TAG) ?? this.fail('a tag');
  }

  atom(): string {
    return this.#match(ATOM) ?? this.fail('an atom');
  }

  astring(): string {
    return this.#match(ASTRING_CHARS) ?? this.string();
  }

  string(): string {
    return this.#quoted() ?? this.#literal() ?? this.fail('a string');
  }

  /** `nil` or a string. */
  nstring(): string | null {
    return this.skip('NIL') ? null : this.string();
  }

  /** The name as it came: whether it is one is asked later, because that is no question of grammar. */
  mailbox(): string {
    return this.astring();
  }

  listMailbox(): string {
    return this.#match(LIST_CHARS) ?? this.string();
  }

  number(): number {
    const digits = this.#match(NUMBER) ?? this.fail('a number');
    return Number(digits) <= NUMBER_MAX ? Number(digits) : this.fail('a number of 32 bits');
  }

  nzNumber(): number {
    return this.number() || this.fail('a number other than 0');
  }

  /** A number of 63 bits: a MODSEQ (RFC 7162, section 7), a size (RFC 9051, section 9). Those that nothing reaches are told apart only roughly. */
  number64(): number {
    return Number(this.#match(NUMBER64) ?? this.fail('a number'));
  }

  sequenceSet(): SequenceSet {
    if (this.skip('$')) return '$';
    const at = this.#at;
    return parseSequenceSet(this.#match(SEQUENCE_SET) ?? this.fail('a sequence set'), at);
  }

  flag(): string {
    return this.#match(FLAG) ?? this.fail('a flag');
  }

  flagList(): string[] {
    return this.list(() => this.flag());
  }

  /** `(one two)`, `()` too. */
  list<Item>(item: () => Item): Item[] {
    this.expect('(');
    const items: Item[] = [];
    if (this.skip(')')) return items;
    do items.push(item());
    while (this.skip(' '));
    this.expect(')');
    return items;
  }

  /** A day, with or without quotes. */
  date(): CalendarDate {
    const isQuoted = this.isAt('"');
    const text = isQuoted ? this.string() : this.atom();
    return parseDate(text) ?? this.fail('a date such as 1-Feb-1994');
  }

  /** In milliseconds since 1970. */
  dateTime(): number {
    return parseDateTime(this.#quoted() ?? '') ?? this.fail('a date-time such as "17-Jul-1996 02:44:25 -0700"');
  }

  base64(): string {
    return this.#match(BASE64) ?? this.fail('base64');
  }

  sp(): this {
    return this.expect(' ');
  }

  expect(text: string): this {
    if (!this.skip(text)) this.fail(text === ' ' ? 'a blank' : `"${text}"`);
    return this;
  }

  /** Reads `text` if it stands here, without regard to case. */
  skip(text: string): boolean {
    if (!this.isAt(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** The character that stands here; '' at the end of the text. */
  peek(): string {
    return this.#rest().charAt(0);
  }

  isAt(text: string): boolean {
    const piece = this.#pieces[this.#piece];
    return typeof piece === 'string' && piece.slice(this.#at, this.#at + text.length).toUpperCase() === text;
  }

  /** Whether nothing more follows. */
  get #isAtEnd(): boolean {
    return this.#piece >= this.#pieces.length - 1 && this.#rest() === '';
  }

  end(): void {
    if (!this.#isAtEnd) this.fail('the end of the command');
  }

  fail(expected: string): never {
    throw new ProtocolViolation(`Cannot read the command: expected ${expected}`, this.#at, GRAMMAR);
  }

  #rest(): string {
    const piece = this.#pieces[this.#piece];
    return typeof piece === 'string' ? piece.slice(this.#at) : '';
  }

  #quoted(): string | null {
    return this.#match(QUOTED)?.slice(1, -1).replace(/\\(.)/g, '$1') ?? null;
  }

  #literal(): string | null {
    const literal = this.#pieces[this.#piece + 1];
    if (this.#rest() !== '' || literal === undefined || typeof literal === 'string') return null;
    // RFC 3501, section 9: a literal has no NUL.
    if (literal.includes(0)) this.fail('a literal without NUL');
    this.#piece += 2;
    this.#at = 0;
    return toBinaryText(literal);
  }

  #match(pattern: RegExp): string | null {
    const piece = this.#pieces[this.#piece];
    if (typeof piece !== 'string') return null;
    pattern.lastIndex = this.#at;
    const found = pattern.exec(piece)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }
}
