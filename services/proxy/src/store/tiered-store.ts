import type { StoredHead } from '../protocol/stored-response.ts';
import { takesPlaceOf } from '../protocol/vary.ts';
import type { Slot } from './disk-index.ts';
import type { DiskStore, FoundEntry } from './disk-store.ts';
import { type Entry, inMemory, type KeyRecord, newEntry, ownHead } from './entry.ts';
import { type Budget, type Filled, Filling, type FillingLimits } from './filling.ts';
import { listEntries } from './list-entries.ts';
import { MemoryTier } from './memory-tier.ts';
import { hashOfKey } from './object-folder.ts';
import type { EntryWriter, ResponseStore, StoredBody, StoredPage } from './response-store.ts';
import { groupOf, type StoreBoard } from './store-board.ts';
import { WriteBehind } from './write-behind.ts';

/** Variants of one key at most: an origin that varies on a field of many values must not fill the store. */
export const VARIANTS_MAX = 16;
/** Octets of entries that are being filled, all together in memory: beyond them they go to the disk, or pass. */
const FILLING_OCTETS_MAX = 16 * 1024 * 1024;
const NONE: readonly StoredHead[] = Object.freeze([]);

export interface StoreLimits extends FillingLimits {
  /** Of all entries in memory. */
  readonly memoryOctetsMax: number;
}

/**
 * Memory over a disk. What is stored is on the disk, or on its way there; memory holds what was used last, and answers at once.
 * Without a disk, or while the disk refuses, memory is all there is.
 */
export class TieredStore implements ResponseStore {
  readonly memory: MemoryTier;
  readonly disk: DiskStore | null;
  readonly #board: StoreBoard;
  readonly #limits: StoreLimits;
  readonly #behind: WriteBehind;
  readonly #budget: Budget = { left: FILLING_OCTETS_MAX };
  readonly #loading = new Map<string, Promise<readonly StoredHead[]>>();

  constructor(board: StoreBoard, limits: StoreLimits, disk: DiskStore | null) {
    this.#board = board;
    this.#limits = limits;
    this.disk = disk;
    this.memory = new MemoryTier(limits.memoryOctetsMax);
    this.#behind = new WriteBehind(board, disk);
  }

  /** What other threads are given to open the same store. */
  get sharedMemory(): SharedArrayBuffer {
    return this.#board.memory;
  }

  heads(key: string): readonly StoredHead[] | Promise<readonly StoredHead[]> {
    const record = this.#record(key);
    if (record !== undefined) return record.heads;
    const slots = this.#onDisk(key);
    return slots.length === 0 ? NONE : this.#load(key, slots);
  }

  open(id: string): StoredBody | null | Promise<StoredBody | null> {
    const entry = this.memory.entry(id);
    if (entry === undefined) return null;
    this.memory.use(entry.record);
    if (entry.memory === null && entry.filling === null && !this.disk?.has(entry.place)) {
      // It had to make room on the disk, or was damaged there.
      this.memory.drop(entry);
      return null;
    }
    if (entry.place === null) entry.uses += 1;
    else this.disk?.index.use(entry.place.slot);
    const isSmall = (entry.head.octets ?? 0) <= this.#limits.memoryObjectOctetsMax;
    return entry.memory === null && entry.filling === null && isSmall ? this.#loadBody(entry) : entry.opened;
  }

  removals(key: string): number {
    return this.#board.removals(groupOf(hashOfKey(key).high));
  }

  begin(head: StoredHead, removals: number): EntryWriter {
    const disk = this.disk?.takesObjects ? this.disk : null;
    const filling: Filling = new Filling(head, this.#limits, this.#budget, disk, () => this.#end(entry));
    const body: StoredBody = {
      octets: head.octets,
      memory: null,
      read: (first, last) => filling.read(first, last),
    };
    const record = this.#record(head.key) ?? this.#create(head.key);
    const entry = newEntry(record, head, { filling, opened: body });
    // A key whose other variants are on the disk alone is not in sight: then the entry is, when it is complete.
    if (this.#isCurrent(record, removals)) this.memory.add(entry);
    let isDone = false;
    return {
      body,
      write: (octets) => filling.write(octets),
      commit: () => {
        if (isDone) return false;
        isDone = true;
        const filled = filling.finish();
        return filled instanceof Promise
          ? filled.then((whole) => this.#keep(entry, whole, removals))
          : this.#keep(entry, filled, removals);
      },
      abandon: () => {
        if (isDone) return;
        isDone = true;
        filling.breakOff();
      },
    };
  }

  async replaceHead(head: StoredHead): Promise<void> {
    if (this.#record(head.key) === undefined) await this.heads(head.key);
    const entry = this.memory.entry(head.id);
    if (entry === undefined) return;
    entry.head = { ...ownHead(head), octets: entry.head.octets };
    this.memory.update(entry.record);
    this.#behind.writeHead(entry);
  }

  remove(key?: string, ids?: ReadonlySet<string>): number | Promise<number> {
    if (key === undefined) return this.#removeAll();
    if (ids !== undefined) return this.#removeSome(key, ids);
    const record = this.memory.record(key);
    const slots = this.#onDisk(key);
    this.#board.remove(groupOf(hashOfKey(key).high));
    const inMemory = record?.entries.filter((entry) => !this.disk?.has(entry.place)).length ?? 0;
    if (record !== undefined) this.#forget(record);
    return inMemory + (this.disk?.remove(slots) ?? 0);
  }

  list(from: number, count: number): Promise<StoredPage> {
    return listEntries(this.memory, this.disk, from, count);
  }

  octets(): number {
    return this.memory.octets;
  }

  /** Waits until the disk has what it is to have. */
  settled(): Promise<void> {
    return this.#behind.drained();
  }

  close(): Promise<void> {
    this.disk?.close();
    return this.settled();
  }

  /** What is in memory of a key, as long as it is true. */
  #record(key: string): KeyRecord | undefined {
    const record = this.memory.record(key);
    if (record === undefined || record.changes === this.#board.changes(record.group)) return record;
    this.memory.forget(record);
    return undefined;
  }

  /** A record for a key that is not in memory. */
  #create(key: string): KeyRecord {
    const hash = hashOfKey(key);
    const group = groupOf(hash.high);
    const changes = this.#board.changes(group);
    return { key, hash, group, changes, isWhole: this.#onDisk(key).length === 0, entries: [], heads: NONE, octets: 0 };
  }

  #onDisk(key: string): Slot[] {
    return this.disk === null ? [] : this.disk.find(hashOfKey(key));
  }

  #isCurrent(record: KeyRecord, removals: number): boolean {
    return this.#board.removals(record.group) === removals;
  }

  #load(key: string, slots: readonly Slot[]): Promise<readonly StoredHead[]> {
    const loading = this.#loading.get(key);
    if (loading !== undefined) return loading;
    const started = this.#readHeads(key, slots).finally(() => this.#loading.delete(key));
    this.#loading.set(key, started);
    return started;
  }

  async #readHeads(key: string, slots: readonly Slot[]): Promise<readonly StoredHead[]> {
    const hash = hashOfKey(key);
    const group = groupOf(hash.high);
    const changes = this.#board.changes(group);
    const inOrder = slots.toSorted((one, other) => one.id.high - other.id.high || one.id.low - other.id.low);
    const found = (await Promise.all(inOrder.map((slot) => this.disk!.read(slot, key)))).filter((one) => one !== null);
    const known = this.#record(key);
    if (known !== undefined) return known.heads;
    const current = found.filter((one, place) => {
      // Two threads may have stored the same at the same time, and a crash may leave a file and what took its place.
      const isReplaced = found.slice(place + 1).some((newer) => takesPlaceOf(newer.head, one.head));
      if (isReplaced) this.disk!.remove([one.slot]);
      return !isReplaced;
    });
    if (current.length === 0) return NONE;
    const record: KeyRecord = { key, hash, group, changes, isWhole: true, entries: [], heads: NONE, octets: 0 };
    for (const one of current) this.memory.add(this.#entryOf(record, one));
    return record.heads;
  }

  #entryOf(record: KeyRecord, found: FoundEntry): Entry {
    const { slot, bodyAt, head, body } = found;
    const fromDisk = this.disk!.body(head, { slot, bodyAt });
    const opened = body === null ? fromDisk : inMemory(body);
    return newEntry(record, head, { place: { slot, bodyAt }, memory: body, opened, fromDisk });
  }

  async #loadBody(entry: Entry): Promise<StoredBody | null> {
    const { place, head, record } = entry;
    if (place === null) return null;
    const body = await this.disk!.readBody({ ...place, head });
    if (body === null) {
      this.memory.drop(entry);
      return null;
    }
    entry.memory = body;
    entry.opened = inMemory(body);
    if (this.memory.entry(head.id) === entry) this.memory.update(record);
    return entry.opened;
  }

  /** A body has come: makes it an entry like the others. */
  #keep(entry: Entry, filled: Filled | null, removals: number): boolean | Promise<boolean> {
    const { key } = entry.head;
    if (filled === null || entry.isGone || !this.#isCurrent(entry.record, removals)) {
      this.#end(entry);
      if (filled?.kind === 'file') void this.disk?.discard(filled.file.path);
      return false;
    }
    const record = this.#record(key);
    if (record === undefined && this.#onDisk(key).length > 0) {
      return Promise.resolve(this.heads(key)).then(() => this.#settle(entry, filled, removals));
    }
    return this.#settle(entry, filled, removals);
  }

  #settle(given: Entry, filled: Filled, removals: number): boolean {
    const octets = filled.kind === 'memory' ? filled.body.length : given.filling!.octets;
    this.#end(given);
    const { key } = given.head;
    const entry = newEntry(this.#record(key) ?? this.#create(key), { ...ownHead(given.head), octets }, {});
    if (filled.kind === 'memory') {
      entry.memory = filled.body;
      entry.opened = inMemory(filled.body);
      this.#add(entry);
      this.#behind.writeWhole(entry, filled.body, removals);
      return true;
    }
    const slot = this.#behind.place(entry, filled.file, removals);
    if (slot === null) return false;
    entry.place = { slot, bodyAt: filled.bodyAt };
    entry.fromDisk = this.disk!.body(entry.head, entry.place);
    entry.opened = entry.fromDisk;
    this.#add(entry);
    return true;
  }

  /** Adds a new entry, and takes away what it stands for from now on; the oldest variant, too, where there are too many. */
  #add(entry: Entry): void {
    const { record } = entry;
    // Had the key to make room meanwhile, its entries are told apart when they are read again.
    if (!this.memory.add(entry)) return;
    for (const other of [...record.entries]) {
      if (other.filling === null && takesPlaceOf(entry.head, other.head)) this.#discard(other);
    }
    const whole = record.entries.filter(({ filling }) => filling === null);
    if (whole.length > VARIANTS_MAX) this.#discard(whole[0]!);
  }

  #discard(entry: Entry): void {
    entry.isGone = true;
    this.memory.drop(entry);
    if (entry.place !== null) this.disk?.remove([entry.place.slot]);
  }

  /** An entry that is not filled any more, whatever becomes of it. */
  #end(entry: Entry): void {
    entry.isGone = true;
    if (this.memory.entry(entry.head.id) === entry) this.memory.drop(entry);
  }

  #forget(record: KeyRecord): void {
    this.memory.forget(record);
    for (const entry of record.entries) {
      entry.isGone = true;
      entry.filling?.stopStoring();
    }
  }

  #removeAll(): number {
    this.#board.removeAll();
    const records = this.memory.records();
    const alone = records.flatMap(({ entries }) => entries).filter((entry) => !this.disk?.has(entry.place)).length;
    for (const record of records) this.#forget(record);
    return alone + (this.disk?.removeAll() ?? 0);
  }

  async #removeSome(key: string, ids: ReadonlySet<string>): Promise<number> {
    if (this.#record(key) === undefined) await this.heads(key);
    const record = this.#record(key);
    const going = record?.entries.filter(({ head }) => ids.has(head.id)) ?? [];
    for (const entry of going) {
      this.#discard(entry);
      entry.filling?.stopStoring();
    }
    if (record !== undefined && going.length > 0) this.#behind.tellOthers(record);
    return going.length;
  }
}
