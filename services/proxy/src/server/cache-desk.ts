import { parseRequestTarget } from '#shared/http/request-target.ts';
import { cacheKey } from '../protocol/cache-key.ts';
import type { Mode } from '../protocol/stored-response.ts';
import type { TieredStore } from '../store/tiered-store.ts';
import { type CacheView, sumTallies, type Tally, tallyOf, viewOf } from './cache-view.ts';
import type { ProxyServer } from './proxy-server.ts';
import type { WebCache } from './web-cache.ts';

/** Where the cache is looked at and told what to do, by the control API and by the proxy's own page, in whatever thread. */
export interface CacheDesk {
  /** The cache, and `count` of its entries from `from` on, the one used last first. */
  look(from: number, count: number): Promise<CacheView>;
  /** Forgets what is stored for a URL, or everything; returns how much that was. @throws Error for what is no whole URL */
  purge(url: string | undefined): Promise<number>;
  setMode(mode: Mode): Promise<void>;
}

/** Other threads that serve clients, as the desk sees them. */
export interface OtherThreads {
  tallies(): Promise<readonly Tally[]>;
  setMode(mode: Mode): Promise<void>;
}

/** The desk of the thread that has the control API. The store of all threads is one: a purge in it reaches them all. */
export function openDesk(
  cache: WebCache,
  store: TieredStore,
  server: () => Pick<ProxyServer, 'tunnels' | 'connections'> | null,
  others: OtherThreads | null,
): CacheDesk {
  return {
    look: async (from, count) => {
      const own = tallyOf(cache, store, server()?.tunnels() ?? 0, server()?.connections() ?? 0);
      const workers = (await others?.tallies()) ?? [];
      return viewOf(cache, store, sumTallies([own, ...workers]), workers, { from, count });
    },
    purge: async (url) => store.remove(url === undefined ? undefined : keyOf(url)),
    setMode: async (mode) => {
      cache.mode = mode;
      await others?.setMode(mode);
    },
  };
}

function keyOf(url: string): string {
  const target = parseRequestTarget('GET', url);
  if (typeof target === 'string' || target.form !== 'absolute')
    throw new Error(`Cannot purge ${url}: give a whole URL, http://...`);
  return cacheKey(target.authority, target.path);
}
