/**
 * RDATA and records as zone files write them (RFC 1035, section 5.1). A type without a format of its own is written as
 * RFC 3597, section 5, says: `\# 4 0A000001`; any type may be.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.ts';
import { formatBase32, parseBase32 } from './base32.ts';
import { quoted, unescaped } from './character-string.ts';
import { formatLocation, parseLocation } from './location.ts';
import type { Question, ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { formatName, parseName } from './name-text.ts';
import { formatHex, parseHex } from './octets.ts';
import { parsePeriod } from './period.ts';
import { type FieldKind, type FieldValue, fieldsOf, type Rdata, rdataOf, valuesOf } from './rdata.ts';
import { decodeRdata } from './rdata-wire.ts';
import { formatClass, formatType, parseType } from './registry.ts';
import { formatSignatureTime, parseSignatureTime } from './signature-time.ts';
import { formatSvcParams, parseSvcParams } from './svc-params.ts';
import { formatTypeBitmap, parseTypeBitmap } from './type-bitmap.ts';
import { WireReader } from './wire-reader.ts';

/** Octets of a character string, at most (RFC 1035, section 3.3). */
const STRING_OCTETS_MAX = 255;

const CLAUSE = 'RFC 1035, section 5.1';
const UNKNOWN_TYPES = 'RFC 3597, section 5';

/** Fields that are all the words that are left, and those among them that may be none. */
const TO_THE_END: ReadonlySet<FieldKind> = new Set(['strings', 'hex', 'base64', 'location', 'types', 'svcParams']);
const MAY_BE_EMPTY: ReadonlySet<FieldKind> = new Set(['types', 'svcParams']);

/** The words of RDATA, with their escapes still in them and without their quotation marks; relative names get `origin`. */
export interface RdataText {
  readonly words: readonly string[];
  readonly origin: Name;
}

/** The data that `text` writes for a record of `type`. @throws ProtocolViolation */
export function parseRdata(type: number, klass: number, text: RdataText): Rdata {
  const fields = fieldsOf(type, klass);
  if (text.words[0] === '\\#') return parseOctets(type, klass, text.words.slice(1));
  if (fields === undefined) {
    throw new ProtocolViolation(`${formatType(type)} data must be written as \\# LENGTH HEX`, 0, UNKNOWN_TYPES);
  }
  const words = [...text.words];
  const values: Record<string, FieldValue> = {};
  for (const [name, kind] of fields) {
    if (words.length === 0 && !MAY_BE_EMPTY.has(kind))
      throw new ProtocolViolation(`${formatType(type)}: the ${name} is missing`, 0, CLAUSE);
    const taken = words.splice(0, TO_THE_END.has(kind) ? words.length : 1);
    values[name] = parseField(kind, name, taken, text.origin);
  }
  if (words.length > 0)
    throw new ProtocolViolation(`${formatType(type)}: "${words[0]}" is one word too many`, 0, CLAUSE);
  return rdataOf(type, values);
}

/** The data of a record as a zone file writes it. */
export function formatRdata(type: number, klass: number, rdata: Rdata): string {
  if (rdata.kind === 'octets') return `\\# ${rdata.octets.length} ${formatHex(rdata.octets)}`.trimEnd();
  const values = valuesOf(rdata);
  return (fieldsOf(type, klass) ?? [])
    .map(([name, kind]) => formatField(kind, values[name]!))
    .join(' ')
    .trimEnd();
}

/** A record as a line of a zone file: owner, TTL, class, type and data. */
export function formatRecord({ owner, ttl, class: klass, type, rdata }: ResourceRecord): string {
  return `${formatName(owner)} ${ttl} ${formatClass(klass)} ${formatType(type)} ${formatRdata(type, klass, rdata)}`;
}

/** A question in the order of a record: name, class, type. */
export function formatQuestion({ qname, qtype, qclass }: Question): string {
  return `${formatName(qname)} ${formatClass(qclass)} ${formatType(qtype)}`;
}

function parseField(kind: FieldKind, name: string, words: readonly string[], origin: Name): FieldValue {
  const word = words[0]!;
  switch (kind) {
    case 'u8':
      return parseNumber(name, word, 0xff);
    case 'u16':
      return parseNumber(name, word, 0xffff);
    case 'u32':
      return parseNumber(name, word, 0xffff_ffff);
    case 'period':
      return parsePeriod(word);
    case 'ipv4':
      return formatIpv4(parseAddress(word, 'IPv4', parseIpv4(word)));
    case 'ipv6':
      return formatIpv6(parseAddress(word, 'IPv6', parseIpv6(word)));
    case 'name':
    case 'fullName':
      return word === '@' ? origin : parseName(word, origin);
    case 'string':
      return parseString(word);
    case 'tag':
      return /^[A-Za-z0-9]{1,15}$/.test(word) ? word : raise(`the ${name} is "${word}": write letters and digits`);
    case 'strings':
      return words.map(parseString);
    case 'text':
      return unescaped(word);
    case 'hex':
      return parseDigits(words);
    case 'base64':
      return parseBase64(words);
    case 'type':
      return parseType(word);
    case 'time':
      return parseSignatureTime(word);
    case 'salt':
      return word === '-' ? new Uint8Array(0) : parseDigits([word]);
    case 'hash':
      return parseBase32(word) ?? raise(`"${word}" is not in base 32`);
    case 'types':
      return parseTypeBitmap(words);
    case 'location':
      return parseLocation(words);
    case 'svcParams':
      return parseSvcParams(words);
  }
}

/** One field of RDATA as a zone file writes it. */
export function formatField(kind: FieldKind, value: FieldValue): string {
  switch (kind) {
    case 'name':
    case 'fullName':
      return formatName(value as Name);
    case 'string':
    case 'text':
      return quoted(value as string);
    case 'tag':
      return /^[A-Za-z0-9]+$/.test(value as string) ? (value as string) : quoted(value as string);
    case 'strings':
      return (value as readonly string[]).map(quoted).join(' ');
    case 'hex':
      return formatHex(value as Uint8Array);
    case 'base64':
      return (value as Uint8Array).toBase64();
    case 'type':
      return formatType(value as number);
    case 'time':
      return formatSignatureTime(value as number);
    case 'salt':
      return formatHex(value as Uint8Array) || '-';
    case 'hash':
      return formatBase32(value as Uint8Array);
    case 'types':
      return formatTypeBitmap(value as Uint8Array);
    case 'location':
      return formatLocation(value as Uint8Array);
    case 'svcParams':
      return formatSvcParams(value as Uint8Array);
    default:
      return String(value);
  }
}

function parseNumber(name: string, word: string, max: number): number {
  if (/^\d{1,10}$/.test(word) && Number(word) <= max) return Number(word);
  throw new ProtocolViolation(`The ${name} is "${word}": write a number from 0 to ${max}`, 0, CLAUSE);
}

function parseAddress(word: string, version: string, octets: number[] | undefined): Uint8Array {
  if (octets !== undefined) return Uint8Array.from(octets);
  throw new ProtocolViolation(`"${word}" is no ${version} address`, 0, CLAUSE);
}

function parseString(word: string): string {
  const string = unescaped(word);
  if (string.length <= STRING_OCTETS_MAX) return string;
  const what = `A string has ${string.length} octets, at most ${STRING_OCTETS_MAX} are allowed: split it into several`;
  throw new ProtocolViolation(what, 0, 'RFC 1035, section 3.3');
}

function parseDigits(words: readonly string[]): Uint8Array {
  const octets = parseHex(words.join(''));
  if (octets !== undefined) return octets;
  throw new ProtocolViolation(`"${words.join(' ')}" is not hexadecimal`, 0, CLAUSE);
}

function parseBase64(words: readonly string[]): Uint8Array {
  const text = words.join('');
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  return isBase64 ? Uint8Array.fromBase64(text) : raise(`"${words.join(' ')}" is not in base 64`);
}

function raise(what: string): never {
  throw new ProtocolViolation(what, 0, CLAUSE);
}

/** `LENGTH HEX`; data of a known type is read as that type's. */
function parseOctets(type: number, klass: number, [length, ...words]: readonly string[]): Rdata {
  const octets = parseDigits(words);
  if (length === undefined || !/^\d+$/.test(length) || Number(length) !== octets.length) {
    throw new ProtocolViolation(
      `The length after \\# is "${length}", but ${octets.length} octets follow`,
      0,
      UNKNOWN_TYPES,
    );
  }
  return decodeRdata(new WireReader(octets), type, klass, octets.length);
}
