/** Names of queue entries: unique in the lab, rising with time, and short enough to be read aloud. */

/** Ids of one millisecond differ by a counter of so many digits to the base 36. */
const COUNTER_DIGITS = 3;

export class QueueIds {
  readonly #salt: string;
  #given = 0;

  /** @param salt makes the ids of two hosts, and of two starts of one, differ. */
  constructor(salt: Uint8Array) {
    this.#salt = [...salt].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  }

  /** @param now milliseconds since 1970 */
  next(now: number): string {
    this.#given = (this.#given + 1) % 36 ** COUNTER_DIGITS;
    return `${Math.floor(now).toString(36)}${this.#given.toString(36).padStart(COUNTER_DIGITS, '0')}${this.#salt}`;
  }
}
