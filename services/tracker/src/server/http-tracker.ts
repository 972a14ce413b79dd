import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import { createServer, STATUS_CODES } from '#shared/host/node-http.ts';
import type { AnnounceDesk } from './announce-desk.ts';
import { HttpClerk, type HttpClerkOptions, type HttpReply } from './http-clerk.ts';
import { targetOfRefused } from './refused-target.ts';

/** Octets of a request, at most: a scrape of 74 torrents has 5500. */
const REQUEST_OCTETS_MAX = 16 * 1024;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_MS_MAX = 10_000;
/** How long a connection may wait for the next request, in milliseconds: peers come back after the interval only. */
const KEEP_ALIVE_MS = 2_000;
const CONNECTIONS_MAX = 1_000;
/** Connections from one address, so that one slow client cannot hold all; a class behind one router announces in turn. */
const CONNECTIONS_PER_ADDRESS_MAX = 100;
/** The status for what Node's parser refuses; 400 for all else (RFC 9110, section 15.5). */
const REFUSAL_STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

export interface HttpTracker {
  close(): Promise<void>;
}

/** The tracker over HTTP: `GET /announce` and `GET /scrape` (BEP 3, BEP 48), and the pages for people. */
export async function listenHttp(desk: AnnounceDesk, options: HttpClerkOptions): Promise<HttpTracker> {
  const { host } = desk;
  const clerk = new HttpClerk(desk, options);
  const server = createServer(
    {
      maxHeaderSize: REQUEST_OCTETS_MAX,
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      answerRequest(clerk, request, response).catch((error: Error) => {
        host.log.error(error, 'a request failed');
        response.destroy();
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  const perAddress = new Map<string, number>();
  server.on('connection', (socket: Socket) => admit(perAddress, socket));
  server.on('clientError', (error, socket) => answerRefused(clerk, error, socket as Socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port: options.port }, resolve);
  });
  server.on('error', (error) => host.log.error(error, 'the socket of the tracker failed'));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Counts the connections of each address, and cuts one that is too many. */
function admit(perAddress: Map<string, number>, socket: Socket): void {
  const address = socket.remoteAddress ?? '';
  const count = (perAddress.get(address) ?? 0) + 1;
  if (count > CONNECTIONS_PER_ADDRESS_MAX) {
    socket.destroy();
    return;
  }
  perAddress.set(address, count);
  socket.once('close', () => {
    const left = (perAddress.get(address) ?? 1) - 1;
    if (left > 0) perAddress.set(address, left);
    else perAddress.delete(address);
  });
}

async function answerRequest(clerk: HttpClerk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that goes away while it is answered is no fault of ours.
  response.on('error', () => {});
  const reply = await clerk.reply({
    method: request.method ?? '',
    target: request.url ?? '',
    socket: request.socket,
    exchange: parseExchange(fieldOf(request, EXCHANGE_FIELD)),
    forwardedFor: fieldOf(request, 'X-Forwarded-For'),
    cookie: request.headers.cookie,
    acceptLanguage: request.headers['accept-language'],
  });
  response.writeHead(reply.status, fieldsOf(reply));
  response.end(reply.body);
}

function fieldOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : undefined;
}

/** What Node's HTTP parser tells of a request that it refuses. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

/** Answers a request that Node's parser refused: some clients send octets above 0x7f as they are. */
function answerRefused(clerk: HttpClerk, error: ClientError, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const target =
    error.code === 'HPE_INVALID_URL' && error.rawPacket !== undefined ? targetOfRefused(error.rawPacket) : null;
  const reply = target === null ? null : clerk.replyToPeer({ target, socket });
  const status = reply?.status ?? REFUSAL_STATUS[error.code ?? ''] ?? 400;
  const body = reply?.body ?? new Uint8Array();
  const head = [
    `${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.write(`HTTP/1.1 ${head.join('\r\n')}\r\n\r\n`);
  socket.end(body);
}

function fieldsOf(reply: HttpReply): Record<string, string | number> {
  return {
    'Content-Type': 'text/plain',
    'Content-Length': reply.body.length,
    // The next announce needs an answer of its own, also behind a web cache.
    'Cache-Control': 'no-store',
    ...reply.fields,
  };
}
