import type { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer/lib/errors';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionSendInfo, SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import type { Endpoint } from '#shared/report.ts';
import { type DeliveryOutcome, outcomeOf, permanentFailure, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { Dialogue } from '../protocol/dialogue.ts';
import type { QueueEntry, Recipient } from '../protocol/mail-queue.ts';
import { isInternationalized } from '../protocol/mailbox-address.ts';
import type { RecipientReplies } from '../protocol/recipient-replies.ts';
import { parseSmtpReply } from '../protocol/smtp-reply.ts';
import { openMailDataSource } from './mail-data-source.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import type { SilenceWatch } from './silence-watch.ts';
import type { SmtpTranscript } from './smtp-transcript.ts';

/** How long QUIT may take, in milliseconds. */
const QUIT_MS_MAX = 2_000;

/** The last line of a reply has no hyphen behind its code (RFC 5321, section 4.2.1). */
const WHOLE_REPLY = /(?:^|\n)\d{3}(?: [^\n]*)?$/;

/** What nodemailer's SMTPConnection has received and not read: replies, and the beginning of a line. */
interface HeldReplies {
  readonly _responseQueue: string[];
  readonly _remainder: string;
}

export interface SmtpServerAddress {
  /** Its name, for reports and for the sender. */
  readonly name: string;
  readonly endpoint: Endpoint;
}

/** A connection that was opened and greeted, and what follows it. */
export interface OpenedConnection {
  readonly connection: SMTPConnection;
  readonly transcript: SmtpTranscript;
  readonly silence: SilenceWatch;
  readonly dialogue: Dialogue;
  readonly replies: RecipientReplies;
  /** The last reply to EHLO or HELO. */
  readonly ehlo: string;
}

/** A connection to another mail server, over which messages are sent one after the other (RFC 5321, section 3.3). */
export class SmtpClient {
  readonly server: SmtpServerAddress;
  readonly dialogue: Dialogue;
  readonly #connection: SMTPConnection;
  readonly #transcript: SmtpTranscript;
  readonly #silence: SilenceWatch;
  readonly #replies: RecipientReplies;
  /** Keywords of the reply to EHLO, in upper case, with their arguments. */
  readonly #extensions: ReadonlyMap<string, string>;
  #isAlive = true;
  #sent = 0;
  /** Why this side broke the connection off. */
  #brokenOff: string | null = null;

  constructor(server: SmtpServerAddress, opened: OpenedConnection) {
    const { connection, transcript, silence, dialogue, replies, ehlo } = opened;
    this.server = server;
    this.dialogue = dialogue;
    this.#connection = connection;
    this.#transcript = transcript;
    this.#silence = silence;
    this.#replies = replies;
    this.#extensions = readExtensions(ehlo);
    connection.once('end', () => {
      this.#isAlive = false;
      silence.stop();
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

  /** Whether the server offers an extension. @param keyword in upper case */
  offers(keyword: string): boolean {
    return this.#extensions.has(keyword);
  }

  /** What the addresses and header fields need and the server does not offer. */
  lacks(entry: QueueEntry, recipients: readonly Recipient[]): DeliveryOutcome | null {
    const addresses = [entry.reversePath, ...recipients.map(({ address }) => address)];
    const needsUtf8 = entry.needsSmtpUtf8 || addresses.some(isInternationalized);
    if (!needsUtf8 || this.offers('SMTPUTF8')) return null;
    // RFC 6531, section 3.2: returned, never mangled.
    return permanentFailure('5.6.7', `${this.server.name} does not offer SMTPUTF8, which the message needs`);
  }

  /** Sends one message to recipients who share their DSN parameters; tells what became of each. Never rejects. */
  async send(
    entry: QueueEntry,
    recipients: readonly Recipient[],
    message: OutgoingMessage,
  ): Promise<Map<string, DeliveryOutcome>> {
    const toAll = (outcome: DeliveryOutcome) => new Map(recipients.map(({ address }) => [address, outcome]));
    const octetsMax = Number(this.#extensions.get('SIZE') ?? 0);
    if (octetsMax > 0 && message.octets > octetsMax) {
      // RFC 1870, section 6.3: not even tried.
      const text = `${this.server.name} takes messages of ${octetsMax} octets at most`;
      return toAll(permanentFailure('5.3.4', text));
    }
    this.#transcript.beginTransaction(entry.exchange);
    this.dialogue.beginTransaction();
    this.#replies.beginTransaction();
    nameSmtpUtf8(this.#connection, entry.needsSmtpUtf8);
    const source = openMailDataSource(message, this.#silence, this.#connection);
    const result = await this.#transfer(envelopeFor(entry, recipients, message), source);
    // A file that is not read to its end is closed.
    source.destroy();
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

  /** Breaks the connection off. @param because what the sender may be told */
  close(because?: string): void {
    this.#brokenOff ??= because ?? null;
    this.#connection.close();
  }

  #transfer(
    envelope: SMTPEnvelope,
    source: Readable,
  ): Promise<{ error: null; info: SMTPConnectionSendInfo } | { error: NodemailerError; info: null }> {
    return new Promise((resolve) => {
      const ended = () => Object.assign(new Error('The connection ended'), { code: 'ECONNECTION' }) as NodemailerError;
      // The library may end the connection first, and tell why in the same turn.
      const onEnd = () => void setImmediate(() => resolve({ error: ended(), info: null }));
      this.#connection.once('end', onEnd);
      this.#connection.send(envelope, source, (error, info) => {
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
    this.#takeUnread();
    for (const [recipient, reply] of this.#replies.refusals) {
      outcomes.set(recipient, outcomeOf(reply, this.server.name, false));
    }
    return outcomes;
  }

  /** Replies that came together with the end of the connection: the library holds them, and reads no further. */
  #takeUnread(): void {
    const { _responseQueue: held, _remainder: rest } = this.#connection as unknown as HeldReplies;
    // Logged before what is held, a line without an end would be taken for the answer to another command.
    const isCut = rest.trim() !== '';
    if (isCut) this.#replies.dropLast();
    for (const octets of held.splice(0)) {
      const reply = Buffer.from(octets, 'latin1').toString();
      if (!WHOLE_REPLY.test(reply)) continue;
      if (!isCut) this.#replies.reply(reply);
      this.dialogue.add('S', reply);
      this.#transcript.reply(reply);
    }
  }

  /** A reply, or its absence: then nobody knows what the server did, and the message is sent again (RFC 1047). */
  #rejection(error: NodemailerError): DeliveryOutcome {
    if (error.responseCode) {
      const outcome = outcomeOf(parseSmtpReply(String(error.response)), this.server.name, false);
      // What is said as the connection ends is the answer to no command: a reason to wait, and not to give up.
      if (outcome.kind !== 'permanent' || error.command !== 'CONN') return outcome;
    }
    const reason = this.#brokenOff ?? error.message;
    return temporaryFailure('4.4.2', `The connection to ${this.server.name} broke: ${reason}`, false);
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

function envelopeFor(entry: QueueEntry, recipients: readonly Recipient[], message: OutgoingMessage): SMTPEnvelope {
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
    size: message.octets,
    use8BitMime: message.isEightBit,
    ...(hasDsn ? { dsn } : {}),
  };
}

/**
 * nodemailer names SMTPUTF8 in MAIL when an address needs it. A header section may need it as well (RFC 6531, section 3.4),
 * and for that the library has no option: the keyword is added to the line that it sends.
 */
function nameSmtpUtf8(connection: SMTPConnection, isNeeded: boolean): void {
  const sender = connection as unknown as { _sendCommand(line: string, logged?: string): void };
  const { _sendCommand: send } = Object.getPrototypeOf(connection) as typeof sender;
  sender._sendCommand = (line, logged) => {
    const isBare = isNeeded && line.startsWith('MAIL FROM:') && !/> .*\bSMTPUTF8\b/.test(line);
    send.call(connection, isBare ? `${line} SMTPUTF8` : line, logged);
  };
}
