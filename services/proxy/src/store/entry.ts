import type { StoredHead } from '../protocol/stored-response.ts';
import { memoryBody } from '../server/body-source.ts';
import type { KeyHash, Slot } from './disk-index.ts';
import type { Filling } from './filling.ts';
import type { StoredBody } from './response-store.ts';

/** What an entry takes beside its text and its octets, and what each of its fields does, in octets; as measured. */
const ENTRY_OVERHEAD_OCTETS = 1_536;
const FIELD_OVERHEAD_OCTETS = 96;

/** A stored response, as far as it is in memory. */
export interface Entry {
  readonly record: KeyRecord;
  head: StoredHead;
  /** Where it is on the disk; null while it is not there. */
  place: { readonly slot: Slot; readonly bodyAt: number } | null;
  memory: Uint8Array | null;
  filling: Filling | null;
  /** What `open` gives: the same object as long as the octets are at the same place. */
  opened: StoredBody;
  /** The octets as they are on the disk, for when memory lets go of them. */
  fromDisk: StoredBody | null;
  /** Uses that the disk's index does not count, because the entry is not there. */
  uses: number;
  /** It was replaced or declared out of date: what is under way with it ends. */
  isGone: boolean;
}

/** All responses of one key. Their heads are here together, or the key is not in memory at all. */
export interface KeyRecord {
  readonly key: string;
  readonly hash: KeyHash;
  readonly group: number;
  /** The board's number when this was true. */
  changes: number;
  /** Whether all that is stored under the key is here; else it is not in sight. */
  readonly isWhole: boolean;
  entries: Entry[];
  heads: readonly StoredHead[];
  octets: number;
}

const NOTHING: StoredBody = { octets: 0, memory: null, read: () => memoryBody(new Uint8Array()) };

/** An entry with nothing but what is given. */
export function newEntry(record: KeyRecord, head: StoredHead, rest: Partial<Entry>): Entry {
  return {
    record,
    head,
    place: null,
    memory: null,
    filling: null,
    opened: NOTHING,
    fromDisk: null,
    uses: 0,
    isGone: false,
    ...rest,
  };
}

/** A body whose octets are all in memory. */
export function inMemory(body: Uint8Array): StoredBody {
  return {
    octets: body.length,
    memory: body,
    read: (first, last) => memoryBody(body.subarray(first, last + 1)),
  };
}

/** A head as it is kept: a piece of a long text holds all of that text, so that a short field would hold a whole message. */
export function ownHead(head: StoredHead): StoredHead {
  return JSON.parse(JSON.stringify(head)) as StoredHead;
}

/** What an entry takes of the memory, in octets. */
export function sizeOf({ head, memory, filling }: Entry): number {
  // What is coming may be stored or not, and has a budget of its own.
  if (filling !== null) return 0;
  const fields = [head.fields, head.selecting, ...(head.alsoSelectedBy ?? [])].flat();
  const text = fields.reduce((sum, [name, value]) => sum + name.length + (value?.length ?? 0), head.key.length);
  return ENTRY_OVERHEAD_OCTETS + FIELD_OVERHEAD_OCTETS * fields.length + text + (memory?.length ?? 0);
}
