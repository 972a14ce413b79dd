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
  /** The least recently used first. */
  readonly #chunks = new Map<number, Uint8Array>();
  /** What is on its way from the disk: all who need it wait for the same, and nothing that comes meanwhile drives it out. */
  readonly #reads = new Map<number, Promise<Uint8Array>>();

  /** `memory` gets back the memory of a chunk that is kept no longer. */
  constructor(memory: OctetPool) {
    this.#memory = memory;
  }

  /** The chunk `nth` of piece `index`, if it is here: no need to wait for it. */
  peek(index: number, nth: number): Uint8Array | null {
    const key = keyOf(index, nth);
    const chunk = this.#chunks.get(key);
    if (chunk === undefined) return null;
    this.#chunks.delete(key);
    this.#chunks.set(key, chunk);
    return chunk;
  }

  /**
   * Gives `use` the chunk `nth` of piece `index`, which `read` fetches when it is not here. Its memory may hold another chunk as soon as
   * `use` has returned.
   */
  async use(
    index: number,
    nth: number,
    read: () => Promise<Uint8Array>,
    use: (chunk: Uint8Array) => void,
  ): Promise<void> {
    const key = keyOf(index, nth);
    const chunk = this.peek(index, nth) ?? (await (this.#reads.get(key) ?? this.#read(key, read)));
    use(chunk);
  }

  /** The piece was written: it will be asked for soon. */
  written(index: number, octets: Uint8Array): void {
    // Of a large piece it would be kept in memory as a whole, for the sake of its last chunk.
    if (octets.length <= CHUNK_OCTETS) this.#keep(keyOf(index, 0), octets);
    else this.#memory.giveBack(octets);
  }

  /** Forgets everything: what is on the disk may have changed. */
  clear(): void {
    this.#chunks.clear();
    this.#reads.clear();
  }

  #read(key: number, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const reading = read();
    this.#reads.set(key, reading);
    // Before those who wait for it: each of them has copied what it needs before anything else can drive the chunk out.
    const isAwaited = () => this.#reads.get(key) === reading && this.#reads.delete(key);
    reading.then((chunk) => isAwaited() && this.#keep(key, chunk), isAwaited);
    return reading;
  }

  #keep(key: number, chunk: Uint8Array): void {
    this.#chunks.delete(key);
    this.#chunks.set(key, chunk);
    if (this.#chunks.size <= CHUNKS_MAX) return;
    const [[oldest, leaving] = [key, chunk]] = this.#chunks;
    this.#chunks.delete(oldest);
    this.#memory.giveBack(leaving);
  }
}

function keyOf(index: number, nth: number): number {
  return index * CHUNKS_PER_PIECE_MAX + nth;
}
