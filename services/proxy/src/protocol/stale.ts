/** Serving stale responses: RFC 9111, section 4.2.4, and its extensions stale-while-revalidate and stale-if-error (RFC 5861). */

import { type Directives, isUnqualified, secondsOf } from '#shared/http/cache-control.ts';
import { hasField } from '#shared/http/fields.ts';
import type { ForwardReason } from './choose-reuse.ts';
import { responseDirectives } from './directives.ts';
import { currentAge, freshnessLifetime } from './freshness.ts';
import type { StoredHead } from './stored-response.ts';

/** The directive that forbids to serve this response stale, whoever would like it (RFC 9111, section 4.2.4), or null. */
function staleForbidden(head: StoredHead): string | null {
  const { directives } = responseDirectives(head.fields);
  // Section 5.2.2.10: s-maxage says what proxy-revalidate says.
  const names = ['must-revalidate', 'proxy-revalidate', 's-maxage'] as const;
  const named = names.find((name) => directives.has(name));
  return named ?? (isUnqualified(directives, 'no-cache') ? 'no-cache' : null);
}

/** max-stale of the request (RFC 9111, section 5.2.1.2): why it is enough for this response, or null. */
export function acceptedByRequest(asked: Directives, head: StoredHead, staleS: number): string | null {
  if (!asked.has('max-stale') || staleForbidden(head) !== null) return null;
  // What one client will put up with must not hand it the cookie of another one.
  if (hasField(head.fields, 'Set-Cookie')) return null;
  const unlimited = asked.get('max-stale')!.every((argument) => argument === null);
  const limit = unlimited ? Infinity : secondsOf(asked, 'max-stale');
  return typeof limit === 'number' && staleS <= limit ? 'the request accepts a stale response (max-stale)' : null;
}

/** stale-while-revalidate (RFC 5861, section 3): why the copy may go out while the origin is asked, or null. */
export function acceptedWhileRevalidating(head: StoredHead, staleS: number): string | null {
  const window = windowOf(responseDirectives(head.fields).directives, 'stale-while-revalidate');
  if (window === null || staleS >= window || staleForbidden(head) !== null) return null;
  return `the response allows it for ${window} s while the origin is asked (stale-while-revalidate)`;
}

export interface StaleDecision {
  readonly serve: boolean;
  /** Whether the rule is one for which RFC 9111, section 5.2.2.2, wants a 504. */
  readonly forbidden: boolean;
  readonly because: string;
}

/**
 * Whether a copy may stand in for an origin that gives no answer or one of 500, 502, 503 and 504 (RFC 9111, section 4.3.3;
 * RFC 5861, section 4). Without a word about it a cache that is cut off may use what it has.
 */
export function mayCoverFailure(
  asked: Directives,
  head: StoredHead,
  reason: ForwardReason,
  now: number,
): StaleDecision {
  const forbidden = staleForbidden(head);
  if (forbidden !== null)
    return { serve: false, forbidden: true, because: `${forbidden} forbids to answer with the copy unasked` };
  const staleS = currentAge(head, now) - freshnessLifetime(head).seconds;
  const byRequest = windowOf(asked, 'stale-if-error');
  const window = byRequest ?? windowOf(responseDirectives(head.fields).directives, 'stale-if-error');
  if (window !== null) {
    return staleS <= window
      ? { serve: true, forbidden: false, because: `the copy stands in for ${window} s (stale-if-error)` }
      : { serve: false, forbidden: false, because: `the ${window} s of stale-if-error are over` };
  }
  return reason === 'request'
    ? { serve: false, forbidden: true, because: 'the request forbids to answer with the copy unasked' }
    : { serve: true, forbidden: false, because: 'the copy is sent although it could not be confirmed' };
}

/** The argument in seconds; null where the directive is absent or invalid, and so says nothing. */
function windowOf(directives: Directives, name: string): number | null {
  const seconds = secondsOf(directives, name);
  return typeof seconds === 'number' ? seconds : null;
}
