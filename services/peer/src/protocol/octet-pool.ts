/**
 * Memory of pieces, to be used again. A peer that takes new memory for each piece leaves megabytes of garbage behind in a
 * second, and the machine is busier collecting it than with the pieces.
 */

/**
 * Octets that wait to be used again, at most: as much as the pieces that may be under way (piece-picker.ts). What is let go instead waits
 * for the garbage collector, which comes to memory of that age only now and then.
 */
const POOL_OCTETS_MAX = 12 * 1024 * 1024;
/** The same of a seed, which keeps a few chunks of pieces in memory (chunk-cache.ts). */
const SHRUNK_OCTETS_MAX = 2 * 1024 * 1024;

export class OctetPool {
  readonly #free: Uint8Array[] = [];
  /** What was made here: memory of others is not ours to use again. */
  readonly #made = new WeakSet<Uint8Array>();
  #octets = 0;

  /** Octets that wait to be used again. */
  get waitingOctets(): number {
    return this.#octets;
  }

  /** `length` octets with whatever they held before. */
  take(length: number): Uint8Array {
    // Pieces have one length, but for the last: the search ends at once.
    const at = this.#free.findLastIndex((octets) => octets.length === length);
    const [again] = at < 0 ? [] : this.#free.splice(at, 1);
    if (again !== undefined) {
      this.#octets -= length;
      return again;
    }
    const octets = new Uint8Array(length);
    this.#made.add(octets);
    return octets;
  }

  /** Little will be taken from now on: most of what waits is let go. */
  shrink(): void {
    while (this.#octets > SHRUNK_OCTETS_MAX) this.#octets -= this.#free.shift()?.length ?? this.#octets;
  }

  /** Nobody looks at `octets` any more. */
  giveBack(octets: Uint8Array): void {
    if (this.#octets + octets.length > POOL_OCTETS_MAX || !this.#made.has(octets)) return;
    this.#free.push(octets);
    this.#octets += octets.length;
  }
}
