import type { Host } from '#shared/host/host.ts';
import type { Destination } from '../protocol/mail-directory.ts';
import { type Notify, type QueueEntry, type Recipient, waitingAt } from '../protocol/mail-queue.ts';
import { formatMailboxAddress } from '../protocol/mailbox-address.ts';
import type { Arrival, TransmissionType } from '../protocol/trace.ts';
import type { QueueWriter } from '../store/queued-message.ts';
import { notStored, QUEUE_FULL, type Received, Receiving, type Refused } from './receiving.ts';

/** Who a message is from and for, as the client said it, and how it came. */
export interface Envelope {
  readonly exchange: string;
  readonly reversePath: string;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly envid: string | null;
  readonly ret: 'FULL' | 'HDRS' | null;
  readonly needsSmtpUtf8: boolean;
  readonly isSubmission: boolean;
  readonly transmission: TransmissionType;
  /** The cipher suite of a connection with TLS. */
  readonly cipher?: string | null;
  readonly helo: string;
  readonly clientAddress: string;
}

export interface EnvelopeRecipient {
  readonly address: string;
  readonly destinations: readonly Destination[];
  readonly notify: readonly Notify[] | null;
  readonly orcpt: string | null;
}

export type Receipt =
  | { readonly kind: 'queued'; readonly entry: QueueEntry; readonly cause: string | undefined }
  | Refused;

/** Where messages are written, and entries saved. */
export interface IntakeStore {
  newId(): string;
  create(id: string, reversePath: string): QueueWriter;
  /** The entry is on disk, with its message, when this resolves. @throws QueueFull */
  save(entry: QueueEntry): Promise<void>;
  /** Ends an entry that could not be saved. */
  remove(id: string): Promise<void>;
}

/** Takes messages in: writes each to disk while it comes, and puts it into the queue when it is whole. */
export class MessageIntake {
  readonly #host: Host;
  readonly #store: IntakeStore;
  readonly #options: { mailHost: string; ownDomain: string; messageOctetsMax: number };

  constructor(
    host: Host,
    store: IntakeStore,
    options: { mailHost: string; ownDomain: string; messageOctetsMax: number },
  ) {
    this.#host = host;
    this.#store = store;
    this.#options = options;
  }

  /**
   * Reads a message to its end and stores it. When this resolves with `queued`, message and envelope are on disk. Rejects
   * when the source breaks off; nothing is left on disk then.
   */
  async take(source: AsyncIterable<Uint8Array>, envelope: Envelope, isQueueFull: boolean): Promise<Receipt> {
    const id = this.#store.newId();
    const { isSubmission } = envelope;
    const limits = { isSubmission, octetsMax: this.#options.messageOctetsMax, forwarding: forwardingIn(envelope) };
    // The file is made while the data come.
    const writer = isQueueFull ? null : this.#store.create(id, envelope.reversePath);
    const receiving = new Receiving(writer, this.#arrival(id, envelope), limits);
    if (isQueueFull) receiving.refuse(QUEUE_FULL);
    try {
      // Refused data is read to its end all the same: the answer comes after it (RFC 5321, section 4.1.1.4).
      for await (const piece of source) await receiving.add(piece);
      const received = await receiving.end();
      if (received.kind === 'refused') return received;
      const entry = this.#entry(id, envelope, received);
      await this.#store.save(entry).catch(async (error: Error) => {
        receiving.refuse(notStored(error));
        await this.#store.remove(id).catch(() => {});
      });
      return receiving.refused ?? { kind: 'queued', entry, cause: received.facts.cause };
    } finally {
      if (!receiving.isKept) await receiving.discard();
    }
  }

  #arrival(id: string, envelope: Envelope): Arrival {
    const { transmission, cipher = null, helo, clientAddress, exchange, recipients } = envelope;
    const recipient = recipients.length === 1 ? (recipients[0]?.address ?? null) : null;
    return {
      transmission,
      cipher,
      helo,
      clientAddress,
      by: this.#options.mailHost,
      id,
      exchange,
      recipient,
      // As with the recipient: of several, none may learn of the others.
      forwardedFor: recipient === null ? null : (forwardingIn(envelope)[0] ?? null),
      at: this.#host.clock.now(),
    };
  }

  #entry(id: string, envelope: Envelope, received: Received): QueueEntry {
    const now = this.#host.clock.now();
    return {
      id,
      exchange: envelope.exchange,
      reversePath: envelope.reversePath,
      envid: envelope.envid,
      ret: envelope.ret,
      isEightBit: received.isEightBit,
      needsSmtpUtf8: envelope.needsSmtpUtf8,
      octets: received.octets,
      subject: received.facts.subject,
      messageId: received.facts.messageId,
      arrivedAt: now,
      recipients: queueRecipients(envelope.recipients, this.#options.ownDomain, now),
    };
  }
}

/** The recipients that are aliases here and lead to another domain. */
function forwardingIn({ recipients }: Envelope): readonly string[] {
  return recipients
    .filter(({ address, destinations }) =>
      destinations.some((one) => one.kind === 'elsewhere' && formatMailboxAddress(one.address) !== address),
    )
    .map(({ address }) => address);
}

/** One entry for each place that the message goes to: a mailbox that is reached by two names gets it once. */
export function queueRecipients(recipients: readonly EnvelopeRecipient[], ownDomain: string, now: number): Recipient[] {
  const found = new Map<string, Recipient>();
  for (const { destinations, notify, orcpt } of recipients) {
    for (const destination of destinations) {
      const isHere = destination.kind === 'maildrop';
      const address = isHere ? `${destination.account}@${ownDomain}` : formatMailboxAddress(destination.address);
      if (!found.has(address)) found.set(address, { address, destination, notify, orcpt, state: waitingAt(now) });
    }
  }
  return [...found.values()];
}
