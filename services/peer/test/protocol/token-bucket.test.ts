import { describe, expect, test } from 'vitest';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { TokenBucket } from '../../src/protocol/token-bucket.ts';
import { seededRandom } from './seeded-random.ts';

/** Lets pass what may, in pieces of `octets`, whenever `clock` says that somebody looks; returns what has passed. */
function pass(bucket: TokenBucket, clock: Iterable<number>, octets: number, who: unknown = bucket): number {
  let passed = 0;
  for (const now of clock) {
    while (bucket.waitMs(now, who) === 0) {
      bucket.spend(octets, now, who);
      passed += octets;
    }
  }
  return passed;
}

function* eachMs(from: number, until: number): Generator<number> {
  for (let now = from; now <= until; now++) yield now;
}

describe('a limit holds to 2 %', () => {
  test.each([
    [64 * 1024, BLOCK_OCTETS, 60],
    [1_000_000, BLOCK_OCTETS, 10],
    [1_000_000, 13, 10],
    [1_000_000, 1, 2],
    [50_000_000, BLOCK_OCTETS, 5],
    [5_000_000, 128 * 1024, 20],
  ])('%i octets per second, in blocks of %i', (bytesPerS, octets, seconds) => {
    const passed = pass(new TokenBucket(bytesPerS, 0), eachMs(0, seconds * 1000), octets);
    expect(passed / (bytesPerS * seconds)).toBeGreaterThan(0.98);
    expect(passed / (bytesPerS * seconds)).toBeLessThan(1.02);
  });

  test('when the timer comes as late as it likes, up to a second', () => {
    const random = seededRandom(3);
    const times = [0];
    while ((times.at(-1) ?? 0) < 60_000) times.push((times.at(-1) ?? 0) + random() * 900);
    const passed = pass(new TokenBucket(1_000_000, 0), times, BLOCK_OCTETS);
    const due = ((times.at(-1) ?? 0) * 1_000_000) / 1000;
    expect(passed / due).toBeGreaterThan(0.98);
    expect(passed / due).toBeLessThan(1.02);
  });

  test('when it is changed while something waits, each time from that moment on', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    expect(pass(bucket, eachMs(0, 10_000), BLOCK_OCTETS) / 10e6).toBeCloseTo(1, 1.7);
    bucket.setRate(200_000, 10_000);
    expect(pass(bucket, eachMs(10_000, 30_000), BLOCK_OCTETS) / 4e6).toBeCloseTo(1, 1.7);
    bucket.setRate(4_000_000, 30_000);
    expect(pass(bucket, eachMs(30_000, 40_000), BLOCK_OCTETS) / 40e6).toBeCloseTo(1, 1.7);
    expect(bucket.bytesPerS).toBe(4_000_000);
  });

  test('when part of what was taken is given back', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    let passed = 0;
    for (const now of eachMs(0, 20_000)) {
      while (bucket.waitMs(now) === 0) {
        bucket.spend(BLOCK_OCTETS, now);
        if (now % 3 === 0) bucket.refund(BLOCK_OCTETS);
        else passed += BLOCK_OCTETS;
        if (now % 3 === 0) break;
      }
    }
    expect(passed / 20e6).toBeGreaterThan(0.98);
    expect(passed / 20e6).toBeLessThan(1.02);
  });
});

test('it says how long to wait, and that is long enough', () => {
  const bucket = new TokenBucket(16_384, 0);
  expect(bucket.waitMs(0)).toBe(0);
  bucket.spend(BLOCK_OCTETS, 0);
  expect(bucket.waitMs(0)).toBe(1000);
  expect(bucket.waitMs(999)).toBe(1);
  expect(bucket.waitMs(1000)).toBe(0);
});

test('what is not used is saved up for 50 ms only', () => {
  const bucket = new TokenBucket(1_000_000, 0);
  expect(pass(bucket, [3_600_000], 1000)).toBe(51_000);
});

test('what waited and then rests saves up nothing either', () => {
  const bucket = new TokenBucket(1_000_000, 0);
  pass(bucket, [0], BLOCK_OCTETS);
  bucket.rest(20);
  expect(pass(bucket, [3_600_000], 1000)).toBe(51_000);
});

test('a limit of 0 is none', () => {
  const bucket = new TokenBucket(0, 0);
  bucket.spend(1e12, 0);
  expect(bucket.waitMs(0)).toBe(0);
});

test('a limit that is taken away lets everything through at once, and one that is set holds at once', () => {
  const bucket = new TokenBucket(1000, 0);
  pass(bucket, [0], BLOCK_OCTETS);
  bucket.setRate(0, 1);
  expect(bucket.waitMs(1)).toBe(0);
  bucket.setRate(1_000_000, 10_000);
  expect(pass(bucket, eachMs(10_000, 11_000), 1000)).toBeLessThan(1_020_000);
});

describe('torrents that share a limit', () => {
  test('get equal parts of it, though one always looks first', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    const passed = { first: 0, second: 0 };
    for (const now of eachMs(0, 10_000)) {
      passed.first += pass(bucket, [now], BLOCK_OCTETS, 'first');
      passed.second += pass(bucket, [now], BLOCK_OCTETS, 'second');
    }
    expect(passed.first / (passed.first + passed.second)).toBeCloseTo(0.5, 1);
    expect((passed.first + passed.second) / 10e6).toBeGreaterThan(0.98);
    expect((passed.first + passed.second) / 10e6).toBeLessThan(1.02);
  });

  test('do not wait for one that does not come any more', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    pass(bucket, [0], BLOCK_OCTETS, 'gone');
    const passed = pass(bucket, eachMs(0, 10_000), BLOCK_OCTETS, 'here');
    expect(passed / 10e6).toBeGreaterThan(0.98);
  });
});

test('what might have passed and did not is counted, but for what is saved up, and not what waits', () => {
  const bucket = new TokenBucket(1_000, 0);
  expect(bucket.unusedBytes(1_000)).toBe(950);
  expect(bucket.waitMs(1_000)).toBe(0);
  bucket.spend(150, 1_000);
  expect(bucket.waitMs(1_000)).toBe(100);
  expect(bucket.unusedBytes(1_500)).toBe(950);
  bucket.rest(1_500);
  // What has come late is kept.
  expect(bucket.unusedBytes(2_500)).toBe(1_950);
  expect(new TokenBucket(0, 0).unusedBytes(5_000)).toBe(0);
});
