/**
 * Where a message body ends: RFC 9112, section 6.3, for requests and for responses. What two readers could understand
 * differently is a fault: whoever is behind us might be the other reader.
 */

import { type Fields, fieldLines } from './fields.ts';

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly octets: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

/** The framing cannot be trusted, and what follows on the connection neither. */
export interface FramingFault {
  readonly kind: 'fault';
  /** What a client is told: 501 for a coding that is not known here, 400 for all else. An origin's fault is 502. */
  readonly status: 400 | 501;
  readonly because: string;
}

const NONE: BodyFraming = { kind: 'none' };
const CHUNKED: BodyFraming = { kind: 'chunked' };

// Blanks are SP and HTAB and nothing else: what `trim` takes away as well (a no-break space) another reader would keep.
const CHUNKED_CODING = /^[ \t]*chunked[ \t]*$/i;
const LENGTH = /^[ \t]*(\d+)[ \t]*$/;

/** The framing of a request: without one of the two fields it has no body (RFC 9112, section 6.3, item 7). */
export function requestFraming(httpVersion: string, fields: Fields): BodyFraming | FramingFault {
  return declaredFraming(httpVersion, fields) ?? NONE;
}

/** The framing of the response to a request with `method`. A response of no declared length lasts until the connection ends. */
export function responseFraming(
  method: string,
  response: { readonly httpVersion: string; readonly status: number; readonly fields: Fields },
): BodyFraming | FramingFault {
  const { httpVersion, status, fields } = response;
  const declared = declaredFraming(httpVersion, fields);
  // Even where no body follows, a length that can be read in two ways is not passed on.
  if (declared?.kind === 'fault') return declared;
  // RFC 9112, section 6.3, item 1: these end with their header section, whatever it says.
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return NONE;
  return declared ?? { kind: 'until-close' };
}

/** What Transfer-Encoding and Content-Length say; null when neither is there. */
function declaredFraming(httpVersion: string, fields: Fields): BodyFraming | FramingFault | null {
  const codings = fieldLines(fields, 'Transfer-Encoding');
  const lengths = fieldLines(fields, 'Content-Length');
  if (codings.length > 0) return chunkedFraming(httpVersion, codings, lengths.length > 0);
  return lengths.length > 0 ? lengthFraming(lengths) : null;
}

function chunkedFraming(
  httpVersion: string,
  codings: readonly string[],
  hasLength: boolean,
): BodyFraming | FramingFault {
  if (httpVersion === '1.0') {
    return fault(400, 'Transfer-Encoding in HTTP/1.0: the framing is faulty (RFC 9112, section 6.1)');
  }
  if (hasLength) {
    return fault(400, 'both Transfer-Encoding and Content-Length: this may be smuggling (RFC 9112, section 6.3)');
  }
  const isChunked = codings.flatMap((line) => line.split(',')).map((name) => CHUNKED_CODING.test(name));
  if (isChunked.indexOf(true) !== isChunked.length - 1) {
    return fault(400, 'chunked is not the last transfer coding, once: the length is unknown (RFC 9112, section 6.3)');
  }
  return isChunked.length === 1 ? CHUNKED : fault(501, 'a transfer coding other than chunked (RFC 9112, section 6.1)');
}

/** RFC 9112, section 6.3, item 5: several equal lengths are one, anything else is an error that cannot be mended. */
function lengthFraming(lines: readonly string[]): BodyFraming | FramingFault {
  const values = lines.flatMap((line) => line.split(',')).map((value) => LENGTH.exec(value)?.[1]);
  const [first] = values;
  if (first === undefined) return fault(400, 'Content-Length is no number (RFC 9110, section 8.6)');
  if (values.some((value) => value !== first)) {
    return fault(400, 'Content-Length has different values (RFC 9112, section 6.3)');
  }
  const octets = Number(first);
  // RFC 9110, section 8.6: a recipient must foresee large numbers, and not lose precision over them.
  if (!Number.isSafeInteger(octets)) return fault(400, 'Content-Length is too large to count (RFC 9110, section 8.6)');
  return { kind: 'length', octets };
}

function fault(status: 400 | 501, because: string): FramingFault {
  return { kind: 'fault', status, because };
}
