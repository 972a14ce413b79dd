import type { Endpoint, ReportInput } from '#shared/report.ts';
import { decodeEncodedWords } from './protocol/encoded-word.ts';
import type { FaultFacts } from './protocol/fault-rules.ts';
import type { Decision, QueueEntry } from './protocol/mail-queue.ts';
import { parseSmtpReply } from './protocol/smtp-reply.ts';

/** Longest line of a conversation that a report shows, in characters. */
const LINE_LENGTH_MAX = 500;

/** Recipients that a report names. */
const RECIPIENTS_TOLD_MAX = 10;

/** A line of a conversation between `from` and `to`. */
export interface ConversationLine {
  readonly exchange: string;
  readonly cause?: string | undefined;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly line: string;
  readonly because?: string | undefined;
}

export function commandReport(protocol: 'smtp' | 'pop3' | 'imap', { line, ...rest }: ConversationLine): ReportInput {
  const summary = line.slice(0, LINE_LENGTH_MAX);
  const words = summary.split(' ', 2);
  // A command of IMAP has a tag before its name.
  const verb = (protocol === 'imap' ? words[1] : words[0]) ?? '';
  const tag = protocol === 'imap' ? { tag: words[0] ?? '' } : {};
  return { kind: `${protocol}.command`, ...rest, summary, message: { ...tag, verb: verb.toUpperCase() } };
}

export function smtpReplyReport({ line, ...rest }: ConversationLine): ReportInput {
  const { code, status, text } = parseSmtpReply(line);
  const summary = line.split(/\r?\n/, 1)[0]?.slice(0, LINE_LENGTH_MAX) ?? '';
  return { kind: 'smtp.reply', ...rest, summary, message: { code, status, text: text.slice(0, LINE_LENGTH_MAX) } };
}

export function smtpDataReport({ line, ...rest }: ConversationLine, octets: number): ReportInput {
  return { kind: 'smtp.data', ...rest, summary: line, message: { octets } };
}

/** A TLS handshake that came to its end: what is said from then on nobody else can read. */
export function smtpTlsReport({ line, ...rest }: ConversationLine, message: object): ReportInput {
  return { kind: 'smtp.tls', ...rest, summary: line, message };
}

export function pop3ReplyReport({ line, ...rest }: ConversationLine, octets: number): ReportInput {
  return {
    kind: 'pop3.response',
    ...rest,
    summary: line.slice(0, LINE_LENGTH_MAX),
    message: { isOk: line.startsWith('+OK'), octets },
  };
}

export function imapResponseReport({ line, ...rest }: ConversationLine): ReportInput {
  const summary = line.split('\r\n', 1)[0]?.slice(0, LINE_LENGTH_MAX) ?? '';
  const [tag = '', ...words] = summary.split(' ', 2);
  return { kind: 'imap.response', ...rest, summary, message: { tag, status: words[0] ?? '', octets: line.length + 2 } };
}

/** What the queue decided about a message; for one recipient when `recipient` is given. */
export function queueReport(
  kind: 'queued' | 'sending' | 'delivered' | 'deferred' | 'failed' | 'removed',
  entry: QueueEntry,
  because: string,
  recipient?: string,
  cause?: string,
): ReportInput {
  const about = recipient ?? entry.recipients.map(({ address }) => address).join(', ');
  return {
    kind: `mail.${kind}`,
    exchange: entry.exchange,
    cause,
    summary: `${kind} ${entry.id} for ${about}`.slice(0, LINE_LENGTH_MAX),
    message: {
      id: entry.id,
      from: entry.reversePath,
      to: about.slice(0, LINE_LENGTH_MAX),
      subject: entry.subject === null ? null : decodeEncodedWords(entry.subject),
      messageId: entry.messageId,
      octets: entry.octets,
    },
    because,
  };
}

export function decisionReport(entry: QueueEntry, { kind, recipient, because }: Decision): ReportInput {
  return queueReport(kind, entry, because, recipient.address);
}

/** A page asked for and given over HTTP by the webmail. */
export function webmailReport(
  kind: 'http.request' | 'http.response',
  line: ConversationLine,
  message: object,
): ReportInput {
  const { line: summary, ...rest } = line;
  return { kind, ...rest, summary, message };
}

/** A fault on purpose that struck: by which rule, where, and what it does. */
export function faultReport(fault: {
  readonly exchange: string;
  readonly rule: string;
  readonly stage: string;
  readonly does: string;
  readonly because: string;
  readonly facts: FaultFacts;
}): ReportInput {
  const { exchange, rule, stage, does, because, facts } = fault;
  const summary = `fault ${rule} at ${stage}: ${does}`.slice(0, LINE_LENGTH_MAX);
  const recipients = facts.recipients?.slice(0, RECIPIENTS_TOLD_MAX);
  return { kind: 'mail.fault', exchange, summary, message: { rule, stage, does, ...facts, recipients }, because };
}

/** Something in a mailbox that is no message was put aside, so that the others can be read. */
export function quarantineReport(
  exchange: string,
  account: string,
  { path, movedTo, because }: { path: string; movedTo: string | null; because: string },
): ReportInput {
  const summary = `quarantine for ${account}: ${path}`.slice(0, LINE_LENGTH_MAX);
  return { kind: 'mail.quarantine', exchange, summary, message: { account, path, movedTo }, because };
}
