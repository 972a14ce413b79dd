/** Parts of a wait. One in which this process was held up is waited for again. */
const PARTS = 4;
/** Parts after which it is over all the same: where the machine is always too slow, somebody must give up. */
const PARTS_MAX = 3 * PARTS;
/** How much later than told a timer may ring, as a share of the part, and in milliseconds: it is no more exact than that. */
const LATE_SHARE = 0.5;
const LATE_MS = 1;

/**
 * Calls `giveUp` once, after `waitMs` of silence.
 *
 * Not one timer: when a process gets no processor for seconds, or something of it takes that long, Node runs the timers that are
 * due before it reads its sockets, and what has come in time would be given up; in the embedded lab the other side was held up
 * as well. So time in which this process did not run is not taken for the silence of another, and sockets are read last of all.
 */
export class Patience {
  readonly #partMs: number;
  readonly #giveUp: () => void;
  #timer: NodeJS.Timeout | undefined;
  #last: NodeJS.Immediate | undefined;
  #left = PARTS;
  #leftAtMost = PARTS_MAX;
  #begun = 0;
  #hasEnded = false;

  constructor(waitMs: number, giveUp: () => void) {
    this.#partMs = waitMs / PARTS;
    this.#giveUp = giveUp;
    this.#wait();
  }

  /** Begins anew: the other is not silent. Also after `giveUp`, but not after `end`. */
  refresh(): void {
    if (this.#hasEnded) return;
    clearImmediate(this.#last);
    this.#left = PARTS;
    this.#leftAtMost = PARTS_MAX;
    this.#begun = performance.now();
    this.#timer?.refresh();
  }

  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#last);
  }

  #wait(): void {
    this.#begun = performance.now();
    this.#timer = setTimeout(() => this.#onPart(), this.#partMs);
  }

  #onPart(): void {
    const lateMs = performance.now() - this.#begun - this.#partMs;
    const wasHeldUp = lateMs > this.#partMs * LATE_SHARE + LATE_MS;
    if (!wasHeldUp) this.#left -= 1;
    this.#leftAtMost -= 1;
    if (this.#left > 0 && this.#leftAtMost > 0) this.#wait();
    else this.#last = setImmediate(this.#giveUp);
  }
}
