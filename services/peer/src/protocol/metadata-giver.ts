/**
 * Gives the metadata to those who ask for it (BEP 9). "The responder may implement flood protection by rejecting request
 * messages after a certain number of them have been served": a request costs its sender 50 octets and us 16 KiB.
 */
import { METADATA_PART_OCTETS, metadataParts, type UtMetadataMessage } from '#shared/bittorrent/ut-metadata.ts';
import type { NeighbourId } from './neighbour.ts';

/** How often a neighbour may have the whole metadata. */
const TIMES_MAX = 3;
/** Parts for a neighbour within a second: 512 KiB, the half of what may wait in its socket. */
const PARTS_PER_S_MAX = 32;
const MS_PER_S = 1000;

export type Answer = Extract<UtMetadataMessage, { kind: 'data' | 'reject' }>;

export class MetadataGiver {
  readonly #metadata: Uint8Array;
  readonly #given = new Map<NeighbourId, { parts: number; second: number; thisSecond: number }>();

  constructor(metadata: Uint8Array) {
    this.#metadata = metadata;
  }

  get size(): number {
    return this.#metadata.length;
  }

  /** The answer to a request for `piece`, and why. */
  answer(neighbour: NeighbourId, piece: number, now: number): { answer: Answer; because: string } {
    const parts = metadataParts(this.size);
    if (piece >= parts) return reject(piece, `the metadata has ${parts} parts`);
    const given = this.#of(neighbour, Math.floor(now / MS_PER_S));
    if (given.parts >= parts * TIMES_MAX) return reject(piece, `it has had the metadata ${TIMES_MAX} times`);
    if (given.thisSecond >= PARTS_PER_S_MAX)
      return reject(piece, `it asks for more than ${PARTS_PER_S_MAX} parts in a second`);
    given.parts += 1;
    given.thisSecond += 1;
    const octets = this.#metadata.subarray(piece * METADATA_PART_OCTETS, (piece + 1) * METADATA_PART_OCTETS);
    return { answer: { kind: 'data', piece, totalSize: this.size, octets }, because: 'it asks for the metadata' };
  }

  left(neighbour: NeighbourId): void {
    this.#given.delete(neighbour);
  }

  #of(neighbour: NeighbourId, second: number) {
    const given = this.#given.get(neighbour) ?? { parts: 0, second, thisSecond: 0 };
    if (given.second !== second) {
      given.second = second;
      given.thisSecond = 0;
    }
    this.#given.set(neighbour, given);
    return given;
  }
}

function reject(piece: number, because: string): { answer: Answer; because: string } {
  return { answer: { kind: 'reject', piece }, because };
}
