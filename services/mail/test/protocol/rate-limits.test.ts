import { expect, test } from 'vitest';
import { RateLimits } from '../../src/protocol/rate-limits.ts';

const MOST = { connections: 2, messages: 3, recipients: 0 };

test('so many are counted in a period, each kind by itself, and the period begins anew', () => {
  const limits = new RateLimits({ periodMs: 60_000, most: MOST });
  for (const now of [0, 10, 20]) expect(limits.count('messages', '10.0.0.1', now)).toBeNull();
  expect(limits.count('messages', '10.0.0.1', 59_999)?.reply).toEqual({
    code: 450,
    status: '4.7.1',
    text: 'Too many messages from you, try again later',
  });
  expect(limits.count('messages', '10.0.0.1', 60_000)).toBeNull();
});

test('clients are counted apart, and what has no limit is not counted', () => {
  const limits = new RateLimits({ periodMs: 60_000, most: MOST });
  for (const client of ['10.0.0.1', '10.0.0.2', 'alice']) {
    expect(limits.count('connections', client, 0)).toBeNull();
    expect(limits.count('connections', client, 0)).toBeNull();
    expect(limits.count('connections', client, 0)?.reply.code).toBe(421);
  }
  for (let count = 0; count < 1_000; count += 1) expect(limits.count('recipients', 'alice', 0)).toBeNull();
});

test('a clock that was moved forward, or back, begins a new period', () => {
  const limits = new RateLimits({ periodMs: 60_000, most: { ...MOST, messages: 1 } });
  expect(limits.count('messages', 'alice', 1_000_000)).toBeNull();
  expect(limits.count('messages', 'alice', 1_000_001)).not.toBeNull();
  expect(limits.count('messages', 'alice', 999_999)).toBeNull();
  expect(limits.count('messages', 'alice', 9_000_000)).toBeNull();
});

test('a million names are not remembered', () => {
  const limits = new RateLimits({ periodMs: 60_000, most: { ...MOST, messages: 1 } });
  limits.count('messages', 'first', 0);
  for (let name = 0; name < 20_000; name += 1) limits.count('messages', `name${name}`, 0);
  expect(limits.count('messages', 'first', 0)).toBeNull();
});
