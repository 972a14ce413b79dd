import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerToParserError } from '#shared/http/parser-error.ts';
import type { Refusal } from '#shared/http/request-guard.ts';
import { LINGER_MS } from '#shared/http/server-limits.ts';

/** What Node tells of a client whose bytes its parser refused. */
interface ClientError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly rawPacket?: unknown;
  readonly bytesParsed?: number | undefined;
}

/**
 * Answers clients whose bytes are no request, each once, after the answers that they still wait for, and cuts their
 * connection.
 */
export class ClientErrors {
  readonly #waiting = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #refused = new WeakSet<Socket>();
  readonly #format: (refusal: Refusal, socket: Socket) => string;

  /** @param format makes the bytes of the answer, and may tell of it. */
  constructor(format: (refusal: Refusal, socket: Socket) => string) {
    this.#format = format;
  }

  /** Keeps count of the answers that each connection still waits for: the listener of `request`. */
  readonly watch = (request: IncomingMessage, response: ServerResponse): void => {
    const waiting = this.#waiting.get(request.socket) ?? new Set();
    this.#waiting.set(request.socket, waiting.add(response));
    response.once('close', () => waiting.delete(response));
  };

  /** The listener of `clientError`. */
  readonly answer = (error: ClientError, socket: Socket): void => {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const bytes = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '';
    const refusal = answerToParserError({
      code: error.code,
      reason: error.reason,
      bytes,
      offset: error.bytesParsed ?? 0,
    });
    const waiting = [...(this.#waiting.get(socket) ?? [])];
    const broken = waiting.find((response) => !response.req.complete);
    if (refusal === null || broken?.headersSent) {
      socket.destroy();
      return;
    }
    // Answers go in the order of the requests (RFC 9112, section 9.3.2).
    const earlier = waiting.filter((response) => response !== broken);
    void Promise.all(earlier.map(closed)).then(() => this.#refuse(socket, refusal));
  };

  #refuse(socket: Socket, refusal: Refusal): void {
    if (socket.writable) socket.end(this.#format(refusal, socket), 'utf8');
    // The client may go on sending what nobody reads: it gets a moment to read its answer.
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('close', () => resolve()));
}
