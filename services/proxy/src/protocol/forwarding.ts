/** Message forwarding: RFC 9110, sections 7.6.1 (Connection), 7.6.2 (Max-Forwards) and 7.6.3 (Via). */

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

/** Fields that an evil client may not have taken away by naming them in Connection: without them the message is another one. */
const PROTECTED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'cache-control',
  'date',
  'via',
]);

/**
 * Fields by which a client would change, behind the cache's back, which object it gets: they are in no key, so what they
 * select would be stored for everybody.
 */
const OVERRIDES: ReadonlySet<string> = new Set([
  'x-forwarded-host',
  'x-forwarded-server',
  'x-host',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
]);

/** A message's fields less those of the connection that it came by. */
export function forwardedFields(fields: Fields): Fields {
  const named = listMembers(fieldValue(fields, 'Connection') ?? '').map((name) => name.toLowerCase());
  return withoutFields(fields, new Set([...HOP_BY_HOP, ...named.filter((name) => !PROTECTED.has(name))]));
}

/** The fields of a request as it goes on to the origin; framing is the sender's to add. */
export function requestToOrigin(fields: Fields, authority: Authority, httpVersion: string, pseudonym: string): Fields {
  const own = withoutFields(forwardedFields(fields), new Set([...OVERRIDES, 'content-length', 'host']));
  // RFC 9112, section 3.2.2: a proxy replaces the Host field by the host of the target.
  return addVia([['Host', formatAuthority(authority)], ...own], httpVersion, pseudonym);
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
