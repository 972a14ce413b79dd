/**
 * Reports come from many hosts, each of which hands over a batch now and then, so that an answer may arrive before its
 * question. They are held for a moment and let go in the order in which things happened. What comes later than that
 * moment is not held up: it follows when it comes.
 */

/** Reports held at most; above it they go at once. */
const HELD_MAX = 5_000;

interface Timed {
  /** When it happened. */
  readonly at: number;
}

interface Held<R> {
  readonly report: R;
  /** When it arrived, by a clock of the observatory's own. */
  readonly arrivedAt: number;
}

export class ArrivalOrder<R extends Timed> {
  readonly #holdMs: number;
  #held: Held<R>[] = [];

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  take(report: R, now: number): void {
    this.#held.push({ report, arrivedAt: now });
  }

  /** The reports that have been held long enough, and those that happened before them, in the order of their times. */
  release(now: number): R[] {
    const goesAll = this.#held.length > HELD_MAX;
    const due = (held: Held<R>) => goesAll || held.arrivedAt <= now - this.#holdMs;
    const last = this.#held.reduce(
      (at, held) => (due(held) ? Math.max(at, held.report.at) : at),
      Number.NEGATIVE_INFINITY,
    );
    const going = this.#held.filter(({ report }) => report.at <= last);
    this.#held = this.#held.filter(({ report }) => report.at > last);
    return going.map(({ report }) => report).sort((one, other) => one.at - other.at);
  }
}
