import { setImmediate as turn } from 'node:timers/promises';

/** How long small writes go on before other work has its turn, in milliseconds. */
const TURN_MS = 2;
/** Octets that may wait: beyond them objects are kept in memory alone. */
const WAITING_OCTETS_MAX = 16 * 1024 * 1024;
/** Writes that may wait. */
const WAITING_MAX = 10_000;

interface Job {
  readonly octets: number;
  readonly run: () => Promise<void>;
}

/** What is to be written to the disk, behind the back of those who wait for answers. */
export class WriteQueue {
  readonly #onError: (error: Error) => void;
  readonly #waiting: Job[] = [];
  readonly #once = new Set<object>();
  #octets = 0;
  #isRunning = false;
  #drained = Promise.withResolvers<void>();
  /** What was not written because too much waited already. */
  leftOut = 0;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** Whether it will be done. */
  add(octets: number, run: () => Promise<void>): boolean {
    if (this.#octets + octets > WAITING_OCTETS_MAX || this.#waiting.length >= WAITING_MAX) {
      this.leftOut += 1;
      return false;
    }
    this.#octets += octets;
    this.#waiting.push({ octets, run });
    if (!this.#isRunning) void this.#run();
    return true;
  }

  /** Adds what is not to wait twice for the same `subject`. */
  addOnce(subject: object, run: () => Promise<void>): void {
    if (this.#once.has(subject)) return;
    this.#once.add(subject);
    const isWaiting = this.add(0, () => {
      this.#once.delete(subject);
      return run();
    });
    if (!isWaiting) this.#once.delete(subject);
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    while (this.#isRunning) await this.#drained.promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // Who waits for an answer comes first.
    await turn();
    let since = performance.now();
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      try {
        await job.run();
      } catch (error) {
        this.#onError(error as Error);
      }
      this.#octets -= job.octets;
      if (performance.now() - since < TURN_MS) continue;
      await turn();
      since = performance.now();
    }
    this.#isRunning = false;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
  }
}
