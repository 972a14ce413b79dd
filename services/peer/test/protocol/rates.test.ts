import { describe, expect, test } from 'vitest';
import { RateMeter } from '../../src/protocol/rate-meter.ts';

describe('a rate', () => {
  test('is that of the last twenty seconds', () => {
    const meter = new RateMeter();
    for (let second = 100; second < 130; second++) meter.add(1000, second * 1000);
    expect(meter.rate(129_999)).toBe(1000);
    expect(meter.rate(139_999)).toBe(500);
    expect(meter.rate(150_000)).toBe(0);
    expect(meter.rate(1e9)).toBe(0);
    expect(meter.total).toBe(30_000);
  });

  test('of a young measurement is taken over its age, but not less than a tenth of a second', () => {
    const meter = new RateMeter();
    expect(meter.rate(0)).toBe(0);
    meter.add(1000, 5_000);
    expect(meter.rate(5_000)).toBe(10_000);
    expect(meter.rate(5_500)).toBe(2_000);
  });
});
