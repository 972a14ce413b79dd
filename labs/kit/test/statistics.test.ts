import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom, shuffled } from '../seeded-random.ts';
import { mean, median, quantile, signTest, variance } from '../statistics.ts';

test('the median is the value in the middle, or lies between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([0, 10], 0.25)).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('the variance is the mean square of the distance from the mean', () => {
  expect(variance([5, 5, 5])).toBe(0);
  // Wikipedia's example: mean 5, squares 9 1 1 1 0 0 4 16.
  expect(variance([2, 4, 4, 4, 5, 5, 7, 9])).toBe(4);
  expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
});

describe('the sign test', () => {
  const pairs = (smaller: number, larger: number, equal = 0): [number, number][] => [
    ...Array<[number, number]>(smaller).fill([0, 1]),
    ...Array<[number, number]>(larger).fill([1, 0]),
    ...Array<[number, number]>(equal).fill([1, 1]),
  ];

  // In Python: 2 * sum(comb(20, k) for k in range(16, 21)) / 2**20, and so on.
  test.each([
    [10, 10, 1],
    [16, 4, 0.01181793],
    [17, 3, 0.002576828],
    [20, 0, 1.907349e-6],
    [4, 16, 0.01181793],
    [0, 0, 1],
    [1, 0, 1],
  ])('%i smaller and %i larger: p = %f', (smaller, larger, p) => {
    expect(signTest(pairs(smaller, larger)).p).toBeCloseTo(p, 7);
  });

  test('equal pairs say nothing, and neither direction is preferred', () => {
    expect(signTest(pairs(9, 1, 100))).toEqual(signTest(pairs(9, 1)));
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (one, other) => {
        const { p } = signTest(pairs(one, other));
        expect(p).toBe(signTest(pairs(other, one)).p);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('random numbers of a seed', () => {
  test('are the same for the same seed, and others for another', () => {
    const first = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(first(7)).toEqual(first(7));
    expect(first(7)).not.toEqual(first(8));
  });

  test('lie from 0 up to 1 and about evenly', () => {
    const values = Array.from({ length: 100_000 }, seededRandom(1));
    const tenths = Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1;
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test('put things into another order, and lose none', () => {
    const items = Array.from({ length: 20 }, (_, nth) => nth);
    const order = shuffled(items, seededRandom(3));
    expect(order).not.toEqual(items);
    expect(order.toSorted((one, other) => one - other)).toEqual(items);
  });
});
