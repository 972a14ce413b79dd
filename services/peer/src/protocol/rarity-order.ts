/**
 * All pieces in the order in which they should be fetched: those with the fewest copies among the neighbours first, and in
 * random order among equals, so that not everybody fetches the same one.
 *
 * One array holds the pieces sorted by copies; pieces with equally many copies form a bucket, and it is known where each
 * bucket starts. One copy more or less moves a piece over the edge of its bucket: one swap to the edge, one to a random place
 * in the next bucket. The last bucket is for pieces that are not to be fetched any more, whatever their copies.
 *
 *     copies   0 | 1       | 2          | 3 | not wanted      copiesMax = 3
 *     order      | 7  2    | 0  5  1    | 4 | 3  6
 *     starts  [0]=[1]=0      [2]=2      [3]=5 [4]=6
 */

/** Random places that are looked at before all are. */
const PROBES = 64;

/** Pieces that may be chosen: those of a neighbour. */
export interface Candidates {
  has(index: number): boolean;
}

/** A swarm as far as the rarity of pieces goes. */
export interface RarityGround {
  readonly neighbours: ReadonlyMap<unknown, { readonly pieces: Iterable<number> }>;
  readonly pieceCount: number;
  readonly neighboursMax: number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

export class RarityOrder {
  /** By what the neighbours have now. */
  static among({ neighbours, pieceCount, neighboursMax, random }: RarityGround): RarityOrder {
    const order = new RarityOrder(pieceCount, neighboursMax, random);
    for (const { pieces } of neighbours.values()) for (const index of pieces) order.gained(index);
    return order;
  }

  readonly #random: () => number;
  readonly #order: Uint32Array;
  readonly #position: Uint32Array;
  readonly #copies: Uint32Array;
  readonly #starts: Uint32Array;
  /** The bucket of what is not wanted. */
  readonly #unwanted: number;
  /** No piece with a lower number is wanted. */
  #lowest = 0;

  /** `copiesMax`: as many neighbours as there can be. `random` gives numbers from 0 up to, but not including, 1. */
  constructor(pieceCount: number, copiesMax: number, random: () => number) {
    this.#random = random;
    this.#order = Uint32Array.from({ length: pieceCount }, (_, index) => index);
    this.#position = this.#order.slice();
    this.#copies = new Uint32Array(pieceCount);
    this.#unwanted = copiesMax + 1;
    this.#starts = new Uint32Array(copiesMax + 2).fill(pieceCount);
    this.#starts[0] = 0;
    for (let at = pieceCount - 1; at > 0; at--) this.#swap(at, Math.floor(random() * (at + 1)));
  }

  /** Copies among the neighbours. */
  copies(index: number): number {
    return this.#copies[index] ?? 0;
  }

  /** How many pieces are to be chosen. */
  get wantedCount(): number {
    return this.#start(this.#unwanted);
  }

  /** How many pieces with so many copies are to be chosen. */
  wantedOf(copies: number): number {
    return this.#start(copies + 1) - this.#start(copies);
  }

  isWanted(index: number): boolean {
    return (this.#position[index] ?? 0) < this.#start(this.#unwanted);
  }

  /** A neighbour has got a copy. */
  gained(index: number): void {
    if (this.copies(index) + 1 === this.#unwanted)
      throw new RangeError(`More than ${this.#unwanted - 1} copies of a piece`);
    if (this.isWanted(index)) this.#moveUp(index, this.copies(index));
    this.#copies[index] = this.copies(index) + 1;
  }

  /** A neighbour with a copy has gone. */
  lost(index: number): void {
    if (this.isWanted(index)) this.#moveDown(index, this.copies(index));
    this.#copies[index] = this.copies(index) - 1;
  }

  /** The piece need not be chosen any more. */
  remove(index: number): void {
    if (!this.isWanted(index)) return;
    for (let bucket = this.copies(index); bucket < this.#unwanted; bucket++) this.#moveUp(index, bucket);
  }

  /** The piece is to be chosen again. */
  restore(index: number): void {
    if (this.isWanted(index)) return;
    this.#lowest = Math.min(this.#lowest, index);
    for (let bucket = this.#unwanted; bucket > this.copies(index); bucket--) this.#moveDown(index, bucket);
  }

  /** The rarest wanted piece of `theirs`; of several a random one. */
  rarest(theirs: Candidates): number | null {
    const end = this.wantedCount;
    for (let at = 0; at < end; at++) {
      const index = this.#order[at] ?? 0;
      if (theirs.has(index)) return index;
    }
    return null;
  }

  /** Any wanted piece of `theirs`, each equally likely. */
  any(theirs: Candidates): number | null {
    const end = this.wantedCount;
    // Whoever has many of them is soon met with: each place is as likely as the others, however often one misses.
    for (let probe = 0; probe < PROBES && end > 0; probe++) {
      const index = this.#order[Math.floor(this.#random() * end)] ?? 0;
      if (theirs.has(index)) return index;
    }
    let chosen: number | null = null;
    let seen = 0;
    for (let at = 0; at < end; at++) {
      const index = this.#order[at] ?? 0;
      if (!theirs.has(index)) continue;
      seen += 1;
      if (Math.floor(this.#random() * seen) === 0) chosen = index;
    }
    return chosen;
  }

  /** The wanted piece of `theirs` with the lowest number. */
  first(theirs: Candidates): number | null {
    if (this.wantedCount === 0) return null;
    while (this.#lowest < this.#order.length && !this.isWanted(this.#lowest)) this.#lowest += 1;
    for (let index = this.#lowest; index < this.#order.length; index++) {
      if (this.isWanted(index) && theirs.has(index)) return index;
    }
    return null;
  }

  #moveUp(index: number, bucket: number): void {
    const edge = this.#start(bucket + 1) - 1;
    this.#swap(this.#position[index] ?? 0, edge);
    this.#starts[bucket + 1] = edge;
    this.#settle(edge, bucket + 1);
  }

  #moveDown(index: number, bucket: number): void {
    const edge = this.#start(bucket);
    this.#swap(this.#position[index] ?? 0, edge);
    this.#starts[bucket] = edge + 1;
    this.#settle(edge, bucket - 1);
  }

  /** To a random place in its bucket, so that the order among equals stays random. */
  #settle(position: number, bucket: number): void {
    const start = this.#start(bucket);
    this.#swap(position, start + Math.floor(this.#random() * (this.#start(bucket + 1) - start)));
  }

  #start(bucket: number): number {
    return this.#starts[bucket] ?? this.#order.length;
  }

  #swap(a: number, b: number): void {
    const atA = this.#order[a] ?? 0;
    const atB = this.#order[b] ?? 0;
    this.#order[a] = atB;
    this.#order[b] = atA;
    this.#position[atB] = a;
    this.#position[atA] = b;
  }
}
