/**
 * A zone (RFC 1034, section 4.2): the records of a part of the tree of names, as a table of nodes. A node exists for each
 * name that owns records and for each name above it: those own none, but they do exist (RFC 8020).
 */
import { assertInZone, type PlacedRecord } from '#shared/dns/master-file.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, type Name, nameKey, parentOf } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import type { SoaRdata } from '#shared/dns/rdata.ts';
import { formatRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, formatType, TYPE } from '#shared/dns/registry.ts';
import { type Place, ZoneFileError } from '#shared/dns/zone-file-error.ts';

/** Records of one owner and type; they share a TTL (RFC 2181, section 5.2). */
export interface Rrset {
  readonly owner: Name;
  readonly type: number;
  readonly records: readonly ResourceRecord[];
}

export interface Node {
  readonly owner: Name;
  readonly rrsets: ReadonlyMap<number, Rrset>;
}

export interface Zone {
  readonly origin: Name;
  readonly soa: SoaRdata;
  /** By `nameKey`. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly records: number;
}

interface NodeInWork {
  readonly owner: Name;
  readonly rrsets: Map<number, { owner: Name; type: number; records: ResourceRecord[] }>;
}

/** Types of which a name may own one record only. */
const SINGLETONS: readonly number[] = [TYPE.CNAME, TYPE.SOA, TYPE.DNAME];
/** Types that may stand beside a CNAME (RFC 4034, section 2.5): signatures and denials. */
const BESIDE_CNAME: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC];

/** The zone `origin` made of `placed` records. @throws ZoneFileError for the first record that cannot be in it */
export function buildZone(origin: Name, placed: readonly PlacedRecord[], file: string): Zone {
  const nodes = new Map<string, NodeInWork>();
  for (const one of placed) {
    assertInZone(one, origin);
    addRecord(nodes, origin, one);
  }
  const apex = nodes.get(nameKey(origin));
  const soa = apex?.rrsets.get(TYPE.SOA)?.records[0]?.rdata;
  const top: Place = { file, line: 1 };
  if (soa?.kind !== 'SOA') {
    throw new ZoneFileError(
      top,
      `the zone ${formatName(origin)} has no SOA record: begin it with one`,
      'RFC 1035, section 5.2',
    );
  }
  if (apex?.rrsets.has(TYPE.NS) !== true) {
    throw new ZoneFileError(
      top,
      `the zone ${formatName(origin)} has no NS record: name its servers`,
      'RFC 1034, section 4.2.1',
    );
  }
  let records = 0;
  for (const node of nodes.values()) for (const rrset of node.rrsets.values()) records += rrset.records.length;
  return { origin, soa, nodes, records };
}

export function nodeAt(zone: Zone, name: Name): Node | undefined {
  return zone.nodes.get(nameKey(name));
}

export function rrsetAt(zone: Zone, name: Name, type: number): Rrset | undefined {
  return nodeAt(zone, name)?.rrsets.get(type);
}

/** The records of a zone in the order of a transfer: SOA first, the others after it (RFC 5936, section 2.2). */
export function* recordsOf(zone: Zone): Generator<ResourceRecord> {
  yield rrsetAt(zone, zone.origin, TYPE.SOA)!.records[0]!;
  for (const node of zone.nodes.values()) {
    for (const rrset of node.rrsets.values()) if (rrset.type !== TYPE.SOA) yield* rrset.records;
  }
}

function addRecord(nodes: Map<string, NodeInWork>, origin: Name, { record, place }: PlacedRecord): void {
  const node = openNode(nodes, origin, record.owner);
  const rrset = node.rrsets.get(record.type) ?? { owner: node.owner, type: record.type, records: [] };
  const fault = faultOf(node, rrset.records, origin, record);
  if (fault !== null) throw new ZoneFileError(place, fault.what, fault.clause);
  node.rrsets.set(record.type, rrset);
  const text = formatRdata(record.type, CLASS.IN, record.rdata);
  // The same record twice is one record (RFC 2181, section 5).
  if (rrset.records.some(({ rdata }) => formatRdata(record.type, CLASS.IN, rdata) === text)) return;
  rrset.records.push({ ...record, owner: node.owner, ttl: rrset.records[0]?.ttl ?? record.ttl });
}

/** The node of `name`, made together with all the names between it and the apex. */
function openNode(nodes: Map<string, NodeInWork>, origin: Name, name: Name): NodeInWork {
  const key = nameKey(name);
  let node = nodes.get(key);
  if (node === undefined) {
    if (name.length > origin.length) openNode(nodes, origin, parentOf(name));
    node = { owner: name, rrsets: new Map() };
    nodes.set(key, node);
  }
  return node;
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
  const name = formatName(record.owner);
  const others = [...node.rrsets.keys()].filter((type) => !BESIDE_CNAME.includes(type));
  const isBesideCname = node.rrsets.has(TYPE.CNAME) && !BESIDE_CNAME.includes(record.type);
  if (isBesideCname || (record.type === TYPE.CNAME && others.length > 0)) {
    const other = isBesideCname ? formatType(record.type) : others.map(formatType).join(' and ');
    const what = `${name} has a CNAME record and also ${other}; an alias has no other data, because a resolver would see one or the other by chance: give the alias a name of its own`;
    return { what, clause: 'RFC 1034, section 3.6.2' };
  }
  if (record.type === TYPE.SOA && !isSameName(record.owner, origin)) {
    return {
      what: `${name} has a SOA record but is not the apex of the zone: remove it, or make it a zone of its own`,
      clause: 'RFC 1035, section 5.2',
    };
  }
  if (SINGLETONS.includes(record.type) && present.length > 0) {
    return {
      what: `${name} has two ${formatType(record.type)} records and may have one: remove one`,
      clause: 'RFC 2181, section 10.1',
    };
  }
  return null;
}
