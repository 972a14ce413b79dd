/** Constructing responses from caches: RFC 9111, section 4, with the request directives of section 5.2.1. */

import { type Directives, isUnqualified, requestCacheControl, secondsOf } from '#shared/http/cache-control.ts';
import { hasField } from '#shared/http/fields.ts';
import { responseDirectives } from './directives.ts';
import { currentAge, freshnessLifetime } from './freshness.ts';
import { acceptedByRequest, acceptedWhileRevalidating } from './stale.ts';
import { canAnswer, canBeCompleted } from './stored-range.ts';
import type { CacheRequest, Mode, StoredHead } from './stored-response.ts';
import { selectVariants } from './vary.ts';

/** Why a request goes to the origin, in the words of RFC 9211, section 2.2. */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale' | 'partial';

export type Reuse =
  /** Answer from the store. `ttlS` is below zero where a stale response is accepted. */
  | {
      readonly kind: 'reuse';
      readonly head: StoredHead;
      readonly ttlS: number;
      /** Whether to ask the origin behind the client's back (RFC 5861, section 3). */
      readonly revalidate: boolean;
      readonly because: string;
    }
  /**
   * Ask the origin which of the candidates holds (RFC 9111, section 4.3.1). `head` is the one that the request selects; null
   * when it selects none of the stored variants, any of which may be its answer all the same.
   */
  | {
      readonly kind: 'validate';
      readonly head: StoredHead | null;
      readonly candidates: readonly StoredHead[];
      readonly reason: ForwardReason;
      readonly because: string;
    }
  /** The whole is wanted, and its beginning is stored: ask for the rest of that version (RFC 9111, section 3.4). */
  | { readonly kind: 'complete'; readonly head: StoredHead; readonly reason: 'partial'; readonly because: string }
  | { readonly kind: 'forward'; readonly reason: ForwardReason; readonly because: string }
  /** The client wants a stored response or none: 504 (RFC 9111, section 5.2.1.7). */
  | { readonly kind: 'only-if-cached'; readonly because: string };

/** Preconditions that are for the origin alone (RFC 9111, section 4.3.2). */
const ORIGIN_CONDITIONS = ['If-Match', 'If-Unmodified-Since'] as const;

/** What the cache does with a request, given what it has stored under its key. */
export function chooseReuse(request: CacheRequest, stored: readonly StoredHead[], mode: Mode, now: number): Reuse {
  const asked = requestCacheControl(request.fields);
  const choice = mustForward(request, asked) ?? chooseStored(request, asked, stored, mode, now);
  return asked.has('only-if-cached') && choice.kind !== 'reuse'
    ? { kind: 'only-if-cached', because: `the request says only-if-cached, and ${choice.because}` }
    : choice;
}

/** Requests that no stored response answers, whatever is stored. */
function mustForward(request: CacheRequest, asked: Directives): Reuse | null {
  const { method, fields } = request;
  if (method !== 'GET' && method !== 'HEAD') return forward('method', `${method} is for the origin`);
  if (request.hasBody) return forward('bypass', 'the request has a body');
  const condition = ORIGIN_CONDITIONS.find((name) => hasField(fields, name));
  if (condition !== undefined) return forward('bypass', `only the origin can evaluate ${condition}`);
  return asked.has('no-store') ? forward('request', 'the request says no-store') : null;
}

function chooseStored(
  request: CacheRequest,
  asked: Directives,
  stored: readonly StoredHead[],
  mode: Mode,
  now: number,
): Reuse {
  if (stored.length === 0) return forward('uri-miss', 'no response is stored for this URI');
  const selected = selectVariants(stored, request.fields);
  const head = selected.find((candidate) => canAnswer(candidate, request, now));
  if (head !== undefined) return judgeStored(asked, head, stored, mode, now);
  if (selected.length > 0) {
    const beginning = selected.find((candidate) => canBeCompleted(candidate, request));
    if (beginning === undefined) return forward('partial', 'only another part of it is stored');
    const because = `only its first ${beginning.octets} octets are stored`;
    return { kind: 'complete', head: beginning, reason: 'partial', because };
  }
  const because = 'the stored responses were selected by other request fields (Vary)';
  const candidates = stored.filter(isCandidate);
  return candidates.length === 0
    ? forward('vary-miss', because)
    : { kind: 'validate', head: null, candidates, reason: 'vary-miss', because };
}

/** Whether a 304 can name this response as the one that holds: whole, with an entity tag. */
function isCandidate(head: StoredHead): boolean {
  return head.part === null && hasField(head.fields, 'ETag');
}

function judgeStored(
  asked: Directives,
  head: StoredHead,
  stored: readonly StoredHead[],
  mode: Mode,
  now: number,
): Reuse {
  const validate = (reason: ForwardReason, because: string): Reuse => {
    const others = stored.filter((other) => other !== head && isCandidate(other));
    return { kind: 'validate', head, candidates: [head, ...others], reason, because };
  };
  const reuse = (because: string, revalidate = false): Reuse => ({ kind: 'reuse', head, ttlS, revalidate, because });
  const told = responseDirectives(head.fields).directives;
  const lifetime = freshnessLifetime(head);
  const ageS = currentAge(head, now);
  const ttlS = lifetime.seconds - ageS;
  const known = `its age is ${ageS} s, its lifetime ${lifetime.seconds} s (${lifetime.because})`;

  if (mode === 'always-revalidate') return validate('stale', 'this proxy is set to ask the origin each time');
  if (asked.has('no-cache')) return validate('request', 'the request says no-cache');
  if (isUnqualified(told, 'no-cache')) return validate('stale', 'the stored response says no-cache');
  // RFC 9111, section 4.2: fresh while the lifetime is greater than the age.
  const fresh = ttlS > 0;
  const refused = requestRefuses(asked, ageS, ttlS, fresh && told.has('immutable'));
  if (refused !== null) return validate('request', `${refused}, and ${known}`);
  if (fresh) return reuse(`the stored response is fresh: ${known}`);
  const accepted = acceptedByRequest(asked, head, -ttlS);
  if (accepted !== null) return reuse(`${accepted}: ${known}`);
  const meanwhile = acceptedWhileRevalidating(head, -ttlS);
  if (meanwhile !== null) return reuse(`${meanwhile}: ${known}`, true);
  return validate('stale', `the stored response is stale: ${known}`);
}

/**
 * max-age and min-fresh of the request (RFC 9111, sections 5.2.1.1 and 5.2.1.3); an invalid argument is the strictest. The age
 * of a fresh response that is immutable says nothing: a reload finds it unchanged (RFC 8246, section 2).
 */
function requestRefuses(asked: Directives, ageS: number, ttlS: number, immutable: boolean): string | null {
  const maxAge = immutable ? undefined : secondsOf(asked, 'max-age');
  if (maxAge === 'invalid' || (maxAge !== undefined && ageS > maxAge)) return `the request says max-age=${maxAge}`;
  const minFresh = secondsOf(asked, 'min-fresh');
  if (minFresh === 'invalid' || (minFresh !== undefined && ttlS < minFresh))
    return `the request says min-fresh=${minFresh}`;
  return null;
}

function forward(reason: ForwardReason, because: string): Reuse {
  return { kind: 'forward', reason, because };
}
