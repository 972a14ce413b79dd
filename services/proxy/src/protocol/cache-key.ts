/** The key that responses are stored under: the target URI (RFC 9111, section 2). */

import { type Fields, fieldValue } from '#shared/http/fields.ts';
import { type Authority, formatAuthority } from '#shared/http/request-target.ts';
import type { Selecting, StoredHead } from './stored-response.ts';

/**
 * Host and port in one spelling (RFC 9110, section 4.2.3); path and query octet for octet, for only the origin knows which
 * of two spellings mean the same.
 */
export function cacheKey(authority: Authority, path: string): string {
  return `http://${formatAuthority(authority)}${path}`;
}

/** Fields of a request by which somebody is known, by the words in their names. */
const CREDENTIALS = /auth|cookie|token|secret|session|key/;

/** A field of a request that selected a response, as it may be shown to people: credentials are nobody's but their owner's. */
export function shownValue(name: string, value: string | null): string | null {
  return value !== null && CREDENTIALS.test(name) ? '(not shown)' : value;
}

/**
 * The key with the request fields that selected the response, for people; undefined where the URI is all (RFC 9111, section 4.1).
 * The values are those of this request: what was stored came with somebody else's. And its own credentials are not repeated where
 * a script of the page could read them, as TRACE would (RFC 9110, section 9.3.8).
 */
export function describeKey(head: StoredHead, request: Fields): string | undefined {
  if (head.selecting.length === 0) return undefined;
  const own: Selecting = head.selecting.map(([name]) => [name, fieldValue(request, name) ?? null]);
  return [head.key, ...own.map(([name, value]) => `${name}:${shownValue(name, value) ?? ''}`)].join(' ');
}
