/**
 * Who gave the wrong block of a piece that came from several. A wrong hash says only that one of them lied. What they gave is
 * kept until the piece is right; then each block of the failed try is compared with the right one, and whoever gave another
 * is found out. (The first client to do so called it "smart ban"; BEP 3 leaves it open what to do about wrong pieces.)
 */
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';

/** Octets of failed tries that are kept, at most; the oldest are forgotten first. The largest piece has as many. */
const KEPT_OCTETS_MAX = 16 * 1024 * 1024;

/** A try to fetch a piece: its octets, and who gave each block. */
export interface Attempt {
  readonly octets: Uint8Array;
  readonly givers: readonly (string | null)[];
}

export class BlockCompare {
  #kept: (Attempt & { readonly index: number })[] = [];

  /** Keeps a failed try until the piece is right. */
  keep(index: number, attempt: Attempt): void {
    this.#kept.push({ index, ...attempt });
    while (this.keptOctets > KEPT_OCTETS_MAX) this.#kept.shift();
  }

  get keptOctets(): number {
    return this.#kept.reduce((sum, { octets }) => sum + octets.length, 0);
  }

  /** The piece is `right`: who had given something else, and how many blocks of it. Its failed tries are forgotten. */
  liars(index: number, right: Uint8Array): ReadonlyMap<string, number> {
    const liars = new Map<string, number>();
    for (const attempt of this.#kept) {
      if (attempt.index !== index) continue;
      for (const giver of wrongGivers(attempt, right)) liars.set(giver, (liars.get(giver) ?? 0) + 1);
    }
    this.#kept = this.#kept.filter((attempt) => attempt.index !== index);
    return liars;
  }
}

function wrongGivers({ octets, givers }: Attempt, right: Uint8Array): string[] {
  return givers.filter((giver, nth): giver is string => {
    const begin = nth * BLOCK_OCTETS;
    const end = begin + BLOCK_OCTETS;
    return giver !== null && !isEqual(octets.subarray(begin, end), right.subarray(begin, end));
  });
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at]);
}
