/**
 * What a server changes in the header section of a message that it takes: it writes its trace above it (RFC 5321, section
 * 4.4), removes a Return-Path that only a final delivery may write, and, at submission, adds what is missing (RFC 6409,
 * section 8). It stops a message that travels in a circle (RFC 5321, section 6.3).
 */
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import { formatDateTime } from './date-time.ts';
import { firstValue, isNamed, splitHeaderSection } from './header-section.ts';
import { HEADER_OCTETS_MAX } from './mail-data.ts';
import { fromBinaryText, joinOctets } from './octets.ts';
import type { SmtpReply } from './smtp-reply.ts';
import { type Arrival, formatTrace } from './trace.ts';

/** Received fields of a message at most: well above any real path, well below a circle without end. */
export const HOPS_MAX = 25;

export interface IntakeFacts {
  readonly messageId: string | null;
  readonly subject: string | null;
  readonly from: string | null;
  /** Servers that the message has passed, this one not counted. */
  readonly hops: number;
  /** The exchange of the host that the message came from. */
  readonly cause: string | undefined;
}

export type Intake =
  | { readonly kind: 'taken'; readonly octets: Uint8Array; readonly facts: IntakeFacts }
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly because: string };

/**
 * @param beginning the message from its first octet to at least the end of its header section.
 * @param isSubmission whether missing fields are added.
 */
export function takeHeaderSection(beginning: Uint8Array, arrival: Arrival, isSubmission: boolean): Intake {
  const { fields, endsAt, bodyAt } = splitHeaderSection(beginning);
  const hops = fields.filter((field) => isNamed(field, 'Received')).length;
  if (endsAt > HEADER_OCTETS_MAX) {
    const because = `the header section is longer than ${HEADER_OCTETS_MAX} octets`;
    return { kind: 'refused', reply: { code: 552, status: '5.3.4', text: 'Header section too large' }, because };
  }
  if (hops >= HOPS_MAX) {
    const because = `the message has passed ${hops} servers: it travels in a circle`;
    return { kind: 'refused', reply: { code: 554, status: '5.4.6', text: 'Too many hops' }, because };
  }
  const kept = fields.filter((field) => !isNamed(field, 'Return-Path'));
  const added: string[] = [];
  const messageId = firstValue(fields, 'Message-ID') ?? (isSubmission ? `<${arrival.id}@${arrival.by}>` : null);
  if (isSubmission && !fields.some((field) => isNamed(field, 'Date')))
    added.push(`Date: ${formatDateTime(arrival.at)}\r\n`);
  if (isSubmission && !fields.some((field) => isNamed(field, 'Message-ID'))) added.push(`Message-ID: ${messageId}\r\n`);
  const octets = joinOctets([
    fromBinaryText(formatTrace(arrival)),
    ...kept.map((field) => field.octets),
    fromBinaryText(added.join('')),
    // RFC 5322, section 2.1: an empty line stands between header section and body, also where the sender forgot it.
    fromBinaryText('\r\n'),
    beginning.subarray(bodyAt),
  ]);
  const facts = {
    messageId,
    subject: firstValue(fields, 'Subject') ?? null,
    from: firstValue(fields, 'From') ?? null,
    hops,
    cause: parseExchange(firstValue(fields, EXCHANGE_FIELD)),
  };
  return { kind: 'taken', octets, facts };
}
