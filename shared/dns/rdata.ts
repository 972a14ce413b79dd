/**
 * The data of resource records. What a type's RDATA consists of is a table of fields (RFC 1035, section 3.3, and the RFC
 * of each newer type); reading, writing, parsing and printing all follow this one table. A type that is not in it, and
 * the empty RDATA of an update's deletions (RFC 2136, section 2.4), are kept as octets (RFC 3597, section 3).
 */

import type { Name } from './name.ts';
import { CLASS, formatType, TYPE } from './registry.ts';

/** RDATA by its fields, which have the names that the RFC gives them. `kind` is the type's name. */
export type Rdata =
  | { readonly kind: 'A' | 'AAAA'; readonly address: string }
  | { readonly kind: NameKind; readonly target: Name }
  | SoaRdata
  | { readonly kind: 'HINFO'; readonly cpu: string; readonly os: string }
  | { readonly kind: 'MINFO'; readonly rmailbx: Name; readonly emailbx: Name }
  | { readonly kind: 'MX'; readonly preference: number; readonly exchange: Name }
  | { readonly kind: 'TXT'; readonly strings: readonly string[] }
  | { readonly kind: 'RP'; readonly mbox: Name; readonly txt: Name }
  | { readonly kind: 'AFSDB'; readonly subtype: number; readonly hostname: Name }
  | { readonly kind: 'RT'; readonly preference: number; readonly intermediate: Name }
  | {
      readonly kind: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: Name;
    }
  | {
      readonly kind: 'DS';
      readonly keyTag: number;
      readonly algorithm: number;
      readonly digestType: number;
      readonly digest: Uint8Array;
    }
  | { readonly kind: 'CAA'; readonly flags: number; readonly tag: string; readonly value: string }
  | {
      readonly kind: 'SVCB' | 'HTTPS';
      readonly priority: number;
      readonly target: Name;
      readonly params: Uint8Array;
    }
  /** Types whose fields nothing here looks into: they are carried, and printed by the table. */
  | { readonly kind: CarriedKind }
  | { readonly kind: 'octets'; readonly octets: Uint8Array };

type CarriedKind =
  | ('LOC' | 'NAPTR' | 'KX' | 'CERT' | 'SSHFP' | 'DHCID' | 'TLSA' | 'SMIMEA' | 'OPENPGPKEY' | 'SPF' | 'URI')
  | ('RRSIG' | 'NSEC' | 'DNSKEY' | 'NSEC3' | 'NSEC3PARAM' | 'CDS' | 'CDNSKEY' | 'CSYNC' | 'ZONEMD');

/** Types whose RDATA is one name. */
type NameKind = 'NS' | 'MD' | 'MF' | 'CNAME' | 'MB' | 'MG' | 'MR' | 'PTR' | 'DNAME';

/** The start of a zone of authority (RFC 1035, section 3.3.13); times in seconds. */
export interface SoaRdata {
  readonly kind: 'SOA';
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/**
 * What a field is: numbers of 8, 16 and 32 bits; `period`, a number of seconds that text may give with units; `type` and
 * `time`, numbers that text writes as a record type and a date; a name that may be compressed and a `fullName` that must
 * not be; one character string, a `tag` of letters and digits, or one string and more to the end; the rest as text or as octets, in hexadecimal or base 64;
 * octets after their length, `salt` in hexadecimal and `hash` in base 32; and to the end a set of types, a location, or
 * the parameters of a service.
 */
export type FieldKind =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'period'
  | 'ipv4'
  | 'ipv6'
  | 'name'
  | 'fullName'
  | 'string'
  | 'tag'
  | 'strings'
  | 'text'
  | 'hex'
  | 'base64'
  | 'type'
  | 'time'
  | 'salt'
  | 'hash'
  | 'types'
  | 'location'
  | 'svcParams';

export type FieldValue = number | string | Name | Uint8Array;
export type Fields = readonly (readonly [name: string, kind: FieldKind])[];

const ONE_NAME: Fields = [['target', 'name']];
/** RFC 4034, sections 2.1 and 5.1. */
const KEY: Fields = [
  ['flags', 'u16'],
  ['protocol', 'u8'],
  ['algorithm', 'u8'],
  ['publicKey', 'base64'],
];
const DIGEST: Fields = [
  ['keyTag', 'u16'],
  ['algorithm', 'u8'],
  ['digestType', 'u8'],
  ['digest', 'hex'],
];
/** RFC 6698, section 2.1. */
const CERTIFICATE_ASSOCIATION: Fields = [
  ['usage', 'u8'],
  ['selector', 'u8'],
  ['matchingType', 'u8'],
  ['data', 'hex'],
];
/** RFC 9460, section 2.2. */
const SERVICE_BINDING: Fields = [
  ['priority', 'u16'],
  ['target', 'fullName'],
  ['params', 'svcParams'],
];

/** Names may be compressed in the types of RFC 1035 alone (RFC 3597, section 4). */
const FIELDS: Readonly<Record<number, Fields>> = {
  [TYPE.A]: [['address', 'ipv4']],
  [TYPE.NS]: ONE_NAME,
  [TYPE.MD]: ONE_NAME,
  [TYPE.MF]: ONE_NAME,
  [TYPE.CNAME]: ONE_NAME,
  [TYPE.SOA]: [
    ['mname', 'name'],
    ['rname', 'name'],
    ['serial', 'u32'],
    ['refresh', 'period'],
    ['retry', 'period'],
    ['expire', 'period'],
    ['minimum', 'period'],
  ],
  [TYPE.MB]: ONE_NAME,
  [TYPE.MG]: ONE_NAME,
  [TYPE.MR]: ONE_NAME,
  [TYPE.PTR]: ONE_NAME,
  [TYPE.HINFO]: [
    ['cpu', 'string'],
    ['os', 'string'],
  ],
  [TYPE.MINFO]: [
    ['rmailbx', 'name'],
    ['emailbx', 'name'],
  ],
  [TYPE.MX]: [
    ['preference', 'u16'],
    ['exchange', 'name'],
  ],
  [TYPE.TXT]: [['strings', 'strings']],
  [TYPE.RP]: [
    ['mbox', 'fullName'],
    ['txt', 'fullName'],
  ],
  [TYPE.AFSDB]: [
    ['subtype', 'u16'],
    ['hostname', 'fullName'],
  ],
  [TYPE.RT]: [
    ['preference', 'u16'],
    ['intermediate', 'fullName'],
  ],
  [TYPE.AAAA]: [['address', 'ipv6']],
  // RFC 2782: "name compression is not to be used for this field".
  [TYPE.SRV]: [
    ['priority', 'u16'],
    ['weight', 'u16'],
    ['port', 'u16'],
    ['target', 'fullName'],
  ],
  // RFC 6672, section 2.5.
  [TYPE.DNAME]: [['target', 'fullName']],
  [TYPE.DS]: DIGEST,
  [TYPE.LOC]: [['location', 'location']],
  // RFC 3403, section 4.1.
  [TYPE.NAPTR]: [
    ['order', 'u16'],
    ['preference', 'u16'],
    ['flags', 'string'],
    ['services', 'string'],
    ['regexp', 'string'],
    ['replacement', 'fullName'],
  ],
  // RFC 2230, section 3.
  [TYPE.KX]: [
    ['preference', 'u16'],
    ['exchanger', 'fullName'],
  ],
  // RFC 4398, section 2.
  [TYPE.CERT]: [
    ['certType', 'u16'],
    ['keyTag', 'u16'],
    ['algorithm', 'u8'],
    ['certificate', 'base64'],
  ],
  // RFC 4255, section 3.
  [TYPE.SSHFP]: [
    ['algorithm', 'u8'],
    ['fingerprintType', 'u8'],
    ['fingerprint', 'hex'],
  ],
  // RFC 4034, sections 3.1 and 4.1.
  [TYPE.RRSIG]: [
    ['typeCovered', 'type'],
    ['algorithm', 'u8'],
    ['labels', 'u8'],
    ['originalTtl', 'u32'],
    ['expiration', 'time'],
    ['inception', 'time'],
    ['keyTag', 'u16'],
    ['signer', 'fullName'],
    ['signature', 'base64'],
  ],
  [TYPE.NSEC]: [
    ['next', 'fullName'],
    ['types', 'types'],
  ],
  [TYPE.DNSKEY]: KEY,
  // RFC 4701, section 3.1.
  [TYPE.DHCID]: [['digest', 'base64']],
  // RFC 5155, sections 3.2 and 4.2.
  [TYPE.NSEC3]: [
    ['hashAlgorithm', 'u8'],
    ['flags', 'u8'],
    ['iterations', 'u16'],
    ['salt', 'salt'],
    ['next', 'hash'],
    ['types', 'types'],
  ],
  [TYPE.NSEC3PARAM]: [
    ['hashAlgorithm', 'u8'],
    ['flags', 'u8'],
    ['iterations', 'u16'],
    ['salt', 'salt'],
  ],
  [TYPE.TLSA]: CERTIFICATE_ASSOCIATION,
  [TYPE.SMIMEA]: CERTIFICATE_ASSOCIATION,
  // RFC 7344, section 3.
  [TYPE.CDS]: DIGEST,
  [TYPE.CDNSKEY]: KEY,
  // RFC 7929, section 2.
  [TYPE.OPENPGPKEY]: [['key', 'base64']],
  // RFC 7477, section 2.1.
  [TYPE.CSYNC]: [
    ['serial', 'u32'],
    ['flags', 'u16'],
    ['types', 'types'],
  ],
  // RFC 8976, section 2.2.
  [TYPE.ZONEMD]: [
    ['serial', 'u32'],
    ['scheme', 'u8'],
    ['hashAlgorithm', 'u8'],
    ['digest', 'hex'],
  ],
  [TYPE.SVCB]: SERVICE_BINDING,
  [TYPE.HTTPS]: SERVICE_BINDING,
  // RFC 7208, section 3.1: obsolete, and the same as TXT.
  [TYPE.SPF]: [['strings', 'strings']],
  // RFC 7553, section 4.5.
  [TYPE.URI]: [
    ['priority', 'u16'],
    ['weight', 'u16'],
    ['target', 'text'],
  ],
  // RFC 8659, section 4.1.
  [TYPE.CAA]: [
    ['flags', 'u8'],
    ['tag', 'tag'],
    ['value', 'text'],
  ],
};

/** The fields of a type's RDATA in a class, or undefined where they are not known. Addresses belong to class IN. */
export function fieldsOf(type: number, klass: number): Fields | undefined {
  if (klass === CLASS.CH && (type === TYPE.A || type === TYPE.AAAA)) return undefined;
  return Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
}

/** RDATA of `type` put together from its fields: what reads them has made sure that they fit. */
export function rdataOf(type: number, values: Readonly<Record<string, FieldValue>>): Rdata {
  return { kind: formatType(type), ...values } as unknown as Rdata;
}

/** The fields of `rdata` by name. */
export function valuesOf(rdata: Rdata): Readonly<Record<string, FieldValue>> {
  return rdata as unknown as Readonly<Record<string, FieldValue>>;
}
