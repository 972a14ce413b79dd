/** A piece that is being fetched: its octets so far, and for each block who was asked for it and who gave it. */
import { lengthOfPiece, type PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type Block } from '#shared/bittorrent/peer-message.ts';
import type { NeighbourId } from './neighbour.ts';

interface BlockProgress {
  /** Neighbours with an unanswered request for it; several only in the endgame. */
  readonly askedFrom: NeighbourId[];
  /** Address of the neighbour that gave it, null while it is missing. */
  from: string | null;
}

export class StartedPiece {
  readonly index: number;
  readonly octets: Uint8Array<ArrayBuffer>;
  /**
   * Whether all blocks must come from one neighbour: after a wrong hash with several givers, so that a second wrong hash has
   * only one who can be guilty.
   */
  isExclusive = false;
  /** The one neighbour of an exclusive piece, once there is one. */
  owner: NeighbourId | null = null;
  #blocks: BlockProgress[];

  constructor(grid: PieceGrid, index: number) {
    this.index = index;
    this.octets = new Uint8Array(lengthOfPiece(grid, index));
    this.#blocks = emptyBlocks(this.octets.length);
  }

  /** Whether every block is there. */
  get isWhole(): boolean {
    return this.#blocks.every((block) => block.from !== null);
  }

  /** Whether every block is there or asked for. */
  get isRequested(): boolean {
    return this.#blocks.every((block) => block.from !== null || block.askedFrom.length > 0);
  }

  /** Whether nobody is being asked for a part of it. */
  get isIdle(): boolean {
    return this.#blocks.every((block) => block.askedFrom.length === 0);
  }

  /** Octets that are there. */
  get arrivedOctets(): number {
    return this.#blocks.reduce((sum, block, nth) => sum + (block.from === null ? 0 : this.block(nth).length), 0);
  }

  /** How many blocks each address gave. */
  get givers(): ReadonlyMap<string, number> {
    const givers = new Map<string, number>();
    for (const { from } of this.#blocks) if (from !== null) givers.set(from, (givers.get(from) ?? 0) + 1);
    return givers;
  }

  /** Whether `neighbour` may be asked for a part of it. */
  isOpenTo(neighbour: NeighbourId): boolean {
    return !this.isExclusive || this.owner === null || this.owner === neighbour;
  }

  block(nth: number): Block {
    const begin = nth * BLOCK_OCTETS;
    return { index: this.index, begin, length: Math.min(BLOCK_OCTETS, this.octets.length - begin) };
  }

  /** The first block that nobody was asked for, or null. */
  nextUnrequested(): number | null {
    const nth = this.#blocks.findIndex((block) => block.from === null && block.askedFrom.length === 0);
    return nth < 0 ? null : nth;
  }

  /** A missing block that fewer than `askedMax` others, and not `neighbour`, were asked for: the one with the fewest. */
  leastRequested(neighbour: NeighbourId, askedMax: number): { nth: number; asked: number } | null {
    let least: { nth: number; asked: number } | null = null;
    for (const [nth, { from, askedFrom }] of this.#blocks.entries()) {
      if (from !== null || askedFrom.includes(neighbour) || askedFrom.length >= askedMax) continue;
      if (least === null || askedFrom.length < least.asked) least = { nth, asked: askedFrom.length };
    }
    return least;
  }

  ask(nth: number, neighbour: NeighbourId): void {
    this.#blocks[nth]?.askedFrom.push(neighbour);
    if (this.isExclusive) this.owner = neighbour;
  }

  /** `neighbour` will not give the block at `begin` any more. */
  giveBack(begin: number, neighbour: NeighbourId): void {
    const askedFrom = this.#blocks[begin / BLOCK_OCTETS]?.askedFrom ?? [];
    if (askedFrom.includes(neighbour)) askedFrom.splice(askedFrom.indexOf(neighbour), 1);
    // What another one gives from here on would mix: the piece begins again with the next.
    if (this.isExclusive && this.owner === neighbour && this.isIdle && !this.isWhole) this.reset();
  }

  /** Takes in a block; returns the others that were asked for it too, or null when it had come already. */
  take(begin: number, octets: Uint8Array, neighbour: NeighbourId, address: string): NeighbourId[] | null {
    const block = this.#blocks[begin / BLOCK_OCTETS];
    if (block === undefined || block.from !== null) return null;
    this.octets.set(octets, begin);
    block.from = address;
    return block.askedFrom.splice(0).filter((asked) => asked !== neighbour);
  }

  /** Begins again with nothing. */
  reset(): void {
    this.#blocks = emptyBlocks(this.octets.length);
    this.owner = null;
  }
}

function emptyBlocks(octets: number): BlockProgress[] {
  return Array.from({ length: Math.ceil(octets / BLOCK_OCTETS) }, () => ({ askedFrom: [], from: null }));
}
