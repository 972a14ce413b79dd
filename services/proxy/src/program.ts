import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import { type Action, action, type Program, type Running } from '#shared/host/program.ts';
import { fieldValue } from '#shared/http/fields.ts';
import { parseRequestTarget } from '#shared/http/request-target.ts';
import { type Config, config } from './config.ts';
import { cacheKey } from './protocol/cache-key.ts';
import { currentAge, freshnessLifetime } from './protocol/freshness.ts';
import { listenProxy } from './server/proxy-server.ts';
import { openWebCache, type WebCache } from './server/web-cache.ts';
import { MemoryStore } from './store/memory-store.ts';
import type { StoredEntry } from './store/response-store.ts';

/** Entries that `state` shows, the ones used last: a page for people, not a dump. */
const SHOWN_MAX = 200;

/** The institution's web cache: a server for its clients, and a client of the origins. */
export const program: Program<Config> = { name: 'proxy', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const cache = openWebCache(host, config, new MemoryStore(config.CACHE_BYTES));
  const port = host.port(config.PROXY_PORT);
  const server = await listenProxy(cache, port);
  return {
    state: async () => ({
      port,
      mode: cache.mode,
      counters: cache.counters,
      tunnels: server.tunnels(),
      octets: cache.store.octets(),
      octetsMax: config.CACHE_BYTES,
      stored: (await cache.store.list()).slice(0, SHOWN_MAX).map((entry) => shown(entry, host.clock.now())),
    }),
    actions: cacheActions(cache),
    stop: async () => {
      cache.origins.close();
      await server.close();
    },
  };
}

function shown({ head, uses }: StoredEntry, now: number): object {
  const lifetime = freshnessLifetime(head);
  const ageS = currentAge(head, now);
  return {
    key: head.key,
    selecting: Object.fromEntries(head.selecting),
    status: head.status,
    octets: head.octets,
    ageS,
    lifetimeS: lifetime.seconds,
    fresh: lifetime.seconds > ageS,
    because: lifetime.because,
    etag: fieldValue(head.fields, 'ETag') ?? null,
    lastModified: fieldValue(head.fields, 'Last-Modified') ?? null,
    uses,
  };
}

function cacheActions(cache: WebCache): Readonly<Record<string, Action>> {
  const purge = z.object({ url: z.string('give a URL').optional() });
  const mode = z.object({ mode: z.enum(['freshness', 'always-revalidate'], 'give freshness or always-revalidate') });
  return {
    purge: action('Forgets what is stored for a URL, or everything: { url? }', purge, async ({ url }) => {
      cache.changes += 1;
      return { purged: await cache.store.remove(url === undefined ? undefined : keyOf(url)) };
    }),
    mode: action(
      'Follows RFC 9111 (freshness), or asks the origin each time (always-revalidate): { mode }',
      mode,
      (input) => {
        cache.mode = input.mode;
        return { mode: cache.mode };
      },
    ),
  };
}

function keyOf(url: string): string {
  const target = parseRequestTarget('GET', url);
  if (typeof target === 'string' || target.form !== 'absolute')
    throw new Error(`Cannot purge ${url}: give a whole URL, http://...`);
  return cacheKey(target.authority, target.path);
}
