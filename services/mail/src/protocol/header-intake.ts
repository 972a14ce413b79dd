/**
 * What a server changes in the header section of a message that it takes: it writes its trace above it (RFC 5321, section
 * 4.4), removes a Return-Path that only a final delivery may write, and, at submission, adds Date and Message-ID where they
 * are missing (RFC 6409, section 8) and repairs nothing else. It stops a message that travels in a circle (RFC 5321,
 * section 6.3), and one that says not who wrote it.
 */
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import { sameName } from './alias-list.ts';
import { formatDateTime } from './date-time.ts';
import {
  fieldValue,
  firstValue,
  type HeaderField,
  type HeaderSection,
  isNamed,
  splitHeaderSection,
} from './header-section.ts';
import { HEADER_OCTETS_MAX } from './mail-data.ts';
import { joinOctets } from './octets.ts';
import type { SmtpReply } from './smtp-reply.ts';
import { type Arrival, DELIVERED_TO, formatTrace } from './trace.ts';

/** Received fields of a message at most: well above any real path, well below a circle without end. */
export const HOPS_MAX = 25;

/**
 * Longest message identifier that is kept, in characters: what is longer fits into no line of another message that refers to it
 * (RFC 5322, section 2.1.1), and every waiting message and every report of it would have to carry it.
 */
const MESSAGE_ID_LENGTH_MAX = 900;
/** Characters of a subject that are kept, for the same reason; the message itself keeps all of it. */
const SUBJECT_LENGTH_MAX = 900;

export interface IntakeFacts {
  /** Null when there is none, or one that is too long to be referred to. */
  readonly messageId: string | null;
  /** The beginning of a long one. */
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
 * @param isSubmission whether the message begins its way here.
 * @param forwarding recipients that are aliases leading to another domain, in the form of `Arrival.forwardedFor`.
 */
export function takeHeaderSection(
  beginning: Uint8Array,
  arrival: Arrival,
  isSubmission: boolean,
  forwarding: readonly string[] = [],
): Intake {
  const section = splitHeaderSection(beginning);
  const refused = refusalOf(section, isSubmission, forwarding);
  if (refused !== null) return refused;
  const { fields, bodyAt } = section;
  const messageId = firstValue(fields, 'Message-ID') ?? (isSubmission ? `<${arrival.id}@${arrival.by}>` : null);
  const isReferable = messageId !== null && messageId.length <= MESSAGE_ID_LENGTH_MAX;
  const octets = joinOctets([
    encoder.encode(formatTrace(arrival)),
    ...fields.filter((field) => !isNamed(field, 'Return-Path')).map((field) => field.octets),
    encoder.encode(isSubmission ? missingFields(fields, arrival, messageId) : ''),
    // RFC 5322, section 2.1: an empty line stands between header section and body, also where the sender forgot it.
    encoder.encode('\r\n'),
    beginning.subarray(bodyAt),
  ]);
  const facts = {
    messageId: isReferable ? messageId : null,
    subject: firstValue(fields, 'Subject')?.slice(0, SUBJECT_LENGTH_MAX) ?? null,
    from: firstValue(fields, 'From') ?? null,
    hops: countNamed(fields, 'Received'),
    cause: parseExchange(firstValue(fields, EXCHANGE_FIELD)),
  };
  return { kind: 'taken', octets, facts };
}

/** Addresses beyond ASCII stand in the trace as UTF-8 (RFC 6531, section 3.7.3). */
const encoder = new TextEncoder();

type RefusedIntake = Extract<Intake, { kind: 'refused' }>;

function refusalOf(
  { fields, endsAt }: HeaderSection,
  isSubmission: boolean,
  forwarding: readonly string[],
): RefusedIntake | null {
  if (endsAt > HEADER_OCTETS_MAX) {
    const because = `the header section is longer than ${HEADER_OCTETS_MAX} octets`;
    return refusal(552, '5.3.4', 'Header section too large', because);
  }
  const hops = countNamed(fields, 'Received');
  if (hops >= HOPS_MAX) {
    return refusal(554, '5.4.6', 'Too many hops', `the message has passed ${hops} servers: it travels in a circle`);
  }
  const cameBackTo = forwarding.find((alias) =>
    fields.some((field) => isNamed(field, DELIVERED_TO) && sameName(fieldValue(field)) === sameName(alias)),
  );
  if (cameBackTo !== undefined) {
    const because = `${cameBackTo} has sent this message on before: it travels in a circle`;
    return refusal(554, '5.4.6', 'Mail forwarding loop', because);
  }
  if (isSubmission && countNamed(fields, 'From') === 0) {
    // RFC 6409, section 8, lets a server add fields; who wrote a message only its author can say (RFC 5322, section 3.6).
    return refusal(554, '5.6.0', 'The message has no From field', 'a message says who wrote it: RFC 5322, section 3.6');
  }
  return null;
}

/** RFC 6409, sections 8.2 and 8.3. */
function missingFields(fields: readonly HeaderField[], arrival: Arrival, messageId: string | null): string {
  const date = countNamed(fields, 'Date') === 0 ? `Date: ${formatDateTime(arrival.at)}\r\n` : '';
  return countNamed(fields, 'Message-ID') === 0 ? `${date}Message-ID: ${messageId}\r\n` : date;
}

function countNamed(fields: readonly HeaderField[], name: string): number {
  let count = 0;
  for (const field of fields) if (isNamed(field, name)) count += 1;
  return count;
}

function refusal(code: number, status: string, text: string, because: string): RefusedIntake {
  return { kind: 'refused', reply: { code, status, text }, because };
}
