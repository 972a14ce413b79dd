import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { ReportSink } from '../report.ts';
import { redisReportSink } from './report-stream.ts';

/** Pause between two tries to reach Redis, in milliseconds. */
const RETRY_MS = 500;
/** How long a program that cannot begin without Redis waits for it, in milliseconds. */
const READY_MS_MAX = 10_000;

/**
 * The lab's Redis, connected when it is first asked for. Most hosts only report, and a host that nobody has asked anything
 * has nothing to report: at the start of the lab thirty clients would be loaded and connected for nothing.
 */
export class LazyRedis {
  readonly #url: string;
  readonly #log: Logger;
  #redis: Redis | null = null;
  #trouble: Error | null = null;

  constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
  }

  open(): Redis {
    this.#redis ??= this.#connect();
    return this.#redis;
  }

  /** Resolves when Redis takes commands. @throws Error with the remedy when it does not in time */
  async ready(withinMs = READY_MS_MAX): Promise<void> {
    const redis = this.open();
    if (redis.status === 'ready') return;
    const answered = await Promise.race([
      new Promise<true>((resolve) => redis.once('ready', () => resolve(true))),
      setTimeout(withinMs, false, { ref: false }),
    ]);
    if (answered) return;
    this.close();
    throw new Error(
      `Redis at ${this.#url} does not answer within ${withinMs / 1000} s: start the service redis, or correct REDIS_URL`,
    );
  }

  /** Why there is no connection, as the system says it; null while there is one. The client itself speaks of its retries. */
  get trouble(): Error | null {
    return this.#redis?.status === 'ready' ? null : this.#trouble;
  }

  close(): void {
    this.#redis?.disconnect();
  }

  #connect(): Redis {
    const load = createRequire(import.meta.url);
    const { Redis } = load('ioredis') as typeof import('ioredis');
    const redis = new Redis(this.#url, { retryStrategy: () => RETRY_MS, maxRetriesPerRequest: 1 });
    redis.on('error', (error: Error) => {
      this.#trouble = error;
      this.#log.debug(`Redis at ${this.#url}: ${error.message}`);
    });
    return redis;
  }
}

/** Writes reports to the Redis stream, from the first report on. */
export function lazyReportSink(redis: LazyRedis): ReportSink {
  let sink: ReportSink | undefined;
  return {
    async write(reports) {
      sink ??= redisReportSink(redis.open());
      try {
        await sink.write(reports);
      } catch (error) {
        throw redis.trouble ?? error;
      }
    },
    async close() {},
  };
}
