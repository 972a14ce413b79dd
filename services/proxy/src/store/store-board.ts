/**
 * Memory that the threads of one proxy share: the index of the disk store (disk-index.ts), and two counters for each group of
 * keys, by which every thread sees at its next look that another one has stored, freshened or removed something.
 *
 *     i32 lock   then for each group of keys: i32 removals   i32 changes   then a flag for each folder that was read
 */

/** Groups of keys: two keys of one group cost each other a look at the disk, and are never mixed up. */
const GROUPS = 65_536;
/** Folders that the files are spread over: one for each value of the first octet of a key's hash. */
export const FOLDERS = 256;

const LOCK = 0;
const REMOVALS = 2;
const CHANGES = REMOVALS + GROUPS;
const FOLDERS_READ = CHANGES + GROUPS;
const CELLS = FOLDERS_READ + FOLDERS;

/** How long a thread waits for the lock before it looks again, in milliseconds: a thread that ended took it with it. */
const LOCK_WAIT_MS = 1_000;

export class StoreBoard {
  readonly memory: SharedArrayBuffer;
  /** Whether other threads store, too. Alone, nobody has to be told of changes. */
  readonly isShared: boolean;
  readonly #cells: Int32Array<SharedArrayBuffer>;

  /** @param indexOctets memory of the index behind the board; or the memory of a board that another thread has made */
  constructor(given: number | SharedArrayBuffer, isShared: boolean) {
    this.memory = typeof given === 'number' ? new SharedArrayBuffer(4 * CELLS + given) : given;
    this.#cells = new Int32Array(this.memory, 0, CELLS);
    this.isShared = isShared;
  }

  /** Where the memory of the index begins. */
  get indexOffset(): number {
    return 4 * CELLS;
  }

  /** Does `work` while no other thread does such work. It must not wait for anything, nor ask for the lock again. */
  locked<Result>(work: () => Result): Result {
    const deadline = performance.now() + LOCK_WAIT_MS;
    while (Atomics.compareExchange(this.#cells, LOCK, 0, 1) !== 0) {
      if (performance.now() > deadline) break;
      Atomics.wait(this.#cells, LOCK, 1, LOCK_WAIT_MS);
    }
    try {
      return work();
    } finally {
      Atomics.store(this.#cells, LOCK, 0);
      if (this.isShared) Atomics.notify(this.#cells, LOCK, 1);
    }
  }

  /** How often something of this group was declared out of date. */
  removals(group: number): number {
    return Atomics.load(this.#cells, REMOVALS + group);
  }

  /** What is kept in memory of this group's keys holds as long as this number stays. */
  changes(group: number): number {
    return Atomics.load(this.#cells, CHANGES + group);
  }

  /** Declares something out of date, in every thread. */
  remove(group: number): void {
    Atomics.add(this.#cells, REMOVALS + group, 1);
    Atomics.add(this.#cells, CHANGES + group, 1);
  }

  removeAll(): void {
    for (let group = 0; group < GROUPS; group += 1) this.remove(group);
  }

  /** Lets the other threads look again. Returns the number as it was and is now. */
  change(group: number): { before: number; after: number } {
    const before = this.isShared ? Atomics.add(this.#cells, CHANGES + group, 1) : this.changes(group);
    return { before, after: this.changes(group) };
  }

  isFolderRead(folder: number): boolean {
    return Atomics.load(this.#cells, FOLDERS_READ + folder) === 1;
  }

  folderIsRead(folder: number): void {
    Atomics.store(this.#cells, FOLDERS_READ + folder, 1);
  }
}

/** The group of a key whose hash begins with `high`. */
export function groupOf(high: number): number {
  return high >>> 16;
}
