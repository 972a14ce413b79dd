/**
 * The message of a dynamic update (RFC 2136, section 2): it has the form of a query, and its four sections other names.
 *
 *     question      zone            one: the zone to change, of type SOA
 *     answer        prerequisite    what must be so, or nothing is changed
 *     authority     update          what is added and deleted, in this order
 *     additional    additional      addresses that the records name, and the signature (TSIG)
 *
 * Class and type of a record say what it stands for:
 *
 *                     prerequisite                    update
 *     class of zone   the RRset has these records     add this record
 *     ANY             the RRset, or name, is there    delete the RRset, or all RRsets of the name
 *     NONE            it is not there                 delete this record
 */
import { type Edns, type Message, queryFor, type ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { CLASS, OPCODE, TYPE } from './registry.ts';

/** What an update asks for, in the order in which it is to be done. */
export interface Update {
  readonly prerequisites: readonly ResourceRecord[];
  readonly updates: readonly ResourceRecord[];
}

/** The message that asks the primary of the zone `origin` for `update`. */
export function updateMessage(
  origin: Name,
  { prerequisites, updates }: Update,
  given: { readonly id: number; readonly edns: Edns | null },
): Message {
  const zone = { qname: origin, qtype: TYPE.SOA, qclass: CLASS.IN };
  const message = queryFor(zone, { ...given, rd: false });
  return { ...message, opcode: OPCODE.UPDATE, answer: prerequisites, authority: updates };
}

/** What the update in `message` asks for. */
export function updateOf({ answer, authority }: Message): Update {
  return { prerequisites: answer, updates: authority };
}

/** Prerequisites (RFC 2136, section 2.4). */
export const prerequisite = {
  /** The RRset is there, whatever its records. */
  rrsetExists: (owner: Name, type: number) => bare(owner, type, CLASS.ANY),
  /** The RRset has exactly those records of it that are given so, whatever their TTLs. */
  rrsetHas: (record: ResourceRecord): ResourceRecord => ({ ...record, class: CLASS.IN, ttl: 0 }),
  rrsetDoesNotExist: (owner: Name, type: number) => bare(owner, type, CLASS.NONE),
  nameIsInUse: (owner: Name) => bare(owner, TYPE.ANY, CLASS.ANY),
  nameIsNotInUse: (owner: Name) => bare(owner, TYPE.ANY, CLASS.NONE),
} as const;

/** Changes (RFC 2136, section 2.5). */
export const change = {
  add: (record: ResourceRecord): ResourceRecord => ({ ...record, class: CLASS.IN }),
  deleteRecord: (record: ResourceRecord): ResourceRecord => ({ ...record, class: CLASS.NONE, ttl: 0 }),
  deleteRrset: (owner: Name, type: number) => bare(owner, type, CLASS.ANY),
  deleteName: (owner: Name) => bare(owner, TYPE.ANY, CLASS.ANY),
} as const;

/** A record that says all by its name, type and class. */
function bare(owner: Name, type: number, klass: number): ResourceRecord {
  return { owner, type, class: klass, ttl: 0, rdata: { kind: 'octets', octets: new Uint8Array(0) } };
}
