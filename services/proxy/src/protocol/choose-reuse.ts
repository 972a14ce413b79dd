/** Constructing responses from caches: RFC 9111, section 4, with the request directives of section 5.2.1. */

import {
  cacheControl,
  type Directives,
  isUnqualified,
  requestCacheControl,
  secondsOf,
} from '#shared/http/cache-control.ts';
import { hasField } from '#shared/http/fields.ts';
import { currentAge, freshnessLifetime } from './freshness.ts';
import type { CacheRequest, Mode, StoredHead } from './stored-response.ts';
import { selectVariant } from './vary.ts';

/** Why a request goes to the origin, in the words of RFC 9211, section 2.2. */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale';

export type Reuse =
  /** Answer from the store. `ttlS` is below zero where the client accepts a stale response. */
  | { readonly kind: 'reuse'; readonly head: StoredHead; readonly ttlS: number; readonly because: string }
  /** Ask the origin whether the stored response still holds. */
  | { readonly kind: 'validate'; readonly head: StoredHead; readonly reason: ForwardReason; readonly because: string }
  | { readonly kind: 'forward'; readonly reason: ForwardReason; readonly because: string }
  /** The client wants a stored response or none: 504 (RFC 9111, section 5.2.1.7). */
  | { readonly kind: 'only-if-cached'; readonly because: string };

/** Preconditions that are for the origin alone (RFC 9111, section 4.3.2). */
const ORIGIN_CONDITIONS = ['If-Match', 'If-Unmodified-Since'] as const;

/** What the cache does with a request, given what it has stored under its key. */
export function chooseReuse(request: CacheRequest, stored: readonly StoredHead[], mode: Mode, now: number): Reuse {
  const choice = chooseFreely(request, stored, mode, now);
  const onlyIfCached = requestCacheControl(request.fields).has('only-if-cached');
  return onlyIfCached && choice.kind !== 'reuse'
    ? { kind: 'only-if-cached', because: `the request says only-if-cached, and ${choice.because}` }
    : choice;
}

function chooseFreely(request: CacheRequest, stored: readonly StoredHead[], mode: Mode, now: number): Reuse {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { kind: 'forward', reason: 'method', because: `${request.method} is for the origin` };
  }
  if (request.hasBody) return { kind: 'forward', reason: 'bypass', because: 'the request has a body' };
  const condition = ORIGIN_CONDITIONS.find((name) => hasField(request.fields, name));
  if (condition !== undefined)
    return { kind: 'forward', reason: 'bypass', because: `only the origin can evaluate ${condition}` };
  if (stored.length === 0)
    return { kind: 'forward', reason: 'uri-miss', because: 'no response is stored for this URI' };
  const head = selectVariant(stored, request.fields);
  if (head === null) {
    return {
      kind: 'forward',
      reason: 'vary-miss',
      because: 'the stored responses were selected by other request fields (Vary)',
    };
  }
  return judgeStored(requestCacheControl(request.fields), head, mode, now);
}

function judgeStored(asked: Directives, head: StoredHead, mode: Mode, now: number): Reuse {
  const validate = (reason: ForwardReason, because: string): Reuse => ({ kind: 'validate', head, reason, because });
  if (mode === 'always-revalidate') return validate('stale', 'this proxy is set to ask the origin each time');
  if (asked.has('no-store')) return { kind: 'forward', reason: 'request', because: 'the request says no-store' };
  if (asked.has('no-cache')) return validate('request', 'the request says no-cache');
  if (isUnqualified(cacheControl(head.fields), 'no-cache'))
    return validate('stale', 'the stored response says no-cache');

  const lifetime = freshnessLifetime(head);
  const ageS = currentAge(head, now);
  const ttlS = lifetime.seconds - ageS;
  const known = `its age is ${ageS} s, its lifetime ${lifetime.seconds} s (${lifetime.because})`;
  const refused = requestRefuses(asked, ageS, ttlS);
  if (refused !== null) return validate('request', `${refused}, and ${known}`);
  // RFC 9111, section 4.2: fresh while the lifetime is greater than the age.
  if (ttlS > 0) return { kind: 'reuse', head, ttlS, because: `the stored response is fresh: ${known}` };
  const stale = clientAcceptsStale(asked, head, ttlS);
  if (stale !== null) return { kind: 'reuse', head, ttlS, because: `${stale}: ${known}` };
  return validate('stale', `the stored response is stale: ${known}`);
}

/** max-age and min-fresh of the request (RFC 9111, sections 5.2.1.1 and 5.2.1.3); an invalid argument is the strictest. */
function requestRefuses(asked: Directives, ageS: number, ttlS: number): string | null {
  const maxAge = secondsOf(asked, 'max-age');
  if (maxAge === 'invalid' || (maxAge !== undefined && ageS > maxAge)) return `the request says max-age=${maxAge}`;
  const minFresh = secondsOf(asked, 'min-fresh');
  if (minFresh === 'invalid' || (minFresh !== undefined && ttlS < minFresh))
    return `the request says min-fresh=${minFresh}`;
  return null;
}

/** max-stale of the request (RFC 9111, section 5.2.1.2), where the response does not forbid it. */
function clientAcceptsStale(asked: Directives, head: StoredHead, ttlS: number): string | null {
  if (!asked.has('max-stale') || staleForbidden(head) !== null) return null;
  const limit = asked.get('max-stale')?.every((argument) => argument === null)
    ? Infinity
    : secondsOf(asked, 'max-stale');
  return typeof limit === 'number' && -ttlS <= limit ? 'the request accepts a stale response (max-stale)' : null;
}

/** The directive that forbids to serve this response stale, whoever would like it (RFC 9111, section 4.2.4), or null. */
export function staleForbidden(head: StoredHead): string | null {
  const told = cacheControl(head.fields);
  const names = ['must-revalidate', 'proxy-revalidate', 's-maxage', 'no-cache'] as const;
  return names.find((name) => told.has(name)) ?? null;
}
