/** Cache-Control (RFC 9111, section 5.2), of requests and of responses alike. */

import { type Fields, fieldLines, fieldValue, isToken, listMembers, unquote } from './fields.ts';

/**
 * Directives by name in lower case; the arguments in the order in which they came, null where there was none. Token and
 * quoted-string arguments are the same (RFC 9111, section 5.2).
 */
export type Directives = ReadonlyMap<string, readonly (string | null)[]>;

/** What a number of seconds is cut to when it does not fit: 2^31 (RFC 9111, section 1.2.2). */
export const DELTA_SECONDS_MAX = 2 ** 31;

export function cacheControl(fields: Fields): Directives {
  const directives = new Map<string, (string | null)[]>();
  for (const member of listMembers(fieldLines(fields, 'Cache-Control').join(','))) {
    const equals = member.indexOf('=');
    const name = (equals === -1 ? member : member.slice(0, equals)).trim().toLowerCase();
    const argument = equals === -1 ? null : argumentOf(member, equals);
    const given = directives.get(name);
    if (given === undefined) directives.set(name, [argument]);
    else given.push(argument);
  }
  return directives;
}

/**
 * What stands behind "=". Blanks around it are no part of the grammar: the directive still counts, but its argument keeps the
 * blank and so is no valid one, which is the careful reading.
 */
function argumentOf(member: string, equals: number): string {
  const blank = /\s/.test(member[equals - 1] ?? '') ? ' ' : '';
  return blank + unquote(member.slice(equals + 1));
}

/** The directives of a request; `Pragma: no-cache` counts where there is no Cache-Control (RFC 9111, section 5.4). */
export function requestCacheControl(fields: Fields): Directives {
  if (fieldValue(fields, 'Cache-Control') !== undefined) return cacheControl(fields);
  const pragma = listMembers(fieldValue(fields, 'Pragma') ?? '').map((member) => member.toLowerCase());
  return pragma.includes('no-cache') ? new Map([['no-cache', [null]]]) : new Map();
}

/** Whole seconds, cut to `DELTA_SECONDS_MAX`; null for anything but digits (RFC 9111, section 1.2.2). */
export function parseDeltaSeconds(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Math.min(Number(text), DELTA_SECONDS_MAX) : null;
}

/**
 * The argument of a directive in seconds. `invalid` when it is no number, or when it is repeated with another value: a cache
 * then takes the response as stale (RFC 9111, section 4.2.1).
 */
export function secondsOf(directives: Directives, name: string): number | 'invalid' | undefined {
  const given = directives.get(name);
  if (given === undefined) return undefined;
  const seconds = given.map(parseDeltaSeconds);
  const [first] = seconds;
  return first === null || first === undefined || seconds.some((other) => other !== first) ? 'invalid' : first;
}

/**
 * The field names that `no-cache` or `private` is limited to, in lower case; none when it is meant for all of the response.
 * What is no list of names limits nothing.
 */
export function namedFields(directives: Directives, name: string): readonly string[] {
  const given = directives.get(name) ?? [];
  const names = given.flatMap((argument) => (argument === null ? [''] : listMembers(argument)));
  return names.every(isToken) && !given.includes('') ? names.map((field) => field.toLowerCase()) : [];
}

/** Whether the directive is there without being limited to some fields. */
export function isUnqualified(directives: Directives, name: string): boolean {
  return directives.has(name) && namedFields(directives, name).length === 0;
}
