import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { formatReply, type Reply } from '../protocol/imap/response.ts';
import { ImapInput } from './imap-input.ts';
import type { IncomingMessages } from './imap-message.ts';
import { ImapOutput } from './imap-output.ts';
import type { Wire } from './imap-session.ts';
import { ImapTranscript } from './imap-transcript.ts';
import type { TlsUpgrade } from './upgrade-to-tls.ts';

/** How long the last words may take to reach the client, in milliseconds. */
const CLOSING_MS = 5_000;

/** What carries the octets of one connection: a socket, and another one from STARTTLS on. All that is said is reported. */
export class ImapChannel implements Wire {
  readonly transcript: ImapTranscript;
  /** Of the command that runs. */
  incoming: IncomingMessages | null = null;
  readonly #tls: TlsUpgrade;
  readonly #onSilence: () => void;
  readonly #gone = new AbortController();
  #socket: Socket;
  #input: ImapInput;
  #output: ImapOutput;
  #isSecure: boolean;
  #silenceMs: number;
  /** While the handshake is made nothing can be said. */
  #isUpgrading = false;

  constructor(
    host: Host,
    tls: TlsUpgrade,
    socket: Socket,
    options: { isSecure: boolean; silenceMs: number; onSilence: () => void },
  ) {
    this.#tls = tls;
    this.#socket = socket;
    this.#isSecure = options.isSecure;
    this.#silenceMs = options.silenceMs;
    this.#onSilence = options.onSilence;
    this.#input = new ImapInput(socket);
    this.#output = new ImapOutput(socket);
    this.transcript = new ImapTranscript(host, socket);
    this.#watch();
  }

  get input(): ImapInput {
    return this.#input;
  }

  get clientAddress(): string {
    return this.transcript.client.address;
  }

  get isSecure(): boolean {
    return this.#isSecure;
  }

  get isOpen(): boolean {
    return this.#socket.writable && !this.#isUpgrading;
  }

  get isFull(): boolean {
    return this.#output.isFull;
  }

  get fault(): Wire['fault'] {
    return { exchange: this.transcript.exchange, gone: this.#gone.signal };
  }

  /** How long the client may be silent from now on. */
  allowSilence(ms: number): void {
    this.#silenceMs = ms;
    this.#socket.setTimeout(ms);
  }

  send(line: string): void {
    this.#output.write(`${line}\r\n`);
    this.transcript.response(line);
  }

  sendOctets(octets: Uint8Array): void {
    this.#output.writeOctets(octets);
  }

  reply(tag: string, reply: Reply): void {
    if (!this.isOpen) return;
    const line = formatReply(tag, reply);
    this.#output.write(`${line}\r\n`);
    this.transcript.reply(line, reply.because);
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }

  breakAfter(octets: number): void {
    this.#output.breakAfter(octets);
  }

  async readLine(): Promise<string | null> {
    const event = await this.#input.next('line');
    if (event?.kind !== 'line') return null;
    this.transcript.line(event.text);
    return event.text;
  }

  messages(): IncomingMessages {
    if (this.incoming === null) throw new Error('a command asked for a message that does not come');
    return this.incoming;
  }

  /** RFC 3501, section 6.2.1: what came before the handshake and was not obeyed is forgotten. */
  async startTls(tag: string, reply: Reply): Promise<boolean> {
    const plain = this.#socket;
    const line = formatReply(tag, reply);
    this.#output.flush();
    this.#input.detach();
    plain.removeAllListeners('timeout');
    this.#isUpgrading = true;
    this.transcript.reply(line, reply.because);
    const secure = await this.#tls.upgrade(plain, `${line}\r\n`);
    this.#isUpgrading = false;
    if (secure === null) return false;
    this.#socket = secure;
    this.#input = new ImapInput(secure);
    this.#output = new ImapOutput(secure);
    this.#isSecure = true;
    this.#watch();
    return true;
  }

  end(): void {
    this.#output.flush();
    this.#socket.destroySoon();
    // One that does not read is not waited for.
    this.#socket.setTimeout(CLOSING_MS, () => this.#socket.destroy());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #watch(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setTimeout(this.#silenceMs, this.#onSilence);
    // A client that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    // A client that ends may have given up: nobody is kept waiting on purpose.
    for (const over of ['end', 'close']) socket.on(over, () => this.#gone.abort());
  }
}
