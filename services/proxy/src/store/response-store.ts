import type { StoredHead } from '../protocol/stored-response.ts';
import type { BodySource } from '../server/body-source.ts';

/** An entry of the store, for people to look at. */
export interface StoredEntry {
  readonly head: StoredHead;
  /** How often its octets were read since it was stored. */
  readonly uses: number;
  /** Where its octets are. `coming`: they are on their way from the origin. */
  readonly tier: 'memory' | 'disk' | 'memory and disk' | 'coming';
}

/** A page of the list of all entries. */
export interface StoredPage {
  /** How many entries there are. */
  readonly total: number;
  readonly entries: readonly StoredEntry[];
}

/** The octets of an entry. They do not change, and they stay readable when the entry makes room meanwhile. */
export interface StoredBody {
  /** Null while the length is unknown, because the body is still coming. */
  readonly octets: number | null;
  /** All octets, where they are in memory: they can be sent at once. */
  readonly memory: Uint8Array | null;
  /** The octets from `first` to `last`, both included; to the end where `last` is Infinity. Its reads throw BodyBroken. */
  read(first: number, last: number): BodySource;
}

/**
 * An entry that is being filled. From the beginning it is among the heads of its key, and its body can be read while it comes.
 * When its storing ends before its end (it is longer than what is stored, the disk is full), who reads it already reads on.
 */
export interface EntryWriter {
  readonly body: StoredBody;
  /** Takes octets, which nobody changes any more. False: neither the store nor a reader wants the rest. */
  write(octets: Uint8Array): boolean | Promise<boolean>;
  /**
   * All octets have come: the entry takes the place of those that `takesPlaceOf` says, unless its key was declared out of date
   * since `removals`. Whether it is stored.
   */
  commit(): boolean | Promise<boolean>;
  /** The response broke off. After `commit` it does nothing. */
  abandon(): void;
}

/**
 * Where responses are kept: heads that the policy can look at, and octets that are read when they are sent. An entry may
 * vanish at any time, because a store has a limit; it never changes its octets under the same id. What is in memory is
 * answered at once, not by a promise: hits depend on it.
 */
export interface ResponseStore {
  /** The heads of all responses stored under a key: the same array as long as nothing changes. */
  heads(key: string): readonly StoredHead[] | Promise<readonly StoredHead[]>;
  /** The octets of an entry whose head was looked at just now, for a use of it; null when it is no longer there. */
  open(id: string): StoredBody | null | Promise<StoredBody | null>;
  /** How often what is stored under this key was declared out of date, by whomever. */
  removals(key: string): number;
  /** Begins an entry, of a response that was asked for when the key had so many `removals`. */
  begin(head: StoredHead, removals: number): EntryWriter;
  /** Gives an entry another head, if it is still there. */
  replaceHead(head: StoredHead): void | Promise<void>;
  /** Takes away what is stored under a key, or everything, or those entries of a key. Returns how many that were. */
  remove(key?: string, ids?: ReadonlySet<string>): number | Promise<number>;
  /** `count` entries from the one on that has `from` before it; the one that was used last comes first. */
  list(from: number, count: number): Promise<StoredPage>;
  /** What the entries take in memory, in octets. */
  octets(): number;
}
