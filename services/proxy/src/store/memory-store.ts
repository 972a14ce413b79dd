import type { StoredHead } from '../protocol/stored-response.ts';
import { sameVariant } from '../protocol/vary.ts';
import type { ResponseStore, StoredEntry } from './response-store.ts';

/** Variants of one key at most: an origin that varies on a field of many values must not fill the store. */
export const VARIANTS_MAX = 16;
/** What an entry takes beside its text and its octets, in octets: objects and places in tables, roughly. */
const ENTRY_OVERHEAD_OCTETS = 512;

interface Entry {
  head: StoredHead;
  readonly body: Uint8Array;
  size: number;
  uses: number;
}

/** Keeps responses in memory, up to a number of octets; then the one that was used longest ago makes room. */
export class MemoryStore implements ResponseStore {
  readonly #octetsMax: number;
  /** By id, the one that was used longest ago first: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Entry>();
  readonly #idsOfKey = new Map<string, Set<string>>();
  #octets = 0;

  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax;
  }

  async heads(key: string): Promise<readonly StoredHead[]> {
    return this.#under(key).map(({ head }) => head);
  }

  async body(id: string): Promise<Uint8Array | null> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    entry.uses += 1;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.body;
  }

  async put(head: StoredHead, body: Uint8Array): Promise<void> {
    const others = this.#under(head.key);
    for (const other of others) if (sameVariant(other.head, head)) this.#drop(other.head);
    const variants = this.#under(head.key);
    if (variants.length >= VARIANTS_MAX) this.#drop(variants[0]!.head);
    const size = sizeOf(head, body.length);
    if (size > this.#octetsMax) return;
    this.#entries.set(head.id, { head, body, size, uses: 0 });
    this.#idsOfKey.set(head.key, (this.#idsOfKey.get(head.key) ?? new Set()).add(head.id));
    this.#octets += size;
    this.#makeRoom();
  }

  async replaceHead(head: StoredHead): Promise<void> {
    const entry = this.#entries.get(head.id);
    if (entry === undefined) return;
    const size = sizeOf(head, entry.body.length);
    this.#octets += size - entry.size;
    entry.head = head;
    entry.size = size;
    this.#makeRoom();
  }

  async remove(key?: string): Promise<number> {
    const entries = key === undefined ? [...this.#entries.values()] : this.#under(key);
    for (const { head } of entries) this.#drop(head);
    return entries.length;
  }

  async list(): Promise<readonly StoredEntry[]> {
    return [...this.#entries.values()].reverse().map(({ head, uses }) => ({ head, uses }));
  }

  octets(): number {
    return this.#octets;
  }

  #under(key: string): Entry[] {
    return [...(this.#idsOfKey.get(key) ?? [])]
      .map((id) => this.#entries.get(id))
      .filter((entry) => entry !== undefined);
  }

  #makeRoom(): void {
    for (const { head } of this.#entries.values()) {
      if (this.#octets <= this.#octetsMax) return;
      this.#drop(head);
    }
  }

  #drop(head: StoredHead): void {
    const entry = this.#entries.get(head.id);
    if (entry === undefined) return;
    this.#entries.delete(head.id);
    this.#octets -= entry.size;
    const ids = this.#idsOfKey.get(head.key);
    ids?.delete(head.id);
    if (ids?.size === 0) this.#idsOfKey.delete(head.key);
  }
}

function sizeOf(head: StoredHead, octets: number): number {
  const text = head.fields.reduce((sum, [name, value]) => sum + name.length + value.length, head.key.length);
  return ENTRY_OVERHEAD_OCTETS + text + octets;
}
