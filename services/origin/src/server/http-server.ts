import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ClientErrors } from '#shared/host/client-errors.ts';
import { createHttpApp } from '#shared/host/http-app.ts';
import { fieldsFromRaw } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { formatRefusal } from '#shared/http/parser-error.ts';
import { guardRequest, type Refusal } from '#shared/http/request-guard.ts';
import { CONNECTIONS_MAX, REQUEST_TIMEOUT_MS, SERVER_OPTIONS } from '#shared/http/server-limits.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import { tellRefusal, tellRequest } from '../reports.ts';
import { answerRequest, type Origin } from './answer-request.ts';

export interface HttpServer {
  readonly connections: () => Promise<number>;
  close(): Promise<void>;
}

/**
 * The listener: Fastify, with documents as the answer to every request that no route takes. Fastify looks only at the path;
 * the guard looks at the rest, and comes first.
 */
export async function listenHttp(origin: Origin, port: number, keepAliveMs: number): Promise<HttpServer> {
  const { host } = origin;
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
      void answerRequest(origin, request.raw, reply.raw);
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', (request, reply, done) => {
    if (guardRequest(headOf(request.raw)).kind === 'accept') return done();
    reply.hijack();
    void answerRequest(origin, request.raw, reply.raw);
  });
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    return answerRequest(origin, request.raw, reply.raw);
  });

  const { server } = app;
  server.prependListener('request', errors.watch);
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
    close: () => app.close(),
  };
}

function headOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage) {
  return { method, target: url, httpVersion, fields: fieldsFromRaw(rawHeaders) };
}

/** RFC 9110, section 9.3.6: an origin that makes no tunnels says so, and connects nowhere. */
function refuseConnect(origin: Origin, request: IncomingMessage, socket: Socket): void {
  const because = 'this is an origin server and makes no tunnels';
  tellRequest(origin.host, request, headOf(request)).answered(405, [], 0, because);
  socket.on('error', () => {});
  socket.end(refusalBytes(origin, { kind: 'refuse', status: 405, because, close: true }));
}

function refusalBytes(origin: Origin, refusal: Refusal): string {
  const page = messagePage({ ...refusal, reason: reasonPhrase(refusal.status) });
  return formatRefusal(refusal, formatHttpDate(origin.host.clock.now()), page);
}
