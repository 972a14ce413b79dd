/**
 * Puts a zone together from its records, one after another as they are read, and refuses those that cannot be in it. Names
 * in work are few: in most files the records of a name stand together, and what is done with is packed at once.
 */
import { assertInZone, type PlacedRecord } from '#shared/dns/master-file.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, type Name, nameKey, parentOf } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { rdataKey } from '#shared/dns/rdata-key.ts';
import { CLASS, formatType, TYPE } from '#shared/dns/registry.ts';
import { ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { NodeTable } from './node-table.ts';
import type { Node } from './zone.ts';

/** Names in work at once. */
const IN_WORK_MAX = 4_096;
/** Records of an RRset from which on those that are there already are looked up by their text. */
const LISTED_MAX = 8;

interface RrsetInWork {
  readonly owner: Name;
  readonly type: number;
  readonly records: ResourceRecord[];
  /** What the records say, made when there are many. */
  texts: Set<string> | null;
}

interface NodeInWork {
  readonly owner: Name;
  children: number;
  readonly rrsets: Map<number, RrsetInWork>;
}

/** Types of which a name may own one record only. */
const SINGLETONS: readonly number[] = [TYPE.CNAME, TYPE.SOA, TYPE.DNAME];
/** Types that may stand beside a CNAME (RFC 4034, section 2.5): signatures and denials. */
const BESIDE_CNAME: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC];

export class ZoneBuilder {
  readonly #origin: Name;
  readonly #table = new NodeTable();
  readonly #inWork = new Map<string, NodeInWork>();
  #records = 0;

  constructor(origin: Name) {
    this.#origin = origin;
  }

  get records(): number {
    return this.#records;
  }

  /** Adds a record. @throws ZoneFileError where it cannot be in the zone */
  add(placed: PlacedRecord): void {
    const { record, place } = placed;
    assertInZone(placed, this.#origin);
    const node = this.#open(record.owner, nameKey(record.owner));
    const rrset = node.rrsets.get(record.type) ?? { owner: node.owner, type: record.type, records: [], texts: null };
    // The same record twice is one record (RFC 2181, section 5).
    if (isPresent(rrset, record)) return;
    const fault = faultOf(node, rrset.records, this.#origin, record);
    if (fault !== null) throw new ZoneFileError(place, fault.what, fault.clause);
    node.rrsets.set(record.type, rrset);
    rrset.records.push({ ...record, owner: node.owner, ttl: rrset.records[0]?.ttl ?? record.ttl });
    this.#records += 1;
  }

  /** The nodes of all records, for good. */
  finish(): NodeTable {
    this.#pack();
    this.#table.trim();
    return this.#table;
  }

  /** The node of `name`, made together with all the names between it and the apex. */
  #open(name: Name, key: string): NodeInWork {
    const inWork = this.#inWork.get(key);
    if (inWork !== undefined) return inWork;
    if (this.#inWork.size >= IN_WORK_MAX) this.#pack();
    const packed = this.#table.get(key);
    const node = packed === undefined ? { owner: name, children: 0, rrsets: new Map() } : reopened(packed);
    this.#inWork.set(key, node);
    if (packed === undefined && name.length > this.#origin.length) {
      const parent = parentOf(name);
      this.#open(parent, nameKey(parent)).children += 1;
    }
    return node;
  }

  #pack(): void {
    this.#table.putAll(this.#inWork.values());
    this.#inWork.clear();
  }
}

function reopened({ owner, children, rrsets }: Node): NodeInWork {
  const again = new Map<number, RrsetInWork>();
  for (const [type, { records }] of rrsets) again.set(type, { owner, type, records: [...records], texts: null });
  return { owner, children, rrsets: again };
}

function isPresent(rrset: RrsetInWork, record: ResourceRecord): boolean {
  const { records } = rrset;
  if (records.length === 0) return false;
  const text = textOf(record);
  if (records.length < LISTED_MAX) return records.some((present) => textOf(present) === text);
  rrset.texts ??= new Set(records.map(textOf));
  const { size } = rrset.texts;
  return rrset.texts.add(text).size === size;
}

function textOf({ type, rdata }: ResourceRecord): string {
  return rdataKey(type, CLASS.IN, rdata);
}

interface Fault {
  readonly what: string;
  readonly clause: string;
}

function faultOf(
  node: NodeInWork,
  present: readonly ResourceRecord[],
  origin: Name,
  record: ResourceRecord,
): Fault | null {
  if (node.rrsets.size > 0) {
    const fault = faultBeside(node, record);
    if (fault !== null) return fault;
  }
  if (record.type === TYPE.SOA && !isSameName(record.owner, origin)) {
    return {
      what: `${formatName(record.owner)} has a SOA record but is not the apex of the zone: remove it, or make it a zone of its own`,
      clause: 'RFC 1035, section 5.2',
    };
  }
  if (SINGLETONS.includes(record.type) && present.length > 0) {
    return {
      what: `${formatName(record.owner)} has two ${formatType(record.type)} records and may have one: remove one`,
      clause: 'RFC 2181, section 10.1',
    };
  }
  return null;
}

/** An alias owns nothing else. */
function faultBeside(node: NodeInWork, record: ResourceRecord): Fault | null {
  const others = [...node.rrsets.keys()].filter((type) => !BESIDE_CNAME.includes(type));
  const isBesideCname = node.rrsets.has(TYPE.CNAME) && !BESIDE_CNAME.includes(record.type);
  if (!isBesideCname && (record.type !== TYPE.CNAME || others.length === 0)) return null;
  const other = isBesideCname ? formatType(record.type) : others.map(formatType).join(' and ');
  const what = `${formatName(record.owner)} has a CNAME record and also ${other}; an alias has no other data, because a resolver would see one or the other by chance: give the alias a name of its own`;
  return { what, clause: 'RFC 1034, section 3.6.2' };
}
