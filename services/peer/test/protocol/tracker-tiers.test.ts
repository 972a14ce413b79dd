import { describe, expect, test } from 'vitest';
import { type Tracker, TrackerTiers } from '../../src/protocol/tracker-tiers.ts';
import { trackerKind } from '../../src/server/tracker-url.ts';

const NOW = 1_000_000;

/** Draws the order in which they are written. */
function inOrder(): () => number {
  let drawn = 0;
  return () => drawn++ / 1000;
}

function tiersOf(...tiers: string[][]): TrackerTiers {
  const named = tiers.map((tier) => tier.map((name) => `udp://${name}:6969`));
  return new TrackerTiers(named, trackerKind, inOrder());
}

function names(trackers: readonly Tracker[]): string {
  return trackers.map(({ url }) => url.slice('udp://'.length, -':6969'.length)).join(' ');
}

function find(tiers: TrackerTiers, name: string): Tracker {
  const tracker = tiers.all.find(({ url }) => url === `udp://${name}:6969`);
  if (tracker === undefined) throw new Error(`there is no ${name}`);
  return tracker;
}

test('tiers are asked one after the other', () => {
  expect(names(tiersOf(['a', 'b'], ['c'], ['d', 'e']).round(NOW, false))).toBe('a b c d e');
});

test('the order inside of a tier is drawn once', () => {
  const tiers = new TrackerTiers(
    [['udp://a:6969', 'udp://b:6969'], ['udp://c:6969']],
    trackerKind,
    (() => {
      const drawn = [0.9, 0.1, 0.5];
      return () => drawn.shift() ?? 0;
    })(),
  );
  expect(names(tiers.round(NOW, false))).toBe('b a c');
  expect(names(tiers.round(NOW, false))).toBe('b a c');
});

test('who has answered comes to the front of its tier, and of no other', () => {
  const tiers = tiersOf(['a', 'b', 'c'], ['d', 'e']);
  tiers.answered(find(tiers, 'c'), NOW, false);
  tiers.answered(find(tiers, 'e'), NOW, false);
  expect(names(tiers.round(NOW, false))).toBe('c a b e d');
});

test('who has failed rests, longer each time, and is asked only after the others', () => {
  const tiers = tiersOf(['a'], ['b']);
  tiers.failed(find(tiers, 'a'), 'no answer', NOW);
  expect(names(tiers.round(NOW, false))).toBe('b a');
  expect(names(tiers.round(NOW + 14_999, false))).toBe('b a');
  expect(names(tiers.round(NOW + 15_000, false))).toBe('a b');
  tiers.failed(find(tiers, 'a'), 'no answer', NOW);
  expect(names(tiers.round(NOW + 29_999, false))).toBe('b a');
  for (let times = 0; times < 50; times++) tiers.failed(find(tiers, 'a'), 'no answer', NOW);
  expect(names(tiers.round(NOW + 1_800_000, false))).toBe('a b');
  tiers.answered(find(tiers, 'a'), NOW, false);
  expect(find(tiers, 'a')).toMatchObject({ failures: 0, trouble: null, answeredAt: NOW });
});

describe('a private torrent (BEP 27)', () => {
  test('uses the tracker that has answered until it fails, also when one of an earlier tier is back', () => {
    const tiers = tiersOf(['a'], ['b'], ['c']);
    tiers.failed(find(tiers, 'a'), 'no answer', NOW);
    tiers.answered(find(tiers, 'b'), NOW, true);
    expect(names(tiers.round(NOW + 60_000, true))).toBe('b a c');
    expect(names(tiers.round(NOW + 60_000, false))).toBe('a b c');
    tiers.failed(find(tiers, 'b'), 'no answer', NOW + 60_000);
    expect(names(tiers.round(NOW + 60_000, true))).toBe('b a c');
  });

  test('leaves the one that it used for the one that answers, which forgets that it knew us', () => {
    const tiers = tiersOf(['a'], ['b']);
    const [a, b] = [find(tiers, 'a'), find(tiers, 'b')];
    expect(tiers.answered(a, NOW, true)).toBeNull();
    expect(tiers.answered(a, NOW, true)).toBeNull();
    tiers.failed(a, 'no answer', NOW);
    expect(tiers.answered(b, NOW, true)).toBe(a);
    expect([a.hasStarted, b.hasStarted]).toEqual([false, true]);
    expect(tiers.answered(a, NOW, true)).toBe(b);
  });

  test('of all others nothing is left: whoever answers comes beside those that did', () => {
    const tiers = tiersOf(['a'], ['b']);
    expect(tiers.answered(find(tiers, 'a'), NOW, false)).toBeNull();
    expect(tiers.answered(find(tiers, 'b'), NOW, false)).toBeNull();
    expect(tiers.all.map(({ hasStarted }) => hasStarted)).toEqual([true, true]);
  });

  test('asks its tracker again where a datagram was lost, before it asks another', () => {
    const tiers = tiersOf(['a'], ['b']);
    const times = (isPrivate: boolean) =>
      ['a', 'b'].map((name) => tiers.retransmissionsMax(find(tiers, name), isPrivate));
    expect(times(true)).toEqual([0, 0]);
    tiers.answered(find(tiers, 'a'), NOW, true);
    expect(times(true)).toEqual([2, 0]);
    expect(times(false)).toEqual([0, 0]);
    const only = tiersOf(['a']);
    expect(only.retransmissionsMax(find(only, 'a'), false)).toBe(8);
  });
});

test('what is no tracker of ours is left out and told; the same tracker counts once', () => {
  const tiers = new TrackerTiers(
    [
      ['https://a/announce', 'udp://b', 'wss://c', 'nonsense', 'udp://:1', 'http://d/announce'],
      ['http://d/announce', 'udp://e:1'],
      [],
    ],
    trackerKind,
    inOrder(),
  );
  expect(tiers.all.map(({ url, kind, tier }) => [url, kind, tier])).toEqual([
    ['http://d/announce', 'http', 0],
    ['udp://e:1', 'udp', 1],
  ]);
  expect(tiers.refused).toEqual([
    { url: 'https://a/announce', because: 'trackers over https are not spoken to' },
    { url: 'udp://b', because: 'it has no port' },
    { url: 'wss://c', because: 'trackers over wss are not spoken to' },
    { url: 'nonsense', because: 'it is no URL' },
    { url: 'udp://:1', because: 'it is no URL' },
  ]);
});

test('of hundreds of trackers the first 32 are asked', () => {
  const tiers = tiersOf(Array.from({ length: 300 }, (_, nth) => `t${nth}`));
  expect(tiers.all).toHaveLength(32);
  expect(tiers.refused).toHaveLength(268);
});
