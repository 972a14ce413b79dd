/** How often something may be tried: sign-in with a wrong password. Counted in windows of lab time, for one name or address. */

interface Window {
  readonly begunAt: number;
  readonly tries: number;
}

/** Names and addresses that are counted at once; the one that has not tried for longest makes room. */
const KEYS_MAX = 2_000;

export class AttemptLimit {
  readonly #triesMax: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();

  constructor(triesMax: number, windowMs: number) {
    this.#triesMax = triesMax;
    this.#windowMs = windowMs;
  }

  /** How long `key` must wait for its next try, in milliseconds; 0 when it may try now. */
  waitMs(key: string, now: number): number {
    const window = this.#current(key, now);
    return window === null || window.tries < this.#triesMax ? 0 : window.begunAt + this.#windowMs - now;
  }

  /** Counts a try, before it is known how it ends: a hundred at once are a hundred. */
  count(key: string, now: number): void {
    const window = this.#current(key, now) ?? { begunAt: now, tries: 0 };
    this.#windows.delete(key);
    if (this.#windows.size >= KEYS_MAX) this.#windows.delete(this.#windows.keys().next().value!);
    this.#windows.set(key, { ...window, tries: window.tries + 1 });
  }

  /** The try was a good one: what was counted is forgotten. */
  clear(key: string): void {
    this.#windows.delete(key);
  }

  #current(key: string, now: number): Window | null {
    const window = this.#windows.get(key);
    return window === undefined || now >= window.begunAt + this.#windowMs ? null : window;
  }
}
