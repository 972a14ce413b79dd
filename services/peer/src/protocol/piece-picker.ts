/**
 * The piece picker: which block to ask a neighbour for (BEP 3, and B. Cohen, "Incentives Build Robustness in BitTorrent",
 * section 2.4). In this order:
 *
 *  1. Strict priority: a piece that was started with this neighbour, or that nobody is giving any more, is finished first,
 *     because only a whole piece can be given on.
 *  2. Random first pieces: a newcomer needs something to give soon, and rare pieces come slowly.
 *  3. The policy. Rarest first: the piece with the fewest copies among the neighbours, a random one of equals. Or any piece at
 *     random, or the first one. A piece that was started with another neighbour comes before one that is not started, unless
 *     that one is rarer: who alone has a piece should not spend its upload on one that others have too.
 *  4. Endgame: when every missing block is asked for, those that are late are asked of others too, so that one slow neighbour
 *     does not delay the end; the copies that are not needed any more are cancelled.
 */
import type { PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type Block } from '#shared/bittorrent/peer-message.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { Attempt } from './block-compare.ts';
import { type Lateness, latestBlock } from './endgame.ts';
import type { NeighbourId } from './neighbour.ts';
import { OctetPool } from './octet-pool.ts';
import type { PickPolicy } from './policy.ts';
import { type Candidates, RarityOrder } from './rarity-order.ts';
import type { StartedPiece } from './started-piece.ts';
import { StartedPieces } from './started-pieces.ts';

/** Pieces that are chosen at random before rarity counts. */
const RANDOM_FIRST_PIECES = 4;

/** What else counts when a block is chosen for a neighbour. */
export interface Circumstances {
  /** Given when it has nothing else to answer, so that it may be asked for a block that was asked of others. */
  readonly lateness?: Lateness | null;
  /** Pieces that it suggests (BEP 6), the latest first. */
  readonly suggested?: readonly number[];
}

/** A block to ask for, with its reason. */
export interface Pick {
  readonly block: Block;
  readonly mode: 'started' | PickPolicy | 'endgame';
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
  /** What is to be fetched; null for everything. */
  readonly wanted?: PieceSet | null;
  readonly neighboursMax: number;
  readonly pickPolicy?: PickPolicy;
  /** Where the memory of pieces comes from. */
  readonly memory?: OctetPool;
  readonly random: () => number;
}

/** A piece that is not started yet, and why it is next. */
type Choice = Omit<Pick, 'block'> & { readonly index: number };

export class PiecePicker {
  policy: PickPolicy;
  readonly #grid: PieceGrid;
  readonly #have: PieceSet;
  readonly #rarity: RarityOrder;
  readonly #started: StartedPieces;

  constructor({
    grid,
    have,
    wanted = null,
    neighboursMax,
    pickPolicy = 'rarest',
    memory = new OctetPool(),
    random,
  }: PickerOptions) {
    this.policy = pickPolicy;
    this.#grid = grid;
    this.#have = have;
    this.#started = new StartedPieces(grid, memory);
    this.#rarity = new RarityOrder(grid.pieceCount, neighboursMax, random);
    this.want(wanted);
  }

  /** From now on these pieces are to be fetched, null for all. One that is started already is finished all the same. */
  want(wanted: PieceSet | null): void {
    for (let index = 0; index < this.#grid.pieceCount; index++) {
      const isWanted = wanted === null || wanted.has(index);
      if (!isWanted || this.#have.has(index)) this.#rarity.remove(index);
      else if (!this.#started.has(index)) this.#rarity.restore(index);
    }
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
    return this.#started.all;
  }

  /** Those of them of which one neighbour alone is asked. */
  get exclusive(): readonly StartedPiece[] {
    return this.started.filter((piece) => piece.isExclusive);
  }

  /** Blocks of the pieces that are to be fetched and are not started. */
  get unstartedBlocks(): number {
    return this.#rarity.wantedCount * Math.ceil(this.#grid.pieceLength / BLOCK_OCTETS);
  }

  /** Whether so many pieces are started that one must be finished before another is begun. */
  get isFull(): boolean {
    return this.#started.isFull;
  }

  /**
   * Chooses the next block for `neighbour`, which has the pieces `theirs`, and notes that it is asked for. In the endgame it is
   * the one that is latest: two copies of a block are one too many.
   */
  pick(
    neighbour: NeighbourId,
    theirs: Candidates,
    { lateness = null, suggested = [] }: Circumstances = {},
  ): Pick | null {
    // A piece of which one alone is asked is nothing for one that still has to answer something else: it may never answer.
    const isFree = (piece: StartedPiece) => piece.owner === null && (!piece.isExclusive || lateness !== null);
    const own = this.#startedFor(neighbour, theirs, (piece) => piece.owner === neighbour || isFree(piece));
    if (own !== null) return askNext(own, neighbour, 'started', 'a started piece is finished first');
    const shared = this.#startedFor(neighbour, theirs, (piece) => !piece.isExclusive);
    const choice = this.#choose(theirs, suggested);
    if (shared !== null && (choice === null || !this.#precedes(choice.index, shared.index))) {
      const because = 'it was started with another neighbour, and nothing comes before it';
      return askNext(shared, neighbour, 'started', because);
    }
    if (choice !== null) return askNext(this.#start(choice.index), neighbour, choice.mode, choice.because);
    return lateness === null ? null : this.#pickEndgame(neighbour, theirs, lateness);
  }

  /** The block behind `block` in the same piece, if nobody was asked for it: `neighbour` is asked for both in one. */
  pickBehind(neighbour: NeighbourId, block: Block): Block | null {
    const piece = this.#started.get(block.index);
    const nth = piece?.nextUnrequested() ?? null;
    if (piece === undefined || nth === null || piece.block(nth).begin !== block.begin + block.length) return null;
    piece.ask(nth, neighbour);
    return piece.block(nth);
  }

  /** `neighbour` will not give `block` any more: it may be asked of others. */
  giveBack(neighbour: NeighbourId, block: Block): void {
    this.#started.get(block.index)?.giveBack(block.begin, neighbour);
  }

  /** `neighbour` gives nothing for now, and has given back what it was asked for: no piece waits for it alone. */
  disown(neighbour: NeighbourId): void {
    for (const piece of this.started) piece.disown(neighbour);
  }

  /** `neighbour` will not give what is missing of this run of blocks. */
  giveBackRun(neighbour: NeighbourId, { index, begin, length }: Block): void {
    for (let at = begin; at < begin + length; at += BLOCK_OCTETS) this.#started.get(index)?.giveBack(at, neighbour);
  }

  /** Takes in a block that `neighbour` had been asked for. */
  arrived(neighbour: NeighbourId, address: string, index: number, begin: number, octets: Uint8Array): Arrival {
    const piece = this.#started.get(index);
    const alsoAsked = piece?.take(begin, octets, neighbour, address) ?? null;
    return piece === undefined || alsoAsked === null ? { kind: 'unwanted' } : { kind: 'kept', alsoAsked, piece };
  }

  /** The piece that is being fetched, if it is. */
  startedPiece(index: number): StartedPiece | undefined {
    return this.#started.get(index);
  }

  /** The piece is verified and stored. */
  finished(index: number): void {
    this.#started.remove(index);
  }

  /** The piece was of no use: it is fetched again, from one neighbour alone if `isExclusive`. Returns what had come. */
  failed(index: number, isExclusive: boolean): Attempt | null {
    const piece = this.#started.get(index);
    if (piece === undefined) return null;
    piece.isExclusive ||= isExclusive;
    return piece.reset();
  }

  /** A started piece that `neighbour` may be asked for and that `isFit`: of several the one that comes first. */
  #startedFor(
    neighbour: NeighbourId,
    theirs: Candidates,
    isFit: (piece: StartedPiece) => boolean,
  ): StartedPiece | null {
    let first: StartedPiece | null = null;
    for (const piece of this.started) {
      if (piece.isRequested || !theirs.has(piece.index) || !piece.isOpenTo(neighbour) || !isFit(piece)) continue;
      if (first === null || this.#precedes(piece.index, first.index)) first = piece;
    }
    return first;
  }

  /** Whether the policy wants piece `a` before piece `b`. */
  #precedes(a: number, b: number): boolean {
    if (this.policy === 'rarest') return !this.#isFirst && this.copies(a) < this.copies(b);
    return this.policy === 'sequential' && a < b;
  }

  /** Whether we have so little that anything at all is welcome. */
  get #isFirst(): boolean {
    return this.#have.size + this.#started.size < RANDOM_FIRST_PIECES;
  }

  #choose(theirs: Candidates, suggested: readonly number[]): Choice | null {
    if (this.#started.isFull && this.#started.idlest === null) return null;
    switch (this.policy) {
      case 'rarest':
        return this.#isFirst ? this.#chooseFirst(theirs, suggested) : this.#chooseRarest(theirs, suggested);
      case 'random': {
        const index = this.#rarity.any(theirs);
        return index === null ? null : { index, mode: 'random', because: 'any piece that it has, at random' };
      }
      case 'sequential': {
        const index = this.#rarity.first(theirs);
        return index === null ? null : { index, mode: 'sequential', because: 'the first that it has and we lack' };
      }
    }
  }

  #chooseFirst(theirs: Candidates, suggested: readonly number[]): Choice | null {
    const hint = suggested.find((index) => this.#rarity.isWanted(index) && theirs.has(index));
    const index = hint ?? this.#rarity.any(theirs);
    const why = hint === undefined ? 'chosen at random' : 'which it suggests,';
    const because = `one of the first ${RANDOM_FIRST_PIECES} pieces, ${why} to have something to give soon`;
    return index === null ? null : { index, mode: 'random', because };
  }

  #chooseRarest(theirs: Candidates, suggested: readonly number[]): Choice | null {
    const rarest = this.#rarity.rarest(theirs);
    if (rarest === null) return null;
    const copies = this.copies(rarest);
    const counted = `${copies} ${copies === 1 ? 'copy' : 'copies'} among the neighbours`;
    // "The piece suggestion is an advice" (BEP 6): it decides among equals.
    const hint = suggested.find(
      (index) => this.copies(index) === copies && this.#rarity.isWanted(index) && theirs.has(index),
    );
    if (hint === undefined) return { index: rarest, mode: 'rarest', because: `the rarest that it has: ${counted}` };
    return { index: hint, mode: 'rarest', because: `as rare as any that it has, and it suggests this one: ${counted}` };
  }

  #start(index: number): StartedPiece {
    const idlest = this.#started.isFull ? this.#started.idlest : null;
    if (idlest !== null) {
      this.#started.remove(idlest.index);
      this.#rarity.restore(idlest.index);
    }
    this.#rarity.remove(index);
    return this.#started.begin(index);
  }

  #pickEndgame(neighbour: NeighbourId, theirs: Candidates, lateness: Lateness): Pick | null {
    if (this.#rarity.wantedCount > 0) return null;
    const latest = latestBlock(this.started, neighbour, theirs, lateness);
    if (latest === null) return null;
    const { piece, nth } = latest;
    piece.ask(nth, neighbour);
    const because = 'the endgame: every missing block is asked for, and this one is late';
    return { block: piece.block(nth), mode: 'endgame', because };
  }
}

function askNext(piece: StartedPiece, neighbour: NeighbourId, mode: Pick['mode'], because: string): Pick | null {
  const nth = piece.nextUnrequested();
  if (nth === null) return null;
  piece.ask(nth, neighbour);
  return { block: piece.block(nth), mode, because };
}
