/**
 * The parameters of SVCB and HTTPS records (RFC 9460, section 2): a list of keys in ascending order, each of 16 bits with
 * a value of a length of 16 bits. As text: `alpn="h2,h3" port=8443 ipv4hint=192.0.2.1`.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.ts';
import { quoted, unescaped } from './character-string.ts';
import { octetString, octetsOf } from './octets.ts';

const CLAUSE = 'RFC 9460, section 2.1';
const KEY_MAX = 65_534;

/** RFC 9460, section 14.3.2; a key that has no name here is written key65280. */
const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'];
const KEY = { mandatory: 0, alpn: 1, noDefaultAlpn: 2, port: 3, ipv4hint: 4, ech: 5, ipv6hint: 6, ohttp: 8 } as const;

interface Param {
  readonly key: number;
  readonly value: Uint8Array;
}

/** The octets of the parameters that `words` write. @throws ProtocolViolation */
export function parseSvcParams(words: readonly string[]): Uint8Array<ArrayBuffer> {
  const params: Param[] = [];
  for (let at = 0; at < words.length; at += 1) {
    let word = words[at]!;
    // A quoted value is a word of its own: its quotation marks have been taken off.
    if (word.endsWith('=') && words[at + 1] !== undefined) word += words[++at]!;
    const [, name = '', value] = /^([a-z0-9-]+)(?:=(.*))?$/is.exec(word) ?? [];
    const key = keyOf(name) ?? raise(`"${word}" is no parameter: write key=value`);
    params.push({ key, value: parseValue(key, name, value) });
  }
  params.sort((one, other) => one.key - other.key);
  const octets = encodeParams(params);
  checkSvcParams(octets);
  return octets;
}

export function formatSvcParams(octets: Uint8Array): string {
  return paramsOf(octets)
    .map(({ key, value }) => {
      const text = formatValue(key, value);
      return text === '' ? nameOf(key) : `${nameOf(key)}=${text}`;
    })
    .join(' ');
}

/** Refuses octets that are no list of parameters. @throws ProtocolViolation */
export function checkSvcParams(octets: Uint8Array): void {
  const params = paramsOf(octets);
  for (const [at, { key, value }] of params.entries()) {
    if (at > 0 && key <= params[at - 1]!.key) throw fault(`${nameOf(key)} is twice there, or not in its order`);
    if (!hasForm(key, value)) throw fault(`the value of ${nameOf(key)} does not have its form`);
  }
}

function hasForm(key: number, value: Uint8Array): boolean {
  const { length } = value;
  switch (key) {
    case KEY.mandatory:
      return length > 0 && length % 2 === 0;
    case KEY.alpn:
      return length > 0 && alpnsOf(value) !== undefined;
    case KEY.noDefaultAlpn:
    case KEY.ohttp:
      return length === 0;
    case KEY.port:
      return length === 2;
    case KEY.ipv4hint:
      return length > 0 && length % 4 === 0;
    case KEY.ipv6hint:
      return length > 0 && length % 16 === 0;
    default:
      return true;
  }
}

function parseValue(key: number, name: string, text: string | undefined): Uint8Array {
  if (text === undefined) return new Uint8Array(0);
  const value = unescaped(text);
  const list = value.split(',');
  const fits = <Item>(item: Item | undefined): Item => item ?? raise(`the value of ${name} is "${text}"`);
  switch (key) {
    case KEY.mandatory:
      return Uint8Array.from(
        list
          .map((one) => fits(keyOf(one)))
          .sort((one, other) => one - other)
          .flatMap((one) => [one >> 8, one & 0xff]),
      );
    case KEY.alpn:
      return Uint8Array.from(unescapedList(value).flatMap((one) => [one.length, ...octetsOf(one)]));
    case KEY.port:
      if (!/^\d{1,5}$/.test(value) || Number(value) > 0xffff) return raise(`the port is "${text}"`);
      return Uint8Array.from([Number(value) >> 8, Number(value) & 0xff]);
    case KEY.ipv4hint:
      return Uint8Array.from(list.flatMap((one) => fits(parseIpv4(one))));
    case KEY.ipv6hint:
      return Uint8Array.from(list.flatMap((one) => fits(parseIpv6(one))));
    case KEY.ech:
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) return raise('ech is not in base 64');
      return Uint8Array.fromBase64(value);
    default:
      return octetsOf(value);
  }
}

function formatValue(key: number, value: Uint8Array): string {
  switch (key) {
    case KEY.mandatory:
      return keysOf(value).map(nameOf).join(',');
    case KEY.alpn:
      // A comma inside of one protocol's name is escaped twice: for the list, and for the text (RFC 9460, appendix A.1).
      return quoted((alpnsOf(value) ?? []).map((one) => one.replace(/[\\,]/g, '\\$&')).join(','));
    case KEY.port:
      return String((value[0]! << 8) | value[1]!);
    case KEY.ipv4hint:
      return chunks(value, 4).map(formatIpv4).join(',');
    case KEY.ipv6hint:
      return chunks(value, 16).map(formatIpv6).join(',');
    case KEY.ech:
      return value.toBase64();
    default:
      return value.length === 0 ? '' : quoted(octetString(value));
  }
}

function paramsOf(octets: Uint8Array): Param[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const params: Param[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = at + 4 <= octets.length ? view.getUint16(at + 2) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > octets.length) throw fault('a parameter ends too early');
    params.push({ key: view.getUint16(at), value: octets.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return params;
}

function encodeParams(params: readonly Param[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    params.flatMap(({ key, value }) => [key >> 8, key & 0xff, value.length >> 8, value.length & 0xff, ...value]),
  );
}

function keyOf(name: string): number | undefined {
  const known = KEYS.indexOf(name.toLowerCase());
  if (known !== -1) return known;
  const number = /^key(0|[1-9]\d{0,4})$/i.exec(name)?.[1];
  return number !== undefined && Number(number) <= KEY_MAX ? Number(number) : undefined;
}

function nameOf(key: number): string {
  return KEYS[key] ?? `key${key}`;
}

function keysOf(value: Uint8Array): number[] {
  return chunks(value, 2).map(([high, low]) => (high! << 8) | low!);
}

function chunks(octets: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: octets.length / length }, (_, at) => octets.subarray(length * at, length * (at + 1)));
}

/** The protocols of an alpn, or undefined where their lengths do not fit. */
function alpnsOf(value: Uint8Array): string[] | undefined {
  const alpns: string[] = [];
  for (let at = 0; at < value.length; ) {
    const length = value[at]!;
    if (length === 0 || at + 1 + length > value.length) return undefined;
    alpns.push(octetString(value, at + 1, at + 1 + length));
    at += 1 + length;
  }
  return alpns;
}

/** The items of a list: `\,` is a comma and `\\` a backslash inside of an item. */
function unescapedList(value: string): string[] {
  const items = value.match(/(?:[^\\,]|\\.)+/gs) ?? [];
  return items.map((item) => item.replace(/\\(.)/gs, '$1'));
}

function fault(what: string): ProtocolViolation {
  return new ProtocolViolation(`Service parameters: ${what}`, 0, CLAUSE);
}

function raise(what: string): never {
  throw fault(what);
}
