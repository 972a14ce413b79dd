import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { http2Limits } from '#shared/host/http2-limits.ts';
import { IdleDeadline } from '#shared/host/idle-deadline.ts';
import { HANDSHAKE_MS, type TlsServerOptions } from '#shared/host/tls.ts';
import { HEADER_OCTETS_MAX } from '#shared/http/request-guard.ts';
import { CONNECTIONS_MAX } from '#shared/http/server-limits.ts';
import type { Origin } from './exchange.ts';
import type { HttpServer } from './http-server.ts';

/** Field lines of one request; the guard refuses what this lets pass and HTTP/1.1 would not. */
const FIELD_LINES_MAX = 200;
/** What HTTP/2 adds to them: the pseudo-fields of a request (RFC 9113, section 8.3.1). */
const PSEUDO_FIELDS = 4;
/** Megabytes that one connection may hold: streams, their fields, and octets that wait. */
const SESSION_MEGABYTES_MAX = 4;
/** How long a connection that is told to go away may take, in milliseconds. */
const GOING_MS = 1_000;

export interface HttpsServer {
  connections(): number;
  close(): Promise<void>;
}

/**
 * HTTP over TLS (RFC 9110, section 4.2.2): the client's ALPN says which version (RFC 7301). HTTP/2 is Node's; HTTP/1.1 goes to the
 * server that has port 80, and so has the same guard, limits and deadlines.
 */
export async function listenHttps(
  origin: Origin,
  http: HttpServer,
  tls: TlsServerOptions,
  port: number,
  keepAliveMs: number,
): Promise<HttpsServer> {
  const { host } = origin;
  const open = new Set<Socket>();
  const http2 = createHttp2Server(
    http2Limits({
      headerOctetsMax: HEADER_OCTETS_MAX,
      fieldLinesMax: FIELD_LINES_MAX + PSEUDO_FIELDS,
      sessionMegabytesMax: SESSION_MEGABYTES_MAX,
    }),
  );
  http2.on('session', (session) => endWhenIdle(session, keepAliveMs));
  http2.on('sessionError', (error) => host.log.debug(`A connection of HTTP/2 ended: ${error.message}`));
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) http2.on(event, http.takeRequest);

  const server = createTlsServer({
    ...tls,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: HANDSHAKE_MS,
    noDelay: true,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  });
  // A handshake that fails or takes too long leaves the connection half open: for us it is over.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket);
    else http.take(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port }, () => resolve());
  });
  server.on('error', (error) => host.log.warn(`HTTPS: ${error.message}`));
  return {
    connections: () => open.size,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Tells a session without requests to go away (RFC 9113, section 6.8), and ends it soon after. */
function endWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  const idle = new IdleDeadline(idleMs, () => {
    session.close();
    setTimeout(() => session.destroy(), GOING_MS).unref();
  });
  session.on('stream', (stream) => idle.begin(stream));
  session.on('error', () => {});
  session.once('close', () => idle.stop());
}
