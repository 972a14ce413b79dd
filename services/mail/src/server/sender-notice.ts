import { randomBytes } from 'node:crypto';
import type { Host } from '#shared/host/host.ts';
import {
  formatDeliveryReport,
  RETURNED_OCTETS_MAX,
  type ReportContext,
  subjectOf,
} from '../protocol/delivery-report.ts';
import { destinationsOf, isOwnDomain, type MailDirectory } from '../protocol/mail-directory.ts';
import type { QueueEntry, Recipient, RetrySchedule, Telling } from '../protocol/mail-queue.ts';
import { isInternationalized, parseMailboxAddress } from '../protocol/mailbox-address.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { readQueuedHeader } from '../store/read-queued.ts';
import { queueRecipients } from './message-intake.ts';

export interface SenderNoticeParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly directory: MailDirectory;
  readonly mailHost: string;
  readonly schedule: RetrySchedule;
}

/**
 * Writes a report on the delivery of `about` to its sender, from the null reverse-path (RFC 3464, section 2). The message is on
 * disk when this resolves; the entry becomes one of the queue when it is saved. Null when the sender is one of ours and does
 * not exist.
 */
export async function writeSenderNotice(
  parts: SenderNoticeParts,
  about: QueueEntry,
  telling: Telling,
): Promise<QueueEntry | null> {
  const { host, store, directory, mailHost } = parts;
  const now = host.clock.now();
  const recipients = noticeRecipients(about, directory, now);
  if (recipients.length === 0) return null;
  const needsUtf8 = telling.told.some(({ recipient }) => isInternationalized(recipient.address));
  const context: ReportContext = {
    mailHost,
    from: `MAILER-DAEMON@${directory.domains[0] ?? mailHost}`,
    id: store.newId(),
    exchange: host.newExchange(),
    at: now,
    boundary: `=_${randomBytes(12).toString('hex')}`,
    willRetryUntil: about.arrivedAt + parts.schedule.giveUpMs,
    isInternationalized: needsUtf8,
    isEightBit: about.isEightBit || about.needsSmtpUtf8 || needsUtf8,
  };
  const octets = await writeNotice(store, about, telling, context);
  return {
    id: context.id,
    exchange: context.exchange,
    reversePath: '',
    envid: null,
    ret: null,
    isEightBit: context.isEightBit,
    needsSmtpUtf8: about.needsSmtpUtf8 || needsUtf8,
    octets,
    subject: subjectOf(telling),
    messageId: `<${context.id}@${mailHost}>`,
    arrivedAt: now,
    recipients,
  };
}

function noticeRecipients(about: QueueEntry, directory: MailDirectory, now: number): readonly Recipient[] {
  const sender = parseMailboxAddress(about.reversePath);
  const destinations = isOwnDomain(sender.domain, directory)
    ? destinationsOf(sender.localPart, directory)
    : [{ kind: 'elsewhere', address: sender } as const];
  const envelope = [{ address: about.reversePath, destinations, notify: null, orcpt: null }];
  return queueRecipients(envelope, directory.domains[0] ?? '', now);
}

async function writeNotice(
  store: QueueStore,
  about: QueueEntry,
  telling: Telling,
  context: ReportContext,
): Promise<number> {
  const returnsWhole = telling.action === 'failed' && about.ret !== 'HDRS' && about.octets <= RETURNED_OCTETS_MAX;
  const { beginning, end } = formatDeliveryReport(about, telling, context, returnsWhole);
  const writer = store.create(context.id, '');
  let octets = 0;
  const write = async (piece: Uint8Array) => {
    octets += piece.length;
    await writer.write(piece);
  };
  try {
    await write(Buffer.from(beginning, 'utf8'));
    if (returnsWhole) for await (const piece of await store.read(about)) await write(piece);
    else await write(readQueuedHeader(store, about));
    await write(Buffer.from(end, 'utf8'));
    await writer.finish();
    return octets;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
