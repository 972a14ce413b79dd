import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ClientErrors } from '#shared/host/client-errors.ts';
import { createHttpApp } from '#shared/host/http-app.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { formatRefusal } from '#shared/http/parser-error.ts';
import type { Refusal } from '#shared/http/request-guard.ts';
import { CONNECTIONS_MAX, REQUEST_TIMEOUT_MS, SERVER_OPTIONS } from '#shared/http/server-limits.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import { endsOf, tellRefusal, tellRequest } from '../reports.ts';
import { answerRequest } from './answer-request.ts';
import type { Origin } from './exchange.ts';
import { Http1Incoming, headOf } from './http1-incoming.ts';
import { Http2Incoming } from './http2-incoming.ts';

export interface HttpServer {
  connections(): Promise<number>;
  /** Takes a connection that was accepted, and made secure, by another listener. */
  take(socket: Socket): void;
  /** Takes a request of HTTP/2. */
  takeRequest(request: Http2ServerRequest, response: Http2ServerResponse): void;
  close(): Promise<void>;
}

/**
 * The listener for HTTP/1.x, and the Fastify that requests of all versions come to. It routes nothing: which site, document or
 * program a request is for depends on its host and on files, and the guard comes before all of them.
 */
export async function listenHttp(origin: Origin, port: number, keepAliveMs: number): Promise<HttpServer> {
  const { host } = origin;
  const turns: Turns = new WeakMap();
  const errors = new ClientErrors((refusal, socket) => {
    tellRefusal(host, socket, refusal.status, refusal.because);
    return refusalBytes(origin, refusal);
  });
  const app = createHttpApp({
    http: { ...SERVER_OPTIONS, keepAliveTimeout: keepAliveMs },
    keepAliveTimeout: keepAliveMs,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: errors.answer,
    // A path that the router cannot decode is the documents' to refuse, with the reason.
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      answer(origin, turns, request.raw, reply.raw);
    },
  });
  app.addHook('onRequest', (request, reply) => {
    reply.hijack();
    answer(origin, turns, request.raw, reply.raw);
  });

  const { server } = app;
  server.prependListener('request', errors.watch);
  // Node would send 100 (Continue) at once, and 417 by itself; whether the body is wanted is ours to say.
  for (const event of ['checkContinue', 'checkExpectation'])
    server.on(event, (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response));
  server.maxConnections = CONNECTIONS_MAX;
  // All fields are seen by the guard, which refuses a message with too many; Node would drop the last ones in silence.
  server.maxHeadersCount = 0;
  // What the Keep-Alive field promises is what happens, to the moment.
  server.keepAliveTimeoutBuffer = 0;
  server.on('connect', (request, socket) => refuseConnect(origin, request, socket as Socket));
  await app.listen({ host: host.address, port });
  return {
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    take: (socket) => server.emit('connection', socket),
    takeRequest: (request, response) => route(app, request, response),
    close: () => app.close(),
  };
}

/** Fastify's types know one kind of request for one instance; the requests of HTTP/2 are told by their stream. */
function route(app: FastifyInstance, request: Http2ServerRequest, response: Http2ServerResponse): void {
  const [raw, rawReply]: unknown[] = [request, response];
  app.routing(raw as IncomingMessage, rawReply as ServerResponse);
}

/** Requests of one connection that wait for their turn, at most; the one that fills the queue is the last one. */
const PIPELINED_MAX = 100;
/** Requests behind that one, each of which takes some memory in Node; who sends more does not want answers. */
const IGNORED_MAX = 500;

/** What each connection of HTTP/1.x has to answer: the turn of its last request, how many wait, and how many were too many. */
type Turns = WeakMap<Socket, { last: Promise<void> | null; waiting: number; ignored: number }>;

function answer(origin: Origin, turns: Turns, request: IncomingMessage | Http2ServerRequest, response: object): void {
  if ('stream' in request) {
    void answerRequest(origin, new Http2Incoming(origin.host, request, response as Http2ServerResponse));
    return;
  }
  const { socket } = request;
  const turn = turns.get(socket) ?? { last: null, waiting: 0, ignored: 0 };
  if (turn.waiting >= PIPELINED_MAX || turn.ignored > 0) {
    turn.ignored += 1;
    if (turn.ignored > IGNORED_MAX) socket.destroy();
    return;
  }
  turn.waiting += 1;
  const isLast = turn.waiting === PIPELINED_MAX;
  const incoming = new Http1Incoming(origin.host, request, response as ServerResponse);
  // RFC 9112, section 9.3.2: of requests that follow each other at once only safe ones may be worked on side by side. Nothing is
  // gained by that here; and behind an answer that ends the connection nothing is worked on at all (section 9.6).
  const work = async () => {
    if (!socket.destroyed && !socket.writableEnded) await answerRequest(origin, incoming, isLast);
    turn.waiting -= 1;
  };
  turns.set(socket, turn);
  turn.last = turn.last === null || turn.waiting === 1 ? work() : turn.last.then(work);
}

/** RFC 9110, section 9.3.6: an origin that makes no tunnels says so, and connects nowhere. */
function refuseConnect(origin: Origin, request: IncomingMessage, socket: Socket): void {
  const because = 'this is an origin server and makes no tunnels';
  tellRequest(origin.host, endsOf(origin.host, socket), headOf(request)).answered(405, [], 0, because);
  socket.on('error', () => {});
  socket.end(refusalBytes(origin, { kind: 'refuse', status: 405, because, close: true }));
}

function refusalBytes(origin: Origin, refusal: Refusal): string {
  const page = messagePage({ ...refusal, reason: reasonPhrase(refusal.status) });
  return formatRefusal(refusal, formatHttpDate(origin.host.clock.now()), page);
}
