import { createServer as createHttp2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import { HEADER_OCTETS_MAX } from '#shared/http/request-guard.ts';
import { CONNECTIONS_MAX } from '#shared/http/server-limits.ts';
import type { Origin } from './exchange.ts';
import type { HttpServer } from './http-server.ts';

/** How long a client may take for its handshake, in milliseconds: one that only connects holds no place for longer. */
const HANDSHAKE_MS = 5_000;
/** Requests of one connection at once (RFC 9113, section 5.1.2 recommends no fewer than 100). */
const STREAMS_MAX = 100;
/** Field lines of one request; the guard refuses what this lets pass and HTTP/1.1 would not. */
const FIELD_LINES_MAX = 200;
/** Megabytes that one connection may hold: streams, their fields, and octets that wait. */
const SESSION_MEGABYTES_MAX = 4;
/** Streams that a client may open and reset again at once, and then per second (CVE-2023-44487, "rapid reset"). */
const RESETS_AT_ONCE_MAX = 200;
const RESETS_PER_S_MAX = 50;
/** Frames that make no sense, and streams beyond the limit, after which a connection ends. */
const FAULTS_MAX = 20;
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
  const http2 = createHttp2Server({
    maxHeaderListPairs: FIELD_LINES_MAX + 4,
    maxSendHeaderBlockLength: HEADER_OCTETS_MAX,
    maxSessionMemory: SESSION_MEGABYTES_MAX,
    maxSessionInvalidFrames: FAULTS_MAX,
    maxSessionRejectedStreams: FAULTS_MAX,
    streamResetBurst: RESETS_AT_ONCE_MAX,
    streamResetRate: RESETS_PER_S_MAX,
    settings: { enablePush: false, maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: HEADER_OCTETS_MAX },
  });
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

/** A connection lives as long as requests come. Octets that drip in, and PINGs, do not count. */
function endWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let requests = 0;
  const goAway = () => {
    session.close();
    setTimeout(() => session.destroy(), GOING_MS).unref();
  };
  let idle = setTimeout(goAway, idleMs);
  session.on('stream', (stream: ServerHttp2Stream) => {
    requests += 1;
    clearTimeout(idle);
    stream.once('close', () => {
      requests -= 1;
      if (requests === 0 && !session.destroyed) idle = setTimeout(goAway, idleMs);
    });
  });
  session.on('error', () => {});
  session.once('close', () => clearTimeout(idle));
}
