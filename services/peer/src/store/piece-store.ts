import { createHash, hash } from 'node:crypto';
import { isSameHash } from '#shared/bittorrent/info-hash.ts';
import { hashOfPiece, lengthOfPiece, type TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { OctetPool } from '../protocol/octet-pool.ts';
import { CHUNK_OCTETS, ChunkCache } from './chunk-cache.ts';
import { StampBook } from './stamp-book.ts';
import { type FilesOptions, TorrentFiles } from './torrent-files.ts';

/** Octets that are read at once for the hash of everything. */
const READ_OCTETS = 1024 * 1024;

export type StoreOptions = FilesOptions;

/** What is known of the pieces on the disk. */
export interface Verified {
  readonly have: PieceSet;
  /** Pieces whose hash was computed, and those that the record vouched for. */
  readonly read: number;
  readonly trusted: number;
}

/**
 * The pieces of a torrent on the disk. Only verified pieces are written, and what is found at the start counts only after its
 * hash was computed again, or when a record says that it was and the files have not changed since: what a crash leaves
 * half-written is fetched again and is never announced.
 */
export class PieceStore {
  /** Memory of pieces and chunks that is used again. */
  readonly memory = new OctetPool();
  readonly #info: TorrentInfo;
  readonly #files: TorrentFiles;
  readonly #stamps: StampBook;
  readonly #cache = new ChunkCache(this.memory);

  private constructor(options: StoreOptions) {
    this.#info = options.metainfo.info;
    this.#files = new TorrentFiles(options);
    this.#stamps = new StampBook(options.recordPath, options.metainfo);
  }

  /** Finds the files of a torrent; those that are wanted and missing are made, in full length but sparse. */
  static async open(options: StoreOptions): Promise<PieceStore> {
    const store = new PieceStore(options);
    try {
      await store.#files.open((place, facts) => store.#stamps.found(place, facts));
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /** Removes the files of a torrent, its record, and the folders that are empty then. Nobody may use it meanwhile. */
  static async remove(options: StoreOptions): Promise<void> {
    await new TorrentFiles(options).remove();
    await PieceStore.forgetRecord(options);
  }

  /** Removes the record: the next start computes every hash. */
  static async forgetRecord({ recordPath, metainfo }: StoreOptions): Promise<void> {
    await new StampBook(recordPath, metainfo).remove();
  }

  get wanted(): readonly boolean[] {
    return this.#files.wanted;
  }

  /** Which pieces reach into a file that is wanted. */
  get wantedPieces(): PieceSet {
    return this.#files.wantedPieces;
  }

  /** Finds out which pieces are there. `progress` hears how many were looked at. */
  async verify(given: { signal: AbortSignal; progress?: (pieces: number) => void }): Promise<Verified> {
    const have = new PieceSet(this.#info.pieceCount);
    const record = await this.#stamps.load((place, work) => this.#files.use(place, work));
    const buffer = new Uint8Array(this.#info.pieceLength);
    let read = 0;
    let trusted = 0;
    for (let index = 0; index < this.#info.pieceCount; index++) {
      if (given.signal.aborted) break;
      const places = this.#files.placesOf(index);
      if (places.length > 0 && places.every((place) => record.unchanged.has(place))) {
        if (record.pieces.has(index)) have.add(index);
        trusted += 1;
      } else if (!places.some((place) => this.#stamps.wasMissing(place))) {
        const octets = buffer.subarray(0, lengthOfPiece(this.#info, index));
        await this.#files.read(octets, index, 0);
        if (this.isRight(index, octets)) have.add(index);
        read += 1;
      }
      given.progress?.(index + 1);
    }
    return { have, read, trusted };
  }

  /** Whether `octets` have the hash that piece `index` must have. */
  isRight(index: number, octets: Uint8Array): boolean {
    return isSameHash(hash('sha1', octets, 'buffer'), hashOfPiece(this.#info, index));
  }

  /** Fills `into` from memory; false when that does not have all of it, and the disk must be waited for. */
  readNow(into: Uint8Array, index: number, begin: number): boolean {
    const nth = Math.floor(begin / CHUNK_OCTETS);
    const at = begin - nth * CHUNK_OCTETS;
    const part = this.#cache.peek(index, nth)?.subarray(at, at + into.length);
    if (part?.length !== into.length) return false;
    into.set(part);
    return true;
  }

  /** Fills `into` with what stands at `begin` of piece `index`. */
  async read(into: Uint8Array, index: number, begin: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const nth = Math.floor((begin + done) / CHUNK_OCTETS);
      const at = begin + done - nth * CHUNK_OCTETS;
      const copy = (chunk: Uint8Array) => {
        const part = chunk.subarray(at).subarray(0, into.length - done);
        if (part.length === 0) throw new RangeError(`Piece ${index} has no ${into.length} octets at ${begin}`);
        into.set(part, done);
        done += part.length;
      };
      await this.#cache.use(index, nth, () => this.#chunk(index, nth), copy);
    }
  }

  /** Writes a verified piece. The memory of `octets` is the store's from then on, which gives it to another piece in the end. */
  async write(index: number, octets: Uint8Array): Promise<void> {
    await this.#files.write(index, octets, (place) => this.#stamps.changed(place));
    this.#cache.written(index, octets);
  }

  /** Brings what was written to the disk, and notes that the pieces `have` are right. */
  async checkpoint(have: PieceSet): Promise<void> {
    await this.#stamps.save(have, (place, work) => this.#files.use(place, work));
  }

  /** Whether `checkpoint` has something to note. */
  get isChanged(): boolean {
    return this.#stamps.isChanged;
  }

  /** Chooses files anew. What `have` says to be there of files that are wanted now is moved into them. */
  async choose(wanted: readonly boolean[], have: PieceSet): Promise<void> {
    await this.#files.choose(wanted, have, (place) => this.#stamps.changed(place));
  }

  /** The SHA-256 of all files, one behind the other. */
  async sha256(): Promise<string> {
    const digest = createHash('sha256');
    for await (const octets of this.#files.octets(new Uint8Array(READ_OCTETS))) digest.update(octets);
    return digest.digest('hex');
  }

  async close(): Promise<void> {
    this.#cache.clear();
    await this.#files.close();
  }

  async #chunk(index: number, nth: number): Promise<Uint8Array> {
    const begin = nth * CHUNK_OCTETS;
    const length = Math.max(0, Math.min(CHUNK_OCTETS, lengthOfPiece(this.#info, index) - begin));
    const octets = this.memory.take(length);
    await this.#files.read(octets, index, begin);
    return octets;
  }
}
