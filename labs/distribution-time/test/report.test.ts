import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { predictionVerdict } from '../ask.ts';
import { CHURN, type ChurnRun, type Policy } from '../experiment/churn-scenario.ts';
import { Copies } from '../experiment/copies.ts';
import type { DistributionRun } from '../experiment/distribution-run.ts';
import { settingOf } from '../plan.ts';
import { plotChurn } from '../report/churn-plot.ts';
import { plotCopies } from '../report/copies-plot.ts';
import { plotDistribution } from '../report/distribution-plot.ts';
import { rateText, sizeText } from '../report/quantities.ts';
import type { ChurnResults, DistributionResults } from '../report/results.ts';
import {
  boundTable,
  churnTable,
  churnVerdict,
  distributionTable,
  distributionVerdict,
  exerciseTables,
  variancePairs,
} from '../report/tables.ts';
import { LANGUAGES } from '../report/words.ts';
import { SETTING_NAMES, SETTINGS } from '../settings.ts';

const CALM = { lateMs: 1, standstillMs: 2, processor: 0.1, wasBusy: false };

function run(architecture: DistributionRun['architecture'], peers: number, seconds: number): DistributionRun {
  const copies = { serverCopies: peers, peersCopies: 0 };
  return { architecture, peers, bound: 10, seconds, finished: [seconds], ...copies, machine: CALM };
}

function churnRun(policy: Policy, seed: number, variance: number | null): ChurnRun {
  const outcome = {
    arrivals: [0, 1],
    impatient: [0],
    surviving: 1,
    complete: 6,
    patient: 6,
    seconds: 10,
    machine: CALM,
  };
  return { policy, seed, variance, counts: variance === null ? null : [1, 2, 3], ...outcome };
}

describe('tables', () => {
  test('the bounds of the settings are those that the README asks to predict', () => {
    const { counts: _, shows: __, ...figure } = SETTINGS.figure;
    expect(boundTable(figure, [1, 16, 35])).toBe(
      [
        'N    D_cs s   because of                   D_p2p s   because of',
        '──   ──────   ──────────────────────────   ───────   ────────────────────',
        ' 1     6.00   every copy from the server      6.00   the first copy',
        '16    96.00   every copy from the server     36.92   all uploads together',
        '35   210.00   every copy from the server     46.67   all uploads together',
      ]
        .join('\n')
        .replace('N    D', ' N   D'),
    );
    expect(exerciseTables()).toContain('1000   666667   every copy from the server     60606   all uploads together');
  });

  test('runs of one kind are one row: median, range, and the median as a multiple of the bound', () => {
    const runs = [run('p2p', 16, 12), run('client-server', 2, 10), run('p2p', 16, 11), run('p2p', 16, 15)];
    const lines = distributionTable(runs).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^client-server +2 +10\.00 +10\.00 +10\.00–10\.00 +1\.000 /);
    expect(lines[3]).toMatch(/^p2p +16 +10\.00 +12\.00 +11\.00–15\.00 +1\.200 /);
    expect(distributionVerdict(runs)).toContain('P2P 1.10 to 1.50 times D_p2p');
    expect(distributionVerdict(runs)).toContain('fast enough');
  });

  test('runs of a busy machine are not passed over in silence', () => {
    const runs = [run('p2p', 1, 11), { ...run('client-server', 1, 10), machine: { ...CALM, wasBusy: true } }];
    expect(distributionVerdict(runs)).toContain('In 1 of 2 runs the machine was too busy');
  });

  test('policies are compared in the draws that both have played; who never got half-way was the most unequal', () => {
    const runs = [
      ...[1, 2, 3].map((seed) => churnRun('rarest', seed, 1)),
      ...[1, 2, 4].map((seed) => churnRun('random', seed, 2)),
      ...[1, 2, 3].map((seed) => churnRun('sequential', seed, null)),
    ];
    expect(variancePairs(runs, 'rarest', 'random')).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(variancePairs(runs, 'rarest', 'sequential')[0]).toEqual([1, Number.POSITIVE_INFINITY]);
    expect(churnVerdict(runs)).toContain('against random: the copies are more equal in 2 of 2 draws');
    expect(churnTable(runs)).toMatch(/^sequential +3 +– +100\.0 %/m);
  });

  test('a prediction is told how far off it was', () => {
    const runs = [run('p2p', 4, 8), run('p2p', 4, 10), run('p2p', 4, 12)];
    expect(predictionVerdict([{ architecture: 'p2p', peers: 4, seconds: 12 }], runs)).toEqual([
      'You said 12 s for p2p, N = 4; it took 10.0 s: 20 % off.',
    ]);
  });
});

test('copies are counted for each piece among those who are there', () => {
  const copies = new Copies(4);
  for (const [peer, index] of [
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 0],
  ] as const)
    copies.gained(peer, index);
  expect(copies.counts).toEqual([2, 1, 0, 0]);
  expect(copies).toMatchObject({ total: 3, availability: 0.5 });
  expect(copies.variance).toBeCloseTo(0.6875);
  copies.left(2);
  expect(copies.counts).toEqual([1, 1, 0, 0]);
  expect(copies.piecesOf(2)).toBe(0);
});

test('sizes and rates are said as people say them', () => {
  expect([sizeText(15 * 1024 ** 2), sizeText(64 * 1024), rateText(2.5 * 1024 ** 2)]).toEqual([
    '15 MiB',
    '64 KiB',
    '2.5 MiB/s',
  ]);
});

test('a quick plan is a third of the file, and asked numbers of peers win', () => {
  const plan = { setting: 'figure', quick: true, counts: null, repeats: 1 } as const;
  expect(settingOf(plan)).toMatchObject({ fileSize: 5 * 1024 ** 2, counts: [1, 2, 4] });
  expect(settingOf({ ...plan, counts: [7] }).counts).toEqual([7]);
});

describe('plots', () => {
  const { shows: _, counts: __, download: ___, ...rates } = SETTINGS.figure;
  const circumstances = { measuredAt: '2026-11-20T17:00:00.000Z', machine: 'any' };
  const results: DistributionResults = {
    ...circumstances,
    setting: 'figure',
    ...rates,
    download: null,
    environment: {},
    runs: [1, 4, 16].flatMap((peers) => [run('client-server', peers, 6 * peers), run('p2p', peers, 2 * peers + 4)]),
  };

  test.each(LANGUAGES)('time over N has a mark for each kind of run, two lines and the ceiling (%s)', (language) => {
    const svg = plotDistribution(results, language);
    expect(svg.match(/class="mark one"/g)).toHaveLength(3);
    expect(svg.match(/class="mark two"/g)).toHaveLength(3);
    expect(svg.match(/class="bound /g)).toHaveLength(2);
    expect(svg.match(/class="ceiling"/g)).toHaveLength(1);
    expectWellFormed(svg);
  });

  test.each(LANGUAGES)('the policies have a dot for each run, and a row of bars each (%s)', (language) => {
    const runs = [1, 2].flatMap((seed) => [
      churnRun('rarest', seed, 1),
      churnRun('random', seed, 2),
      churnRun('sequential', seed, null),
    ]);
    const churn: ChurnResults = { ...circumstances, scenario: CHURN, runs };
    const svg = plotChurn(churn, language);
    // Two for each policy and each half; those that never got half-way are told in words.
    expect(svg.match(/class="dot /g)).toHaveLength(10);
    expectWellFormed(svg);
    expect(plotCopies(churn, language).match(/<rect [^>]*class="(two|three|one)"/g)).toHaveLength(6);
    expectWellFormed(plotCopies(churn, language));
  });
});

describe('the sample in this folder', () => {
  const folder = new URL('../sample/', import.meta.url);
  const files = readdirSync(folder);
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

  test.each(LANGUAGES)(
    'is drawn from its results: otherwise run "draw --out labs/distribution-time/sample" (%s)',
    (language) => {
      for (const name of SETTING_NAMES.filter((setting) => files.includes(`${setting}.json`))) {
        const results = JSON.parse(read(`${name}.json`)) as DistributionResults;
        expect(read(`${name}.${language}.svg`) === plotDistribution(results, language), name).toBe(true);
      }
      const churn = JSON.parse(read('churn.json')) as ChurnResults;
      expect(read(`churn.${language}.svg`) === plotChurn(churn, language), 'churn').toBe(true);
      expect(read(`copies.${language}.svg`) === plotCopies(churn, language), 'copies').toBe(true);
    },
  );

  test('no measured time is below its bound, and client-server lies on it', () => {
    const { runs, serverUpload } = JSON.parse(read('figure.json')) as DistributionResults;
    // What a limit saves up in a pause (services/peer/src/protocol/token-bucket.ts), and a block that it lets pass at once.
    const burstS = 0.05;
    const blockS = (16 * 1024) / serverUpload;
    for (const { architecture, peers, seconds, bound } of runs) {
      expect(seconds).toBeGreaterThanOrEqual(bound - burstS - (peers + 1) * blockS);
      if (architecture === 'client-server') expect(seconds).toBeLessThanOrEqual(1.15 * bound);
      else expect(seconds).toBeLessThanOrEqual(2 * bound);
    }
  });
});

/** Every element that is opened is closed, in its order. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name = '', self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (closing === '/') expect(open.pop()).toBe(name);
    else if (self === '') open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}
