/**
 * Structured fields as far as a cache reads them: dictionaries (RFC 9651, sections 3.2 and 4.2.2). A field that breaks one
 * rule is no dictionary at all, as section 4.2 asks; parameters are checked and left out.
 */

/** A value. Those that no directive of a cache takes are known by their kind alone. */
export type StructuredItem =
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: 'decimal' | 'bytes' | 'date' | 'display' | 'inner-list' };

export type Dictionary = ReadonlyMap<string, StructuredItem>;

/** RFC 9651, sections 4.2.3 to 4.2.10, one expression for each kind of text. */
const KEY = /[a-z*][a-z0-9_\-.*]*/y;
const DECIMAL = /-?\d{1,12}\.\d{1,3}(?![\d.])/y;
const INTEGER = /-?\d{1,15}(?![\d.])/y;
const STRING = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const TOKEN = /[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y;
const BYTES = /:[A-Za-z0-9+/]*={0,2}:/y;
const BOOLEAN = /\?[01]/y;
const DATE = /@-?\d{1,15}(?![\d.])/y;
const DISPLAY = /%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/y;
const SPACES = / */y;
const OPTIONAL_BLANKS = /[ \t]*/y;

/** The text and how far it has been read. */
interface Reading {
  readonly text: string;
  at: number;
}

/** The dictionary that a field value is, or null. A key that is repeated has its last value. */
export function parseDictionary(value: string): Dictionary | null {
  const members = new Map<string, StructuredItem>();
  const reading = { text: withoutSpaces(value), at: 0 };
  while (reading.at < reading.text.length) {
    const key = take(reading, KEY);
    if (key === null) return null;
    const item = takeMember(reading);
    if (item === null) return null;
    members.delete(key);
    members.set(key, item);
    take(reading, OPTIONAL_BLANKS);
    if (reading.at === reading.text.length) return members;
    if (!skip(reading, ',')) return null;
    take(reading, OPTIONAL_BLANKS);
    // A comma at the end separates nothing.
    if (reading.at === reading.text.length) return null;
  }
  return members;
}

/** `=value;parameters`, or the parameters of a member that is true by being there. */
function takeMember(reading: Reading): StructuredItem | null {
  const item = skip(reading, '=') ? takeValue(reading) : { kind: 'boolean' as const, value: true };
  return item !== null && skipParameters(reading) ? item : null;
}

function takeValue(reading: Reading): StructuredItem | null {
  return reading.text[reading.at] === '(' ? takeInnerList(reading) : takeBareItem(reading);
}

function takeInnerList(reading: Reading): StructuredItem | null {
  reading.at += 1;
  for (;;) {
    const blanks = take(reading, SPACES);
    if (skip(reading, ')')) return { kind: 'inner-list' };
    const first = reading.text[reading.at - 1] === '(' || blanks !== '';
    if (!first || takeBareItem(reading) === null || !skipParameters(reading)) return null;
  }
}

function takeBareItem(reading: Reading): StructuredItem | null {
  if (take(reading, DECIMAL) !== null) return { kind: 'decimal' };
  const integer = take(reading, INTEGER);
  if (integer !== null) return { kind: 'integer', value: Number(integer) };
  const string = take(reading, STRING);
  if (string !== null) return { kind: 'string', value: string.slice(1, -1).replace(/\\(.)/g, '$1') };
  const token = take(reading, TOKEN);
  if (token !== null) return { kind: 'token', value: token };
  const boolean = take(reading, BOOLEAN);
  if (boolean !== null) return { kind: 'boolean', value: boolean === '?1' };
  if (take(reading, BYTES) !== null) return { kind: 'bytes' };
  if (take(reading, DATE) !== null) return { kind: 'date' };
  return take(reading, DISPLAY) === null ? null : { kind: 'display' };
}

/** RFC 9651, section 4.2.3.2. */
function skipParameters(reading: Reading): boolean {
  while (skip(reading, ';')) {
    take(reading, SPACES);
    if (take(reading, KEY) === null) return false;
    if (skip(reading, '=') && takeBareItem(reading) === null) return false;
  }
  return true;
}

/** Less the spaces at both ends; an expression that looks for the last ones would look through all others again and again. */
function withoutSpaces(text: string): string {
  let first = 0;
  let last = text.length;
  while (first < last && text[first] === ' ') first += 1;
  while (last > first && text[last - 1] === ' ') last -= 1;
  return text.slice(first, last);
}

function skip(reading: Reading, character: string): boolean {
  if (reading.text[reading.at] !== character) return false;
  reading.at += 1;
  return true;
}

/** What the expression matches here, or null. */
function take(reading: Reading, expression: RegExp): string | null {
  expression.lastIndex = reading.at;
  const found = expression.exec(reading.text)?.[0] ?? null;
  if (found !== null) reading.at += found.length;
  return found;
}
