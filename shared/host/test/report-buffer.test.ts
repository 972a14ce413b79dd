import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BATCH_MAX, LOST_PAUSE_MS, RETRY_MS, ReportBuffer, WAITING_MAX } from '#shared/host/report-buffer.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import { REPORTS_AT_ONCE_MAX } from '#shared/host/report-rate.ts';
import type { Report, ReportSink } from '#shared/report.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const report = (number: number): Report => ({
  at: number,
  host: 'root-a',
  program: 'authoritative',
  pid: 1,
  kind: 'dns.query',
  exchange: 'root-a.0',
  summary: String(number),
});

/** A stream that can be broken and mended. */
class Stream implements ReportSink {
  readonly written: string[] = [];
  readonly writes: number[] = [];
  broken = false;
  closed = false;

  async write(reports: readonly Report[]): Promise<void> {
    if (this.broken) throw new Error('the stream is away');
    this.writes.push(reports.length);
    this.written.push(...reports.map(({ summary }) => summary));
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}

test('reports that come together share a write, in their order', async () => {
  const stream = new Stream();
  const buffer = new ReportBuffer(stream, () => {});
  for (let i = 0; i < BATCH_MAX + 3; i += 1) buffer.add(report(i));
  expect(stream.writes).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(stream.writes).toEqual([BATCH_MAX, 3]);
  expect(stream.written).toEqual(numbers(0, BATCH_MAX + 3));
});

test('while the stream is away reports wait, trouble is told once, and nothing is lost or doubled', async () => {
  const stream = new Stream();
  const trouble = vi.fn();
  const buffer = new ReportBuffer(stream, trouble);
  stream.broken = true;
  for (let i = 0; i < 700; i += 1) buffer.add(report(i));
  await vi.advanceTimersByTimeAsync(5 * RETRY_MS);
  for (let i = 700; i < 800; i += 1) buffer.add(report(i));
  expect(trouble).toHaveBeenCalledTimes(1);

  stream.broken = false;
  await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
  expect(stream.written).toEqual(numbers(0, 800));
  expect(buffer.dropped).toBe(0);

  stream.broken = true;
  buffer.add(report(800));
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(trouble).toHaveBeenCalledTimes(2);
});

test('what overflows is the oldest; it is counted, and reported when the stream is back', async () => {
  const stream = new Stream();
  const buffer = new ReportBuffer(stream, () => {});
  stream.broken = true;
  const added = WAITING_MAX + 1_234;
  for (let i = 0; i < added; i += 1) buffer.add(report(i));
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  stream.broken = false;
  await vi.advanceTimersByTimeAsync(5 * RETRY_MS);

  const arrived = stream.written.filter((summary) => /^\d+$/.test(summary));
  expect(buffer.dropped).toBe(added - arrived.length);
  expect(arrived).toEqual(numbers(buffer.dropped, added));
  expect(stream.written.filter((summary) => !/^\d+$/.test(summary))).toEqual([
    `${buffer.dropped} reports of root-a are missing`,
  ]);
});

test('of a flood that nobody could read the rest is not even made; all of it is said to be missing, once a second', async () => {
  const stream = new Stream();
  const buffer = new ReportBuffer(stream, () => {});
  const make = vi.fn(() => report(0));
  for (let i = 0; i < REPORTS_AT_ONCE_MAX + 400; i += 1) buffer.offer(make);
  expect(make).toHaveBeenCalledTimes(REPORTS_AT_ONCE_MAX);
  await vi.advanceTimersByTimeAsync(100);
  for (let i = 0; i < 200; i += 1) buffer.offer(make);
  await vi.advanceTimersByTimeAsync(2 * LOST_PAUSE_MS);

  const said = stream.written.filter((summary) => summary.endsWith('missing'));
  const missing = said.map((summary) => Number.parseInt(summary, 10));
  expect(missing[0]).toBe(400);
  expect(missing.length).toBe(2);
  expect(missing[0]! + missing[1]!).toBe(REPORTS_AT_ONCE_MAX + 600 - make.mock.calls.length);
});

test('what came while a refused write was under way keeps its place behind the refused ones', async () => {
  const writes: string[][] = [];
  let refuse = (_error: Error) => {};
  let first = true;
  const sink: ReportSink = {
    write: (reports) => {
      writes.push(reports.map(({ summary }) => summary));
      if (!first) return Promise.resolve();
      first = false;
      return new Promise((_resolve, reject) => {
        refuse = reject;
      });
    },
    close: async () => {},
  };
  const buffer = new ReportBuffer(sink, () => {});
  buffer.add(report(0));
  await vi.advanceTimersByTimeAsync(50);
  buffer.add(report(1));
  refuse(new Error('too late'));
  await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
  expect(writes).toEqual([['0'], ['0', '1']]);
});

test('closing hands over what waits, once, and takes no more', async () => {
  const stream = new Stream();
  const buffer = new ReportBuffer(stream, () => {});
  for (let i = 0; i < 1_100; i += 1) buffer.add(report(i));
  await buffer.close();
  buffer.add(report(2_000));
  await vi.advanceTimersByTimeAsync(5 * RETRY_MS);
  expect(stream.written).toEqual(numbers(0, 1_100));
  expect(stream.closed).toBe(true);
});

test('closing does not wait for a stream that is away', async () => {
  const stream = new Stream();
  stream.broken = true;
  const buffer = new ReportBuffer(stream, () => {});
  buffer.add(report(0));
  await buffer.close();
  expect(stream.closed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('on the bus a taker that throws keeps a report from no other taker, and from none twice', async () => {
  vi.useRealTimers();
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
  const bus = new ReportBus();
  const taken: string[] = [];
  bus.subscribe(() => {
    throw new Error('a fault of one taker');
  });
  const leave = bus.subscribe(({ summary }) => taken.push(summary));
  await bus.write([report(1)]);
  expect((await uncaught).message).toBe('a fault of one taker');
  for (const listener of others) process.on('uncaughtException', listener);
  expect(taken).toEqual(['1']);
  leave();
});
