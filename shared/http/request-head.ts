/**
 * The head of a request (RFC 9112, sections 2.1 and 3), by its grammar alone; what it asks for is judged by request-guard.ts.
 *
 *   request-line = method SP request-target SP HTTP-version CRLF
 *   HTTP-version = "HTTP/" DIGIT "." DIGIT
 *
 * Section 3 lets a server take other blanks for SP. This one does not: the target would begin and end elsewhere than for others.
 */

import { ProtocolViolation } from '../protocol-violation.ts';
import { parseFieldLines } from './field-section.ts';
import { isToken } from './fields.ts';
import { type Refusal, type RequestHead, refuse, TARGET_OCTETS_MAX } from './request-guard.ts';

type RequestLine = Pick<RequestHead, 'method' | 'target' | 'httpVersion'>;

/** Longest method that is known anywhere is 17 octets; a longer one is none (RFC 9112, section 3). */
const METHOD_OCTETS_MAX = 32;
/** `HTTP/1.1` and two blanks. */
const REQUEST_LINE_REST = 10;
/** Longest request line, in octets. */
export const REQUEST_LINE_OCTETS_MAX = METHOD_OCTETS_MAX + TARGET_OCTETS_MAX + REQUEST_LINE_REST;

/** The head in `text`, which ends with its empty line, or how to answer what is none. */
export function parseRequestHead(text: string): RequestHead | Refusal {
  const end = text.indexOf('\r\n');
  const line = parseRequestLine(text.slice(0, Math.max(0, end)));
  if ('kind' in line) return line;
  try {
    return { ...line, fields: parseFieldLines(text.slice(end + 2, -2), end + 2) };
  } catch (error) {
    if (error instanceof ProtocolViolation) return refuseViolation(error);
    throw error;
  }
}

/** The answer to octets that are no request. */
export function refuseViolation(violation: ProtocolViolation): Refusal {
  return refuse(400, `the message cannot be understood: ${violation.message}`);
}

/** The parts of a request line without its CRLF, or how to answer what is none. */
export function parseRequestLine(line: string): RequestLine | Refusal {
  const [method = '', target, version, ...more] = line.split(' ');
  if (!isToken(method)) return refuse(400, 'the request line does not begin with a method (RFC 9112, section 3)');
  if (target === undefined) return refuse(400, 'the request line has no target (RFC 9112, section 3)');
  if (version === undefined)
    return refuse(400, 'the request line has no version: HTTP/0.9 is not spoken here (RFC 9112, section 2.3)');
  const digits = /^HTTP\/(\d)\.(\d)$/.exec(version);
  if (more.length > 0 || digits === null || target === '')
    return refuse(
      400,
      'the request line is not a method, a target and a version, with one blank between (RFC 9112, section 3)',
    );
  if (method.length > METHOD_OCTETS_MAX) return refuse(501, 'this method is not known here (RFC 9112, section 3)');
  const [, major, minor] = digits;
  // RFC 9110, section 2.5: a higher minor version is read as the highest that is known.
  return { method, target, httpVersion: major === '1' && minor !== '0' ? '1.1' : `${major}.${minor}` };
}

/** How to answer a request line that is too long to be read to its end. `line` is what has come of it. */
export function refuseLongLine(line: string): Refusal {
  const [method = '', target] = line.split(' ', 2);
  if (!isToken(method)) return refuse(400, 'the request line does not begin with a method (RFC 9112, section 3)');
  if (target === undefined) return refuse(501, 'this method is not known here (RFC 9112, section 3)');
  return refuse(414, `the target is longer than ${TARGET_OCTETS_MAX} octets (RFC 9112, section 3)`);
}
