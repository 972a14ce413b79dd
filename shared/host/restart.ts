/** What ends by itself is started again, but not more often than this, in milliseconds. */
const RESTART_PAUSE_MS = 1_000;

/** Keeps a worker thread running: another one is started in the place of one that ended by itself. */
export class Restart {
  readonly #open: () => Promise<void>;
  readonly #tell: (failure: Error) => void;
  #startedAt = 0;
  #pause: NodeJS.Timeout | undefined;
  #isStopped = false;

  /**
   * @param open starts one; rejects where it cannot be
   * @param tell told why one ended, or could not be started again, before the next one is
   */
  constructor(open: () => Promise<void>, tell: (failure: Error) => void) {
    this.#open = open;
    this.#tell = tell;
  }

  /** Starts it. Rejects where it cannot be: then nothing is tried again. */
  async start(): Promise<void> {
    this.#startedAt = performance.now();
    await this.#open();
  }

  /** It has ended although it was running. */
  ended(failure: Error): void {
    if (this.#isStopped) return;
    this.#tell(failure);
    const pauseMs = Math.max(0, this.#startedAt + RESTART_PAUSE_MS - performance.now());
    this.#pause = setTimeout(() => {
      this.start().catch((error: Error) => this.ended(error));
    }, pauseMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#pause);
  }
}
