/**
 * A swarm of ours beside libtorrent, qBittorrent and aria2: as fast as the programs can, and with limits of upload beside the
 * bound that nothing can beat; how many peers this machine carries, and how many a tracker.
 *
 *   npm run bench -- p2p [--quick] [--ours] [--profile] [unlimited] [r1] [r2] [r3] [many] [tracker]
 *
 * Every client is a process on an address of its own on loopback. The clock runs from the moment at which the leechers, which run
 * already, get the torrent until the last one tells the tracker that it is done. CPU time is that of all clients, of the user
 * and of the kernel; memory is the most that one of them ever had. --ours leaves out the others;
 * --profile leaves the profile of every one of our processes, as `node --cpu-prof` writes it, in /tmp/topdown-p2p-profiles.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchTracker, TRACKER_PORT } from './p2p/bench-tracker.ts';
import { PYTHON } from './p2p/libtorrent.ts';
import { benchR1, benchR2, benchR3 } from './p2p/limited.ts';
import { benchMany } from './p2p/many.ts';
import { ours } from './p2p/ours.ts';
import { makePayload } from './p2p/payload.ts';
import type { Size, Surroundings } from './p2p/surroundings.ts';
import { shareOnce } from './p2p/swarm-run.ts';
import { benchTracker } from './p2p/tracker-load.ts';
import { benchUnlimited } from './p2p/unlimited.ts';
import { missingTools, startDaemon, untilListening } from './processes.ts';

/** Two octets of loopback that no lab uses. */
const NET = '127.78';
const REDIS_PORT = 16_378;
const PACKAGES = {
  aria2c: 'aria2',
  'qbittorrent-nox': 'qbittorrent-nox',
  'redis-server': 'redis-server',
};
/** As in the image of a host, which has its compile cache besides: here the first swarm, which is not counted, fills it. */
const NODE_OPTIONS = '--max-semi-space-size=2';
const WARM_UP = { leechers: 1, seedBytesPerS: 0, leecherBytesPerS: 0 };
const PROFILES = join(tmpdir(), 'topdown-p2p-profiles');
const MIB = 2 ** 20;

const CALM: Size = { octets: 128 * MIB, rounds: 5, limitedRounds: 1, isOursAlone: false, manyOctets: 32 * MIB };
const QUICK: Size = { octets: 32 * MIB, rounds: 3, limitedRounds: 1, isOursAlone: false, manyOctets: 8 * MIB };

const PARTS: Readonly<Record<string, (surroundings: Surroundings) => Promise<void>>> = {
  unlimited: benchUnlimited,
  r1: benchR1,
  r2: benchR2,
  r3: benchR3,
  many: benchMany,
  tracker: benchTracker,
};

export async function benchP2p(): Promise<void> {
  const missing = missingTools(PACKAGES) ?? missingLibtorrent();
  if (missing !== null) throw new Error(missing);
  const words = process.argv.slice(3);
  const given = words.includes('--quick') ? QUICK : CALM;
  const size = words.includes('--ours') ? { ...given, isOursAlone: true } : given;
  const wanted = words.filter((word) => !word.startsWith('--'));
  const unknown = wanted.filter((word) => PARTS[word] === undefined);
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: no part of this bench, which has ${Object.keys(PARTS).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'topdown-bench-p2p-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const trackerAddress = `${NET}.0.1`;
  const payload = makePayload(folder, size.octets, [`http://${trackerAddress}:${TRACKER_PORT}/announce`]);
  const redisAddress = `${NET}.0.9`;
  const redisWords = ['--bind', redisAddress, '--port', String(REDIS_PORT), '--save', '', '--dir', folder];
  const redis = startDaemon('redis', ['redis-server', ...redisWords], redisAddress, REDIS_PORT);
  const tracker = await BenchTracker.start(trackerAddress);
  const environment = {
    NODE_OPTIONS: words.includes('--profile') ? `${NODE_OPTIONS} --cpu-prof --cpu-prof-dir=${PROFILES}` : NODE_OPTIONS,
    MALLOC_ARENA_MAX: '1',
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    REDIS_URL: `redis://${redisAddress}:${REDIS_PORT}`,
  };
  try {
    await untilListening(redis);
    const own = ours('ours', environment);
    await shareOnce({ folder, net: `${NET}.1`, tracker, payload }, { seed: own, leecher: own }, WARM_UP);
    for (const [part, measure] of Object.entries(PARTS)) {
      if (wanted.length > 0 && !wanted.includes(part)) continue;
      const at = join(folder, part);
      mkdirSync(at);
      await measure({ folder: at, net: NET, environment, tracker, payload, size });
      rmSync(at, { recursive: true, force: true });
    }
  } finally {
    await tracker.stop();
    await redis.stop();
  }
}

function missingLibtorrent(): string | null {
  if (spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0) return null;
  return `libtorrent: ${PYTHON} does not have it. On Debian: apt-get install --no-install-recommends python3-libtorrent`;
}
