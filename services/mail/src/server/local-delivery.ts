import type { Host } from '#shared/host/host.ts';
import { type DeliveryOutcome, outcomeOf, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { QueueEntry, Recipient } from '../protocol/mail-queue.ts';
import { formatDeliveryBase } from '../protocol/maildir-name.ts';
import { isDiskFull } from '../store/file-pieces.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { QuotaExceeded } from '../store/quota.ts';
import type { Faults } from './faults.ts';

export interface LocalDeliveryParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
  readonly faults: Faults;
}

/**
 * Final delivery: the file that lies in the queue gets one more name, or, when nobody else waits for it, another one. The name is
 * made of the entry's, so that a delivery which a crash has cut off can be done again and there is one message all the same.
 *
 * @param mayBeThere whether an earlier try may have delivered it already
 */
export async function deliverToMailbox(
  parts: LocalDeliveryParts,
  entry: QueueEntry,
  recipient: Recipient,
  mayBeThere: boolean,
): Promise<DeliveryOutcome> {
  const { host, store, mailboxes, mailHost, faults } = parts;
  const account = recipient.destination.kind === 'maildrop' ? recipient.destination.account : '';
  const fault = faults.isIdleAt('delivery') ? null : await meetFault(faults, entry, recipient.address, account);
  if (fault !== null) return fault;
  try {
    const file = store.file(entry);
    const base = formatDeliveryBase({ id: entry.id, ms: entry.arrivedAt, host: mailHost, ...file });
    const options = { isRepeated: mayBeThere, moves: isLast(entry, recipient) };
    const isMoved = await mailboxes.inbox(account).deliver(file.path, base, options);
    if (isMoved) store.moved(entry.id);
    const reply = { code: 250, status: '2.1.5', text: `Delivered to the mailbox of ${account}` };
    return { kind: 'accepted', reply, by: null, reportsItself: false };
  } catch (error) {
    return failureOf(error as Error, account, host);
  }
}

/** Whether nobody needs the file in the queue after this delivery: its end in the queue and the delivery are one step then. */
function isLast({ recipients }: QueueEntry, { notify }: Recipient): boolean {
  const waiting = recipients.filter(({ state }) => state.kind === 'waiting');
  // A report of the delivery returns the header section of the message.
  return waiting.length === 1 && notify?.includes('SUCCESS') !== true;
}

async function meetFault(faults: Faults, entry: QueueEntry, address: string, account: string) {
  const facts = { account, sender: entry.reversePath, recipients: [address] };
  const fault = await faults.meet('delivery', facts, { exchange: entry.exchange });
  return fault?.kind === 'reply' ? { ...outcomeOf(fault.reply, '', false), by: null } : null;
}

function failureOf(error: Error, account: string, host: Host): DeliveryOutcome {
  // RFC 3463, section 3.3: 4.2.2 is the mailbox's own limit, 4.3.1 the disk's.
  if (error instanceof QuotaExceeded) return temporaryFailure('4.2.2', `The mailbox of ${account} is full`, false);
  host.log.error(error, `a message could not be delivered to ${account}`);
  const status = isDiskFull(error) ? '4.3.1' : '4.3.0';
  return temporaryFailure(status, `The mailbox of ${account} could not be written: ${error.message}`, false);
}
