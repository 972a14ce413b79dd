/**
 * The difference between two editions of a zone: what an update makes, a journal keeps and an incremental transfer carries
 * (RFC 1995, section 4). Both SOA records are part of it.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Zone } from './zone.ts';
import { changeZone, type NodeChange } from './zone-change.ts';
import { ZoneDraft } from './zone-draft.ts';

export interface Difference {
  /** Serials of the edition before and after. */
  readonly from: number;
  readonly to: number;
  /** The old SOA record, and all that is not in the new edition. */
  readonly deleted: readonly ResourceRecord[];
  /** The new SOA record, and all that is not in the old edition. */
  readonly added: readonly ResourceRecord[];
}

/** A difference that does not fit the zone that it should be applied to. */
export class DifferenceError extends Error {
  override readonly name = 'DifferenceError';
}

/** The edition that follows `zone`. @throws DifferenceError where it is none of this edition */
export function applyDifference(zone: Zone, difference: Difference): Zone {
  if (zone.soa.serial !== difference.from) {
    throw new DifferenceError(`a difference begins at serial ${difference.from}, the zone has ${zone.soa.serial}`);
  }
  const draft = new ZoneDraft(zone);
  for (const record of difference.deleted) {
    if (!draft.delete(record)) throw new DifferenceError('a difference deletes a record that is not in the zone');
  }
  for (const record of difference.added) draft.add(record);
  return commit(zone, draft.changes());
}

/** `zone` after `changes`, which hold its new SOA record. */
export function commit(zone: Zone, changes: readonly NodeChange[]): Zone {
  return changes.length === 0 ? zone : changeZone(zone, changes);
}

/** Editions of a zone that lead to the present one, the oldest first; what is too long ago is forgotten. */
export class History {
  readonly #recordsMax: number;
  #differences: Difference[] = [];
  #records = 0;

  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  /** What leads from the edition `serial` to the present one; undefined where that is not known any more. */
  since(serial: number): readonly Difference[] | undefined {
    const first = this.#differences.findIndex(({ from }) => from === serial);
    return first === -1 ? undefined : this.#differences.slice(first);
  }

  push(difference: Difference): void {
    // A gap ends what can be told: who is before it copies the whole zone.
    if (this.#differences.length > 0 && this.#differences.at(-1)!.to !== difference.from) this.clear();
    this.#differences.push(difference);
    this.#records += size(difference);
    while (this.#records > this.#recordsMax && this.#differences.length > 0) {
      this.#records -= size(this.#differences.shift()!);
    }
  }

  clear(): void {
    this.#differences = [];
    this.#records = 0;
  }
}

function size({ deleted, added }: Difference): number {
  return deleted.length + added.length;
}
