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
const TRIES_MAX = 20;
/** Distance from the wall clock at which it was set by hand, in milliseconds, and is read anew. */
const STEP_MS = 5;

/** What is to be added to `monotonic()`: read at the moment at which `wall()` passes to its next millisecond. */
export function calibrate(clocks: Clocks): number {
  let best = nextTick(clocks);
  for (let tries = 1; tries < TRIES_MAX && best.width > UNDISTURBED_MS; tries += 1) {
    const tick = nextTick(clocks);
    if (tick.width < best.width) best = tick;
  }
  return best.wall - best.monotonic;
}

/** The next moment at which `wall()` changes, by both clocks; the monotonic one is known to `width` milliseconds. */
function nextTick(clocks: Clocks): { wall: number; monotonic: number; width: number } {
  let before = clocks.monotonic();
  const begun = clocks.wall();
  for (;;) {
    const between = clocks.monotonic();
    const wall = clocks.wall();
    const after = clocks.monotonic();
    // It changed after the reading before this one, which was made after `before`.
    if (wall !== begun) return { wall, monotonic: (before + after) / 2, width: after - before };
    before = between;
  }
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
