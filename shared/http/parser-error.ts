/** What to answer when Node's parser refuses the bytes of a client. The names are llhttp's, the rules the RFCs'. */

import { type Refusal, refuse } from './request-guard.ts';
import { reasonPhrase } from './status.ts';

/** The parser's complaint and what it had before it. */
export interface ParserError {
  /** `HPE_INVALID_VERSION`, `ECONNRESET` ... */
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** The octets of the read in which it stopped, as Latin-1, and at which of them. */
  readonly bytes: string;
  readonly offset: number;
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) \S+ HTTP\/1\.[01]\r\n/;

/** The answer, or null when nobody is left to read one. The connection ends in each case. */
export function answerToParserError(error: ParserError): Refusal | null {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return refuse(408, 'the request did not arrive in time (RFC 9110, section 15.5.9)');
  }
  if (!error.code?.startsWith('HPE_')) return null;
  if (error.code === 'HPE_INVALID_EOF_STATE') return null;
  const line = error.bytes.slice(error.bytes.lastIndexOf('\n', error.offset - 1) + 1);
  if (error.code === 'HPE_HEADER_OVERFLOW') return overflow(line);
  if (error.code === 'HPE_PAUSED_H2_UPGRADE' || error.reason === 'Invalid HTTP version') {
    return refuse(505, 'this version of HTTP is not spoken here: use HTTP/1.1 (RFC 9110, section 15.6.6)');
  }
  // A method that is well formed but unknown to the parser is no syntax error (RFC 9110, section 9.1).
  if (error.code === 'HPE_INVALID_METHOD' && REQUEST_LINE.test(line)) {
    return refuse(501, 'this method is not known here (RFC 9110, section 15.6.2)');
  }
  if (error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return refuse(413, 'the chunk extensions are too long (RFC 9112, section 7.1.1)');
  return refuse(400, `the message cannot be understood: ${error.reason ?? error.code} (RFC 9112, section 2.2)`);
}

/** A whole response as bytes for a connection that Node's server has given up. */
export function formatRefusal(refusal: Refusal, date: string, body: string): string {
  const octets = new TextEncoder().encode(body).length;
  const head = [
    `HTTP/1.1 ${refusal.status} ${reasonPhrase(refusal.status)}`,
    `Date: ${date}`,
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${octets}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** RFC 9112, section 3: 414 where it is the target that is too long: the line that has no end is a request line. */
function overflow(line: string): Refusal {
  const inFirstLine = /^[A-Z]+ \S+$/.test(line);
  return inFirstLine
    ? refuse(414, 'the target is too long (RFC 9112, section 3)')
    : refuse(431, 'the header section is too large (RFC 6585, section 5)');
}
