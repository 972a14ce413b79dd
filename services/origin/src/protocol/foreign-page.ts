/**
 * Whether a request that changes something was made by a page of elsewhere in somebody's browser ("cross-site request
 * forgery").
 */

import { type Fields, fieldLines } from '#shared/http/fields.ts';

/**
 * @param authority the host that the request is for, as its URL writes it.
 * @returns why the request is refused, or null. A program that is no browser says neither Origin nor Sec-Fetch-Site.
 */
export function foreignPage(fields: Fields, scheme: 'http' | 'https', authority: string): string | null {
  const origins = fieldLines(fields, 'Origin');
  if (origins.some((origin) => origin.toLowerCase() !== `${scheme}://${authority}`))
    return 'a page of another site asked for this (RFC 6454, section 7)';
  const sites = fieldLines(fields, 'Sec-Fetch-Site');
  if (sites.some((site) => site !== 'same-origin' && site !== 'none')) return 'a page of another site asked for this';
  return null;
}
