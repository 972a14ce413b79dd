import { expect, test } from 'vitest';
import { calibrate, createWallClock } from '../wall-clock.ts';

/** A machine whose time passes by a step at each reading of a clock. */
function machine(options: { start: number; stepMs: number; monotonicAhead: number }) {
  let now = options.start;
  const pass = (ms: number) => {
    now += ms;
    return now;
  };
  const wall = () => Math.floor(pass(options.stepMs));
  const monotonic = () => pass(options.stepMs) + options.monotonicAhead;
  return { pass, clocks: { wall, monotonic } };
}

test('two processes that start at different moments tell the same time', () => {
  const one = calibrate(machine({ start: 1_000.3, stepMs: 0.001, monotonicAhead: 500 }).clocks);
  const other = calibrate(machine({ start: 7_123.9, stepMs: 0.001, monotonicAhead: -90 }).clocks);

  expect(one).toBeCloseTo(-500, 1);
  expect(other).toBeCloseTo(90, 1);
});

test('a clock that somebody set is followed', () => {
  let wallAhead = 0;
  const { clocks, pass } = machine({ start: 1_000, stepMs: 0.001, monotonicAhead: 0 });
  const now = createWallClock({ ...clocks, wall: () => clocks.wall() + wallAhead });
  const before = now();
  wallAhead = 3_600_000;
  pass(1);

  expect(now() - before).toBeGreaterThan(3_599_990);
});

test('the time of this machine agrees with Date.now and never goes back', () => {
  const now = createWallClock();
  let last = now();
  for (let reading = 0; reading < 10_000; reading += 1) {
    const next = now();
    expect(next).toBeGreaterThanOrEqual(last);
    last = next;
  }
  // Between two readings this process may lose the processor.
  const before = Date.now();
  const time = now();
  const after = Date.now();
  expect(time).toBeGreaterThan(before - 5);
  expect(time).toBeLessThan(after + 5);
});
