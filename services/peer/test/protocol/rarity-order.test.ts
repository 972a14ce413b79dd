import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RarityOrder } from '../../src/protocol/rarity-order.ts';
import { seededRandom } from './seeded-random.ts';

const PIECES = 12;
const COPIES_MAX = 4;
const EVERYTHING = { has: () => true };

test('whatever happens, the order is that of a plain list of copies', () => {
  const change = fc.record({ what: fc.constantFrom('gained', 'lost', 'remove', 'restore'), index: fc.nat(PIECES - 1) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), fc.integer(), (changes, seed) => {
      const order = new RarityOrder(PIECES, COPIES_MAX, seededRandom(seed));
      const copies = Array<number>(PIECES).fill(0);
      const wanted = Array<boolean>(PIECES).fill(true);
      for (const { what, index } of changes) {
        const count = copies[index] ?? 0;
        if ((what === 'gained' && count === COPIES_MAX) || (what === 'lost' && count === 0)) continue;
        order[what as 'gained'](index);
        if (what === 'gained') copies[index] = count + 1;
        if (what === 'lost') copies[index] = count - 1;
        if (what === 'remove') wanted[index] = false;
        if (what === 'restore') wanted[index] = true;
      }
      const inOrder = allInOrder(order);
      expect(inOrder.toSorted((a, b) => a - b)).toEqual([...wanted.keys()].filter((index) => wanted[index]));
      const copiesInOrder = inOrder.map((index) => copies[index] ?? 0);
      expect(copiesInOrder).toEqual(copiesInOrder.toSorted((a, b) => a - b));
      expect(inOrder.map((index) => order.copies(index))).toEqual(copiesInOrder);
    }),
  );
});

/** Every wanted piece, as the order gives them. */
function allInOrder(order: RarityOrder): number[] {
  const given: number[] = [];
  order.rarest({
    has: (index) => {
      given.push(index);
      return false;
    },
  });
  return given;
}

test('each of equally rare pieces comes first equally often', () => {
  const random = seededRandom(7);
  const firsts = Array<number>(PIECES).fill(0);
  const rounds = 6000;
  for (let nth = 0; nth < rounds; nth++) {
    const order = new RarityOrder(PIECES, COPIES_MAX, random);
    for (let index = 0; index < PIECES; index++) order.gained(index);
    for (let index = 0; index < 3; index++) order.gained(index);
    const first = order.rarest(EVERYTHING) ?? 0;
    firsts[first] = (firsts[first] ?? 0) + 1;
  }
  expect(firsts.slice(0, 3)).toEqual([0, 0, 0]);
  const expected = rounds / (PIECES - 3);
  const chiSquare = firsts.slice(3).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // The 0.999 quantile of chi-square with 8 degrees of freedom.
  expect(chiSquare).toBeLessThan(26.12);
});

test('a random piece may be any that can be had', () => {
  const order = new RarityOrder(PIECES, COPIES_MAX, seededRandom(3));
  order.remove(5);
  const chosen = new Set(Array.from({ length: 200 }, () => order.any({ has: (index) => index >= 4 && index <= 7 })));
  expect([...chosen].toSorted()).toEqual([4, 6, 7]);
  expect(order.any({ has: () => false })).toBeNull();
});

test('of 50 000 pieces and 200 neighbours one is chosen within a millisecond', () => {
  const random = seededRandom(1);
  const order = new RarityOrder(50_000, 200, random);
  for (let neighbour = 0; neighbour < 200; neighbour++) {
    for (let nth = 0; nth < 500; nth++) order.gained(Math.floor(random() * 25_000) * 2 + (neighbour < 199 ? 0 : 1));
  }
  // The worst case: only the most frequent piece can be had.
  const last = allInOrder(order).at(-1);
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    order.rarest({ has: (index) => index === last });
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(1);
});
