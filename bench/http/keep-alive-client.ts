import { connect, type Socket } from 'node:net';
import type { Server } from '../processes.ts';

/** How long an answer may take before the run is given up, in milliseconds. */
const ANSWER_MS_MAX = 20_000;

export interface Answer {
  readonly status: number;
  /** Status line and fields, as they came. */
  readonly head: string;
  readonly body: Buffer;
  /** From the sending of the request to the first octet of the answer, in milliseconds. */
  readonly firstOctetMs: number;
}

/** One connection that is kept: asks for whole URLs, one after the other. */
export class KeepAliveClient {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #wake: (error?: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (octets: Buffer) => {
      this.#received.push(octets);
      this.#wake();
    });
    socket.on('error', (error) => this.#wake(error));
    socket.on('close', () => this.#wake(new Error('the server closed the connection')));
  }

  static open(server: Server, from?: string): Promise<KeepAliveClient> {
    return new Promise((resolve, reject) => {
      const options = {
        host: server.address,
        port: server.port,
        ...(from === undefined ? {} : { localAddress: from }),
      };
      const socket = connect(options, () => resolve(new KeepAliveClient(socket)));
      socket.once('error', reject);
    });
  }

  /** @throws Error where there is no whole answer in time */
  async get(url: string): Promise<Answer> {
    const begun = performance.now();
    this.#received = [];
    this.#socket.write(`GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`);
    await this.#more();
    const firstOctetMs = performance.now() - begun;
    for (;;) {
      const octets = Buffer.concat(this.#received);
      const end = octets.indexOf('\r\n\r\n');
      const head = octets.toString('latin1', 0, Math.max(0, end));
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (end >= 0 && Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`);
      if (end >= 0 && octets.length >= end + 4 + length) {
        return { status: Number(head.slice(9, 12)), head, body: octets.subarray(end + 4), firstOctetMs };
      }
      await this.#more();
    }
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
      this.#wake = (error) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }
}
