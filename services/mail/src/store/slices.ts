import { setImmediate as turn } from 'node:timers/promises';

/** How long work on many messages may keep the thread from others, in milliseconds. */
const SLICE_MS = 15;

/** Lets others have the thread now and then: between two steps, `if (slices.isOver) await slices.rest()`. */
export class Slices {
  #endsAt = performance.now() + SLICE_MS;

  /** Whether it is time for others. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** To be awaited when `isOver`. */
  async rest(): Promise<void> {
    await turn();
    this.#endsAt = performance.now() + SLICE_MS;
  }
}

/** Runs steps that a generator is cut into, with pauses; what it returns. */
export async function inSlices<Result>(steps: Generator<unknown, Result>): Promise<Result> {
  const slices = new Slices();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (slices.isOver) await slices.rest();
  }
}
