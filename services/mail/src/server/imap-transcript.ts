import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import type { CommandPiece } from '../protocol/imap/command-reader.ts';
import { hideSecrets } from '../protocol/imap/hidden-secrets.ts';
import { commandReport, imapResponseReport } from '../reports.ts';

/** Responses to one command that are reported one by one; the others are counted. */
const RESPONSES_MAX = 20;

/** Tells the observatory what is said on a connection: an exchange for each command, from its tag to its reply. */
export class ImapTranscript {
  readonly client: Endpoint;
  readonly #host: Host;
  readonly #here: Endpoint;
  #exchange: string;
  #responses = 0;

  constructor(host: Host, socket: Socket) {
    this.#host = host;
    this.client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.#here = { address: socket.localAddress ?? host.address, port: socket.localPort ?? 0 };
    this.#exchange = host.newExchange();
  }

  command(pieces: readonly CommandPiece[]): void {
    this.#exchange = this.#host.newExchange();
    this.#responses = 0;
    this.#said(hideSecrets(pieces));
  }

  /** A line that answers a continuation request. */
  line(text: string): void {
    this.#said(/^(done|\*)$/i.test(text) ? text : '********');
  }

  response(line: string): void {
    // What goes on behind a literal is no response of its own.
    if (line[0] !== '*' && line[0] !== '+') return;
    this.#responses += 1;
    if (this.#responses <= RESPONSES_MAX) this.#answered(line, undefined);
  }

  get exchange(): string {
    return this.#exchange;
  }

  /** The reply that ends a command, and how many responses before it were not told. */
  reply(line: string, because: string | undefined): void {
    const left = this.#responses - RESPONSES_MAX;
    const told = left > 0 ? `${left} more responses came before it` : undefined;
    this.#answered(line, because ?? told);
  }

  #said(line: string): void {
    const exchange = this.#exchange;
    this.#host.report(() => commandReport('imap', { exchange, from: this.client, to: this.#here, line }));
  }

  #answered(line: string, because: string | undefined): void {
    const exchange = this.#exchange;
    this.#host.report(() => imapResponseReport({ exchange, from: this.#here, to: this.client, line, because }));
  }
}
