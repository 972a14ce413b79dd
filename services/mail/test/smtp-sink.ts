import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';

/** A message as it came over the wire. */
export interface SunkMessage {
  readonly mail: string;
  readonly rcpt: readonly string[];
  /** From the octet after DATA's line end to CRLF.CRLF, dots still doubled. */
  readonly data: string;
  readonly connection: number;
}

export interface SinkOptions {
  readonly address: string;
  /**
   * What to answer to `verb` (CONNECT, EHLO, MAIL, ..., DOT): a reply, 'DROP' to break the connection, '' for silence;
   * undefined for what a server says that takes everything.
   */
  readonly answer?: (verb: string, line: string, connection: number) => string | undefined;
  /** Extensions in the reply to EHLO. */
  readonly extensions?: readonly string[];
  /** Key and certificate for STARTTLS. */
  readonly tls?: TlsOptions;
}

/** A mail server of a few lines, which keeps the octets that it was sent, and errs where it is told to. */
export class SmtpSink {
  readonly messages: SunkMessage[] = [];
  /** Every command, with the number of its connection. */
  readonly said: { connection: number; line: string }[] = [];
  readonly #options: SinkOptions;
  readonly #sockets = new Set<Socket>();
  /** Connections whose clients have not said QUIT. */
  readonly #open = new Set<Socket>();
  readonly #server: Server;
  connections = 0;
  openAtOnceMost = 0;

  static async open(options: SinkOptions): Promise<SmtpSink> {
    const sink = new SmtpSink(options);
    await new Promise<void>((resolve, reject) => {
      sink.#server.once('error', reject);
      sink.#server.listen(25, options.address, resolve);
    });
    return sink;
  }

  private constructor(options: SinkOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  get openNow(): number {
    return this.#open.size;
  }

  verbs(connection?: number): string[] {
    return this.said
      .filter((one) => connection === undefined || one.connection === connection)
      .map(({ line }) => line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '');
  }

  /** Ends every connection; what was said before arrives. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.openAtOnceMost = Math.max(this.openAtOnceMost, this.openNow + 1);
    const connection = this.connections;
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    this.#open.add(socket);
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#sockets.delete(socket);
    });
    this.#converse(socket, connection);
    this.#say(socket, 'CONNECT', '', connection);
  }

  #converse(socket: Socket, connection: number): void {
    let held = '';
    let inData = false;
    let mail = '';
    let rcpt: string[] = [];
    socket.on('error', () => {});
    socket.on('data', (octets: Buffer) => {
      held += octets.toString('latin1');
      for (;;) {
        const end = held.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const text = held.slice(0, inData ? end + 2 : end);
        held = held.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          const reply = this.#say(socket, 'DOT', text, connection);
          if (reply.startsWith('250')) this.messages.push({ mail, rcpt, data: text, connection });
          [mail, rcpt] = ['', []];
          continue;
        }
        this.said.push({ connection, line: text });
        const verb = text.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
        if (verb === 'STARTTLS' && this.#options.tls !== undefined) {
          socket.write('220 go\r\n');
          socket.removeAllListeners('data');
          this.#converse(new TLSSocket(socket, { isServer: true, ...this.#options.tls }), connection);
          return;
        }
        const reply = this.#say(socket, verb === 'DATA' && rcpt.length === 0 ? 'NODATA' : verb, text, connection);
        if (verb === 'MAIL') mail = text;
        if (verb === 'RCPT' && reply.startsWith('250')) rcpt.push(text);
        inData = verb === 'DATA' && reply.startsWith('354');
      }
    });
  }

  #say(socket: Socket, verb: string, line: string, connection: number): string {
    const reply = this.#options.answer?.(verb, line, connection) ?? this.#usual(verb);
    if (reply === 'DROP') socket.destroy();
    else if (reply !== '') socket.write(reply);
    if (verb === 'QUIT') {
      this.#open.delete(socket);
      socket.end();
    }
    return reply;
  }

  #usual(verb: string): string {
    if (verb === 'CONNECT') return '220 sink.example ESMTP\r\n';
    if (verb === 'QUIT') return '221 2.0.0 bye\r\n';
    if (verb === 'DATA') return '354 go\r\n';
    if (verb === 'NODATA') return '503 5.5.1 nobody to send to\r\n';
    if (!['EHLO', 'HELO', 'MAIL', 'RCPT', 'DOT', 'RSET', 'NOOP'].includes(verb)) return '502 5.5.2 what?\r\n';
    if (verb !== 'EHLO') return '250 2.0.0 ok\r\n';
    const { extensions = ['PIPELINING', '8BITMIME'], tls } = this.#options;
    const offered = ['sink.example', ...extensions, ...(tls === undefined ? [] : ['STARTTLS'])];
    return offered.map((word, index) => `250${index === offered.length - 1 ? ' ' : '-'}${word}\r\n`).join('');
  }
}
