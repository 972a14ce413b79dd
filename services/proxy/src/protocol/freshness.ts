/** Freshness of a stored response: RFC 9111, sections 4.2 to 4.2.3. Times are milliseconds, lifetimes and ages seconds. */

import { cacheControl, parseDeltaSeconds, secondsOf } from '#shared/http/cache-control.ts';
import { fieldLines, listMembers } from '#shared/http/fields.ts';
import { parseHttpDate } from '#shared/http/http-date.ts';
import type { OriginResponse } from './stored-response.ts';

/** Statuses that may be given a heuristic lifetime, less 206, whose parts are not stored (RFC 9110, section 15.1). */
export const HEURISTIC_STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/** The share of the time since Last-Modified that a response stays fresh when nobody says how long (RFC 9111, section 4.2.2). */
const HEURISTIC_SHARE = 0.1;
/** A guess holds for a day at most, in seconds. */
const HEURISTIC_LIFETIME_S_MAX = 86_400;

export interface Lifetime {
  readonly seconds: number;
  readonly because: string;
}

/** How long the response is fresh, counted from when the origin made it (RFC 9111, section 4.2.1, for a shared cache). */
export function freshnessLifetime(response: OriginResponse): Lifetime {
  const told = cacheControl(response.fields);
  for (const name of ['s-maxage', 'max-age'] as const) {
    const seconds = secondsOf(told, name);
    if (seconds === 'invalid') return { seconds: 0, because: `${name} is invalid, so the response counts as stale` };
    if (seconds !== undefined) return { seconds, because: `${name}=${seconds}` };
  }
  return lifetimeByExpires(response) ?? heuristicLifetime(response);
}

function lifetimeByExpires(response: OriginResponse): Lifetime | null {
  const lines = fieldLines(response.fields, 'Expires');
  if (lines.length === 0) return null;
  const expires = lines.every((line) => line === lines[0]) ? parseHttpDate(lines[0]!, response.responseTimeMs) : null;
  // RFC 9111, section 5.3: an invalid date, especially "0", means in the past.
  if (expires === null) return { seconds: 0, because: 'Expires is no date, which means in the past' };
  const seconds = Math.max(0, Math.floor((expires - dateMs(response)) / 1000));
  return { seconds, because: `Expires is ${seconds} s after Date` };
}

function heuristicLifetime(response: OriginResponse): Lifetime {
  const allowed = HEURISTIC_STATUSES.has(response.status) || cacheControl(response.fields).has('public');
  if (!allowed) return { seconds: 0, because: `nothing says how long a ${response.status} is fresh` };
  const lastModified = lastModifiedMs(response);
  if (lastModified === null)
    return { seconds: 0, because: 'nothing says how long it is fresh, and it has no Last-Modified' };
  const unchangedS = Math.max(0, (dateMs(response) - lastModified) / 1000);
  const seconds = Math.min(HEURISTIC_LIFETIME_S_MAX, Math.floor(unchangedS * HEURISTIC_SHARE));
  return { seconds, because: `a guess: a tenth of the ${Math.floor(unchangedS)} s for which it had not been modified` };
}

/** The time since the origin made or last confirmed the response, in whole seconds (RFC 9111, section 4.2.3). */
export function currentAge(response: OriginResponse, now: number): number {
  const apparentAge = Math.max(0, (response.responseTimeMs - dateMs(response)) / 1000);
  const responseDelay = (response.responseTimeMs - response.requestTimeMs) / 1000;
  const correctedAge = ageValue(response) + responseDelay;
  const residentTime = (now - response.responseTimeMs) / 1000;
  return Math.floor(Math.max(apparentAge, correctedAge) + Math.max(0, residentTime));
}

/** RFC 9111, section 5.1: the first member counts, and a value that is no number of seconds does not. */
function ageValue(response: OriginResponse): number {
  const first = listMembers(fieldLines(response.fields, 'Age').join(','))[0];
  return parseDeltaSeconds(first ?? null) ?? 0;
}

/** When the origin made the response; the time of its arrival where Date is missing (RFC 9110, section 6.6.1). */
export function dateMs(response: OriginResponse): number {
  const lines = fieldLines(response.fields, 'Date');
  return (lines.length === 1 ? parseHttpDate(lines[0]!, response.responseTimeMs) : null) ?? response.responseTimeMs;
}

export function lastModifiedMs(response: OriginResponse): number | null {
  const lines = fieldLines(response.fields, 'Last-Modified');
  return lines.length === 1 ? parseHttpDate(lines[0]!, response.responseTimeMs) : null;
}
