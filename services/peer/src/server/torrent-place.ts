import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import { type MadeFile, makeFile } from '../store/made-file.ts';
import { PieceStore, type StoreOptions, type Verified } from '../store/piece-store.ts';

export interface TorrentPlaceOptions {
  /** Where its files are; in the mode `read` they are never changed. */
  readonly place: Required<Pick<StoreOptions, 'folder' | 'mode'>>;
  /** The file that is made of itself before anything else. */
  readonly made: MadeFile | null;
  /** Where the host keeps what must last. */
  readonly stateDir: string;
  /** Numbers of the files that are wanted; null for all. */
  readonly files: readonly number[] | null;
}

/** Where a torrent is on the disk: its files, which of them are wanted, and what is kept beside them. */
export class TorrentPlace {
  readonly #options: TorrentPlaceOptions;
  #files: readonly number[] | null;

  constructor(options: TorrentPlaceOptions) {
    this.#options = options;
    this.#files = options.files;
  }

  get folder(): string {
    return this.#options.place.folder;
  }

  get files(): readonly number[] | null {
    return this.#files;
  }

  /** Wants these files and no others; null for all. @throws RangeError for a file that is not there */
  choose(files: readonly number[] | null, metainfo: Metainfo | null): void {
    refuseOtherFiles(files, metainfo);
    this.#files = files;
  }

  /** @throws RangeError when a file is wanted that is not there */
  refuseOtherFiles(metainfo: Metainfo): void {
    refuseOtherFiles(this.#files, metainfo);
  }

  wanted(metainfo: Metainfo): readonly boolean[] {
    const chosen = this.#files === null ? null : new Set(this.#files);
    return metainfo.info.files.map((_, nth) => chosen?.has(nth) ?? true);
  }

  /** What is kept beside the files themselves. */
  besides(infoHash: Uint8Array, what: 'torrent' | 'resume'): string {
    return join(this.#options.stateDir, 'torrents', `${formatHash(infoHash)}.${what}`);
  }

  /** Makes the file that is to be made, opens all, and verifies what is in them; null when that is not wanted any more. */
  async openVerified(
    metainfo: Metainfo,
    given: { readonly signal: AbortSignal; progress(pieces: number): void },
  ): Promise<{ store: PieceStore; verified: Verified } | null> {
    await this.#make();
    const store = await PieceStore.open(this.#storeOptions(metainfo));
    try {
      const verified = await store.verify(given);
      if (!given.signal.aborted) return { store, verified };
    } catch (error) {
      await store.close();
      throw error;
    }
    await store.close();
    return null;
  }

  /** Removes the files, and the record. Nobody may use them meanwhile. */
  remove(metainfo: Metainfo): Promise<void> {
    return PieceStore.remove(this.#storeOptions(metainfo));
  }

  /** Removes the record: the next time every hash is computed. */
  forgetRecord(metainfo: Metainfo): Promise<void> {
    return PieceStore.forgetRecord(this.#storeOptions(metainfo));
  }

  #storeOptions(metainfo: Metainfo): StoreOptions {
    const { place } = this.#options;
    const recordPath = place.mode === 'read' ? null : this.besides(metainfo.infoHash, 'resume');
    return { ...place, recordPath, metainfo, wanted: this.wanted(metainfo) };
  }

  async #make(): Promise<void> {
    const { made } = this.#options;
    if (made === null) return;
    await mkdir(this.folder, { recursive: true });
    await makeFile(made, join(this.folder, made.name));
  }
}

/** Before the metainfo is known, any file may be there. @throws RangeError when a file is wanted that is not there */
export function refuseOtherFiles(files: readonly number[] | null, metainfo: Metainfo | null): void {
  const count = metainfo?.info.files.length ?? Number.POSITIVE_INFINITY;
  const wrong = files?.find((nth) => nth >= count);
  if (wrong !== undefined) throw new RangeError(`There is no file ${wrong}: the torrent has ${count}, from 0 on`);
}
