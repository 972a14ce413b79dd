/**
 * DNS over TLS (RFC 7858): inside of TLS it is DNS over TCP, with the same limits and deadlines. A client may ask for ALPN
 * "dot" or for none; TLS is resumed by tickets.
 */
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Endpoint } from '../../report.ts';
import { HANDSHAKE_MS, type TlsServerOptions } from '../tls.ts';
import { OpenConnections } from './open-connections.ts';
import type { Respond } from './request.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Connections that wait to be accepted. */
const BACKLOG = 64;

export class TlsListener {
  readonly #here: Endpoint;
  readonly #server: Server;
  readonly #log: Logger;
  readonly #open = new OpenConnections();

  constructor(here: Endpoint, tls: TlsServerOptions, respond: Respond, log: Logger, handshakeMs = HANDSHAKE_MS) {
    this.#here = here;
    this.#log = log;
    this.#server = createServer({
      ...tls,
      ALPNProtocols: ['dot'],
      handshakeTimeout: handshakeMs,
      allowHalfOpen: true,
      noDelay: true,
    });
    this.#server.on('connection', (socket) => this.#open.admit(socket));
    // A handshake that fails or takes too long leaves the connection half open: for us it is over.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      new TcpConnection(socket, { transport: 'tls', here, respond, log });
    });
  }

  get openConnections(): number {
    return this.#open.size;
  }

  start(): Promise<void> {
    return listen(this.#server, this.#here, (error) => this.#log.warn(`DNS over TLS: ${error.message}`));
  }

  stop(): Promise<void> {
    this.#open.destroyAll();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Resolves when `server` listens; what fails later goes to `onError`. */
export function listen(
  server: Pick<Server, 'listen' | 'once' | 'off' | 'on'>,
  { address, port }: Endpoint,
  onError: (error: Error) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', onError);
      resolve();
    });
  });
}
