import { expect, test } from 'vitest';
import { OctetPool } from '../../src/protocol/octet-pool.ts';

test('memory that was given back is taken again, by who wants the same length', () => {
  const pool = new OctetPool();
  const piece = pool.take(1000);
  pool.giveBack(piece);
  expect(pool.take(999)).not.toBe(piece);
  expect(pool.take(1000)).toBe(piece);
  expect(pool.take(1000)).not.toBe(piece);
});

test('memory of others, such as a part of a larger one, is not used again', () => {
  const pool = new OctetPool();
  pool.giveBack(pool.take(1000).subarray(0, 500));
  pool.giveBack(new Uint8Array(1000));
  expect(pool.waitingOctets).toBe(0);
});

test('what waits to be used again is bounded', () => {
  const pool = new OctetPool();
  for (const octets of Array.from({ length: 20 }, () => pool.take(1024 * 1024))) pool.giveBack(octets);
  expect(pool.waitingOctets).toBe(12 * 1024 * 1024);
});

test('most of what waits is let go once little will be taken', () => {
  const pool = new OctetPool();
  for (const octets of Array.from({ length: 20 }, () => pool.take(256 * 1024))) pool.giveBack(octets);
  pool.shrink();
  expect(pool.waitingOctets).toBe(2 * 1024 * 1024);
  const last = pool.take(1000);
  pool.giveBack(last);
  pool.shrink();
  expect(pool.waitingOctets).toBeLessThanOrEqual(2 * 1024 * 1024);
  expect(pool.take(1000)).toBe(last);
});
