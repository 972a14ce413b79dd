import type { ResourceRecord } from '#shared/dns/message.ts';
import { nameKey } from '#shared/dns/name.ts';
import type { Rrset } from './zone.ts';

/** RRsets whose turn is remembered; when there are more, all begin anew. */
const TURNS_MAX = 10_000;

/**
 * Whose turn it is: each answer begins with the next record of its RRset, so that clients, which take the first address,
 * spread over all (RFC 1794). n answers in a row are the n rotations.
 */
export class Rotation {
  readonly #turns = new Map<string, number>();
  readonly #isOn: boolean;

  constructor(isOn = true) {
    this.#isOn = isOn;
  }

  /** The records of `rrset`, beginning with the one whose turn it is. */
  next(rrset: Rrset): readonly ResourceRecord[] {
    const { records } = rrset;
    if (!this.#isOn || records.length < 2) return records;
    const key = `${rrset.type} ${nameKey(rrset.owner)}`;
    const turn = (this.#turns.get(key) ?? 0) % records.length;
    if (this.#turns.size >= TURNS_MAX) this.#turns.clear();
    this.#turns.set(key, turn + 1);
    return [...records.slice(turn), ...records.slice(0, turn)];
  }
}
