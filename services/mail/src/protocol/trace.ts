/** The lines that a server writes above a message: RFC 5321, section 4.4, and the lab's own trace of exchanges. */
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import { formatDateTime } from './date-time.ts';

/** How the message came: the `with` clause (RFC 3848, RFC 6531, section 4.3; HTTP for the webmail). */
export type TransmissionType = 'SMTP' | 'ESMTP' | 'ESMTPA' | 'UTF8SMTP' | 'UTF8SMTPA' | 'HTTP';

export interface Arrival {
  readonly transmission: TransmissionType;
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
  readonly at: number;
}

/** `Received:` and `Lab-Exchange:`, each on lines of their own, with CRLF. */
export function formatTrace(arrival: Arrival): string {
  const from = `from ${heloText(arrival.helo)} ([${arrival.clientAddress}])`;
  const by = `by ${arrival.by} with ${arrival.transmission} id ${arrival.id}`;
  const recipient = arrival.recipient === null ? '' : `\r\n\tfor <${arrival.recipient}>`;
  const received = `Received: ${from}\r\n\t${by}${recipient};\r\n\t${formatDateTime(arrival.at)}\r\n`;
  return `${received}${EXCHANGE_FIELD}: ${arrival.exchange}\r\n`;
}

/** What a client said about itself, reduced to what may stand in a header field. */
function heloText(helo: string): string {
  return helo.replace(/[^A-Za-z0-9.:[\]_-]/g, '?').slice(0, 255) || 'unknown';
}

/** RFC 5321, section 4.4: written by the server that makes the final delivery, at the very top. */
export function formatReturnPath(reversePath: string): string {
  return `Return-Path: <${reversePath}>\r\n`;
}
