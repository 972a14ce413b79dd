import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseRanges, rangeOctets } from '../range.ts';

const table: [value: string | undefined, octets: number, expected: unknown][] = [
  [undefined, 100, 'whole'],
  ['bytes=0-9', 100, [{ first: 0, last: 9 }]],
  ['Bytes=0-9', 100, [{ first: 0, last: 9 }]],
  ['bytes=90-', 100, [{ first: 90, last: 99 }]],
  ['bytes=90-200', 100, [{ first: 90, last: 99 }]],
  ['bytes=-5', 100, [{ first: 95, last: 99 }]],
  ['bytes=-500', 100, [{ first: 0, last: 99 }]],
  [
    'bytes=0-0,99-99',
    100,
    [
      { first: 0, last: 0 },
      { first: 99, last: 99 },
    ],
  ],
  ['bytes=100-', 100, 'unsatisfiable'],
  ['bytes=-0', 100, 'unsatisfiable'],
  ['bytes=0-9', 0, 'unsatisfiable'],
  ['bytes=100-,0-0', 100, [{ first: 0, last: 0 }]],
  ['bytes=9-0', 100, 'whole'],
  ['bytes=a-b', 100, 'whole'],
  ['bytes=-', 100, 'whole'],
  ['bytes=', 100, 'whole'],
  ['lines=0-9', 100, 'whole'],
  ['bytes=0-9,5-20', 100, 'whole'],
  [`bytes=${Array.from({ length: 17 }, (_, at) => `${at * 2}-${at * 2}`).join(',')}`, 100, 'whole'],
];

test.each(table)('Range: %s of %i octets', (value, octets, expected) => {
  const choice = chooseRanges(value, octets);
  expect(choice.kind === 'parts' ? choice.ranges : choice.kind).toEqual(expected);
});

test('whatever is asked for, parts lie within the representation', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(1000), (text, octets) => {
      const choice = chooseRanges(`bytes=${text}`, octets);
      if (choice.kind !== 'parts') return;
      for (const range of choice.ranges) {
        expect(rangeOctets(range)).toBeGreaterThan(0);
        expect(range.last).toBeLessThan(octets);
      }
    }),
  );
});
