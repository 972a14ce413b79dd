/**
 * How a server frames its answer (RFC 9112, section 6), and whether the connection outlives it (section 9.3).
 *
 * The server is a proxy or stands where one may be: an HTTP/1.0 client gets one answer for each connection, for "a proxy server MUST
 * NOT maintain a HTTP/1.0 persistent connection" (RFC 9112, section 9.3).
 */

import { asksToClose } from './connection-options.ts';
import { type Fields, withField, withoutFields } from './fields.ts';
import type { RequestHead } from './request-guard.ts';

export interface FramedAnswer {
  /** The answer's fields with those of the framing and of the connection. */
  readonly fields: Fields;
  readonly body: 'none' | 'length' | 'chunked' | 'until-close';
  /** Whether the connection ends with this answer. */
  readonly close: boolean;
}

/** They belong to one connection: whoever else set them is not heard. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
]);
const CONTENT_LENGTH: ReadonlySet<string> = new Set(['content-length']);
const BODY_FIELDS: ReadonlySet<string> = new Set(['content-length', 'trailer']);

/** Whether the connection may be used for another request after this one. */
export function isPersistent(request: RequestHead): boolean {
  return request.httpVersion !== '1.0' && !asksToClose(request.fields);
}

/**
 * @param length of the body; null when unknown; `none` where no body is to follow
 * @param persistent whether the connection could go on; `Connection: close` among the answer's fields ends it, too
 */
export function frameAnswer(
  request: RequestHead,
  answer: { readonly status: number; readonly fields: Fields },
  length: number | null | 'none',
  persistent: boolean,
): FramedAnswer {
  const { status } = answer;
  const isOld = request.httpVersion === '1.0';
  const own = withoutFields(answer.fields, CONNECTION_FIELDS);
  const ends = !persistent || asksToClose(answer.fields);
  const framed = (body: FramedAnswer['body'], fields: Fields, close = ends): FramedAnswer => ({
    body,
    close,
    fields: close ? [...fields, ['Connection', 'close']] : fields,
  });
  // RFC 9110, section 8.6: no Content-Length in a 204.
  if (status === 204) return framed('none', withoutFields(own, CONTENT_LENGTH));
  // RFC 9110, sections 9.3.2 and 15.4.5: what would have come is told, and does not come.
  if (request.method === 'HEAD' || status === 304) {
    return framed('none', typeof length === 'number' ? withField(own, 'Content-Length', String(length)) : own);
  }
  if (length === 'none') return framed('none', withField(own, 'Content-Length', '0'));
  if (length !== null) return framed('length', withField(own, 'Content-Length', String(length)));
  const unsized = withoutFields(own, CONTENT_LENGTH);
  // RFC 9112, section 6.1: no Transfer-Encoding to a client that has not said HTTP/1.1.
  return isOld
    ? framed('until-close', unsized, true)
    : framed('chunked', [...unsized, ['Transfer-Encoding', 'chunked']]);
}

/** The fields of a 1xx: it has no body, whatever an origin says (RFC 9110, section 8.6; RFC 9112, section 6.1). */
export function informationFields(fields: Fields): Fields {
  return withoutFields(withoutFields(fields, CONNECTION_FIELDS), BODY_FIELDS);
}
