/**
 * The pace of a limited rate: tells after each amount how long to wait, so that within any time from the beginning no more is
 * taken than the rate allows. Time that a machine lost elsewhere is caught up, but no more than a moment of it.
 */

/** What may be caught up, in milliseconds. */
const CATCH_UP_MS_MAX = 1_000;
const MS_PER_S = 1_000;

export class Pace {
  readonly #bytesPerS: number;
  /** When what was taken so far may have been taken. */
  #paidUntil: number;

  /** `bytesPerS` may be Infinity. */
  constructor(bytesPerS: number, now: number) {
    this.#bytesPerS = bytesPerS;
    this.#paidUntil = now;
  }

  /** Takes `octets`; returns the milliseconds after which more may be taken. */
  take(octets: number, now: number): number {
    this.#paidUntil = Math.max(this.#paidUntil, now - CATCH_UP_MS_MAX) + (octets * MS_PER_S) / this.#bytesPerS;
    return Math.max(0, this.#paidUntil - now);
  }
}
