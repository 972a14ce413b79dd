/** DNS over TCP (RFC 7766): dns2's server class, with connections of our own that keep limits and deadlines. */
import type { Socket } from 'node:net';
import { TCPServer } from 'dns2';
import type { Logger } from 'pino';
import type { Endpoint } from '../../report.ts';
import type { Respond } from './request.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Connections at once, in all and of one address; more are closed at once (RFC 7766, section 6.2.2). */
const CONNECTIONS_MAX = 150;
const CONNECTIONS_OF_ADDRESS_MAX = 40;
/** Connections that wait to be accepted. */
const BACKLOG = 64;

export class TcpListener extends TCPServer {
  readonly #here: Endpoint;
  readonly #respond: Respond;
  readonly #log: Logger;
  readonly #sockets = new Set<Socket>();

  constructor(here: Endpoint, respond: Respond, log: Logger) {
    super();
    this.#here = here;
    this.#respond = respond;
    this.#log = log;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.listen({ host: this.#here.address, port: this.#here.port, backlog: BACKLOG }, () => {
        this.off('error', reject);
        this.on('error', (error: Error) => this.#log.warn(`DNS over TCP: ${error.message}`));
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.close(() => resolve()));
  }

  /** dns2 calls this for each new connection. */
  handle(socket: Socket): void {
    const ofAddress = [...this.#sockets].filter((other) => other.remoteAddress === socket.remoteAddress).length;
    if (this.#sockets.size >= CONNECTIONS_MAX || ofAddress >= CONNECTIONS_OF_ADDRESS_MAX) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    new TcpConnection(socket, this.#here, this.#respond, this.#log);
  }
}
