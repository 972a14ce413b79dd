/** The lines that a server writes above a message: RFC 5321, section 4.4, and the lab's own trace of exchanges. */
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import { formatDateTime } from './date-time.ts';

/**
 * How the message came: the `with` clause. RFC 3848 and RFC 6531, section 4.3: S for a connection with TLS, A for a user who
 * logged in; HTTP for the webmail.
 */
export type TransmissionType = 'SMTP' | `${'ESMTP' | 'UTF8SMTP'}${'' | 'S'}${'' | 'A'}` | 'HTTP';

/** RFC 9228. */
export const DELIVERED_TO = 'Delivered-To';

export interface Arrival {
  readonly transmission: TransmissionType;
  /** The cipher suite of a connection with TLS, by its registered name. */
  readonly cipher?: string | null;
  /** What the client called itself in EHLO or HELO. */
  readonly helo: string;
  readonly clientAddress: string;
  /** The name of this server. */
  readonly by: string;
  /** The message's id in the queue. */
  readonly id: string;
  readonly exchange: string;
  /** The one recipient; null when there are several, who must not learn of each other (RFC 5321, section 7.6). */
  readonly recipient: string | null;
  /** The one recipient, where it is an alias that leads to another domain. */
  readonly forwardedFor?: string | null;
  readonly at: number;
}

/**
 * `Received:`, `Delivered-To:` where an alias sends the message on, and `Lab-Exchange:`, each on lines of their own, with
 * CRLF. A message that comes back to the same alias is known by the second (RFC 9228).
 */
export function formatTrace(arrival: Arrival): string {
  const from = `from ${heloText(arrival.helo)} ([${arrival.clientAddress}])`;
  const by = `by ${arrival.by} with ${arrival.transmission} id ${arrival.id}`;
  const recipient = arrival.recipient === null ? '' : `\r\n\tfor <${arrival.recipient}>`;
  // RFC 8314, section 4.3: the cipher suite stands last.
  const tls = arrival.cipher ? `\r\n\ttls ${arrival.cipher}` : '';
  const received = `Received: ${from}\r\n\t${by}${recipient}${tls};\r\n\t${formatDateTime(arrival.at)}\r\n`;
  const delivered = arrival.forwardedFor ? `${DELIVERED_TO}: ${arrival.forwardedFor}\r\n` : '';
  return `${delivered}${received}${EXCHANGE_FIELD}: ${arrival.exchange}\r\n`;
}

/** What a client said about itself, reduced to what may stand in a header field. */
function heloText(helo: string): string {
  return helo.replace(/[^A-Za-z0-9.:[\]_-]/g, '?').slice(0, 255) || 'unknown';
}

/** RFC 5321, section 4.4: written by the server that makes the final delivery, at the very top. */
export function formatReturnPath(reversePath: string): string {
  return `Return-Path: <${reversePath}>\r\n`;
}
