/**
 * A zone (RFC 1034, section 4.2): the records of a part of the tree of names, as a table of nodes. A node exists for each
 * name that owns records and for each name above it: those own none, but they do exist (RFC 8020).
 */
import type { PlacedRecord } from '#shared/dns/master-file.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import type { SoaRdata } from '#shared/dns/rdata.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { type Place, ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { ZoneBuilder } from './zone-builder.ts';
import { ZoneNodes } from './zone-nodes.ts';

/** Records of one owner and type; they share a TTL (RFC 2181, section 5.2). */
export interface Rrset {
  readonly owner: Name;
  readonly type: number;
  readonly records: readonly ResourceRecord[];
}

export interface Node {
  readonly owner: Name;
  /** Names one label longer that exist. */
  readonly children: number;
  readonly rrsets: ReadonlyMap<number, Rrset>;
}

/** One edition of a zone; a change makes another one (zone-change.ts). */
export interface Zone {
  readonly origin: Name;
  readonly soa: SoaRdata;
  readonly nodes: ZoneNodes;
  readonly records: number;
}

/** The zone `origin` made of `placed` records. @throws ZoneFileError for the first record that cannot be in it */
export function buildZone(origin: Name, placed: Iterable<PlacedRecord>, file: string): Zone {
  const builder = new ZoneBuilder(origin);
  for (const one of placed) builder.add(one);
  return finishZone(builder, origin, file);
}

/** The zone `origin` of all records that `builder` was given. @throws ZoneFileError where there is none without more */
export function finishZone(builder: ZoneBuilder, origin: Name, file: string): Zone {
  const table = builder.finish();
  const apex = table.get(nameKey(origin));
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
  return { origin, soa, nodes: new ZoneNodes(table), records: builder.records };
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
