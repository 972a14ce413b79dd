import { inPlaces } from '../../kit/at-once.ts';
import type { MachineLoad } from '../../kit/machine-watch.ts';
import type { Architecture, Setting } from '../settings.ts';
import { makeSharedFile, type Place, type SharedFile } from '../world/world.ts';
import { runChurn } from './churn.ts';
import type { ChurnRun, ChurnScenario, Policy } from './churn-scenario.ts';
import { runClientServer } from './client-server.ts';
import type { DistributionRun } from './distribution-run.ts';
import { runP2p } from './p2p.ts';

/** Unless it is said otherwise: see `triesMax`. */
const TRIES_MAX = 3;
/** A pause before the next try, in milliseconds: what keeps the machine busy may pass. */
const BUSY_PAUSE_MS = 2_000;

const ARCHITECTURES: readonly Architecture[] = ['client-server', 'p2p'];

export interface MeasureOptions {
  /** Two octets of loopback addresses that nobody else uses, and the first third octet. */
  readonly place: Place;
  /** Runs at the same time; each has addresses of its own. */
  readonly atOnce: number;
  /** Times that a run is made at most when the machine was too busy to keep the rates. */
  readonly triesMax?: number;
  /** What peers are told besides, by the names of their configuration. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Is told each run when it is over. */
  readonly over?: (run: DistributionRun) => void;
}

/** Distributes the file in both architectures to every number of peers, `repeats` times. */
export async function measureDistribution(
  setting: Setting,
  repeats: number,
  { place, atOnce, environment = {}, triesMax = TRIES_MAX, over = () => {} }: MeasureOptions,
): Promise<DistributionRun[]> {
  const file = makeSharedFile(setting.fileSize, setting.pieceLength);
  await warmUp(setting, place);
  const { counts, architectures = ARCHITECTURES } = setting;
  const run = (architecture: Architecture, peers: number, at: Place) =>
    architecture === 'p2p' ? runP2p(setting, peers, file, at, environment) : runClientServer(setting, peers, file, at);
  const kinds = counts.flatMap((peers) => architectures.map((architecture) => ({ peers, architecture })));
  // The longest first, so that none of them is left alone at the end.
  const jobs = Array.from({ length: repeats }, () => kinds)
    .flat()
    .toSorted((one, other) => other.peers - one.peers)
    .map(({ peers, architecture }) => async (nth: number) => {
      const at = { ...place, part: place.part + nth };
      const result = await whenNotBusy(() => run(architecture, peers, at), triesMax);
      over(result);
      return result;
    });
  return inPlaces(jobs, atOnce);
}

/** Distributes a single piece in both ways, which does not count: the programs are loaded, so that the first run finds them so. */
async function warmUp(setting: Setting, place: Place): Promise<void> {
  const file = makeSharedFile(setting.pieceLength, setting.pieceLength);
  const small = { ...setting, fileSize: setting.pieceLength };
  await runClientServer(small, 1, file, place);
  await runP2p(small, 1, file, place);
}

/** Plays the draws 1 to `seeds` of the scenario with each of the policies. */
export async function measureChurn(
  scenario: ChurnScenario,
  policies: readonly Policy[],
  seeds: number,
  options: Pick<MeasureOptions, 'place' | 'atOnce' | 'triesMax'> & { over?: (run: ChurnRun) => void },
): Promise<ChurnRun[]> {
  const { place, atOnce, triesMax = TRIES_MAX, over = () => {} } = options;
  const file: SharedFile = makeSharedFile(scenario.fileSize, scenario.pieceLength);
  const draws = Array.from({ length: seeds }, (_, nth) => nth + 1);
  const jobs = draws.flatMap((seed) =>
    policies.map((policy) => async (nth: number) => {
      const at = { ...place, part: place.part + nth };
      const run = await whenNotBusy(() => runChurn(scenario, policy, seed, file, at), triesMax);
      over(run);
      return run;
    }),
  );
  return inPlaces(jobs, atOnce);
}

/**
 * A run during which the machine let timers wait says more about the machine than about what is compared, and is made again.
 * Whether it was busy is seen by the timers alone, never by the result.
 */
async function whenNotBusy<Run extends { readonly machine: MachineLoad }>(
  run: () => Promise<Run>,
  triesMax: number,
): Promise<Run> {
  for (let tries = 1; ; tries++) {
    const result = await run();
    if (!result.machine.wasBusy || tries === triesMax) return result;
    await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
  }
}
