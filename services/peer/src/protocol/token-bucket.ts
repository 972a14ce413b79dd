/**
 * A token bucket: lets `bytesPerS` octets pass per second, and what has not been used for a moment at once. A block may pass
 * while the bucket is not empty and then leaves it in debt, so that blocks larger than the bucket pass too and the rate holds.
 */

/** What may pass at once after a pause, as a part of a second. */
const BURST_S = 0.05;
/** The least burst, in octets: one block. */
const BURST_BYTES_MIN = 16 * 1024;
const MS_PER_S = 1000;

export class TokenBucket {
  readonly #bytesPerS: number;
  readonly #burst: number;
  #level: number;
  #filledAt: number;

  /** `bytesPerS` of 0 is no limit. */
  constructor(bytesPerS: number, now: number) {
    this.#bytesPerS = bytesPerS;
    this.#burst = Math.max(bytesPerS * BURST_S, BURST_BYTES_MIN);
    this.#level = this.#burst;
    this.#filledAt = now;
  }

  /** Milliseconds until a block may pass; 0 when it may now. */
  waitMs(now: number): number {
    if (this.#bytesPerS === 0) return 0;
    this.#fill(now);
    return this.#level > 0 ? 0 : Math.ceil(((1 - this.#level) * MS_PER_S) / this.#bytesPerS);
  }

  /** Takes what passes. */
  spend(octets: number, now: number): void {
    if (this.#bytesPerS === 0) return;
    this.#fill(now);
    this.#level -= octets;
  }

  #fill(now: number): void {
    const gained = (Math.max(0, now - this.#filledAt) * this.#bytesPerS) / MS_PER_S;
    this.#level = Math.min(this.#burst, this.#level + gained);
    this.#filledAt = now;
  }
}
