/** The first look at the head of a response from an origin: framing that two readers could understand differently. */

import { type Fields, fieldLines, hasField } from '#shared/http/fields.ts';

/**
 * What is wrong with the framing, or null.
 *
 * @param head the octets of the head as they came: Node trims the values that it shows, and takes "chunked<TAB>" for no chunked
 *   coding at all, so that the chunk sizes would be passed on as part of the body (llhttp issue 876).
 */
export function framingFault(fields: Fields, head: string): string | null {
  const codings = fieldLines(fields, 'Transfer-Encoding');
  if (codings.length === 0) return null;
  if (hasField(fields, 'Content-Length'))
    return 'the origin sent Transfer-Encoding and Content-Length (RFC 9112, section 6.3)';
  const known = codings.length === 1 && codings[0]!.toLowerCase() === 'chunked';
  if (!known || /^transfer-encoding:[^\n]*\t/im.test(head)) {
    return 'the origin sent a Transfer-Encoding that is not exactly "chunked" (RFC 9112, section 6.1)';
  }
  return null;
}
