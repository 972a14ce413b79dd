import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fieldsFromRaw } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { formatRefusal } from '#shared/http/parser-error.ts';
import { guardRequest, type RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import { refusePort } from '../protocol/destination.ts';
import { endsOf, tellClientRequest, tellClientResponse } from '../reports.ts';
import { findAddresses } from './find-addresses.ts';
import { OriginFailure } from './origin-failure.ts';
import type { WebCache } from './web-cache.ts';

/** Tunnels at once. */
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

  /** The listener of `connect`. `first` is what the client sent after the head. */
  async answer(message: IncomingMessage, client: Socket, first: Buffer): Promise<void> {
    const { host, counters } = this.#cache;
    const { method = '', url = '', httpVersion, rawHeaders } = message;
    const head = { method, target: url, httpVersion, fields: fieldsFromRaw(rawHeaders) };
    const ends = endsOf(host, client);
    const exchange = host.newExchange();
    counters.requests += 1;
    this.#track(client);
    tellClientRequest(host, ends, exchange, head);
    try {
      const origin = await this.#connect(head, exchange);
      counters.tunnels += 1;
      const because = 'the host is in the lab, and the port is one of those for tunnels';
      tellClientResponse(host, ends, exchange, 200, [], 0, because);
      this.#join(client, origin, first);
    } catch (error) {
      const { status, message: because } = OriginFailure.from(error as Error, url, true, false);
      counters.refused += 1;
      tellClientResponse(host, ends, exchange, status, [], 0, because);
      client.end(this.#refusal(status, because));
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(head: RequestHead, exchange: string): Promise<Socket> {
    const { host, config } = this.#cache;
    const { host: name, port } = destinationOf(head);
    const refused = refusePort(port, config.CONNECT_PORTS);
    if (refused !== null) throw new OriginFailure(403, refused);
    if (this.#open >= TUNNELS_MAX) throw new OriginFailure(502, `${TUNNELS_MAX} tunnels are open already`);
    const [address] = await findAddresses(host, name, exchange);
    return new Promise((resolve, reject) => {
      const origin = connect({
        host: address!,
        port: host.port(port),
        localAddress: host.address,
        allowHalfOpen: true,
      });
      this.#track(origin);
      origin.setTimeout(config.ORIGIN_CONNECT_MS, () =>
        origin.destroy(new OriginFailure(504, 'no connection in time')),
      );
      origin.once('error', (error) => reject(OriginFailure.from(error, name, true, false)));
      origin.once('connect', () => resolve(origin));
    });
  }

  #join(client: Socket, origin: Socket, first: Buffer): void {
    const silenceMs = this.#cache.config.ORIGIN_SILENCE_MS;
    const cut = () => {
      client.destroy();
      origin.destroy();
    };
    this.#open += 1;
    origin.once('close', () => {
      this.#open -= 1;
    });
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

  #refusal(status: number, because: string): string {
    const { host, pseudonym } = this.#cache;
    const page = messagePage(status, reasonPhrase(status), because, pseudonym);
    return formatRefusal({ kind: 'refuse', status, because, close: true }, formatHttpDate(host.clock.now()), page);
  }
}

/** Where a well-formed CONNECT leads. @throws OriginFailure */
function destinationOf(head: RequestHead): { host: string; port: number } {
  const judged = guardRequest(head);
  if (judged.kind === 'refuse') throw new OriginFailure(judged.status, judged.because);
  if (judged.target.form !== 'authority') throw new OriginFailure(400, 'CONNECT takes host:port and nothing else');
  return { host: judged.target.authority.host, port: judged.target.authority.port ?? 0 };
}
