import type { SMTPServerSession } from 'smtp-server';
import type { Host } from '#shared/host/host.ts';
import type { FaultFacts } from '../protocol/fault-rules.ts';
import type { FaultStage } from '../protocol/fault-stages.ts';
import type { FaultOutcome, FaultPoints } from './faults.ts';
import { SmtpTranscript } from './smtp-transcript.ts';

interface Client {
  readonly transcript: SmtpTranscript;
  /** Aborts when the client has ended; made for a fault that has to wait. */
  gone: AbortController | null;
  /** A fault that waits for the mail data of this transaction. */
  later: LaterDrop | null;
}

type LaterDrop = Extract<FaultOutcome, { kind: 'drop' }>;

/** Who is connected to a listener: what is said with them, how many of them have one address, and the faults they meet. */
export class SmtpClients {
  readonly #host: Host;
  readonly #faults: FaultPoints;
  readonly #clients = new Map<string, Client>();
  readonly #byAddress = new Map<string, number>();

  constructor(host: Host, faults: FaultPoints) {
    this.#host = host;
    this.#faults = faults;
  }

  /** A client has come. Gives the number of connections that its address has now. */
  add({ id, remoteAddress, remotePort, localAddress, localPort }: SMTPServerSession): number {
    const [client, server] = [
      { address: remoteAddress, port: remotePort },
      { address: localAddress, port: localPort },
    ];
    this.#clients.set(id, { transcript: new SmtpTranscript(this.#host, client, server), gone: null, later: null });
    const count = (this.#byAddress.get(remoteAddress) ?? 0) + 1;
    this.#byAddress.set(remoteAddress, count);
    return count;
  }

  /** A client has said all. It may wait for the answers, or have given up: nobody is kept waiting on purpose. */
  hasEnded({ id }: SMTPServerSession): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    client.gone ??= new AbortController();
    client.gone.abort();
  }

  remove({ id, remoteAddress }: SMTPServerSession): void {
    this.#clients.get(id)?.gone?.abort();
    if (!this.#clients.delete(id)) return;
    const left = (this.#byAddress.get(remoteAddress) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(remoteAddress, left);
    else this.#byAddress.delete(remoteAddress);
  }

  transcript(id: string): SmtpTranscript | undefined {
    return this.#clients.get(id)?.transcript;
  }

  /** Why the next reply to this client will be what it is. */
  explain({ id }: SMTPServerSession, because: string): void {
    this.#clients.get(id)?.transcript.explain(because);
  }

  /** A fault on purpose at this stage; null at once when there can be none. */
  meet(stage: FaultStage, session: SMTPServerSession, facts: FaultFacts = {}): Promise<FaultOutcome | null> | null {
    const client = this.#clients.get(session.id);
    if (client === undefined || this.#faults.isIdleAt(stage)) return null;
    client.gone ??= new AbortController();
    const account = typeof session.user === 'string' ? session.user : null;
    return this.#faults
      .meet(
        stage,
        { client: session.remoteAddress, account, ...facts },
        { exchange: client.transcript.exchange, gone: client.gone.signal },
      )
      .then((fault) => {
        if (fault?.kind === 'reply') client.transcript.explain(`a fault on purpose, ${fault.rule}`);
        return fault;
      });
  }

  /** The fault at DATA; one that breaks the connection later is kept for the mail data. */
  meetAtData(session: SMTPServerSession): Promise<FaultOutcome | null> | null {
    const client = this.#clients.get(session.id);
    if (client === undefined) return null;
    client.later = null;
    const waiting = this.meet('smtp-data', session, envelopeFacts(session));
    if (waiting === null) return null;
    return waiting.then((fault) => {
      if (fault?.kind !== 'drop' || fault.afterOctets === 0) return fault;
      client.later = fault;
      return null;
    });
  }

  /** The fault that breaks off the mail data that comes now. */
  laterFault({ id }: SMTPServerSession): LaterDrop | null {
    return this.#clients.get(id)?.later ?? null;
  }
}

/** Facts about the transaction as far as it has come. */
export function envelopeFacts({ envelope }: SMTPServerSession): FaultFacts {
  const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
  return { sender, recipients: envelope.rcptTo.map(({ address }) => address) };
}
