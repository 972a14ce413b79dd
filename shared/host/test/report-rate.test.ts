import { expect, test } from 'vitest';
import { REPORTS_AT_ONCE_MAX, REPORTS_PER_S_MAX, ReportRate } from '#shared/host/report-rate.ts';

function taken(rate: ReportRate, offered: number): number {
  let count = 0;
  for (let left = offered; left > 0; left -= 1) if (rate.take()) count += 1;
  return count;
}

test('a burst of as many reports as the observatory holds is told whole, and the rest of a flood is counted', () => {
  const rate = new ReportRate(() => 0);
  expect(taken(rate, REPORTS_AT_ONCE_MAX)).toBe(REPORTS_AT_ONCE_MAX);
  expect(rate.leftOut).toBe(0);
  expect(rate.hasRoom).toBe(false);
  expect(taken(rate, 700)).toBe(0);
  rate.leaveOut(300);
  expect(rate.leftOut).toBe(1_000);
});

test('room comes back with time, up to one burst', () => {
  let now = 0;
  const rate = new ReportRate(() => now);
  taken(rate, REPORTS_AT_ONCE_MAX);
  now += 1_000;
  expect(taken(rate, 10_000)).toBe(REPORTS_PER_S_MAX);
  now += 3_600_000;
  expect(taken(rate, 10_000)).toBe(REPORTS_AT_ONCE_MAX);
});
