import { expect, test } from 'vitest';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { BlockCompare } from '../../src/protocol/block-compare.ts';

/** A piece of `blocks` blocks, each full of one octet; the last one is a half. */
function octetsOf(...blocks: number[]): Uint8Array {
  const octets = new Uint8Array((blocks.length - 0.5) * BLOCK_OCTETS);
  for (const [nth, octet] of blocks.entries()) octets.fill(octet, nth * BLOCK_OCTETS);
  return octets;
}

test('who gave other octets than those of the right piece is found, and nobody else', () => {
  const compare = new BlockCompare();
  compare.keep(7, { octets: octetsOf(1, 9, 3, 9), givers: ['honest', 'liar', 'other', 'liar'] });
  expect([...compare.liars(7, octetsOf(1, 2, 3, 4))]).toEqual([['liar', 2]]);
});

test('one wrong octet in the last, shorter block is enough', () => {
  const compare = new BlockCompare();
  const octets = octetsOf(1, 2);
  octets[octets.length - 1] = 0;
  compare.keep(7, { octets, givers: ['honest', 'liar'] });
  expect([...compare.liars(7, octetsOf(1, 2)).keys()]).toEqual(['liar']);
});

test('several tries of one piece are all compared, those of other pieces are not, and each only once', () => {
  const compare = new BlockCompare();
  compare.keep(7, { octets: octetsOf(9, 2), givers: ['a', 'b'] });
  compare.keep(8, { octets: octetsOf(9, 9), givers: ['c', 'd'] });
  compare.keep(7, { octets: octetsOf(1, 9), givers: ['e', 'f'] });
  expect([...compare.liars(7, octetsOf(1, 2)).keys()]).toEqual(['a', 'f']);
  expect([...compare.liars(7, octetsOf(1, 2))]).toEqual([]);
  expect([...compare.liars(8, octetsOf(9, 2)).keys()]).toEqual(['d']);
});

test('what is kept is bounded: the oldest try is forgotten first', () => {
  const compare = new BlockCompare();
  const large = () => new Uint8Array(6 * 1024 * 1024);
  for (let index = 0; index < 10; index++) compare.keep(index, { octets: large(), givers: ['liar'] });
  expect(compare.keptOctets).toBeLessThanOrEqual(16 * 1024 * 1024);
  expect([...compare.liars(0, large().fill(1))]).toEqual([]);
  expect([...compare.liars(9, large().fill(1)).keys()]).toEqual(['liar']);
});
