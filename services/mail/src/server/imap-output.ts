import type { Socket } from 'node:net';

/** Octets that wait for a client that does not read before commands wait too. */
const WAITING_OCTETS_MAX = 256 * 1024;
/** Characters that are gathered before they are written: many responses are short. */
const GATHERED_LENGTH_MAX = 16 * 1024;

/** What goes to the client, gathered into few writes. */
export class ImapOutput {
  readonly #socket: Socket;
  #gathered = '';

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
    this.flush();
    if (this.#socket.writable) this.#socket.write(octets);
  }

  flush(): void {
    const text = this.#gathered;
    this.#gathered = '';
    if (text !== '' && this.#socket.writable) this.#socket.write(Buffer.from(text, 'latin1'));
  }

  /** Waits while the client does not read. */
  async drained(): Promise<void> {
    this.flush();
    if (this.#socket.writableLength < WAITING_OCTETS_MAX || !this.#socket.writable) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }
}
