import type { Socket } from 'node:net';
import { untilDrained } from '#shared/host/drained.ts';
import { CHUNK_END, formatChunkSize, formatLastChunk } from '#shared/http/message-writer.ts';
import { BodyBroken, type BodySource } from './body-source.ts';

/** How long the origin may take to say 100 or to refuse before the body is sent all the same, in milliseconds. */
const CONTINUE_WAIT_MS = 1_000;

/** A request as it goes out. */
export interface OutgoingRequest {
  /** The whole head as text. */
  readonly head: string;
  readonly body: BodySource | null;
  /** Whether the body may begin only after a 100 (RFC 9110, section 10.1.1). */
  readonly waitsForContinue: boolean;
  /** The body begins although no 100 has come: who has the octets may be waiting for one. */
  readonly onImpatience: () => void;
}

/** Sends one request on a connection, its body as fast as the origin reads and as the client sends. */
export class RequestSender {
  readonly #socket: Socket;
  readonly #request: OutgoingRequest;
  #isSent = false;
  #isStopped = false;
  #go: (() => void) | null = null;

  constructor(socket: Socket, request: OutgoingRequest) {
    this.#socket = socket;
    this.#request = request;
  }

  /** Whether all of it has been handed to the socket. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** Sends; resolves when all is sent or when it was stopped. @throws BodyBroken when the client broke off */
  async send(): Promise<void> {
    const { head, body, waitsForContinue } = this.#request;
    this.#socket.write(head, 'latin1');
    if (body !== null) {
      if (waitsForContinue) await this.#mayBegin();
      await this.#sendBody(body);
    }
    this.#isSent = !this.#isStopped;
  }

  /** Whether the body waits for a 100. */
  get isWaiting(): boolean {
    return this.#go !== null;
  }

  /** The origin wants the body. */
  continue(): void {
    this.#go?.();
  }

  /** The rest of the request is not wanted any more. */
  stop(): void {
    if (this.#isSent || this.#isStopped) return;
    this.#isStopped = true;
    this.#request.body?.cancel();
    this.#go?.();
  }

  #mayBegin(): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(() => {
        this.#request.onImpatience();
        this.#go?.();
      }, CONTINUE_WAIT_MS);
      this.#go = () => {
        clearTimeout(patience);
        this.#go = null;
        resolve();
      };
    });
  }

  async #sendBody(body: BodySource): Promise<void> {
    let left = body.length;
    while (!this.#isStopped) {
      const octets = await body.read();
      if (this.#isStopped) return;
      if (octets === null) return this.#endBody(body, left);
      if (left !== null) left -= octets.length;
      // More than was promised would be the next request for the origin.
      if (left !== null && left < 0) throw new BodyBroken('the body is longer than its Content-Length');
      if (!this.#write(octets, left === null)) await untilDrained(this.#socket);
    }
  }

  #endBody(body: BodySource, left: number | null): void {
    if (left === null) this.#socket.write(formatLastChunk(body.trailers), 'latin1');
    else if (left > 0) throw new BodyBroken('the body is shorter than its Content-Length');
  }

  #write(octets: Uint8Array, asChunk: boolean): boolean {
    if (!asChunk) return this.#socket.write(octets);
    this.#socket.cork();
    this.#socket.write(formatChunkSize(octets.length), 'latin1');
    this.#socket.write(octets);
    const hasRoom = this.#socket.write(CHUNK_END, 'latin1');
    this.#socket.uncork();
    return hasRoom;
  }
}
