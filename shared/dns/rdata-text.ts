/**
 * RDATA and records as zone files write them (RFC 1035, section 5.1). A type without a format of its own is written as
 * RFC 3597, section 5, says: `\# 4 0A000001`; any type may be.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.ts';
import type { Question, ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { formatName, parseName, readOctet } from './name-text.ts';
import { formatHex, octetStringOfText, parseHex } from './octets.ts';
import { parsePeriod } from './period.ts';
import { type FieldKind, type FieldValue, fieldsOf, type Rdata, rdataOf, valuesOf } from './rdata.ts';
import { decodeRdata } from './rdata-wire.ts';
import { formatClass, formatType } from './registry.ts';
import { WireReader } from './wire-reader.ts';

/** Octets of a character string, at most (RFC 1035, section 3.3). */
const STRING_OCTETS_MAX = 255;

const CLAUSE = 'RFC 1035, section 5.1';
const UNKNOWN_TYPES = 'RFC 3597, section 5';

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
    if (words.length === 0) throw new ProtocolViolation(`${formatType(type)}: the ${name} is missing`, 0, CLAUSE);
    const taken = kind === 'strings' || kind === 'hex' ? words.splice(0) : words.splice(0, 1);
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
  return (fieldsOf(type, klass) ?? []).map(([name, kind]) => formatField(kind, values[name]!)).join(' ');
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
    case 'strings':
      return words.map(parseString);
    case 'text':
      return unescaped(word);
    case 'hex':
      return parseDigits(words);
  }
}

function formatField(kind: FieldKind, value: FieldValue): string {
  switch (kind) {
    case 'name':
    case 'fullName':
      return formatName(value as Name);
    case 'string':
    case 'text':
      return quoted(value as string);
    case 'strings':
      return (value as readonly string[]).map(quoted).join(' ');
    case 'hex':
      return formatHex(value as Uint8Array);
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

function unescaped(word: string): string {
  const octets = octetStringOfText(word);
  let text = '';
  for (let at = 0; at < octets.length; ) {
    const { octet, next } = readOctet(octets, at);
    text += octet;
    at = next;
  }
  return text;
}

function quoted(string: string): string {
  const octets = Array.from(string, (octet) => {
    const code = octet.charCodeAt(0);
    if (octet === '"' || octet === '\\') return `\\${octet}`;
    return code >= 0x20 && code < 0x7f ? octet : `\\${String(code).padStart(3, '0')}`;
  });
  return `"${octets.join('')}"`;
}
