import type { Socket } from 'node:net';

/** Connections at once, in all and of one address; more are closed at once (RFC 7766, section 6.2.2). */
const CONNECTIONS_MAX = 150;
const CONNECTIONS_OF_ADDRESS_MAX = 40;

/** The connections that a listener holds, within its limits. */
export class OpenConnections {
  readonly #sockets = new Set<Socket>();

  get size(): number {
    return this.#sockets.size;
  }

  /** Takes a new connection, or ends it where there are too many. */
  admit(socket: Socket): boolean {
    const ofAddress = [...this.#sockets].filter((other) => other.remoteAddress === socket.remoteAddress).length;
    if (this.#sockets.size >= CONNECTIONS_MAX || ofAddress >= CONNECTIONS_OF_ADDRESS_MAX) {
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    return true;
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
