import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import { type Action, action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { type CacheDesk, openDesk } from './server/cache-desk.ts';
import { listenProxy, type ProxyServer } from './server/proxy-server.ts';
import { ProxyWorkers } from './server/proxy-workers.ts';
import { storePlan } from './server/store-plan.ts';
import { openWebCache } from './server/web-cache.ts';
import { openStore } from './store/open-store.ts';

/** Entries that `state` shows, the ones used last; the action `inspect` shows the others. */
const SHOWN_MAX = 200;
/** Entries of one page at most. */
const PAGE_MAX = 1_000;

/** The institution's web cache: a server for its clients, and a client of the origins. */
export const program: Program<Config> = { name: 'proxy', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const store = openStore(storePlan(config, host), host.log, config.WORKERS > 0);
  const cache = openWebCache(host, config, store);
  let server: ProxyServer | null = null;
  const desk: CacheDesk = openDesk(cache, store, () => server, {
    tallies: async () => (await workers?.tallies()) ?? [],
    setMode: async (mode) => workers?.setMode(mode),
  });
  cache.desk = desk;
  const workers = config.WORKERS === 0 ? null : new ProxyWorkers(host, config, store.sharedMemory, desk);
  if (workers === null) server = await listenProxy(cache, host.port(config.PROXY_PORT));
  else await workers.start();
  return {
    state: () => desk.look(0, SHOWN_MAX),
    health: () => store.disk?.trouble ?? null,
    actions: cacheActions(desk),
    stop: async () => {
      cache.origins.close();
      await Promise.all([server?.close(), workers?.stop()]);
      await store.close();
    },
  };
}

function cacheActions(desk: CacheDesk): Readonly<Record<string, Action>> {
  const place = (otherwise: number, max: number) => z.number().int().min(0).max(max).default(otherwise);
  const inspect = z.object({ from: place(0, Number.MAX_SAFE_INTEGER), count: place(SHOWN_MAX, PAGE_MAX) });
  const purge = z.object({ url: z.string('give a URL').optional() });
  const mode = z.object({ mode: z.enum(['freshness', 'always-revalidate'], 'give freshness or always-revalidate') });
  return {
    inspect: action('Shows a page of what is stored, used last first: { from?, count? }', inspect, ({ from, count }) =>
      desk.look(from, count),
    ),
    purge: action('Forgets what is stored for a URL, or everything: { url? }', purge, async ({ url }) => ({
      purged: await desk.purge(url),
    })),
    mode: action(
      'Follows RFC 9111 (freshness), or asks the origin each time (always-revalidate): { mode }',
      mode,
      async (input) => {
        await desk.setMode(input.mode);
        return input;
      },
    ),
  };
}
