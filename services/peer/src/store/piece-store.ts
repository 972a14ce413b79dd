import { createHash, hash } from 'node:crypto';
import { constants, type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSameHash } from '#shared/bittorrent/info-hash.ts';
import { hashOfPiece, lengthOfPiece, type TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { fileSpans } from '../protocol/file-spans.ts';

/** Files of one torrent: each is kept open. */
const FILES_MAX = 256;
/** Octets that are read at once for the hash of everything. */
const READ_OCTETS = 1024 * 1024;

/**
 * The files of a torrent on the disk. Only verified pieces are written, and what is found at the start counts only after its
 * hash was computed again: what a crash leaves half-written is fetched again and is never announced.
 */
export class PieceStore {
  readonly #info: TorrentInfo;
  readonly #handles: readonly FileHandle[];
  /** Whether a file was there before, so that there is something to verify. */
  readonly #isResumed: boolean;

  private constructor(info: TorrentInfo, handles: readonly FileHandle[], isResumed: boolean) {
    this.#info = info;
    this.#handles = handles;
    this.#isResumed = isResumed;
  }

  /** Opens the files of a torrent below `folder`; those that are missing are made, in full length but sparse. */
  static async open(folder: string, info: TorrentInfo): Promise<PieceStore> {
    if (info.files.length > FILES_MAX)
      throw new Error(`The torrent has more than ${FILES_MAX} files, which is more than a peer opens`);
    const handles: FileHandle[] = [];
    let isResumed = false;
    try {
      for (const file of info.files) {
        await makeFolders(folder, file.path);
        // O_NOFOLLOW: a link that somebody put there does not lead us out of the folder.
        const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
        const handle = await open(join(folder, ...file.path), flags, 0o644);
        handles.push(handle);
        const { size } = await handle.stat();
        isResumed ||= size > 0;
        if (size !== file.length) await handle.truncate(file.length);
      }
    } catch (error) {
      await Promise.all(handles.map((handle) => handle.close()));
      throw error;
    }
    return new PieceStore(info, handles, isResumed);
  }

  /** Computes the hash of every piece that is there. */
  async verify(): Promise<PieceSet> {
    const right = new PieceSet(this.#info.pieceCount);
    if (!this.#isResumed) return right;
    const buffer = new Uint8Array(this.#info.pieceLength);
    for (let index = 0; index < this.#info.pieceCount; index++) {
      const octets = buffer.subarray(0, lengthOfPiece(this.#info, index));
      await this.read(octets, index, 0);
      if (this.isRight(index, octets)) right.add(index);
    }
    return right;
  }

  /** Whether `octets` have the hash that piece `index` must have. */
  isRight(index: number, octets: Uint8Array): boolean {
    return isSameHash(hash('sha1', octets, 'buffer'), hashOfPiece(this.#info, index));
  }

  /** Fills `into` with what stands at `begin` of piece `index`. */
  async read(into: Uint8Array, index: number, begin: number): Promise<void> {
    for (const span of fileSpans(this.#info.files, index * this.#info.pieceLength + begin, into.length)) {
      for (let done = 0; done < span.length; ) {
        const { bytesRead } = await this.#file(span.file).read(
          into,
          span.at + done,
          span.length - done,
          span.position + done,
        );
        if (bytesRead === 0) throw new Error('A file of the torrent is shorter than it was: start over');
        done += bytesRead;
      }
    }
  }

  /** Writes a verified piece. */
  async write(index: number, octets: Uint8Array): Promise<void> {
    for (const span of fileSpans(this.#info.files, index * this.#info.pieceLength, octets.length)) {
      for (let done = 0; done < span.length; ) {
        const { bytesWritten } = await this.#file(span.file).write(
          octets,
          span.at + done,
          span.length - done,
          span.position + done,
        );
        done += bytesWritten;
      }
    }
  }

  /** The SHA-256 of all files, one behind the other, after everything has reached the disk. */
  async sha256(): Promise<string> {
    const digest = createHash('sha256');
    const buffer = new Uint8Array(READ_OCTETS);
    for (const [nth, file] of this.#info.files.entries()) {
      await this.#file(nth).datasync();
      for (let at = 0; at < file.length; ) {
        const { bytesRead } = await this.#file(nth).read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) throw new Error('A file of the torrent is shorter than it was: start over');
        digest.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
    }
    return digest.digest('hex');
  }

  async close(): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.close()));
  }

  #file(nth: number): FileHandle {
    const handle = this.#handles[nth];
    if (handle === undefined) throw new RangeError(`There is no file ${nth}`);
    return handle;
  }
}

/** Removes what a torrent has left below `folder`. */
export async function removeFiles(folder: string, info: TorrentInfo): Promise<void> {
  await rm(join(folder, info.name), { recursive: true, force: true });
}

/** Makes the folders of a file one by one, and refuses a link among them. */
async function makeFolders(folder: string, path: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let parts = 1; parts < path.length; parts++) {
    const part = join(folder, ...path.slice(0, parts));
    const there = await lstat(part).catch(() => null);
    if (there === null) await mkdir(part);
    else if (!there.isDirectory())
      throw new Error(`${part} is in the way of a folder of the torrent (${dirname(part)}): remove it`);
  }
}
