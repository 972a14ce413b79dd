import { expect, test } from 'vitest';
import { RateLimiter, type RateVerdict } from '../../src/protocol/rate-limit.ts';

function verdicts(limiter: RateLimiter, count: number, address: string, kind: string, now: number): RateVerdict[] {
  return Array.from({ length: count }, () => limiter.judge(address, kind, now));
}

function countOf(all: readonly RateVerdict[]): Record<RateVerdict, number> {
  const count = { send: 0, slip: 0, drop: 0 };
  for (const one of all) count[one] += 1;
  return count;
}

test('of answers over the limit every second one goes truncated, and the others not at all', () => {
  const limiter = new RateLimiter({ perS: 200, slip: 2 });
  expect(countOf(verdicts(limiter, 300, '192.0.2.1', 'answer', 0))).toEqual({ send: 200, slip: 50, drop: 50 });
});

test('all addresses of a network have one account, and each kind of answer has its own', () => {
  const limiter = new RateLimiter({ perS: 10, slip: 0 });
  expect(countOf(verdicts(limiter, 10, '192.0.2.1', 'answer', 0)).send).toBe(10);
  expect(limiter.judge('192.0.2.99', 'answer', 0)).toBe('drop');
  expect(limiter.judge('192.0.2.99', 'name-error', 0)).toBe('send');
  expect(limiter.judge('192.0.3.1', 'answer', 0)).toBe('send');
});

test('an account fills with time and holds no more than a second is worth', () => {
  const limiter = new RateLimiter({ perS: 10, slip: 1 });
  verdicts(limiter, 10, '192.0.2.1', 'answer', 0);
  expect(countOf(verdicts(limiter, 10, '192.0.2.1', 'answer', 500))).toEqual({ send: 5, slip: 5, drop: 0 });
  expect(countOf(verdicts(limiter, 20, '192.0.2.1', 'answer', 3_600_000)).send).toBe(10);
});

test('a limit of 0 is none', () => {
  const limiter = new RateLimiter({ perS: 0, slip: 2 });
  expect(countOf(verdicts(limiter, 10_000, '192.0.2.1', 'answer', 0)).send).toBe(10_000);
});

test('a flood from many networks does not grow without end, and none of them gets more than its rate', () => {
  const limiter = new RateLimiter({ perS: 1, slip: 0 });
  for (let at = 0; at < 100_000; at += 1) limiter.judge(`${at >> 16}.${(at >> 8) & 255}.${at & 255}.1`, 'answer', 0);
  limiter.judge('198.51.100.1', 'answer', 0);
  expect(limiter.judge('198.51.100.2', 'answer', 0)).toBe('drop');
});
