import type { Socket } from 'node:net';

/** The sending side of a client's connection: what is written in one go leaves in one piece, and who takes nothing is cut. */
export class ClientOutlet {
  readonly #socket: Socket;
  readonly #sendMs: number;
  #corked = false;
  #waiting: ((room: boolean) => void)[] = [];

  /** @param sendMs how long a client may take none of the octets that wait for it */
  constructor(socket: Socket, sendMs: number, onRoom: () => void) {
    this.#socket = socket;
    this.#sendMs = sendMs;
    socket.on('drain', () => {
      socket.setTimeout(0).removeAllListeners('timeout');
      this.#tell(true);
      onRoom();
    });
  }

  /** Whether so much waits for the client that more has to wait. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Text stands for octets (Latin-1). */
  put(octets: string | Uint8Array): void {
    const socket = this.#socket;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    const hasRoom = typeof octets === 'string' ? socket.write(octets, 'latin1') : socket.write(octets);
    if (!hasRoom) this.#watch();
  }

  /** The head and the body of one answer, now. */
  putWhole(head: Uint8Array, body: Uint8Array | null): void {
    const socket = this.#socket;
    if (body !== null) socket.cork();
    socket.write(head);
    if (body !== null) {
      socket.write(body);
      socket.uncork();
    }
    if (this.isFull) this.#watch();
  }

  /** Resolves when there is room for more; false: the client is gone. */
  room(): Promise<boolean> {
    if (this.#socket.destroyed) return Promise.resolve(false);
    if (!this.isFull) return Promise.resolve(true);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  closed(): void {
    this.#tell(false);
  }

  #watch(): void {
    const socket = this.#socket;
    // Node looks itself whether octets have left meanwhile.
    if (!socket.timeout) socket.setTimeout(this.#sendMs, () => socket.destroy());
  }

  #tell(room: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell(room);
  }
}
