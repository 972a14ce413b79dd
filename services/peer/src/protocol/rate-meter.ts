/** Counts octets, and tells how many came per second of late: over the 20 seconds that BEP 3's choker looks back on. */

/** Seconds over which a rate is taken: "a rolling 20-second average", as in the first implementation. */
const WINDOW_S = 20;
const MS_PER_S = 1000;
/** A younger measurement is taken as this old, in milliseconds: the first block says little about a rate. */
const AGE_MS_MIN = 100;

export class RateMeter {
  /** Octets of each of the last seconds, by the second's number modulo the window. */
  readonly #octets = new Float64Array(WINDOW_S);
  /** Of all of them together. */
  #inWindow = 0;
  #second = 0;
  #firstAt: number | null = null;
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(octets: number, now: number): void {
    this.#forget(now);
    this.#firstAt ??= now;
    this.#total += octets;
    const slot = this.#second % WINDOW_S;
    this.#octets[slot] = (this.#octets[slot] ?? 0) + octets;
    this.#inWindow += octets;
  }

  /** Octets per second. */
  rate(now: number): number {
    if (this.#firstAt === null) return 0;
    this.#forget(now);
    const ageMs = Math.min(Math.max(now - this.#firstAt, AGE_MS_MIN), WINDOW_S * MS_PER_S);
    return (this.#inWindow * MS_PER_S) / ageMs;
  }

  /** Clears the seconds that have passed since the last look. */
  #forget(now: number): void {
    const second = Math.floor(now / MS_PER_S);
    if (second <= this.#second) return;
    const passed = Math.min(second - this.#second, WINDOW_S);
    for (let nth = 1; nth <= passed; nth++) {
      const slot = (second - passed + nth) % WINDOW_S;
      this.#inWindow -= this.#octets[slot] ?? 0;
      this.#octets[slot] = 0;
    }
    this.#second = second;
  }
}
