import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { SMTPServerOptions } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import { type ConnectionGuards, GuardedConnection } from './guarded-connection.ts';
import { boundHandshake } from './half-closed.ts';
import { SMTPServer } from './mail-libraries.ts';

/** smtp-server with guarded connections, which stops at once. */
export class GuardedServer extends SMTPServer {
  readonly guards: ConnectionGuards;
  readonly #connections = new Map<string, GuardedConnection>();
  readonly #waitingPerClientMax: number;

  /**
   * @param waitingPerClientMax connections of one address that wait for their greeting, before which nobody asks whose they
   * are; and as many whose handshake is under way, where TLS begins with the first octet.
   */
  constructor(
    options: SMTPServerOptions,
    tls: TlsServerOptions,
    guards: ConnectionGuards,
    waitingPerClientMax: number,
  ) {
    // RFC 9293, section 3.6: a client that has closed its side may wait for the answers.
    super({ ...options, ...tls, allowHalfOpen: true });
    this.guards = guards;
    this.#waitingPerClientMax = waitingPerClientMax;
  }

  /** The library would make a context for every listener at its start; most are never asked for TLS. */
  override updateSecureContext(): void {
    this.secureContext = new SecureContextOnDemand(this.options);
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const isWaiting = ({ isGreeted, remoteAddress }: GuardedConnection) =>
      !isGreeted && remoteAddress === socket.remoteAddress;
    if ([...this.#connections.values()].filter(isWaiting).length >= this.#waitingPerClientMax) {
      socket.on('error', () => {});
      socket.end('421 4.7.0 Too many connections from your address\r\n', () => socket.destroy());
      return;
    }
    const connection = new GuardedConnection(this, socket, options);
    this.connections.add(connection);
    this.#connections.set(connection.id, connection);
    connection.once('gone', () => this.#connections.delete(connection.id));
    connection.on('error', (error) => this.emit('error', error));
    connection.on('connect', (info) => this.emit('connect', info));
    connection.init();
  }

  /** The library bounds the handshakes of all clients together: one that never makes its own would keep all others out. */
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    const isOfClient = ({ remoteAddress }: Socket) => remoteAddress === socket.remoteAddress;
    const underway = [...this._pendingSockets.keys()].filter(isOfClient).length;
    if (!handshake || underway < this.#waitingPerClientMax) return super._acceptSocket(socket, handshake);
    // Where TLS is expected, nothing can be said.
    socket.on('error', () => {});
    socket.destroy();
    return false;
  }

  /** With TLS from the first octet: the handshake has its time. */
  override _upgrade(socket: Socket, callback: (error: Error | null, tlsSocket?: TLSSocket) => void): void {
    super._upgrade(socket, callback);
    const tlsSocket = this._pendingSockets.get(socket);
    if (tlsSocket !== undefined) boundHandshake(tlsSocket);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Breaks a connection off. */
  drop(id: string): void {
    this.#connections.get(id)?.drop();
  }

  /** Says 421 to everybody, as RFC 5321, section 3.8 asks, and closes. */
  stop(): Promise<void> {
    for (const connection of this.connections) connection.send(421, '4.3.2 The server is shutting down');
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    // Sockets are not waited for: what was written to them is sent by the operating system.
    for (const connection of this.#connections.values()) connection._socket.destroySoon();
    return closed;
  }
}

/** The one context of a server, made when a client first asks for TLS, whatever name it asks for (RFC 6066, section 3). */
class SecureContextOnDemand extends Map<string, SecureContext> {
  readonly #options: SMTPServerOptions;
  #context: SecureContext | undefined;

  constructor({ key, cert, minVersion }: SMTPServerOptions) {
    super();
    this.#options = { key, cert, minVersion };
  }

  override get(): SecureContext {
    this.#context ??= createSecureContext(this.#options);
    return this.#context;
  }
}
