import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArrivalOrder } from '../../src/protocol/arrival-order.ts';

function times(reports: readonly { at: number }[]): number[] {
  return reports.map(({ at }) => at);
}

test('what arrives out of order within the hold is let go in order', () => {
  const order = new ArrivalOrder(50);
  order.take({ at: 2 }, 1_000);
  order.take({ at: 1 }, 1_020);
  order.take({ at: 3 }, 1_030);
  expect(times(order.release(1_040))).toEqual([]);
  expect(times(order.release(1_050))).toEqual([1, 2]);
  expect(times(order.release(1_080))).toEqual([3]);
  expect(order.isEmpty).toBe(true);
});

test('what comes too late follows when it comes, and a clock that is ahead holds up nothing', () => {
  const order = new ArrivalOrder(50);
  order.take({ at: 9_999_999 }, 1_000);
  expect(times(order.release(1_050))).toEqual([9_999_999]);
  order.take({ at: 5 }, 1_060);
  expect(times(order.release(1_110))).toEqual([5]);
});

test('a flood is not held', () => {
  const order = new ArrivalOrder(50);
  for (let at = 6_000; at > 0; at -= 1) order.take({ at }, 1_000);
  expect(times(order.release(1_000))).toHaveLength(6_000);
});

test('nothing is lost and nothing doubled', () => {
  const step = fc.record({ at: fc.nat(100), wait: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const order = new ArrivalOrder<{ at: number }>(50);
      const given: number[] = [];
      let now = 0;
      for (const { at, wait } of steps) {
        order.take({ at }, now);
        now += wait;
        given.push(...times(order.release(now)));
      }
      given.push(...times(order.release(now + 50)));
      expect(given.toSorted((a, b) => a - b)).toEqual(steps.map(({ at }) => at).toSorted((a, b) => a - b));
    }),
  );
});
