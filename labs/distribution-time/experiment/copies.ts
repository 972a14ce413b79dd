/**
 * Which peer has which piece, as the peers themselves report it: how many copies there are of each piece, and how far the
 * peers are. Copies of the seed do not count: it has everything.
 */
import { mean, variance } from '../../kit/statistics.ts';

export class Copies {
  readonly #pieceCount: number;
  readonly #of = new Map<number, Set<number>>();

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount;
  }

  /** `peer` has verified the piece `index`. */
  gained(peer: number, index: number): void {
    const pieces = this.#of.get(peer) ?? new Set();
    pieces.add(index);
    this.#of.set(peer, pieces);
  }

  /** `peer` has gone, and its copies with it. */
  left(peer: number): void {
    this.#of.delete(peer);
  }

  /** How many pieces `peer` has. */
  piecesOf(peer: number): number {
    return this.#of.get(peer)?.size ?? 0;
  }

  /** All copies of all pieces together. */
  get total(): number {
    return [...this.#of.values()].reduce((sum, pieces) => sum + pieces.size, 0);
  }

  /** Copies of each piece. */
  get counts(): number[] {
    const counts = Array<number>(this.#pieceCount).fill(0);
    for (const pieces of this.#of.values()) for (const index of pieces) counts[index] = (counts[index] ?? 0) + 1;
    return counts;
  }

  /** Part of the file that is there at least once. */
  get availability(): number {
    return mean(this.counts.map((count) => Math.min(1, count)));
  }

  /** How unequal the numbers of copies are: 0 when every piece has as many. */
  get variance(): number {
    return variance(this.counts);
  }
}
