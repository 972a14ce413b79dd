/**
 * The Cookie field of requests (RFC 6265, sections 4.2 and 5.4): what a browser gives back, as the server reads it. Set-Cookie is
 * read and written in set-cookie.ts, the browser's memory is cookie-jar.ts.
 */

import { type Fields, fieldLines, isToken } from './fields.ts';

export type CookiePair = readonly [name: string, value: string];

/** Pairs that are read of one request; a browser keeps fifty for a host (RFC 6265, section 6.1). */
const PAIRS_MAX = 150;

/** What a request says about one name. */
export type NamedCookie =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly value: string }
  /**
   * Two with different values: one of them was set for another path or domain. Nobody can tell which, because a server must
   * not rely on their order (RFC 6265, section 4.2.2).
   */
  | { readonly kind: 'several'; readonly count: number };

/** Whether `text` may be the name of a cookie (RFC 6265, section 4.1.1). */
export function isCookieName(text: string): boolean {
  return isToken(text);
}

/** Whether `text` is a cookie-value without quotes: no blank, quote, comma, semicolon or backslash (RFC 6265, section 4.1.1). */
export function isCookieValue(text: string): boolean {
  return /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(text);
}

/** The pairs of one field value, in their order. What has no "=" or no name is left out: a server takes what it understands. */
export function parseCookie(value: string): readonly CookiePair[] {
  const pairs: CookiePair[] = [];
  for (const part of value.split(';', PAIRS_MAX)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim();
    if (name !== '') pairs.push([name, part.slice(equals + 1).trim()]);
  }
  return pairs;
}

/** The value of a Cookie field, in the one form that servers may expect (RFC 6265, section 4.2.1). */
export function formatCookie(pairs: readonly CookiePair[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('; ');
}

/** All pairs of a request. HTTP/2 may split the field into several lines (RFC 9113, section 8.2.3), others should not. */
export function cookiesOf(fields: Fields): readonly CookiePair[] {
  return parseCookie(fieldLines(fields, 'Cookie').join('; '));
}

/** The cookie of that name; its case counts (RFC 6265, section 5.3). */
export function cookieNamed(pairs: readonly CookiePair[], name: string): NamedCookie {
  const values = new Set(pairs.filter(([given]) => given === name).map(([, value]) => value));
  const [value] = values;
  if (value === undefined) return { kind: 'none' };
  return values.size === 1 ? { kind: 'one', value } : { kind: 'several', count: values.size };
}
