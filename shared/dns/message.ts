/**
 * The DNS message (RFC 1035, section 4): a header, a question, and three sections of records. Questions and answers have
 * the same form. The OPT record, which is no data but a part of the header (RFC 6891, section 6.1), is the field `edns`.
 */
import type { Name } from './name.ts';
import type { Rdata } from './rdata.ts';

/** Octets of a message over UDP without EDNS (RFC 1035, section 4.2.1), and of any message (two octets of length). */
const UDP_OCTETS_WITHOUT_EDNS = 512;
export const MESSAGE_OCTETS_MAX = 0xffff;
/** Octets of the header. */
export const HEADER_OCTETS = 12;
/** Octets of UDP payload that no usual network fragments: what we announce, and never send more than. */
const UDP_OCTETS_MAX = 1232;

export interface Question {
  readonly qname: Name;
  readonly qtype: number;
  readonly qclass: number;
}

export interface ResourceRecord {
  readonly owner: Name;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Rdata;
}

/** An option of EDNS (RFC 6891, section 6.1.2). */
export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Edns {
  /** Octets that the sender of this message can take over UDP. */
  readonly udpPayloadSize: number;
  readonly version: number;
  /** DO: the sender wants DNSSEC records (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

export interface Header {
  readonly id: number;
  /** False in a query, true in a response. */
  readonly qr: boolean;
  readonly opcode: number;
  /** Authoritative answer. */
  readonly aa: boolean;
  /** Truncated: ask again over TCP. */
  readonly tc: boolean;
  /** Recursion desired, recursion available. */
  readonly rd: boolean;
  readonly ra: boolean;
  /** Authentic data, checking disabled (RFC 4035, section 3.2). */
  readonly ad: boolean;
  readonly cd: boolean;
  /** Twelve bits where there is EDNS, four otherwise. */
  readonly rcode: number;
}

export interface Message extends Header {
  readonly question: readonly Question[];
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly edns: Edns | null;
}

/** Our own EDNS, with the options given. */
export function ednsWith(options: readonly EdnsOption[] = []): Edns {
  return { udpPayloadSize: UDP_OCTETS_MAX, version: 0, dnssecOk: false, options };
}

/** A query for `question`. */
export function queryFor(
  question: Question,
  given: { readonly id: number; readonly rd: boolean; readonly edns: Edns | null },
): Message {
  return {
    ...given,
    ...{ qr: false, opcode: 0, aa: false, tc: false, ra: false, ad: false, cd: false, rcode: 0 },
    ...{ question: [question], answer: [], authority: [], additional: [] },
  };
}

/**
 * A response to `query`, empty but for what `given` puts into it: id, opcode, RD and the question are copied (RFC 1035,
 * section 4.1.1), and a query with EDNS gets a response with EDNS (RFC 6891, section 7).
 */
export function responseTo(query: Message, given: Partial<Message>): Message {
  return {
    id: query.id,
    qr: true,
    opcode: query.opcode,
    aa: false,
    tc: false,
    rd: query.rd,
    ra: false,
    ad: false,
    cd: query.cd,
    rcode: 0,
    question: query.question,
    answer: [],
    authority: [],
    additional: [],
    // DO comes back as it went (RFC 3225, section 3).
    edns: query.edns === null ? null : { ...ednsWith(), dnssecOk: query.edns.dnssecOk },
    ...given,
  };
}

/**
 * Octets that a response may have over UDP (RFC 6891, section 6.2.5): what the asker takes, but never so much that it
 * would be fragmented, which makes forgery easy and big answers a weapon.
 */
export function udpLimitFor(query: Message): number {
  if (query.edns === null) return UDP_OCTETS_WITHOUT_EDNS;
  return Math.min(UDP_OCTETS_MAX, Math.max(UDP_OCTETS_WITHOUT_EDNS, query.edns.udpPayloadSize));
}
