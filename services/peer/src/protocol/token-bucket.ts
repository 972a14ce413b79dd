/**
 * A token bucket: lets `bytesPerS` octets pass per second. Something passes while the bucket is not in debt, and may leave it
 * in debt: so the rate holds whatever the size of a block, and what is larger than the bucket passes too.
 *
 * What is not used is not saved up, but for a moment (`BURST_S`). What was held back is: a timer that comes late, because the
 * processor was busy elsewhere, costs nothing of the rate (`LATE_S_MAX`).
 *
 * Several torrents may share a bucket. Each names itself (`who`), and those that wait pass in turns.
 */

/** What may pass at once after a pause, as a part of a second. */
const BURST_S = 0.05;
/** How late whoever was held back may come and still get all that is due, in seconds. */
const LATE_S_MAX = 1;
/** How long something that may pass waits for the one whose turn it is, in milliseconds. */
const PATIENCE_MS = 50;
/** Octets that may be a rounding error of the sums. */
const ROUNDING = 0.001;
const MS_PER_S = 1000;

export class TokenBucket {
  #bytesPerS: number;
  /** Octets that may pass now; a debt where it is negative. */
  #level = 0;
  #filledAt: number;
  /** Octets that might have passed when nothing wanted to. */
  #unused = 0;
  /** Those that were told to wait, in the order of their turns: nothing was left unused since. */
  readonly #waiting = new Set<unknown>();
  /** Since when the first of them may pass. */
  #freeSince: number | null = null;

  /** `bytesPerS` of 0 is no limit. */
  constructor(bytesPerS: number, now: number) {
    this.#bytesPerS = bytesPerS;
    this.#filledAt = now;
  }

  get bytesPerS(): number {
    return this.#bytesPerS;
  }

  /** Another rate from now on: what the old one has saved up or owes is forgotten. */
  setRate(bytesPerS: number, now: number): void {
    this.#bytesPerS = bytesPerS;
    this.#level = 0;
    this.#filledAt = now;
  }

  /** For one that wants something to pass: milliseconds until it may; 0 when it may now. */
  waitMs(now: number, who: unknown = this): number {
    if (this.#bytesPerS === 0) return 0;
    this.#fill(now);
    const debt = -this.#level - ROUNDING;
    if (debt > 0) {
      this.#waiting.add(who);
      return Math.ceil((debt * MS_PER_S) / this.#bytesPerS);
    }
    return this.#isTurnOf(who, now) ? 0 : 1;
  }

  /** Takes what passes. */
  spend(octets: number, now: number, who: unknown = this): void {
    if (this.#bytesPerS === 0) return;
    this.#fill(now);
    this.#level -= octets;
    // Whoever wants more waits behind the others.
    if (this.#waiting.delete(who)) this.#waiting.add(who);
    this.#freeSince = null;
  }

  /** Gives back what was taken and did not pass after all. */
  refund(octets: number): void {
    if (this.#bytesPerS !== 0) this.#level += octets;
  }

  /** It has nothing that could pass now; when nobody has, what is not used from here on is lost. */
  rest(now: number, who: unknown = this): void {
    this.#fill(now);
    this.#waiting.delete(who);
  }

  /** Octets that might have passed since the beginning, when nothing wanted to. */
  unusedBytes(now: number): number {
    this.#fill(now);
    return this.#unused;
  }

  #isTurnOf(who: unknown, now: number): boolean {
    this.#freeSince ??= now;
    const [first = who] = this.#waiting;
    if (first === who || now - this.#freeSince < PATIENCE_MS) {
      if (first !== who) this.#waiting.add(who);
      return first === who;
    }
    // It does not come: another one's turn.
    this.#waiting.delete(first);
    this.#freeSince = now;
    return this.#isTurnOf(who, now);
  }

  #fill(now: number): void {
    const most = this.#bytesPerS * (this.#waiting.size > 0 ? LATE_S_MAX : BURST_S);
    const gained = (Math.max(0, now - this.#filledAt) * this.#bytesPerS) / MS_PER_S;
    // What was refunded or came late is kept, also where it is more than a burst.
    const level = Math.max(this.#level, Math.min(most, this.#level + gained));
    this.#unused += this.#level + gained - level;
    this.#level = level;
    this.#filledAt = Math.max(now, this.#filledAt);
  }
}
