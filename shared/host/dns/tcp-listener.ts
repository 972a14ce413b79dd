/** DNS over TCP (RFC 7766): dns2's server class, with connections of our own that keep limits and deadlines. */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Endpoint } from '../../report.ts';
import { TCPServer } from './dns2-servers.ts';
import { OpenConnections } from './open-connections.ts';
import type { Respond } from './request.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Connections that wait to be accepted. */
const BACKLOG = 64;

export class TcpListener extends TCPServer {
  readonly #here: Endpoint;
  readonly #respond: Respond;
  readonly #log: Logger;
  readonly #open = new OpenConnections();

  constructor(here: Endpoint, respond: Respond, log: Logger) {
    super();
    this.#here = here;
    this.#respond = respond;
    this.#log = log;
  }

  get openConnections(): number {
    return this.#open.size;
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
    this.#open.destroyAll();
    return new Promise((resolve) => this.close(() => resolve()));
  }

  /** dns2 calls this for each new connection. */
  handle(socket: Socket): void {
    if (!this.#open.admit(socket)) return;
    new TcpConnection(socket, { transport: 'tcp', here: this.#here, respond: this.#respond, log: this.#log });
  }
}
