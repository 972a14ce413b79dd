import { connect, type Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { Patience } from '#shared/host/patience.ts';
import type { Endpoint } from '#shared/report.ts';
import type { AddressBook } from '../protocol/address-book.ts';
import { ReceiveMemory } from './receive-memory.ts';

/** Dials that are under way at once, and in one second. */
const DIALS_AT_ONCE_MAX = 8;
const DIALS_PER_S_MAX = 20;
const CONNECT_MS_MAX = 5_000;

export interface DiallerOptions {
  readonly host: Host;
  readonly book: AddressBook;
  /** Whom to dial next; null when there is nobody, or no place for one more. */
  next(): Endpoint | null;
  connected(socket: Socket, endpoint: Endpoint): void;
}

/** Dials other peers, a few at once: a list of addresses may name a host that has not asked for it. */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #memory = new ReceiveMemory();
  readonly #sockets = new Set<Socket>();
  #dialsThisSecond = 0;
  #isStopped = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** Dials that are under way. */
  get count(): number {
    return this.#sockets.size;
  }

  /** A second has passed. */
  tick(): void {
    this.#dialsThisSecond = 0;
    this.dial();
  }

  /** Dials whom it may. */
  dial(): void {
    while (!this.#isStopped && this.#sockets.size < DIALS_AT_ONCE_MAX && this.#dialsThisSecond < DIALS_PER_S_MAX) {
      const endpoint = this.#options.next();
      if (endpoint === null) return;
      this.#dialsThisSecond += 1;
      this.#dialOne(endpoint);
    }
  }

  /** Gives up the dials that are under way. */
  giveUp(): void {
    const sockets = [...this.#sockets];
    this.#sockets.clear();
    for (const socket of sockets) socket.destroy();
  }

  stop(): void {
    this.#isStopped = true;
    this.giveUp();
  }

  #dialOne(endpoint: Endpoint): void {
    const { host, book, connected } = this.#options;
    const socket: Socket = connect({
      host: endpoint.address,
      port: endpoint.port,
      localAddress: host.address,
      onread: this.#memory.onread(() => socket),
    });
    this.#sockets.add(socket);
    const patience = new Patience(CONNECT_MS_MAX, () => socket.destroy());
    const failed = () => {
      patience.end();
      // It was given up, and whoever is known at this address now was told anew.
      if (!this.#sockets.delete(socket)) return;
      book.failed(endpoint, host.clock.now());
      this.dial();
    };
    // What went wrong is of no interest: "close" follows, and the address is tried again later.
    socket.on('error', () => {});
    socket.once('close', failed);
    socket.once('connect', () => {
      patience.end();
      socket.off('close', failed);
      this.#sockets.delete(socket);
      connected(socket, endpoint);
      this.dial();
    });
  }
}
