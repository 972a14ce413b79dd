import { ofEqualPeers, p2pBound } from '#shared/bittorrent/distribution-time.ts';
import { median } from '../figure.ts';
import { printMeasured } from '../mail/comparison.ts';
import { aria2 } from './aria2.ts';
import type { ClientKind } from './client.ts';
import { libtorrent } from './libtorrent.ts';
import { ours } from './ours.ts';
import { qbittorrent } from './qbittorrent.ts';
import type { Surroundings } from './surroundings.ts';
import { type Swarm, type SwarmResult, shareOnce, tellCopies } from './swarm-run.ts';
import { printGoal } from './unlimited.ts';

const MIB = 2 ** 20;

/** A swarm with limits of upload, and how near to the bound it is to come. */
interface Setting {
  readonly name: string;
  readonly swarm: Swarm;
  readonly timesBoundMax: number;
}

const SETTINGS: Readonly<Record<'r1' | 'r2' | 'r3', Setting>> = {
  r1: {
    name: 'R1: 4 leechers, the seed 4 MiB/s, each leecher 4 MiB/s',
    swarm: { leechers: 4, seedBytesPerS: 4 * MIB, leecherBytesPerS: 4 * MIB },
    timesBoundMax: 1.15,
  },
  r2: {
    name: 'R2: 4 leechers, the seed 4 MiB/s, each leecher 1 MiB/s',
    swarm: { leechers: 4, seedBytesPerS: 4 * MIB, leecherBytesPerS: MIB },
    timesBoundMax: 1.08,
  },
  r3: {
    name: 'R3: 8 leechers, the seed 8 MiB/s, each leecher 2 MiB/s',
    swarm: { leechers: 8, seedBytesPerS: 8 * MIB, leecherBytesPerS: 2 * MIB },
    timesBoundMax: 1.12,
  },
};
const R1_COPIES_MAX = 1.15;
/** How much slower it is in R1 to fetch the pieces in their order, at least. */
const SEQUENTIAL_TIMES_MIN = 2;

/** R1: everybody can give as much, so that the first copy is what takes time; besides, pieces in order, and a super-seed. */
export async function benchR1(surroundings: Surroundings): Promise<void> {
  const { environment } = surroundings;
  const rarest = await benchSetting(surroundings, SETTINGS.r1);
  printGoal('copies that the seed sent', copiesOf(rarest), R1_COPIES_MAX, '');
  const sequential = ours('ours, sequential', { ...environment, PICK_POLICY: 'sequential' });
  const inOrder = await measure(surroundings, SETTINGS.r1, { seed: sequential, leecher: sequential }, 1);
  printResult(boundOf(surroundings, SETTINGS.r1), sequential.name, inOrder);
  const times = timeOf(inOrder) / timeOf(rarest);
  const verdict = times >= SEQUENTIAL_TIMES_MIN ? 'met' : 'MISSED';
  process.stdout.write(
    `  pieces in order take ${times.toFixed(2)} times as long, goal at least ${SEQUENTIAL_TIMES_MIN}: ${verdict}\n`,
  );
  const superSeed = ours('ours, super-seed', { ...environment, SUPER_SEED: 'true' });
  const seeded = await measure(surroundings, SETTINGS.r1, { seed: superSeed, leecher: ours('ours', environment) }, 1);
  printResult(boundOf(surroundings, SETTINGS.r1), superSeed.name, seeded);
}

export async function benchR2(surroundings: Surroundings): Promise<void> {
  await benchSetting(surroundings, SETTINGS.r2);
}

export async function benchR3(surroundings: Surroundings): Promise<void> {
  await benchSetting(surroundings, SETTINGS.r3);
}

/** Ours and the others in one setting; what ours reached. */
async function benchSetting(surroundings: Surroundings, setting: Setting): Promise<readonly SwarmResult[]> {
  const bound = boundOf(surroundings, setting);
  process.stdout.write(`\n${setting.name}; the bound D_p2p is ${bound.toFixed(1)} s\n`);
  const { limitedRounds, isOursAlone } = surroundings.size;
  const own = ours('ours', surroundings.environment);
  const results = await measure(surroundings, setting, { seed: own, leecher: own }, limitedRounds);
  printResult(bound, own.name, results);
  printGoal('time by the bound', timeOf(results) / bound, setting.timesBoundMax, '');
  for (const kind of [libtorrent, qbittorrent, aria2]) {
    if (isOursAlone) break;
    const others = await measure(surroundings, setting, { seed: kind, leecher: kind }, 1);
    printResult(bound, kind.name, others);
  }
  return results;
}

async function measure(
  { folder, net, tracker, payload }: Surroundings,
  { swarm }: Setting,
  kinds: { seed: ClientKind; leecher: ClientKind },
  rounds: number,
): Promise<readonly SwarmResult[]> {
  const results: SwarmResult[] = [];
  for (let round = 0; round < rounds; round += 1) {
    results.push(await shareOnce({ folder, net: `${net}.1`, tracker, payload }, kinds, swarm));
  }
  return results;
}

function boundOf({ payload }: Surroundings, { swarm }: Setting): number {
  return p2pBound(
    ofEqualPeers({
      fileSize: payload.length,
      serverUpload: swarm.seedBytesPerS,
      peers: swarm.leechers,
      upload: swarm.leecherBytesPerS,
      download: Number.POSITIVE_INFINITY,
    }),
  ).seconds;
}

function printResult(bound: number, name: string, results: readonly SwarmResult[]): void {
  const cpu = median(results.map(({ cpuSeconds }) => cpuSeconds));
  const values = results.map(({ seconds }) => seconds / bound);
  const besides = `   ${timeOf(results).toFixed(1)} s   ${tellCopies(copiesOf(results))}   ${cpu.toFixed(1)} CPU-s`;
  printMeasured({ name, values }, 'x the bound', besides);
}

function timeOf(results: readonly SwarmResult[]): number {
  return median(results.map(({ seconds }) => seconds));
}

function copiesOf(results: readonly SwarmResult[]): number {
  return median(results.map(({ seedCopies }) => seedCopies));
}
