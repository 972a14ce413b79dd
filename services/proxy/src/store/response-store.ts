import type { StoredHead } from '../protocol/stored-response.ts';

/** An entry of the store, for people to look at. */
export interface StoredEntry {
  readonly head: StoredHead;
  /** How often its octets were read since it was stored. */
  readonly uses: number;
}

/**
 * Where responses are kept: heads that the policy can look at, and octets that are read when they are sent. An entry may
 * vanish at any time, because a store has a limit; it never changes its octets under the same id.
 */
export interface ResponseStore {
  /** The heads of all responses stored under a key. */
  heads(key: string): Promise<readonly StoredHead[]>;
  /** The octets of an entry, or null when it is no longer there. */
  body(id: string): Promise<Uint8Array | null>;
  /** Stores a response in the place of the one of the same key and variant. */
  put(head: StoredHead, body: Uint8Array): Promise<void>;
  /** Gives an entry another head, if it is still there. */
  replaceHead(head: StoredHead): Promise<void>;
  /** Takes away what is stored under a key, or everything. Returns how many entries that were. */
  remove(key?: string): Promise<number>;
  /** All entries, the one that was used last first. */
  list(): Promise<readonly StoredEntry[]>;
  /** What the entries take, in octets. */
  octets(): number;
}
