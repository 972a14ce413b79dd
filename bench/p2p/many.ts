import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, endWithBench, peakMb } from '../processes.ts';
import { TRACKER_PORT } from './bench-tracker.ts';
import { ours } from './ours.ts';
import { makePayload } from './payload.ts';
import type { Surroundings } from './surroundings.ts';

const PACK_PROCESS = fileURLToPath(new URL('pack-process.ts', import.meta.url));
const COUNTS = [50, 200];
/** Peers of one process, as the embedded lab has several: 200 processes would measure the memory of Node. */
const PACK = 25;
const START_MS_MAX = 60_000;
const COMPLETE_MS_MAX = 600_000;
const MIB = 2 ** 20;
/** From this share of all cores on nothing else can be what limits. */
const CORES_BUSY = 0.8;

/** Fifty peers, and two hundred, that share a file without limits: how long it takes, and what it is that takes so long. */
export async function benchMany(surroundings: Surroundings): Promise<void> {
  for (const count of COUNTS) await shareAmong(count, surroundings);
}

async function shareAmong(count: number, { folder, net, environment, tracker, size }: Surroundings): Promise<void> {
  process.stdout.write(`\n${count} leechers of ours, ${PACK} in a process, and a seed: ${size.manyOctets / MIB} MiB\n`);
  tracker.forget();
  const payload = makePayload(join(folder, 'many'), size.manyOctets, [`http://${net}.0.1:${TRACKER_PORT}/announce`]);
  const addresses = Array.from(
    { length: count },
    (_, nth) => `${net}.${10 + Math.floor(nth / PACK)}.${1 + (nth % PACK)}`,
  );
  const packs: ChildProcess[] = [];
  const at = join(folder, 'seed');
  mkdirSync(at);
  const seed = await ours('seed', environment).start({
    address: `${net}.1.1`,
    folder: at,
    payload,
    isSeed: true,
    uploadBytesPerS: 0,
  });
  try {
    await seed.join();
    for (let nth = 0; nth < count; nth += PACK)
      packs.push(await startPack(`${net}.0.1`, addresses.slice(nth, nth + PACK), environment));
    await tracker.whenAll('started', [`${net}.1.1`], START_MS_MAX);
    const pids = [seed.pid, ...packs.map(({ pid }) => pid ?? 0)];
    const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    const [begun, cpuBefore] = [performance.now(), cpu()];
    const torrentFile = Buffer.from(payload.torrent).toString('base64');
    for (const pack of packs) pack.send(torrentFile);
    const times = await Promise.race([tracker.whenAll('completed', addresses, COMPLETE_MS_MAX), untilOneEnds(packs)]);
    const seconds = (Math.max(...times) - begun) / 1000;
    const spent = cpu() - cpuBefore;
    const megabytes = Math.max(...packs.map(({ pid }) => peakMb(pid ?? 0)));
    const moved = (count * size.manyOctets) / MIB;
    const share = spent / (seconds * availableParallelism());
    process.stdout.write(
      `  ${seconds.toFixed(1)} s, ${spent.toFixed(1)} CPU-s: ${(moved / seconds).toFixed(0)} MiB/s in all, ${((1000 * spent) / moved).toFixed(1)} ms CPU for a MiB\n` +
        `  ${(megabytes / PACK).toFixed(1)} MB of memory for a peer (${megabytes.toFixed(0)} MB the largest process)\n` +
        `  these processes used ${(100 * share).toFixed(0)} % of the ${availableParallelism()} cores: ${share > CORES_BUSY ? 'the cores are the limit' : 'the cores are not the limit, or others use them'}\n`,
    );
  } finally {
    await Promise.all([seed.stop(), ...packs.map(stop)]);
    rmSync(at, { recursive: true, force: true });
  }
}

async function startPack(
  tracker: string,
  addresses: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PACK_PROCESS, tracker, ...addresses], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await Promise.race([once(endWithBench(child), 'message'), untilOneEnds([child])]);
  return child;
}

/** Whoever waits for all of them waits in vain then. */
async function untilOneEnds(packs: readonly ChildProcess[]): Promise<never> {
  const [code, signal] = await Promise.race(packs.map((pack) => once(pack, 'exit')));
  throw new Error(`A process with ${PACK} peers has ended (${signal ?? code}) before all of them had the file`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
