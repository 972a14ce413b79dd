import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { decodeAnnounceQuery } from '#shared/bittorrent/announce-request.ts';
import { encodeAnnounceFailure, encodeAnnounceSuccess } from '#shared/bittorrent/announce-response.ts';
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { decodeScrapeQuery, encodeScrape } from '../protocol/scrape.ts';
import type { Swarms } from '../protocol/swarms.ts';
import * as reports from '../reports.ts';
import { targetOfRefused } from './refused-target.ts';

/** Octets of a request, at most: a scrape of 74 torrents has 5500. */
const REQUEST_OCTETS_MAX = 16 * 1024;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_MS_MAX = 10_000;
/** How long a connection may wait for the next request, in milliseconds: peers come back after the interval only. */
const KEEP_ALIVE_MS = 2_000;
const CONNECTIONS_MAX = 1_000;
/** The status for what Node's parser refuses; 400 for all else (RFC 9110, section 15.5). */
const REFUSAL_STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

export interface HttpTracker {
  readonly announces: () => number;
  readonly scrapes: () => number;
  readonly refused: () => number;
  /** Octets of all answers: the tracker carries lists of peers and nothing else. */
  readonly sentBytes: () => number;
  close(): Promise<void>;
}

/**
 * The tracker over HTTP: `GET /announce` and `GET /scrape` (BEP 3, BEP 48). `now` tells the time, before which nobody is
 * known who has been silent for too long.
 */
export async function listenHttp(host: Host, port: number, swarms: Swarms, now: () => number): Promise<HttpTracker> {
  const desk = new AnnounceDesk(host, swarms, now);
  const server = createServer(
    {
      maxHeaderSize: REQUEST_OCTETS_MAX,
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => answerRequest(desk, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (error, socket) => answerRefused(desk, error, socket as Socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port }, resolve);
  });
  server.on('error', (error) => host.log.error(error, 'the socket of the tracker failed'));
  return {
    announces: () => desk.announces,
    scrapes: () => desk.scrapes,
    refused: () => desk.refused,
    sentBytes: () => desk.sentBytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerRequest(desk: AnnounceDesk, request: IncomingMessage, response: ServerResponse): void {
  // A client that goes away while it is answered is no fault of ours.
  response.on('error', () => {});
  const field = request.headers[EXCHANGE_FIELD.toLowerCase()];
  const exchange = parseExchange(typeof field === 'string' ? field : undefined);
  const answer =
    request.method === 'GET'
      ? desk.answer(request.url ?? '', request.socket, exchange)
      : { status: 405, body: text('Use GET\n') };
  response.writeHead(answer.status, {
    'Content-Type': 'text/plain',
    'Content-Length': answer.body.length,
    // The next announce needs an answer of its own, also behind a web cache.
    'Cache-Control': 'no-store',
    ...(answer.status === 405 ? { Allow: 'GET' } : {}),
  });
  response.end(answer.body);
}

/** What Node's HTTP parser tells of a request that it refuses. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

/** Answers a request that Node's parser refused: some clients send octets above 0x7f as they are. */
function answerRefused(desk: AnnounceDesk, error: ClientError, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const target =
    error.code === 'HPE_INVALID_URL' && error.rawPacket !== undefined ? targetOfRefused(error.rawPacket) : null;
  const answer = target === null ? null : desk.answer(target, socket, undefined);
  const status = answer?.status ?? REFUSAL_STATUS[error.code ?? ''] ?? 400;
  const body = answer?.body ?? text('');
  const head = [
    `${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.write(`HTTP/1.1 ${head.join('\r\n')}\r\n\r\n`);
  socket.end(body);
}

/** Reads what a peer asks, lets the swarms decide, reports both, and writes the answer. */
class AnnounceDesk {
  announces = 0;
  scrapes = 0;
  refused = 0;
  sentBytes = 0;
  readonly #host: Host;
  readonly #swarms: Swarms;
  readonly #now: () => number;

  constructor(host: Host, swarms: Swarms, now: () => number) {
    this.#host = host;
    this.#swarms = swarms;
    this.#now = now;
  }

  answer(target: string, socket: Socket, given: string | undefined): { status: number; body: Uint8Array } {
    const [path, query = ''] = splitOnce(target, '?');
    if (path !== '/announce' && path !== '/scrape')
      return { status: 404, body: text('Ask for /announce or /scrape\n') };
    const conversation = {
      exchange: given ?? this.#host.newExchange(),
      peer: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
      tracker: { address: socket.localAddress ?? this.#host.address, port: socket.localPort ?? 0 },
    };
    const body = this.#bodyOf(path, query, conversation);
    this.sentBytes += body.length;
    return { status: 200, body };
  }

  /** An error is an answer like any other: HTTP 200 and a `failure reason` (BEP 3). */
  #bodyOf(path: '/announce' | '/scrape', query: string, conversation: reports.Conversation): Uint8Array {
    try {
      return path === '/announce' ? this.#announce(query, conversation) : this.#scrape(query, conversation);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.refused += 1;
      this.#host.report(reports.failureReport(conversation, error.message));
      return encodeAnnounceFailure(error.message);
    }
  }

  #announce(query: string, conversation: reports.Conversation): Uint8Array {
    const request = decodeAnnounceQuery(query);
    this.announces += 1;
    this.#host.report(reports.announceReport(conversation, request));
    const outcome = this.#swarms.announce(request, conversation.peer.address, this.#now());
    this.#host.report(reports.announceResponseReport(conversation, outcome));
    return outcome.kind === 'refused'
      ? encodeAnnounceFailure(outcome.reason)
      : encodeAnnounceSuccess(outcome.response, request);
  }

  #scrape(query: string, conversation: reports.Conversation): Uint8Array {
    const infoHashes = decodeScrapeQuery(query);
    this.scrapes += 1;
    this.#host.report(reports.scrapeReport(conversation, infoHashes));
    this.#now();
    const torrents = this.#swarms.scrape(infoHashes);
    this.#host.report(reports.scrapeResponseReport(conversation, torrents));
    return encodeScrape(torrents);
  }
}

function splitOnce(whole: string, separator: string): [string, string?] {
  const at = whole.indexOf(separator);
  return at < 0 ? [whole] : [whole.slice(0, at), whole.slice(at + separator.length)];
}

function text(sentence: string): Uint8Array {
  return new TextEncoder().encode(sentence);
}
