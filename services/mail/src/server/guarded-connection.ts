import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';

/** Octets that came last, as many as "DATA" and its line end with some blanks need. */
const TAIL_OCTETS = 16;

/**
 * A connection of smtp-server with what the library leaves to its user: enhanced status codes of our choice, no mail data
 * before 354, and non-ASCII addresses only after SMTPUTF8.
 */
class GuardedConnection extends SMTPConnection {
  #tail = '';

  override init(): void {
    this._socket.prependListener('data', (octets: Buffer) => {
      this.#tail = (this.#tail + octets.subarray(-TAIL_OCTETS).toString('latin1')).slice(-TAIL_OCTETS);
    });
    super.init();
  }

  /** A text that begins with an enhanced status code keeps it; the library would put its own before it. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasStatus = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data);
    super.send(code, data, hasStatus ? false : context);
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    // RFC 2920, section 3.1: DATA is the last command of a group. What stands behind it came before we said 354.
    if (this.session.envelope.rcptTo.length > 0 && !/DATA[ \t]*\r?\n$/i.test(this.#tail)) {
      this.send(554, '5.5.0 Mail data came before it was asked for');
      this.close();
      callback();
      return;
    }
    super.handler_DATA(command, callback);
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    this.#withAsciiUnless(/ SMTPUTF8( |$)/i.test(command.toString('latin1')), command, callback, () =>
      super.handler_MAIL(command, callback),
    );
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    this.#withAsciiUnless(this.session.envelope.smtpUtf8 === true, command, callback, () =>
      super.handler_RCPT(command, callback),
    );
  }

  /** RFC 6531, section 3.4: a non-ASCII address needs the parameter SMTPUTF8. */
  #withAsciiUnless(hasSmtpUtf8: boolean, command: Buffer, callback: () => void, obey: () => void): void {
    if (hasSmtpUtf8 || command.every((octet) => octet < 0x80)) {
      obey();
      return;
    }
    this.send(553, '5.6.7 A non-ASCII address needs SMTPUTF8');
    callback();
  }
}

/** smtp-server with guarded connections, which stops at once. */
export class GuardedServer extends SMTPServer {
  readonly #sockets = new Set<Socket | TLSSocket>();

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection = new GuardedConnection(this, socket, options);
    this.connections.add(connection);
    connection.on('error', (error) => this.emit('error', error));
    connection.on('connect', (info) => this.emit('connect', info));
    connection.init();
  }

  get connectionCount(): number {
    return this.#sockets.size;
  }

  /** Says 421 to everybody, as RFC 5321, section 3.8 asks, and closes. */
  stop(): Promise<void> {
    for (const connection of this.connections) connection.send(421, '4.3.2 The server is shutting down');
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    // Sockets are not waited for: what was written to them is sent by the operating system.
    for (const socket of this.#sockets) socket.destroySoon();
    return closed;
  }
}
