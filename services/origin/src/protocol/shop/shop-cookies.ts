/**
 * The two cookies of the shop. One says which visitor this is: that is enough to be recognised, and it lasts. The other says
 * that this visitor has given a password, and ends with the browser. Neither says anything by itself: each is a random number
 * under which the shop finds its own notes.
 */

import type { SetCookie } from '#shared/http/set-cookie.ts';

export interface CookieNames {
  readonly visitor: string;
  readonly session: string;
}

/** How long a visitor is remembered who does not come back, in seconds: thirty days. */
export const VISITOR_LIFETIME_S = 30 * 24 * 3600;
/** Octets of a new id: 192 bits, which nobody guesses (RFC 6265, section 8.4, wants a nonce, OWASP 64 bits at least). */
export const ID_OCTETS = 24;

/** An id as it is written: 24 octets in base64url. */
const ID = /^[A-Za-z0-9_-]{32}$/;

/**
 * Over TLS the names begin with `__Host-`: a browser takes such a cookie only from this host, over TLS and for all paths, so no
 * neighbour below the same domain and no page without TLS can plant one (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2).
 */
export function cookieNames(secure: boolean): CookieNames {
  const prefix = secure ? '__Host-' : '';
  return { visitor: `${prefix}visitor`, session: `${prefix}session` };
}

/** Whether `text` has the form of an id of ours; whether it is one, only the database says. */
export function isId(text: string): boolean {
  return ID.test(text);
}

export function visitorCookie(id: string, secure: boolean, now: number): SetCookie {
  const lifetime = { maxAgeS: VISITOR_LIFETIME_S, expiresMs: now + VISITOR_LIFETIME_S * 1000 };
  return { ...guarded(cookieNames(secure).visitor, id, secure), ...lifetime };
}

/** No Max-Age and no Expires: the browser forgets it when it is closed (RFC 6265, section 4.1.2.2). */
export function sessionCookie(token: string, secure: boolean): SetCookie {
  return guarded(cookieNames(secure).session, token, secure);
}

/** Asks the browser to forget a cookie: an end in the past (RFC 6265, section 3.1). */
export function forgotten(name: string, secure: boolean): SetCookie {
  return { ...guarded(name, '', secure), maxAgeS: 0, expiresMs: 0 };
}

/** No Domain: the host alone gets it back. No script reads it. Pages of other sites send it only when a person follows a link. */
function guarded(name: string, value: string, secure: boolean): SetCookie {
  return {
    ...{ name, value, secure, domain: null, path: '/', httpOnly: true, sameSite: 'Lax' },
    ...{ maxAgeS: null, expiresMs: null },
  };
}
