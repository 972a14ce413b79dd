import type { SMTPServerAuthentication, SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import type { Host } from '#shared/host/host.ts';
import type { Door, Verdict } from '../protocol/relay-policy.ts';
import type { SmtpReply } from '../protocol/smtp-reply.ts';
import type { FaultOutcome, FaultPoints } from './faults.ts';
import type { ConnectionGuards, ReadPath } from './guarded-connection.ts';
import type { Logins } from './logins.ts';
import type { Envelope, Receipt } from './message-intake.ts';
import { Admission, type AdmissionParts, type Asker } from './smtp-admission.ts';
import { envelopeFacts, SmtpClients } from './smtp-clients.ts';
import { envelopeOf } from './smtp-envelope.ts';
import { BreakOff, withFaults } from './smtp-message.ts';
import { serverLog } from './smtp-transcript.ts';

/** Commands of the library that this server does not have. */
const DISABLED = ['XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'];

export interface SmtpDoorOptions {
  readonly door: Door['kind'];
  /** TLS from the first octet (RFC 8314, section 3.3), not after STARTTLS. */
  readonly isImplicitTls: boolean;
  /** Whether a password may come over a connection without TLS. */
  readonly takesCleartextLogin: boolean;
  readonly mailHost: string;
  readonly messageOctetsMax: number;
  readonly recipientsMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
  readonly idleMs: number;
}

/** What the rest of the server does for a door. */
export interface SmtpDoorParts extends AdmissionParts {
  readonly host: Host;
  /** Needed where somebody may log in: at submission. */
  readonly logins?: Logins;
  readonly faults: FaultPoints;
  receive(message: AsyncIterable<Uint8Array>, envelope: Envelope): Promise<Receipt>;
}

type Refusal = Omit<Extract<Verdict, { kind: 'refuse' }>, 'kind'>;
/** Gives the library what to refuse with, or nothing. */
type Answer = (error?: Error | null) => void;

const TOO_MANY_AT_ONCE: Refusal = {
  reply: { code: 421, status: '4.7.0', text: 'Too many connections from your address' },
  because: 'the address has as many connections as one client may have at once',
};

const TROUBLE: SmtpReply = { code: 451, status: '4.3.0', text: 'This did not work here, try again later' };

/** One of the two doors: what the library asks, and our answers. */
export class SmtpDoor {
  readonly #parts: SmtpDoorParts;
  readonly #options: SmtpDoorOptions;
  readonly #clients: SmtpClients;
  readonly #admission: Admission;
  readonly #drop: (id: string) => void;

  /** @param drop breaks a connection off. */
  constructor(parts: SmtpDoorParts, options: SmtpDoorOptions, drop: (id: string) => void) {
    this.#parts = parts;
    this.#options = options;
    this.#clients = new SmtpClients(parts.host, parts.faults);
    this.#admission = new Admission(parts, parts.host.clock);
    this.#drop = drop;
  }

  libraryOptions(): SMTPServerOptions {
    const { mailHost, messageOctetsMax, recipientsMax, connectionsMax, idleMs, door, isImplicitTls } = this.#options;
    return {
      name: mailHost,
      banner: 'Topdown',
      heloResponse: '%s greets %s',
      secure: isImplicitTls,
      size: messageOctetsMax,
      rejectOversized: true,
      maxRecipients: recipientsMax,
      maxClients: connectionsMax,
      socketTimeout: idleMs,
      closeTimeout: 1,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      hideDSN: false,
      disabledCommands: door === 'submission' ? DISABLED : [...DISABLED, 'AUTH'],
      authMethods: ['PLAIN', 'LOGIN'],
      // Where a password may go is decided by the guards, which name the remedy.
      allowInsecureAuth: true,
      // Who must log in is our policy's question, which gives its reason.
      authOptional: true,
      logger: serverLog((id) => this.#clients.transcript(id)),
      onConnect: (session, answer) => this.#greet(session, answer),
      onSecure: (_socket, session, answer) => {
        if (session.tlsOptions) this.#clients.transcript(session.id)?.secured(session.tlsOptions);
        answer();
      },
      onClose: (session) => this.#clients.remove(session),
      onAuth: (auth, session, answer) => {
        void this.#logIn(auth, session).then((outcome) =>
          outcome instanceof Error ? answer(outcome) : answer(null, outcome),
        );
      },
      onMailFrom: (path, session, answer) => this.#sender(path as ReadPath, session, answer),
      onRcptTo: (path, session, answer) => void this.#recipient(path as ReadPath, session, answer),
      onData: (stream, session, answer) =>
        void this.#message(stream, session).then((outcome) =>
          outcome instanceof Error ? answer(outcome) : answer(null, outcome),
        ),
    };
  }

  guards(): ConnectionGuards {
    return {
      takesCleartextLogin: this.#options.takesCleartextLogin,
      faultAt: (stage, session) =>
        stage === 'smtp-data' ? this.#clients.meetAtData(session) : this.#clients.meet(stage, session),
      hasEnded: (session) => this.#clients.hasEnded(session),
    };
  }

  #greet(session: SMTPServerSession, answer: Answer): void {
    const count = this.#clients.add(session);
    const tooMany = this.#parts.limits.count('connections', session.remoteAddress, this.#parts.host.clock.now());
    const isTooMuch = count > this.#options.connectionsPerClientMax;
    const judged = tooMany ?? (isTooMuch ? TOO_MANY_AT_ONCE : {});
    this.#conclude(judged, session, () => this.#clients.meet('smtp-connect', session), answer);
  }

  async #logIn(
    { username = '', password, authcid, authzid }: SMTPServerAuthentication,
    session: SMTPServerSession,
  ): Promise<{ user?: string } | Error> {
    const { logins } = this.#parts;
    if (logins === undefined) return {};
    const named = logins.accountNamed(username);
    const fault = await this.#clients.meet('smtp-auth', session, { account: named });
    if (fault !== null) return this.#strike(fault, session);
    // RFC 4616, section 2: nobody here may act for somebody else.
    const isOther = Boolean(authcid) && Boolean(authzid) && authcid !== authzid;
    const secret = isOther ? '' : (password ?? '');
    const account = await logins.check(username, secret, session.remoteAddress);
    this.#clients.explain(
      session,
      account === null
        ? 'name and password do not belong together, or too many that did not came before'
        : `the password of ${account} is right`,
    );
    return account === null ? {} : { user: account };
  }

  #sender(path: ReadPath, session: SMTPServerSession, answer: Answer): void {
    const verdict = this.#admission.sender(path, this.#asker(session));
    const facts = { sender: path.address };
    this.#conclude(verdict, session, () => this.#clients.meet('smtp-mail', session, facts), answer);
  }

  async #recipient(path: ReadPath, session: SMTPServerSession, answer: Answer): Promise<void> {
    const facts = { ...envelopeFacts(session), recipients: [path.address] };
    const judged = await this.#admission
      .recipient(path, this.#asker(session), session.envelope.mailFrom)
      .catch((error: Error) => ({ reply: TROUBLE, because: `the mailbox could not be looked at: ${error.message}` }));
    this.#conclude(judged, session, () => this.#clients.meet('smtp-rcpt', session, facts), answer);
  }

  /** The text of the reply when the message is taken, otherwise why it is not. */
  async #message(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string | Error> {
    const facts = envelopeFacts(session);
    const transcript = this.#clients.transcript(session.id);
    const atDot = () => {
      transcript?.data(stream.byteLength);
      return this.#clients.meet('smtp-message', session, facts);
    };
    try {
      const exchange = transcript?.exchange ?? this.#parts.host.newExchange();
      const envelope = envelopeOf(session, exchange, this.#door(session), this.#parts.directory);
      const receipt = await this.#parts.receive(withFaults(stream, this.#clients.laterFault(session), atDot), envelope);
      if (receipt.kind !== 'queued') {
        this.#clients.explain(session, receipt.because);
        return refusal(receipt.reply);
      }
      const fault = await this.#clients.meet('smtp-stored', session, facts);
      if (fault !== null) return this.#strike(fault, session);
      this.#clients.explain(session, 'the message is on disk: from now on this server answers for it');
      return `Queued as ${receipt.entry.id}`;
    } catch (error) {
      if (error instanceof BreakOff) return this.#strike(error.fault, session);
      // The client went away in the middle of its message, or we failed: in both cases it keeps the message.
      this.#parts.host.log.debug(`A message was not received: ${(error as Error).message}`);
      return refusal(TROUBLE);
    }
  }

  #asker(session: SMTPServerSession): Asker {
    // A user is counted wherever from, everybody else by the address.
    const { user, remoteAddress } = session;
    return { door: this.#door(session), who: typeof user === 'string' ? user : remoteAddress };
  }

  #door({ user }: SMTPServerSession): Door {
    if (this.#options.door === 'relay') return { kind: 'relay' };
    return { kind: 'submission', account: typeof user === 'string' ? user : null };
  }

  /** Answers as it was judged, or with the fault on purpose that strikes what was accepted. */
  #conclude(
    { reply, because }: Partial<Refusal>,
    session: SMTPServerSession,
    meet: () => Promise<FaultOutcome | null> | null,
    answer: Answer,
  ): void {
    if (because !== undefined) this.#clients.explain(session, because);
    if (reply !== undefined) {
      answer(refusal(reply));
      return;
    }
    const waiting = meet();
    if (waiting === null) answer();
    else void waiting.then((fault) => answer(fault === null ? null : this.#strike(fault, session)));
  }

  /** After a drop the reply goes nowhere. */
  #strike(fault: FaultOutcome, session: SMTPServerSession): Error {
    if (fault.kind === 'reply') return refusal(fault.reply);
    this.#drop(session.id);
    return new Error('dropped');
  }
}

/** An error that the library turns into this reply. */
function refusal({ code, status, text }: SmtpReply): Error {
  return Object.assign(new Error(status === null ? text : `${status} ${text}`), { responseCode: code });
}
