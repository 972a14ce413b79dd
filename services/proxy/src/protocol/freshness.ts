/** Freshness of a stored response: RFC 9111, sections 4.2 to 4.2.3. Times are milliseconds, lifetimes and ages seconds. */

import { parseDeltaSeconds, secondsOf } from '#shared/http/cache-control.ts';
import { fieldLines, listMembers } from '#shared/http/fields.ts';
import { parseHttpDate } from '#shared/http/http-date.ts';
import { responseDirectives } from './directives.ts';
import { memo } from './memo.ts';
import type { OriginResponse } from './stored-response.ts';

/** Statuses that may be given a heuristic lifetime (RFC 9110, section 15.1). */
export const HEURISTIC_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/** The share of the time since Last-Modified that a response stays fresh when nobody says how long (RFC 9111, section 4.2.2). */
const HEURISTIC_SHARE = 0.1;
/** A guess holds for a day at most, in seconds. */
const HEURISTIC_LIFETIME_S_MAX = 86_400;

export interface Lifetime {
  readonly seconds: number;
  readonly because: string;
}

/** How long the response is fresh, counted from when the origin made it (RFC 9111, section 4.2.1, for a shared cache). */
export const freshnessLifetime: (response: OriginResponse) => Lifetime = memo((response: OriginResponse) => {
  const { directives, field } = responseDirectives(response.fields);
  const targeted = field !== 'Cache-Control';
  const place = targeted ? ` in ${field}` : '';
  for (const name of ['s-maxage', 'max-age'] as const) {
    const seconds = secondsOf(directives, name);
    if (seconds === 'invalid') return { seconds: 0, because: `${name} is invalid, so the response counts as stale` };
    if (seconds !== undefined) return { seconds, because: `${name}=${seconds}${place}` };
  }
  // RFC 9213, section 2.2: next to a targeted field, Expires does not count.
  return (targeted ? null : lifetimeByExpires(response)) ?? heuristicLifetime(response);
});

function lifetimeByExpires(response: OriginResponse): Lifetime | null {
  const lines = fieldLines(response.fields, 'Expires');
  if (lines.length === 0) return null;
  const expires = lines.every((line) => line === lines[0]) ? parseHttpDate(lines[0]!, response.responseTimeMs) : null;
  // RFC 9111, section 5.3: an invalid date, especially "0", means in the past.
  if (expires === null) return { seconds: 0, because: 'Expires is no date, which means in the past' };
  const seconds = Math.max(0, Math.floor((expires - dateMs(response)) / 1000));
  return { seconds, because: `Expires is ${seconds} s after Date` };
}

/** RFC 9111, section 4.2.2: only where the status allows it, or where the response is marked as cacheable. */
function heuristicLifetime(response: OriginResponse): Lifetime {
  const { directives } = responseDirectives(response.fields);
  if (!HEURISTIC_STATUSES.has(response.status) && !directives.has('public'))
    return { seconds: 0, because: `nothing says how long a ${response.status} is fresh` };
  const lastModified = lastModifiedMs(response);
  if (lastModified === null)
    return { seconds: 0, because: 'nothing says how long it is fresh, and it has no Last-Modified' };
  const unchangedS = Math.max(0, (dateMs(response) - lastModified) / 1000);
  const seconds = Math.min(HEURISTIC_LIFETIME_S_MAX, Math.floor(unchangedS * HEURISTIC_SHARE));
  return { seconds, because: `a guess: a tenth of the ${Math.floor(unchangedS)} s for which it had not been modified` };
}

/** The time since the origin made or last confirmed the response, in whole seconds (RFC 9111, section 4.2.3). */
export function currentAge(response: OriginResponse, now: number): number {
  return Math.floor(exactAge(response, now));
}

/** How long the current age will stay the number of seconds that it is, in milliseconds. */
export function ageHoldsMs(response: OriginResponse, now: number): number {
  const age = exactAge(response, now);
  return (Math.floor(age) + 1 - age) * 1000;
}

function exactAge(response: OriginResponse, now: number): number {
  const residentTime = (now - response.responseTimeMs) / 1000;
  return correctedInitialAge(response) + Math.max(0, residentTime);
}

const correctedInitialAge = memo((response: OriginResponse): number => {
  const apparentAge = Math.max(0, (response.responseTimeMs - dateMs(response)) / 1000);
  const responseDelay = (response.responseTimeMs - response.requestTimeMs) / 1000;
  return Math.max(apparentAge, ageValue(response) + responseDelay);
});

/** RFC 9111, section 5.1: the first member counts, and a value that is no number of seconds does not. */
function ageValue(response: OriginResponse): number {
  const first = listMembers(fieldLines(response.fields, 'Age').join(','))[0];
  return parseDeltaSeconds(first ?? null) ?? 0;
}

/** When the origin made the response; the time of its arrival where Date is missing or none (RFC 9110, section 6.6.1). */
export const dateMs: (response: OriginResponse) => number = memo((response: OriginResponse) => {
  const lines = fieldLines(response.fields, 'Date');
  return (lines.length === 1 ? parseHttpDate(lines[0]!, response.responseTimeMs) : null) ?? response.responseTimeMs;
});

export const lastModifiedMs: (response: OriginResponse) => number | null = memo((response: OriginResponse) => {
  const lines = fieldLines(response.fields, 'Last-Modified');
  return lines.length === 1 ? parseHttpDate(lines[0]!, response.responseTimeMs) : null;
});
