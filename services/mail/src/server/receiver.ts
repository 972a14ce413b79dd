import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { type Envelope, type IntakeStore, MessageIntake, type Receipt } from './message-intake.ts';

/** Where a message goes that is on disk. */
export interface QueueEntrance {
  readonly isFull: boolean;
  add(entry: QueueEntry, because: string, cause: string | undefined): void;
}

/** Takes a message; `cause` is the exchange that it follows from, where the message does not name one itself. */
export type Receive = (message: AsyncIterable<Uint8Array>, envelope: Envelope, cause?: string) => Promise<Receipt>;

/** What SMTP and the webmail give messages to: the intake, and behind it the queue. */
export function receiver(
  host: Host,
  store: IntakeStore,
  queue: QueueEntrance,
  { MAIL_HOST, MAIL_DOMAIN, MESSAGE_OCTETS_MAX }: Config,
): Receive {
  const intake = new MessageIntake(host, store, {
    mailHost: MAIL_HOST,
    ownDomain: MAIL_DOMAIN[0]?.toLowerCase() ?? MAIL_HOST,
    messageOctetsMax: MESSAGE_OCTETS_MAX,
  });
  return async (message, envelope, cause) => {
    const receipt = await intake.take(message, envelope, queue.isFull);
    if (receipt.kind === 'queued') {
      const because = `${envelope.helo} [${envelope.clientAddress}] brought it with ${envelope.transmission}; it is on disk`;
      queue.add(receipt.entry, because, cause ?? receipt.cause);
    }
    return receipt;
  };
}
