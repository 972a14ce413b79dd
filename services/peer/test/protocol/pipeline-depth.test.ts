import { expect, test } from 'vitest';
import { pipelineDepth } from '../../src/protocol/pipeline-depth.ts';

const LINK = { rate: 0, rttMs: null, isSnubbed: false, depthMax: 250, unasked: 0 };

test.each<[string, Partial<Parameters<typeof pipelineDepth>[0]>, number]>([
  ['is five while nothing is known', {}, 5],
  ['is five on a slow link, however short', { rate: 256 * 1024, rttMs: 0.5 }, 5],
  ['covers the turns of both programs where the round trip is short', { rate: 10_000_000, rttMs: 0.5 }, 19],
  ['covers long turns too, while a lot is missing', { rate: 10_000_000, rttMs: 0.5, unasked: 8192 }, 93],
  ['covers them with a sixteenth of what is missing at most', { rate: 10_000_000, rttMs: 0.5, unasked: 480 }, 30],
  ['covers the round trip: 7.3 blocks are under way, and half as many more', { rate: 1_000_000, rttMs: 100 }, 11],
  ['grows with the rate', { rate: 10_000_000, rttMs: 100 }, 110],
  ['is at most what clients accept', { rate: 1_000_000_000, rttMs: 1000 }, 250],
  [
    'is at most what the neighbour keeps waiting (reqq of BEP 10)',
    { rate: 1_000_000_000, rttMs: 1000, depthMax: 20 },
    20,
  ],
  ['is one for who let us wait', { rate: 1_000_000, rttMs: 100, isSnubbed: true }, 1],
])('the depth of the pipeline %s', (_, link, depth) => {
  expect(pipelineDepth({ ...LINK, ...link })).toBe(depth);
});
