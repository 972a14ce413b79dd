import type { Slot } from './disk-index.ts';
import type { DiskStore, NewFile } from './disk-store.ts';
import type { Entry, KeyRecord } from './entry.ts';
import type { StoreBoard } from './store-board.ts';
import { WriteQueue } from './write-queue.ts';

/** Brings entries of the memory to the disk, and tells the other threads of the store. */
export class WriteBehind {
  readonly #board: StoreBoard;
  readonly #disk: DiskStore | null;
  readonly #writes: WriteQueue;

  constructor(board: StoreBoard, disk: DiskStore | null) {
    this.#board = board;
    this.#disk = disk;
    this.#writes = new WriteQueue((error) => disk?.refuse(error));
  }

  /** Resolves when nothing waits to be written. */
  drained(): Promise<void> {
    return this.#writes.drained();
  }

  /** Writes an object that is in memory, behind the back of those who get it from there. */
  writeWhole(entry: Entry, body: Uint8Array, removals: number): void {
    const disk = this.#disk;
    if (!disk?.takesObjects) return;
    const { head } = entry;
    this.#writes.add(body.length, async () => {
      if (entry.isGone || !disk.takesObjects) return;
      const file = await disk.write(head, body);
      if (entry.isGone) return disk.discard(file.path);
      const slot = this.place(entry, file, removals);
      if (slot === null) return;
      entry.place = { slot, bodyAt: file.bodyAt };
      entry.fromDisk = disk.body(entry.head, entry.place);
      if (entry.head !== head) this.writeHead(entry);
    });
  }

  /** Makes a written file the entry's place. Null where the disk refuses, or the entry is out of date. */
  place(entry: Entry, file: NewFile, removals: number): Slot | null {
    try {
      const slot = this.#disk!.place(entry.record.hash, file, removals);
      if (slot !== null) this.tellOthers(entry.record);
      return slot;
    } catch (error) {
      this.#disk!.refuse(error as Error);
      void this.#disk!.discard(file.path);
      return null;
    }
  }

  /** Of several new heads of an entry the last one is written. */
  writeHead(entry: Entry): void {
    const disk = this.#disk;
    if (entry.place === null || !disk?.takesObjects) return;
    this.#writes.addOnce(entry, async () => {
      if (entry.isGone || entry.place === null) return;
      await disk.replaceHead(entry.place.slot, entry.head);
      this.tellOthers(entry.record);
    });
  }

  /** Lets the other threads look again; what this one has in memory stays true, if it was. */
  tellOthers(record: KeyRecord): void {
    const { before, after } = this.#board.change(record.group);
    if (record.changes === before) record.changes = after;
  }
}
