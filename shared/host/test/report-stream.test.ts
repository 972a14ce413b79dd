import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { redisReportSink, redisReportSource } from '#shared/host/report-stream.ts';
import type { Report, ReportSource } from '#shared/report.ts';
import { Child } from './kit/child.ts';

const hasRedis = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

/** No numbers of a test. */
const [MARK, LAST_MARK] = [-1, -2];

const report = (number: number): Report => ({
  at: number,
  host: 'root-a',
  program: 'authoritative',
  pid: 1,
  kind: 'dns.query',
  exchange: 'root-a.0',
  summary: String(number),
});

describe.runIf(hasRedis)('the stream of reports in a real Redis', () => {
  let folder: string;
  let server: Child;
  let redis: Redis;
  const sources: ReportSource[] = [];

  const startRedis = async () => {
    const persistence = ['--save', '', '--appendonly', 'yes', '--dir', folder];
    const started = new Child('redis-server', ['--port', '0', '--unixsocket', join(folder, 'redis'), ...persistence]);
    await started.says('ready to accept connections');
    return started;
  };

  const connect = () => {
    const connected = new Redis({
      path: join(folder, 'redis'),
      maxRetriesPerRequest: 1,
      retryStrategy: () => 50,
    });
    connected.on('error', () => {});
    return connected;
  };

  function subscribed(): { taken: string[]; source: ReportSource; leave: () => void } {
    const source = redisReportSource(connect());
    sources.push(source);
    const taken: string[] = [];
    return { taken, source, leave: source.subscribe(({ summary }) => taken.push(summary)) };
  }

  /** Reports from now on: "now" is when the sources have asked Redis. So marks are written until each has one, and forgotten. */
  const begun = async (...takens: string[][]) => {
    const sink = redisReportSink(redis);
    while (takens.some((taken) => taken.length === 0)) {
      await sink.write([report(MARK)]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await sink.write([report(LAST_MARK)]);
    for (const taken of takens) {
      await expect.poll(() => taken.at(-1)).toBe(String(LAST_MARK));
      expect(new Set(taken)).toEqual(new Set([String(MARK), String(LAST_MARK)]));
      taken.length = 0;
    }
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'topdown-redis-'));
    server = await startRedis();
    redis = connect();
  });

  afterAll(async () => {
    await Promise.all(sources.map((source) => source.close()));
    redis?.disconnect();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('what is written is read by every subscriber, in order, from its beginning on', async () => {
    const sink = redisReportSink(redis);
    await sink.write([report(0)]);
    const [one, other] = [subscribed(), subscribed()];
    await begun(one.taken, other.taken);
    await sink.write([report(1), report(2)]);
    await sink.write([report(3)]);
    await expect
      .poll(() => [one.taken, other.taken])
      .toEqual([
        ['1', '2', '3'],
        ['1', '2', '3'],
      ]);
    one.leave();
    other.leave();
  });

  test('a subscriber that reads without a pause misses none of a thousand reports', async () => {
    const sink = redisReportSink(redis);
    const { taken, leave } = subscribed();
    await begun(taken);
    for (let i = 0; i < 100; i += 1) {
      await sink.write(Array.from({ length: 10 }, (_, k) => report(10 * i + k)));
    }
    await expect.poll(() => taken.length).toBe(1_000);
    expect(taken).toEqual(Array.from({ length: 1_000 }, (_, i) => String(i)));
    leave();
  });

  test('a report that is no JSON arrives without its message, and keeps no other back', async () => {
    const { taken, leave } = subscribed();
    await begun(taken);
    await redisReportSink(redis).write([{ ...report(1), message: { size: 1n } }, report(2)]);
    await expect.poll(() => taken).toEqual(['1', '2']);
    leave();
  });

  test('what somebody else wrote into the stream is passed over', async () => {
    const { taken, leave } = subscribed();
    await begun(taken);
    await redis.xadd('reports', '*', 'r', '{ no json');
    await redisReportSink(redis).write([report(3)]);
    await expect.poll(() => taken).toEqual(['3']);
    leave();
  });

  test('Redis keeps a window of reports, not all of them', async () => {
    const sink = redisReportSink(redis);
    for (let i = 0; i < 60; i += 1) await sink.write(Array.from({ length: 500 }, (_, k) => report(k)));
    const kept = await redis.xlen('reports');
    expect(kept).toBeGreaterThanOrEqual(20_000);
    expect(kept).toBeLessThan(21_000);
  });

  test('while Redis is away a write is refused; when it is back, reader and writer go on by themselves', async () => {
    const { taken, leave } = subscribed();
    await begun(taken);
    const sink = redisReportSink(redis);
    await server.stop();
    await expect(sink.write([report(1)])).rejects.toThrow();
    server = await startRedis();
    await vi.waitFor(() => sink.write([report(2)]), { timeout: 30_000, interval: 100 });
    await expect.poll(() => taken).toContain('2');
    leave();
  });
});
