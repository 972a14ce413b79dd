import type { Redis } from 'ioredis';
import type { Report, ReportSink, ReportSource } from '../report.ts';
import { giveToAll } from './report-bus.ts';

/** The Redis stream that carries the reports of all hosts. */
const STREAM = 'reports';
/** Reports that Redis keeps; older ones are trimmed. */
const STREAM_LENGTH_MAX = 20_000;
/** Reports read at once. */
const READ_MAX = 500;
/** How long one read waits for something to come, in milliseconds. */
const READ_BLOCK_MS = 1_000;
/** Pause after a failed read, in milliseconds. */
const RETRY_MS = 1_000;

/** Writes reports to the Redis stream. The connection is the caller's. */
export function redisReportSink(redis: Redis): ReportSink {
  return {
    async write(reports) {
      const pipeline = redis.pipeline();
      for (const report of reports) {
        pipeline.xadd(STREAM, 'MAXLEN', '~', STREAM_LENGTH_MAX, '*', 'r', formatReport(report));
      }
      const results = await pipeline.exec();
      const failure = results?.find(([error]) => error !== null)?.[0];
      if (results === null || failure) throw failure ?? new Error('Redis did not take the reports');
    },
    async close() {},
  };
}

/** Reads reports from the Redis stream, from now on. `redis` is used for blocking reads and for nothing else. */
export function redisReportSource(redis: Redis): ReportSource {
  const takers = new Set<(report: Report) => void>();
  let reading = false;
  let closed = false;
  // A failed read says it; without a listener ioredis prints every failed try to connect.
  redis.on('error', () => {});

  async function readAfter(last: string): Promise<string> {
    const answer = await redis.xread('COUNT', READ_MAX, 'BLOCK', READ_BLOCK_MS, 'STREAMS', STREAM, last);
    const entries = answer?.[0]?.[1] ?? [];
    for (const [, fields] of entries) {
      const report = parseReport(fields[1]);
      if (report !== null) giveToAll(takers, report);
    }
    return entries.at(-1)?.[0] ?? last;
  }

  /** What arrives between two reads that both say "from now on" would be lost: each read goes on after the last. */
  async function newest(): Promise<string> {
    const [entry] = await redis.xrevrange(STREAM, '+', '-', 'COUNT', 1);
    return entry?.[0] ?? '0-0';
  }

  async function read(): Promise<void> {
    reading = true;
    let last: string | undefined;
    while (!closed && takers.size > 0) {
      try {
        last = last === undefined ? await newest() : await readAfter(last);
      } catch {
        // Redis is away; its client connects again by itself.
        if (!closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
    reading = false;
  }

  return {
    subscribe(take) {
      takers.add(take);
      if (!reading) void read();
      return () => takers.delete(take);
    },
    async close() {
      closed = true;
      redis.disconnect();
    },
  };
}

/** One report that is no JSON (a circular object, a bigint) must not keep back all that wait behind it. */
function formatReport(report: Report): string {
  try {
    return JSON.stringify(report);
  } catch (error) {
    return JSON.stringify({ ...report, message: { notShown: (error as Error).message.split('\n')[0] } });
  }
}

function parseReport(text: string | undefined): Report | null {
  try {
    return JSON.parse(text ?? 'null') as Report | null;
  } catch {
    // Somebody else wrote into our stream.
    return null;
  }
}
