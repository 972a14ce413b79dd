/**
 * How long a client waits for the answer to a wrong password: longer with each one, so that guessing is slow (RFC 4954,
 * section 9). Failures are counted by user name and client address, for names that exist and names that do not alike.
 */

/** How long a failure is remembered, in milliseconds of lab time. */
const MEMORY_MS = 15 * 60_000;
/** Longest delay, in milliseconds: a client gives up later than this. */
const DELAY_MS_MAX = 16_000;
/**
 * Failures after which no further password of that pair is looked at for as long as they are remembered. Tries in that time do
 * not lengthen it: a mail program whose password was put right looks for mail every few minutes, and must get in again.
 */
export const FAILURES_MAX = 20;
/** Pairs of user and address that are remembered; the oldest goes first. */
const REMEMBERED_MAX = 10_000;

export class LoginDelays {
  readonly #failures = new Map<string, { count: number; lastAt: number }>();
  readonly #firstDelayMs: number;

  /** @param firstDelayMs the delay after the first failure; each further one doubles it. */
  constructor(firstDelayMs: number) {
    this.#firstDelayMs = firstDelayMs;
  }

  /** Counts one more failure and says for how many milliseconds its answer is held back. */
  failed(key: string, now: number): number {
    const before = this.#count(key, now);
    if (before < FAILURES_MAX) this.#remember(key, { count: before + 1, lastAt: now });
    return Math.min(DELAY_MS_MAX, this.#firstDelayMs * 2 ** before);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** The temporary lock. */
  isLocked(key: string, now: number): boolean {
    return this.#count(key, now) >= FAILURES_MAX;
  }

  #remember(key: string, failure: { count: number; lastAt: number }): void {
    this.#failures.delete(key);
    if (this.#failures.size >= REMEMBERED_MAX) this.#failures.delete(this.#failures.keys().next().value ?? '');
    this.#failures.set(key, failure);
  }

  #count(key: string, now: number): number {
    const failure = this.#failures.get(key);
    return failure !== undefined && now - failure.lastAt < MEMORY_MS ? failure.count : 0;
  }
}
