/** Invalidating stored responses: RFC 9111, section 4.4. */

import { fieldLines } from '#shared/http/fields.ts';
import { formatAuthority, parseRequestTarget } from '#shared/http/request-target.ts';
import { resolveReference } from '#shared/http/uri-reference.ts';
import { cacheKey } from './cache-key.ts';
import { type CacheRequest, isSafe, type OriginResponse } from './stored-response.ts';

/**
 * The keys whose responses are out of date after an exchange: the target URI, and those of Location and Content-Location on
 * the same origin. None after a safe method or an error.
 */
export function invalidatedKeys(request: CacheRequest, response: OriginResponse): readonly string[] {
  const changed = !isSafe(request.method) && response.status >= 200 && response.status < 400;
  if (!changed) return [];
  const others = ['Location', 'Content-Location']
    .flatMap((name) => fieldLines(response.fields, name))
    .map((reference) => keyOnSameOrigin(request.key, reference))
    .filter((key) => key !== null);
  return [...new Set([request.key, ...others])];
}

/** RFC 9111, section 4.4: one origin must not be able to empty the cache of another. */
function keyOnSameOrigin(base: string, reference: string): string | null {
  const own = parseRequestTarget('GET', base);
  const other = parseRequestTarget('GET', resolveReference(base, reference) ?? '');
  if (typeof own === 'string' || own.form !== 'absolute') return null;
  if (typeof other === 'string' || other.form !== 'absolute' || other.scheme !== 'http') return null;
  return formatAuthority(other.authority) === formatAuthority(own.authority)
    ? cacheKey(other.authority, other.path)
    : null;
}
