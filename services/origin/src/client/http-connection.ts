import { connect, type Socket } from 'node:net';
import { type BodyFraming, responseFraming } from '#shared/http/body-framing.ts';
import { CHUNKED_START, type ChunkedState, decodeChunked } from '#shared/http/chunked-decoder.ts';
import { asksToClose } from '#shared/http/connection-options.ts';
import type { Fields } from '#shared/http/fields.ts';
import { formatHead } from '#shared/http/message-writer.ts';
import { findHeadEnd, parseResponseHead, type ResponseHead } from '#shared/http/response-head.ts';

/** Longest head and body that are taken, in octets. */
const HEAD_OCTETS_MAX = 65_536;
const BODY_OCTETS_MAX = 67_108_864;
/** How long a server may be silent, in milliseconds. */
const SILENCE_MS = 10_000;

export interface Received {
  readonly head: ResponseHead;
  readonly body: Buffer;
  /** When its first octet came, and its last; by `performance.now()`. */
  readonly firstMs: number;
  readonly doneMs: number;
}

/** A response that is waited for. */
interface Waiting {
  readonly method: string;
  firstMs: number | null;
  resolve(received: Received): void;
  reject(error: Error): void;
}

/** A connection of a client, on which requests are sent and responses come in their order (RFC 9112, section 9.3.2). */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #octets: Buffer = Buffer.alloc(0);
  #head: ResponseHead | null = null;
  #framing: BodyFraming = { kind: 'none' };
  #chunked: ChunkedState = CHUNKED_START;
  #body: Uint8Array[] = [];
  #bodyOctets = 0;
  #isOver = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setTimeout(SILENCE_MS, () => this.#fail(new Error(`The server was silent for ${SILENCE_MS} ms`)));
    socket.on('data', (octets: Buffer) => this.#take(octets));
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#fail(new Error('The server closed the connection without an answer')));
  }

  static open(host: string, port: number, localAddress?: string): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  /** Whether another request may be sent: neither side has said that it closes. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  /**
   * Sends a GET and gives its response. Requests may follow each other without waiting: that is pipelining. Those of one turn go
   * in one segment: one by one, a busy machine would let the server answer each before the next is written.
   */
  get(target: string, fields: Fields): Promise<Received> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(new Error('The connection is closed'));
      this.#waiting.push({ method: 'GET', firstMs: null, resolve, reject });
      this.#socket.cork();
      this.#socket.write(formatHead(`GET ${target} HTTP/1.1`, fields), 'latin1');
      process.nextTick(() => this.#socket.uncork());
    });
  }

  close(): void {
    this.#isOver = true;
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #take(octets: Buffer): void {
    this.#octets = this.#octets.length === 0 ? octets : Buffer.concat([this.#octets, octets]);
    try {
      while (this.#octets.length > 0 && this.#step());
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Takes one head, or what there is of one body; false when more octets are needed. */
  #step(): boolean {
    const [current] = this.#waiting;
    if (current === undefined) throw new Error('The server said something that was not asked for');
    current.firstMs ??= performance.now();
    return this.#head === null ? this.#takeHead(current) : this.#takeBody();
  }

  #takeHead({ method }: Waiting): boolean {
    const end = findHeadEnd(this.#octets, 0);
    if (end === null && this.#octets.length <= HEAD_OCTETS_MAX) return false;
    if (end === null) throw new Error(`The head of the response is longer than ${HEAD_OCTETS_MAX} octets`);
    const head = parseResponseHead(this.#octets.toString('latin1', 0, end));
    this.#octets = this.#octets.subarray(end);
    // RFC 9110, section 15.2: the final response is still to come.
    if (head.status < 200) return true;
    const framing = responseFraming(method, head);
    if (framing.kind === 'fault') throw new Error(framing.because);
    this.#head = head;
    this.#framing = framing;
    this.#chunked = CHUNKED_START;
    if (framing.kind === 'none' || (framing.kind === 'length' && framing.octets === 0)) this.#complete();
    return true;
  }

  #takeBody(): boolean {
    if (this.#framing.kind === 'chunked') {
      const { state, data, used } = decodeChunked(this.#chunked, this.#octets);
      this.#chunked = state;
      this.#keep(data, used);
      if (state.kind !== 'complete') return false;
    } else {
      const left = this.#framing.kind === 'length' ? this.#framing.octets - this.#bodyOctets : this.#octets.length;
      const part = this.#octets.subarray(0, left);
      this.#keep([part], part.length);
      if (this.#framing.kind !== 'length' || this.#bodyOctets < this.#framing.octets) return false;
    }
    this.#complete();
    return true;
  }

  #keep(parts: readonly Uint8Array[], used: number): void {
    for (const part of parts) {
      this.#body.push(part);
      this.#bodyOctets += part.length;
    }
    if (this.#bodyOctets > BODY_OCTETS_MAX) throw new Error(`The object is longer than ${BODY_OCTETS_MAX} octets`);
    this.#octets = this.#octets.subarray(used);
  }

  #complete(): void {
    const head = this.#head!;
    const current = this.#waiting.shift()!;
    const doneMs = performance.now();
    current.resolve({ head, body: Buffer.concat(this.#body), firstMs: current.firstMs ?? doneMs, doneMs });
    this.#head = null;
    this.#body = [];
    this.#bodyOctets = 0;
    if (asksToClose(head.fields) || head.httpVersion === '1.0')
      this.#fail(new Error('The server closes the connection'));
  }

  #ended(): void {
    if (this.#head !== null && this.#framing.kind === 'until-close') this.#complete();
    this.#fail(new Error('The server closed the connection before its answer was complete'));
  }

  /** The connection is over: what still waits has no answer. */
  #fail(error: Error): void {
    this.#isOver = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    this.#socket.destroySoon();
  }
}
