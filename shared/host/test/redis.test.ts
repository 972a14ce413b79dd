import { pino } from 'pino';
import { expect, test } from 'vitest';
import { LazyRedis, lazyReportSink } from '../redis.ts';

const log = pino({ level: 'silent' });
/** Nobody listens on this port of loopback. */
const NOWHERE = 'redis://127.0.0.1:1';

test('a Redis that is missing is told with its address and the remedy', async () => {
  const redis = new LazyRedis(NOWHERE, log);

  await expect(redis.ready(300)).rejects.toThrow(
    'Redis at redis://127.0.0.1:1 does not answer within 0.3 s: start the service redis, or correct REDIS_URL',
  );
});

test('reports that cannot be written are refused with the reason of the system, so that the buffer keeps them', async () => {
  const redis = new LazyRedis(NOWHERE, log);
  const report = { at: 1, host: 'a', program: 'b', pid: 1, kind: 'c.d', exchange: 'a.1', summary: 'e' };

  await expect(lazyReportSink(redis).write([report])).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:1');
  redis.close();
});

test('a Redis that nobody asked for is closed without a connection', () => {
  expect(() => new LazyRedis(NOWHERE, log).close()).not.toThrow();
});
