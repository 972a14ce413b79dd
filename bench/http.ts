/**
 * HTTP beside the field's own servers: cache hits, memory of what is stored, what a cache adds to a miss, idle connections; and
 * documents of the origin.
 *
 *   npm run bench -- http [--quick] [hits] [miss] [memory] [idle] [origin]
 *
 * All servers run on this machine at once and have their turns; wrk asks. The job is the same for each: a request in absolute
 * form, of a copy that is fresh. CPU time is that of the server's processes with all their threads (/proc/PID/stat), of the user and of
 * the kernel.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROXY_PORT, startNginxCache, startOrigin, startSquid, startVarnish } from './http/caches.ts';
import { benchDocuments } from './http/documents.ts';
import { benchFirstOctet } from './http/first-octet.ts';
import { benchHits, benchManyHits } from './http/hits.ts';
import { benchIdle } from './http/idle.ts';
import { benchMemory } from './http/memory.ts';
import { type Pace, writeScript } from './http/wrk.ts';
import { missingTools, type Server, startDaemon, startOurs } from './processes.ts';

/** Two octets of loopback that no lab uses. */
const NET = '127.68';
const REDIS_PORT = 16_368;
const PACKAGES = {
  wrk: 'wrk',
  nginx: 'nginx-light',
  squid: 'squid',
  varnishd: 'varnish',
  'redis-server': 'redis-server',
};
/** How long the daemons take to listen, in milliseconds. */
const START_MS = 2_500;

/** What the others are told as well: room for all objects, in memory, and patience with idle clients. */
const OURS = { CACHE_BYTES: String(512 * 2 ** 20), DISK_BYTES: '0', CLIENT_IDLE_MS: '3600000' };

/** What docker-compose.yml gives to the proxy. */
const PROXY_OPTIONS = '--max-semi-space-size=2 --max-old-space-size=64';

const CALM = { pace: { runS: 5, leadS: 1, rounds: 5 }, misses: 2_000, objects: 100_000, connections: 10_000 };
const QUICK: typeof CALM = { pace: { runS: 2, leadS: 1, rounds: 3 }, misses: 300, objects: 20_000, connections: 3_000 };

export async function benchHttp(): Promise<void> {
  const missing = missingTools(PACKAGES);
  if (missing !== null) throw new Error(missing);
  const words = process.argv.slice(3);
  const size = words.includes('--quick') ? QUICK : CALM;
  const parts = words.filter((word) => word !== '--quick');
  const isWanted = (part: string) => parts.length === 0 || parts.includes(part);
  const folder = mkdtempSync(join(tmpdir(), 'topdown-bench-http-'));
  const redisAddress = `${NET}.0.9`;
  const redisWords = ['--bind', redisAddress, '--port', String(REDIS_PORT), '--save', '', '--dir', folder];
  const redis = startDaemon('redis', ['redis-server', ...redisWords], redisAddress, REDIS_PORT);
  // As in the image of a host; reports go where they go in a lab.
  const environment = {
    NODE_OPTIONS: '--max-semi-space-size=2',
    REDIS_URL: `redis://${redisAddress}:${REDIS_PORT}`,
  };
  const script = writeScript(folder);
  try {
    if (['hits', 'miss', 'memory', 'idle'].some(isWanted))
      await benchCaches(folder, environment, script, size, isWanted);
    if (isWanted('origin')) await benchDocuments(join(folder, 'documents'), NET, environment, script, size.pace);
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchCaches(
  folder: string,
  environment: Readonly<Record<string, string>>,
  script: string,
  size: { pace: Pace; misses: number; objects: number; connections: number },
  isWanted: (part: string) => boolean,
): Promise<void> {
  const origin = startOrigin(join(folder, 'origin'), `${NET}.10.1`);
  /** Each part has servers that have done nothing before: what one part leaves in their memory is not counted in another. */
  const withCaches = async (part: string, measure: (caches: readonly Cache[]) => Promise<void>) => {
    if (!isWanted(part)) return;
    const caches = await startCaches(join(folder, part), environment, origin);
    try {
      await measure(caches);
    } finally {
      await Promise.all(caches.map(({ server }) => server.stop()));
    }
  };
  const serversOf = (caches: readonly Cache[]) => caches.slice(0, IN_MEMORY).map(({ server }) => server);
  try {
    await withCaches('hits', async (caches) => {
      await benchHits(serversOf(caches), origin, script, size.pace);
      await benchManyHits(serversOf(caches), origin, script, size.pace);
    });
    await withCaches('miss', (caches) => benchFirstOctet(serversOf(caches), origin, size.misses));
    await withCaches('memory', (caches) => benchMemory(caches, origin, size.objects));
    await withCaches('idle', (caches) =>
      benchIdle(serversOf(caches), `http://${origin.address}/1024/idle`, size.connections),
    );
  } finally {
    await origin.stop();
  }
}

/** A cache, and where it may keep what it stores. */
interface Cache {
  readonly server: Server;
  readonly folder: string;
}

/** The first caches of the list, which are measured in each part; the last one is ours as it is configured in the lab. */
const IN_MEMORY = 4;

async function startCaches(
  folder: string,
  environment: Readonly<Record<string, string>>,
  origin: Server,
): Promise<readonly Cache[]> {
  const at = (name: string) => join(folder, name);
  const startProxy = async (name: string, place: string, address: string, words: Readonly<Record<string, string>>) => ({
    server: await startOurs(name, {
      program: 'proxy',
      address,
      port: PROXY_PORT,
      folder: at(place),
      environment: words,
    }),
    folder: at(place),
  });
  const caches = [
    await startProxy('ours', 'ours', `${NET}.1.1`, { ...environment, ...OURS }),
    { server: startNginxCache(at('nginx'), `${NET}.1.2`, origin), folder: at('nginx') },
    { server: startSquid(at('squid'), `${NET}.1.3`), folder: at('squid') },
    { server: startVarnish(at('varnish'), `${NET}.1.4`, origin), folder: at('varnish') },
    // As it is configured in the lab: a little memory, and the disk.
    await startProxy('ours, with disk', 'ours-disk', `${NET}.1.5`, { ...environment, NODE_OPTIONS: PROXY_OPTIONS }),
  ];
  await new Promise((resolve) => setTimeout(resolve, START_MS));
  return caches;
}
