import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileSpans } from '../../src/protocol/file-spans.ts';

const FILES = [
  { path: ['a'], length: 10 },
  { path: ['empty'], length: 0 },
  { path: ['b'], length: 5 },
];

test('octets may span several files, and empty files have none', () => {
  expect(fileSpans(FILES, 8, 4)).toEqual([
    { file: 0, position: 8, at: 0, length: 2 },
    { file: 2, position: 0, at: 2, length: 2 },
  ]);
});

test('every octet that is asked for lies in exactly one place', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), fc.nat(60), fc.nat(60), (lengths, a, b) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const [from, to] = [Math.min(a, b, total), Math.min(Math.max(a, b), total)];
      const files = lengths.map((length, nth) => ({ path: [String(nth)], length }));
      const starts = lengths.map((_, nth) => lengths.slice(0, nth).reduce((sum, length) => sum + length, 0));
      const octets = fileSpans(files, from, to - from).flatMap(({ file, position, at, length }) =>
        Array.from({ length }, (_, nth) => [at + nth, (starts[file] ?? 0) + position + nth]),
      );
      expect(octets).toEqual(Array.from({ length: to - from }, (_, nth) => [nth, from + nth]));
    }),
  );
});
