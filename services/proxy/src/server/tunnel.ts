import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fieldValue } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { formatHead, formatStatusLine } from '#shared/http/message-writer.ts';
import type { RequestHead } from '#shared/http/request-guard.ts';
import type { Authority } from '#shared/http/request-target.ts';
import { LINGER_MS } from '#shared/http/server-limits.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { chooseLanguage } from '#shared/page/language.ts';
import { messagePage } from '../page/message-page.ts';
import { refusePort } from '../protocol/destination.ts';
import { endsOf, tellClientRequest, tellClientResponse } from '../reports.ts';
import { allowedMethods } from './answer-client.ts';
import { connectOrigin } from './connect-origin.ts';
import { findAddresses } from './find-addresses.ts';
import { connectFailure, OriginFailure } from './origin-failure.ts';
import type { WebCache } from './web-cache.ts';

/** Tunnels at once, with those that are being opened. */
const TUNNELS_MAX = 128;

/** CONNECT: a connection to a host of the lab, of whose octets the proxy understands nothing (RFC 9110, section 9.3.6). */
export class Tunnels {
  readonly #cache: WebCache;
  readonly #sockets = new Set<Duplex>();
  #open = 0;

  constructor(cache: WebCache) {
    this.#cache = cache;
  }

  get open(): number {
    return this.#open;
  }

  /** Answers a CONNECT to `authority`. `first` is what the client sent after the head. */
  async answer(head: RequestHead, authority: Authority, client: Socket, first: Buffer): Promise<void> {
    const { host, counters } = this.#cache;
    const ends = endsOf(host, client);
    const exchange = host.newExchange();
    counters.requests += 1;
    this.#track(client);
    tellClientRequest(host, ends, exchange, head);
    try {
      const origin = await this.#connect(authority, exchange);
      counters.tunnels += 1;
      const because = 'the host is in the lab, and the port is one of those for tunnels';
      tellClientResponse(host, ends, exchange, 200, [], 0, because);
      this.#join(client, origin, first);
    } catch (error) {
      const failure = connectFailure(error as Error, { host: head.target });
      counters.refused += 1;
      tellClientResponse(host, ends, exchange, failure.status, [], 0, failure.message);
      client.end(this.#refusal(head, failure));
      setTimeout(() => client.destroy(), LINGER_MS).unref();
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect({ host: name, port: asked }: Authority, exchange: string): Promise<Socket> {
    const { host, config } = this.#cache;
    const port = asked ?? 0;
    const place = { host: name, port };
    if (config.REVERSE !== null)
      throw new OriginFailure(405, 'this server stands before its sites: it opens no tunnels');
    const refused = refusePort(port, config.CONNECT_PORTS);
    if (refused !== null) throw new OriginFailure(403, refused, { kind: 'forbidden', place });
    if (this.#open >= TUNNELS_MAX)
      throw new OriginFailure(503, `${TUNNELS_MAX} tunnels are open already`, { kind: 'busy', place });
    this.#open += 1;
    try {
      const [address] = await findAddresses(host, name, exchange);
      const to = { host: name, address: address!, port: host.port(port) };
      const track = (socket: Socket) => this.#track(socket);
      return await connectOrigin(host, to, { connectMs: config.ORIGIN_CONNECT_MS, allowHalfOpen: true, track });
    } catch (error) {
      this.#open -= 1;
      throw error;
    }
  }

  #join(client: Socket, origin: Socket, first: Buffer): void {
    origin.once('close', () => {
      this.#open -= 1;
    });
    // The client may have gone while the connection was made.
    if (client.destroyed) {
      origin.destroy();
      return;
    }
    const silenceMs = this.#cache.config.ORIGIN_SILENCE_MS;
    const cut = () => {
      client.destroy();
      origin.destroy();
    };
    for (const socket of [client, origin]) {
      socket.setTimeout(silenceMs, cut);
      socket.once('error', cut);
    }
    client.once('close', () => origin.destroySoon());
    origin.once('close', () => client.destroySoon());
    client.write(`HTTP/1.1 200 ${reasonPhrase(200)}\r\n\r\n`);
    if (first.length > 0) origin.write(first);
    client.pipe(origin);
    origin.pipe(client);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #refusal({ fields }: RequestHead, failure: OriginFailure): Uint8Array {
    const { host, pseudonym } = this.#cache;
    const { status, message: because } = failure;
    const acceptLanguage = fieldValue(fields, 'Accept-Language');
    const language = chooseLanguage({ cookie: undefined, acceptLanguage });
    const page = Buffer.from(messagePage({ status, because, proxy: pseudonym, language, failure }), 'utf8');
    const head = formatHead(formatStatusLine(status, reasonPhrase(status)), [
      ['Date', formatHttpDate(host.clock.now())],
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Language', language],
      ['Content-Length', String(page.length)],
      ...(status === 405 ? [['Allow', allowedMethods(this.#cache)] as const] : []),
      ['Connection', 'close'],
    ]);
    return Buffer.concat([Buffer.from(head, 'latin1'), page]);
  }
}
