/**
 * A report on the delivery of a message: multipart/report (RFC 6522) with a part for people, a part for programs
 * (message/delivery-status, RFC 3464) and the message that it is about, or its header section.
 */
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import { formatDateTime } from './date-time.ts';
import { type DeliveryOutcome, outcomeStatus } from './delivery-outcome.ts';
import type { QueueEntry, Recipient, Telling } from './mail-queue.ts';
import { formatSmtpReply } from './smtp-reply.ts';

export interface ReportContext {
  /** The name of this server: the Reporting-MTA. */
  readonly mailHost: string;
  /** Who the report is from: `MAILER-DAEMON@crepes.fr`. */
  readonly from: string;
  /** The report's own id in the queue. */
  readonly id: string;
  readonly exchange: string;
  readonly at: number;
  /** A line that occurs in no message. */
  readonly boundary: string;
  /** Until when is tried, for a report of a delay. */
  readonly willRetryUntil: number;
  /** Whether a recipient's address is not ASCII (RFC 6533). */
  readonly isInternationalized: boolean;
  /** Whether the report has octets above 127. */
  readonly isEightBit: boolean;
}

/**
 * Characters of a server's reply that a report gives: with the name of a field, an address and a host before it the line stays
 * below the 998 of RFC 5322, section 2.1.1.
 */
const REPLY_TOLD_MAX = 400;
/** Octets of the original message that a report returns at most; of a longer one it returns the header section. */
export const RETURNED_OCTETS_MAX = 64 * 1024;

const SUBJECTS = {
  failed: 'Undelivered mail returned to sender',
  delayed: 'Delayed mail (still being retried)',
  delivered: 'Successful mail delivery report',
  relayed: 'Successful mail relay report',
} as const;

const SENTENCES = {
  failed:
    'I could not deliver your message to the recipients below, and I have given up.\r\nThe answer of the server that refused it is given with each.',
  delayed: 'I could not deliver your message yet. I keep trying; you need not send it again.',
  delivered: 'Your message was delivered to the mailboxes below.',
  relayed: 'Your message was handed to the next mail server, which does not report on deliveries.',
} as const;

/** What the returned message is called. */
const RETURNED = {
  failed: 'Undelivered message',
  delayed: 'Delayed message',
  delivered: 'Delivered message',
  relayed: 'Relayed message',
} as const;

export function subjectOf({ action }: Telling): string {
  return SUBJECTS[action];
}

/** The report up to the returned message, which follows as it is, and what stands behind it. */
export function formatDeliveryReport(
  entry: QueueEntry,
  telling: Telling,
  context: ReportContext,
  returnsWhole: boolean,
): { beginning: string; end: string } {
  const { boundary } = context;
  const returnedType = returnsWhole ? 'message/rfc822' : 'text/rfc822-headers';
  const encoding = context.isEightBit ? ['Content-Transfer-Encoding: 8bit'] : [];
  const beginning = [
    ...headerSection(entry, telling, context),
    '',
    `This is a report of the mail server ${context.mailHost}.`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Description: Notification',
    ...encoding,
    '',
    `This is the mail server at ${context.mailHost}.`,
    '',
    SENTENCES[telling.action],
    '',
    ...telling.told.map(({ recipient, outcome }) => `<${recipient.address}>: ${wordsOf(outcome)}`),
    '',
    `--${boundary}`,
    `Content-Type: message/${context.isInternationalized ? 'global-' : ''}delivery-status`,
    'Content-Description: Delivery report',
    ...(context.isInternationalized ? encoding : []),
    '',
    ...perMessageFields(entry, context),
    ...telling.told.flatMap(({ recipient, outcome }) => [
      '',
      ...perRecipientFields(telling, recipient, outcome, context),
    ]),
    '',
    `--${boundary}`,
    `Content-Type: ${returnedType}`,
    `Content-Description: ${RETURNED[telling.action]}${returnsWhole ? '' : ' headers'}`,
    ...encoding,
    '',
    '',
  ].join('\r\n');
  return { beginning, end: `\r\n--${boundary}--\r\n` };
}

function headerSection(entry: QueueEntry, telling: Telling, context: ReportContext): string[] {
  return [
    `${EXCHANGE_FIELD}: ${context.exchange}`,
    `From: Mail server <${context.from}>`,
    `To: <${entry.reversePath}>`,
    `Subject: ${subjectOf(telling)}`,
    `Date: ${formatDateTime(context.at)}`,
    `Message-ID: <${context.id}@${context.mailHost}>`,
    ...(entry.messageId === null ? [] : [`In-Reply-To: ${entry.messageId.replace(/[^\x21-\x7e]/g, '')}`]),
    // RFC 3834, section 5: so that no vacation program answers it.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    ...(context.isEightBit ? ['Content-Transfer-Encoding: 8bit'] : []),
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${context.boundary}"`,
  ];
}

/** RFC 3464, section 2.2. */
function perMessageFields(entry: QueueEntry, context: ReportContext): string[] {
  return [
    ...(entry.envid === null ? [] : [`Original-Envelope-Id: ${printable(entry.envid)}`]),
    `Reporting-MTA: dns; ${context.mailHost}`,
    `Arrival-Date: ${formatDateTime(entry.arrivedAt)}`,
  ];
}

/** RFC 3464, section 2.3. */
function perRecipientFields(
  telling: Telling,
  recipient: Recipient,
  outcome: DeliveryOutcome,
  context: ReportContext,
): string[] {
  const type = context.isInternationalized ? 'utf-8' : 'rfc822';
  const status = recipient.state.kind === 'failed' ? recipient.state.status : outcomeStatus(outcome);
  return [
    ...(recipient.orcpt === null ? [] : [`Original-Recipient: ${printable(recipient.orcpt)}`]),
    `Final-Recipient: ${type}; ${recipient.address}`,
    `Action: ${telling.action}`,
    `Status: ${status}`,
    ...(outcome.by === null ? [] : [`Remote-MTA: dns; ${outcome.by}`]),
    // RFC 3464, section 2.3.6: the type "smtp" is for replies of servers; what we found out ourselves has a type of ours.
    `Diagnostic-Code: ${outcome.by === null ? 'X-Topdown' : 'smtp'}; ${replyTold(outcome)}`,
    ...(telling.action === 'delayed' ? [`Will-Retry-Until: ${formatDateTime(context.willRetryUntil)}`] : []),
  ];
}

function wordsOf(outcome: DeliveryOutcome): string {
  const who = outcome.by === null ? '' : `host ${outcome.by} said: `;
  return `${who}${replyTold(outcome)}`;
}

function replyTold({ reply }: DeliveryOutcome): string {
  const text = printable(formatSmtpReply(reply));
  return text.length > REPLY_TOLD_MAX ? `${text.slice(0, REPLY_TOLD_MAX)} ...` : text;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
