import type { Socket } from 'node:net';
import { Patience } from '#shared/host/patience.ts';
import { asksToClose } from '#shared/http/connection-options.ts';
import type { Fields } from '#shared/http/fields.ts';
import type { ResponseHead } from '#shared/http/response-head.ts';
import type { Destination } from './connect-origin.ts';
import { type FailureKind, OriginFailure } from './origin-failure.ts';
import { type OutgoingRequest, RequestSender } from './request-sender.ts';
import { type ReadResponse, ResponseReader } from './response-reader.ts';

/** How many times as long as a silence the head of a response may take from its first octet: one that drips is not silent. */
const HEAD_SILENCES_MAX = 4;

export interface OriginTimes {
  /** How long a connection may take to be made, in milliseconds. */
  readonly connectMs: number;
  /** How long an origin may be silent while something is awaited from it, in milliseconds. */
  readonly silenceMs: number;
}

/** A request as a connection needs it. */
export interface Exchanged extends OutgoingRequest {
  readonly method: string;
  readonly onInformation: (status: number, fields: Fields) => void;
}

interface Exchange {
  readonly reader: ResponseReader;
  readonly sender: RequestSender;
  readonly answered: PromiseWithResolvers<ReadResponse>;
  /** Set with the head of the response: whether it lets the connection live (RFC 9112, section 9.3). */
  mayPersist: boolean;
}

/**
 * One TCP connection to an origin, which carries one exchange at a time. It is never guessed where a message ends: after anything
 * but a request sent whole and a response read whole, with nothing behind it, the connection is dropped.
 */
export class OriginConnection {
  readonly #to: Destination;
  readonly socket: Socket;
  readonly #silenceMs: number;
  readonly #onFree: () => void;
  #exchange: Exchange | null = null;
  #silence: Patience | undefined;
  #isReused = false;
  /** When the head that is coming began, by a monotonic clock; null while none is. */
  #headSince: number | null = null;

  /**
   * @param socket connected
   * @param onFree called after each exchange, and when the connection has ended: see `isUsable`
   */
  constructor(socket: Socket, to: Destination, silenceMs: number, onFree: () => void) {
    this.socket = socket;
    this.#to = to;
    this.#silenceMs = silenceMs;
    this.#onFree = onFree;
    socket.on('data', (octets: Buffer) => this.#take(octets));
    socket.on('drain', () => this.#silence?.refresh());
    socket.on('end', () => this.#ended());
    socket.on('error', (error) => this.#fail(this.#closed(`(${error.message})`)));
    socket.on('close', () => {
      this.#fail(this.#closed('without an answer'));
      this.#onFree();
    });
  }

  /** Whether it can take the next request. */
  get isUsable(): boolean {
    return this.#exchange === null && !this.socket.destroyed && this.socket.readable && this.socket.writable;
  }

  /** Sends a request and waits for the head of its response. @throws OriginFailure */
  ask(request: Exchanged): Promise<ReadResponse> {
    if (!this.isUsable) return Promise.reject(this.#closed('before the request was sent'));
    const { socket } = this;
    const answered = Promise.withResolvers<ReadResponse>();
    const sender = new RequestSender(socket, request);
    const carrier = {
      pause: () => socket.pause(),
      resume: () => {
        this.#silence?.refresh();
        socket.resume();
      },
      cancelled: () => this.destroy(),
    };
    const reader = new ResponseReader(request.method, carrier, {
      onInformation: (status, fields) => {
        if (status === 100) sender.continue();
        request.onInformation(status, fields);
      },
      onResponse: (response) => this.#answered(response),
    });
    this.#headSince = null;
    this.#exchange = { reader, sender, answered, mayPersist: false };
    this.#silence = new Patience(this.#silenceMs, () => this.#onSilence());
    void this.#send(sender);
    return answered.promise;
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #send(sender: RequestSender): Promise<void> {
    try {
      await sender.send();
      if (this.#exchange?.sender !== sender) return;
      this.#silence?.refresh();
      this.#finishIfDone();
    } catch (error) {
      if (this.#exchange?.sender !== sender) return;
      // The origin must not take what it has for the whole request (RFC 9112, section 8).
      this.#fail(new OriginFailure(400, `the body of the request broke off: ${(error as Error).message}`));
    }
  }

  #take(octets: Buffer): void {
    const exchange = this.#exchange;
    // RFC 9112, section 9.2: a response that nobody asked for belongs to no request.
    if (exchange === null) {
      this.destroy();
      return;
    }
    this.#silence?.refresh();
    try {
      const behind = exchange.reader.take(octets);
      // Section 6.3: what is behind the end is not the beginning of the next response.
      if (behind > 0) exchange.mayPersist = false;
    } catch (error) {
      const because = `${this.#to.host} answered with what is no HTTP response: ${(error as Error).message}`;
      this.#fail(this.#failure(502, 'nonsense', because));
      return;
    }
    if (exchange.reader.body?.isBroken) this.destroy();
    if (this.#isHeadLate(exchange)) {
      const because = `${this.#to.host} did not come to the end of its head in ${(HEAD_SILENCES_MAX * this.#silenceMs) / 1000} s`;
      this.#fail(this.#failure(504, 'silent', because));
      return;
    }
    this.#finishIfDone();
  }

  #isHeadLate({ reader }: Exchange): boolean {
    this.#headSince = reader.isInHead ? (this.#headSince ?? performance.now()) : null;
    return this.#headSince !== null && performance.now() - this.#headSince > HEAD_SILENCES_MAX * this.#silenceMs;
  }

  #answered(response: ReadResponse): void {
    const exchange = this.#exchange!;
    exchange.mayPersist = mayPersist(response.head);
    // A refusal: the origin will not read the rest of the request, and a body that waits for a 100 gets none.
    if (response.head.status >= 400 || exchange.sender.isWaiting) exchange.sender.stop();
    exchange.answered.resolve(response);
  }

  #finishIfDone(): void {
    const exchange = this.#exchange;
    if (!exchange?.reader.body?.isComplete) return;
    this.#exchange = null;
    this.#silence?.end();
    this.socket.resume();
    // An answer that comes before the end of the request is the answer, but no second request can follow the half of one.
    exchange.sender.stop();
    this.#isReused = true;
    if (exchange.mayPersist && exchange.sender.isSent) this.#onFree();
    else this.destroy();
  }

  /** The origin has closed its side: the end of a body that lasts until then. */
  #ended(): void {
    this.#exchange?.reader.body?.ended();
    this.#finishIfDone();
    this.destroy();
  }

  /** A body of which too little has come breaks; a request without an answer fails. */
  #fail(failure: OriginFailure): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#exchange = null;
    this.#silence?.end();
    exchange.sender.stop();
    exchange.reader.body?.broke(failure.message);
    exchange.answered.reject(failure);
    this.destroy();
  }

  /** Silence is a fault only of who is awaited: not while the client does not read, or has not sent its body. */
  #onSilence(): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const { sender, reader } = exchange;
    const isAwaited = this.socket.writableNeedDrain || (reader.body === null ? sender.isSent : !reader.body.isPaused);
    const because = `${this.#to.host} was silent for ${this.#silenceMs / 1000} s`;
    if (isAwaited) this.#fail(this.#failure(504, 'silent', because));
    else this.#silence?.refresh();
  }

  #closed(how: string): OriginFailure {
    const onKeptConnection = this.#isReused && this.#exchange?.reader.hasBegun !== true;
    return this.#failure(502, 'closed', `${this.#to.host} closed the connection ${how}`, onKeptConnection);
  }

  #failure(status: number, kind: FailureKind, because: string, onKeptConnection = false): OriginFailure {
    return new OriginFailure(status, because, { kind, place: this.#to, onKeptConnection });
  }
}

/** Whether a second exchange may follow (RFC 9112, section 9.3). */
function mayPersist({ httpVersion, fields }: ResponseHead): boolean {
  return httpVersion === '1.1' && !asksToClose(fields);
}
