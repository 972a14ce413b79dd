/** Validation: RFC 9111, sections 4.3.1, 4.3.3, 4.3.4 and 4.3.5. */

import { parseEntityTag, strongMatch } from '#shared/http/entity-tag.ts';
import { type Fields, fieldLines, fieldValue, withoutFields } from '#shared/http/fields.ts';
import type { Validators } from '#shared/http/preconditions.ts';
import { lastModifiedMs } from './freshness.ts';
import { storableFields } from './may-store.ts';
import type { OriginResponse, StoredHead } from './stored-response.ts';

/** The conditions of the client are its own; a validation carries those of the store. */
const CONDITIONS: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since', 'if-range', 'range']);

export function validatorsOf(response: OriginResponse): Validators {
  const etag = fieldValue(response.fields, 'ETag');
  return { etag: etag === undefined ? null : parseEntityTag(etag), lastModifiedMs: lastModifiedMs(response) };
}

/**
 * The request fields that ask whether `head` still holds: If-None-Match where there is an entity tag, and If-Modified-Since
 * where there is a date (RFC 9111, section 4.3.1); null when it has no validator.
 */
export function conditionalFields(request: Fields, head: StoredHead): Fields | null {
  const etag = fieldLines(head.fields, 'ETag')[0];
  const lastModified = fieldLines(head.fields, 'Last-Modified')[0];
  const conditions: [string, string][] = [];
  if (etag !== undefined && parseEntityTag(etag) !== null) conditions.push(['If-None-Match', etag]);
  if (lastModified !== undefined && lastModifiedMs(head) !== null) conditions.push(['If-Modified-Since', lastModified]);
  return conditions.length === 0 ? null : [...withoutFields(request, CONDITIONS), ...conditions];
}

/** The request without conditions: for a stored response that cannot be validated. */
export function unconditionalFields(request: Fields): Fields {
  return withoutFields(request, CONDITIONS);
}

/**
 * Whether a 304 to our condition speaks of `head` (RFC 9111, section 4.3.4). A strong tag must be its tag; without a tag the
 * 304 is the answer to the one condition that we sent.
 */
export function confirms(head: StoredHead, response: OriginResponse): boolean {
  const told = validatorsOf(response);
  const own = validatorsOf(head);
  if (told.etag === null || own.etag === null) return told.etag === null;
  return told.etag.weak ? told.etag.opaque === own.etag.opaque : strongMatch(told.etag, own.etag);
}

/** The stored response with the fields of a 304 (RFC 9111, section 3.2); those that describe the stored octets stay. */
export function freshen(head: StoredHead, response: OriginResponse): StoredHead {
  const kept = new Set(['content-encoding', 'content-type', 'content-range', 'content-length', 'etag']);
  const update = withoutFields(storableFields(response.fields), kept);
  // Age belongs to the last exchange with the origin's side, so the one of the first goes even where none replaces it.
  const replaced = new Set([...update.map(([name]) => name.toLowerCase()), 'age']);
  const { requestTimeMs, responseTimeMs } = response;
  return { ...head, fields: [...withoutFields(head.fields, replaced), ...update], requestTimeMs, responseTimeMs };
}

/** What the answer to HEAD says of the stored GET (RFC 9111, section 4.3.5). */
export function judgeHead(head: StoredHead, response: OriginResponse): 'freshen' | 'invalidate' {
  const told = validatorsOf(response);
  const own = validatorsOf(head);
  const length = fieldValue(response.fields, 'Content-Length');
  const sameTag = told.etag === null || (own.etag !== null && told.etag.opaque === own.etag.opaque);
  const sameDate = told.lastModifiedMs === null || told.lastModifiedMs === own.lastModifiedMs;
  const sameLength = length === undefined || length === String(head.octets);
  return sameTag && sameDate && sameLength ? 'freshen' : 'invalidate';
}
