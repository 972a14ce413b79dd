import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { formatName } from '#shared/dns/name-text.ts';
import { formatRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, formatType } from '#shared/dns/registry.ts';
import { ConfigError } from '#shared/host/config.ts';
import { listenDns } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import { action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { Cache, type Cached } from './protocol/cache.ts';
import { parseHints } from './protocol/hints.ts';
import { Resolver } from './protocol/resolver.ts';
import { Servers } from './protocol/servers.ts';
import { Recursion } from './server/recursion.ts';
import { ResolverServer } from './server/resolver-server.ts';
import { UpstreamAsker } from './server/upstream.ts';

/** Cache entries that `GET /state` shows, at most. */
const SHOWN_MAX = 1_000;
/** The host's own file that says where the root is. */
const HINTS = 'named.root';

/** The local DNS server: asks the servers of the lab, from the root down, on behalf of its clients. */
export const program: Program<Config> = { name: 'resolver', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const hints = readHints(host);
  const cache = new Cache({
    entries: config.CACHE_ENTRIES,
    ttlSMax: config.CACHE_TTL_S_MAX,
    negativeTtlSMax: config.CACHE_NEGATIVE_TTL_S_MAX,
  });
  const servers = new Servers();
  const resolver = new Resolver({ cache, servers, hints });
  const asker = new UpstreamAsker(host, config.MIX_CASE);
  const recursion = new Recursion(resolver, asker, host.clock);
  const server = new ResolverServer(host, recursion, cache);
  const listeners = await listenDns(host, (request) => server.respond(request));

  return {
    state: () => ({
      cache: [...cache.all(host.clock.now())].slice(0, SHOWN_MAX).map(shown),
      cacheEntries: cache.size,
      servers: servers.state(),
      rcodes: server.rcodes,
      upstreamQueries: asker.sent,
      working: resolver.working,
      ...listeners.counters(),
    }),
    health: () => null,
    actions: {
      flush: action('Empties the cache', z.object({}), () => {
        const flushed = cache.size;
        cache.clear();
        return { flushed };
      }),
    },
    stop: async () => {
      recursion.stop();
      await listeners.stop();
    },
  };
}

function readHints(host: Host) {
  const path = join(host.dir, HINTS);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`There is no ${path}: put the root hints there, names and addresses of the root servers`);
  }
  return parseHints(text, path, host.net);
}

/** A cache entry in the four fields of a resource record, with the time that is left. */
function shown({ knowledge, owner, type, rank, records, ageS, leftS }: Cached): object {
  return {
    name: formatName(owner),
    type: knowledge === 'name-error' ? 'any' : formatType(type),
    values: knowledge === 'records' ? records.map(({ rdata }) => formatRdata(type, CLASS.IN, rdata)) : [],
    ttl: leftS,
    ageS,
    knowledge,
    rank,
  };
}
