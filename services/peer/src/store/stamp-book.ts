import { type FileHandle, rm } from 'node:fs/promises';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { type FileStamp, loadRecord, saveRecord, stampOf } from './resume-record.ts';

/**
 * Octets may change twice under one time: the clock of a file system ticks every few milliseconds. A file is settled when its
 * last change is longer ago than this, in milliseconds.
 */
const SETTLE_MS = 50;
const NS_PER_MS = 1_000_000n;

/** The number of a file of the torrent, or the part file. */
export type Place = number | 'parts';

/** What the system says of a file. */
export interface FileFacts {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/** Calls `work` with an open file. */
export type UsePlace = <Result>(place: Place, work: (handle: FileHandle) => Promise<Result>) => Promise<Result>;

/**
 * What the files of a torrent looked like when their pieces were last known to be right. A file whose size, time of change and
 * number are still the same was not written since, neither by us, who may have been killed in the midst of it, nor by others.
 */
export class StampBook {
  readonly #path: string | null;
  readonly #metainfo: Metainfo;
  /** As the files were found, before anything was done to them; null for those that were missing. */
  readonly #found = new Map<Place, FileStamp>();
  readonly #stamps = new Map<Place, FileStamp>();
  /** Files that were written since their stamp was taken. */
  readonly #changed = new Set<Place>();
  #isSaved = false;

  /** `path` is that of the record; null when none is kept. */
  constructor(path: string | null, metainfo: Metainfo) {
    this.#path = path;
    this.#metainfo = metainfo;
  }

  /** Whether the record does not say all that it could. */
  get isChanged(): boolean {
    return this.#path !== null && (!this.#isSaved || this.#changed.size > 0);
  }

  /** What was there at the start; null when nothing was. */
  found(place: Place, facts: FileFacts | null): void {
    this.#found.set(place, facts === null ? null : stampOf(facts));
  }

  /** Whether the file was missing, so that nothing of it can be right. */
  wasMissing(place: Place): boolean {
    return this.#found.get(place) === null;
  }

  /**
   * Reads the record. Returns the pieces that it says to be right, and the files for which it speaks; all others get their
   * stamp now, before they are read: a change that comes while they are read is noticed the next time.
   */
  async load(use: UsePlace): Promise<{ pieces: PieceSet; unchanged: ReadonlySet<Place> }> {
    const { infoHash, info } = this.#metainfo;
    const record = this.#path === null ? null : await loadRecord(this.#path, infoHash, info.pieceCount);
    const unchanged = new Set<Place>();
    for (const [place, stamp] of this.#found) {
      if (stamp !== null && record?.stamps.get(this.#nameOf(place)) === stamp) {
        unchanged.add(place);
        this.#stamps.set(place, stamp);
      } else if (stamp === null) this.#changed.add(place);
      else await this.#stamp(place, use);
    }
    this.#isSaved = unchanged.size === this.#found.size;
    return { pieces: record?.pieces ?? new PieceSet(info.pieceCount), unchanged };
  }

  /** The file is being written, or was just now: to be called before and after. */
  changed(place: Place): void {
    this.#changed.add(place);
  }

  /** Brings to the disk what was written, then notes that the pieces `have`, which were written before, are right. */
  async save(have: PieceSet, use: UsePlace): Promise<void> {
    if (this.#path === null) return;
    const pieces = PieceSet.decode(have.encode(), have.pieceCount);
    for (const place of [...this.#changed]) {
      this.#changed.delete(place);
      await use(place, (handle) => handle.datasync());
      await this.#stamp(place, use);
    }
    const stamps = new Map([...this.#stamps].map(([place, stamp]) => [this.#nameOf(place), stamp]));
    await saveRecord(this.#path, this.#metainfo.infoHash, { pieces, stamps });
    this.#isSaved = true;
  }

  async remove(): Promise<void> {
    if (this.#path !== null) await rm(this.#path, { force: true });
  }

  async #stamp(place: Place, use: UsePlace): Promise<void> {
    const facts = await use(place, (handle) => handle.stat({ bigint: true }));
    const ageMs = Date.now() - Number(facts.mtimeNs / NS_PER_MS);
    // A piece that is written meanwhile is not among those that are noted: the stamp must not cover it.
    if (ageMs < SETTLE_MS || this.#changed.has(place)) this.#changed.add(place);
    this.#stamps.set(place, this.#changed.has(place) ? null : stampOf(facts));
  }

  #nameOf(place: Place): string {
    return place === 'parts' ? '' : (this.#metainfo.info.files[place]?.path.join('/') ?? '');
  }
}
