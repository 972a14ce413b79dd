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
  const servers: Server[] = [];
  const folders = ['ours', 'nginx', 'squid', 'varnish'].map((name) => join(folder, name));
  const [oursFolder = '', nginxFolder = '', squidFolder = '', varnishFolder = ''] = folders;
  try {
    const own = { program: 'proxy', address: `${NET}.1.1`, port: PROXY_PORT, folder: oursFolder };
    const ours = await startOurs('ours', { ...own, environment: { ...environment, ...OURS } });
    servers.push(ours, startNginxCache(nginxFolder, `${NET}.1.2`, origin));
    servers.push(startSquid(squidFolder, `${NET}.1.3`), startVarnish(varnishFolder, `${NET}.1.4`, origin));
    await new Promise((resolve) => setTimeout(resolve, START_MS));
    const kept = servers.map((server, place) => ({ server, folder: folders[place]! }));
    if (isWanted('hits')) await benchHits(servers, origin, script, size.pace);
    if (isWanted('hits')) await benchManyHits(servers, origin, script, size.pace);
    if (isWanted('miss')) await benchFirstOctet(servers, origin, size.misses);
    if (isWanted('memory')) {
      // As it is configured in the lab: a little memory, and the disk.
      const place = join(folder, 'ours-disk');
      const withDisk = { ...own, address: `${NET}.1.5`, folder: place, environment };
      servers.push(await startOurs('ours, with disk', withDisk));
      await benchMemory([...kept, { server: servers.at(-1)!, folder: place }], origin, size.objects);
    }
    if (isWanted('idle'))
      await benchIdle(servers.slice(0, folders.length), `http://${origin.address}/1024/idle`, size.connections);
  } finally {
    await Promise.all([...servers, origin].map((server) => server.stop()));
  }
}
