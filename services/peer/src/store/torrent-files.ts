import { read, write } from 'node:fs';
import { type FileHandle, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { lengthOfPiece, type Metainfo, type TorrentFile, type TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { fileSpans } from '../protocol/file-spans.ts';
import { FilePool } from './file-pool.ts';
import type { FileFacts, Place } from './stamp-book.ts';

export interface FilesOptions {
  /** Where the files of the torrent are. */
  readonly folder: string;
  /** Where the record of what was verified is kept, and the octets of files that are not wanted; null for neither. */
  readonly recordPath: string | null;
  readonly metainfo: Metainfo;
  /** Which of the files are wanted; all when absent. */
  readonly wanted?: readonly boolean[];
  /** In the mode `read` nothing is made, cut or written: for files that belong to somebody else. */
  readonly mode?: 'read' | 'write';
}

/** Octets that lie together in one place on the disk, or are padding. */
interface Part {
  readonly place: Place | null;
  /** Where in the file. */
  readonly position: number;
  /** Where in the octets that were asked for. */
  readonly at: number;
  readonly length: number;
}

/**
 * Where the octets of a torrent are on the disk: in its files, one behind the other. A piece may reach into a file that nobody
 * wants. Its octets there go to the part file, which is as long as the torrent, but sparse, and are moved when the file is
 * wanted after all.
 */
export class TorrentFiles {
  readonly #info: TorrentInfo;
  readonly #mode: 'read' | 'write';
  readonly #pool: FilePool;
  readonly #partPool: FilePool | null;
  readonly #partPath: readonly string[];
  readonly #wanted: boolean[];
  /** Whether a file is there under its own name; the octets of the others are in the part file. */
  readonly #isKept: boolean[];

  constructor({ folder, recordPath, metainfo, wanted, mode = 'write' }: FilesOptions) {
    this.#info = metainfo.info;
    this.#mode = mode;
    this.#pool = new FilePool(folder, mode);
    this.#partPool = recordPath === null ? null : new FilePool(dirname(recordPath), mode);
    this.#partPath = [`${formatHash(metainfo.infoHash)}.parts`];
    this.#wanted = metainfo.info.files.map((_, nth) => wanted?.[nth] ?? true);
    this.#isKept = [...this.#wanted];
  }

  /** Makes the files that are wanted and missing. `found` hears what was there before anything was done. */
  async open(found: (place: Place, facts: FileFacts | null) => void): Promise<void> {
    for (const [nth, file] of this.#info.files.entries()) {
      if (file.isPadding) continue;
      const there = await factsOf(this.#pool.placeOf(file.path));
      // What is not wanted but there already is used where it is.
      this.#isKept[nth] ||= there !== null;
      if (this.#isKept[nth] !== true) continue;
      found(nth, there);
      if (this.#mode === 'write') await this.#make(file);
      else await this.#pool.use(file.path, async (handle) => this.#refuseOtherLength(file, await handle.stat()));
    }
    if (this.#partPool === null || this.#info.files.every((_, nth) => this.#isKept[nth])) return;
    found('parts', await factsOf(this.#partPool.placeOf(this.#partPath)));
    if (this.#mode === 'write') await this.use('parts', (handle) => fitLength(handle, this.#info.length));
  }

  get wanted(): readonly boolean[] {
    return this.#wanted;
  }

  /** Which pieces reach into a file that is wanted. */
  get wantedPieces(): PieceSet {
    const pieces = new PieceSet(this.#info.pieceCount);
    for (const { nth, file, start } of this.#placed()) {
      if (this.#wanted[nth] === true) for (const index of this.#piecesOf(start, file.length)) pieces.add(index);
    }
    return pieces;
  }

  /** Calls `work` with the open file. */
  use<Result>(place: Place, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    if (place !== 'parts') return this.#pool.use(this.#info.files[place]?.path ?? [], work);
    if (this.#partPool === null) throw new Error('The octets of files that are not wanted are not kept here');
    return this.#partPool.use(this.#partPath, work);
  }

  /** The files in which a piece lies. */
  placesOf(index: number): Place[] {
    return this.#parts(index, 0, lengthOfPiece(this.#info, index)).flatMap(({ place }) =>
      place === null ? [] : [place],
    );
  }

  /** Fills `into` with what stands at `begin` of piece `index`. */
  async read(into: Uint8Array, index: number, begin: number): Promise<void> {
    for (const { place, position, at, length } of this.#parts(index, begin, into.length)) {
      const part = into.subarray(at, at + length);
      if (place === null) part.fill(0);
      else await this.use(place, (handle) => readFully(handle, part, position, this.#nameOf(place)));
    }
  }

  /** Writes a piece; `changed` is called before and after each file is written. */
  async write(index: number, octets: Uint8Array, changed: (place: Place) => void): Promise<void> {
    for (const { place, position, at, length } of this.#parts(index, 0, octets.length)) {
      if (place === null) continue;
      changed(place);
      await this.use(place, (handle) => writeFully(handle, octets.subarray(at, at + length), position));
      changed(place);
    }
  }

  /** Chooses files anew. Octets of `have` that wait in the part file are moved into files that are wanted now. */
  async choose(wanted: readonly boolean[], have: PieceSet, changed: (place: Place) => void): Promise<void> {
    for (const { nth, file, start } of this.#placed()) {
      this.#wanted[nth] = wanted[nth] ?? true;
      if (this.#wanted[nth] !== true || this.#isKept[nth] === true) continue;
      await this.#make(file);
      changed(nth);
      for (const index of this.#piecesOf(start, file.length)) {
        if (have.has(index)) await this.#moveOut({ nth, file, start }, index);
      }
      changed(nth);
      this.#isKept[nth] = true;
    }
  }

  /** All octets, file by file, in `buffer`. @throws Error when one of the files is not kept */
  async *octets(buffer: Uint8Array): AsyncGenerator<Uint8Array> {
    for (const [nth, { length, isPadding, path }] of this.#info.files.entries()) {
      if (!isPadding && this.#isKept[nth] !== true) throw new Error(`The file ${path.join('/')} is not wanted`);
      for (let at = 0; at < length; at += buffer.length) {
        const part = buffer.subarray(0, Math.min(buffer.length, length - at));
        if (isPadding) part.fill(0);
        else await this.use(nth, (handle) => readFully(handle, part, at, this.#nameOf(nth)));
        yield part;
      }
    }
  }

  /** Removes the files, and the folders that are empty then. */
  async remove(): Promise<void> {
    const folders = new Set<string>();
    for (const { file } of this.#placed()) {
      await this.#pool.remove(file.path);
      for (let parts = file.path.length - 1; parts > 0; parts--)
        folders.add(this.#pool.placeOf(file.path.slice(0, parts)));
    }
    // The innermost first; what is not empty holds something that is not ours.
    for (const folder of [...folders].sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => {});
    if (this.#partPool !== null) await rm(this.#partPool.placeOf(this.#partPath), { force: true });
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#partPool?.close()]);
  }

  /** The files that are no padding, with the place of their first octet in the torrent. */
  *#placed(): Generator<{ nth: number; file: TorrentFile; start: number }> {
    let start = 0;
    for (const [nth, file] of this.#info.files.entries()) {
      if (!file.isPadding) yield { nth, file, start };
      start += file.length;
    }
  }

  *#piecesOf(start: number, length: number): Generator<number> {
    const { pieceLength } = this.#info;
    for (let index = Math.floor(start / pieceLength); length > 0 && index * pieceLength < start + length; index++)
      yield index;
  }

  #parts(index: number, begin: number, length: number): Part[] {
    const offset = index * this.#info.pieceLength + begin;
    return fileSpans(this.#info.files, offset, length).map(({ file, position, at, length: octets }) => {
      if (this.#info.files[file]?.isPadding) return { place: null, position, at, length: octets };
      const isKept = this.#isKept[file] === true;
      return { place: isKept ? file : 'parts', position: isKept ? position : offset + at, at, length: octets };
    });
  }

  /** Moves what the part file holds of piece `index` into the file itself. */
  async #moveOut(
    { nth, file, start }: { nth: number; file: TorrentFile; start: number },
    index: number,
  ): Promise<void> {
    const from = Math.max(start, index * this.#info.pieceLength);
    const to = Math.min(start + file.length, index * this.#info.pieceLength + lengthOfPiece(this.#info, index));
    const octets = new Uint8Array(to - from);
    await this.read(octets, index, from - index * this.#info.pieceLength);
    await this.use(nth, (handle) => writeFully(handle, octets, from - start));
  }

  #make({ path, length }: TorrentFile): Promise<void> {
    return this.#pool.use(path, (handle) => fitLength(handle, length));
  }

  #refuseOtherLength({ path, length }: TorrentFile, { size }: { size: number }): void {
    if (size === length) return;
    throw new Error(`${this.#pool.placeOf(path)} has ${size} octets, and the torrent says ${length}`);
  }

  #nameOf(place: Place): string {
    return place === 'parts' ? (this.#partPath[0] ?? '') : (this.#info.files[place]?.path.join('/') ?? '');
  }
}

function factsOf(path: string): Promise<FileFacts | null> {
  return stat(path, { bigint: true }).catch(() => null);
}

// By the descriptor: the promises of a FileHandle cost as much as the reading itself.

function readFully({ fd }: FileHandle, into: Uint8Array, position: number, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const readFrom = (done: number): void => {
      if (done === into.length) resolve();
      else
        read(fd, into, done, into.length - done, position + done, (error, bytesRead) => {
          if (error !== null) reject(error);
          else if (bytesRead === 0) reject(new Error(`The file ${name} is shorter than it was`));
          else readFrom(done + bytesRead);
        });
    };
    readFrom(0);
  });
}

function writeFully({ fd }: FileHandle, octets: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (done: number): void => {
      if (done === octets.length) resolve();
      else
        write(fd, octets, done, octets.length - done, position + done, (error, bytesWritten) => {
          if (error !== null) reject(error);
          else writeFrom(done + bytesWritten);
        });
    };
    writeFrom(0);
  });
}

async function fitLength(handle: FileHandle, length: number): Promise<void> {
  const { size } = await handle.stat();
  if (size !== length) await handle.truncate(length);
}
