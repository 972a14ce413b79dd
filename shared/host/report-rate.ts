/**
 * How many reports a host may tell. Each costs some thirty microseconds to describe and to hand over, and the observatory
 * holds 5,000 of the whole lab: what a load test causes beyond that nobody could read, and it would be the reports that are
 * measured. The whole of any burst that a person, a page or a swarm causes is told.
 */

/** Reports of one host that may come at once: as many as the observatory holds. */
export const REPORTS_AT_ONCE_MAX = 5_000;
/** Reports of one host a second, in the long run: fifty times what a person reads, and a hundredth of the host's processor. */
export const REPORTS_PER_S_MAX = 200;
/** Reports that room comes back for at once, so that what is shown of a flood is whole exchanges in their order. */
const REFILL_MIN = 50;

/** A bucket of so many reports that fills again with time. Times are in milliseconds of any monotonic clock. */
export class ReportRate {
  readonly #now: () => number;
  #left = REPORTS_AT_ONCE_MAX;
  #filledAt: number;
  #leftOut = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#filledAt = now();
  }

  /** Reports that were left out since the start. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Whether there is room for a report at this moment. */
  get hasRoom(): boolean {
    if (this.#left < 1) this.#fill();
    return this.#left >= 1;
  }

  /** Takes the room of one report, or counts it as left out. */
  take(): boolean {
    if (!this.hasRoom) {
      this.#leftOut += 1;
      return false;
    }
    this.#left -= 1;
    return true;
  }

  /** Counts reports that were not even offered. */
  leaveOut(count: number): void {
    this.#leftOut += count;
  }

  #fill(): void {
    const now = this.#now();
    const room = ((now - this.#filledAt) * REPORTS_PER_S_MAX) / 1000;
    if (room < REFILL_MIN) return;
    this.#left = Math.min(REPORTS_AT_ONCE_MAX, room);
    this.#filledAt = now;
  }
}
