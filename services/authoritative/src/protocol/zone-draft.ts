/**
 * A zone while it is being changed: what is read is the zone with the changes made so far, and the zone itself stays as it
 * is until they are taken over, or thrown away.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { rdataKey } from '#shared/dns/rdata-key.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import type { Difference } from './difference.ts';
import { nodeAt, type Zone } from './zone.ts';
import type { NodeChange } from './zone-change.ts';

/** The records of an RRset by what they say. */
type Records = Map<string, ResourceRecord>;

interface Draft {
  readonly owner: Name;
  readonly before: ReadonlyMap<number, Records>;
  readonly rrsets: Map<number, Records>;
}

export class ZoneDraft {
  readonly #zone: Zone;
  readonly #drafts = new Map<string, Draft>();

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  get zone(): Zone {
    return this.#zone;
  }

  /** The types that `owner` has records of. */
  typesAt(owner: Name): number[] {
    const draft = this.#drafts.get(nameKey(owner));
    return [...((draft ?? nodeAt(this.#zone, owner))?.rrsets.keys() ?? [])];
  }

  /** The records of an RRset; none where it is not there. */
  recordsAt(owner: Name, type: number): readonly ResourceRecord[] {
    const draft = this.#drafts.get(nameKey(owner));
    if (draft !== undefined) return [...(draft.rrsets.get(type)?.values() ?? [])];
    return nodeAt(this.#zone, owner)?.rrsets.get(type)?.records ?? [];
  }

  has(record: ResourceRecord): boolean {
    return this.#draftAt(record.owner).rrsets.get(record.type)?.has(keyOf(record)) ?? false;
  }

  /** Adds a record; it gives its TTL to the whole RRset (RFC 2181, section 5.2). */
  add(record: ResourceRecord): void {
    const { owner, rrsets } = this.#draftAt(record.owner);
    const records: Records = rrsets.get(record.type) ?? new Map();
    rrsets.set(record.type, records);
    const { ttl } = record;
    records.set(keyOf(record), { ...record, owner, class: CLASS.IN });
    for (const [other, one] of records) if (one.ttl !== ttl) records.set(other, { ...one, ttl });
  }

  /** Deletes one record, whatever its TTL, and says whether it was there. */
  delete(record: ResourceRecord): boolean {
    const { rrsets } = this.#draftAt(record.owner);
    const records = rrsets.get(record.type);
    if (records === undefined || !records.delete(keyOf(record))) return false;
    if (records.size === 0) rrsets.delete(record.type);
    return true;
  }

  deleteRrset(owner: Name, type: number): void {
    this.#draftAt(owner).rrsets.delete(type);
  }

  /** What each name that was changed owns now. */
  changes(): NodeChange[] {
    return [...this.#drafts.values()].map(({ owner, rrsets }) => ({
      owner,
      rrsets: [...rrsets].map(([type, records]) => ({ owner, type, records: [...records.values()] })),
    }));
  }

  /** What was deleted and added, a changed TTL being both; the SOA records are left to the caller. */
  difference(): Pick<Difference, 'deleted' | 'added'> {
    const deleted: ResourceRecord[] = [];
    const added: ResourceRecord[] = [];
    for (const { owner, before, rrsets } of this.#drafts.values()) {
      for (const type of new Set([...before.keys(), ...rrsets.keys()])) {
        if (type === TYPE.SOA && nameKey(owner) === nameKey(this.#zone.origin)) continue;
        const [old, young] = [before.get(type), rrsets.get(type)];
        const isOther = (one: ResourceRecord, others: Records | undefined) => others?.get(keyOf(one))?.ttl !== one.ttl;
        deleted.push(...[...(old?.values() ?? [])].filter((one) => isOther(one, young)));
        added.push(...[...(young?.values() ?? [])].filter((one) => isOther(one, old)));
      }
    }
    return { deleted, added };
  }

  #draftAt(owner: Name): Draft {
    const key = nameKey(owner);
    let draft = this.#drafts.get(key);
    if (draft === undefined) {
      const node = nodeAt(this.#zone, owner);
      const before = new Map([...(node?.rrsets ?? [])].map(([type, { records }]) => [type, keyed(records)]));
      const rrsets = new Map([...before].map(([type, records]) => [type, new Map(records)]));
      draft = { owner: node?.owner ?? owner, before, rrsets };
      this.#drafts.set(key, draft);
    }
    return draft;
  }
}

function keyed(records: readonly ResourceRecord[]): Records {
  return new Map(records.map((record) => [keyOf(record), record]));
}

function keyOf({ type, rdata }: ResourceRecord): string {
  return rdataKey(type, CLASS.IN, rdata);
}
