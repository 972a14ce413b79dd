import { fieldValue } from '#shared/http/fields.ts';
import { shownValue } from '../protocol/cache-key.ts';
import { currentAge, freshnessLifetime } from '../protocol/freshness.ts';
import type { Mode, StoredHead } from '../protocol/stored-response.ts';
import type { DiskCounters } from '../store/disk-store.ts';
import type { StoredEntry } from '../store/response-store.ts';
import type { TieredStore } from '../store/tiered-store.ts';
import type { OriginClient } from './origin-client.ts';
import type { WebCache } from './web-cache.ts';

/** A stored response, as people look at it. */
export interface ShownEntry {
  readonly key: string;
  /** The request's fields that select this variant, with their values then; credentials are not shown. */
  readonly selecting: Readonly<Record<string, string | null>>;
  readonly status: number;
  readonly mediaType: string | null;
  readonly octets: number | null;
  readonly part: StoredHead['part'];
  readonly ageS: number;
  readonly lifetimeS: number;
  readonly fresh: boolean;
  /** Why the lifetime is what it is. */
  readonly because: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly uses: number;
  readonly tier: StoredEntry['tier'];
}

/** What one thread has counted, and has in memory. */
export interface Tally {
  readonly counters: Readonly<Record<string, number>>;
  readonly memory: { readonly octets: number; readonly evicted: number };
  readonly disk: DiskCounters;
  readonly tunnels: number;
  readonly connections: number;
  /** Connections to origins, and requests that wait for one. */
  readonly origins: OriginClient['connections'];
}

/** What the disk holds. */
interface DiskView {
  readonly octets: number;
  readonly octetsMax: number;
  readonly entries: number;
  readonly entriesMax: number;
  /** Why it takes nothing at this moment, or null. */
  readonly trouble: string | null;
}

/** The cache at one moment, and a page of what it holds. */
export interface CacheView extends Tally {
  readonly proxy: string;
  readonly port: number;
  readonly mode: Mode;
  /** Requests that each worker thread has had; empty where the main thread serves the clients itself. */
  readonly workers: readonly number[];
  /** Lab time, in milliseconds. */
  readonly labTime: number;
  /** What the entries in memory take, and may take. */
  readonly octets: number;
  readonly octetsMax: number;
  readonly onDisk: DiskView | null;
  readonly total: number;
  readonly from: number;
  readonly stored: readonly ShownEntry[];
}

/** What this thread has counted. */
export function tallyOf(cache: WebCache, store: TieredStore, tunnels: number, connections: number): Tally {
  return {
    counters: { ...cache.counters },
    memory: { octets: store.memory.octets, evicted: store.memory.evicted },
    disk: { ...(store.disk?.counters ?? { stored: 0, evicted: 0, damaged: 0, refused: 0 }) },
    tunnels,
    connections,
    origins: cache.origins.connections,
  };
}

/** What several threads have counted together. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => object) => {
    const total: Record<string, number> = {};
    for (const tally of tallies) {
      for (const [name, count] of Object.entries(of(tally))) total[name] = (total[name] ?? 0) + Number(count);
    }
    return total;
  };
  const { tunnels = 0, connections = 0 } = sum(({ tunnels, connections }) => ({ tunnels, connections }));
  return {
    counters: sum(({ counters }) => counters),
    memory: sum(({ memory }) => memory) as unknown as Tally['memory'],
    disk: sum(({ disk }) => disk) as unknown as DiskCounters,
    tunnels,
    connections,
    origins: sum(({ origins }) => origins) as unknown as Tally['origins'],
  };
}

/** The cache as this thread sees it, with what all threads have counted. */
export async function viewOf(
  cache: WebCache,
  store: TieredStore,
  tally: Tally,
  workers: readonly Tally[],
  page: { readonly from: number; readonly count: number },
): Promise<CacheView> {
  const { config, host } = cache;
  const { total, entries } = await store.list(page.from, page.count);
  const labTime = host.clock.now();
  return {
    ...tally,
    proxy: cache.pseudonym,
    port: host.port(config.PROXY_PORT),
    mode: cache.mode,
    workers: workers.map(({ counters }) => counters.requests ?? 0),
    labTime,
    octets: tally.memory.octets,
    octetsMax: config.CACHE_BYTES,
    onDisk: store.disk && {
      octets: store.disk.index.octets,
      octetsMax: config.DISK_BYTES,
      entries: store.disk.index.count,
      entriesMax: config.DISK_ENTRIES,
      trouble: store.disk.trouble,
    },
    total,
    from: page.from,
    stored: entries.map((entry) => shown(entry, labTime)),
  };
}

function shown({ head, uses, tier }: StoredEntry, now: number): ShownEntry {
  const lifetime = freshnessLifetime(head);
  const ageS = currentAge(head, now);
  return {
    key: head.key,
    selecting: Object.fromEntries(head.selecting.map(([name, value]) => [name, shownValue(name, value)])),
    status: head.status,
    mediaType: fieldValue(head.fields, 'Content-Type') ?? null,
    octets: head.octets,
    part: head.part,
    ageS,
    lifetimeS: lifetime.seconds,
    fresh: lifetime.seconds > ageS,
    because: lifetime.because,
    etag: fieldValue(head.fields, 'ETag') ?? null,
    lastModified: fieldValue(head.fields, 'Last-Modified') ?? null,
    uses,
    tier,
  };
}
