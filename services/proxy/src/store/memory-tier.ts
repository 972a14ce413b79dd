import { type Entry, type KeyRecord, sizeOf } from './entry.ts';

/** The share of the memory that the variants of one key may take with their bodies. */
const KEY_SHARE = 1 / 4;

/** The part of the store that is in memory: bounded in octets; the key that was used longest ago makes room. */
export class MemoryTier {
  readonly #octetsMax: number;
  /** The one used longest ago first: a Map keeps the order of insertion. */
  readonly #records = new Map<string, KeyRecord>();
  readonly #entries = new Map<string, Entry>();
  #newest: KeyRecord | null = null;
  #octets = 0;
  evicted = 0;

  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax;
  }

  get octets(): number {
    return this.#octets;
  }

  get count(): number {
    return this.#entries.size;
  }

  record(key: string): KeyRecord | undefined {
    return this.#records.get(key);
  }

  entry(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The keys, the one used last first. */
  records(): KeyRecord[] {
    return [...this.#records.values()].reverse();
  }

  /** Moves a key to the young end. */
  use(record: KeyRecord): void {
    if (record === this.#newest || this.#records.get(record.key) !== record) return;
    this.#records.delete(record.key);
    this.#records.set(record.key, record);
    this.#newest = record;
  }

  /** Adds an entry. False where its key is not in sight: then the disk has it, or nobody. */
  add(entry: Entry): boolean {
    const { record } = entry;
    const known = this.#records.get(record.key);
    if (!record.isWhole || (known !== undefined && known !== record)) return false;
    if (known === undefined) {
      record.octets = 0;
      this.#records.set(record.key, record);
      this.#newest = record;
    }
    record.entries.push(entry);
    this.#entries.set(entry.head.id, entry);
    this.update(record);
    return true;
  }

  drop(entry: Entry): void {
    const { record } = entry;
    record.entries = record.entries.filter((other) => other !== entry);
    if (this.#entries.get(entry.head.id) === entry) this.#entries.delete(entry.head.id);
    this.update(record);
    if (record.entries.length === 0) this.forget(record);
  }

  /** Takes note of what has changed in a record. */
  update(record: KeyRecord): void {
    record.heads = Object.freeze(record.entries.map(({ head }) => head));
    const before = record.octets;
    record.octets = record.entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (record.octets > this.#octetsMax * KEY_SHARE) this.#trim(record);
    if (this.#records.get(record.key) !== record) return;
    this.#octets += record.octets - before;
    this.#makeRoom();
  }

  /** Leaves a key to the disk. */
  forget(record: KeyRecord): void {
    if (this.#records.get(record.key) !== record) return;
    this.#records.delete(record.key);
    this.#octets -= record.octets;
    if (this.#newest === record) this.#newest = null;
    for (const { head } of record.entries) this.#entries.delete(head.id);
  }

  clear(): void {
    for (const record of [...this.#records.values()]) this.forget(record);
  }

  #makeRoom(): void {
    if (this.#octets <= this.#octetsMax) return;
    for (const record of this.#records.values()) {
      if (this.#octets <= this.#octetsMax) return;
      // Somebody has just looked at the newest, and what is coming must stay in sight.
      if (record === this.#newest || record.entries.some(({ filling }) => filling !== null)) continue;
      this.forget(record);
      this.evicted += record.entries.length;
    }
  }

  /** One key with many large variants must not have all the memory: their octets can be read from the disk. */
  #trim(record: KeyRecord): void {
    for (const entry of record.entries) {
      if (record.octets <= this.#octetsMax * KEY_SHARE) return;
      if (entry.memory === null || entry.fromDisk === null || entry === record.entries.at(-1)) continue;
      record.octets -= entry.memory.length;
      entry.memory = null;
      entry.opened = entry.fromDisk;
    }
  }
}
