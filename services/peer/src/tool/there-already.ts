import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { formatHash, isSameHash } from '#shared/bittorrent/info-hash.ts';
import { hashOfPiece, lengthOfPiece, type Metainfo, type TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { fileSpans } from '../protocol/file-spans.ts';

/** What is kept beside the files of a download until it is complete: its records, and that it was begun here. */
const RECORDS = 'torrents';
const BEGUN = 'begun';

/**
 * Why a torrent is not to be fetched into `folder`, or null: a file of that name is there, and it is another one, which would be
 * lost. What a download has begun here itself is its own, and so is a file with one piece or more of the torrent in it, wherever
 * that came from. From then on the download counts as begun.
 */
export function whyNotInto(folder: string, stateDir: string, { info, infoHash }: Metainfo): string | null {
  const begun = join(stateDir, RECORDS, `${formatHash(infoHash)}.${BEGUN}`);
  if (existsSync(begun)) return null;
  const pieces = new PiecesThere(folder, info);
  try {
    const strange = info.files.findIndex((_, nth) => pieces.isStrange(nth));
    if (strange >= 0) {
      const place = join(folder, ...(info.files[strange]?.path ?? []));
      return `${place} is there already, and it is another file: move it away, or fetch into another folder by --dir`;
    }
  } finally {
    pieces.close();
  }
  mkdirSync(dirname(begun), { recursive: true });
  writeFileSync(begun, '');
  return null;
}

/** Removes what was kept for a continuation of this download, and the folders if nothing else is in them. */
export function forgetBeginning(stateDir: string, infoHash: string): void {
  const records = join(stateDir, RECORDS);
  for (const name of namesIn(records))
    if (name.startsWith(`${infoHash}.`)) rmSync(join(records, name), { force: true });
  for (const place of [records, stateDir]) if (existsSync(place) && namesIn(place).length === 0) rmdirSync(place);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The files of a torrent that are there, as they are. */
class PiecesThere {
  readonly #info: TorrentInfo;
  /** Open files, or null for those that are not there, by their numbers. */
  readonly #handles: readonly (number | null)[];
  readonly #isRight = new Map<number, boolean>();

  constructor(folder: string, info: TorrentInfo) {
    this.#info = info;
    this.#handles = info.files.map(({ path, isPadding }) => (isPadding ? null : openIfThere(join(folder, ...path))));
  }

  /** Whether the file is there, holds something, and nothing of that is of the torrent. */
  isStrange(nth: number): boolean {
    const handle = this.#handles[nth] ?? null;
    if (handle === null) return false;
    const { size, blocks } = fstatSync(handle);
    // Made in full length, and nothing written yet.
    if (size === 0 || blocks === 0) return false;
    const { files, pieceLength, pieceCount } = this.#info;
    const start = files.slice(0, nth).reduce((sum, file) => sum + file.length, 0);
    const end = start + (files[nth]?.length ?? 0);
    for (let index = Math.floor(start / pieceLength); index < pieceCount && index * pieceLength < end; index++)
      if (this.#has(index)) return false;
    return true;
  }

  close(): void {
    for (const handle of this.#handles) if (handle !== null) closeSync(handle);
  }

  #has(index: number): boolean {
    const known = this.#isRight.get(index);
    if (known !== undefined) return known;
    const isRight = isSameHash(hash('sha1', this.#read(index), 'buffer'), hashOfPiece(this.#info, index));
    this.#isRight.set(index, isRight);
    return isRight;
  }

  /** The octets of a piece, zeros where there are none. */
  #read(index: number): Uint8Array {
    const octets = new Uint8Array(lengthOfPiece(this.#info, index));
    for (const { file, position, at, length } of fileSpans(
      this.#info.files,
      index * this.#info.pieceLength,
      octets.length,
    )) {
      const handle = this.#handles[file] ?? null;
      if (handle !== null) readSync(handle, octets, at, length, position);
    }
    return octets;
  }
}

/** Links, folders and what cannot be read are left to the store, which refuses them. */
function openIfThere(path: string): number | null {
  try {
    const handle = openSync(path, 'r');
    if (fstatSync(handle).isFile()) return handle;
    closeSync(handle);
    return null;
  } catch {
    return null;
  }
}
