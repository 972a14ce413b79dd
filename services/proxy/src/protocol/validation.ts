/** Validation: RFC 9111, sections 4.3.1 (asking), 4.3.3, 4.3.4 (what a 304 confirms) and 4.3.5 (HEAD). */

import { formatEntityTag, strongMatch } from '#shared/http/entity-tag.ts';
import { type Fields, fieldLines, fieldValue, withoutFields } from '#shared/http/fields.ts';
import { updateFields } from './storable-fields.ts';
import { completeLength } from './stored-range.ts';
import type { OriginResponse, StoredHead } from './stored-response.ts';
import { selectingFields } from './to-store.ts';
import { validatorsOf } from './validators.ts';

/** The conditions of the client are its own; a validation carries those of the store. */
const CONDITIONS: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since']);
/** Entity tags in one question, at most. */
const TAGS_MAX = 16;
/** Other requests that one stored response is known to answer, at most. */
const ALSO_SELECTED_MAX = 8;

/**
 * The request fields that ask which stored response holds: If-None-Match with the entity tags of all of them, and
 * If-Modified-Since with the date of the one that the request selects (RFC 9111, section 4.3.1). Null when there is nothing
 * to ask with. A Range stays: if the version has changed, the client gets its part of the new one.
 */
export function conditionalFields(
  request: Fields,
  head: StoredHead | null,
  candidates: readonly StoredHead[],
): Fields | null {
  const tags = candidates.map((stored) => validatorsOf(stored).etag).filter((tag) => tag !== null);
  const written = [...new Set(tags.map(formatEntityTag))].slice(0, TAGS_MAX);
  const conditions: [string, string][] = [];
  if (written.length > 0) conditions.push(['If-None-Match', written.join(', ')]);
  if (head !== null && validatorsOf(head).lastModifiedMs !== null)
    conditions.push(['If-Modified-Since', fieldLines(head.fields, 'Last-Modified')[0]!]);
  return conditions.length === 0 ? null : [...unconditionalFields(request), ...conditions];
}

/** The request without conditions: for a stored response that cannot be validated. */
export function unconditionalFields(request: Fields): Fields {
  return withoutFields(request, CONDITIONS);
}

/**
 * The stored responses that a 304 speaks of (RFC 9111, section 4.3.4), the one to use first. Its strong tag must be theirs;
 * of those with its weak tag, or its date, it means the most recent; without any validator it is the answer to a question
 * about one response, if it was about one.
 */
export function confirmedBy(response: OriginResponse, candidates: readonly StoredHead[]): readonly StoredHead[] {
  const { etag, lastModifiedMs } = validatorsOf(response);
  if (etag !== null) {
    const named = candidates.filter((stored) => {
      const own = validatorsOf(stored).etag;
      return own !== null && (etag.weak ? own.opaque === etag.opaque : strongMatch(own, etag));
    });
    return etag.weak ? named.slice(0, 1) : named;
  }
  const dated = candidates.filter((stored) => {
    const own = validatorsOf(stored).lastModifiedMs;
    return lastModifiedMs === null || own === lastModifiedMs || (own === null && candidates.length === 1);
  });
  return lastModifiedMs === null && candidates.length > 1 ? [] : dated.slice(0, 1);
}

/** The stored response with the fields of a 304 or of an answer to HEAD (RFC 9111, section 3.2). */
export function freshen(head: StoredHead, response: OriginResponse, request: Fields): StoredHead {
  const { requestTimeMs, responseTimeMs } = response;
  const fields = updateFields(head.fields, response.fields);
  const selecting = selectingFields(fields, request);
  const before = [head.selecting, ...(head.alsoSelectedBy ?? [])];
  const sameNames = before[0]!.map(([name]) => name).join() === selecting.map(([name]) => name).join();
  const others = before.filter((other) => JSON.stringify(other) !== JSON.stringify(selecting));
  // Where Vary itself has changed, what it says of earlier requests is not known.
  const alsoSelectedBy = sameNames ? others.slice(0, ALSO_SELECTED_MAX) : [];
  return { ...head, fields, requestTimeMs, responseTimeMs, selecting, alsoSelectedBy };
}

/** Statuses by which an origin says that what it had is not there any more (RFC 9110, sections 15.5.5 and 15.5.11). */
const GONE: ReadonlySet<number> = new Set([404, 410]);

/** Whether a full answer to a validation shows that the stored response is not the one any more (RFC 9111, section 4.3.3). */
export function endsReuse(response: OriginResponse): boolean {
  const { status } = response;
  return (status >= 200 && status < 400 && status !== 206 && status !== 304) || GONE.has(status);
}

/** What the answer to HEAD says of the stored GET (RFC 9111, section 4.3.5). */
export function judgeHead(head: StoredHead, response: OriginResponse): 'freshen' | 'invalidate' {
  const told = validatorsOf(response);
  const own = validatorsOf(head);
  const length = fieldValue(response.fields, 'Content-Length');
  const complete = completeLength(head);
  const sameTag = told.etag === null || (own.etag !== null && told.etag.opaque === own.etag.opaque);
  const sameDate = told.lastModifiedMs === null || told.lastModifiedMs === own.lastModifiedMs;
  const sameLength = length === undefined || complete === null || length === String(complete);
  return sameTag && sameDate && sameLength ? 'freshen' : 'invalidate';
}
