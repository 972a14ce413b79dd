/**
 * Memory that the main thread shares with the worker threads that repeat its answers. What decides whether an answer is
 * still true is read here for each query: so a change that is acknowledged is seen by the next query, whoever takes it.
 *
 *     i64 how far lab time is ahead of the machine's, in ms
 *     i32 epoch   i32 whether answers may be repeated   then for each worker a lane:
 *     i32 queries that wait for the main thread   i32 datagrams dropped   i32 x TALLIES_MAX answers repeated, by what they are
 */

/** What answers are counted as: more than there are outcomes, or RCODEs that are repeated. */
export const TALLIES_MAX = 30;

const EPOCH = 2;
const MAY_REPEAT = 3;
/** Cells of the head, and of a lane: each begins in a cache line of its own. */
const HEAD_CELLS = 16;
const LANE_CELLS = 32;
const WAITING = 0;
const DROPPED = 1;
const TALLIES = 2;

export class WorkerBoard {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #aheadMs: BigInt64Array<SharedArrayBuffer>;

  /** @param given how many workers there are, or the memory of a board that exists */
  constructor(given: number | SharedArrayBuffer) {
    this.memory = typeof given === 'number' ? new SharedArrayBuffer(4 * (HEAD_CELLS + given * LANE_CELLS)) : given;
    this.#cells = new Int32Array(this.memory);
    this.#aheadMs = new BigInt64Array(this.memory, 0, 1);
  }

  /** Answers that were kept in another epoch are not repeated. */
  get epoch(): number {
    return Atomics.load(this.#cells, EPOCH);
  }

  nextEpoch(): void {
    Atomics.add(this.#cells, EPOCH, 1);
  }

  get mayRepeat(): boolean {
    return Atomics.load(this.#cells, MAY_REPEAT) === 1;
  }

  set mayRepeat(may: boolean) {
    Atomics.store(this.#cells, MAY_REPEAT, may ? 1 : 0);
  }

  /** How far lab time is ahead of the machine's, in milliseconds. */
  get aheadMs(): number {
    return Number(Atomics.load(this.#aheadMs, 0));
  }

  set aheadMs(ms: number) {
    Atomics.store(this.#aheadMs, 0, BigInt(Math.round(ms)));
  }

  lane(worker: number): WorkerLane {
    return new WorkerLane(
      this.#cells.subarray(HEAD_CELLS + worker * LANE_CELLS, HEAD_CELLS + (worker + 1) * LANE_CELLS),
    );
  }
}

/** The part of the board that one worker counts in. */
export class WorkerLane {
  readonly #cells: Int32Array<SharedArrayBuffer>;

  constructor(cells: Int32Array<SharedArrayBuffer>) {
    this.#cells = cells;
  }

  /** Queries that were handed to the main thread and not taken yet. */
  get waiting(): number {
    return Atomics.load(this.#cells, WAITING);
  }

  addWaiting(count: number): void {
    Atomics.add(this.#cells, WAITING, count);
  }

  clearWaiting(): void {
    Atomics.store(this.#cells, WAITING, 0);
  }

  addDropped(): void {
    Atomics.add(this.#cells, DROPPED, 1);
  }

  /** How many datagrams were dropped since this was last asked. */
  takeDropped(): number {
    return Atomics.exchange(this.#cells, DROPPED, 0);
  }

  addRepeated(tally: number): void {
    Atomics.add(this.#cells, TALLIES + tally, 1);
  }

  /** How many answers of a tally were repeated since this was last asked. */
  takeRepeated(tally: number): number {
    return Atomics.exchange(this.#cells, TALLIES + tally, 0);
  }
}
