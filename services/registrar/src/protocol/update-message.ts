/**
 * The UPDATE that replaces one delegation by another (RFC 2136): a compare-and-swap. Its prerequisites say what must stand in
 * the zone when it arrives, so that whoever was faster is never overwritten; all of it takes effect, or nothing (section 3.7).
 *
 *     zone           com SOA                                       question section
 *     prerequisites  the name is not in use, or these records,     answer section
 *                    exactly, are its NS and glue
 *     updates        delete those RRsets, add these records        authority section
 */
import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import { nameKey } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, OPCODE, TYPE } from '#shared/dns/registry.ts';
import { type Delegation, recordsOf } from './delegation.ts';

const EMPTY = { kind: 'octets', octets: new Uint8Array(0) } as const;

export interface Swap {
  readonly name: string;
  /** What must stand there; null: nothing. */
  readonly seen: Delegation | null;
  /** What is to stand there; null: nothing. */
  readonly wanted: Delegation | null;
}

/** The UPDATE message for `swap`, with the id given. */
export function updateMessage({ name, seen, wanted }: Swap, id: number): Message {
  const owner = parseName(name);
  const before = seen === null ? [] : recordsOf(name, seen);
  const after = wanted === null ? [] : recordsOf(name, wanted);
  return {
    ...{ id, qr: false, opcode: OPCODE.UPDATE, rcode: 0 },
    ...{ aa: false, tc: false, rd: false, ra: false, ad: false, cd: false, edns: null },
    question: [{ qname: owner.slice(1), qtype: TYPE.SOA, qclass: CLASS.IN }],
    answer: seen === null ? [notInUse(owner)] : before.map(mustExist),
    authority: [...rrsetsOf(before).map(deletion), ...after],
    additional: [],
  };
}

/** RFC 2136, section 2.4.5: there is no record of any type at this name. */
function notInUse(owner: Name): ResourceRecord {
  return { owner, type: TYPE.ANY, class: CLASS.NONE, ttl: 0, rdata: EMPTY };
}

/** RFC 2136, section 2.4.2: the RRset exists with exactly the values that the message names. */
function mustExist(record: ResourceRecord): ResourceRecord {
  return { ...record, ttl: 0 };
}

/** RFC 2136, section 2.5.2: the whole RRset goes. */
function deletion({ owner, type }: ResourceRecord): ResourceRecord {
  return { owner, type, class: CLASS.ANY, ttl: 0, rdata: EMPTY };
}

/** One record of each RRset. */
function rrsetsOf(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  return [...new Map(records.map((record) => [`${record.type} ${nameKey(record.owner)}`, record])).values()];
}
