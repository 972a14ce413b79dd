import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import { type Fields, fieldsFromRaw, withField } from '#shared/http/fields.ts';
import type { Authority } from '#shared/http/request-target.ts';
import { refuseAddress } from '../protocol/destination.ts';
import { framingFault } from '../protocol/response-guard.ts';
import { isSafe, type OriginResponse } from '../protocol/stored-response.ts';
import { endsOf, type OriginExchange, tellOriginRequest, tellOriginResponse } from '../reports.ts';
import { findAddresses } from './find-addresses.ts';
import { OriginFailure } from './origin-failure.ts';
import { sendBody } from './send-body.ts';

/** Connections to one origin address at most, and to all; more requests wait for one of them. */
const SOCKETS_PER_ORIGIN_MAX = 32;
const SOCKETS_MAX = 256;
/** Idle connections that are kept for the next request to the same origin, for how long in milliseconds. */
const IDLE_SOCKETS_MAX = 8;
const IDLE_MS = 4_000;
/** Longest response head, in octets. */
const HEAD_OCTETS_MAX = 65_536;

/** A request for an origin. Its fields are complete but for the framing and the exchange. */
export interface OriginRequest {
  readonly method: string;
  readonly authority: Authority;
  readonly path: string;
  readonly fields: Fields;
  /** The client's message where its body goes along, and how the body is framed. */
  readonly body: IncomingMessage | null;
  readonly framing: Fields;
  /** The client waits for a 100 before it sends the body: calls it out. */
  readonly onContinue?: (() => void) | undefined;
  /** The client's exchange. */
  readonly cause: string;
  readonly because: string;
}

export interface OriginAnswer {
  readonly head: OriginResponse;
  readonly message: IncomingMessage;
  /** Tells the observatory, when the body has come. */
  came(octets: number): void;
}

export interface OriginTimes {
  readonly connectMs: number;
  readonly silenceMs: number;
}

/** The proxy as a client: connections to origins, kept for reuse. */
export class OriginClient {
  readonly #host: Host;
  readonly #times: OriginTimes;
  readonly #agent: Agent;
  readonly #running = new Set<ClientRequest>();

  constructor(host: Host, times: OriginTimes) {
    this.#host = host;
    this.#times = times;
    this.#agent = new Agent({
      keepAlive: true,
      timeout: IDLE_MS,
      maxSockets: SOCKETS_PER_ORIGIN_MAX,
      maxTotalSockets: SOCKETS_MAX,
      maxFreeSockets: IDLE_SOCKETS_MAX,
    });
  }

  /** Sends the request to the first address of the name that can be connected to. @throws OriginFailure */
  async ask(request: OriginRequest): Promise<OriginAnswer> {
    const addresses = await findAddresses(this.#host, request.authority.host, request.cause);
    let failure: OriginFailure | undefined;
    for (const address of addresses) {
      try {
        return await this.#askAgain(address, request);
      } catch (error) {
        if (!(error instanceof OriginFailure) || !error.beforeSending) throw error;
        failure = error;
      }
    }
    throw failure ?? new OriginFailure(502, `${request.authority.host} has no address`);
  }

  close(): void {
    for (const running of this.#running) running.destroy();
    this.#agent.destroy();
  }

  /** RFC 9112, section 9.3.1: a safe request that met a kept connection just as it closed is sent once more, on a new one. */
  async #askAgain(address: string, request: OriginRequest): Promise<OriginAnswer> {
    try {
      return await this.#askAt(address, request, this.#agent);
    } catch (error) {
      const again =
        error instanceof OriginFailure && error.onReusedSocket && isSafe(request.method) && request.body === null;
      if (!again) throw error;
      return this.#askAt(address, request, false);
    }
  }

  #askAt(address: string, request: OriginRequest, agent: Agent | false): Promise<OriginAnswer> {
    const host = this.#host;
    const refused = refuseAddress(address, { net: host.net, ownAddress: host.address });
    if (refused !== null) return Promise.reject(new OriginFailure(403, refused));
    const exchange = host.newExchange();
    const fields = withField([...request.fields, ...request.framing], EXCHANGE_FIELD, exchange);
    const sending = httpRequest({
      host: address,
      port: host.port(request.authority.port ?? 80),
      localAddress: host.address,
      method: request.method,
      path: request.path,
      headers: fields.flat(),
      agent,
      maxHeaderSize: HEAD_OCTETS_MAX,
      setHost: false,
    });
    this.#running.add(sending);
    sending.once('close', () => this.#running.delete(sending));
    return this.#answerTo(sending, { ...request, fields }, exchange);
  }

  #answerTo(sending: ClientRequest, request: OriginRequest, exchange: string): Promise<OriginAnswer> {
    const host = this.#host;
    const requestTimeMs = host.clock.now();
    const head = { method: request.method, target: request.path, httpVersion: '1.1', fields: request.fields };
    let told: OriginExchange | undefined;
    let heard = '';
    const tap = (octets: Buffer) => {
      if (heard.length < HEAD_OCTETS_MAX) heard += octets.toString('latin1');
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error & { code?: string }) => {
        reject(OriginFailure.from(error, request.authority.host, told === undefined, sending.reusedSocket));
      };
      sending.on('error', fail);
      sending.setTimeout(this.#times.silenceMs, () => sending.destroy(new OriginFailure(504, 'the origin is silent')));
      sending.once('socket', (socket) => {
        socket.prependListener('data', tap);
        whenConnected(socket, this.#times.connectMs, () => {
          told = { exchange, cause: request.cause, ends: endsOf(host, socket) };
          tellOriginRequest(host, told, head, request.because);
          sendBody(request.body, sending, request.onContinue);
        });
      });
      sending.once('response', (message) => {
        message.socket.off('data', tap);
        const fields = fieldsFromRaw(message.rawHeaders);
        const fault = framingFault(fields, heard);
        heard = '';
        if (fault !== null) {
          sending.destroy();
          reject(new OriginFailure(502, fault));
          return;
        }
        const { statusCode: status = 0, statusMessage: reason = '' } = message;
        const came = (octets: number) => told && tellOriginResponse(host, told, status, reason, fields, octets);
        resolve({ head: { status, reason, fields, requestTimeMs, responseTimeMs: host.clock.now() }, message, came });
      });
      // A body begins to flow when the connection stands; a request without one is sent as soon as it may.
      if (request.body === null) sending.end();
    });
  }
}

function whenConnected(socket: Socket, connectMs: number, begin: () => void): void {
  if (!socket.connecting) {
    begin();
    return;
  }
  const tooLate = () => socket.destroy(new OriginFailure(504, 'no connection to the origin in time', true));
  const patience = setTimeout(tooLate, connectMs);
  socket.once('close', () => clearTimeout(patience));
  socket.once('connect', () => {
    clearTimeout(patience);
    begin();
  });
}
