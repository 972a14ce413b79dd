/** The key that responses are stored under: the target URI (RFC 9111, section 2). */

import { type Authority, formatAuthority } from '#shared/http/request-target.ts';

/**
 * Host and port in one spelling (RFC 9110, section 4.2.3); path and query octet for octet, for only the origin knows which
 * of two spellings mean the same.
 */
export function cacheKey(authority: Authority, path: string): string {
  return `http://${formatAuthority(authority)}${path}`;
}
