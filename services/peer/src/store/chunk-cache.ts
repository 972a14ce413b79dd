/**
 * Keeps what was just read or written of a torrent, in chunks: neighbours ask for a piece block by block, and often for the one
 * that has just come. Without it each block of 16 KiB would be a way of its own to the disk.
 */
import { PIECE_LENGTH_MAX } from '#shared/bittorrent/metainfo.ts';
import type { OctetPool } from '../protocol/octet-pool.ts';

/** Octets of a chunk: a piece of the course notes. Larger pieces have several. */
export const CHUNK_OCTETS = 256 * 1024;
const CHUNKS_PER_PIECE_MAX = PIECE_LENGTH_MAX / CHUNK_OCTETS;
/** Chunks that are kept of one torrent: 2 MiB. */
const CHUNKS_MAX = 8;

export class ChunkCache {
  readonly #memory: OctetPool;
  /** The least recently used first. A chunk that is being read is waited for by all who need it. */
  readonly #chunks = new Map<number, Uint8Array | Promise<Uint8Array>>();

  /** `memory` gets back the memory of a chunk that is kept no longer. */
  constructor(memory: OctetPool) {
    this.#memory = memory;
  }

  /** The chunk `nth` of piece `index`, if it is here: no need to wait for it. */
  peek(index: number, nth: number): Uint8Array | null {
    const key = keyOf(index, nth);
    const chunk = this.#chunks.get(key);
    if (!(chunk instanceof Uint8Array)) return null;
    this.#chunks.delete(key);
    this.#chunks.set(key, chunk);
    return chunk;
  }

  /** The chunk `nth` of piece `index`, which `read` fetches when it is not here. */
  async get(index: number, nth: number, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = keyOf(index, nth);
    const known = this.#chunks.get(key);
    if (known !== undefined) return known;
    const reading = read();
    this.#keep(key, reading);
    try {
      const chunk = await reading;
      if (this.#chunks.get(key) === reading) this.#chunks.set(key, chunk);
      return chunk;
    } catch (error) {
      if (this.#chunks.get(key) === reading) this.#chunks.delete(key);
      throw error;
    }
  }

  /** The piece was written: it will be asked for soon. */
  written(index: number, octets: Uint8Array): void {
    // Of a large piece it would be kept in memory as a whole, for the sake of its last chunk.
    if (octets.length <= CHUNK_OCTETS) this.#keep(keyOf(index, 0), octets);
    else setImmediate(() => this.#memory.giveBack(octets));
  }

  /** Forgets everything: what is on the disk may have changed. */
  clear(): void {
    this.#chunks.clear();
  }

  #keep(key: number, chunk: Uint8Array | Promise<Uint8Array>): void {
    this.#chunks.delete(key);
    this.#chunks.set(key, chunk);
    if (this.#chunks.size <= CHUNKS_MAX) return;
    const [oldest = key] = this.#chunks.keys();
    const leaving = this.#chunks.get(oldest);
    this.#chunks.delete(oldest);
    // Whoever has awaited it a moment ago may still have to copy from it.
    if (leaving instanceof Uint8Array) setImmediate(() => this.#memory.giveBack(leaving));
  }
}

function keyOf(index: number, nth: number): number {
  return index * CHUNKS_PER_PIECE_MAX + nth;
}
