import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { chainOf } from '../protocol/chain.ts';
import { resumeAfter } from '../protocol/event-stream.ts';
import { passes, type ReportFilter } from '../protocol/report-filter.ts';
import type { HeldReport, ReportWindow } from '../store/report-window.ts';
import type { EventStreams } from './event-streams.ts';

/** Reports in one answer, at most, and when nothing else is said. */
const LIMIT_MAX = 5_000;
const LIMIT_DEFAULT = 500;
/** Longest value of a filter, in characters. */
const FILTER_LENGTH_MAX = 200;

const wanted = z.string().max(FILTER_LENGTH_MAX, `a filter has at most ${FILTER_LENGTH_MAX} characters`).optional();
const number = (what: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `${what} is a whole number`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `${what} is from ${min} to ${max}`)
    .optional();

const filterQuery = z.object({ host: wanted, kind: wanted, exchange: wanted });
const streamQuery = filterQuery.extend({ after: number('after', 0, Number.MAX_SAFE_INTEGER) });
const listQuery = streamQuery.extend({ limit: number('limit', 1, LIMIT_MAX) });

/**
 * The reports: `GET /api/reports` as a list, and `GET /api/exchanges/<exchange>`, the whole chain of causes and effects that an
 * exchange is part of.
 */
export function addReportRoutes(app: FastifyInstance, window: ReportWindow): void {
  app.get('/api/reports', async (request, reply) => {
    const query = listQuery.parse(request.query);
    const limit = query.limit ?? LIMIT_DEFAULT;
    const found = query.after === undefined ? lastOf(window, query, limit) : firstOf(window, query, query.after, limit);
    // With `next` as the following `after`, a reader that asks again and again sees each report once.
    const next = found.length < limit ? window.newest : (found.at(-1)?.seq ?? window.newest);
    reply.type('application/json; charset=utf-8');
    return `{"oldest":${window.oldest},"newest":${window.newest},"next":${next},"reports":${jsonList(found)}}`;
  });

  app.get<{ Params: { exchange: string } }>('/api/exchanges/:exchange', async (request, reply) => {
    const chain = chainOf(window.after(0), request.params.exchange);
    if (chain.length === 0) {
      return reply.code(404).send({ error: `No report of the exchange ${request.params.exchange} is held (any more)` });
    }
    reply.type('application/json; charset=utf-8');
    const links = chain.map(({ exchange, cause, depth, reports }) => {
      const head = JSON.stringify({ exchange, cause, depth });
      return `${head.slice(0, -1)},"reports":${jsonList(reports)}}`;
    });
    return `{"exchange":${JSON.stringify(request.params.exchange)},"chain":[${links.join(',')}]}`;
  });
}

/** The reports of a window as server-sent events. */
export function addReportStream(
  app: FastifyInstance,
  path: string,
  { window, streams, start }: { readonly window: ReportWindow; readonly streams: EventStreams; readonly start: string },
): void {
  app.get(path, async (request, reply) => {
    const query = streamQuery.parse(request.query);
    if (!streams.hasRoom) return reply.code(503).send({ error: 'Too many streams are open: close one and try again' });
    const lastEventId = request.headers['last-event-id'];
    const resumed = typeof lastEventId === 'string' ? resumeAfter(lastEventId, start) : undefined;
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    streams.open(reply.raw, filterOf(query), resumed ?? query.after ?? window.newest);
    return reply;
  });
}

function filterOf(query: z.infer<typeof filterQuery>): ReportFilter {
  return { host: query.host || null, kind: query.kind || null, exchange: query.exchange || null };
}

function firstOf(
  window: ReportWindow,
  query: z.infer<typeof filterQuery>,
  after: number,
  limit: number,
): readonly HeldReport[] {
  const filter = filterOf(query);
  return window
    .after(after)
    .filter((held) => passes(filter, held))
    .take(limit)
    .toArray();
}

function lastOf(window: ReportWindow, query: z.infer<typeof filterQuery>, limit: number): readonly HeldReport[] {
  return firstOf(window, query, 0, Number.POSITIVE_INFINITY).slice(-limit);
}

function jsonList(reports: readonly HeldReport[]): string {
  return `[${reports.map(({ json }) => json).join(',')}]`;
}
