/**
 * What a neighbour may ask us for although it is choked (BEP 6, "allowed fast"): a few pieces, so that a newcomer soon has
 * something to give. Never so many that tit for tat would not matter.
 */
import type { Block } from '#shared/bittorrent/peer-message.ts';

/** Pieces that are granted to one neighbour, at most: the number of BEP 6's example. */
const PIECES_MAX = 10;
/** The part of a file that is granted at most, as its divisor. */
const PART = 32;

/** How many pieces are granted of a torrent. */
export function fastCount(pieceCount: number): number {
  return Math.min(PIECES_MAX, Math.floor(pieceCount / PART));
}

export class FastGrant {
  readonly #indexes: ReadonlySet<number>;
  /** Octets that it may still ask for: those of the pieces, once. */
  #octetsLeft: number;

  constructor(indexes: Iterable<number> = [], pieceLength = 0) {
    this.#indexes = new Set(indexes);
    this.#octetsLeft = this.#indexes.size * pieceLength;
  }

  has(index: number): boolean {
    return this.#indexes.has(index);
  }

  /** Whether it may ask for `block` while it is choked; if so, that is counted. */
  admits({ index, length }: Block): boolean {
    if (!this.has(index) || length > this.#octetsLeft) return false;
    this.#octetsLeft -= length;
    return true;
  }
}
