import { connect, type Socket } from 'node:net';
import { type Field, type Fields, fieldValue } from '../fields.ts';

/** A response as it stood on the wire. */
export interface RawResponse {
  readonly statusLine: string;
  readonly status: number;
  readonly fields: Fields;
  readonly body: Buffer;
  /** The lines as they came, with CRLF. */
  readonly head: string;
  field(name: string): string | undefined;
}

/** Longest wait for an answer, and for the end of a connection that must end, in milliseconds: for a server that never does it. */
const WAIT_MS = 30_000;

/** How long a connection that should stay is watched, in milliseconds. */
const STAY_MS = 25;

/** A TCP connection that sends what it is told, octet for octet, and takes responses apart by their framing. */
export class RawClient {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => {
      this.#received = Buffer.concat([this.#received, octets]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static open(address: string, port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, allowHalfOpen: true }, () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  /** Sends one text on a connection of its own and returns its response. */
  static async ask(
    address: string,
    port: number,
    text: string,
    isHead = false,
  ): Promise<RawResponse & { closed: boolean }> {
    const client = await RawClient.open(address, port);
    client.send(text);
    const response = await client.response(isHead);
    const closed =
      response.field('Connection') === 'close' ? await client.closes() : await client.closesWithin(STAY_MS);
    client.destroy();
    return { ...response, closed };
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** Whether the server closes, however slow this machine is. */
  closes(): Promise<boolean> {
    return this.closesWithin(WAIT_MS);
  }

  /** Whether the server has closed, or does so within `ms`. */
  async closesWithin(ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!this.#ended && performance.now() < deadline) await this.#more(deadline);
    return this.#ended;
  }

  /** Octets that have come and belong to no response yet. */
  get pending(): string {
    return this.#received.toString('latin1');
  }

  get isClosed(): boolean {
    return this.#ended;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async response(isHead = false): Promise<RawResponse> {
    const end = await this.#find('\r\n\r\n');
    const head = this.#take(end + 4).toString('latin1');
    const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n');
    const fields = lines.map(
      (line): Field => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()],
    );
    const status = Number(statusLine.split(' ')[1]);
    const body = await this.#body(isHead || status < 200 || status === 204 || status === 304, fields);
    return { statusLine, status, fields, body, head, field: (name) => fieldValue(fields, name) };
  }

  async #body(isEmpty: boolean, fields: Fields): Promise<Buffer> {
    if (isEmpty) return Buffer.alloc(0);
    if (fieldValue(fields, 'Transfer-Encoding') === 'chunked') return this.#chunks();
    const length = fieldValue(fields, 'Content-Length');
    if (length !== undefined) {
      await this.#until(() => this.#received.length >= Number(length));
      return this.#take(Number(length));
    }
    await this.#until(() => this.#ended);
    return this.#take(this.#received.length);
  }

  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const end = await this.#find('\r\n');
      const octets = Number.parseInt(this.#take(end + 2).toString('latin1'), 16);
      await this.#until(() => this.#received.length >= octets + 2);
      chunks.push(this.#take(octets));
      this.#take(2);
      if (octets === 0) return Buffer.concat(chunks);
    }
  }

  #take(octets: number): Buffer {
    const taken = this.#received.subarray(0, octets);
    this.#received = this.#received.subarray(octets);
    return taken;
  }

  async #find(text: string): Promise<number> {
    await this.#until(() => this.#received.includes(text));
    return this.#received.indexOf(text);
  }

  async #until(isThere: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!isThere()) {
      if (this.#ended) throw new Error(`The connection ended after: ${this.pending.slice(0, 200)}`);
      if (performance.now() > deadline)
        throw new Error(`No answer in ${WAIT_MS} ms, only: ${this.pending.slice(0, 200)}`);
      await this.#more(deadline);
    }
  }

  #more(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - performance.now()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
