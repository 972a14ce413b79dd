/**
 * The piece picker: which block to ask a neighbour for (BEP 3, and B. Cohen, "Incentives Build Robustness in BitTorrent",
 * section 2.4). In this order:
 *
 *  1. Strict priority: a piece that is started is finished first, because only a whole piece can be given on.
 *  2. Random first pieces: a newcomer needs something to give soon, and rare pieces come slowly.
 *  3. Rarest first: the piece with the fewest copies among the neighbours, a random one of equals.
 *  4. Endgame: when every missing block is asked for, the last ones are asked of others too, so that one slow neighbour does
 *     not delay the end; the copies that are not needed any more are cancelled.
 */
import type { PieceGrid } from '#shared/bittorrent/metainfo.ts';
import type { Block } from '#shared/bittorrent/peer-message.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { NeighbourId } from './neighbour.ts';
import { RarityOrder } from './rarity-order.ts';
import { StartedPiece } from './started-piece.ts';

/** Pieces that are chosen at random before rarity counts. */
const RANDOM_FIRST_PIECES = 4;
/** Neighbours that are asked for the same block in the endgame, at most: each copy but one is wasted. */
const ENDGAME_ASKED_MAX = 2;
/** Octets of pieces in memory that are not whole, at most; but never fewer than the pieces that follow. */
const STARTED_OCTETS_MAX = 32 * 1024 * 1024;
const STARTED_PIECES_MIN = 4;

/** A block to ask for, with its reason. */
export interface Pick {
  readonly block: Block;
  readonly mode: 'started' | 'random' | 'rarest' | 'endgame';
  readonly because: string;
}

/** What became of a block that has arrived. */
export type Arrival =
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'kept'; readonly alsoAsked: readonly NeighbourId[]; readonly piece: StartedPiece };

export interface PickerOptions {
  readonly grid: PieceGrid;
  /** What we have: verified pieces only. The picker reads it, its owner adds to it. */
  readonly have: PieceSet;
  readonly neighboursMax: number;
  readonly random: () => number;
}

export class PiecePicker {
  readonly #grid: PieceGrid;
  readonly #have: PieceSet;
  readonly #rarity: RarityOrder;
  readonly #random: () => number;
  readonly #started = new Map<number, StartedPiece>();
  readonly #startedMax: number;

  constructor({ grid, have, neighboursMax, random }: PickerOptions) {
    this.#grid = grid;
    this.#have = have;
    this.#random = random;
    this.#rarity = new RarityOrder(grid.pieceCount, neighboursMax, random);
    this.#startedMax = Math.max(STARTED_PIECES_MIN, Math.floor(STARTED_OCTETS_MAX / grid.pieceLength));
    for (const index of have) this.#rarity.remove(index);
  }

  /** Copies of a piece among the neighbours. */
  copies(index: number): number {
    return this.#rarity.copies(index);
  }

  gained(index: number): void {
    this.#rarity.gained(index);
  }

  lost(index: number): void {
    this.#rarity.lost(index);
  }

  /** Pieces that are being fetched. */
  get started(): readonly StartedPiece[] {
    return [...this.#started.values()];
  }

  /**
   * Chooses the next block for `neighbour`, which has the pieces `theirs`, and notes that it is asked for. In the endgame only
   * a neighbour that `isIdle`, with nothing else to answer, is given one: two copies of a block are one too many.
   */
  pick(neighbour: NeighbourId, theirs: PieceSet, isIdle: boolean): Pick | null {
    const pick = this.#pickStarted(neighbour, theirs) ?? this.#pickNew(neighbour, theirs);
    return pick ?? (isIdle ? this.#pickEndgame(neighbour, theirs) : null);
  }

  /** `neighbour` will not give `block` any more: it may be asked of others. */
  giveBack(neighbour: NeighbourId, block: Block): void {
    this.#started.get(block.index)?.giveBack(block.begin, neighbour);
  }

  /** Takes in a block that `neighbour` had been asked for. */
  arrived(neighbour: NeighbourId, address: string, index: number, begin: number, octets: Uint8Array): Arrival {
    const piece = this.#started.get(index);
    const alsoAsked = piece?.take(begin, octets, neighbour, address) ?? null;
    return piece === undefined || alsoAsked === null ? { kind: 'unwanted' } : { kind: 'kept', alsoAsked, piece };
  }

  /** The piece is verified and stored. */
  finished(index: number): void {
    this.#started.delete(index);
  }

  /** The piece was wrong: it is fetched again, from one neighbour alone if `isExclusive`. */
  failed(index: number, isExclusive: boolean): void {
    const piece = this.#started.get(index);
    piece?.reset();
    if (piece !== undefined) piece.isExclusive ||= isExclusive;
  }

  #pickStarted(neighbour: NeighbourId, theirs: PieceSet): Pick | null {
    for (const piece of this.#started.values()) {
      const nth = theirs.has(piece.index) && piece.isOpenTo(neighbour) ? piece.nextUnrequested() : null;
      if (nth === null) continue;
      piece.ask(nth, neighbour);
      return { block: piece.block(nth), mode: 'started', because: 'a started piece is finished first' };
    }
    return null;
  }

  #pickNew(neighbour: NeighbourId, theirs: PieceSet): Pick | null {
    if (this.#started.size >= this.#startedMax && !this.#dropIdle()) return null;
    const isTheirs = (index: number) => theirs.has(index);
    const isFirst = this.#have.size + this.#started.size < RANDOM_FIRST_PIECES;
    const index = isFirst ? this.#rarity.any(isTheirs) : this.#rarity.rarest(isTheirs);
    if (index === null) return null;
    const piece = new StartedPiece(this.#grid, index);
    this.#rarity.remove(index);
    this.#started.set(index, piece);
    piece.ask(0, neighbour);
    const copies = this.copies(index);
    const because = isFirst
      ? `one of the first ${RANDOM_FIRST_PIECES} pieces, chosen at random to have something to give soon`
      : `the rarest that it has: ${copies} ${copies === 1 ? 'copy' : 'copies'} among the neighbours`;
    return { block: piece.block(0), mode: isFirst ? 'random' : 'rarest', because };
  }

  #pickEndgame(neighbour: NeighbourId, theirs: PieceSet): Pick | null {
    const started = this.#started;
    if (this.#have.size + started.size < this.#grid.pieceCount) return null;
    if (![...started.values()].every((piece) => piece.isRequested)) return null;
    const choices = [...started.values()].flatMap((piece) => {
      const least =
        theirs.has(piece.index) && !piece.isExclusive ? piece.leastRequested(neighbour, ENDGAME_ASKED_MAX) : null;
      return least === null ? [] : [{ piece, ...least }];
    });
    const fewest = Math.min(...choices.map(({ asked }) => asked));
    const candidates = choices.filter(({ asked }) => asked === fewest);
    const chosen = candidates[Math.floor(this.#random() * candidates.length)];
    if (chosen === undefined) return null;
    chosen.piece.ask(chosen.nth, neighbour);
    const because = 'the endgame: every missing block is asked for, and this one may be late';
    return { block: chosen.piece.block(chosen.nth), mode: 'endgame', because };
  }

  /** Makes room for a piece that can be had by dropping one that nobody is giving. */
  #dropIdle(): boolean {
    const idle = this.started.filter((piece) => piece.isIdle && !piece.isWhole);
    const least = idle.sort((a, b) => a.arrivedOctets - b.arrivedOctets)[0];
    if (least === undefined) return false;
    this.#started.delete(least.index);
    this.#rarity.restore(least.index);
    return true;
  }
}
