/**
 * The pieces that are being fetched: never more than there is memory for, so that one must be finished, or make way, before
 * another is begun. Part of the piece picker.
 */
import type { PieceGrid } from '#shared/bittorrent/metainfo.ts';
import type { OctetPool } from './octet-pool.ts';
import { StartedPiece } from './started-piece.ts';

/**
 * Octets of pieces in memory that are not whole or not on the disk, at most: what four neighbours are asked for at 25 MB/s each, and
 * some that wait for the disk. But never fewer than the pieces that follow.
 */
const STARTED_OCTETS_MAX = 12 * 1024 * 1024;
const STARTED_PIECES_MIN = 4;

export class StartedPieces {
  readonly #grid: PieceGrid;
  readonly #memory: OctetPool;
  readonly #max: number;
  readonly #pieces = new Map<number, StartedPiece>();
  /** The same as a list, for the many looks at it between two changes. */
  #list: readonly StartedPiece[] | null = null;

  constructor(grid: PieceGrid, memory: OctetPool) {
    this.#grid = grid;
    this.#memory = memory;
    this.#max = Math.max(STARTED_PIECES_MIN, Math.floor(STARTED_OCTETS_MAX / grid.pieceLength));
  }

  get size(): number {
    return this.#pieces.size;
  }

  get all(): readonly StartedPiece[] {
    this.#list ??= [...this.#pieces.values()];
    return this.#list;
  }

  /** Whether so many pieces are started that one must be finished before another is begun. */
  get isFull(): boolean {
    return this.#pieces.size >= this.#max;
  }

  has(index: number): boolean {
    return this.#pieces.has(index);
  }

  get(index: number): StartedPiece | undefined {
    return this.#pieces.get(index);
  }

  begin(index: number): StartedPiece {
    const piece = new StartedPiece(this.#grid, index, this.#memory);
    this.#pieces.set(index, piece);
    this.#list = null;
    return piece;
  }

  remove(index: number): void {
    this.#pieces.delete(index);
    this.#list = null;
  }

  /** The piece that can make way for one that can be had: nobody is giving it, and the least of it has come. */
  get idlest(): StartedPiece | null {
    let least: StartedPiece | null = null;
    for (const piece of this.all) {
      if (!piece.isIdle || piece.isWhole) continue;
      if (least === null || piece.arrivedOctets < least.arrivedOctets) least = piece;
    }
    return least;
  }
}
