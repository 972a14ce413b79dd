/** Trailer fields (RFC 9110, section 6.5): which of them may be passed on. They are kept apart, never merged into the header. */

import { type Fields, withoutFields } from './fields.ts';

/**
 * Fields that mean nothing, or something dangerous, when they come after the body (RFC 9110, section 6.5.1): who acted on the
 * header has chosen the recipient, the length, the rights and the lifetime already.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...['content-length', 'transfer-encoding', 'trailer', 'te', 'upgrade'],
  ...['connection', 'keep-alive', 'proxy-connection'],
  ...['host', 'via', 'max-forwards', 'expect', 'lab-exchange'],
  ...['authorization', 'proxy-authorization', 'www-authenticate', 'proxy-authenticate', 'cookie', 'set-cookie'],
  ...['authentication-info', 'proxy-authentication-info'],
  ...['cache-control', 'cdn-cache-control', 'pragma', 'cache-status'],
  ...['age', 'date', 'expires', 'vary', 'last-modified'],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range'],
  ...['content-encoding', 'content-type', 'content-range', 'content-location', 'location', 'retry-after'],
]);

/** The trailer fields less those that may not stand there. */
export function allowedTrailers(fields: Fields): Fields {
  return withoutFields(fields, FORBIDDEN);
}
