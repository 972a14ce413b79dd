import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import type { SMTPServerAddress, SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import {
  formatMailboxAddress,
  isInternationalized,
  type MailboxAddress,
  parseMailboxAddress,
} from '../protocol/mailbox-address.ts';
import { parsePathArgument } from '../protocol/path-argument.ts';
import type { FaultOutcome } from './faults.ts';
import type { GuardedServer } from './guarded-server.ts';
import { boundHandshake, keepAnswerable } from './half-closed.ts';
import { ServerConnection } from './mail-libraries.ts';
import { SmtpInputStream } from './smtp-input-stream.ts';

/**
 * Refused commands of a connection, at most; a message that is taken begins the count anew. A person and a list of a hundred
 * recipients, all of them old names, stay below it, a search for names does not. RFC 5321, section 4.5.3.1.8: a hundred may
 * come in one transaction, and a client that does not hear what became of the last one tries all of them again.
 */
export const REFUSALS_MAX = 200;

/** A path as it was read; null for the null reverse-path and for `<postmaster>` without a domain. */
export interface ReadPath extends SMTPServerAddress {
  readonly mailbox: MailboxAddress | null;
}

/** What stands between a command and its being obeyed; null when nothing does. */
export interface ConnectionGuards {
  /** Whether a password may come over a connection without TLS. */
  readonly takesCleartextLogin: boolean;
  faultAt(stage: 'smtp-helo' | 'smtp-data', session: SMTPServerSession): Promise<FaultOutcome | null> | null;
  /** The client has closed its side of the connection. */
  hasEnded(session: SMTPServerSession): void;
}

/** A text that begins with an enhanced status code (RFC 2034). */
const WITH_STATUS = /^[245]\.\d{1,3}\.\d{1,3} /;

/** What the library calls its refusals of a path. */
const PATH_FAULT_CONTEXTS = ['SENDER_SYNTAX_ERROR', 'MAILBOX_SYNTAX_ERROR'];

/**
 * A connection of smtp-server with what the library leaves to its user: enhanced status codes of our choice, lines that end in
 * CRLF alone, paths by the grammar of RFC 5321, no mail data before 354, and passwords only where they may go.
 */
export class GuardedConnection extends ServerConnection {
  readonly #guards: ConnectionGuards;
  #refusals = 0;
  /** What was wrong with the last path that could not be read. */
  #pathFault = '';
  /** While the answer to EHLO or HELP is made. */
  #isListing = false;

  constructor(server: GuardedServer, socket: Socket | TLSSocket, options: SMTPConnectionOptions | null | undefined) {
    super(server, socket, options);
    this.#guards = server.guards;
  }

  override _createParser(): SmtpInputStream {
    const input = new SmtpInputStream();
    input.oncommand = (command, callback) => this._onCommand(command, callback);
    input.onBareLf = (callback) => {
      this.send(500, '5.5.2 A line ends in CRLF, not in LF alone: nc needs -C');
      callback();
    };
    input.on('error', (error) => this.send(421, `4.7.0 Closing: ${error.message}`));
    // The client has said all, and all that came whole is answered. Of a message that is not, nothing stays.
    input.once('finish', () => this.close());
    return input;
  }

  /**
   * A text that begins with an enhanced status code keeps it; the library would put its own before it. About a path, people who
   * type by hand are told what is wrong.
   */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasStatus = typeof data === 'string' && WITH_STATUS.test(data);
    const isPathFault = this.#pathFault !== '' && PATH_FAULT_CONTEXTS.includes(context || '');
    super.send(code, isPathFault ? `${data}: ${this.#pathFault}` : data, hasStatus ? false : context);
    if (context === 'DATA_OK') this.#refusals = 0;
    if (code >= 500) this.#refusals += 1;
    if (this.#refusals >= REFUSALS_MAX && !this._closing) super.send(421, '4.7.0 Too many errors', false);
  }

  /** Also after a handshake, for which the library takes every listener off the socket. */
  override _onClose(): void {
    super._onClose();
    this.emit('gone');
  }

  /** Whether the client was greeted, or is being let go. */
  get isGreeted(): boolean {
    return this._ready || this._closing;
  }

  /** Breaks the connection off. */
  drop(): void {
    this._socket.destroy();
  }

  override _setListeners(callback: () => void): void {
    this.#expectEnd(this._socket);
    super._setListeners(callback);
  }

  /** A handshake has a time of its own, which no trickle of octets extends. */
  override _armTimeout(socket: Socket = this._socket): void {
    if (!this._upgrading) {
      super._armTimeout(socket);
      return;
    }
    boundHandshake(socket, () => {
      this.#expectEnd(socket);
      super._armTimeout(socket);
    });
  }

  override _parseAddressCommand(prefix: string, command: Buffer | string): (ReadPath & { duplicate?: string }) | false {
    this.#pathFault = '';
    try {
      const { path, parameters, duplicate } = parsePathArgument(prefix.toUpperCase(), command.toString());
      const isBare = path === '' || (path.toLowerCase() === 'postmaster' && prefix === 'rcpt to');
      const mailbox = isBare ? null : readMailbox(path);
      const address = mailbox === null ? path : formatMailboxAddress(mailbox);
      const args = parameters.size > 0 && Object.fromEntries(parameters);
      return { address, mailbox, args, ...(duplicate === null ? {} : { duplicate }) };
    } catch (error) {
      this.#pathFault = (error as Error).message;
      return false;
    }
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.#guarded('smtp-helo', callback, () => {
      this.#isListing = true;
      super.handler_EHLO(command, callback);
      this.#isListing = false;
    });
  }

  /** AUTH is listed only where it is taken; elsewhere `handler_AUTH` says what is missing. */
  override _isSupported(command: string): boolean {
    return super._isSupported(command) && !(this.#isListing && command === 'AUTH' && this.#wantsTlsForLogin);
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    this.#guarded('smtp-helo', callback, () => super.handler_HELO(command, callback));
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    // Parameters of a MAIL that was refused are forgotten with it.
    if (!this.session.envelope.mailFrom) this._resetSession();
    const hasSmtpUtf8 = () => {
      const parsed = this._parseAddressCommand('mail from', command);
      return parsed === false || (parsed.args !== false && parsed.args.SMTPUTF8 !== undefined);
    };
    this.#withAsciiUnless(hasSmtpUtf8, command, callback, () => super.handler_MAIL(command, callback));
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    const hasSmtpUtf8 = () => this.session.envelope.smtpUtf8 === true;
    this.#withAsciiUnless(hasSmtpUtf8, command, callback, () => super.handler_RCPT(command, callback));
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    if (this.#refusesArgument(command, callback)) return;
    // RFC 2920, section 3.1: DATA is the last command of a group. What stands behind it came before we said 354.
    const isEarly = this._parser instanceof SmtpInputStream && this._parser.octetsBehindCommand > 0;
    if (this.session.envelope.rcptTo.length > 0 && isEarly) {
      this.send(554, '5.5.0 Mail data came before it was asked for');
      this.close();
      callback();
      return;
    }
    this.#guarded('smtp-data', callback, () => super.handler_DATA(command, callback));
  }

  override handler_RSET(command: Buffer, callback: () => void): void {
    if (!this.#refusesArgument(command, callback)) super.handler_RSET(command, callback);
  }

  override handler_QUIT(command: Buffer, callback: () => void): void {
    if (!this.#refusesArgument(command, callback)) super.handler_QUIT(command, callback);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (this.#wantsTlsForLogin) {
      // RFC 4954, section 6.
      this.send(538, '5.7.11 A password needs TLS: say STARTTLS first');
      callback();
    } else if (this.session.envelope.mailFrom) {
      // RFC 4954, section 4.
      this.send(503, '5.5.1 AUTH is not permitted during a mail transaction');
      callback();
    } else super.handler_AUTH(command, callback);
  }

  /** RFC 5321, section 7.3: who has a mailbox is told only to those who write to it. */
  override handler_VRFY(command: Buffer, callback: () => void): void {
    const hasArgument = /^\S+\s+\S/.test(command.toString());
    if (hasArgument) this.send(252, '2.0.0 Send a message to find out');
    else this.send(501, '5.5.4 VRFY needs a name');
    callback();
  }

  handler_EXPN(_command: Buffer, callback: () => void): void {
    this.send(502, '5.5.1 Lists are not told');
    callback();
  }

  override handler_HELP(_command: Buffer, callback: () => void): void {
    const commands = [
      'EHLO',
      'HELO',
      'MAIL',
      'RCPT',
      'DATA',
      'RSET',
      'NOOP',
      'QUIT',
      'VRFY',
      'HELP',
      'STARTTLS',
      'AUTH',
    ];
    this.#isListing = true;
    this.send(214, `2.0.0 ${commands.filter((command) => this._isSupported(command)).join(' ')}: see RFC 5321`);
    this.#isListing = false;
    callback();
  }

  /** The client may close its side of the socket behind what it says, and wait for the answers. */
  #expectEnd(socket: Socket): void {
    keepAnswerable(socket);
    socket.once('end', () => this.#guards.hasEnded(this.session));
  }

  get #wantsTlsForLogin(): boolean {
    return !this.secure && !this.#guards.takesCleartextLogin;
  }

  /** RFC 5321, section 4.1.1: DATA, RSET and QUIT have none, and one that is there is a syntax error. */
  #refusesArgument(command: Buffer, callback: () => void): boolean {
    const [verb = '', ...words] = command.toString('latin1').trim().split(' ');
    if (words.length === 0) return false;
    this.send(501, `5.5.4 ${verb.toUpperCase()} has no argument`);
    callback();
    return true;
  }

  /** Obeys, unless a fault on purpose strikes before. */
  #guarded(stage: 'smtp-helo' | 'smtp-data', callback: () => void, obey: () => void): void {
    const waiting = this.#guards.faultAt(stage, this.session);
    if (waiting === null) {
      obey();
      return;
    }
    void waiting.then((fault) => {
      if (fault === null) return obey();
      if (fault.kind === 'drop') return this.drop();
      const { code, status, text } = fault.reply;
      this.send(code, status === null ? text : `${status} ${text}`, false);
      callback();
    });
  }

  /** RFC 6531, section 3.4: a non-ASCII address needs the parameter SMTPUTF8. */
  #withAsciiUnless(hasSmtpUtf8: () => boolean, command: Buffer, callback: () => void, obey: () => void): void {
    if (command.every((octet) => octet < 0x80) || hasSmtpUtf8()) {
      obey();
      return;
    }
    this.send(553, '5.6.7 A non-ASCII address needs SMTPUTF8');
    callback();
  }
}

/** A domain in U-labels is kept in A-labels (RFC 5890, section 2.3.2.1). @throws ProtocolViolation */
function readMailbox(path: string): MailboxAddress {
  const at = path.lastIndexOf('@');
  const domain = path.slice(at + 1);
  return parseMailboxAddress(isInternationalized(domain) ? `${path.slice(0, at + 1)}${domainToASCII(domain)}` : path);
}
