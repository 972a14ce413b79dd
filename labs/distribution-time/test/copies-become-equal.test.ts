import { expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { signTest } from '../../kit/statistics.ts';
import type { ChurnScenario } from '../experiment/churn-scenario.ts';
import { measureChurn } from '../experiment/measure.ts';
import { variancePairs } from '../report/tables.ts';

const KIB = 1024;
/** Twenty draws of who comes when, each played with both policies. */
const DRAWS = 20;
const AT_ONCE = 10;
/** The last places of this test process's network: other files of it use the first. */
const PLACE = { net: TEST_NET, part: 200 };
/** A quarter of a minute on an idle machine. */
const MS_MAX = 600_000;

/**
 * Six peers; nobody leaves, and each run is over when half of all copies exist. The pieces are many and small: what is asked for
 * and has not come yet (five pieces of each neighbour, and more) is seen by nobody else, so that of few large ones most would be
 * chosen blindly by either policy. With 128 pieces of a block each the difference is there too, but not in every twenty draws.
 */
const SCENARIO: ChurnScenario = {
  fileSize: 1024 * KIB,
  pieceLength: 4 * KIB,
  peers: 6,
  arrivalS: 1.5,
  impatient: 0,
  seedUpload: 512 * KIB,
  peerUpload: 128 * KIB,
  seedCopies: Number.POSITIVE_INFINITY,
  endsHalfWay: true,
};

test('BT-12 half-way the numbers of copies are more equal with rarest first than with random pieces (20 draws, sign test)', {
  timeout: MS_MAX,
}, async (context) => {
  const options = { place: PLACE, atOnce: AT_ONCE, triesMax: 1 };
  const runs = await measureChurn(SCENARIO, ['rarest', 'random'], DRAWS, options);
  expect(runs.filter(({ variance }) => variance !== null)).toHaveLength(2 * DRAWS);
  const { smaller, larger, p } = signTest(variancePairs(runs, 'rarest', 'random'));
  // Copies are counted here and no seconds. But where the machine stands still, peers ask for much before they hear what others have
  // got meanwhile: chosen blindly, pieces are alike by either policy.
  const busy = runs.filter(({ machine }) => machine.wasBusy).length;
  const pText = p.toFixed(3);
  context.skip(p >= 0.01 && busy > 0, `the machine stood still in ${busy} of ${runs.length} runs: p = ${pText}`);
  expect(smaller).toBeGreaterThan(larger);
  expect(p).toBeLessThan(0.01);
});
