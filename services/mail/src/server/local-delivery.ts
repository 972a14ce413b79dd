import type { Host } from '#shared/host/host.ts';
import { type DeliveryOutcome, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { formatReturnPath } from '../protocol/trace.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** Final delivery: the reverse-path is written above the message (RFC 5321, section 4.4), and it lies in the mailbox. */
export async function deliverToMailbox(
  { host, store, mailboxes }: { host: Host; store: QueueStore; mailboxes: MailStore },
  entry: QueueEntry,
  account: string,
): Promise<DeliveryOutcome> {
  try {
    const stored = await store.read(entry.id);
    const message = withBeginning(formatReturnPath(entry.reversePath), stored);
    await mailboxes
      .inbox(account)
      .append(message)
      .finally(() => stored.return());
    const reply = { code: 250, status: '2.1.5', text: `Delivered to the mailbox of ${account}` };
    return { kind: 'accepted', reply, by: null, reportsItself: false };
  } catch (error) {
    host.log.error(error, `a message could not be delivered to ${account}`);
    const text = `The mailbox of ${account} could not be written: ${(error as Error).message}`;
    return temporaryFailure('4.3.0', text, false);
  }
}

async function* withBeginning(beginning: string, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(beginning, 'utf8');
  yield* rest;
}
