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
    const turn = this.turnOf(rrset);
    if (turn === null) return records;
    const first = turn.due();
    turn.take();
    return [...records.slice(first), ...records.slice(0, first)];
  }

  /** The turns of `rrset`, or null where its order never changes. */
  turnOf({ type, owner, records }: Rrset): Turn | null {
    if (!this.#isOn || records.length < 2) return null;
    const key = `${type} ${nameKey(owner)}`;
    const due = () => (this.#turns.get(key) ?? 0) % records.length;
    return {
      rotations: records.length,
      due,
      take: () => {
        const next = due() + 1;
        if (this.#turns.size >= TURNS_MAX) this.#turns.clear();
        this.#turns.set(key, next);
      },
    };
  }
}

/** Whose turn it is among the records of one RRset. */
export interface Turn {
  /** How many records there are to begin with. */
  readonly rotations: number;
  /** The place of the record that the next answer begins with. */
  due(): number;
  take(): void;
}
