/** The head of a response: status line and field lines (RFC 9112, sections 2.1 and 4). */

import { ProtocolViolation } from '../protocol-violation.ts';
import { parseFieldLines } from './field-section.ts';
import type { Fields } from './fields.ts';

export interface ResponseHead {
  /** As we treat it: a later 1.x of the sender is 1.1 for us (RFC 9110, section 2.5). */
  readonly httpVersion: '1.0' | '1.1';
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
}

/** The blank before an empty reason phrase is missing in the answers of many servers; nothing is unclear without it. */
const STATUS_LINE = /^HTTP\/(\d)\.(\d) (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
/** Every response begins so; anything else is another protocol, and need not be read to its end. */
const BEGINNING = 'HTTP/1.';

/**
 * The octets of the head with its empty line, or null while it has not come whole.
 *
 * @param from how many octets have been looked through already
 * @throws ProtocolViolation as soon as it can be seen that this is no head: the sender may say no more for ever
 */
export function findHeadEnd(octets: Uint8Array, from: number): number | null {
  for (let at = 0; at < Math.min(BEGINNING.length, octets.length); at += 1) {
    if (octets[at] !== BEGINNING.charCodeAt(at)) {
      throw new ProtocolViolation('This is no HTTP/1 response', at, 'RFC 9112, section 4');
    }
  }
  for (let lf = octets.indexOf(10, from); lf !== -1; lf = octets.indexOf(10, lf + 1)) {
    if (octets[lf - 1] !== 13) throw new ProtocolViolation('A bare LF in the head', lf, 'RFC 9112, section 2.2');
    if (octets[lf - 2] === 10) return lf + 1;
  }
  return null;
}

/** The head in `text`: octets as Latin-1, with the empty line at its end. @throws ProtocolViolation */
export function parseResponseHead(text: string): ResponseHead {
  const lineEnd = text.indexOf('\r\n');
  const parts = STATUS_LINE.exec(text.slice(0, lineEnd));
  if (parts === null) throw new ProtocolViolation('The status line is malformed', 0, 'RFC 9112, section 4');
  const [, major, minor, statusText, reason = ''] = parts;
  if (major !== '1') throw new ProtocolViolation(`HTTP/${major}.${minor} was not asked`, 5, 'RFC 9112, section 2.3');
  const status = Number(statusText);
  if (status < 100 || status > 599) {
    throw new ProtocolViolation(`There is no status ${statusText}`, 9, 'RFC 9110, section 15');
  }
  const fields = parseFieldLines(text.slice(lineEnd + 2, -2), lineEnd + 2);
  return { httpVersion: minor === '0' ? '1.0' : '1.1', status, reason, fields };
}
