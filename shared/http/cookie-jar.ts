/**
 * What a browser keeps and when it gives it back (RFC 6265, sections 5.1.2 to 5.4; prefixes, secure origins and the longest
 * lifetime as draft-ietf-httpbis-rfc6265bis has them). A jar is a value: storing makes a new one.
 *
 * Not here: public suffixes, of which the caller knows the list, and `SameSite`, which needs to know whose page asks.
 */

import type { CookiePair } from './cookie.ts';
import { parseSetCookie, type SetCookie } from './set-cookie.ts';

/** Where a cookie comes from, or a request goes to. */
export interface CookieUrl {
  /** In lower case, without a port: cookies do not tell ports apart (RFC 6265, section 8.5). */
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly secure: boolean;
}

export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Milliseconds since 1970; null: until the browser is closed. */
  readonly expiresMs: number | null;
  readonly createdMs: number;
}

export type Jar = readonly StoredCookie[];

/** What became of a Set-Cookie line, and the jar after it. */
export interface Stored {
  readonly jar: Jar;
  readonly kind: 'stored' | 'removed' | 'ignored';
  readonly because: string;
}

/** Cookies of one host, and of all: what a browser holds at least (RFC 6265, section 6.1). */
const HOST_COOKIES_MAX = 50;
const COOKIES_MAX = 3_000;
/** Longest lifetime, in seconds: 400 days (the draft, section 5.5). */
const LIFETIME_S_MAX = 34_560_000;

/** Whether a cookie of `domain` is also one of `host` (RFC 6265, section 5.1.3). */
export function domainMatches(host: string, domain: string): boolean {
  if (host === domain) return true;
  return host.endsWith(`.${domain}`) && !isAddress(host);
}

/** Whether a cookie of `cookiePath` goes to `path` (RFC 6265, section 5.1.4): by whole segments, never by half a name. */
export function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/');
}

/** The path of a cookie that names none: that of the request up to its last "/" (RFC 6265, section 5.1.4). */
export function defaultPath(path: string): string {
  const last = path.lastIndexOf('/');
  return !path.startsWith('/') || last === 0 ? '/' : path.slice(0, last);
}

/** Puts what a Set-Cookie line says into the jar (RFC 6265, section 5.3). */
export function storeCookie(
  jar: Jar,
  line: string,
  from: CookieUrl,
  now: number,
  isPublicSuffix: (domain: string) => boolean = (domain) => !domain.includes('.'),
): Stored {
  const given = parseSetCookie(line);
  if (given === null) return { jar, kind: 'ignored', because: 'the line names no cookie, or is too long' };
  // A public suffix is no domain to share, but a host may be one itself (RFC 6265, section 5.3, step 5).
  const isOwnName = given.domain === from.host && isPublicSuffix(given.domain);
  const cookie = isOwnName ? { ...given, domain: null } : given;
  const fault = faultOf(cookie, from, isPublicSuffix) ?? prefixFault(cookie) ?? overlayFault(jar, cookie, from);
  if (fault !== null) return { jar, kind: 'ignored', because: fault };
  const domain = cookie.domain ?? from.host;
  const path = cookie.path ?? defaultPath(from.path);
  const isSame = (other: StoredCookie) => other.name === cookie.name && other.domain === domain && other.path === path;
  const older = jar.find((other) => isSame(other) && other.hostOnly === (cookie.domain === null));
  const others = jar.filter((other) => other !== older && isLive(other, now));
  const { name, value, secure, httpOnly } = cookie;
  const stored: StoredCookie = {
    ...{ name, value, domain, path, secure, httpOnly },
    hostOnly: cookie.domain === null,
    expiresMs: expiryOf(cookie, now),
    // RFC 6265, section 5.3, step 11: a new value does not make a cookie younger.
    createdMs: older?.createdMs ?? now,
  };
  if (!isLive(stored, now))
    return { jar: others, kind: 'removed', because: 'its end lies in the past: the browser forgets it' };
  return { jar: withinLimits([...others, stored], domain), kind: 'stored', because: `${from.host} has set it` };
}

/** The pairs that a request carries: longer paths first, then older cookies (RFC 6265, section 5.4). */
export function cookiesFor(jar: Jar, to: CookieUrl, now: number): readonly CookiePair[] {
  const matching = jar.filter(
    (cookie) =>
      isLive(cookie, now) &&
      (cookie.hostOnly ? cookie.domain === to.host : domainMatches(to.host, cookie.domain)) &&
      pathMatches(to.path, cookie.path) &&
      (!cookie.secure || to.secure),
  );
  const sorted = matching.toSorted((a, b) => b.path.length - a.path.length || a.createdMs - b.createdMs);
  return sorted.map(({ name, value }) => [name, value]);
}

function faultOf(cookie: SetCookie, from: CookieUrl, isPublicSuffix: (domain: string) => boolean): string | null {
  if (cookie.domain !== null && !domainMatches(from.host, cookie.domain))
    return `${from.host} may not set a cookie for ${cookie.domain} (RFC 6265, section 5.3)`;
  if (cookie.domain !== null && isPublicSuffix(cookie.domain))
    return `${cookie.domain} is a public suffix: its names belong to many (RFC 6265, section 5.3)`;
  return cookie.secure && !from.secure ? 'only a page over TLS may set a Secure cookie' : null;
}

/** The draft, section 4.1.3: the name itself promises what the attributes say, and a browser checks it. */
function prefixFault({ name, secure, domain, path }: SetCookie): string | null {
  const lower = name.toLowerCase();
  if (lower.startsWith('__secure-') && !secure) return 'a name with __Secure- needs the attribute Secure';
  if (lower.startsWith('__host-') && (!secure || domain !== null || path !== '/'))
    return 'a name with __Host- needs Secure, Path=/ and no Domain';
  return null;
}

/** The draft, section 5.7: a page without TLS does not take the place of a Secure cookie. */
function overlayFault(jar: Jar, cookie: SetCookie, from: CookieUrl): string | null {
  if (from.secure) return null;
  const domain = cookie.domain ?? from.host;
  const path = cookie.path ?? defaultPath(from.path);
  const covers = (other: StoredCookie) =>
    other.secure &&
    other.name === cookie.name &&
    (domainMatches(other.domain, domain) || domainMatches(domain, other.domain)) &&
    pathMatches(path, other.path);
  return jar.some(covers) ? 'a Secure cookie of that name is there' : null;
}

function expiryOf({ maxAgeS, expiresMs }: SetCookie, now: number): number | null {
  const latest = now + LIFETIME_S_MAX * 1000;
  if (maxAgeS !== null) return maxAgeS <= 0 ? now : Math.min(now + maxAgeS * 1000, latest);
  return expiresMs === null ? null : Math.min(expiresMs, latest);
}

function isLive({ expiresMs }: StoredCookie, now: number): boolean {
  return expiresMs === null || expiresMs > now;
}

/** Drops the oldest where there are too many. */
function withinLimits(jar: Jar, domain: string): Jar {
  const oldest = (cookies: Jar) => cookies.reduce((a, b) => (b.createdMs < a.createdMs ? b : a));
  const ofHost = jar.filter((cookie) => cookie.domain === domain);
  if (ofHost.length > HOST_COOKIES_MAX) return jar.filter((cookie) => cookie !== oldest(ofHost));
  return jar.length > COOKIES_MAX ? jar.filter((cookie) => cookie !== oldest(jar)) : jar;
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.startsWith('[');
}
