import type { ExternalLogger } from 'nodemailer/lib/shared';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { showAuth, showFirstWord } from '../protocol/shown-line.ts';
import { commandReport, smtpDataReport, smtpReplyReport, smtpTlsReport } from '../reports.ts';

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

/** Reports a conversation line by line. Passwords never come here: the library's log and `shown` have hidden them. */
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
    host.report(() => commandReport('smtp', { exchange, cause, from: client, to: server, line }));
  }

  reply(line: string): void {
    const { host, client, server, exchange, cause, because } = this.#about;
    host.report(() => smtpReplyReport({ exchange, cause, from: server, to: client, line, because }));
    this.#about.because = undefined;
  }

  data(octets: number): void {
    const { host, client, server, exchange, cause } = this.#about;
    host.report(() =>
      smtpDataReport({ exchange, cause, from: client, to: server, line: `${octets} octets of mail data` }, octets),
    );
  }

  /** The connection has TLS from now on. */
  secured({ name, version }: { readonly name: string; readonly version: string }): void {
    const { host, client, server, exchange, cause } = this.#about;
    const line = `${version} with ${name}`;
    host.report(() => smtpTlsReport({ exchange, cause, from: client, to: server, line }, { version, cipher: name }));
  }
}

/** What smtp-server writes into its log, as far as it is read here. */
interface LogEntry {
  readonly tnx?: string;
  readonly cid?: string;
}

/** A log for smtp-server that tells `find(connection id)` what was said. Mail data is told when it is whole, by the door. */
export function serverLog(find: (id: string) => SmtpTranscript | undefined): ExternalLogger {
  const debug = (entry: LogEntry, ...words: unknown[]) => {
    const transcript = find(entry.cid ?? '');
    const line = String(words[1] ?? '');
    if (transcript === undefined) return;
    if (entry.tnx === 'command') takeCommand(transcript, line);
    else if (entry.tnx === 'send') transcript.reply(line);
  };
  return { debug, info: ignore, warn: ignore, error: ignore };
}

function takeCommand(transcript: SmtpTranscript, line: string): void {
  if (/^MAIL /i.test(line)) transcript.beginTransaction();
  else if (/^(EHLO|HELO|RSET|QUIT|NOOP)\b/i.test(line)) transcript.endTransaction();
  transcript.command(shown(line));
}

/** Commands that carry no password. */
const OPEN = /^(?:EHLO|HELO|MAIL|RCPT|DATA|RSET|NOOP|QUIT|VRFY|EXPN|HELP|STARTTLS)(?:[ :]|$)/i;
/** What the library writes for the lines of an authentication that follow AUTH. */
const SECURED = '/* secured */';

function shown(line: string): string {
  if (OPEN.test(line) || line === SECURED) return line;
  return /^AUTH(?:\s|$)/i.test(line) ? showAuth(line) : showFirstWord(line);
}

function ignore(): void {}
