/**
 * What an origin answers to GET and HEAD for a document that it has: the whole of it, parts of it, or that nothing has
 * changed (RFC 9110, sections 13.2.2, 14.2 and 15.4.5). Headers only: the octets are the server's to send.
 */

import { type EntityTag, formatEntityTag } from '#shared/http/entity-tag.ts';
import { type Field, type Fields, fieldValue, listMembers, withField, withoutFields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { evaluatePreconditions, ifRangeHolds } from '#shared/http/preconditions.ts';
import {
  type ByteRange,
  chooseRanges,
  formatContentRange,
  formatPartHead,
  formatPartsEnd,
  rangeOctets,
} from '#shared/http/range.ts';

/** One version of a document. */
export interface Representation {
  readonly octets: number;
  readonly etag: EntityTag;
  /** Milliseconds since 1970. May lie less than a second ahead of now after two edits within one second. */
  readonly modifiedMs: number;
  readonly mediaType: string;
  /** What the choice among several representations has to say: Content-Language, Content-Encoding, Content-Location. */
  readonly chosen: Fields;
  /** Fields of a request that decide which representation it gets (RFC 9110, section 12.5.5). */
  readonly vary: readonly string[];
  /** What `.fields` says for its path. */
  readonly ruled: Fields;
}

export interface DocumentRequest {
  readonly method: string;
  readonly fields: Fields;
}

/** A stretch of the body: text that the protocol adds, or octets of the document. */
export type BodyPart = { readonly text: string } | { readonly range: ByteRange };

export interface Answer {
  readonly status: number;
  readonly fields: Fields;
  readonly body: readonly BodyPart[];
  readonly because: string;
}

/** Fields that a 304 must have when the 200 would have had them (RFC 9110, section 15.4.5). */
const NOT_MODIFIED_FIELDS: readonly string[] = ['cache-control', 'content-location', 'expires', 'vary', 'etag'];

export function chooseAnswer(request: DocumentRequest, version: Representation, now: number): Answer {
  const validators = { etag: version.etag, lastModifiedMs: version.modifiedMs };
  const outcome = evaluatePreconditions(request.method, request.fields, validators, now);
  const described = describe(version, now);
  if (outcome.kind === 'precondition-failed') return { status: 412, fields: [], body: [], because: outcome.because };
  if (outcome.kind === 'not-modified') {
    const kept = described.filter(([name]) => NOT_MODIFIED_FIELDS.includes(name.toLowerCase()));
    return { status: 304, fields: kept, body: [], because: outcome.because };
  }
  // RFC 9110, section 14.2: Range is defined for GET alone, and is evaluated after the preconditions.
  const partial = request.method === 'GET' && ifRangeHolds(request.fields, validators, now);
  const choice = chooseRanges(partial ? fieldValue(request.fields, 'Range') : undefined, version.octets);
  if (choice.kind === 'unsatisfiable') {
    const fields: Fields = [['Content-Range', `bytes */${version.octets}`]];
    return { status: 416, fields, body: [], because: choice.because };
  }
  if (choice.kind === 'parts') return partsOf(version, described, choice.ranges);
  return whole(request.method, version, described, outcome.because);
}

function whole(method: string, version: Representation, described: Fields, because: string): Answer {
  const fields: Fields = [['Content-Length', String(version.octets)], ['Accept-Ranges', 'bytes'], ...described];
  const body = method === 'HEAD' || version.octets === 0 ? [] : [{ range: { first: 0, last: version.octets - 1 } }];
  return { status: 200, fields, body, because };
}

function partsOf(version: Representation, described: Fields, ranges: readonly ByteRange[]): Answer {
  const because = `the request asks for ${ranges.length === 1 ? 'a part' : `${ranges.length} parts`} of the document`;
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) {
    const own: Field[] = [
      ['Content-Length', String(rangeOctets(only))],
      ['Content-Range', formatContentRange(only, version.octets)],
    ];
    return { status: 206, fields: [...own, ...described], body: [{ range: only }], because };
  }
  // The tag is a hash of the document: it cannot stand in it by chance (RFC 2046, section 5.1.1).
  const boundary = `part-${version.etag.opaque}`;
  const mediaType = fieldValue(described, 'Content-Type') ?? version.mediaType;
  const body: BodyPart[] = ranges.flatMap((range) => [
    { text: formatPartHead(boundary, mediaType, range, version.octets) },
    { range },
  ]);
  body.push({ text: formatPartsEnd(boundary) });
  const octets = body.reduce((sum, part) => sum + ('text' in part ? part.text.length : rangeOctets(part.range)), 0);
  const fields = withField(described, 'Content-Type', `multipart/byteranges; boundary=${boundary}`);
  return { status: 206, fields: [['Content-Length', String(octets)], ...fields], body, because };
}

function describe(version: Representation, now: number): Fields {
  // RFC 9110, section 8.8.2.1: Last-Modified is never later than Date.
  const lastModified = Math.min(version.modifiedMs, now);
  const own: Fields = [
    ['Last-Modified', formatHttpDate(lastModified)],
    ['ETag', formatEntityTag(version.etag)],
    ['Content-Type', version.mediaType],
    ...version.chosen,
  ];
  const ruledNames = new Set(version.ruled.map(([name]) => name.toLowerCase()));
  return varying([...withoutFields(own, ruledNames), ...version.ruled], version.vary);
}

/** The fields with a Vary that also names what was negotiated; a rule may name more, not less. */
function varying(fields: Fields, vary: readonly string[]): Fields {
  if (vary.length === 0) return fields;
  const ruled = listMembers(fieldValue(fields, 'Vary') ?? '');
  if (ruled.includes('*')) return fields;
  const known = new Set(ruled.map((name) => name.toLowerCase()));
  return withField(fields, 'Vary', [...ruled, ...vary.filter((name) => !known.has(name.toLowerCase()))].join(', '));
}

/**
 * The time of a new version: now, but at least a second after the one before, because Last-Modified has no finer grain and
 * must move (RFC 9110, section 8.8.2).
 */
export function nextModifiedMs(previousMs: number | null, now: number): number {
  return previousMs === null ? now : Math.max(now, (Math.floor(previousMs / 1000) + 1) * 1000);
}
