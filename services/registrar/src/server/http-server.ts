import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import { refuseForeignPages } from '#shared/host/foreign-page.ts';
import type { Host } from '#shared/host/host.ts';
import { createHttpApp } from '#shared/host/http-app.ts';
import { requestReport, responseReport } from '../reports.ts';

/** Longest body that is taken, in octets: thirteen name servers with names of 253 characters are far less. */
const BODY_BYTES_MAX = 32 * 1024;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_MS_MAX = 10_000;
/** Connections at once. */
const CONNECTIONS_MAX = 500;

/** What a request is known by in the reports, and why it was answered as it was. */
interface Told {
  readonly exchange: string;
  because: string | undefined;
}

export interface RegistrarServer {
  readonly app: FastifyInstance;
  told(request: FastifyRequest): Told;
}

/** The server of page and API, without its routes. Of names it answers to those in `names` only. */
export function createHttpServer(host: Host, names: readonly string[]): RegistrarServer {
  const app = createHttpApp({ bodyLimit: BODY_BYTES_MAX, requestTimeout: REQUEST_MS_MAX, forceCloseConnections: true });
  app.server.maxConnections = CONNECTIONS_MAX;
  const tellings = new WeakMap<FastifyRequest, Told>();
  const told = (request: FastifyRequest): Told => {
    const known = tellings.get(request);
    if (known !== undefined) return known;
    const field = request.headers[EXCHANGE_FIELD.toLowerCase()];
    const exchange = parseExchange(typeof field === 'string' ? field : undefined) ?? host.newExchange();
    const begun: Told = { exchange, because: undefined };
    tellings.set(request, begun);
    return begun;
  };

  app.addHook('onRequest', async (request, reply) => {
    const ends = endsOf(host, request);
    const { exchange } = told(request);
    host.report(requestReport({ exchange, ...ends }, { method: request.method, target: request.url }));
    // Not "no-referrer": a browser then says of its own form that it comes from nowhere (Origin: null).
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'same-origin');
    reply.header('cache-control', 'no-store').header(EXCHANGE_FIELD, exchange);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { from, to } = endsOf(host, request);
    const { exchange, because } = told(request);
    host.report(responseReport({ exchange, from: to, to: from }, { status: reply.statusCode, because }));
  });
  refuseForeignPages(app, (hostname) => names.includes(hostname));
  // What a form sends (URL Living Standard, section 5.1).
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string | Buffer) => Object.fromEntries(new URLSearchParams(String(body))),
  );
  return { app, told };
}

function endsOf(host: Host, { socket }: FastifyRequest) {
  return {
    from: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    to: { address: socket.localAddress ?? host.address, port: socket.localPort ?? host.port(80) },
  };
}
