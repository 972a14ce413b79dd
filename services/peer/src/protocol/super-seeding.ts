/**
 * Super-seeding (BEP 16): a seed whose upload is scarce does not say what it has. It shows each neighbour one piece that nobody
 * has, by a `have`, and the next one when the piece has been seen at another neighbour: whoever passes on what it gets is given
 * more, and no piece is sent twice while others were not sent at all. It costs speed where the seed is not the bottleneck.
 */
import type { Neighbour, NeighbourId } from './neighbour.ts';
import { type RarityGround, RarityOrder } from './rarity-order.ts';

/** Pieces that are shown and not passed on yet: with one alone the neighbour would idle until the news has come back. */
const AT_ONCE = 2;
/** After this time, in milliseconds, a neighbour is shown another piece though the one before has not been seen elsewhere. */
const STUCK_MS = 60_000;

/** A piece to be shown to a neighbour. */
export interface Showing {
  readonly to: Neighbour;
  readonly index: number;
  readonly because: string;
}

interface Shown {
  readonly all: Set<number>;
  /** Those that were not seen elsewhere yet, with the time at which they were shown. */
  readonly open: Map<number, number>;
}

export class SuperSeeding {
  readonly #neighbours: ReadonlyMap<NeighbourId, Neighbour>;
  /** The pieces by how many neighbours have them or were shown them. */
  readonly #rarity: RarityOrder;
  readonly #shown = new Map<NeighbourId, Shown>();

  /** Those that are neighbours already know what we have: it is for those that come. */
  constructor(ground: RarityGround & { readonly neighbours: ReadonlyMap<NeighbourId, Neighbour> }) {
    this.#neighbours = ground.neighbours;
    this.#rarity = RarityOrder.among(ground);
  }

  /** Whether `neighbour` may ask for a piece. */
  isShown({ id }: Neighbour, index: number): boolean {
    return this.#shown.get(id)?.all.has(index) ?? true;
  }

  /** `neighbour` is new, and has been told that we have nothing. */
  welcome(neighbour: Neighbour, now: number): Showing[] {
    this.#shown.set(neighbour.id, { all: new Set(), open: new Map() });
    return this.#showMore(neighbour, now);
  }

  /** `neighbour` has said to have these pieces. */
  learnt(neighbour: Neighbour, indexes: readonly number[], now: number): Showing[] {
    for (const index of indexes) if (!this.#isShownTo(neighbour.id, index)) this.#rarity.gained(index);
    const given = new Set(indexes);
    return [...this.#shown].flatMap(([id, { open }]) => {
      const other = this.#neighbours.get(id);
      if (other === undefined || ![...open.keys()].some((index) => given.has(index))) return [];
      for (const index of open.keys()) if (this.#isPassedOn(other, index)) open.delete(index);
      return this.#showMore(other, now);
    });
  }

  /** Some time has passed. */
  tick(now: number): Showing[] {
    return [...this.#shown].flatMap(([id, { open }]) => {
      for (const [index, at] of open) if (now - at >= STUCK_MS) open.delete(index);
      const neighbour = this.#neighbours.get(id);
      return neighbour === undefined ? [] : this.#showMore(neighbour, now);
    });
  }

  left({ id, pieces }: Neighbour): void {
    const shown = this.#shown.get(id)?.all ?? new Set();
    for (const index of new Set([...pieces, ...shown])) this.#rarity.lost(index);
    this.#shown.delete(id);
  }

  /** What was not shown yet, when everybody may know everything. */
  rest(): Showing[] {
    const because = 'super-seeding is over';
    return [...this.#shown].flatMap(([id, { all }]) => {
      const to = this.#neighbours.get(id);
      if (to === undefined) return [];
      const indexes = [...Array(to.pieces.pieceCount).keys()].filter((index) => !all.has(index));
      return indexes.map((index) => ({ to, index, because }));
    });
  }

  #showMore(to: Neighbour, now: number): Showing[] {
    const shown = this.#shown.get(to.id);
    const showings: Showing[] = [];
    while (shown !== undefined && shown.open.size < AT_ONCE) {
      const index = this.#rarity.rarest({ has: (piece) => !to.pieces.has(piece) && !shown.all.has(piece) });
      if (index === null) break;
      const copies = this.#rarity.copies(index);
      shown.all.add(index);
      shown.open.set(index, now);
      this.#rarity.gained(index);
      showings.push({ to, index, because: copies === 0 ? 'nobody has it yet' : `${copies} have it or are to get it` });
    }
    return showings;
  }

  #isShownTo(id: NeighbourId, index: number): boolean {
    return this.#shown.get(id)?.all.has(index) ?? false;
  }

  /** Whether another neighbour has the piece, or nobody is left to whom it could be passed on. */
  #isPassedOn(neighbour: Neighbour, index: number): boolean {
    const others = [...this.#neighbours.values()].filter((one) => one !== neighbour && !one.pieces.isComplete);
    if (others.length === 0) return neighbour.pieces.has(index);
    return others.some(({ pieces }) => pieces.has(index));
  }
}
