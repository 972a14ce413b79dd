/**
 * The first look at a request, before anything acts on it: the MUSTs of RFC 9112 and RFC 9110 that Node's parser leaves
 * open (two Host lines, a Host that is no host, Transfer-Encoding in HTTP/1.0, versions that we do not speak).
 */

import { type Fields, fieldLines, hasField, listMembers } from './fields.ts';
import { type Authority, parseAuthority, parseRequestTarget, type RequestTarget } from './request-target.ts';

/** Longest target, in octets: RFC 9112, section 3, asks for 8000 at least. */
const TARGET_OCTETS_MAX = 8_192;
/** Longest header section that the parser takes, in octets; above it the answer is 431. */
export const HEADER_OCTETS_MAX = 32_768;
/** Field lines of one request; browsers send about twenty. */
const FIELD_LINES_MAX = 200;

/** The head of a request as it came. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** `1.1`, without "HTTP/". */
  readonly httpVersion: string;
  readonly fields: Fields;
}

/** An answer that ends the matter: whose fault it is, says the status; why, the sentence. */
export interface Refusal {
  readonly kind: 'refuse';
  readonly status: number;
  readonly because: string;
  /** Whether the connection must end, because the framing of what follows cannot be trusted. */
  readonly close: boolean;
}

export interface Accepted {
  readonly kind: 'accept';
  readonly target: RequestTarget;
  /** The host that is meant: of the absolute form, else of the Host field; null in HTTP/1.0 without one. */
  readonly authority: Authority | null;
}

/** Accepts the head of a request, or says how it must be refused. */
export function guardRequest(head: RequestHead): Accepted | Refusal {
  if (head.httpVersion === '0.9') return refuse(400, 'HTTP/0.9 is not spoken here (RFC 9112, section 2.3)', true);
  if (head.httpVersion !== '1.0' && head.httpVersion !== '1.1') {
    return refuse(505, `HTTP/${head.httpVersion} is not spoken here: use HTTP/1.1 (RFC 9110, section 15.6.6)`, true);
  }
  return guardFraming(head) ?? guardSize(head) ?? guardTarget(head);
}

function guardFraming(head: RequestHead): Refusal | null {
  const codings = fieldLines(head.fields, 'Transfer-Encoding');
  if (codings.length === 0) return null;
  if (head.httpVersion === '1.0') {
    return refuse(400, 'Transfer-Encoding in HTTP/1.0: the framing is faulty (RFC 9112, section 6.1)', true);
  }
  if (hasField(head.fields, 'Content-Length')) {
    return refuse(
      400,
      'both Transfer-Encoding and Content-Length: this may be request smuggling (RFC 9112, section 6.3)',
      true,
    );
  }
  const names = codings.flatMap(listMembers).map((name) => name.toLowerCase());
  if (names.at(-1) !== 'chunked' || names.indexOf('chunked') !== names.length - 1) {
    return refuse(
      400,
      'chunked is not the last transfer coding, once: the length cannot be known (RFC 9112, section 6.3)',
      true,
    );
  }
  return names.length === 1 ? null : refuse(501, 'a transfer coding other than chunked (RFC 9112, section 6.1)', true);
}

function guardSize(head: RequestHead): Refusal | null {
  if (head.target.length > TARGET_OCTETS_MAX) {
    return refuse(414, `the target is longer than ${TARGET_OCTETS_MAX} octets (RFC 9112, section 3)`, true);
  }
  if (head.fields.length > FIELD_LINES_MAX) {
    return refuse(431, `more than ${FIELD_LINES_MAX} field lines (RFC 6585, section 5)`, true);
  }
  return null;
}

/** RFC 9112, section 3.2: 400 for no Host in HTTP/1.1, for more than one, and for one that is no host. */
function guardTarget(head: RequestHead): Accepted | Refusal {
  const hosts = fieldLines(head.fields, 'Host');
  if (hosts.length === 0 && head.httpVersion === '1.1') {
    return refuse(400, 'HTTP/1.1 without a Host field (RFC 9112, section 3.2)', true);
  }
  if (hosts.length > 1) return refuse(400, 'more than one Host field line (RFC 9112, section 3.2)', true);
  const target = parseRequestTarget(head.method, head.target);
  if (typeof target === 'string') return refuse(400, `${target} (RFC 9112, section 3.2)`, true);
  const named = 'authority' in target ? target.authority : null;
  const host = hosts[0] === undefined || hosts[0] === '' ? null : parseAuthority(hosts[0]);
  if (host === null && hosts[0] !== undefined && hosts[0] !== '') {
    return refuse(400, 'the Host field names no host (RFC 9112, section 3.2)', true);
  }
  // RFC 9112, section 3.2.2: the absolute form wins over the Host field.
  return { kind: 'accept', target, authority: named ?? host };
}

/** Whether a body follows the head (RFC 9112, section 6.3). */
export function hasBody(fields: Fields): boolean {
  const lengths = fieldLines(fields, 'Content-Length').flatMap(listMembers);
  return hasField(fields, 'Transfer-Encoding') || lengths.some((length) => length !== '0');
}

function refuse(status: number, because: string, close: boolean): Refusal {
  return { kind: 'refuse', status, because, close };
}
