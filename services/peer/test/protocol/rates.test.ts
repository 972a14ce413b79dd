import { describe, expect, test } from 'vitest';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { pipelineDepth } from '../../src/protocol/pipeline-depth.ts';
import { RateMeter } from '../../src/protocol/rate-meter.ts';
import { TokenBucket } from '../../src/protocol/token-bucket.ts';

describe('a rate', () => {
  test('is that of the last twenty seconds', () => {
    const meter = new RateMeter();
    for (let second = 100; second < 130; second++) meter.add(1000, second * 1000);
    expect(meter.rate(129_999)).toBe(1000);
    expect(meter.rate(139_999)).toBe(500);
    expect(meter.rate(150_000)).toBe(0);
    expect(meter.rate(1e9)).toBe(0);
    expect(meter.total).toBe(30_000);
  });

  test('of a young measurement is taken over its age, but not less than a tenth of a second', () => {
    const meter = new RateMeter();
    expect(meter.rate(0)).toBe(0);
    meter.add(1000, 5_000);
    expect(meter.rate(5_000)).toBe(10_000);
    expect(meter.rate(5_500)).toBe(2_000);
  });
});

describe('a limit', () => {
  test('holds over time, whatever the size of the blocks', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    let passed = 0;
    for (let now = 0; now <= 10_000; now++) {
      while (bucket.waitMs(now) === 0) {
        bucket.spend(BLOCK_OCTETS, now);
        passed += BLOCK_OCTETS;
      }
    }
    // Ten seconds, one burst of 50 ms, and one block that the bucket owes.
    expect(passed).toBeGreaterThanOrEqual(10_000_000);
    expect(passed).toBeLessThanOrEqual(10_050_000 + BLOCK_OCTETS);
  });

  test('says how long to wait', () => {
    const bucket = new TokenBucket(16_384, 0);
    bucket.spend(BLOCK_OCTETS, 0);
    const waitMs = bucket.waitMs(0);
    expect(waitMs).toBeGreaterThan(0);
    expect(bucket.waitMs(waitMs)).toBe(0);
  });

  test('saves up no more than a burst', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    bucket.spend(50_000, 3_600_000);
    expect(bucket.waitMs(3_600_000)).toBeGreaterThan(0);
  });

  test('of 0 is none', () => {
    const bucket = new TokenBucket(0, 0);
    bucket.spend(1e12, 0);
    expect(bucket.waitMs(0)).toBe(0);
  });
});

test.each([
  ['nothing is known yet', 0, null, false, 5],
  ['the round trip is short', 10_000_000, 0.5, false, 5],
  ['1 MB/s over 100 ms: 6.1 blocks are under way', 1_000_000, 100, false, 10],
  ['10 MB/s over 100 ms', 10_000_000, 100, false, 92],
  ['more than a neighbour accepts', 1_000_000_000, 1000, false, 250],
  ['the neighbour let us wait', 1_000_000, 100, true, 1],
])('the depth of the pipeline when %s', (_, rate, rttMs, isSnubbed, depth) => {
  expect(pipelineDepth(rate, rttMs, isSnubbed)).toBe(depth);
});
