/**
 * Bencode, the encoding of .torrent files and of trackers' answers (BEP 3).
 *
 *     integer     i42e                      dictionary  d3:cow3:mooe      keys sorted as octets, each once
 *     string      4:spam                    list        l4:spami42ee
 *
 * The decoder is strict: a value has exactly one form, so that equal values have equal hashes. What the octets of a string
 * mean is left to the caller. Keys are kept one character per octet (U+0000 to U+00FF) in a Map, where no key is special.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

export type Bencode = number | Uint8Array | readonly Bencode[] | BencodeDictionary;
export type BencodeDictionary = ReadonlyMap<string, Bencode>;

/** What the encoder takes: text is written as UTF-8. */
export type BencodeInput = number | string | Uint8Array | readonly BencodeInput[] | ReadonlyMap<string, BencodeInput>;

/** Where a value stands in the input: the octets from `start` up to, but not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Lists and dictionaries inside one another, at most: a .torrent file needs five. */
const DEPTH_MAX = 32;
/**
 * Values of one input, at most: a .torrent file of 10 000 files has about 60 000, an answer of a tracker with 10 000 peers
 * 40 000. Two octets are a dictionary, and in memory a dictionary takes two hundred.
 */
const VALUES_MAX = 100_000;
/** Digits of an integer, at most: what a double holds exactly has 16. */
const INTEGER_DIGITS_MAX = 16;
/** Digits of the length of a string, at most: ten reach beyond any input that is taken. */
const LENGTH_DIGITS_MAX = 10;
/** Octets of a key, at most: the longest in use are the 20 of an info hash and the 32 of a merkle root. */
const KEY_OCTETS_MAX = 255;

const CLAUSE = 'BEP 3';
const UTF_8 = new TextEncoder();
/** The octets that bencode is written with, in ASCII. */
const OCTET = { colon: 0x3a, zero: 0x30, nine: 0x39, minus: 0x2d, d: 0x64, e: 0x65, i: 0x69, l: 0x6c } as const;

/** The one value that `octets` encode. @throws ProtocolViolation */
export function decodeBencode(octets: Uint8Array): Bencode {
  return new Decoder(octets).whole();
}

/**
 * The dictionary that `octets` encode, and where each of its values stands: the hash of a torrent is that of the `info`
 * dictionary's own octets, not of a copy that was decoded and encoded again. @throws ProtocolViolation
 */
export function decodeBencodeDictionary(octets: Uint8Array): {
  dictionary: BencodeDictionary;
  spans: ReadonlyMap<string, Span>;
} {
  const spans = new Map<string, Span>();
  const value = new Decoder(octets, spans).whole();
  if (value instanceof Map) return { dictionary: value, spans };
  throw new ProtocolViolation('Cannot decode the dictionary: the value is of another type', 0, CLAUSE);
}

/** The value at the beginning of `octets`, and where it ends: something else may follow. @throws ProtocolViolation */
export function decodeBencodePrefix(octets: Uint8Array): { value: Bencode; end: number } {
  return new Decoder(octets).prefix();
}

/** The octets of `value`; the keys of dictionaries are sorted. @throws RangeError for a number that is no safe integer */
export function encodeBencode(value: BencodeInput): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  encodeInto(parts, value);
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}

/** `octets` as the key of a dictionary, one character each. */
export function keyOfOctets(octets: Uint8Array): string {
  // Made at once, a short string takes a third of the memory of one that grows.
  if (octets.length <= KEY_OCTETS_MAX) return String.fromCharCode(...octets);
  let key = '';
  for (const octet of octets) key += String.fromCharCode(octet);
  return key;
}

/** The octets of a key. */
export function octetsOfKey(key: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(key.length);
  for (let at = 0; at < key.length; at++) octets[at] = key.charCodeAt(at);
  return octets;
}

class Decoder {
  readonly #octets: Uint8Array;
  readonly #spans: Map<string, Span> | undefined;
  #at = 0;
  #values = 0;

  constructor(octets: Uint8Array, spans?: Map<string, Span>) {
    this.#octets = octets;
    this.#spans = spans;
  }

  whole(): Bencode {
    const value = this.#value(0);
    if (this.#at === this.#octets.length) return value;
    throw this.#violation('octets follow the value', this.#at);
  }

  prefix(): { value: Bencode; end: number } {
    const value = this.#value(0);
    return { value, end: this.#at };
  }

  #value(depth: number): Bencode {
    if (depth > DEPTH_MAX) throw this.#violation(`more than ${DEPTH_MAX} values inside one another`, this.#at);
    this.#values += 1;
    if (this.#values > VALUES_MAX) throw this.#violation(`more than ${VALUES_MAX} values`, this.#at);
    const octet = this.#octets[this.#at];
    if (octet === OCTET.i) return this.#integer();
    if (octet === OCTET.l) return this.#list(depth);
    if (octet === OCTET.d) return this.#dictionary(depth);
    return this.#string();
  }

  #integer(): number {
    const start = this.#at++;
    const isNegative = this.#octets[this.#at] === OCTET.minus;
    if (isNegative) this.#at += 1;
    const digits = this.#digits(INTEGER_DIGITS_MAX);
    this.#expect(OCTET.e, 'the integer does not end in "e"');
    if (isNegative && digits === 0) throw this.#violation('zero has no sign', start);
    if (!Number.isSafeInteger(digits)) throw this.#violation('the integer is too large', start);
    return isNegative ? -digits : digits;
  }

  #string(): Uint8Array {
    const start = this.#at;
    const length = this.#digits(LENGTH_DIGITS_MAX);
    this.#expect(OCTET.colon, 'the length of the string does not end in ":"');
    if (length > this.#octets.length - this.#at) throw this.#violation('the string goes beyond the end', start);
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  #list(depth: number): Bencode[] {
    this.#at += 1;
    const values: Bencode[] = [];
    while (!this.#isAtEnd()) values.push(this.#value(depth + 1));
    return values;
  }

  #dictionary(depth: number): BencodeDictionary {
    this.#at += 1;
    const dictionary = new Map<string, Bencode>();
    for (let previous: string | null = null; !this.#isAtEnd(); ) {
      const keyAt = this.#at;
      const octets = this.#string();
      if (octets.length > KEY_OCTETS_MAX) throw this.#violation('the key is too long', keyAt);
      const key = keyOfOctets(octets);
      if (previous !== null && key === previous) throw this.#violation('the key comes twice', keyAt);
      if (previous !== null && key < previous) throw this.#violation('the keys are not sorted', keyAt);
      const start = this.#at;
      dictionary.set(key, this.#value(depth + 1));
      if (depth === 0) this.#spans?.set(key, { start, end: this.#at });
      previous = key;
    }
    return dictionary;
  }

  /** A number in its one decimal form: no sign, no leading zero. */
  #digits(max: number): number {
    const start = this.#at;
    let value = 0;
    for (let octet = this.#octets[this.#at]; octet !== undefined && isDigit(octet); octet = this.#octets[++this.#at]) {
      if (this.#at - start >= max) throw this.#violation(`more than ${max} digits`, start);
      value = value * 10 + (octet - OCTET.zero);
    }
    if (this.#at === start) throw this.#violation('there is no digit', start);
    if (this.#octets[start] === OCTET.zero && this.#at - start > 1) throw this.#violation('a leading zero', start);
    return value;
  }

  #isAtEnd(): boolean {
    if (this.#at >= this.#octets.length) throw this.#violation('the input ends inside a value', this.#at);
    if (this.#octets[this.#at] !== OCTET.e) return false;
    this.#at += 1;
    return true;
  }

  #expect(octet: number, otherwise: string): void {
    if (this.#octets[this.#at] !== octet) throw this.#violation(otherwise, this.#at);
    this.#at += 1;
  }

  #violation(why: string, offset: number): ProtocolViolation {
    return new ProtocolViolation(`Cannot decode bencode: ${why}`, offset, CLAUSE);
  }
}

function isDigit(octet: number): boolean {
  return octet >= OCTET.zero && octet <= OCTET.nine;
}

function encodeInto(parts: Uint8Array[], value: BencodeInput): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`Cannot encode ${value}: it is no safe integer`);
    parts.push(octetsOfKey(`i${value}e`));
  } else if (typeof value === 'string') {
    encodeInto(parts, UTF_8.encode(value));
  } else if (value instanceof Uint8Array) {
    parts.push(octetsOfKey(`${value.length}:`), value);
  } else if (value instanceof Map) {
    parts.push(octetsOfKey('d'));
    // Keys hold one character per octet, so that the order of characters is the order of octets that BEP 3 demands.
    for (const key of [...value.keys()].sort()) {
      encodeInto(parts, octetsOfKey(key));
      encodeInto(parts, value.get(key));
    }
    parts.push(octetsOfKey('e'));
  } else {
    parts.push(octetsOfKey('l'));
    for (const item of value as readonly BencodeInput[]) encodeInto(parts, item);
    parts.push(octetsOfKey('e'));
  }
}
