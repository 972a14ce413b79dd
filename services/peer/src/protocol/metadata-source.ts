/**
 * One neighbour that gives us the metadata (BEP 9), all of it: when the hash of the whole is wrong, it is known who lied. The
 * metadata is small beside the file, so that asking a few neighbours at once for the same costs less than finding out afterwards
 * which of them gave a wrong part.
 */
import { METADATA_PART_OCTETS, metadataParts } from '#shared/bittorrent/ut-metadata.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** Requests without an answer, at most: enough for a link of some distance, few enough for any flood protection. */
const REQUESTS_MAX = 4;
/** How long a part may take, in milliseconds. */
const PART_MS_MAX = 10_000;
/** After how long a neighbour that has not given everything may have to make room for another, in milliseconds. */
const SLOW_MS = 10_000;

export class MetadataSource {
  readonly #octets: Uint8Array<ArrayBuffer>;
  readonly #missing: Set<number>;
  /** Parts that were asked for. */
  readonly #asked = new Set<number>();
  readonly #startedAt: number;
  #heardAt: number;

  /** `size` in octets, as the neighbour has told it. */
  constructor(size: number, now: number) {
    this.#octets = new Uint8Array(size);
    this.#missing = new Set(Array(metadataParts(size)).keys());
    this.#startedAt = now;
    this.#heardAt = now;
  }

  get parts(): number {
    return metadataParts(this.#octets.length);
  }

  get arrivedParts(): number {
    return this.parts - this.#missing.size;
  }

  /** All octets, or null while some are missing. */
  get whole(): Uint8Array<ArrayBuffer> | null {
    return this.#missing.size === 0 ? this.#octets : null;
  }

  /** The parts to ask for now. */
  ask(): number[] {
    const parts = [...this.#missing].filter((part) => !this.#asked.has(part)).slice(0, REQUESTS_MAX - this.#asked.size);
    for (const part of parts) this.#asked.add(part);
    return parts;
  }

  /** Takes in a part; one that was not asked for is passed over. @throws ProtocolViolation for another size than was told */
  take(part: number, totalSize: number, octets: Uint8Array, now: number): void {
    if (!this.#asked.delete(part)) return;
    const length = Math.min(METADATA_PART_OCTETS, this.#octets.length - part * METADATA_PART_OCTETS);
    if (totalSize !== this.#octets.length || octets.length !== length) {
      const what = `Part ${part} has ${octets.length} of ${totalSize} octets and not ${length} of ${this.#octets.length}`;
      throw new ProtocolViolation(what, 0, 'BEP 9');
    }
    this.#octets.set(octets, part * METADATA_PART_OCTETS);
    this.#missing.delete(part);
    this.#heardAt = now;
  }

  isLate(now: number): boolean {
    return now - this.#heardAt >= PART_MS_MAX;
  }

  isSlow(now: number): boolean {
    return now - this.#startedAt >= SLOW_MS;
  }
}
