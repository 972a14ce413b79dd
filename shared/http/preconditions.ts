/**
 * Conditional requests (RFC 9110, section 13), for whoever holds the selected representation: the origin evaluates all of
 * them, a cache only If-None-Match and If-Modified-Since (RFC 9111, section 4.3.2).
 */

import { type EntityTag, parseEntityTag, parseEntityTagList, strongMatch, weakMatch } from './entity-tag.ts';
import { type Fields, fieldLines, fieldValue } from './fields.ts';
import { parseHttpDate } from './http-date.ts';

/** What tells one version of a representation from another. */
export interface Validators {
  readonly etag: EntityTag | null;
  /** Milliseconds since 1970; compared in whole seconds. */
  readonly lastModifiedMs: number | null;
}

export type Outcome =
  | { readonly kind: 'perform'; readonly because: string }
  | { readonly kind: 'not-modified'; readonly because: string }
  | { readonly kind: 'precondition-failed'; readonly because: string };

/** Evaluates all preconditions in their order of precedence (RFC 9110, section 13.2.2). */
export function evaluatePreconditions(method: string, fields: Fields, current: Validators, now: number): Outcome {
  return evaluateForOrigin(fields, current, now) ?? evaluateForCache(method, fields, current, now);
}

/** The first half, which only an origin evaluates: steps 1 and 2 of RFC 9110, section 13.2.2. Null: go on. */
function evaluateForOrigin(fields: Fields, current: Validators, now: number): Outcome | null {
  const ifMatch = fieldValue(fields, 'If-Match');
  if (ifMatch !== undefined) {
    const wanted = parseEntityTagList(ifMatch);
    const matches = wanted === '*' || wanted.some((tag) => current.etag !== null && strongMatch(tag, current.etag));
    return matches ? null : failed('If-Match names no current entity tag');
  }
  const since = dateField(fields, 'If-Unmodified-Since', now);
  if (since === null || current.lastModifiedMs === null) return null;
  return wholeSecond(current.lastModifiedMs) <= since ? null : failed('it was modified since If-Unmodified-Since');
}

/** The second half: steps 3 and 4 of RFC 9110, section 13.2.2. */
export function evaluateForCache(method: string, fields: Fields, current: Validators, now: number): Outcome {
  const safe = method === 'GET' || method === 'HEAD';
  const ifNoneMatch = fieldValue(fields, 'If-None-Match');
  if (ifNoneMatch !== undefined) {
    const known = parseEntityTagList(ifNoneMatch);
    const matches = known === '*' || known.some((tag) => current.etag !== null && weakMatch(tag, current.etag));
    if (!matches)
      return { kind: 'perform', because: 'If-None-Match names no current entity tag: the client has another version' };
    if (safe) return { kind: 'not-modified', because: 'If-None-Match names the current entity tag' };
    return failed('If-None-Match names the current entity tag');
  }
  // RFC 9110, section 13.1.3: If-Modified-Since is ignored next to If-None-Match and for other methods.
  const since = safe ? dateField(fields, 'If-Modified-Since', now) : null;
  if (since === null) return { kind: 'perform', because: 'the request has no condition that applies' };
  if (current.lastModifiedMs === null) return { kind: 'perform', because: 'no Last-Modified is known to compare with' };
  if (wholeSecond(current.lastModifiedMs) <= since) {
    return { kind: 'not-modified', because: 'it was not modified after If-Modified-Since' };
  }
  return { kind: 'perform', because: 'it was modified after If-Modified-Since' };
}

/** Whether a Range may be answered in part: there is no If-Range, or it names exactly this version (RFC 9110, section 13.1.5). */
export function ifRangeHolds(fields: Fields, current: Validators, now: number): boolean {
  const value = fieldValue(fields, 'If-Range');
  if (value === undefined) return true;
  const tag = parseEntityTag(value);
  if (tag !== null) return current.etag !== null && strongMatch(tag, current.etag);
  const date = parseHttpDate(value, now);
  // A date is a strong validator only when a second has passed over it (RFC 9110, section 8.8.2.2).
  if (date === null || current.lastModifiedMs === null || now - current.lastModifiedMs < 1000) return false;
  return wholeSecond(current.lastModifiedMs) === date;
}

/** The value of a field that is a single date, or null when it is absent, repeated or invalid and so to be ignored. */
function dateField(fields: Fields, name: string, now: number): number | null {
  const lines = fieldLines(fields, name);
  return lines.length === 1 ? parseHttpDate(lines[0]!, now) : null;
}

function wholeSecond(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

function failed(because: string): Outcome {
  return { kind: 'precondition-failed', because };
}
