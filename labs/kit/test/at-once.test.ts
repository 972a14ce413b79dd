import { expect, test } from 'vitest';
import { inPlaces } from '../at-once.ts';
import { until } from '../until.ts';

test('results come in the order of the jobs, and no more than so many jobs run at once, each in a place of its own', async () => {
  const taken = new Set<number>();
  let most = 0;
  const jobs = Array.from({ length: 20 }, (_, nth) => async (place: number) => {
    expect(taken.has(place)).toBe(false);
    taken.add(place);
    most = Math.max(most, taken.size);
    await new Promise((resolve) => setTimeout(resolve, nth % 3));
    taken.delete(place);
    return nth;
  });
  expect(await inPlaces(jobs, 4)).toEqual(Array.from({ length: 20 }, (_, nth) => nth));
  expect(most).toBe(4);
});

test('the first job that fails is the last that begins', async () => {
  let begun = 0;
  const jobs = Array.from({ length: 10 }, (_, nth) => async () => {
    begun += 1;
    if (nth === 2) throw new Error('the third job fails');
  });
  await expect(inPlaces(jobs, 1)).rejects.toThrow('the third job fails');
  expect(begun).toBe(3);
});

test('who waits in vain says for what', async () => {
  await expect(until(() => false, 'the rain', 20)).rejects.toThrow('in vain: the rain');
});
