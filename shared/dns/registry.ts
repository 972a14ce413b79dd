/**
 * The numbers of DNS and their names, from IANA's registry "Domain Name System (DNS) Parameters" (RFC 6895).
 * A number that has no name here is written as RFC 3597, section 5, says: TYPE65280, CLASS32.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const OPCODE = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/** Response codes; those above 15 need EDNS (RFC 6891, section 6.1.3). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
} as const;

const TYPE_NAMES = namesOf(TYPE);
const CLASS_NAMES = namesOf(CLASS);
const OPCODE_NAMES = namesOf(OPCODE);
const RCODE_NAMES = namesOf(RCODE);

export const formatType = (type: number): string => TYPE_NAMES.get(type) ?? `TYPE${type}`;
export const formatClass = (klass: number): string => CLASS_NAMES.get(klass) ?? `CLASS${klass}`;
export const formatOpcode = (opcode: number): string => OPCODE_NAMES.get(opcode) ?? `OPCODE${opcode}`;
export const formatRcode = (rcode: number): string => RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;

/** The number of a type, in upper or lower case, or undefined where `text` names none. */
export function typeOf(text: string): number | undefined {
  return numberOf(TYPE, 'TYPE', text);
}

/** The number of a class, in upper or lower case, or undefined where `text` names none. */
export function classOf(text: string): number | undefined {
  return numberOf(CLASS, 'CLASS', text);
}

/** The number of a type. @throws ProtocolViolation */
export function parseType(text: string): number {
  const type = typeOf(text);
  if (type === undefined) throw new ProtocolViolation(`"${text}" is no record type`, 0, 'RFC 3597, section 5');
  return type;
}

/**
 * Types and classes that a question may ask for but no record may have: OPT belongs to a message, the others to
 * questions only, and 0 is reserved (RFC 6895, section 3.1).
 */
export function isMetaType(type: number): boolean {
  return type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);
}

function numberOf(table: Readonly<Record<string, number>>, prefix: string, text: string): number | undefined {
  const upper = text.toUpperCase();
  if (Object.hasOwn(table, upper)) return table[upper];
  if (!upper.startsWith(prefix) || !/^\d{1,5}$/.test(upper.slice(prefix.length))) return undefined;
  const number = Number(upper.slice(prefix.length));
  return number <= 0xffff ? number : undefined;
}

function namesOf(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, number]) => [number, name]));
}
