/**
 * The machine's time with a fraction of a millisecond, comparable between the processes of one machine: reports of several
 * hosts are put in order by it, and a question and its answer lie less than a millisecond apart.
 *
 * `Date.now()` has whole milliseconds, and `performance.timeOrigin` was read at two instants when the process started, with
 * other processes in between: on a busy machine it is several milliseconds off.
 */

/** Clocks that this one is made of, both in milliseconds: whole ones since 1970, and fractions since any moment. */
export interface Clocks {
  wall(): number;
  monotonic(): number;
}

/** Two readings this close together, in milliseconds, had no other process in between. */
const UNDISTURBED_MS = 0.05;
/** Times that the beginning of a millisecond is looked for, at most. */
const TRIES_MAX = 5;
/** Distance from the wall clock at which it was set by hand, in milliseconds, and is read anew. */
const STEP_MS = 5;

/** What is to be added to `monotonic()`: read at the moment at which `wall()` passes to its next millisecond. */
export function calibrate(clocks: Clocks): number {
  let best = { offset: 0, width: Number.POSITIVE_INFINITY };
  for (let tries = 0; tries < TRIES_MAX && best.width > UNDISTURBED_MS; tries += 1) {
    const begun = clocks.wall();
    let before = clocks.monotonic();
    let wall = clocks.wall();
    let after = clocks.monotonic();
    while (wall === begun) {
      before = after;
      wall = clocks.wall();
      after = clocks.monotonic();
    }
    if (after - before < best.width) best = { offset: wall - after, width: after - before };
  }
  return best.offset;
}

/** A function that tells the time in milliseconds since 1970, with a fraction. */
export function createWallClock(clocks: Clocks = { wall: Date.now, monotonic: () => performance.now() }): () => number {
  let offset: number | undefined;
  return () => {
    offset ??= calibrate(clocks);
    const now = clocks.monotonic() + offset;
    if (Math.abs(now - clocks.wall()) < STEP_MS) return now;
    offset = calibrate(clocks);
    return clocks.monotonic() + offset;
  };
}

/** The one of this process. */
export const wallClock = createWallClock();
