/**
 * The Set-Cookie field (RFC 6265): written as section 4.1 wants it of servers, read as section 5.2 wants it of browsers. What is
 * said of `SameSite`, of sizes and of the prefixes `__Secure-` and `__Host-` is in the draft that will follow that document,
 * draft-ietf-httpbis-rfc6265bis, which browsers do already.
 */

import { isCookieName, isCookieValue } from './cookie.ts';
import { parseCookieDate } from './cookie-date.ts';
import { formatHttpDate } from './http-date.ts';

type SameSite = 'Strict' | 'Lax' | 'None';

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** When the browser forgets it, in milliseconds since 1970; null: not said. */
  readonly expiresMs: number | null;
  /** The same as seconds from now, which wins over `expiresMs` (RFC 6265, section 4.1.2.2). */
  readonly maxAgeS: number | null;
  /** null: the host that sets it and no other. */
  readonly domain: string | null;
  readonly path: string | null;
  /** Only over TLS. */
  readonly secure: boolean;
  /** Not for scripts. */
  readonly httpOnly: boolean;
  readonly sameSite: SameSite | null;
}

/** Longest name and value together, and longest attribute, that a browser takes, in octets (the draft, section 5.6). */
const PAIR_OCTETS_MAX = 4_096;
const ATTRIBUTE_OCTETS_MAX = 1_024;

/**
 * The field value for a cookie of our own; it needs a name and a value.
 *
 * @throws RangeError when a part could not be read back as it is: then another line or attribute might have been smuggled in
 */
export function formatSetCookie(cookie: Partial<SetCookie> & Pick<SetCookie, 'name' | 'value'>): string {
  const { name, value, expiresMs, maxAgeS, domain, path, sameSite } = cookie;
  if (!isCookieName(name)) throw new RangeError('Cannot set a cookie: its name is no token');
  if (!isCookieValue(value)) throw new RangeError(`Cannot set the cookie ${name}: its value has a forbidden octet`);
  const attribute = (label: string, given: string | null | undefined) => {
    if (given === null || given === undefined) return [];
    if (!/^[\x20-\x3a\x3c-\x7e]*$/.test(given))
      throw new RangeError(`Cannot set the cookie ${name}: its ${label} has a forbidden octet`);
    return [`${label}=${given}`];
  };
  return [
    `${name}=${value}`,
    ...attribute('Path', path),
    ...attribute('Domain', domain),
    ...attribute('Max-Age', maxAgeS?.toFixed(0)),
    ...attribute('Expires', expiresMs === undefined || expiresMs === null ? null : formatHttpDate(expiresMs)),
    ...(cookie.secure ? ['Secure'] : []),
    ...(cookie.httpOnly ? ['HttpOnly'] : []),
    ...attribute('SameSite', sameSite),
  ].join('; ');
}

/** What a browser understands, or null when it ignores the whole field value. Of an attribute that comes twice the last counts. */
export function parseSetCookie(text: string): SetCookie | null {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return null;
  const [pair = '', ...attributes] = text.split(';');
  const equals = pair.indexOf('=');
  // RFC 6265, section 5.2: without "=" or without a name there is no cookie.
  if (equals === -1) return null;
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (name === '' || name.length + value.length > PAIR_OCTETS_MAX) return null;
  return attributes.reduce(withAttribute, {
    ...{ name, value, expiresMs: null, maxAgeS: null, domain: null, path: null },
    ...{ secure: false, httpOnly: false, sameSite: null },
  });
}

function withAttribute(cookie: SetCookie, text: string): SetCookie {
  const equals = text.indexOf('=');
  const name = (equals === -1 ? text : text.slice(0, equals)).trim().toLowerCase();
  const value = equals === -1 ? '' : text.slice(equals + 1).trim();
  if (value.length > ATTRIBUTE_OCTETS_MAX) return cookie;
  switch (name) {
    case 'expires':
      return { ...cookie, expiresMs: parseCookieDate(value) ?? cookie.expiresMs };
    case 'max-age':
      return /^-?\d+$/.test(value) ? { ...cookie, maxAgeS: Number(value) } : cookie;
    case 'domain':
      // RFC 6265, section 5.2.3: an empty one is ignored, a leading full stop means nothing.
      return value === '' ? cookie : { ...cookie, domain: value.replace(/^\./, '').toLowerCase() };
    case 'path':
      // RFC 6265, section 5.2.4: what does not begin with "/" is as good as none.
      return { ...cookie, path: value.startsWith('/') ? value : null };
    case 'secure':
      return { ...cookie, secure: true };
    case 'httponly':
      return { ...cookie, httpOnly: true };
    case 'samesite':
      return { ...cookie, sameSite: parseSameSite(value) };
    default:
      return cookie;
  }
}

function parseSameSite(value: string): SameSite | null {
  const known: readonly SameSite[] = ['Strict', 'Lax', 'None'];
  return known.find((each) => each.toLowerCase() === value.toLowerCase()) ?? null;
}
