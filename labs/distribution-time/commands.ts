import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../kit/machine-watch.ts';
import { type Prediction, predictionVerdict } from './ask.ts';
import { CHURN, type ChurnRun, POLICIES } from './experiment/churn-scenario.ts';
import type { DistributionRun } from './experiment/distribution-run.ts';
import { type Plan, settingOf } from './plan.ts';
import { plotChurn } from './report/churn-plot.ts';
import { plotCopies } from './report/copies-plot.ts';
import { plotDistribution } from './report/distribution-plot.ts';
import type { ChurnResults, DistributionResults } from './report/results.ts';
import {
  boundTable,
  churnTable,
  churnVerdict,
  distributionTable,
  distributionVerdict,
  exerciseTables,
} from './report/tables.ts';
import { LANGUAGES } from './report/words.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

export const HELP = `How long until all have the file?

  npx node labs/distribution-time/main.ts calculate [SETTING]   the formulas with numbers; first the textbook's exercise
  npx node labs/distribution-time/main.ts measure [SETTING]     distribute a file in both ways, for several N (about 4 minutes)
      --quick               a third of the file, N up to 4, once (ten seconds)
      --peers 1,2,4         other numbers of peers
      --repeat 3            how often each is measured
      --set UPLOAD_SLOTS=8  tell the peers something more: see services/peer/README.md, Configuration
  npx node labs/distribution-time/main.ts churn                 rarest first, random, in order, when nobody stays (about 5 minutes)
      --seeds 20            how many draws of who comes when
  npx node labs/distribution-time/main.ts draw                  draw the plots of --out again

  --out FOLDER    where results (JSON) and plots (SVG) go; .lab/distribution-time unless you say so
  --at-once 6     runs at the same time; fewer on a slow machine
  --net 127.76    loopback addresses to use

SETTING is one of:
${SETTING_NAMES.map((name) => `  ${name.padEnd(10)}${SETTINGS[name].shows}`).join('\n')}
`;

export interface CommandOptions {
  readonly net: string;
  readonly out: string;
  readonly atOnce: number;
  readonly environment: Readonly<Record<string, string>>;
}

export function calculate(name: SettingName): void {
  const { shows, counts, ...setting } = SETTINGS[name];
  say(`The textbook's exercise: F = 20 Gbit, u_s = 30 Mbit/s, d = 2 Mbit/s\n\n${exerciseTables()}\n`);
  say(`The setting "${name}": ${shows}\n\n${boundTable(setting, counts)}`);
}

export async function measure(plan: Plan, options: CommandOptions, predictions: readonly Prediction[]): Promise<void> {
  const setting = settingOf(plan);
  say(`${setting.shows}\n\n${boundTable(setting, setting.counts)}\n`);
  // Loads the programs of the lab: only for those who measure.
  const { measureDistribution } = await import('./experiment/measure.ts');
  const runs = await measureDistribution(setting, plan.repeats, {
    place: { net: options.net, part: 1 },
    atOnce: options.atOnce,
    environment: options.environment,
    over: ({ architecture, peers, seconds, bound }: DistributionRun) =>
      say(`  ${architecture}, N = ${peers}: ${seconds.toFixed(2)} s, ${(seconds / bound).toFixed(2)} × the bound`),
  });
  say(`\n${distributionTable(runs)}\n\n${distributionVerdict(runs)}`);
  for (const sentence of predictionVerdict(predictions, runs)) say(sentence);
  const { fileSize, pieceLength, serverUpload, upload, download } = setting;
  const results: DistributionResults = {
    ...circumstances(),
    setting: plan.setting,
    fileSize,
    pieceLength,
    serverUpload,
    upload,
    download: Number.isFinite(download) ? download : null,
    environment: options.environment,
    runs,
  };
  keep(options.out, distributionFile(plan.setting), results);
  draw(options.out);
}

export async function churn(seeds: number, { net, out, atOnce }: CommandOptions): Promise<void> {
  const { measureChurn } = await import('./experiment/measure.ts');
  const runs = await measureChurn(CHURN, POLICIES, seeds, {
    place: { net, part: 1 },
    atOnce,
    over: ({ policy, seed, variance, surviving, complete, patient }: ChurnRun) =>
      say(
        `  draw ${seed}, ${policy}: variance ${variance?.toFixed(2) ?? '–'}, ${(100 * surviving).toFixed(1)} % survive, ${complete} of ${patient} got it all`,
      ),
  });
  say(`\n${churnTable(runs)}\n\n${churnVerdict(runs)}`);
  const results: ChurnResults = { ...circumstances(), scenario: CHURN, runs };
  keep(out, CHURN_FILE, results);
  draw(out);
}

/** Draws what is in `folder`. @throws Error when there is nothing */
export function draw(folder: string): void {
  const plots = [...distributionPlots(folder), ...churnPlots(folder)];
  if (plots.length === 0) throw new Error(`There are no results in ${folder}: measure first, or give another --out`);
  for (const [name, svg] of plots) write(folder, name, svg);
  say(`\nResults and plots are in ${folder}`);
}

type Plot = readonly [name: string, svg: string];

function distributionPlots(folder: string): Plot[] {
  return SETTING_NAMES.flatMap((name) => {
    const results = kept<DistributionResults>(folder, distributionFile(name));
    if (results === null) return [];
    return LANGUAGES.map((language): Plot => [`${name}.${language}.svg`, plotDistribution(results, language)]);
  });
}

function churnPlots(folder: string): Plot[] {
  const results = kept<ChurnResults>(folder, CHURN_FILE);
  if (results === null) return [];
  return LANGUAGES.flatMap((language): Plot[] => [
    [`churn.${language}.svg`, plotChurn(results, language)],
    [`copies.${language}.svg`, plotCopies(results, language)],
  ]);
}

const CHURN_FILE = 'churn.json';

function distributionFile(name: SettingName): string {
  return `${name}.json`;
}

function circumstances(): { measuredAt: string; machine: string } {
  return { measuredAt: new Date().toISOString(), machine: describeMachine() };
}

/** One run in a line, so that a difference of two results can be read. */
function keep(folder: string, file: string, { runs, ...rest }: DistributionResults | ChurnResults): void {
  const head = JSON.stringify(rest, rounded, 2).replace(/\n}$/, '');
  const lines = runs.map((run) => `    ${JSON.stringify(run, rounded)}`);
  write(folder, file, `${head},\n  "runs": [\n${lines.join(',\n')}\n  ]\n}\n`);
}

/** Three digits behind the point: thousandths of a second are less than what is measured. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

function kept<Results>(folder: string, file: string): Results | null {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${join(folder, file)} is no result of an experiment: ${(error as Error).message}`);
  }
}

function write(folder: string, file: string, content: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), content);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
