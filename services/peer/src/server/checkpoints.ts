/** How long after a piece the record of what was verified is saved, in milliseconds: many pieces share one. */
const PAUSE_MS = 2_000;
/**
 * How long the end of a session waits for its files to be settled: so many looks, and milliseconds between two. What the disk takes
 * to save does not count: a slow one would have no record.
 */
const LOOKS_MAX = 20;
const LOOK_MS = 10;

export interface CheckpointOptions {
  /** Whether the record does not say all that it could. */
  isDue(): boolean;
  save(): Promise<void>;
  failed(error: Error): void;
}

/** Saves the record of what was verified, now and then and at the end. Without it the files are read at the next start. */
export class Checkpoints {
  readonly #options: CheckpointOptions;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /** Something was verified. */
  soon(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#save();
    }, PAUSE_MS);
  }

  /** Saves for the last time, once nothing is written any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#saving;
    // A file that was written a moment ago is not settled: the record would say nothing of it.
    for (let looks = 0; this.#options.isDue() && looks < LOOKS_MAX; looks++) {
      await this.#saveOnce();
      if (this.#options.isDue()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  #save(): void {
    this.#saving = this.#saving.then(async () => {
      await this.#saveOnce();
      if (this.#options.isDue()) this.soon();
    });
  }

  async #saveOnce(): Promise<void> {
    try {
      await this.#options.save();
    } catch (error) {
      this.#options.failed(error as Error);
    }
  }
}
