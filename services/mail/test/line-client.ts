import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

/**
 * How long a client waits for what is to come, in milliseconds: it goes on as soon as that is there, and a busy machine is slow.
 */
export const PATIENCE_MS = 60_000;

/** A client that speaks a protocol of lines by hand. */
export class LineClient {
  #socket: Socket;
  #received = '';
  #isClosed = false;
  #wake: () => void = () => {};

  /**
   * @param tls for a port with TLS from the first octet.
   * @param localAddress whose connection it is.
   */
  constructor(address: string, port: number, tls?: ConnectionOptions, localAddress?: string) {
    const place = { host: address, port, ...(localAddress === undefined ? {} : { localAddress }) };
    this.#socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls });
    this.#socket.setNoDelay(true);
    this.#listen();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('error', () => {});
    socket.on('data', (octets: Buffer) => {
      this.#received += octets.toString('latin1');
      this.#wake();
    });
    socket.on('close', () => {
      this.#isClosed = this.#isClosed || socket === this.#socket;
      this.#wake();
    });
  }

  /** The handshake on this connection; what is sent from then on is secret. Rejects when it fails. */
  async startTls(tls: ConnectionOptions): Promise<TLSSocket> {
    this.#socket.removeAllListeners('data');
    const secure = connectTls({ ...tls, socket: this.#socket });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve);
      secure.once('error', reject);
      secure.once('close', () => reject(new Error('closed during the handshake')));
    });
    this.#socket = secure;
    this.#listen();
    return secure;
  }

  get socket(): Socket {
    return this.#socket;
  }

  get all(): string {
    return this.#received;
  }

  send(octets: string | Uint8Array): void {
    this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** Waits until what was received (and not yet taken) matches, and takes it. */
  async until(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        const taken = this.#received.slice(0, match.index + match[0].length);
        this.#received = this.#received.slice(taken.length);
        return taken;
      }
      if (this.#isClosed || performance.now() > deadline)
        throw new Error(`waited for ${pattern}, got ${JSON.stringify(this.#received)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 50);
      });
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Like `until`, but null when nothing that matches comes within `ms`, or the server closes. */
  async within(pattern: RegExp, ms: number): Promise<string | null> {
    const deadline = performance.now() + ms;
    while (!pattern.test(this.#received)) {
      if (this.#isClosed || performance.now() > deadline) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 10);
      });
    }
    return this.until(pattern);
  }

  /** Sends a line and waits for an SMTP reply. */
  async ask(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** One whole reply of SMTP: lines with a hyphen, and one without. */
  reply(): Promise<string> {
    return this.until(/(?:^|\n)\d{3}(?: [^\n]*)?\r\n/);
  }

  /** Resolves with everything that came when the server has closed; rejects when it does not. */
  async closed(): Promise<string> {
    await this.until(/(?!)/).catch((error: Error) => {
      if (!this.#isClosed) throw error;
    });
    return this.#received;
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  drop(): void {
    this.#socket.destroy();
  }
}
