/**
 * DNS beside the field's own servers: queries a second, CPU time for each, worker threads, resolutions with a cold cache, a
 * large zone.
 *
 *   npm run bench -- dns
 *
 * All servers run on this machine at once and have their turns, so that what else it does meets all alike. CPU time is that
 * of the server's process alone (/proc/PID/stat), in µs for each answered query. Queries a second per core are the inverse
 * of that: what a server would answer with a core of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAuthoritative } from './dns/authoritative.ts';
import { benchMillion } from './dns/million.ts';
import { benchMoreCores } from './dns/more-cores.ts';
import { benchResolver } from './dns/resolver.ts';
import { missingTools, startDaemon } from './processes.ts';

/** Two octets of loopback that no lab uses. */
const NET = '127.62';
const REDIS_PORT = 16_362;
/** Debian's packages of the programs that are measured against. */
const PACKAGES = { dnsperf: 'dnsperf', nsd: 'nsd', named: 'bind9', unbound: 'unbound', 'redis-server': 'redis-server' };

export async function benchDns(): Promise<void> {
  const missing = missingTools(PACKAGES);
  if (missing !== null) throw new Error(missing);
  const folder = mkdtempSync(join(tmpdir(), 'topdown-bench-dns-'));
  const redisAddress = `${NET}.0.9`;
  const redis = startDaemon(
    'redis',
    ['redis-server', '--bind', redisAddress, '--port', String(REDIS_PORT), '--save', '', '--dir', folder],
    redisAddress,
    REDIS_PORT,
  );
  // As in the image of a host; reports go where they go in a lab.
  const environment = {
    NODE_OPTIONS: '--max-semi-space-size=2',
    REDIS_URL: `redis://${redisAddress}:${REDIS_PORT}`,
  };
  try {
    await benchAuthoritative(join(folder, 'authoritative'), NET, environment);
    await benchMoreCores(join(folder, 'cores'), NET, environment);
    await benchResolver(join(folder, 'resolver'), NET, environment);
    await benchMillion(join(folder, 'million'), NET, environment);
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
