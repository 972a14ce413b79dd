/**
 * From a stored response to the answer of one client: its own conditions (RFC 9111, section 4.3.2), the part that it wants
 * (RFC 9110, section 14.2), and the Age (RFC 9111, section 5.1).
 */

import { type Fields, fieldValue, hasField, withField, withoutFields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { evaluateForCache } from '#shared/http/preconditions.ts';
import { type ByteRange, formatContentRange, formatPartHead, formatPartsEnd } from '#shared/http/range.ts';
import { currentAge, dateMs } from './freshness.ts';
import { memo } from './memo.ts';
import { completeLength, rangesFor } from './stored-range.ts';
import type { CacheRequest, StoredHead } from './stored-response.ts';
import { validatorsOf } from './validators.ts';

export interface StoredAnswer {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  readonly httpVersion?: string | undefined;
  /**
   * What follows: nothing (then Content-Length stands for itself), all stored octets, or pieces in this order: octets of the
   * answer's own, and ranges of the stored ones.
   */
  readonly body: 'none' | 'whole' | readonly (Uint8Array | ByteRange)[];
  readonly because: string;
}

/** Fields that a 304 repeats (RFC 9110, section 15.4.5), and those that guide or tell of caches. */
const NOT_MODIFIED_FIELDS: ReadonlySet<string> = new Set([
  ...['cache-control', 'cdn-cache-control', 'content-location', 'date', 'etag', 'expires', 'vary'],
  ...['age', 'via', 'cache-status'],
]);

export function answerStored(request: CacheRequest, head: StoredHead, now: number): StoredAnswer {
  return { ...answerWith(request, head, now), httpVersion: head.httpVersion };
}

function answerWith(request: CacheRequest, head: StoredHead, now: number): StoredAnswer {
  const fields: Fields = [...lastingFields(head), ['Age', String(currentAge(head, now))]];
  const because = knownToClient(request, head, now);
  if (because !== null) return notModified(head, fields, because);
  const wanted = rangesFor(request, head, now);
  if (wanted.kind === 'unsatisfiable') {
    const none: Fields = [
      ['Content-Range', `bytes */${completeLength(head)}`],
      ['Content-Length', '0'],
    ];
    return { status: 416, reason: 'Range Not Satisfiable', fields: none, body: 'none', because: wanted.because };
  }
  if (wanted.kind === 'parts') return answerParts(head, fields, wanted.ranges);
  const { status, reason, octets } = head;
  // RFC 9110, section 8.6: a 204 has no Content-Length.
  if (status === 204) return { status, reason, fields, body: 'none', because: '' };
  if (request.method !== 'HEAD') return { status, reason, fields, body: 'whole', because: '' };
  const sized = octets === null ? fields : withField(fields, 'Content-Length', String(octets));
  return { status, reason, fields: sized, body: 'none', because: '' };
}

/** What all answers with this response have in common: its fields with a Date that is one, and without an Age. */
export const lastingFields: (head: StoredHead) => Fields = memo((head: StoredHead) =>
  withField(withoutFields(head.fields, new Set(['age'])), 'Date', formatHttpDate(dateMs(head))),
);

/** Why the client has this version already (RFC 9111, section 4.3.2), or null. */
function knownToClient(request: CacheRequest, head: StoredHead, now: number): string | null {
  if (head.status !== 200 && head.status !== 206) return null;
  const { etag, lastModifiedMs } = validatorsOf(head);
  // Without Last-Modified, a date of the client is held against the time at which the response was made.
  const validators = { etag, lastModifiedMs: lastModifiedMs ?? dateMs(head) };
  const outcome = evaluateForCache(request.method, request.fields, validators, now);
  return outcome.kind === 'not-modified' ? outcome.because : null;
}

function notModified(head: StoredHead, fields: Fields, because: string): StoredAnswer {
  const dated = hasField(head.fields, 'ETag') ? '' : 'last-modified';
  const kept = fields.filter(([name]) => NOT_MODIFIED_FIELDS.has(name.toLowerCase()) || name.toLowerCase() === dated);
  return { status: 304, reason: 'Not Modified', fields: kept, body: 'none', because };
}

/** RFC 9110, section 15.3.7: one part as the content itself, several as multipart/byteranges. */
function answerParts(head: StoredHead, fields: Fields, ranges: readonly ByteRange[]): StoredAnswer {
  const complete = completeLength(head)!;
  const answer = { status: 206, reason: 'Partial Content' };
  const [range] = ranges;
  if (ranges.length === 1) {
    const ranged = withField(fields, 'Content-Range', formatContentRange(range!, complete));
    return { ...answer, fields: ranged, body: [placeIn(head, range!)], because: 'the client asks for a part' };
  }
  // Nobody who wrote the content can have known the name under which it is stored now.
  const boundary = `part-${head.id}`;
  const mediaType = fieldValue(fields, 'Content-Type') ?? 'application/octet-stream';
  const text = new TextEncoder();
  const pieces = ranges.flatMap((part) => [
    text.encode(formatPartHead(boundary, mediaType, part, complete)),
    placeIn(head, part),
  ]);
  return {
    ...answer,
    fields: withField(fields, 'Content-Type', `multipart/byteranges; boundary=${boundary}`),
    body: [...pieces, text.encode(formatPartsEnd(boundary))],
    because: `the client asks for ${ranges.length} parts`,
  };
}

/** A range of the representation as a range of the stored octets. */
function placeIn(head: StoredHead, range: ByteRange): ByteRange {
  const offset = head.part?.first ?? 0;
  return { first: range.first - offset, last: range.last - offset };
}
