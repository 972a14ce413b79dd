import { expect, test } from 'vitest';
import { parseWeightedList } from '../weighted-list.ts';

test('weights have at most three digits, names no case; a member with a faulty weight is left out', () => {
  expect(parseWeightedList('FR, ko ; Q=0.8,, en;q=1.000, de;q=2, it;q=0.1234, *;q=0')).toEqual([
    { value: 'fr', weight: 1 },
    { value: 'ko', weight: 0.8 },
    { value: 'en', weight: 1 },
    { value: '*', weight: 0 },
  ]);
});
