import type { FileHandle } from 'node:fs/promises';
import type { StoredHead } from '../protocol/stored-response.ts';
import type { BodySource } from '../server/body-source.ts';
import { readBlock } from './disk-body.ts';
import type { FileId } from './disk-index.ts';
import type { DiskStore, NewFile } from './disk-store.ts';
import { FillingReader } from './filling-reader.ts';
import { BLOCK_OCTETS, blockPlace, encodeBlock, encodedHeadOctets, encodeHead, fileOctets } from './object-file.ts';

/** Octets that may wait for the disk, or for the slowest reader where nothing is stored: then the sender waits. */
const WAITING_OCTETS_MAX = 4 * BLOCK_OCTETS;
/** Pieces of a block that has not come whole: each takes more memory than its octets. */
const PIECES_MAX = 64;
/** How long one reader may keep the others waiting before it is left behind, in milliseconds. */
const LAG_MS_MAX = 10_000;

export interface FillingLimits {
  /** Of one object. */
  readonly objectOctetsMax: number;
  /** Up to here an object is kept in memory while it comes; a longer one goes to the disk block by block. */
  readonly memoryObjectOctetsMax: number;
}

/** What all bodies that are coming may hold in memory together. */
export interface Budget {
  left: number;
}

/** A body that has come: in memory, or in a file that has no place yet. */
export type Filled =
  | { readonly kind: 'memory'; readonly body: Uint8Array }
  | { readonly kind: 'file'; readonly file: NewFile; readonly bodyAt: number };

/** `filling`: it is stored. `passing`: it is not any more, but who reads it gets all of it. */
type State = 'filling' | 'passing' | 'complete' | 'broken';

/**
 * A body that is coming, and may be read from its beginning meanwhile by as many as like to. While it is stored the sender is
 * as fast as the disk, and readers as fast as they are. When the storing ends (it is too long, the disk is full), only those
 * who read it already go on, and the slowest of them sets the pace: nothing that one of them waits for is held without limit.
 */
export class Filling {
  /** What has come in whole blocks; null where the block is in the file, or everybody has read it. */
  readonly #blocks: (Uint8Array | null)[] = [];
  #tail: Uint8Array[] = [];
  #tailOctets = 0;
  #octets = 0;
  #held = 0;
  #state: State = 'filling';
  readonly #readers = new Set<FillingReader>();
  readonly #headOctets: number;
  #file: { id: FileId; path: string; handle: FileHandle } | null = null;
  #isSpooled = false;
  #flushed = 0;
  #flushing: Promise<void> | null = null;
  #isKept = false;
  /** The next thing that happens, for readers and for the sender. */
  #came = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();
  readonly #head: StoredHead;
  readonly #limits: FillingLimits;
  readonly #budget: Budget;
  readonly #disk: DiskStore | null;
  readonly #onStopped: () => void;

  /** @param onStopped told when it is not stored any more */
  constructor(head: StoredHead, limits: FillingLimits, budget: Budget, disk: DiskStore | null, onStopped: () => void) {
    this.#head = head;
    this.#limits = limits;
    this.#budget = budget;
    this.#disk = disk;
    this.#onStopped = onStopped;
    this.#headOctets = encodedHeadOctets(head);
  }

  get state(): State {
    return this.#state;
  }

  get octets(): number {
    return this.#octets;
  }

  /** Takes octets, which nobody changes any more. False: nobody wants the rest. */
  write(octets: Uint8Array): boolean | Promise<boolean> {
    if (this.#state === 'broken' || this.#state === 'complete') return false;
    this.#append(octets);
    if (this.#state === 'filling') this.#choosePlace();
    if (this.#isSpooled && this.#state === 'filling') void this.#flush();
    this.#tell();
    return this.#hasRoom() ? this.#isWanted : this.#waitForRoom();
  }

  /** All octets have come. Null when they are not stored. */
  finish(): Filled | null | Promise<Filled | null> {
    if (this.#state !== 'filling') {
      if (this.#state === 'passing') this.#state = 'complete';
      this.#tell();
      this.#closeIfIdle();
      return null;
    }
    if (this.#isSpooled) return this.#finishFile();
    const body = Buffer.concat([...this.#blocks.filter((block) => block !== null), ...this.#tail]);
    this.#blocks.length = 0;
    this.#tail = [body];
    this.#tailOctets = body.length;
    this.#state = 'complete';
    this.#release(this.#held);
    this.#tell();
    return { kind: 'memory', body };
  }

  /** Ends the storing; those who read it go on. */
  stopStoring(): void {
    if (this.#state !== 'filling') return;
    this.#state = 'passing';
    this.#release(this.#held);
    this.#forgetRead();
    this.#tell();
    this.#onStopped();
  }

  /** The sender broke off. */
  breakOff(): void {
    if (this.#state === 'complete' || this.#state === 'broken') return;
    this.#state = 'broken';
    this.#release(this.#held);
    this.#tell();
    this.#closeIfIdle();
    this.#onStopped();
  }

  read(first: number, last: number): BodySource {
    const reader = new FillingReader(this, first, last, this.#head.octets);
    this.#readers.add(reader);
    return reader;
  }

  /** Octets from place `at` on, for a reader; null where none have come yet. */
  octetsAt(at: number): Uint8Array | Promise<Uint8Array> | null {
    if (at >= this.#octets) return null;
    const block = Math.floor(at / BLOCK_OCTETS);
    if (block < this.#blocks.length) {
      const octets = this.#blocks[block];
      const from = at - block * BLOCK_OCTETS;
      return octets ? octets.subarray(from) : this.#readBack(block).then((read) => read.subarray(from));
    }
    let from = at - this.#blocks.length * BLOCK_OCTETS;
    for (const piece of this.#tail) {
      if (from < piece.length) return piece.subarray(from);
      from -= piece.length;
    }
    return null;
  }

  /** A reader has got further, or has left. */
  hasRead(reader: FillingReader, isDone: boolean): void {
    if (isDone) this.#readers.delete(reader);
    if (this.#state !== 'filling') this.#forgetRead();
    this.#makeRoom();
    this.#closeIfIdle();
  }

  /** Resolves when more octets have come, or the last ones. */
  more(): Promise<void> {
    return this.#came.promise;
  }

  get #isWanted(): boolean {
    return this.#state === 'filling' || (this.#state === 'passing' && this.#readers.size > 0);
  }

  #append(octets: Uint8Array): void {
    this.#octets += octets.length;
    this.#hold(octets.length);
    this.#tail.push(octets);
    this.#tailOctets += octets.length;
    if (this.#tailOctets < BLOCK_OCTETS) {
      if (this.#tail.length > PIECES_MAX) this.#tail = [Buffer.concat(this.#tail)];
      return;
    }
    const all = this.#tail.length === 1 ? octets : Buffer.concat(this.#tail);
    let at = 0;
    for (; all.length - at >= BLOCK_OCTETS; at += BLOCK_OCTETS) this.#blocks.push(all.subarray(at, at + BLOCK_OCTETS));
    this.#tail = at === all.length ? [] : [all.subarray(at)];
    this.#tailOctets = all.length - at;
  }

  #choosePlace(): void {
    const { objectOctetsMax, memoryObjectOctetsMax } = this.#limits;
    const fitsMemory = this.#octets <= memoryObjectOctetsMax && this.#budget.left >= 0;
    if (this.#octets > objectOctetsMax) this.stopStoring();
    else if (!this.#isSpooled && !fitsMemory) {
      if (this.#disk?.takesObjects) this.#isSpooled = true;
      else this.stopStoring();
    }
  }

  /** Writes the blocks that have come, one after the other. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#flushBlocks().finally(() => {
      this.#flushing = null;
      this.#closeIfIdle();
    });
    return this.#flushing;
  }

  async #flushBlocks(): Promise<void> {
    try {
      this.#file ??= await this.#disk!.create();
      while (this.#flushed < this.#blocks.length && this.#state === 'filling') {
        const octets = this.#blocks[this.#flushed]!;
        const { at } = blockPlace(this.#flushed, Infinity);
        await writeAll(this.#file.handle, encodeBlock(octets), this.#headOctets + at);
        // Who stopped the storing meanwhile has it in memory for the readers.
        if (this.#state !== 'filling') return;
        this.#blocks[this.#flushed] = null;
        this.#flushed += 1;
        this.#release(octets.length);
        this.#makeRoom();
      }
    } catch (error) {
      this.#disk!.refuse(error as Error);
      this.stopStoring();
    }
  }

  async #finishFile(): Promise<Filled | null> {
    if (this.#tailOctets > 0) this.#blocks.push(Buffer.concat(this.#tail));
    this.#tail = [];
    this.#tailOctets = 0;
    // A flush that is under way may have looked at the blocks before the last one came.
    while (this.#state === 'filling' && this.#flushed < this.#blocks.length) await this.#flush();
    try {
      if (this.#state !== 'filling' || this.#file === null) return null;
      const { id, path, handle } = this.#file;
      await writeAll(handle, [encodeHead(this.#head, this.#octets)], 0);
      const octets = fileOctets(this.#headOctets, this.#octets);
      this.#isKept = true;
      return { kind: 'file', file: { id, path, octets }, bodyAt: this.#headOctets };
    } catch (error) {
      this.#disk!.refuse(error as Error);
      this.stopStoring();
      return null;
    } finally {
      if (this.#state !== 'broken') this.#state = 'complete';
      this.#tell();
      this.#closeIfIdle();
    }
  }

  async #readBack(block: number): Promise<Uint8Array> {
    const octets = this.#state === 'complete' ? this.#octets : Infinity;
    return readBlock(this.#file!.handle, { bodyAt: this.#headOctets, octets }, block);
  }

  #hasRoom(): boolean {
    if (this.#state === 'filling') {
      return !this.#isSpooled || (this.#blocks.length - this.#flushed) * BLOCK_OCTETS <= WAITING_OCTETS_MAX;
    }
    return this.#octets - this.#slowest() <= WAITING_OCTETS_MAX;
  }

  async #waitForRoom(): Promise<boolean> {
    const patience = setInterval(() => this.#leaveBehind(), LAG_MS_MAX);
    patience.unref();
    try {
      while (!this.#hasRoom()) await this.#room.promise;
    } finally {
      clearInterval(patience);
    }
    return this.#isWanted;
  }

  /** Where nothing is stored, a reader that does not read would stop all others. */
  #leaveBehind(): void {
    if (this.#state !== 'passing') return;
    const readers = [...this.#readers];
    if (!readers.some(({ at }) => at >= this.#octets)) return;
    for (const reader of readers) if (this.#octets - reader.at > WAITING_OCTETS_MAX) reader.leave();
  }

  #slowest(): number {
    let slowest = this.#octets;
    for (const { at } of this.#readers) if (at < slowest) slowest = at;
    return slowest;
  }

  /** Lets go of blocks that everybody has read. */
  #forgetRead(): void {
    const read = Math.min(this.#blocks.length, Math.floor(this.#slowest() / BLOCK_OCTETS));
    for (let block = read - 1; block >= this.#flushed && this.#blocks[block] !== null; block -= 1) {
      this.#blocks[block] = null;
    }
  }

  #hold(octets: number): void {
    if (this.#state !== 'filling') return;
    this.#held += octets;
    this.#budget.left -= octets;
  }

  #release(octets: number): void {
    this.#held -= octets;
    this.#budget.left += octets;
  }

  /** The file is needed while it is written and read; without its place it goes when nobody reads it. */
  #closeIfIdle(): void {
    if (this.#state === 'filling' || this.#readers.size > 0 || this.#flushing !== null) return;
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    file.handle.close().catch(() => {});
    if (!this.#isKept) void this.#disk?.discard(file.path);
  }

  #tell(): void {
    this.#came.resolve();
    this.#came = Promise.withResolvers<void>();
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }
}

async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[], at: number): Promise<void> {
  const octets = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { bytesWritten } = await handle.writev(pieces as Uint8Array[], at);
  if (bytesWritten < octets) throw new Error('no room is left on it');
}
