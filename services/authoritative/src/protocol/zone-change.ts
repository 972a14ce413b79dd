/** Single changes of a zone: the next edition of a zone, made from the one before without reading all of it again. */
import { type Name, nameKey, parentOf } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';
import type { Node, Rrset, Zone } from './zone.ts';

/** What one name owns after a change; no RRsets: nothing. Each owner once. */
export interface NodeChange {
  readonly owner: Name;
  readonly rrsets: readonly Rrset[];
}

/**
 * The edition of `zone` in which these names own what is given; `zone` itself stays as it was, for who still reads it.
 * Whether the records may stand in the zone, and beside each other, is for the caller to know.
 */
export function changeZone(zone: Zone, changes: readonly NodeChange[]): Zone {
  const draft = new Draft(zone);
  let { records } = zone;
  for (const { owner, rrsets } of changes) {
    records += countOf(rrsets) - countOf(draft.at(owner)?.rrsets.values() ?? []);
    const filled = rrsets.filter((rrset) => rrset.records.length > 0);
    draft.set(owner, new Map(filled.map((rrset) => [rrset.type, rrset])));
  }
  const nodes = zone.nodes.with(draft.changed);
  const soa = nodes.get(nameKey(zone.origin))?.rrsets.get(TYPE.SOA)?.records[0]?.rdata;
  return { ...zone, soa: soa?.kind === 'SOA' ? soa : zone.soa, nodes, records };
}

/** The nodes that a change makes anew. */
class Draft {
  readonly changed = new Map<string, Node | null>();
  readonly #zone: Zone;

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  at(name: Name): Node | undefined {
    const key = nameKey(name);
    const changed = this.changed.get(key);
    return changed === undefined ? this.#zone.nodes.get(key) : (changed ?? undefined);
  }

  /** A name exists while it owns something or a name below it exists (RFC 8020); the apex exists always. */
  set(name: Name, rrsets: ReadonlyMap<number, Rrset>): void {
    const before = this.at(name);
    const owner = before?.owner ?? name;
    const children = before?.children ?? 0;
    const exists = rrsets.size > 0 || children > 0 || name.length === this.#zone.origin.length;
    if (!exists && before === undefined) return;
    this.changed.set(nameKey(name), exists ? { owner, children, rrsets } : null);
    if (exists !== (before !== undefined)) this.#count(parentOf(name), exists ? 1 : -1);
  }

  /** A name below `parent` has come into existence, or has gone. */
  #count(parent: Name, difference: 1 | -1): void {
    const before = this.at(parent);
    const owner = before?.owner ?? parent;
    const children = (before?.children ?? 0) + difference;
    const rrsets = before?.rrsets ?? new Map<number, Rrset>();
    const exists = rrsets.size > 0 || children > 0 || parent.length === this.#zone.origin.length;
    this.changed.set(nameKey(parent), exists ? { owner, children, rrsets } : null);
    if (exists !== (before !== undefined)) this.#count(parentOf(parent), exists ? 1 : -1);
  }
}

function countOf(rrsets: Iterable<Rrset>): number {
  let count = 0;
  for (const { records } of rrsets) count += records.length;
  return count;
}
