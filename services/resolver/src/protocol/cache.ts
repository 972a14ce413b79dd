/**
 * The cache of a resolver (RFC 1035, section 7.4): RRsets, and the knowledge that a name or a type does not exist (RFC
 * 2308, section 5), each until its time is over. Data has a rank (RFC 2181, section 5.4.1): what the owner of a name
 * answered is never replaced by what a third party mentioned, and only that is given out as an answer.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey, suffixOf } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';

/** Where data came from: the additional section, the authority section, the answer section. */
const RANK = { glue: 1, authority: 2, answer: 3 } as const;
export type Rank = keyof typeof RANK;

export interface CacheLimits {
  readonly entries: number;
  readonly ttlSMax: number;
  readonly negativeTtlSMax: number;
}

/** `records`: an RRset. The others: what does not exist, with the SOA record that says so. */
type Knowledge = 'records' | 'no-data' | 'name-error';

/** What the cache knows, its TTLs counted down to this moment. */
export interface Cached {
  readonly knowledge: Knowledge;
  readonly owner: Name;
  readonly type: number;
  readonly rank: Rank;
  readonly records: readonly ResourceRecord[];
  /** Seconds since it came and until it goes. */
  readonly ageS: number;
  readonly leftS: number;
}

interface Entry {
  readonly knowledge: Knowledge;
  readonly owner: Name;
  readonly type: number;
  readonly rank: Rank;
  readonly records: readonly ResourceRecord[];
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** In the place of a type: the name itself does not exist, with any type. */
const ANY_TYPE = 0;

/** Times are lab time in milliseconds. The entry that was used longest ago makes room for a new one. */
export class Cache {
  readonly #limits: CacheLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keeps an RRset, unless what is known already has a higher rank. A TTL of 0 is for this one use (RFC 1035, section 3.2.1). */
  storeRrset(records: readonly ResourceRecord[], rank: Rank, now: number): void {
    const [first] = records;
    if (first === undefined) return;
    const known = this.#live(keyOf(first.owner, first.type), now);
    if (known !== undefined && known.knowledge === 'records' && RANK[known.rank] > RANK[rank]) return;
    const ttlS = Math.min(this.#limits.ttlSMax, ...records.map((record) => record.ttl));
    let expiresAt = now + ttlS * 1000;
    // A zone must not live on by confirming itself when its parent has withdrawn it.
    if (first.type === TYPE.NS && known?.knowledge === 'records') expiresAt = Math.min(expiresAt, known.expiresAt);
    if (rank === 'answer') this.#entries.delete(keyOf(first.owner, ANY_TYPE));
    this.#put({ knowledge: 'records', owner: first.owner, type: first.type, rank, records, storedAt: now, expiresAt });
  }

  /** Keeps that `name` has no such type, or does not exist, as long as the SOA record allows (RFC 2308, section 5). */
  storeNegative(
    knowledge: 'no-data' | 'name-error',
    name: Name,
    qtype: number,
    soa: ResourceRecord,
    now: number,
  ): void {
    if (soa.rdata.kind !== 'SOA') return;
    const ttlS = Math.min(soa.ttl, soa.rdata.minimum, this.#limits.negativeTtlSMax);
    const type = knowledge === 'name-error' ? ANY_TYPE : qtype;
    const records = [{ ...soa, ttl: ttlS }];
    this.#put({ knowledge, owner: name, type, rank: 'answer', records, storedAt: now, expiresAt: now + ttlS * 1000 });
  }

  /** What is known of `name` and `type` with at least `rank`. Where a name does not exist, none below it does (RFC 8020). */
  find(name: Name, type: number, rank: Rank, now: number): Cached | undefined {
    const exact = this.#live(keyOf(name, type), now);
    if (exact !== undefined && RANK[exact.rank] >= RANK[rank]) return this.#used(exact, now);
    for (let labels = name.length; labels > 0; labels -= 1) {
      const missing = this.#live(keyOf(suffixOf(name, labels), ANY_TYPE), now);
      if (missing !== undefined) return this.#used(missing, now);
    }
    return undefined;
  }

  /** The records of `name` and `type`, of any rank: good enough to find a server. */
  records(name: Name, type: number, now: number): readonly ResourceRecord[] {
    const entry = this.#live(keyOf(name, type), now);
    return entry?.knowledge === 'records' ? this.#used(entry, now).records : [];
  }

  /** Everything that is known at this moment. */
  *all(now: number): Generator<Cached> {
    for (const entry of this.#entries.values()) if (entry.expiresAt > now) yield counted(entry, now);
  }

  clear(): void {
    this.#entries.clear();
  }

  #live(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > now) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** Moves the entry to the end of the map, where the most recently used ones are. */
  #used(entry: Entry, now: number): Cached {
    const key = keyOf(entry.owner, entry.type);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return counted(entry, now);
  }

  #put(entry: Entry): void {
    const key = keyOf(entry.owner, entry.type);
    this.#entries.delete(key);
    if (entry.expiresAt <= entry.storedAt || this.#limits.entries === 0) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#limits.entries) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, entry);
  }
}

function keyOf(name: Name, type: number): string {
  return `${type}/${nameKey(name)}`;
}

/** The entry with the TTL that is left, in whole seconds: never 0 while it lives. */
function counted({ storedAt, expiresAt, ...entry }: Entry, now: number): Cached {
  const leftS = Math.ceil((expiresAt - now) / 1000);
  const records = entry.records.map((record) => ({ ...record, ttl: leftS }));
  return { ...entry, records, ageS: Math.floor((now - storedAt) / 1000), leftS };
}
