/**
 * The cache of a resolver (RFC 1035, section 7.4): RRsets, and the knowledge that a name or a type does not exist (RFC
 * 2308, section 5), each until its time is over, and some time longer for the case that no server can be reached (RFC 8767).
 * Data has a rank (RFC 2181, section 5.4.1): what the owner of a name answered is never replaced by what a third party
 * mentioned, and only that is given out as an answer.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey, suffixOf } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { entryBytes } from './cache-bytes.ts';
import { type Linked, Recency } from './recency.ts';

/**
 * Where data came from: additional records; the NS records of a referral, which are the parent's; the authority section of
 * an answer with authority, which is the zone's own; the answer section of such an answer.
 */
const RANK = { additional: 1, referral: 2, authority: 3, answer: 4 } as const;
export type Rank = keyof typeof RANK;

/** Seconds that "no such name" is kept where no SOA record says for how long it is true (RFC 2308, section 5). */
const NEGATIVE_TTL_S_WITHOUT_SOA = 3;
/** TTL of stale records in an answer, in seconds (RFC 8767, section 4). */
const STALE_TTL_S = 30;
/** An entry is refreshed before its time when it was asked for so often and so little of its TTL is left. */
const POPULAR_HITS = 3;
export const PREFETCH_PART = 0.1;
/** Below this TTL in seconds a refresh before the time would save nothing. */
const PREFETCH_TTL_S_MIN = 30;

export interface CacheLimits {
  readonly bytes: number;
  readonly ttlSMax: number;
  readonly negativeTtlSMax: number;
  /** Seconds for which data is kept after its TTL; 0 for none. */
  readonly staleSMax: number;
}

/** `records`: an RRset. The others: what does not exist, with the SOA record that says so. */
type KnowledgeKind = 'records' | 'no-data' | 'name-error';

/** What the cache knows, its TTLs counted down to this moment. */
export interface Cached {
  readonly knowledge: KnowledgeKind;
  readonly owner: Name;
  readonly type: number;
  readonly rank: Rank;
  readonly records: readonly ResourceRecord[];
  /** Seconds since it came and until it goes; less than zero for what is stale. */
  readonly ageS: number;
  readonly leftS: number;
  readonly isStale: boolean;
  /** Whether it is popular and almost over. Said once: who reads it is to refresh it. */
  readonly isDue: boolean;
  /** The entry itself, for who wants to know later whether it still stands. */
  readonly stored: Stored;
}

/** Whether an entry still stands in the cache as it was read: not replaced, not evicted, not flushed. */
export interface Stored {
  readonly isLive: boolean;
  readonly storedAt: number;
  readonly expiresAt: number;
  /** Called when it stands no longer, for who cannot ask. */
  onGone?: (gone: Stored) => void;
}

interface Entry extends Linked<Entry> {
  readonly key: string;
  readonly knowledge: KnowledgeKind;
  readonly owner: Name;
  readonly type: number;
  readonly rank: Rank;
  readonly records: readonly ResourceRecord[];
  readonly storedAt: number;
  readonly expiresAt: number;
  readonly bytes: number;
  isLive: boolean;
  onGone?: (gone: Stored) => void;
  hits: number;
  wasDue: boolean;
}

/** In the place of a type: the name itself does not exist, with any type. */
const ANY_TYPE = 0;

/** Times are lab time in milliseconds. The entry that was used longest ago makes room for a new one. */
export class Cache {
  readonly #limits: CacheLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #recency = new Recency<Entry>();
  #bytes = 0;
  #nameErrors = 0;
  #dnames = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `records` with TTLs as the cache would keep them: who asks first is told nothing else than who asks next. */
  capped(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
    const { ttlSMax } = this.#limits;
    if (records.every(({ ttl }) => ttl <= ttlSMax)) return records;
    return records.map((record) => ({ ...record, ttl: Math.min(record.ttl, ttlSMax) }));
  }

  /** Keeps an RRset, unless what is known already has a higher rank. A TTL of 0 is for this one use (RFC 1035, section 3.2.1). */
  storeRrset(records: readonly ResourceRecord[], rank: Rank, now: number): void {
    const [first] = records;
    if (first === undefined) return;
    const { owner, type } = first;
    const key = keyOf(owner, type);
    const known = this.#live(key, now);
    if (known !== undefined && known.knowledge === 'records' && RANK[known.rank] > RANK[rank]) return;
    const ttlS = Math.min(this.#limits.ttlSMax, ...records.map((record) => record.ttl));
    let expiresAt = now + ttlS * 1000;
    if (type === TYPE.NS) {
      // What a zone says of its own servers outranks its parent, but a zone must not live on by confirming itself when
      // its parent has withdrawn it (ghost domains): the parent's time stays the limit.
      if (known?.knowledge === 'records') expiresAt = Math.min(expiresAt, known.expiresAt);
      else if (rank === 'authority') return;
    }
    if (rank === 'answer') this.#delete(keyOf(owner, ANY_TYPE));
    const own = records.map((record) => (record.owner === owner ? record : { ...record, owner }));
    this.#put({ key, knowledge: 'records', owner, type, rank, records: own, storedAt: now, expiresAt });
  }

  /** Keeps that `name` has no such type, or does not exist, as long as the SOA record allows (RFC 2308, section 5). */
  storeNegative(
    knowledge: 'no-data' | 'name-error',
    name: Name,
    qtype: number,
    soa: ResourceRecord | undefined,
    now: number,
  ): void {
    const allowedS = soa?.rdata.kind === 'SOA' ? Math.min(soa.ttl, soa.rdata.minimum) : NEGATIVE_TTL_S_WITHOUT_SOA;
    const ttlS = Math.min(allowedS, this.#limits.negativeTtlSMax);
    const type = knowledge === 'name-error' ? ANY_TYPE : qtype;
    const records = soa === undefined ? [] : [{ ...soa, ttl: ttlS }];
    const key = keyOf(name, type);
    this.#put({
      key,
      knowledge,
      owner: name,
      type,
      rank: 'answer',
      records,
      storedAt: now,
      expiresAt: now + ttlS * 1000,
    });
  }

  /** What is known of `name` and `type` with at least `rank`. Where a name does not exist, none below it does (RFC 8020). */
  find(name: Name, type: number, rank: Rank, now: number): Cached | undefined {
    const key = keyOf(name, type);
    const exact = this.#live(key, now);
    if (exact !== undefined && RANK[exact.rank] >= RANK[rank]) return this.#asked(exact, now);
    if (this.#nameErrors === 0) return undefined;
    const names = key.slice(0, -1);
    // A key holds the labels with their lengths, from the leaf: the key of a name above is the rest of it.
    for (let at = 0; at < names.length; at += 1 + names.charCodeAt(at)) {
      const missing = this.#live(names.slice(at) + String.fromCharCode(ANY_TYPE), now);
      if (missing !== undefined) return this.#asked(missing, now);
    }
    return undefined;
  }

  /** What was known of `name` and `type` until its time was over: for when nothing better can be had (RFC 8767). */
  findStale(name: Name, type: number, now: number): Cached | undefined {
    for (const key of [keyOf(name, type), keyOf(name, ANY_TYPE)]) {
      const entry = this.#kept(key, now);
      if (entry !== undefined && entry.rank === 'answer') return this.#used(entry, now);
    }
    return undefined;
  }

  /** The DNAME record of a name above `name`, which gives everything below another name (RFC 6672, section 3.4). */
  dnameAbove(name: Name, now: number, mayBeStale: boolean): Cached | undefined {
    if (this.#dnames === 0) return undefined;
    for (let labels = name.length - 1; labels >= 0; labels -= 1) {
      const entry = this.#kept(keyOf(suffixOf(name, labels), TYPE.DNAME), now);
      if (entry?.knowledge !== 'records' || entry.rank !== 'answer') continue;
      if (entry.expiresAt > now) return this.#asked(entry, now);
      if (mayBeStale) return this.#used(entry, now);
    }
    return undefined;
  }

  /** The records of `name` and `type`, of any rank: good enough to find a server. */
  records(name: Name, type: number, now: number): readonly ResourceRecord[] {
    return this.rrset(name, type, now)?.records ?? [];
  }

  /** The RRset of `name` and `type`, of any rank. */
  rrset(name: Name, type: number, now: number): Cached | undefined {
    const entry = this.#live(keyOf(name, type), now);
    return entry?.knowledge === 'records' ? this.#used(entry, now) : undefined;
  }

  /** Everything that is kept at this moment, what is stale too. */
  *all(now: number): Generator<Cached> {
    for (const entry of this.#entries.values()) if (this.#keptUntil(entry) > now) yield counted(entry, now, false);
  }

  forget(name: Name, type: number): void {
    this.#delete(keyOf(name, type));
  }

  clear(): void {
    for (const entry of this.#entries.values()) end(entry);
    this.#entries.clear();
    this.#recency.clear();
    this.#bytes = 0;
    this.#nameErrors = 0;
    this.#dnames = 0;
  }

  #keptUntil({ expiresAt, rank }: Entry): number {
    return rank === 'answer' ? expiresAt + this.#limits.staleSMax * 1000 : expiresAt;
  }

  /** The entry while it lives, or is stale but kept. */
  #kept(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#keptUntil(entry) > now) return entry;
    this.#delete(key);
    return undefined;
  }

  #live(key: string, now: number): Entry | undefined {
    const entry = this.#kept(key, now);
    return entry !== undefined && entry.expiresAt > now ? entry : undefined;
  }

  /** As `#used`, and counts: the entry was asked for. */
  #asked(entry: Entry, now: number): Cached {
    entry.hits += 1;
    const isDue = !entry.wasDue && isAlmostOver(entry, now);
    if (isDue) entry.wasDue = true;
    return this.#used(entry, now, isDue);
  }

  #used(entry: Entry, now: number, isDue = false): Cached {
    this.#recency.use(entry);
    return counted(entry, now, isDue);
  }

  #put(fields: Omit<Entry, 'bytes' | 'isLive' | 'hits' | 'wasDue' | keyof Linked<Entry>>): void {
    const { key, expiresAt, storedAt } = fields;
    // Who is popular stays so when it is refreshed.
    const hits = this.#entries.get(key)?.hits ?? 0;
    this.#delete(key);
    const bytes = entryBytes(key, fields.owner, fields.records);
    if (expiresAt <= storedAt || bytes > this.#limits.bytes) return;
    while (this.#bytes + bytes > this.#limits.bytes) this.#delete(this.#recency.oldest!.key);
    const entry: Entry = { ...fields, bytes, isLive: true, hits, wasDue: false, older: null, newer: null };
    this.#entries.set(key, entry);
    this.#recency.add(entry);
    this.#bytes += bytes;
    if (fields.type === ANY_TYPE) this.#nameErrors += 1;
    if (fields.type === TYPE.DNAME) this.#dnames += 1;
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    end(entry);
    this.#entries.delete(key);
    this.#recency.remove(entry);
    this.#bytes -= entry.bytes;
    if (entry.type === ANY_TYPE) this.#nameErrors -= 1;
    if (entry.type === TYPE.DNAME) this.#dnames -= 1;
  }
}

function end(entry: Entry): void {
  entry.isLive = false;
  entry.onGone?.(entry);
}

/** The labels of the name, from the leaf, and the type as the last character. */
function keyOf(name: Name, type: number): string {
  return nameKey(name) + String.fromCharCode(type);
}

/** Refreshing the NS records of a zone would not lengthen their time: only their parent can. */
function isAlmostOver({ hits, type, storedAt, expiresAt }: Entry, now: number): boolean {
  const ttlMs = expiresAt - storedAt;
  if (hits < POPULAR_HITS || type === TYPE.NS || ttlMs < PREFETCH_TTL_S_MIN * 1000) return false;
  return expiresAt > now && expiresAt - now <= PREFETCH_PART * ttlMs;
}

/** The entry with the TTL that is left, in whole seconds: never 0 while it lives. */
function counted(entry: Entry, now: number, isDue: boolean): Cached {
  const { knowledge, owner, type, rank, storedAt, expiresAt } = entry;
  const leftS = Math.ceil((expiresAt - now) / 1000);
  const isStale = expiresAt <= now;
  const ttl = isStale ? STALE_TTL_S : leftS;
  const records = entry.records.map((record) => ({ ...record, ttl }));
  const ageS = Math.floor((now - storedAt) / 1000);
  return { knowledge, owner, type, rank, records, ageS, leftS, isStale, isDue, stored: entry };
}
