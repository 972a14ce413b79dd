/**
 * DNS over HTTPS (RFC 8484) on HTTP/2 and HTTP/1.1, chosen by ALPN. dns2's server class speaks HTTP/1.1 alone, reads a body
 * without end and parses it by its own codec, so that nothing of it would remain; dns2-as-it-is.test.ts keeps watch.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { MESSAGE_OCTETS_MAX, type Message, responseTo } from '../../dns/message.ts';
import { DNS_MESSAGE, type DohRefusal, freshnessS, notAQuery, readDohRequest, tooLarge } from '../../dns/over-https.ts';
import { padded } from '../../dns/padding.ts';
import { RCODE } from '../../dns/registry.ts';
import type { Endpoint } from '../../report.ts';
import { type Http2Sizes, http2Limits, STREAMS_MAX } from '../http2-limits.ts';
import { HANDSHAKE_MS, type TlsServerOptions } from '../tls.ts';
import { wallClock } from '../wall-clock.ts';
import { encodeResponse } from './encode-response.ts';
import { HttpConnection } from './http-connection.ts';
import { OpenConnections } from './open-connections.ts';
import { type DnsRequest, type DnsResponse, type Respond, readRequest } from './request.ts';
import { listen } from './tls-listener.ts';

/** What a query may take: its name is in the target, or in a short body. */
const SIZES: Http2Sizes = { headerOctetsMax: 16_384, fieldLinesMax: 64, sessionMegabytesMax: 2 };

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** What HTTP/1.1 and HTTP/2 write a response with. */
interface ResponseWriter {
  writeHead(status: number, fields: Readonly<Record<string, string>>): unknown;
  end(): unknown;
  end(body: Uint8Array): unknown;
}

export class HttpsListener {
  readonly #here: Endpoint;
  readonly #respond: Respond;
  readonly #log: Logger;
  readonly #server: Http2SecureServer;
  readonly #open = new OpenConnections();
  /** By what carries the requests: the session of HTTP/2, the socket of HTTP/1.1. */
  readonly #connections = new WeakMap<object, HttpConnection>();

  constructor(here: Endpoint, tls: TlsServerOptions, respond: Respond, log: Logger, handshakeMs = HANDSHAKE_MS) {
    this.#here = here;
    this.#respond = respond;
    this.#log = log;
    this.#server = createSecureServer({
      ...tls,
      allowHTTP1: true,
      handshakeTimeout: handshakeMs,
      ...http2Limits(SIZES),
    });
    this.#server.on('connection', (socket) => this.#open.admit(socket));
    this.#server.on('session', (session) => this.#watch(session, session.socket));
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') this.#watch(socket, socket);
    });
    this.#server.on('request', (request: Request, response: Response) => this.#take(request, response));
  }

  get openConnections(): number {
    return this.#open.size;
  }

  start(): Promise<void> {
    return listen(this.#server, this.#here, (error) => this.#log.warn(`DNS over HTTPS: ${error.message}`));
  }

  stop(): Promise<void> {
    this.#open.destroyAll();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #watch(carrier: ServerHttp2Session | Socket, socket: Socket): void {
    const client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    const connection = new HttpConnection(carrier, client);
    this.#connections.set(carrier, connection);
    carrier.on('close', () => connection.stop());
  }

  #take(request: Request, response: Response): void {
    const carrier = 'stream' in request ? request.stream.session : request.socket;
    const connection = carrier === undefined ? undefined : this.#connections.get(carrier);
    // A client that resets its stream or its connection is no fault of ours.
    request.on('error', () => {});
    response.on('error', () => {});
    if (connection === undefined || !connection.begin(response, STREAMS_MAX)) return;
    this.#answer(request, response, connection.client).catch((error: unknown) => {
      this.#log.error({ err: error }, 'a query over HTTPS could not be answered');
      response.destroy();
    });
  }

  async #answer(request: Request, response: Response, client: Endpoint): Promise<void> {
    const { headers } = request;
    const head = readDohRequest({
      method: request.method ?? '',
      target: request.url ?? '',
      accept: headers.accept,
      contentType: headers['content-type'],
      contentEncoding: headers['content-encoding'] as string | undefined,
      contentLength: headers['content-length'],
    });
    if (head.kind === 'refusal') return refuse(request, response, head);
    const octets = head.kind === 'query' ? head.octets : await bodyOf(request);
    if (octets === null) return refuse(request, response, tooLarge());
    const asked = readRequest(octets, { transport: 'https', client, here: this.#here });
    if (asked === undefined) return refuse(request, response, notAQuery());
    const { answer, said } = await this.#find(asked);
    send(request, response, asked, answer, said);
  }

  async #find(asked: DnsRequest): Promise<{ answer: Message; said: DnsResponse | null }> {
    try {
      const said = await this.#respond(asked);
      const [answer] = said.messages;
      if (answer !== undefined) return { answer, said };
    } catch (error) {
      this.#log.error({ err: error }, 'a query could not be answered');
    }
    return { answer: responseTo(asked.query, { rcode: RCODE.SERVFAIL }), said: null };
  }
}

/** One request has one response, and one message in it (RFC 8484, section 4.2.1). */
function send(
  request: Request,
  response: Response,
  asked: DnsRequest,
  answer: Message,
  said: DnsResponse | null,
): void {
  const message = padded(answer, asked.query);
  const octets = encodeResponse(message, MESSAGE_OCTETS_MAX, said?.seal);
  const at = wallClock();
  if (isGone(response)) return;
  const fields = { 'content-type': DNS_MESSAGE, 'cache-control': `max-age=${freshnessS(message)}` };
  write(request, response, 200, fields, octets);
  said?.onSent?.(message, octets, at);
}

function refuse(request: Request, response: Response, { status, because }: DohRefusal): void {
  if (isGone(response)) return;
  const fields = {
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 405 ? { allow: 'GET, HEAD, POST' } : {}),
    // What is left of a body in HTTP/1.1 is not read to its end.
    ...(request.httpVersionMajor === 1 && !request.complete ? { connection: 'close' } : {}),
  };
  write(request, response, status, fields, Buffer.from(`${because}\n`));
  request.resume();
}

function write(
  { method }: Request,
  response: ResponseWriter,
  status: number,
  fields: Readonly<Record<string, string>>,
  body: Uint8Array,
): void {
  response.writeHead(status, { ...fields, 'content-length': String(body.length) });
  if (method === 'HEAD') response.end();
  else response.end(body);
}

function isGone(response: Response): boolean {
  return 'stream' in response ? response.stream.destroyed : response.destroyed;
}

/** The body of a POST, or null as soon as it is longer than any message. */
function bodyOf(request: Request): Promise<Uint8Array | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= MESSAGE_OCTETS_MAX) pieces.push(piece);
      else resolve(null);
    });
    request.on('end', () => resolve(Buffer.concat(pieces)));
    // What does not come to its end was no query; its response has nowhere to go.
    request.on('close', () => resolve(new Uint8Array(0)));
  });
}
