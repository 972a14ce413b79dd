/** A piece that is being fetched: its octets so far, and for each block who was asked for it and who gave it. */
import { lengthOfPiece, type PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type Block } from '#shared/bittorrent/peer-message.ts';
import type { Attempt } from './block-compare.ts';
import type { NeighbourId } from './neighbour.ts';
import type { OctetPool } from './octet-pool.ts';

/** The first time, in milliseconds: much longer than anybody needs who gives at all. */
const EXCLUSIVE_PATIENCE_MS = 3_000;

interface BlockProgress {
  /** Neighbours with an unanswered request for it; several only in the endgame. */
  readonly askedFrom: NeighbourId[];
  /** Address of the neighbour that gave it, null while it is missing. */
  from: string | null;
}

export class StartedPiece {
  readonly index: number;
  readonly #length: number;
  readonly #memory: OctetPool;
  /**
   * Whether all blocks must come from one neighbour: after a wrong hash with several givers, so that a second wrong hash has
   * only one who can be guilty.
   */
  isExclusive = false;
  /** How long that one may be silent while another has nothing to do, in milliseconds. */
  patienceMs = EXCLUSIVE_PATIENCE_MS;
  /** Those who had it alone and were silent: they get it again when all have. */
  readonly silent = new Set<NeighbourId>();
  /** The neighbour that the piece was started with; null before, and after it has given requests back. */
  owner: NeighbourId | null = null;
  #octets: Uint8Array;
  #blocks: BlockProgress[];
  /** Blocks that are missing, and those of them that nobody was asked for. */
  #missing: number;
  #open: number;

  constructor(grid: PieceGrid, index: number, memory: OctetPool) {
    this.index = index;
    this.#length = lengthOfPiece(grid, index);
    this.#memory = memory;
    this.#octets = memory.take(this.#length);
    this.#blocks = emptyBlocks(this.#length);
    this.#missing = this.#blocks.length;
    this.#open = this.#blocks.length;
  }

  get octets(): Uint8Array {
    return this.#octets;
  }

  /** Whether every block is there. */
  get isWhole(): boolean {
    return this.#missing === 0;
  }

  /** Whether every block is there or asked for. */
  get isRequested(): boolean {
    return this.#open === 0;
  }

  /** Whether nobody is being asked for a part of it. */
  get isIdle(): boolean {
    return this.#open === this.#missing;
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
    return { index: this.index, begin, length: Math.min(BLOCK_OCTETS, this.#length - begin) };
  }

  /** The first block that nobody was asked for, or null. */
  nextUnrequested(): number | null {
    if (this.#open === 0) return null;
    return this.#blocks.findIndex((block) => block.from === null && block.askedFrom.length === 0);
  }

  /** The blocks that are asked for and have not come. */
  get awaited(): { readonly nth: number; readonly askedFrom: readonly NeighbourId[] }[] {
    return this.#blocks.flatMap(({ from, askedFrom }, nth) =>
      from === null && askedFrom.length > 0 ? [{ nth, askedFrom }] : [],
    );
  }

  ask(nth: number, neighbour: NeighbourId): void {
    const block = this.#blocks[nth];
    if (block === undefined) return;
    if (block.from === null && block.askedFrom.length === 0) this.#open -= 1;
    block.askedFrom.push(neighbour);
    this.owner ??= neighbour;
  }

  /** `neighbour` will not give the block at `begin` any more. */
  giveBack(begin: number, neighbour: NeighbourId): void {
    const block = this.#blocks[begin / BLOCK_OCTETS];
    if (block === undefined || !block.askedFrom.includes(neighbour)) return;
    block.askedFrom.splice(block.askedFrom.indexOf(neighbour), 1);
    if (block.from === null && block.askedFrom.length === 0) this.#open += 1;
    this.disown(neighbour);
  }

  /** `neighbour` does not give the piece any more, if it did; what it was asked for it has given back. */
  disown(neighbour: NeighbourId): void {
    if (this.owner !== neighbour) return;
    if (!this.isExclusive) this.owner = null;
    // What another one gives from here on would mix: the piece begins again with the next.
    else if (this.isIdle && !this.isWhole) this.#begin(this.#octets);
  }

  /** Takes in a block; returns the others that were asked for it too, or null when it is of no use. */
  take(begin: number, octets: Uint8Array, neighbour: NeighbourId, address: string): NeighbourId[] | null {
    const block = this.#blocks[begin / BLOCK_OCTETS];
    if (block === undefined || block.from !== null || octets.length !== this.block(begin / BLOCK_OCTETS).length)
      return null;
    if (this.isExclusive && this.owner !== neighbour) return null;
    this.#octets.set(octets, begin);
    if (block.askedFrom.length === 0) this.#open -= 1;
    this.#missing -= 1;
    block.from = address;
    return block.askedFrom.splice(0).filter((asked) => asked !== neighbour);
  }

  /** Gives away what has come, and begins again with nothing. */
  reset(): Attempt {
    const attempt = { octets: this.#octets, givers: this.#blocks.map(({ from }) => from) };
    this.#begin(this.#memory.take(this.#length));
    return attempt;
  }

  #begin(octets: Uint8Array): void {
    this.#octets = octets;
    this.#blocks = emptyBlocks(this.#length);
    this.#missing = this.#blocks.length;
    this.#open = this.#blocks.length;
    this.owner = null;
  }
}

function emptyBlocks(octets: number): BlockProgress[] {
  return Array.from({ length: Math.ceil(octets / BLOCK_OCTETS) }, () => ({ askedFrom: [], from: null }));
}
