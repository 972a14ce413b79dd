import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIpv4 } from '#shared/dns/address-text.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { formatRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, formatType } from '#shared/dns/registry.ts';
import { ConfigError } from '#shared/host/config.ts';
import { LentAnswers } from '#shared/host/dns/lent-answers.ts';
import { DNS_OVER_HTTPS_PORT, DNS_OVER_TLS_PORT, listenDns } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { type Approach, CHAIN, ITERATE } from './protocol/approach.ts';
import { Cache, type Cached } from './protocol/cache.ts';
import type { Designation } from './protocol/designated-resolvers.ts';
import { parseHints } from './protocol/hints.ts';
import { Resolver } from './protocol/resolver.ts';
import { Servers } from './protocol/servers.ts';
import { actionsOf, centralAt, random } from './server/actions.ts';
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
    bytes: config.CACHE_BYTES,
    ttlSMax: config.CACHE_TTL_S_MAX,
    negativeTtlSMax: config.CACHE_NEGATIVE_TTL_S_MAX,
    staleSMax: config.SERVE_STALE_S_MAX,
  });
  const servers = new Servers(random);
  const resolver = new Resolver({
    ...{ cache, servers, hints, approach: approachOf(config, host) },
    ...{ isMinimising: config.MINIMISE_QNAME, isPriming: true, isPrefetching: config.PREFETCH },
  });
  const asker = new UpstreamAsker(host, config.MIX_CASE);
  const lent = new LentAnswers();
  const recursion = new Recursion(resolver, asker, host.clock);
  const server = new ResolverServer(host, recursion, cache, designationOf(host, config.TLS_NAMES), lent);
  const listeners = await listenDns(host, (request) => server.respond(request), {
    tlsNames: config.TLS_NAMES,
    udp: config.DNS_UDP,
    udpWorkers: config.DNS_WORKERS,
    lent,
  });
  recursion.prime();

  return {
    state: () => {
      const now = host.clock.now();
      return {
        mode: resolver.mode,
        cache: [...cache.all(now)].slice(0, SHOWN_MAX).map(shown),
        cacheEntries: cache.size,
        cacheBytes: cache.bytes,
        cacheBytesMax: config.CACHE_BYTES,
        root: resolver.root(now),
        servers: servers.state(now),
        rcodes: server.rcodes,
        counters: resolver.counters,
        upstreamQueries: asker.sent,
        working: resolver.working,
        ...listeners.counters(),
      };
    },
    health: () => null,
    actions: actionsOf({ host, resolver, recursion, asker, cache, hints, centralServer: config.CENTRAL_SERVER }),
    stop: async () => {
      recursion.stop();
      await listeners.stop();
    },
  };
}

/** @throws ConfigError where the mode needs a server and none is given. */
function approachOf({ RESOLVER_MODE: mode, CENTRAL_SERVER: address }: Config, host: Host): Approach {
  if (mode !== 'central') return mode === 'chain' ? CHAIN : ITERATE;
  if (parseIpv4(address) !== undefined) return centralAt(address, host.net);
  throw new ConfigError(
    'RESOLVER_MODE is central: give the address of the server that knows all names as CENTRAL_SERVER',
  );
}

/** Where this resolver is reached over TLS and HTTPS, if it is: by the first of its names. */
function designationOf(host: Host, [name]: readonly string[]): Designation | null {
  if (name === undefined) return null;
  const [tlsPort, httpsPort] = [host.port(DNS_OVER_TLS_PORT), host.port(DNS_OVER_HTTPS_PORT)];
  return { name, address: host.address, tlsPort, httpsPort };
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
function shown({ knowledge, owner, type, rank, records, ageS, leftS, isStale }: Cached): object {
  return {
    name: formatName(owner),
    type: knowledge === 'name-error' ? 'any' : formatType(type),
    values: knowledge === 'records' ? records.map(({ rdata }) => formatRdata(type, CLASS.IN, rdata)) : [],
    ttl: Math.max(0, leftS),
    ageS,
    isStale,
    knowledge,
    rank,
  };
}
