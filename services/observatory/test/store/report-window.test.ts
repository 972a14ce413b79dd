import { expect, test } from 'vitest';
import type { Report } from '#shared/report.ts';
import { ReportWindow } from '../../src/store/report-window.ts';

function report(change: Partial<Report> = {}): Report {
  return {
    at: 0,
    host: 'resolver',
    program: 'resolver',
    pid: 1,
    kind: 'dns.query',
    exchange: 'a.1',
    summary: 'cnn.com A?',
    ...change,
  };
}

function numbers(window: ReportWindow, after = 0): number[] {
  return [...window.after(after)].map(({ seq }) => seq);
}

test('the window keeps the newest reports and numbers them from 1', () => {
  const window = new ReportWindow({ reports: 3, bytes: 1e6 });
  expect([window.oldest, window.newest, window.size]).toEqual([1, 0, 0]);
  for (let count = 0; count < 5; count += 1) window.add(report());
  expect(numbers(window)).toEqual([3, 4, 5]);
  expect([window.oldest, window.newest, window.size]).toEqual([3, 5, 3]);
  expect(window.at(2)).toBeUndefined();
  expect(window.at(3)?.seq).toBe(3);
  expect(window.at(6)).toBeUndefined();
});

test('the window is bounded in octets too, and never holds less than the newest report', () => {
  const window = new ReportWindow({ reports: 1_000, bytes: 1_000 });
  for (let count = 0; count < 50; count += 1) window.add(report({ summary: 'x'.repeat(100) }));
  expect(window.bytes).toBeLessThanOrEqual(1_000);
  expect(window.size).toBeGreaterThan(2);
  window.add(report({ summary: 'y'.repeat(5_000) }));
  expect(numbers(window)).toEqual([51]);
});

test('the window still finds everything after thousands of reports have passed through', () => {
  const window = new ReportWindow({ reports: 10, bytes: 1e6 });
  for (let count = 0; count < 5_000; count += 1) window.add(report());
  expect(numbers(window, 4_997)).toEqual([4_998, 4_999, 5_000]);
  expect(window.bytes).toBe([...window.after(0)].reduce((sum, { bytes }) => sum + bytes, 0));
});

test('a report that is too long loses its message, not its place', () => {
  const window = new ReportWindow({ reports: 10, bytes: 1e6 });
  const held = window.add(report({ message: { body: '가'.repeat(40_000) } }));
  expect(JSON.parse(held.json)).toMatchObject({
    seq: 1,
    exchange: 'a.1',
    message: { omitted: expect.stringContaining('65536 octets') },
  });
});

test('a message that is no plain JSON is left out and does no harm', () => {
  const window = new ReportWindow({ reports: 10, bytes: 1e6 });
  const held = window.add(report({ message: { serial: 1n } }));
  expect(JSON.parse(held.json).message.omitted).toContain('no plain JSON');
});
