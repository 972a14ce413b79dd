import { describe, expect, test } from 'vitest';

// The browser's own files, as they are: they have types in comments, which this project's compiler reads in src/page.
const page = (name: string) => import(new URL(`../../src/page/${name}`, import.meta.url).href);
const { ratesOf, givenUntil } = await page('swarm-rates.js');
const { columnsOf, cellOf, fewestIn, rarestOf } = await page('piece-columns.js');
const { SwarmPlayer } = await page('swarm-player.js');
const { Badges } = await page('peer-badges.js');
const { entryOf } = await page('swarm-entries.js');
const { niceStep, scaleAbove } = await page('chart-scale.js');
const { ringPlaces } = await page('ring-places.js');

describe('the rates', () => {
  const gift = (giver: string, octets: number, from: number, to: number) => ({ giver, taker: 'x', octets, from, to });

  test('have all octets that were given, in the steps in which they came', () => {
    const rates = ratesOf([gift('s', 1_000, 100, 300), gift('s', 400, 0, 400), gift('p', 50, 390, 390)], {
      ...{ from: 0, to: 400, steps: 4 },
    });
    // Octets per second: a step is 100 ms.
    expect(rates.get('s')).toEqual([1_000, 6_000, 6_000, 1_000]);
    expect(rates.get('p')).toEqual([0, 0, 50, 450].map((value) => expect.closeTo(value, 6)));
  });

  test('a piece that was begun before the first step counts from there on', () => {
    const rates = ratesOf([gift('s', 200, -100, 100)], { from: 0, to: 200, steps: 2 });
    expect(rates.get('s')).toEqual([1_000, 0]);
  });

  test('what was given until a moment is counted by giver', () => {
    const gifts = [gift('s', 10, 0, 5), gift('s', 20, 0, 15), gift('p', 3, 0, 10)];
    expect([...givenUntil(gifts, 10)]).toEqual([
      ['s', 10],
      ['p', 3],
    ]);
  });
});

describe('the columns', () => {
  test.each([
    [16, 16, 15],
    [64, 64, 63],
    [65, 33, 64],
    [1_000, 63, 999],
    [1, 1, 0],
  ])('%i pieces have %i columns', (pieces, columns, last) => {
    const made = columnsOf(pieces);
    expect([made.length, made.at(-1)?.last]).toEqual([columns, last]);
    expect(
      made.reduce((sum: number, column: { first: number; last: number }) => sum + column.last - column.first + 1, 0),
    ).toBe(pieces);
  });

  test('a cell tells how much of it is there, and who gave most', () => {
    const had = (givers: object) => ({ at: 0, givers });
    const have = new Map([
      [0, had({ a: 1, b: 3 })],
      [1, had({ a: 1 })],
    ]);
    const picked = new Map([[3, { at: 0, from: 'c', mode: 'rarest' }]]);
    expect(cellOf({ have, picked }, { first: 0, last: 3 })).toMatchObject({ state: 'have', share: 0.5, asked: 'c' });
    expect(cellOf({ have, picked }, { first: 0, last: 1 }).givers).toEqual([
      ['b', 3],
      ['a', 2],
    ]);
    expect(cellOf({ have, picked }, { first: 3, last: 3 }).state).toBe('picked');
    expect(cellOf(undefined, { first: 0, last: 0 }).state).toBe('missing');
  });

  test('BT-11 the rarest are the wanted pieces with the fewest copies; what nobody has cannot be asked for', () => {
    const copies = [3, 1, 0, 1, 2];
    expect(rarestOf(copies, () => true)).toEqual({ pieces: [1, 3], copies: 1 });
    expect(rarestOf(copies, (index: number) => index !== 1 && index !== 3)).toEqual({ pieces: [4], copies: 2 });
    expect(rarestOf(copies, () => false)).toEqual({ pieces: [], copies: 0 });
    expect(
      fewestIn(copies, [
        { first: 0, last: 1 },
        { first: 2, last: 4 },
      ]),
    ).toEqual([1, 0]);
  });
});

describe('the player', () => {
  test('live, the present goes on from the last report, by the clock of this machine', () => {
    const player = new SwarmPlayer();
    expect(player.at(500)).toBe(0);
    player.heard(1_000_000, 500);
    player.heard(999_000, 600);
    expect(player.at(800)).toBe(1_000_300);
  });

  test('a short round is shown again slower than it was, and a long one faster, in the same time', () => {
    const player = new SwarmPlayer();
    player.play({ from: 0, to: 1_700 }, 100);
    expect([player.mode, player.at(100), player.at(10_100), player.slowness]).toEqual(['replay', 0, 1_000, 10]);
    expect([player.at(30_000), player.mode]).toEqual([2_000, 'still']);
    player.play({ from: 0, to: 199_700 }, 0);
    expect(player.slowness).toBeCloseTo(0.1);
  });

  test('a replay goes on from where it was stopped, and begins anew at the end', () => {
    const player = new SwarmPlayer();
    player.play({ from: 0, to: 1_700 }, 0);
    player.seek(player.at(10_000));
    player.play({ from: 0, to: 1_700 }, 50_000);
    expect(player.at(50_000)).toBe(1_000);
    player.seek(1_700);
    player.play({ from: 0, to: 1_700 }, 0);
    expect(player.at(0)).toBe(0);
    player.live();
    expect(player.mode).toBe('live');
  });
});

test('each peer has a mark of its own and keeps it; who made the file has a colour that nobody else has', () => {
  const badges = new Badges((address: string) => ({ s: 'seed', p: 'peer-12' })[address] ?? address, new Set(['s']));
  expect(badges.of('10.0.0.9')).toMatchObject({ mark: 'A', tone: 1 });
  expect(badges.of('p')).toMatchObject({ mark: '12', tone: 2 });
  expect(badges.of('s')).toMatchObject({ mark: 'S', tone: 0, isMaker: true });
  expect(badges.of('10.0.0.9').mark).toBe('A');
  expect(badges.of('10.0.0.8').mark).toBe('B');
});

test.each([
  [
    { kind: 'picked', to: 's', index: 3, mode: 'endgame' },
    { word: 'endgame', arrow: { from: 's', to: 'p' }, piece: 3 },
  ],
  [
    { kind: 'unchoked', to: 's' },
    { word: 'unchoked', arrow: { from: 'p', to: 's' }, piece: null },
  ],
  [
    { kind: 'verified', index: 1, givers: { a: 1, b: 2 } },
    { whom: 'b', arrow: { from: 'b', to: 'p' }, piece: 1 },
  ],
  [
    { kind: 'announced', event: null, left: 0 },
    { word: 'announced', arrow: null },
  ],
  [{ kind: 'has', bits: '', all: false }, null],
])('the fact %j is told as %j', (fact, expected) => {
  const entry = entryOf({ ...fact, peer: 'p', at: 1 });
  if (expected === null) expect(entry).toBeNull();
  else expect(entry).toMatchObject(expected);
});

describe('the scale of the rates', () => {
  const MIB = 1024 ** 2;

  test.each([
    [151 * MIB, 200 * MIB, 4],
    [43 * MIB, 60 * MIB, 3],
    [3.45 * MIB, 4 * MIB, 4],
    [900 * 1024, MIB, 2],
    [1, 1, 2],
  ])('over %i octets per second ends at %i in %i equal parts', (value, top, parts) => {
    expect(scaleAbove(value)).toEqual({ top, parts });
  });

  test.each([
    [0.3, 0.5],
    [1, 1],
    [12, 20],
    [51, 100],
  ])('a step of %f is made %f', (value, step) => expect(niceStep(value)).toBeCloseTo(step, 9));
});

describe('the ring of peers', () => {
  test.each([1, 2, 5, 13, 51])('%i peers begin at the top and stand as far from each other everywhere', (count) => {
    const places: { x: number; y: number }[] = ringPlaces(count, 300, 150);
    expect(places).toHaveLength(count);
    expect(places[0]).toEqual({ x: expect.closeTo(0, 6), y: expect.closeTo(-150, 6) });
    for (const { x, y } of places) expect((x / 300) ** 2 + (y / 150) ** 2).toBeCloseTo(1, 6);
    if (count < 13) return;
    const gaps = places.map(({ x, y }, at) => {
      const next = places[(at + 1) % count];
      return Math.hypot((next?.x ?? 0) - x, (next?.y ?? 0) - y);
    });
    expect(Math.min(...gaps) / Math.max(...gaps)).toBeGreaterThan(0.8);
  });
});
