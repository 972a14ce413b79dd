/**
 * Messages as they are written (RFC 9112, sections 2.1, 4 and 7.1): text that stands for octets, one character for each
 * (Latin-1).
 */

import { type Fields, isFieldValue, isToken } from './fields.ts';
import { reasonPhrase } from './status.ts';

/**
 * A head with its empty line. A field that would not be read as that field is a fault of the program and not of its peer.
 *
 * @throws RangeError
 */
export function formatHead(startLine: string, fields: Fields): string {
  return `${startLine}\r\n${formatFields(fields)}\r\n`;
}

/** `HTTP/1.1 200 OK`; a reason that cannot be sent is replaced by the usual one. */
export function formatStatusLine(status: number, reason: string): string {
  return `HTTP/1.1 ${status} ${isFieldValue(reason) ? reason : reasonPhrase(status)}`;
}

/** The line before the octets of a chunk; after them comes `CHUNK_END`. */
export function formatChunkSize(octets: number): string {
  return `${octets.toString(16)}\r\n`;
}

export const CHUNK_END = '\r\n';

/** What ends a chunked body (RFC 9112, section 7.1.2). */
export function formatLastChunk(trailers: Fields): string {
  return `0\r\n${formatFields(trailers)}\r\n`;
}

/** Field lines, each with its CRLF. @throws RangeError */
function formatFields(fields: Fields): string {
  let text = '';
  for (const [name, value] of fields) {
    if (!isToken(name) || !isFieldValue(value))
      throw new RangeError(`Cannot write the field ${JSON.stringify(name)}: it has a character that ends the line`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}
