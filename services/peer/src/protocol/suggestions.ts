/**
 * What a seed suggests (BEP 6, "suggest piece"). Leechers that know of nobody but the seed see equally rare pieces everywhere, and
 * several choose the same one by chance: each such choice is an upload of the seed for nothing. The seed alone knows what it has
 * given to whom. So it suggests to each neighbour that it unchokes a piece that nobody else has or was given, and the next one when
 * that is asked for. It is an advice: whoever does not follow it loses nothing, and is left alone.
 */
import type { Neighbour, NeighbourId } from './neighbour.ts';
import { type RarityGround, RarityOrder } from './rarity-order.ts';

/** Suggested and not asked for yet: the next one is known before the last block of the one before is asked for. */
const AT_ONCE = 2;
/** What is not asked for within this time, in milliseconds, may be suggested to others. */
const HEEDED_MS_MAX = 30_000;
/** How long a suggestion and a request may take to cross, in milliseconds, at the slowest. */
const CROSSING_MS_MAX = 2_000;
/** Suggestions to one neighbour in a second, far from what could be taken for a flood. */
const PER_S_MAX = 50;

/** A piece to be suggested to a neighbour. */
export interface Suggestion {
  readonly to: Neighbour;
  readonly index: number;
  readonly because: string;
}

interface Given {
  /** Pieces that it was suggested or has asked for, and does not have yet. */
  readonly pieces: Set<number>;
  /** Suggestions that it has not heeded yet, with the time at which they were made. */
  readonly open: Map<number, number>;
  inThisSecond: number;
  /** When it last began with a piece that it was not suggested. */
  choseAt: number;
  /** Whether it has shown that it does not heed any: it began with others while they were open. */
  isDeaf: boolean;
}

export class Suggestions {
  /** The pieces by how many neighbours have them or were given them. */
  readonly #rarity: RarityOrder;
  readonly #given = new Map<NeighbourId, Given>();

  constructor(ground: RarityGround) {
    this.#rarity = RarityOrder.among(ground);
  }

  /** What `to`, which is unchoked, may be told now. */
  next(to: Neighbour, now: number): Suggestion[] {
    const given = this.#of(to.id);
    const suggestions: Suggestion[] = [];
    while (given.open.size < AT_ONCE && given.inThisSecond < PER_S_MAX && !given.isDeaf) {
      if (this.#rarity.wantedOf(0) === 0) break;
      // What nobody has, it does not have either.
      const index = this.#rarity.rarest({ has: () => true });
      if (index === null) break;
      this.#rarity.gained(index);
      given.pieces.add(index);
      given.open.set(index, now);
      given.inThisSecond += 1;
      suggestions.push({ to, index, because: 'nobody else has this piece or was given it' });
    }
    return suggestions;
  }

  /** `neighbour` asks for a part of a piece; true when it has not asked for one of that piece before. */
  asked({ id, pieces }: Neighbour, index: number, now: number): boolean {
    const given = this.#of(id);
    if (given.pieces.has(index)) return given.open.delete(index);
    if (pieces.has(index)) return false;
    given.pieces.add(index);
    given.choseAt = now;
    this.#rarity.gained(index);
    return true;
  }

  /** `neighbour` has got these pieces. */
  learnt({ id }: Neighbour, indexes: readonly number[]): void {
    const given = this.#of(id);
    for (const index of indexes) {
      given.open.delete(index);
      if (!given.pieces.delete(index)) this.#rarity.gained(index);
    }
  }

  /** `neighbour` is choked: what it was suggested and has not asked for may be suggested to others. */
  choked({ id }: Neighbour): void {
    this.#takeBack(this.#of(id), Number.POSITIVE_INFINITY);
  }

  left({ id, pieces }: Neighbour): void {
    for (const index of new Set([...pieces, ...this.#of(id).pieces])) this.#rarity.lost(index);
    this.#given.delete(id);
  }

  /** A second has passed. */
  tick(now: number): void {
    for (const given of this.#given.values()) {
      given.inThisSecond = 0;
      // Who is slow has begun with nothing else.
      const unheeded = this.#takeBack(given, now - HEEDED_MS_MAX);
      if (unheeded.some((madeAt) => given.choseAt > madeAt + CROSSING_MS_MAX)) given.isDeaf = true;
    }
  }

  /** Takes back the suggestions that were made until `last`; returns when they were made. */
  #takeBack({ pieces, open }: Given, last: number): number[] {
    const old = [...open].filter(([, madeAt]) => madeAt <= last);
    for (const [index] of old) {
      open.delete(index);
      pieces.delete(index);
      this.#rarity.lost(index);
    }
    return old.map(([, madeAt]) => madeAt);
  }

  #of(id: NeighbourId): Given {
    let given = this.#given.get(id);
    if (given === undefined) {
      given = { pieces: new Set(), open: new Map(), inThisSecond: 0, choseAt: Number.NEGATIVE_INFINITY, isDeaf: false };
      this.#given.set(id, given);
    }
    return given;
  }
}
