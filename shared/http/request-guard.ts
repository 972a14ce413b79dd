/**
 * The first look at a request, before anything acts on it: the one judge of all servers of the lab. request-head.ts has read the
 * head by its grammar, or Node's parser has, which leaves open several MUSTs of RFC 9112 and RFC 9110: two Host lines, a Host that
 * is no host, Transfer-Encoding in HTTP/1.0, versions that we do not speak.
 */

import { type BodyFraming, requestFraming } from './body-framing.ts';
import { FIELD_LINES_MAX } from './field-section.ts';
import { type Fields, fieldLines, hasField, listMembers } from './fields.ts';
import { type Authority, parseAuthority, parseRequestTarget, type RequestTarget } from './request-target.ts';

/** Longest target, in octets: RFC 9112, section 3, asks for 8000 at least. */
export const TARGET_OCTETS_MAX = 8_192;
/** Longest header section that the parser takes, in octets; above it the answer is 431. */
export const HEADER_OCTETS_MAX = 32_768;

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
  readonly framing: BodyFraming;
}

/** Accepts the head of a request, or says how it must be refused. */
export function guardRequest(head: RequestHead): Accepted | Refusal {
  if (head.httpVersion === '0.9') return refuse(400, 'HTTP/0.9 is not spoken here (RFC 9112, section 2.3)');
  if (head.httpVersion !== '1.0' && head.httpVersion !== '1.1') {
    return refuse(505, `HTTP/${head.httpVersion} is not spoken here: use HTTP/1.1 (RFC 9110, section 15.6.6)`);
  }
  const framing = guardFraming(head);
  if (framing.kind === 'refuse') return framing;
  return guardSize(head) ?? guardExpectation(head) ?? guardTarget(head, framing);
}

/**
 * How long the body is (body-framing.ts), and that it is said once: RFC 9110, section 8.6 lets a server refuse equal lengths,
 * too.
 */
function guardFraming(head: RequestHead): BodyFraming | Refusal {
  const lengths = fieldLines(head.fields, 'Content-Length');
  const framing = requestFraming(head.httpVersion, head.fields);
  if (framing.kind === 'fault') return refuse(framing.status, framing.because);
  if (lengths.length > 1 || lengths[0]?.includes(','))
    return refuse(400, 'the Content-Length is given more than once (RFC 9112, section 6.3)');
  return framing;
}

/** RFC 9110, section 10.1.1: there is one expectation, and HTTP/1.0 has none. */
function guardExpectation(head: RequestHead): Refusal | null {
  const given = fieldLines(head.fields, 'Expect').flatMap(listMembers);
  if (head.httpVersion === '1.0' || given.every((member) => member.toLowerCase() === '100-continue')) return null;
  return refuse(417, 'an expectation other than 100-continue (RFC 9110, section 15.5.18)');
}

function guardSize(head: RequestHead): Refusal | null {
  if (head.target.length > TARGET_OCTETS_MAX) {
    return refuse(414, `the target is longer than ${TARGET_OCTETS_MAX} octets (RFC 9112, section 3)`);
  }
  if (head.fields.length > FIELD_LINES_MAX) {
    return refuse(431, `more than ${FIELD_LINES_MAX} field lines (RFC 6585, section 5)`);
  }
  return null;
}

/** RFC 9112, section 3.2: 400 for no Host in HTTP/1.1, for more than one, and for one that is no host. */
function guardTarget(head: RequestHead, framing: BodyFraming): Accepted | Refusal {
  const hosts = fieldLines(head.fields, 'Host');
  if (hosts.length === 0 && head.httpVersion === '1.1') {
    return refuse(400, 'HTTP/1.1 without a Host field (RFC 9112, section 3.2)');
  }
  if (hosts.length > 1) return refuse(400, 'more than one Host field line (RFC 9112, section 3.2)');
  const target = parseRequestTarget(head.method, head.target);
  if (typeof target === 'string') return refuse(400, `${target} (RFC 9112, section 3.2)`);
  const named = 'authority' in target ? target.authority : null;
  const host = hosts[0] === undefined || hosts[0] === '' ? null : parseAuthority(hosts[0]);
  if (host === null && hosts[0] !== undefined && hosts[0] !== '') {
    return refuse(400, 'the Host field names no host (RFC 9112, section 3.2)');
  }
  // RFC 9112, section 3.2.2: the absolute form wins over the Host field.
  return { kind: 'accept', target, authority: named ?? host, framing };
}

/** Whether a body follows the head (RFC 9112, section 6.3). */
export function hasBody(fields: Fields): boolean {
  const lengths = fieldLines(fields, 'Content-Length').flatMap(listMembers);
  return hasField(fields, 'Transfer-Encoding') || lengths.some((length) => Number(length) !== 0);
}

/** An answer that ends the matter; the connection ends with it, unless what follows can be trusted. */
export function refuse(status: number, because: string, close = true): Refusal {
  return { kind: 'refuse', status, because, close };
}
