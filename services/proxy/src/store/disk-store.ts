import { closeSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { StoredHead } from '../protocol/stored-response.ts';
import { DiskBody } from './disk-body.ts';
import { DiskIndex, type FileId, type KeyHash, type Slot } from './disk-index.ts';
import { BLOCK_OCTETS, DamagedFile, encodeBody, encodeHead, encodeObject } from './object-file.ts';
import { folderOf, type ListedFile, ObjectFolder } from './object-folder.ts';
import { type ReadObject, readBody, readObject } from './read-object.ts';
import type { StoredBody } from './response-store.ts';
import { FOLDERS, groupOf, type StoreBoard } from './store-board.ts';

/** Octets of a file that is written in one go: a block, and its head. */
const SPACE_OCTETS = BLOCK_OCTETS + 8_192;
/** How long the disk is left alone after it has refused something, in milliseconds. */
const RETRY_MS = 10_000;

export interface DiskLimits {
  readonly folder: string;
  readonly octetsMax: number;
  readonly entriesMax: number;
}

/** What has happened on the disk since the start. */
export interface DiskCounters {
  stored: number;
  /** Entries that made room. */
  evicted: number;
  /** Files that were damaged: dropped, and fetched again when somebody asks. */
  damaged: number;
  /** Times that the disk refused to take something. */
  refused: number;
}

/** An entry as it was found on the disk. */
export interface FoundEntry extends ReadObject {
  readonly slot: Slot;
}

/** A file that is written, and has no place yet. */
export interface NewFile {
  readonly id: FileId;
  readonly path: string;
  readonly octets: number;
}

interface Log {
  warn(text: string): void;
  info(text: string): void;
}

/**
 * Responses on the disk, one file each (object-file.ts). A cache needs the atomicity of a rename and not the patience of an
 * fsync: a crash of the program loses nothing that was renamed, and what a power cut tears is found by its checksum and
 * fetched again.
 */
export class DiskStore {
  readonly counters: DiskCounters = { stored: 0, evicted: 0, damaged: 0, refused: 0 };
  readonly index: DiskIndex;
  readonly #board: StoreBoard;
  readonly #folder: ObjectFolder;
  readonly #limits: DiskLimits;
  readonly #log: Log;
  /** Where small objects are put together: nothing is left of one when the next is written. */
  readonly #space = Buffer.allocUnsafeSlow(SPACE_OCTETS);
  #trouble: string | null = null;
  #retryAt = 0;
  #isClosed = false;

  constructor(board: StoreBoard, limits: DiskLimits, log: Log) {
    this.#board = board;
    this.#limits = limits;
    this.#log = log;
    this.#folder = new ObjectFolder(limits.folder);
    this.index = new DiskIndex(board, limits.entriesMax);
  }

  /** Makes the folders; to be called by one thread, before the others come. */
  open(): void {
    try {
      this.#folder.open();
    } catch (error) {
      this.refuse(error as Error);
    }
    // Files of two runs within one second have different numbers, as the second run begins later in that second.
    this.index.startFilesAt(Math.floor((Date.now() % 1000) * 4_000_000) + 1);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Why nothing is stored on the disk at this moment, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  get takesObjects(): boolean {
    return this.#trouble === null || performance.now() >= this.#retryAt;
  }

  /** Notes that the disk did not do what it was asked; the proxy goes on without it for a while. */
  refuse(error: Error): void {
    this.counters.refused += 1;
    this.#retryAt = performance.now() + RETRY_MS;
    const trouble = `the disk takes no objects (${error.message}): they are kept in memory alone; make room on it`;
    if (this.#trouble === null) this.#log.warn(trouble);
    this.#trouble = trouble;
  }

  /** Reads the names of all files, with other work in between. */
  async indexAll(): Promise<void> {
    for (let folder = 0; folder < FOLDERS && !this.#isClosed; folder += 1) {
      this.#indexFolder(folder);
      await turn();
    }
  }

  /** The entries under a key's hash. A folder that was not read yet is read now. */
  find(hash: KeyHash): Slot[] {
    if (!this.#board.isFolderRead(folderOf(hash))) this.#indexFolder(folderOf(hash));
    return this.#board.locked(() => this.index.find(hash));
  }

  /** Whether an entry is still where it was. */
  has(place: { readonly slot: Slot } | null): boolean {
    return place !== null && this.index.has(place.slot);
  }

  /** The head of an entry; null when it is gone, is damaged, or belongs to another key of the same hash. */
  async read(slot: Slot, key: string | null): Promise<FoundEntry | null> {
    return this.#reading(slot, async (path) => {
      const newHead = this.index.hasNewHead(slot) ? this.#folder.headPath(slot) : null;
      const found = await readObject(path, slot.octets, newHead);
      return key === null || found.head.key === key ? { slot, ...found } : null;
    });
  }

  /** All octets of an entry's body, verified. */
  async readBody({ slot, bodyAt, head }: Omit<FoundEntry, 'body'>): Promise<Buffer | null> {
    return this.#reading(slot, (path) => readBody(path, bodyAt, slot.octets, head.octets ?? 0));
  }

  /** The body of an entry as it is read, each block verified. */
  body(head: StoredHead, { slot, bodyAt }: Omit<FoundEntry, 'head' | 'body'>): StoredBody {
    const octets = head.octets ?? 0;
    const file = { path: this.#folder.path(slot), bodyAt, octets };
    const onDamage = (error: Error) => this.#drop(slot, error);
    return { octets, memory: null, read: (first, last) => new DiskBody(file, first, last, onDamage) };
  }

  /** A new file, that nobody finds before `place` has given it its place. @throws Error of the file system */
  async create(): Promise<{ id: FileId; path: string; handle: FileHandle }> {
    const id = this.#newId();
    const path = this.#folder.newPath(id);
    return { id, path, handle: await open(path, 'wx+') };
  }

  /**
   * Writes an object whose octets are all here. A small one in one go: the system takes it in a tenth of the time that four
   * turns of the pool of threads cost. @throws Error of the file system
   */
  async write(head: StoredHead, body: Uint8Array): Promise<NewFile & { bodyAt: number }> {
    const id = this.#newId();
    const path = this.#folder.newPath(id);
    try {
      const encoded = encodeObject(this.#space, head, body);
      if (encoded.octets <= this.#space.length) writeNow(path, this.#space, encoded.octets);
      else await writeFile(path, [encodeHead(head, body.length), ...encodeBody(body)], encoded.octets);
      return { id, path, ...encoded };
    } catch (error) {
      await this.discard(path);
      throw error;
    }
  }

  /**
   * Makes a written file an entry, unless what it holds was declared out of date since `removals`. One step: after any crash
   * it is an entry as a whole, or none. @throws Error of the file system
   */
  place(hash: KeyHash, file: NewFile, removals: number): Slot | null {
    const { id, path, octets } = file;
    const slot = this.#board.locked(() => {
      const isCurrent = this.#board.removals(groupOf(hash.high)) === removals;
      if (!isCurrent || octets > this.#limits.octetsMax) return null;
      this.#makeRoom(octets);
      this.#folder.place(path, this.#folder.path({ hash, id, octets }));
      return this.index.insert(hash, id, octets, true);
    });
    if (slot === null) void this.discard(path);
    else this.counters.stored += 1;
    if (slot !== null && this.#trouble !== null) {
      this.#trouble = null;
      this.#log.info('the disk takes objects again');
    }
    return slot;
  }

  /** Gives an entry another head. @throws Error of the file system */
  async replaceHead(slot: Slot, head: StoredHead): Promise<void> {
    const path = this.#folder.newPath(slot.id, `.${this.index.nextFile()}`);
    const handle = await open(path, 'wx');
    await handle.writeFile(encodeHead(head, head.octets ?? 0)).finally(() => handle.close());
    const isPlaced = this.#board.locked(() => {
      if (!this.index.has(slot)) return false;
      this.#folder.place(path, this.#folder.headPath(slot));
      this.index.setNewHead(slot);
      return true;
    });
    if (!isPlaced) await this.discard(path);
  }

  /** Takes entries away, before it returns: not even a crash brings them back. */
  remove(slots: readonly Slot[]): number {
    return this.#board.locked(() => slots.filter((slot) => this.#removeNow(slot)).length);
  }

  removeAll(): number {
    return this.#board.locked(() => {
      const { count } = this.index;
      this.index.clear();
      for (let folder = 0; folder < FOLDERS; folder += 1) this.#board.folderIsRead(folder);
      try {
        this.#folder.removeAll(this.#newId());
      } catch (error) {
        this.refuse(error as Error);
      }
      return count;
    });
  }

  /** Takes away a file that never got its place. */
  async discard(path: string): Promise<void> {
    await unlink(path).catch(() => {});
  }

  #newId(): FileId {
    return { high: Math.floor(Date.now() / 1000), low: this.index.nextFile() };
  }

  #removeNow(slot: Slot): boolean {
    const hasNewHead = this.index.hasNewHead(slot);
    if (!this.index.delete(slot)) return false;
    try {
      this.#folder.remove(slot, hasNewHead);
    } catch (error) {
      this.refuse(error as Error);
    }
    return true;
  }

  #makeRoom(octets: number): void {
    const { octetsMax, entriesMax } = this.#limits;
    while (this.index.count >= entriesMax || this.index.octets + octets > octetsMax) {
      const oldest = this.index.oldest();
      if (oldest === null) return;
      this.#removeNow(oldest);
      this.counters.evicted += 1;
    }
  }

  #indexFolder(folder: number): void {
    this.#board.locked(() => {
      if (this.#board.isFolderRead(folder)) return;
      this.#board.folderIsRead(folder);
      try {
        this.#indexFiles(this.#folder.list(folder));
      } catch (error) {
        this.refuse(error as Error);
      }
    });
  }

  #indexFiles(files: Iterable<ListedFile>): void {
    const newHeads: ListedFile[] = [];
    for (const file of files) {
      if (file.isNewHead) newHeads.push(file);
      else {
        this.#makeRoom(file.octets);
        this.index.insert(file.hash, file.id, file.octets, false);
      }
    }
    for (const file of newHeads) {
      const slot = this.index.find(file.hash).find(({ id }) => id.high === file.id.high && id.low === file.id.low);
      if (slot === undefined) this.#folder.remove(file, true);
      else this.index.setNewHead(slot);
    }
  }

  async #reading<Result>(slot: Slot, read: (path: string) => Promise<Result>): Promise<Result | null> {
    try {
      return await read(this.#folder.path(slot));
    } catch (error) {
      this.#drop(slot, error as Error);
      return null;
    }
  }

  /** Forgets an entry that cannot be read. One that made room meanwhile is no matter; too many open files are no fault of it. */
  #drop(slot: Slot, error: Error & { code?: string }): void {
    if (error.code === 'EMFILE' || error.code === 'ENFILE') return;
    if (this.remove([slot]) === 0) return;
    this.counters.damaged += 1;
    const why = error instanceof DamagedFile ? error.message : `it cannot be read: ${error.message}`;
    this.#log.warn(`${this.#folder.path(slot)} is damaged, ${why}; it is dropped, and fetched again when asked for`);
  }
}

function writeNow(path: string, space: Buffer, octets: number): void {
  const file = openSync(path, 'wx');
  try {
    if (writeSync(file, space, 0, octets) < octets) throw new Error('no room is left on it');
  } finally {
    closeSync(file);
  }
}

async function writeFile(path: string, pieces: readonly Uint8Array[], octets: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    const { bytesWritten } = await file.writev(pieces);
    if (bytesWritten < octets) throw new Error('no room is left on it');
  } finally {
    await file.close();
  }
}
