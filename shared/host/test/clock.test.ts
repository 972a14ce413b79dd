import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let machine: number;
let clock: LabClock;

beforeEach(() => {
  machine = 1_000_000;
  clock = new LabClock(() => machine);
});

afterEach(() => clock.stop());

test('timers that fall due on the way fire in the order of their times, each at its own time', () => {
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, clock.now() - 1_000_000]);
  clock.after(3 * HOUR_MS, note('three hours'));
  clock.after(HOUR_MS, note('one hour'));
  clock.every(2 * HOUR_MS, note('every two hours'));
  clock.after(5 * HOUR_MS, note('not yet'));

  clock.advance(4 * HOUR_MS);
  expect(fired).toEqual([
    ['one hour', HOUR_MS],
    ['every two hours', 2 * HOUR_MS],
    ['three hours', 3 * HOUR_MS],
  ]);
  expect(clock.now()).toBe(1_000_000 + 4 * HOUR_MS);
  expect(clock.offsetMs).toBe(4 * HOUR_MS);
});

test('a periodic timer fires once in a step that spans many of its periods, and keeps its beat afterwards', () => {
  const fired: number[] = [];
  clock.every(HOUR_MS, () => fired.push(clock.now() - 1_000_000));

  clock.advance(24 * HOUR_MS + 1);
  clock.advance(HOUR_MS);
  expect(fired).toEqual([HOUR_MS, 25 * HOUR_MS]);
});

test('a timer that a timer starts fires in the same step when it falls due in it', () => {
  const fired: string[] = [];
  clock.after(1_000, () => {
    fired.push('first');
    clock.after(1_000, () => fired.push('second'));
    clock.after(HOUR_MS, () => fired.push('later'));
  });
  clock.advance(2_000);
  expect(fired).toEqual(['first', 'second']);
});

test('whatever the delays, effects fire in order, and those within the step fire all', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(DAY_MS), { maxLength: 50 }), fc.nat(DAY_MS), (delays, step) => {
      const own = new LabClock(() => 0);
      const fired: number[] = [];
      for (const delay of delays) own.after(delay, () => fired.push(own.now()));
      own.advance(step);
      own.stop();
      expect(fired).toEqual(delays.filter((delay) => delay <= step).toSorted((a, b) => a - b));
    }),
  );
});

test('a cancelled timer does not fire, also when a timer before it cancels it', () => {
  const fired: string[] = [];
  const cancel = clock.after(2_000, () => fired.push('cancelled'));
  clock.after(1_000, cancel);
  clock.advance(DAY_MS);
  cancel();
  expect(fired).toEqual([]);
});

test('the clock only goes forward', () => {
  expect(() => clock.advance(-1)).toThrow('Cannot move the clock by -1 ms: it only goes forward');
  expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
});

test('without a push the clock runs with the machine', async () => {
  const real = new LabClock();
  const begun = performance.now();
  await new Promise<void>((resolve) => {
    real.after(30, resolve);
  });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(29);
  real.stop();
});

test('what is due after the push still rings by the machine', async () => {
  const real = new LabClock();
  const rung = new Promise<void>((resolve) => {
    real.after(HOUR_MS, resolve);
  });
  real.advance(HOUR_MS - 20);
  await rung;
  real.stop();
});

test('a timer further away than Node can wait does not ring early', async () => {
  const effect = vi.fn();
  const real = new LabClock();
  real.after(60 * DAY_MS, effect);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(effect).not.toHaveBeenCalled();
  real.stop();
});

test('an effect runs in the context of who asked for it, whoever moves the clock', () => {
  const host = new AsyncLocalStorage<string>();
  const charged: (string | undefined)[] = [];
  host.run('root-a', () => clock.after(1_000, () => charged.push(host.getStore())));
  host.run('resolver', () => clock.every(1_000, () => charged.push(host.getStore())));
  host.run('observatory', () => clock.advance(1_000));
  expect(charged).toEqual(['root-a', 'resolver']);
});

test('an effect that throws is an uncaught exception of its own; the other timers and the mover go on', async () => {
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
  const fired: string[] = [];
  clock.after(1_000, () => {
    throw new Error('a fault of one host');
  });
  clock.after(2_000, () => fired.push('another host'));
  clock.advance(3_000);
  expect((await uncaught).message).toBe('a fault of one host');
  for (const listener of others) process.on('uncaughtException', listener);
  expect(fired).toEqual(['another host']);
});

test('who tells the time elsewhere hears how far the clock is ahead, when it has arrived there and until it ends that', () => {
  const heard: number[] = [];
  const end = clock.onMoved((offsetMs) => heard.push(offsetMs));
  clock.after(HOUR_MS, () => {});
  clock.advance(2 * HOUR_MS);
  clock.advance(HOUR_MS);
  end();
  clock.advance(HOUR_MS);
  expect(heard).toEqual([2 * HOUR_MS, 3 * HOUR_MS]);
});
