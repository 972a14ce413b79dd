import type { Socket } from 'node:net';
import { untilDrained } from '#shared/host/drained.ts';

/** Octets that wait for a client that does not read before commands wait too. */
const WAITING_OCTETS_MAX = 256 * 1024;
/** Characters that are gathered before they are written: many responses are short. */
const GATHERED_LENGTH_MAX = 64 * 1024;

/** Octets that are cheaper copied than written by themselves. */
const SMALL_OCTETS = 16 * 1024;

/** What goes to the client, gathered into few writes. */
export class ImapOutput {
  readonly #socket: Socket;
  #gathered = '';
  /** Octets that still go before the connection breaks on purpose. */
  #octetsLeft = Number.POSITIVE_INFINITY;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** One character for each octet. */
  write(text: string): void {
    if (this.#gathered === '') queueMicrotask(() => this.flush());
    this.#gathered += text;
    if (this.#gathered.length > GATHERED_LENGTH_MAX) this.flush();
  }

  writeOctets(octets: Uint8Array): void {
    if (octets.length <= SMALL_OCTETS) {
      this.write(Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1'));
      return;
    }
    this.flush();
    if (this.#socket.writable) this.#socket.write(octets.subarray(0, this.#octetsLeft));
    this.#count(octets.length);
  }

  flush(): void {
    const text = this.#gathered;
    this.#gathered = '';
    if (text === '') return;
    if (this.#socket.writable) this.#socket.write(text.slice(0, this.#octetsLeft), 'latin1');
    this.#count(text.length);
  }

  /** Breaks the connection when so many more octets have gone: a fault on purpose. */
  breakAfter(octets: number): void {
    this.flush();
    this.#octetsLeft = octets;
    this.#count(0);
  }

  #count(octets: number): void {
    this.#octetsLeft -= octets;
    if (this.#octetsLeft <= 0) this.#socket.destroySoon();
  }

  /** Whether the client has to read before it is sent more. */
  get isFull(): boolean {
    return this.#socket.writableLength >= WAITING_OCTETS_MAX && this.#socket.writable;
  }

  /** Waits while the client does not read. */
  async drained(): Promise<void> {
    this.flush();
    if (this.isFull) await untilDrained(this.#socket);
  }
}
