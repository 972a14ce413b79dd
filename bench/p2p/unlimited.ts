import { median } from '../figure.ts';
import { inTurns, printMeasured, printRatios } from '../mail/comparison.ts';
import { aria2 } from './aria2.ts';
import type { ClientKind } from './client.ts';
import { libtorrent } from './libtorrent.ts';
import { ours } from './ours.ts';
import { qbittorrent } from './qbittorrent.ts';
import type { Surroundings } from './surroundings.ts';
import { shareOnce, tellCopies } from './swarm-run.ts';

const SWARM = { leechers: 4, seedBytesPerS: 0, leecherBytesPerS: 0 };
const TIMES_LIBTORRENT_MAX = 1.5;
const CPU_S_MAX = 4;
const PEAK_MB_MAX = 120;

/** One seed and four leechers that may send as fast as they can: what the programs themselves cost. */
export async function benchUnlimited({
  folder,
  net,
  environment,
  tracker,
  payload,
  size,
}: Surroundings): Promise<void> {
  process.stdout.write('\nWithout limits: one seed, four leechers\n');
  const others: readonly ClientKind[] = size.isOursAlone ? [] : [libtorrent, qbittorrent, aria2];
  const kinds = [ours('ours', environment), ...others];
  const ground = { folder, net: `${net}.1`, tracker, payload };
  const results = await inTurns(kinds, size.rounds, (kind) => shareOnce(ground, { seed: kind, leecher: kind }, SWARM));
  const times = kinds.map((kind) => ({ name: kind.name, values: results.get(kind)!.map(({ seconds }) => seconds) }));
  for (const [nth, kind] of kinds.entries()) {
    const all = results.get(kind)!;
    const cpu = median(all.map(({ cpuSeconds }) => cpuSeconds));
    const peak = Math.max(...all.map(({ peakMb }) => peakMb));
    const proportional = Math.max(...all.map(({ proportionalMb }) => proportionalMb));
    const copies = median(all.map(({ seedCopies }) => seedCopies));
    printMeasured(
      times[nth]!,
      's',
      `   ${cpu.toFixed(2)} CPU-s in all   ${peak.toFixed(0)} MB at most (${proportional.toFixed(0)} with what is shared counted once)   ${tellCopies(copies)}`,
    );
    if (nth === 0) {
      printGoal('CPU time of all five', cpu, CPU_S_MAX, 's');
      printGoal('memory of the largest', peak, PEAK_MB_MAX, 'MB');
    }
  }
  printRatios(times, 'time', { name: libtorrent.name, direction: 'at most', times: TIMES_LIBTORRENT_MAX });
}

export function printGoal(what: string, value: number, most: number, unit: string): void {
  const verdict = value <= most ? 'met' : 'MISSED';
  process.stdout.write(`  ${what}: ${value.toFixed(2)} ${unit}, goal at most ${most}: ${verdict}\n`);
}
