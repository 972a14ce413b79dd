import { describe, expect, test } from 'vitest';
import { Servers } from '../../src/protocol/servers.ts';

const ZONE = ['cnn', 'com'];
const [A, B, C] = ['10.53.3.1', '10.53.3.2', '10.53.3.3'] as const;

/** Servers whose chance is always the same. */
const servers = (random = 0.5) => new Servers(() => random);
const standings = (known: Servers, now: number) =>
  known.choose([A, B, C], ZONE, now)?.candidates.map(({ standing }) => standing);

describe('the next server', () => {
  test('is one that was never asked, then the fastest', () => {
    const known = servers();
    known.replied(A, 5, 0);
    expect(known.choose([A, B], ZONE, 0)?.address).toBe(B);
    known.replied(B, 100, 0);
    expect(known.choose([A, B], ZONE, 0)).toMatchObject({ address: A, because: 'it is the fastest: 5 ms' });
  });

  test('is now and then another, so that one that has become faster is noticed', () => {
    const chances = [0.04, 0.99];
    let at = 0;
    const known = new Servers(() => chances[at++ % 2]!);
    known.replied(A, 5, 0);
    known.replied(B, 100, 0);
    expect(known.choose([A, B], ZONE, 0)?.address).toBe(B);
  });

  test('is any of those that are about as fast: they share the load', () => {
    let chance = 0.1;
    const known = new Servers(() => {
      chance = (chance + 0.37) % 1;
      return chance;
    });
    for (const address of [A, B, C]) known.replied(address, 5, 0);
    const chosen = new Set(Array.from({ length: 30 }, () => known.choose([A, B, C], ZONE, 0)?.address));
    expect(chosen.size).toBe(3);
  });

  test('is none that failed lately, for 5 seconds, then 10, 20 ... 120, unless there is no other', () => {
    const known = servers();
    for (const address of [A, B, C]) known.replied(address, 5, 0);
    known.failed(A, 0);
    expect(standings(known, 4_999)).toEqual(['failing', 'well', 'well']);
    expect(standings(known, 5_000)).toEqual(['well', 'well', 'well']);
    for (let times = 0; times < 10; times += 1) known.failed(A, 10_000);
    expect(standings(known, 10_000 + 119_999)?.[0]).toBe('failing');
    expect(standings(known, 10_000 + 120_000)?.[0]).toBe('well');
    expect(known.choose([A], ZONE, 10_000)?.address).toBe(A);
  });

  test('of one zone may be lame for it and good for others, and one mistake is not held against it for ever', () => {
    const known = servers();
    for (const address of [A, B]) known.replied(address, 5, 0);
    known.isLame(A, ZONE, 0);
    expect(known.choose([A, B], ZONE, 0)?.address).toBe(B);
    expect(known.choose([A, B], ['foo', 'com'], 0)?.candidates[0]?.standing).toBe('well');
    expect(known.choose([A, B], ZONE, 60_000)?.candidates[0]?.standing).toBe('well');
  });
});

test('the waiting time follows the smoothed round-trip time, and doubles with each failure (RFC 6298)', () => {
  const known = servers();
  expect(known.timeoutMs(A, 0)).toBe(800);
  known.replied(A, 100, 0);
  // SRTT 100, RTTVAR 50.
  expect(known.timeoutMs(A, 0)).toBe(300);
  known.replied(A, 100, 0);
  expect(known.timeoutMs(A, 0)).toBe(250);
  known.failed(A, 0);
  expect(known.timeoutMs(A, 0)).toBe(500);
  for (let times = 0; times < 20; times += 1) known.failed(A, 0);
  expect(known.timeoutMs(A, 0)).toBe(2_000);
});

test('what is known of a server is forgotten after a quarter of an hour, and of 2000 servers at most', () => {
  const known = servers();
  known.replied(A, 5, 0);
  expect(known.choose([A], ZONE, 899_999)?.candidates[0]?.srttMs).toBe(5);
  expect(known.choose([A], ZONE, 900_000)?.candidates[0]?.srttMs).toBeNull();
  for (let at = 0; at < 3_000; at += 1) known.replied(`10.${at >> 8}.${at & 255}.1`, 5, 0);
  expect(known.state(0).length).toBe(2_000);
});
