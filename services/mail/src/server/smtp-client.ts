import { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer/lib/errors';
import SMTPConnection, { type SMTPConnectionSendInfo, type SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { type DeliveryOutcome, outcomeOf, permanentFailure, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { QueueEntry, Recipient } from '../protocol/mail-queue.ts';
import { isInternationalized } from '../protocol/mailbox-address.ts';
import { parseSmtpReply, type SmtpReply } from '../protocol/smtp-reply.ts';
import { clientLog, SmtpTranscript } from './smtp-transcript.ts';

/** How long another server may be silent, in milliseconds: between RFC 5321, section 4.5.3.2's minutes and a lab's patience. */
const SILENCE_MS_MAX = 60_000;
/** How long a closed connection may linger, in milliseconds. */
const CLOSE_MS_MAX = 500;
/** How long QUIT may take, in milliseconds. */
const QUIT_MS_MAX = 2_000;
/** Longest reply, in octets. */
const REPLY_OCTETS_MAX = 64 * 1024;

export interface SmtpServerAddress {
  /** Its name, for reports and for the sender. */
  readonly name: string;
  readonly endpoint: Endpoint;
}

/** Why a server could not be talked to. */
export class SmtpConnectError extends Error {
  override readonly name = 'SmtpConnectError';
  /** What it said instead of a greeting; null when it said nothing. */
  readonly reply: SmtpReply | null;

  constructor(message: string, reply: SmtpReply | null) {
    super(message);
    this.reply = reply;
  }
}

/** A connection to another mail server, over which messages are sent one after the other (RFC 5321, section 3.3). */
export class SmtpClient {
  readonly server: SmtpServerAddress;
  readonly #connection: SMTPConnection;
  readonly #transcript: SmtpTranscript;
  /** Keywords of the reply to EHLO, in upper case, with their arguments. */
  readonly #extensions: ReadonlyMap<string, string>;
  #isAlive = true;
  #sent = 0;

  private constructor(server: SmtpServerAddress, connection: SMTPConnection, transcript: SmtpTranscript, ehlo: string) {
    this.server = server;
    this.#connection = connection;
    this.#transcript = transcript;
    this.#extensions = readExtensions(ehlo);
    connection.once('end', () => {
      this.#isAlive = false;
    });
  }

  /** @throws SmtpConnectError */
  static open(
    host: Host,
    server: SmtpServerAddress,
    {
      helo,
      connectTimeoutMs,
      cause,
      signal,
    }: { helo: string; connectTimeoutMs: number; cause: string; signal: AbortSignal },
  ): Promise<SmtpClient> {
    const transcript = new SmtpTranscript(host, { address: host.address, port: 0 }, server.endpoint, cause);
    let lastReply = '';
    const connection = new SMTPConnection({
      host: server.endpoint.address,
      port: server.endpoint.port,
      localAddress: host.address,
      name: helo,
      // The lab has no certificates yet, and mail between servers is not refused for want of one (RFC 3207, section 4).
      ignoreTLS: true,
      transactionLog: true,
      logger: clientLog(transcript, (reply) => {
        lastReply = reply;
      }),
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: Math.max(connectTimeoutMs, SILENCE_MS_MAX),
      socketTimeout: SILENCE_MS_MAX,
      socketCloseTimeout: CLOSE_MS_MAX,
      maxResponseSize: REPLY_OCTETS_MAX,
    });
    return new Promise((resolve, reject) => {
      const fail = (error: NodemailerError) => {
        reject(new SmtpConnectError(error.message, error.responseCode ? parseSmtpReply(String(error.response)) : null));
        connection.close();
      };
      // Also keeps a later error of a connection that is no longer used from ending the program.
      connection.on('error', fail);
      connection.once('end', () => reject(new SmtpConnectError('the connection ended', null)));
      signal.addEventListener('abort', () => reject(new SmtpConnectError('this server is stopping', null)), {
        once: true,
      });
      connection.connect((error) => {
        if (error) fail(error);
        else if (signal.aborted) connection.close();
        else resolve(new SmtpClient(server, connection, transcript, lastReply));
      });
    });
  }

  /** Whether another message may be sent. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Messages sent over this connection. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends one message to recipients who share their DSN parameters; tells what became of each. Never rejects. */
  async send(
    entry: QueueEntry,
    recipients: readonly Recipient[],
    message: AsyncIterable<Uint8Array>,
  ): Promise<Map<string, DeliveryOutcome>> {
    const toAll = (outcome: DeliveryOutcome) => new Map(recipients.map(({ address }) => [address, outcome]));
    const impossible = this.#lacks(entry, recipients);
    if (impossible !== null) return toAll(impossible);
    this.#transcript.beginTransaction(entry.exchange);
    const result = await this.#transfer(envelopeFor(entry, recipients), message);
    this.#sent += 1;
    const outcomes = result.error === null ? this.#outcomes(result.info) : this.#failures(result.error, toAll);
    // Without a reply nobody knows where the conversation stands: what comes next could be read as mail data.
    if (result.error !== null && !result.error.responseCode) this.close();
    else if (result.error !== null && this.#isAlive) await this.#reset();
    this.#transcript.endTransaction();
    return outcomes;
  }

  async quit(): Promise<void> {
    if (!this.#isAlive) return;
    this.#transcript.endTransaction();
    await new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, QUIT_MS_MAX);
      this.#connection.once('end', () => {
        clearTimeout(patience);
        resolve();
      });
      this.#connection.quit();
    });
    this.close();
  }

  /** Breaks the connection off. */
  close(): void {
    this.#connection.close();
  }

  /** What the message needs and the server does not offer. */
  #lacks(entry: QueueEntry, recipients: readonly Recipient[]): DeliveryOutcome | null {
    const addresses = [entry.reversePath, ...recipients.map(({ address }) => address)];
    const needsUtf8 = entry.needsSmtpUtf8 || addresses.some(isInternationalized);
    if (needsUtf8 && !this.#extensions.has('SMTPUTF8')) {
      // RFC 6531, section 3.2: returned, never mangled.
      return permanentFailure('5.6.7', `${this.server.name} does not offer SMTPUTF8, which the addresses need`);
    }
    const octetsMax = Number(this.#extensions.get('SIZE') ?? 0);
    if (octetsMax > 0 && entry.octets > octetsMax) {
      // RFC 1870, section 6.3: not even tried.
      return permanentFailure('5.3.4', `${this.server.name} takes messages of ${octetsMax} octets at most`);
    }
    if (entry.isEightBit && !this.#extensions.has('8BITMIME')) {
      // RFC 6152, section 3: converted or returned; this server returns it.
      return permanentFailure('5.6.3', `${this.server.name} does not offer 8BITMIME, which the message needs`);
    }
    return null;
  }

  #transfer(
    envelope: SMTPEnvelope,
    message: AsyncIterable<Uint8Array>,
  ): Promise<{ error: null; info: SMTPConnectionSendInfo } | { error: NodemailerError; info: null }> {
    return new Promise((resolve) => {
      const onEnd = () =>
        resolve({
          error: Object.assign(new Error('The connection ended'), { code: 'ECONNECTION' }) as NodemailerError,
          info: null,
        });
      this.#connection.once('end', onEnd);
      this.#connection.send(envelope, Readable.from(message, { objectMode: false }), (error, info) => {
        this.#connection.off('end', onEnd);
        resolve(error || info === undefined ? { error: error as NodemailerError, info: null } : { error: null, info });
      });
    });
  }

  #outcomes(info: SMTPConnectionSendInfo): Map<string, DeliveryOutcome> {
    const accepted = outcomeOf(parseSmtpReply(info.response), this.server.name, this.#extensions.has('DSN'));
    const outcomes = new Map(info.accepted.map((address) => [address, accepted]));
    for (const error of info.rejectedErrors ?? []) outcomes.set(String(error.recipient), this.#rejection(error));
    return outcomes;
  }

  #failures(
    error: NodemailerError,
    toAll: (outcome: DeliveryOutcome) => Map<string, DeliveryOutcome>,
  ): Map<string, DeliveryOutcome> {
    const outcomes = toAll(this.#rejection(error));
    for (const rejected of error.rejectedErrors ?? [])
      outcomes.set(String(rejected.recipient), this.#rejection(rejected));
    return outcomes;
  }

  /** A reply, or its absence: then nobody knows what the server did, and the message is sent again (RFC 1047). */
  #rejection(error: NodemailerError): DeliveryOutcome {
    if (error.responseCode) return outcomeOf(parseSmtpReply(String(error.response)), this.server.name, false);
    return temporaryFailure('4.4.2', `The connection to ${this.server.name} broke: ${error.message}`, false);
  }

  #reset(): Promise<void> {
    return new Promise((resolve) => {
      this.#connection.once('end', () => resolve());
      this.#connection.reset((error) => {
        if (error) this.close();
        resolve();
      });
    });
  }
}

/** RFC 5321, section 4.1.1.1: each line after the first is a keyword and its arguments. */
function readExtensions(ehlo: string): Map<string, string> {
  const lines = ehlo.split(/\r?\n/).slice(1);
  return new Map(
    lines.map((line) => [
      line.slice(4).split(' ', 1)[0]?.toUpperCase() ?? '',
      line.slice(4).split(' ').slice(1).join(' '),
    ]),
  );
}

function envelopeFor(entry: QueueEntry, recipients: readonly Recipient[]): SMTPEnvelope {
  const [first] = recipients;
  const { envid, ret } = entry;
  const dsn = {
    ret,
    envid,
    notify: first?.notify === null || first === undefined ? null : [...first.notify],
    orcpt: first?.orcpt ?? null,
  };
  const hasDsn = Object.values(dsn).some((value) => value !== null);
  return {
    from: entry.reversePath,
    to: recipients.map(({ address }) => address),
    size: entry.octets,
    use8BitMime: entry.isEightBit,
    ...(hasDsn ? { dsn } : {}),
  };
}
