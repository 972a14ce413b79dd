/**
 * What is on the disk, as numbers in shared memory: 44 octets for each file, so that a hundred thousand objects take some four
 * megabytes, and nothing that the garbage collector would have to look at. All but `use` is called with the board locked.
 *
 * An entry has no key, only its hash; the file has the key, and is believed (object-file.ts).
 */
import type { StoreBoard } from './store-board.ts';

/** The first eight octets of the SHA-256 of a key: nobody can make two keys whose hashes are equal. */
export interface KeyHash {
  readonly high: number;
  readonly low: number;
}

/** A file: `high` is when it was stored, in seconds since 1970; `low` tells those of one second apart. */
export interface FileId {
  readonly high: number;
  readonly low: number;
}

/** Where an entry is, and what it is: a slot may have been given to another one since. */
export interface Slot {
  readonly at: number;
  readonly hash: KeyHash;
  readonly id: FileId;
  readonly octets: number;
}

/** What an entry takes on the disk is counted in blocks of its file system, of so many octets. */
const DISK_BLOCK_OCTETS = 4_096;
/** Entries that are chosen at once, in the order in which they will have to make room. */
const CANDIDATES = 64;
/** Before any use in this run: files are in the order in which they were stored. */
const BEFORE_THIS_RUN = -(2 ** 33);

const COLUMNS = 8;
const HEAD_NUMBERS = 2;
const HEAD_CELLS = 8;

export class DiskIndex {
  readonly capacity: number;
  readonly #mask: number;
  /** The disk's octets in use, and the number of uses so far: the clock of "longest ago". */
  readonly #numbers: Float64Array<SharedArrayBuffer>;
  readonly #usedAt: Float64Array<SharedArrayBuffer>;
  /** Entries in use; places ever taken; the first free place; the number of the next file. */
  readonly #cells: Uint32Array<SharedArrayBuffer>;
  /** First entry of each chain; places are counted from 1, and 0 is none. */
  readonly #chains: Uint32Array<SharedArrayBuffer>;
  readonly #next: Uint32Array<SharedArrayBuffer>;
  readonly #hashHigh: Uint32Array<SharedArrayBuffer>;
  readonly #hashLow: Uint32Array<SharedArrayBuffer>;
  readonly #idHigh: Uint32Array<SharedArrayBuffer>;
  readonly #idLow: Uint32Array<SharedArrayBuffer>;
  readonly #octets: Uint32Array<SharedArrayBuffer>;
  readonly #uses: Uint32Array<SharedArrayBuffer>;
  readonly #flags: Uint32Array<SharedArrayBuffer>;
  #candidates: { at: number; usedAt: number }[] = [];

  constructor(board: StoreBoard, capacity: number) {
    this.capacity = capacity;
    const chains = chainsFor(capacity);
    this.#mask = chains - 1;
    let at = board.indexOffset;
    const numbers = (count: number) => {
      const view = new Float64Array(board.memory, at, count);
      at += 8 * count;
      return view;
    };
    const cells = (count: number) => {
      const view = new Uint32Array(board.memory, at, count);
      at += 4 * count;
      return view;
    };
    this.#numbers = numbers(HEAD_NUMBERS);
    this.#usedAt = numbers(capacity + 1);
    this.#cells = cells(HEAD_CELLS);
    this.#chains = cells(chains);
    this.#next = cells(capacity + 1);
    this.#hashHigh = cells(capacity + 1);
    this.#hashLow = cells(capacity + 1);
    this.#idHigh = cells(capacity + 1);
    this.#idLow = cells(capacity + 1);
    this.#octets = cells(capacity + 1);
    this.#uses = cells(capacity + 1);
    this.#flags = cells(capacity + 1);
  }

  /** Octets of shared memory for so many entries. */
  static octetsFor(capacity: number): number {
    return 8 * (HEAD_NUMBERS + capacity + 1) + 4 * (HEAD_CELLS + chainsFor(capacity) + COLUMNS * (capacity + 1));
  }

  get count(): number {
    return this.#cells[0]!;
  }

  /** What the files take on the disk. */
  get octets(): number {
    return this.#numbers[0]!;
  }

  /** A new number, which no other file of this second has. */
  nextFile(): number {
    return Atomics.add(this.#cells, 3, 1) >>> 0;
  }

  /** From which number the files of this run are counted: one that rises within a second, should a run be as short as that. */
  startFilesAt(low: number): void {
    if (this.#cells[3] === 0) this.#cells[3] = low;
  }

  find(hash: KeyHash): Slot[] {
    const found: Slot[] = [];
    for (let at = this.#chains[hash.low & this.#mask]!; at !== 0; at = this.#next[at]!) {
      if (this.#hashLow[at] === hash.low && this.#hashHigh[at] === hash.high) found.push(this.#slot(at));
    }
    return found;
  }

  /** Adds an entry, which was used just now or, when it is from before this run, when it was stored. Null: there is no place. */
  insert(hash: KeyHash, id: FileId, octets: number, isNew: boolean): Slot | null {
    const at = this.#takePlace();
    if (at === 0) return null;
    const chain = hash.low & this.#mask;
    this.#hashHigh[at] = hash.high;
    this.#hashLow[at] = hash.low;
    this.#idHigh[at] = id.high;
    this.#idLow[at] = id.low;
    this.#octets[at] = octets;
    this.#uses[at] = 0;
    this.#flags[at] = 0;
    this.#usedAt[at] = isNew ? this.#tick() : BEFORE_THIS_RUN + id.high + id.low / 2 ** 32;
    this.#next[at] = this.#chains[chain]!;
    this.#chains[chain] = at;
    this.#cells[0]! += 1;
    this.#numbers[0]! += onDisk(octets);
    return this.#slot(at);
  }

  /** Takes an entry out, if it is still there. */
  delete(slot: Slot): boolean {
    if (!this.has(slot)) return false;
    const chain = slot.hash.low & this.#mask;
    let before = 0;
    for (let at = this.#chains[chain]!; at !== slot.at; at = this.#next[at]!) before = at;
    if (before === 0) this.#chains[chain] = this.#next[slot.at]!;
    else this.#next[before] = this.#next[slot.at]!;
    this.#next[slot.at] = this.#cells[2]!;
    this.#cells[2] = slot.at;
    this.#octets[slot.at] = 0;
    this.#idHigh[slot.at] = 0;
    this.#cells[0]! -= 1;
    this.#numbers[0]! -= onDisk(slot.octets);
    return true;
  }

  clear(): void {
    this.#chains.fill(0);
    this.#idHigh.fill(0);
    this.#octets.fill(0);
    this.#cells.fill(0, 0, 3);
    this.#numbers[0] = 0;
  }

  has({ at, id }: Slot): boolean {
    return this.#idHigh[at] === id.high && this.#idLow[at] === id.low && this.#octets[at] !== 0;
  }

  /** Counts a use. Threads may do it at the same time: the order of two uses of the same moment is of no weight. */
  use(slot: Slot): void {
    if (!this.has(slot)) return;
    this.#usedAt[slot.at] = this.#tick();
    Atomics.add(this.#uses, slot.at, 1);
  }

  uses({ at }: Slot): number {
    return this.#uses[at]!;
  }

  /** Whether the entry has got a new head, in a file of its own. */
  hasNewHead({ at }: Slot): boolean {
    return this.#flags[at] === 1;
  }

  setNewHead({ at }: Slot): void {
    this.#flags[at] = 1;
  }

  /** The entry that was used longest ago. */
  oldest(): Slot | null {
    if (this.count === 0) return null;
    for (;;) {
      const next = this.#candidates.pop();
      if (next === undefined) this.#chooseCandidates();
      else if (this.#octets[next.at] !== 0 && this.#usedAt[next.at] === next.usedAt) return this.#slot(next.at);
    }
  }

  /** `count` entries from the one on that has `from` before it; the one that was used last comes first. */
  byUse(from: number, count: number): Slot[] {
    const wanted = Math.min(from + count, this.count);
    return this.#first(wanted, -1)
      .slice(from)
      .map(({ at }) => this.#slot(at));
  }

  /**
   * Looks at all entries once, for the next few that have to make room. Uses only rise: those that were not used since are
   * still the oldest, in this order.
   */
  #chooseCandidates(): void {
    this.#candidates = this.#first(CANDIDATES, 1).reverse();
  }

  /** The first entries by use, the oldest first, or with `direction` -1 the youngest. */
  #first(count: number, direction: 1 | -1): { at: number; usedAt: number }[] {
    const chosen: { at: number; usedAt: number }[] = [];
    const sort = () => chosen.sort((one, other) => direction * (one.usedAt - other.usedAt));
    let worst = Infinity;
    for (let at = 1; at <= this.#cells[1]!; at += 1) {
      const usedAt = this.#usedAt[at]!;
      if (this.#octets[at] === 0 || direction * usedAt >= worst) continue;
      chosen.push({ at, usedAt });
      if (chosen.length < 2 * count + 1) continue;
      sort().length = count;
      worst = count === 0 ? -Infinity : direction * chosen[count - 1]!.usedAt;
    }
    return sort().slice(0, count);
  }

  #takePlace(): number {
    const free = this.#cells[2]!;
    if (free !== 0) {
      this.#cells[2] = this.#next[free]!;
      return free;
    }
    if (this.#cells[1]! >= this.capacity) return 0;
    this.#cells[1]! += 1;
    return this.#cells[1]!;
  }

  #tick(): number {
    this.#numbers[1]! += 1;
    return this.#numbers[1]!;
  }

  #slot(at: number): Slot {
    return {
      at,
      hash: { high: this.#hashHigh[at]!, low: this.#hashLow[at]! },
      id: { high: this.#idHigh[at]!, low: this.#idLow[at]! },
      octets: this.#octets[at]!,
    };
  }
}

/** What a file of so many octets takes on the disk. */
function onDisk(octets: number): number {
  return Math.ceil(octets / DISK_BLOCK_OCTETS) * DISK_BLOCK_OCTETS;
}

function chainsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
}
