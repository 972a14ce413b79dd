import type { ExternalLogger } from 'nodemailer/lib/shared';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { commandReport, smtpDataReport, smtpReplyReport } from '../reports.ts';

/** One conversation over one connection, of this host as client or as server. */
interface Conversation {
  readonly host: Host;
  client: Endpoint;
  readonly server: Endpoint;
  /** Groups what belongs to the connection; each mail transaction has an exchange of its own. */
  readonly connection: { readonly exchange: string; readonly cause: string | undefined };
  exchange: string;
  cause: string | undefined;
  because: string | undefined;
}

/** Reports a conversation line by line. Passwords never come here: the library's log has hidden them. */
export class SmtpTranscript {
  readonly #about: Conversation;

  constructor(host: Host, client: Endpoint, server: Endpoint, cause?: string) {
    const exchange = host.newExchange();
    this.#about = { host, client, server, connection: { exchange, cause }, exchange, cause, because: undefined };
  }

  get exchange(): string {
    return this.#about.exchange;
  }

  /** The client's port, once it is known. */
  learnPort(port: number): void {
    this.#about.client = { ...this.#about.client, port };
  }

  /** A mail transaction begins; `cause` is the exchange that brought its message here, where that is known. */
  beginTransaction(cause?: string): void {
    this.#about.exchange = this.#about.host.newExchange();
    this.#about.cause = cause;
  }

  /** The talk is about the connection again. */
  endTransaction(): void {
    Object.assign(this.#about, this.#about.connection);
  }

  /** Why the next reply will be what it is. */
  explain(because: string): void {
    this.#about.because = because;
  }

  command(line: string): void {
    const { host, client, server, exchange, cause } = this.#about;
    host.report(commandReport('smtp', { exchange, cause, from: client, to: server, line }));
  }

  reply(line: string): void {
    const { host, client, server, exchange, cause, because } = this.#about;
    host.report(smtpReplyReport({ exchange, cause, from: server, to: client, line, because }));
    this.#about.because = undefined;
  }

  data(octets: number): void {
    const { host, client, server, exchange, cause } = this.#about;
    host.report(
      smtpDataReport({ exchange, cause, from: client, to: server, line: `${octets} octets of mail data` }, octets),
    );
  }
}

/** What both libraries write into their logs, as far as it is read here. */
interface LogEntry {
  readonly tnx?: string;
  readonly cid?: string;
  readonly bytes?: number;
  readonly outByteCount?: number;
  readonly localPort?: number;
}

/** A log for smtp-server that tells `find(connection id)` what was said. */
export function serverLog(find: (id: string) => SmtpTranscript | undefined): ExternalLogger {
  const debug = (entry: LogEntry, ...words: unknown[]) => {
    const transcript = find(entry.cid ?? '');
    const line = String(words[1] ?? '');
    if (transcript === undefined) return;
    if (entry.tnx === 'command') takeCommand(transcript, line);
    else if (entry.tnx === 'send') transcript.reply(line);
    else if (entry.tnx === 'data') transcript.data(entry.bytes ?? 0);
  };
  return { debug, info: ignore, warn: ignore, error: ignore };
}

function takeCommand(transcript: SmtpTranscript, line: string): void {
  if (/^MAIL /i.test(line)) transcript.beginTransaction();
  else if (/^(EHLO|HELO|RSET|QUIT|NOOP)\b/i.test(line)) transcript.endTransaction();
  transcript.command(line);
}

/** A log for nodemailer's SMTPConnection. */
export function clientLog(transcript: SmtpTranscript, onReply: (reply: string) => void): ExternalLogger {
  const debug = (entry: LogEntry, ...words: unknown[]) => {
    const line = String(words[0] ?? '');
    if (entry.tnx === 'client') transcript.command(line);
    if (entry.tnx !== 'server') return;
    onReply(line);
    transcript.reply(line);
  };
  const info = (entry: LogEntry) => {
    if (entry.tnx === 'message') transcript.data(entry.outByteCount ?? 0);
    if (entry.tnx === 'network' && entry.localPort !== undefined) transcript.learnPort(entry.localPort);
  };
  return { debug, info, warn: ignore, error: ignore };
}

function ignore(): void {}
