/**
 * One connection of a DNS server over TCP (RFC 7766) or over TLS on it (RFC 7858). Queries may be sent one after another
 * without waiting; each response goes out when it is ready. A peer that is silent, that drips octets or does not read is
 * cut off.
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { MESSAGE_OCTETS_MAX, responseTo } from '../../dns/message.ts';
import { padded } from '../../dns/padding.ts';
import { RCODE } from '../../dns/registry.ts';
import { encodeFrame, FrameReader } from '../../dns/stream.ts';
import type { Endpoint } from '../../report.ts';
import { wallClock } from '../wall-clock.ts';
import { encodeResponse } from './encode-response.ts';
import { type DnsRequest, type DnsResponse, type Respond, readRequest } from './request.ts';

/** How long a connection may be without a query, in milliseconds (RFC 7766, section 6.2.3: seconds). */
const IDLE_MS = 10_000;
/** How long a message may take from its first octet to its last, in milliseconds. */
const MESSAGE_MS = 5_000;
/** How long a client may leave a response unread, in milliseconds. */
const UNREAD_MS = 10_000;
/** Queries of one connection that wait for their answers; the next ones are read when there is room. */
const IN_FLIGHT_MAX = 32;

/** What a connection needs to know of the listener that it came to. */
interface Listening {
  readonly transport: 'tcp' | 'tls';
  readonly here: Endpoint;
  readonly respond: Respond;
  readonly log: Logger;
}

export class TcpConnection {
  readonly #socket: Socket;
  readonly #transport: 'tcp' | 'tls';
  readonly #respond: Respond;
  readonly #log: Logger;
  readonly #here: Endpoint;
  readonly #frames = new FrameReader();
  readonly #waiting: Uint8Array[] = [];
  #inFlight = 0;
  #peerEnded = false;
  #draining: Promise<void> | null = null;
  #deadline: NodeJS.Timeout | undefined;

  constructor(socket: Socket, { transport, here, respond, log }: Listening) {
    this.#socket = socket;
    this.#transport = transport;
    this.#here = here;
    this.#respond = respond;
    this.#log = log;
    // A client that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    socket.on('close', () => clearTimeout(this.#deadline));
    socket.on('data', (octets: Buffer) => this.#read(octets));
    socket.on('end', () => {
      this.#peerEnded = true;
      this.#endWhenDone();
    });
    this.#setDeadline(IDLE_MS);
  }

  #read(octets: Buffer): void {
    const wasWhole = this.#frames.pending === 0;
    const messages = this.#frames.push(octets);
    this.#waiting.push(...messages);
    // The deadline of a message is absolute: octets that drip in do not move it.
    if (this.#frames.pending > 0) {
      if (wasWhole || messages.length > 0) this.#setDeadline(MESSAGE_MS);
    } else this.#setDeadline(IDLE_MS);
    this.#answerWaiting();
  }

  #answerWaiting(): void {
    while (this.#waiting.length > 0 && this.#inFlight < IN_FLIGHT_MAX) {
      const octets = this.#waiting.shift()!;
      const client = { address: this.#socket.remoteAddress ?? '', port: this.#socket.remotePort ?? 0 };
      const request = readRequest(octets, { transport: this.#transport, client, here: this.#here });
      // Who sends something else than queries does not speak DNS.
      if (request === undefined) {
        this.#socket.destroy();
        return;
      }
      void this.#answer(request);
    }
    if (this.#waiting.length > 0) this.#socket.pause();
    else this.#socket.resume();
  }

  async #answer(request: DnsRequest): Promise<void> {
    this.#inFlight += 1;
    try {
      await this.#send(request, await this.#respond(request));
    } catch (error) {
      this.#log.error({ err: error }, 'a query could not be answered');
      await this.#send(request, { messages: [responseTo(request.query, { rcode: RCODE.SERVFAIL })] }).catch(() => {});
    } finally {
      this.#inFlight -= 1;
      this.#answerWaiting();
      this.#endWhenDone();
    }
  }

  async #send({ query }: DnsRequest, response: DnsResponse): Promise<void> {
    for (const answer of response.messages) {
      // A client that does not read its answers gets no more of them written: one is in the buffer, the others wait here.
      if (!(await this.#isRead())) return;
      const message = this.#transport === 'tls' ? padded(answer, query) : answer;
      const octets = encodeResponse(message, MESSAGE_OCTETS_MAX, response.seal);
      const at = wallClock();
      this.#socket.write(encodeFrame(octets));
      response.onSent?.(message, octets, at);
    }
    await this.#isRead();
  }

  /** Waits until the client has read what was written; false when it is gone or does not read. */
  async #isRead(): Promise<boolean> {
    const socket = this.#socket;
    while (socket.writableNeedDrain && !socket.destroyed) await this.#drained();
    return !socket.destroyed && socket.writable;
  }

  /** All answers that wait share one wait. */
  #drained(): Promise<void> {
    const socket = this.#socket;
    this.#draining ??= new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), UNREAD_MS);
      const settle = () => {
        clearTimeout(timer);
        socket.off('drain', settle);
        socket.off('close', settle);
        this.#draining = null;
        resolve();
      };
      socket.on('drain', settle);
      socket.on('close', settle);
    });
    return this.#draining;
  }

  /** After the client's FIN the connection ends with the last response (RFC 7766, section 6.2.4). */
  #endWhenDone(): void {
    if (this.#peerEnded && this.#inFlight === 0 && this.#waiting.length === 0) this.#socket.end();
  }

  #setDeadline(delayMs: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      // A connection whose client waits for an answer is not idle.
      if (this.#inFlight > 0 && this.#frames.pending === 0) this.#setDeadline(IDLE_MS);
      else this.#socket.destroy();
    }, delayMs);
  }
}
