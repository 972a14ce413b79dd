import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { Patience } from '#shared/host/patience.ts';
import { HANDSHAKE_MS, type TlsServerOptions } from '#shared/host/tls.ts';

/** Ours ends first: that of Node counts time in which this process did not run. */
const LIBRARY_HANDSHAKE_MS = 600_000;

/**
 * TLS for connections that a protocol of lines has or will have: begun by a command (STLS and STARTTLS, RFC 2595), or spoken
 * from the first octet (RFC 8314, section 3). It knows no protocol. Node's TLS is loaded when the first client asks for it.
 */
export class TlsUpgrade {
  readonly #options: TlsServerOptions;
  readonly #handshakeMs: number;
  #server: Promise<Server> | null = null;
  /** Handshakes under way, by the client's endpoint: Node's server does not tell which connection it has secured. */
  readonly #underway = new Map<string, (secure: TLSSocket) => void>();

  /** @param handshakeMs how long a client may take from being told to begin until TLS is there, in milliseconds */
  constructor(options: TlsServerOptions, handshakeMs = HANDSHAKE_MS) {
    this.#options = options;
    this.#handshakeMs = handshakeMs;
  }

  /** Makes the handshake with a client that speaks TLS at once; call it before anything is read. Null when that fails. */
  async accept(plain: Socket): Promise<TLSSocket | null> {
    plain.pause();
    return this.#within(plain, (server) => this.#handshake(server, plain));
  }

  /**
   * Throws away what the client has sent, tells it to begin, and makes the handshake. Nobody reads the plain socket from the
   * moment of this call, and the caller forgets what it has read and not yet obeyed: a command that somebody put in front of the
   * handshake must not be obeyed behind it. Null when the handshake fails or takes too long; the connection is then closed.
   *
   * @param announcement the reply that allows the client to begin, with its line end
   */
  async upgrade(plain: Socket, announcement: string): Promise<TLSSocket | null> {
    plain.pause();
    plain.removeAllListeners('data');
    return this.#within(plain, async (server) => {
      while (plain.read() !== null);
      // A client waits for this before it begins; what comes from now on is its handshake, or breaks the handshake.
      await new Promise<void>((resolve) => plain.write(announcement, () => resolve()));
      return this.#handshake(server, plain);
    });
  }

  /** Gives `work` its time. */
  async #within(plain: Socket, work: (server: Server) => Promise<TLSSocket | null>): Promise<TLSSocket | null> {
    // A client that resets its connection is no fault of ours; "close" follows.
    plain.on('error', () => {});
    plain.setTimeout(0);
    const patience = new Patience(this.#handshakeMs, () => plain.destroy());
    try {
      this.#server ??= this.#open();
      const secure = await work(await this.#server);
      return secure?.destroyed ? null : secure;
    } finally {
      patience.end();
    }
  }

  async #open(): Promise<Server> {
    const { createServer } = await import('node:tls');
    const server = createServer({ ...this.#options, handshakeTimeout: LIBRARY_HANDSHAKE_MS });
    server.on('secureConnection', (secure: TLSSocket) => {
      const resolve = this.#underway.get(endpoint(secure));
      if (resolve === undefined) secure.destroy();
      else resolve(secure);
    });
    // A handshake that fails leaves the connection half open: for us it is over.
    server.on('tlsClientError', (_error, secure) => secure.destroy());
    return server;
  }

  #handshake(server: Server, plain: Socket): Promise<TLSSocket | null> {
    if (plain.destroyed || plain.remotePort === undefined) return Promise.resolve(null);
    const client = endpoint(plain);
    // A client that ends before TLS is there cannot be answered. Later it can (RFC 9293, section 3.6).
    plain.allowHalfOpen = false;
    return new Promise<TLSSocket | null>((resolve) => {
      const end = () => resolve(null);
      this.#underway.set(client, (secure) => {
        plain.off('close', end);
        secure.allowHalfOpen = true;
        // What is no TLS any more cannot be answered.
        secure.on('error', () => secure.destroy());
        resolve(secure);
      });
      plain.once('close', end);
      server.emit('connection', plain);
    }).finally(() => this.#underway.delete(client));
  }
}

function endpoint({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
