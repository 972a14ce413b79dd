import type { Socket } from 'node:net';
import { untilDrained } from '#shared/host/drained.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { formatForReport } from '../protocol/pop3-command.ts';
import { commandReport, pop3ReplyReport } from '../reports.ts';
import { LineInput } from './line-input.ts';
import type { TlsUpgrade } from './upgrade-to-tls.ts';

/** How long the last words may take to reach the client, in milliseconds. */
const CLOSING_MS = 5_000;

/** The connection of a POP3 session: lines in, octets out, and a report of each command and each response. */
export class Pop3Wire {
  readonly client: Endpoint;
  readonly exchange: string;
  /** Aborts when the client has ended, with or without waiting for its answers: nobody is kept waiting on purpose. */
  readonly gone: AbortSignal;
  readonly #host: Host;
  readonly #here: Endpoint;
  readonly #idleMs: number;
  readonly #ended = new AbortController();
  #socket: Socket;
  #input: LineInput;
  /** Octets after which the connection breaks; for a fault on purpose. */
  #octetsLeft = Number.POSITIVE_INFINITY;

  /** @param idleMs how long the client may be silent, in milliseconds */
  constructor(host: Host, socket: Socket, idleMs: number) {
    this.#host = host;
    this.client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.#here = { address: socket.localAddress ?? host.address, port: socket.localPort ?? 0 };
    this.exchange = host.newExchange();
    this.gone = this.#ended.signal;
    this.#idleMs = idleMs;
    this.#socket = socket;
    this.#input = this.#listen(socket);
  }

  /** As `LineInput` does, when the client has taken what it was told: one that does not read has to wait with its commands. */
  async next(octetsMax: number): Promise<Buffer | 'too-long' | null> {
    await this.#flush();
    return this.#input.next(octetsMax);
  }

  command(line: string, isSaslResponse: boolean): void {
    const { exchange, client } = this;
    const shown = () => formatForReport(line, isSaslResponse);
    this.#host.report(() => commandReport('pop3', { exchange, from: client, to: this.#here, line: shown() }));
  }

  reply(line: string, because?: string): void {
    if (!this.#socket.writable) return;
    this.#send(Buffer.from(`${line}\r\n`));
    this.#told(line, because);
  }

  /** Waits while the client does not read. */
  async write(octets: Uint8Array): Promise<void> {
    this.#send(octets);
    if (this.#socket.writableNeedDrain) await this.#flush();
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Tells the client to begin, and goes on behind the handshake; what it has sent up to now is forgotten. False when that failed. */
  async beginTls(upgrade: TlsUpgrade, line: string): Promise<boolean> {
    this.#input.release();
    this.#socket.off('end', this.#over).off('close', this.#over);
    this.#told(line, 'what follows cannot be read on the way');
    const secure = await upgrade.upgrade(this.#socket, `${line}\r\n`);
    if (secure === null) {
      this.#over();
      return false;
    }
    this.#socket = secure;
    this.#input = this.#listen(secure);
    return true;
  }

  /** Breaks the connection after so many more octets. */
  breakAfter(octets: number): void {
    this.#octetsLeft = octets;
    if (octets === 0) this.#socket.destroy();
  }

  /** Ends the connection when the client has everything; one that does not read is not waited for. */
  hangUp(): void {
    this.#input.release();
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.end();
    // What still comes is not heard, but taken: a connection with unread octets would be reset, and the last words lost.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), CLOSING_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  #listen(socket: Socket): LineInput {
    socket.setNoDelay(true);
    // RFC 1939, section 3: a session that times out removes nothing.
    socket.setTimeout(this.#idleMs, () => socket.destroy());
    // A client that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    socket.on('end', this.#over).on('close', this.#over);
    return new LineInput(socket);
  }

  /** What is said in answer to one command goes out together, in as few packets as will do. */
  #send(octets: Uint8Array): void {
    if (!this.#socket.writable) return;
    if (this.#socket.writableCorked === 0) this.#socket.cork();
    if (octets.length < this.#octetsLeft) {
      this.#octetsLeft -= octets.length;
      this.#socket.write(octets);
      return;
    }
    const socket = this.#socket;
    socket.end(octets.subarray(0, this.#octetsLeft), () => socket.destroy());
  }

  async #flush(): Promise<void> {
    this.#socket.uncork();
    if (this.#socket.writableNeedDrain) await untilDrained(this.#socket);
  }

  #told(line: string, because?: string): void {
    const { exchange, client } = this;
    const said = { exchange, from: this.#here, to: client, line, because };
    this.#host.report(() => pop3ReplyReport(said, Buffer.byteLength(line) + 2));
  }

  readonly #over = () => {
    this.#ended.abort();
  };
}
