import { domainToASCII } from 'node:url';
import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import type { Host } from '#shared/host/host.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import type { Notify } from '../protocol/mail-queue.ts';
import {
  formatMailboxAddress,
  isInternationalized,
  type MailboxAddress,
  parseMailboxAddress,
} from '../protocol/mailbox-address.ts';
import { type Door, judgeRecipient, judgeSender, type Verdict } from '../protocol/relay-policy.ts';
import type { SmtpReply } from '../protocol/smtp-reply.ts';
import type { TransmissionType } from '../protocol/trace.ts';
import { GuardedServer } from './guarded-connection.ts';
import type { Logins } from './logins.ts';
import type { Envelope, EnvelopeRecipient, Receipt } from './message-intake.ts';
import { SmtpTranscript, serverLog } from './smtp-transcript.ts';

export interface SmtpListenerOptions {
  readonly door: Door['kind'];
  readonly port: number;
  readonly mailHost: string;
  readonly messageOctetsMax: number;
  readonly recipientsMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
  readonly idleMs: number;
  readonly offersAuth: boolean;
}

/** What a listener gives to the rest of the server. */
export interface SmtpListenerParts {
  readonly host: Host;
  readonly directory: MailDirectory;
  readonly logins: Logins;
  receive(message: AsyncIterable<Uint8Array>, envelope: Envelope): Promise<Receipt>;
}

export interface SmtpListener {
  connections(): number;
  close(): Promise<void>;
}

/** Parameters of MAIL and RCPT that EHLO announces (RFC 1870, RFC 6152, RFC 6531, RFC 3461, RFC 4954); others get 555. */
const PARAMETERS: Readonly<Record<'MAIL' | 'RCPT', readonly string[]>> = {
  MAIL: ['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'AUTH'],
  RCPT: ['NOTIFY', 'ORCPT'],
};

/** Commands of the library that this server does not have. */
const DISABLED = ['STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'];

/** Receives mail with smtp-server: on port 25 for the mailboxes here, on port 587 from the users here. */
export async function listenSmtp(parts: SmtpListenerParts, options: SmtpListenerOptions): Promise<SmtpListener> {
  const door = new SmtpDoor(parts, options);
  const server = new GuardedServer(door.libraryOptions());
  server.on('error', (error) => parts.host.log.debug(`SMTP connection: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, parts.host.address, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  return { connections: () => server.connectionCount, close: () => server.stop() };
}

/** One of the two doors: what the library asks, and our answers. */
class SmtpDoor {
  readonly #parts: SmtpListenerParts;
  readonly #options: SmtpListenerOptions;
  readonly #transcripts = new Map<string, SmtpTranscript>();
  readonly #clients = new Map<string, number>();

  constructor(parts: SmtpListenerParts, options: SmtpListenerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  libraryOptions(): SMTPServerOptions {
    const { mailHost, messageOctetsMax, recipientsMax, connectionsMax, idleMs, offersAuth } = this.#options;
    return {
      name: mailHost,
      banner: 'Topdown',
      heloResponse: '%s greets %s',
      size: messageOctetsMax,
      rejectOversized: true,
      maxRecipients: recipientsMax,
      maxClients: connectionsMax,
      socketTimeout: idleMs,
      closeTimeout: 1,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      hideDSN: false,
      disabledCommands: offersAuth ? DISABLED : [...DISABLED, 'AUTH'],
      authMethods: ['PLAIN', 'LOGIN'],
      allowInsecureAuth: true,
      // Who must log in is our policy's question, which gives its reason.
      authOptional: true,
      logger: serverLog((id) => this.#transcripts.get(id)),
      onConnect: (session, answer) => answer(this.#greet(session)),
      onClose: (session) => this.#forget(session),
      onAuth: (auth, session, answer) => {
        void this.#logIn(auth.username ?? '', auth.password ?? '', session).then((user) => answer(null, user));
      },
      onMailFrom: (path, session, answer) => answer(this.#sender(path, session)),
      onRcptTo: (path, session, answer) => answer(this.#recipient(path, session)),
      onData: (stream, session, answer) =>
        void this.#message(stream, session).then(({ error, text }) => answer(error, text)),
    };
  }

  #greet(session: SMTPServerSession): Error | null {
    const { host } = this.#parts;
    const client = { address: session.remoteAddress, port: session.remotePort };
    this.#transcripts.set(
      session.id,
      new SmtpTranscript(host, client, { address: session.localAddress, port: session.localPort }),
    );
    const count = (this.#clients.get(client.address) ?? 0) + 1;
    this.#clients.set(client.address, count);
    if (count <= this.#options.connectionsPerClientMax) return null;
    return refusal({ code: 421, status: '4.7.0', text: 'Too many connections from your address' });
  }

  #forget(session: SMTPServerSession): void {
    if (!this.#transcripts.delete(session.id)) return;
    const left = (this.#clients.get(session.remoteAddress) ?? 1) - 1;
    if (left > 0) this.#clients.set(session.remoteAddress, left);
    else this.#clients.delete(session.remoteAddress);
  }

  async #logIn(name: string, password: string, session: SMTPServerSession): Promise<{ user?: string }> {
    const account = await this.#parts.logins.check(name, password, session.remoteAddress);
    this.#explain(
      session,
      account === null ? 'name and password do not belong together' : `the password of ${account} is right`,
    );
    return account === null ? {} : { user: account };
  }

  #sender(path: SMTPServerAddress, session: SMTPServerSession): Error | null {
    const fault = this.#parameterFault('MAIL', path, session);
    if (fault !== null) return fault;
    try {
      const address = path.address === '' ? null : readAddress(path.address);
      return this.#verdict(judgeSender(this.#door(session), address, this.#parts.directory), session);
    } catch {
      return refusal({ code: 553, status: '5.1.7', text: 'Bad sender address' });
    }
  }

  #recipient(path: SMTPServerAddress, session: SMTPServerSession): Error | null {
    const fault = this.#parameterFault('RCPT', path, session);
    if (fault !== null) return fault;
    try {
      return this.#verdict(this.#judge(path, session), session);
    } catch {
      return refusal({ code: 553, status: '5.1.3', text: 'Bad recipient address' });
    }
  }

  #judge(path: SMTPServerAddress, session: SMTPServerSession): Verdict {
    const isPostmaster = path.address.toLowerCase() === 'postmaster';
    return judgeRecipient(this.#door(session), isPostmaster ? null : readAddress(path.address), this.#parts.directory);
  }

  async #message(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
  ): Promise<{ error: Error | null; text?: string }> {
    try {
      const receipt = await this.#parts.receive(stream, this.#envelope(session));
      if (receipt.kind === 'queued') {
        this.#explain(session, 'the message is on disk: from now on this server answers for it');
        return { error: null, text: `Queued as ${receipt.entry.id}` };
      }
      this.#explain(session, receipt.because);
      return { error: refusal(receipt.reply) };
    } catch (error) {
      // The client went away in the middle of its message, or we failed: in both cases it keeps the message.
      this.#parts.host.log.debug(`A message was not received: ${(error as Error).message}`);
      return { error: refusal({ code: 451, status: '4.3.0', text: 'The message was not received, try again later' }) };
    }
  }

  #envelope(session: SMTPServerSession): Envelope {
    const { mailFrom, rcptTo, dsn, smtpUtf8 } = session.envelope;
    const isUtf8 = smtpUtf8 === true;
    return {
      exchange: this.#transcripts.get(session.id)?.exchange ?? this.#parts.host.newExchange(),
      reversePath:
        mailFrom === false || mailFrom.address === '' ? '' : formatMailboxAddress(readAddress(mailFrom.address)),
      recipients: rcptTo.map((path) => this.#envelopeRecipient(path, session)),
      envid: dsn?.envid ?? null,
      ret: dsn?.ret === 'HDRS' || dsn?.ret === 'FULL' ? dsn.ret : null,
      needsSmtpUtf8: isUtf8,
      isSubmission: this.#options.door === 'submission',
      transmission: transmissionType(session, isUtf8),
      helo: session.hostNameAppearsAs,
      clientAddress: session.remoteAddress,
    };
  }

  #envelopeRecipient(path: SMTPServerAddress, session: SMTPServerSession): EnvelopeRecipient {
    const verdict = this.#judge(path, session);
    const destinations = verdict.kind === 'accept' ? verdict.destinations : [];
    const { notify, orcpt } = path.dsn ?? {};
    return {
      address: path.address,
      destinations,
      notify: (notify as Notify[] | undefined) ?? null,
      orcpt: orcpt ?? null,
    };
  }

  #door(session: SMTPServerSession): Door {
    if (this.#options.door === 'relay') return { kind: 'relay' };
    return { kind: 'submission', account: typeof session.user === 'string' ? session.user : null };
  }

  #verdict(verdict: Verdict, session: SMTPServerSession): Error | null {
    this.#explain(session, verdict.because);
    return verdict.kind === 'accept' ? null : refusal(verdict.reply);
  }

  #parameterFault(verb: 'MAIL' | 'RCPT', path: SMTPServerAddress, session: SMTPServerSession): Error | null {
    const known = PARAMETERS[verb].filter((keyword) => keyword !== 'AUTH' || this.#options.offersAuth);
    const strange = Object.keys(path.args || {}).find((keyword) => !known.includes(keyword));
    if (strange === undefined) return null;
    // RFC 5321, section 4.1.1.11.
    this.#explain(session, `EHLO announced no extension with the parameter ${strange.slice(0, 50)}`);
    return refusal({ code: 555, status: '5.5.4', text: 'Parameter not recognized or not implemented' });
  }

  #explain(session: SMTPServerSession, because: string): void {
    this.#transcripts.get(session.id)?.explain(because);
  }
}

/** RFC 3848 and RFC 6531, section 4.3. */
function transmissionType(session: SMTPServerSession, isUtf8: boolean): TransmissionType {
  const isAuthenticated = typeof session.user === 'string';
  if (isUtf8) return isAuthenticated ? 'UTF8SMTPA' : 'UTF8SMTP';
  if (session.openingCommand !== 'EHLO') return 'SMTP';
  return isAuthenticated ? 'ESMTPA' : 'ESMTP';
}

/** The library gives domains in U-labels; from here on they are A-labels. @throws ProtocolViolation */
function readAddress(text: string): MailboxAddress {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  return parseMailboxAddress(isInternationalized(domain) ? `${text.slice(0, at + 1)}${domainToASCII(domain)}` : text);
}

/** An error that the library turns into this reply. */
function refusal({ code, status, text }: SmtpReply): Error {
  return Object.assign(new Error(status === null ? text : `${status} ${text}`), { responseCode: code });
}
