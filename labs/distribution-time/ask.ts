import { createInterface } from 'node:readline/promises';
import { median } from '../kit/statistics.ts';
import type { DistributionRun } from './experiment/distribution-run.ts';
import { type Plan, settingOf } from './plan.ts';

/** What somebody expects before it is measured. */
export interface Prediction {
  readonly architecture: DistributionRun['architecture'];
  readonly peers: number;
  readonly seconds: number;
}

/** Asks whoever sits at the terminal for the times of the largest N; nobody is asked where there is no terminal. */
export async function askForPredictions(plan: Plan): Promise<Prediction[]> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return [];
  const peers = Math.max(...settingOf(plan).counts);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const predictions: Prediction[] = [];
  process.stdout.write('Before it runs, say what you expect, in seconds (Enter to pass).\n');
  for (const architecture of ['client-server', 'p2p'] as const) {
    const answer = await terminal.question(`  ${architecture}, N = ${peers}: `);
    const seconds = Number.parseFloat(answer);
    if (seconds > 0) predictions.push({ architecture, peers, seconds });
  }
  terminal.close();
  return predictions;
}

/** How far off each prediction was. */
export function predictionVerdict(predictions: readonly Prediction[], runs: readonly DistributionRun[]): string[] {
  return predictions.map(({ architecture, peers, seconds }) => {
    const measured = median(
      runs.filter((run) => run.architecture === architecture && run.peers === peers).map((run) => run.seconds),
    );
    const off = Math.round((100 * Math.abs(seconds - measured)) / measured);
    return `You said ${seconds} s for ${architecture}, N = ${peers}; it took ${measured.toFixed(1)} s: ${off} % off.`;
  });
}
