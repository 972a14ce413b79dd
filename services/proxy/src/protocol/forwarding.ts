/** Message forwarding: RFC 9110, sections 7.6.1 (Connection), 7.6.2 (Max-Forwards) and 7.6.3 (Via). */

import { connectionOptions } from '#shared/http/connection-options.ts';
import { type Fields, fieldLines, fieldValue, listMembers, withField, withoutFields } from '#shared/http/fields.ts';
import { type Authority, formatAuthority } from '#shared/http/request-target.ts';

/** Fields of one connection or for the next proxy only (RFC 9110, section 7.6.1; RFC 9112, appendix C.2.2). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * Fields that nobody may have taken away by naming them in Connection: they are meant for all recipients, and without them the
 * message is another one (RFC 9110, section 7.6.1).
 */
const PROTECTED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'via',
  ...['cache-control', 'cdn-cache-control', 'date', 'age', 'expires', 'vary', 'etag', 'last-modified'],
  ...['content-type', 'content-encoding', 'content-range', 'content-location'],
]);

/**
 * Fields by which a client would change, behind the cache's back, which object it gets: they are in no key, so what they
 * select would be stored for everybody.
 */
const OVERRIDES: ReadonlySet<string> = new Set([
  // RFC 7239, and what it was made of: "x-forwarded-host", "-proto", "-prefix" and others.
  'forwarded',
  'x-original-host',
  'x-host',
  'x-http-host-override',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-real-ip',
]);
const FORWARDED = 'x-forwarded';

/** Fields of a request that the proxy writes itself, or stops. */
const HOST: ReadonlySet<string> = new Set(['host']);
const CONTENT_LENGTH: ReadonlySet<string> = new Set(['content-length']);

/** A message's fields less those of the connection that it came by. */
export function forwardedFields(fields: Fields): Fields {
  const more = connectionOptions(fields).filter((name) => !PROTECTED.has(name) && !HOP_BY_HOP.has(name));
  return withoutFields(fields, more.length === 0 ? HOP_BY_HOP : new Set([...HOP_BY_HOP, ...more]));
}

/**
 * What a cache may look at in a request: the fields that the origin will see. A field that stops here must neither select a
 * variant (RFC 9111, section 4.1) nor count for anything else, or what the origin said to nobody in particular would be stored
 * as its answer to that field.
 */
export function fieldsForCache(fields: Fields): Fields {
  return withoutFields(forwardedFields(fields), HOST).filter(([name]) => !isOverride(name));
}

/** A gateway to a program (RFC 3875, section 4.1.18) writes "-" as "_", so that a name with "_" becomes the other one there. */
function isOverride(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return plain.startsWith(FORWARDED) || OVERRIDES.has(plain);
}

/** The fields of a request as it goes on to the origin; framing is the sender's to add. */
export function requestToOrigin(fields: Fields, authority: Authority, httpVersion: string, pseudonym: string): Fields {
  const own = withoutFields(fieldsForCache(fields), CONTENT_LENGTH);
  // RFC 9112, section 3.2.2: a proxy replaces the Host field by the host of the target.
  return addVia([['Host', formatAuthority(authority)], ...own], httpVersion, pseudonym);
}

/** The path to ask for: "*" where OPTIONS names a server without a path and without a query (RFC 9112, section 3.2.4). */
export function pathAsked(method: string, target: string, path: string): string {
  const isServer = method === 'OPTIONS' && /^[^/?]*:\/\/[^/?]*$/.test(target);
  return isServer ? '*' : path;
}

/** `Via: 1.1 proxy` after those that are there (RFC 9110, section 7.6.3). */
export function addVia(fields: Fields, httpVersion: string, pseudonym: string): Fields {
  const before = fieldLines(fields, 'Via');
  return withField(fields, 'Via', [...before, `${httpVersion} ${pseudonym}`].join(', '));
}

/** Whether the request has been here before (RFC 9110, section 7.6.3). */
export function isLoop(fields: Fields, pseudonym: string): boolean {
  return listMembers(fieldValue(fields, 'Via') ?? '').some(
    (hop) => hop.split(/\s+/)[1]?.toLowerCase() === pseudonym.toLowerCase(),
  );
}

export type MaxForwards = { readonly kind: 'answer' } | { readonly kind: 'forward'; readonly fields: Fields };

/** RFC 9110, section 7.6.2: OPTIONS with Max-Forwards of 0 is ours to answer, otherwise it counts down. */
export function countForwards(method: string, fields: Fields): MaxForwards {
  const given = method === 'OPTIONS' ? fieldLines(fields, 'Max-Forwards')[0] : undefined;
  if (given === undefined || !/^\d{1,9}$/.test(given)) return { kind: 'forward', fields };
  if (Number(given) === 0) return { kind: 'answer' };
  return { kind: 'forward', fields: withField(fields, 'Max-Forwards', String(Number(given) - 1)) };
}
