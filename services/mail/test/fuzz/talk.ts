import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from '#shared/report.ts';

/** A connection that says octets and gathers what comes, one character for each octet. */
export class Talk {
  #socket: Socket;
  #heard = '';
  #isEnded = false;
  #tell: () => void = () => {};

  constructor(server: Endpoint, localAddress: string) {
    const { address: host, port } = server;
    this.#socket = connect({ host, port, localAddress, noDelay: true, allowHalfOpen: true });
    this.#listen();
  }

  /** What has come since the connection, or TLS, began. */
  get heard(): string {
    return this.#heard;
  }

  /** Whether the server has closed its side, or the connection is broken. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  say(text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.from(text, 'latin1'));
  }

  /** Waits until `isHeard`, or until the server has ended, or for so long. Whether `isHeard` at the end. */
  async until(isHeard: (heard: string) => boolean, msMax: number): Promise<boolean> {
    const deadline = performance.now() + msMax;
    while (!isHeard(this.#heard) && !this.#isEnded && performance.now() < deadline) {
      const told = Promise.withResolvers<void>();
      this.#tell = told.resolve;
      const timer = setTimeout(told.resolve, Math.max(1, deadline - performance.now()));
      await told.promise;
      clearTimeout(timer);
    }
    return isHeard(this.#heard);
  }

  /** Waits for the end of a line after what has been heard until now. */
  async answer(msMax: number): Promise<boolean> {
    const before = this.#heard.length;
    return this.until((heard) => heard.length > before && heard.endsWith('\r\n'), msMax);
  }

  /** Begins TLS; what has been heard before is put away. False where no handshake comes about. */
  async startTls(): Promise<boolean> {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.removeAllListeners('end');
    plain.removeAllListeners('close');
    const socket = connectTls({ socket: plain, rejectUnauthorized: false });
    const isBegun = await Promise.race([
      once(socket, 'secureConnect').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(
        () => false,
        () => false,
      ),
    ]);
    this.#socket = socket;
    this.#heard = '';
    this.#listen();
    return isBegun;
  }

  /** Ends our side. */
  end(): void {
    if (!this.#socket.destroyed) this.#socket.end();
  }

  break(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const end = () => {
      this.#isEnded = true;
      this.#tell();
    };
    this.#socket.on('data', (octets: Buffer) => {
      this.#heard += octets.toString('latin1');
      this.#tell();
    });
    this.#socket.on('error', end).on('end', end).on('close', end);
  }
}
