/**
 * A client that asks and counts octets, the same for every server: it looks for the tagged response at the end of what has come
 * and reads nothing else, so that it costs little beside the server.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '#shared/report.ts';

/** Octets at the end of what has come that may hold the tagged response. */
const TAIL_OCTETS = 512;
/** How long a response may take, in milliseconds. */
const PATIENCE_MS = 120_000;

/** What came in answer to one command. */
export interface ImapAnswer {
  readonly ms: number;
  readonly octets: number;
  /** The tagged response without its tag. */
  readonly status: string;
  /** All of it, where it was asked for. */
  readonly text: string;
}

export class ImapClient {
  readonly #socket: Socket;
  #tag = 0;
  #onOctets: (octets: Buffer) => void = () => {};
  #onEnd: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => this.#onOctets(octets));
    socket.on('error', (error) => this.#onEnd(error));
    socket.on('close', () => this.#onEnd(new Error('The server has closed the connection')));
  }

  /** Connects from `localAddress`, and waits for the greeting. */
  static async open({ address, port }: Endpoint, localAddress?: string): Promise<ImapClient> {
    const socket = connect({ host: address, port, noDelay: true, ...(localAddress && { localAddress }) });
    await once(socket, 'connect');
    const client = new ImapClient(socket);
    await client.#until((tail) => (/^\* .*\r\n$/.test(tail) ? tail : null), null);
    return client;
  }

  static async logIn(server: Endpoint, user: string, password: string, localAddress?: string): Promise<ImapClient> {
    const client = await ImapClient.open(server, localAddress);
    await client.ask(`LOGIN ${user} ${password}`);
    return client;
  }

  /** Asks, and waits for OK. `literal` is what follows a synchronizing literal's announcement. @throws Error for any other answer */
  async ask(
    command: string,
    { literal = null, isKept = false }: { literal?: Buffer | null; isKept?: boolean } = {},
  ): Promise<ImapAnswer> {
    this.#tag += 1;
    // Nothing in a message looks like this.
    const tag = `#${process.pid}.${this.#tag}#`;
    const kept: Buffer[] | null = isKept ? [] : null;
    const begun = performance.now();
    const words =
      literal === null ? [`${tag} ${command}\r\n`] : [`${tag} ${command} {${literal.length}+}\r\n`, literal, '\r\n'];
    this.#socket.cork();
    for (const word of words) this.#socket.write(word);
    this.#socket.uncork();
    const mark = `\n${tag} `;
    const { octets, found } = await this.#until((tail) => {
      const at = `\n${tail}`.lastIndexOf(mark);
      return at === -1 || !tail.endsWith('\r\n') ? null : `\n${tail}`.slice(at + mark.length).trimEnd();
    }, kept);
    const ms = performance.now() - begun;
    if (!found.startsWith('OK')) throw new Error(`${command.slice(0, 100)} is answered ${found}`);
    return { ms, octets, status: found, text: kept === null ? '' : Buffer.concat(kept).toString('latin1') };
  }

  close(): void {
    this.#onEnd = () => {};
    this.#socket.destroy();
  }

  #until(find: (tail: string) => string | null, kept: Buffer[] | null): Promise<{ octets: number; found: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ octets: number; found: string }>();
    const timer = setTimeout(() => reject(new Error('The server does not answer')), PATIENCE_MS);
    let octets = 0;
    let tail = '';
    this.#onOctets = (piece) => {
      octets += piece.length;
      kept?.push(piece);
      tail = (tail + piece.toString('latin1', Math.max(0, piece.length - TAIL_OCTETS))).slice(-TAIL_OCTETS);
      const found = find(tail);
      if (found !== null) resolve({ octets, found });
    };
    this.#onEnd = reject;
    return promise.finally(() => clearTimeout(timer));
  }
}
