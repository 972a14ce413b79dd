/**
 * From a stored response to the answer of one client: its own conditions (RFC 9111, section 4.3.2), the part that it wants
 * (RFC 9110, section 14.2), and the Age (RFC 9111, section 5.1).
 */

import { type Fields, fieldValue, withField, withoutFields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { evaluateForCache, ifRangeHolds } from '#shared/http/preconditions.ts';
import { type ByteRange, chooseRanges, formatContentRange, rangeOctets } from '#shared/http/range.ts';
import { currentAge, dateMs } from './freshness.ts';
import type { CacheRequest, StoredHead } from './stored-response.ts';
import { validatorsOf } from './validation.ts';

export interface StoredAnswer {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  /** Which octets of the stored body go along; null for none. */
  readonly part: ByteRange | null;
  readonly because: string;
}

/** Fields that a 304 repeats (RFC 9110, section 15.4.5), and those that tell of the cache. */
const NOT_MODIFIED_FIELDS = [
  'cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'vary',
  'age',
  'via',
  'cache-status',
];

export function answerStored(request: CacheRequest, head: StoredHead, now: number): StoredAnswer {
  const dated = withField(head.fields, 'Date', formatHttpDate(dateMs(head)));
  const aged = withField(dated, 'Age', String(currentAge(head, now)));
  const fields = withField(aged, 'Content-Length', String(head.octets));
  const { status, reason } = head;
  const whole = head.octets === 0 ? null : { first: 0, last: head.octets - 1 };
  const part = request.method === 'HEAD' ? null : whole;
  if (status !== 200) return { status, reason, fields: withoutBodyFields(status, fields), part, because: '' };

  const validators = validatorsOf(head);
  const outcome = evaluateForCache(request.method, request.fields, validators, now);
  if (outcome.kind === 'not-modified') {
    const kept = fields.filter(([name]) => NOT_MODIFIED_FIELDS.includes(name.toLowerCase()));
    return { status: 304, reason: 'Not Modified', fields: kept, part: null, because: outcome.because };
  }
  const partial = request.method === 'GET' && ifRangeHolds(request.fields, validators, now);
  const choice = chooseRanges(partial ? fieldValue(request.fields, 'Range') : undefined, head.octets);
  if (choice.kind === 'unsatisfiable') {
    const none: Fields = [
      ['Content-Range', `bytes */${head.octets}`],
      ['Content-Length', '0'],
    ];
    return { status: 416, reason: 'Range Not Satisfiable', fields: none, part: null, because: choice.because };
  }
  // Several parts at once are rare: the whole is a right answer to them as well (RFC 9110, section 14.2).
  if (choice.kind === 'whole' || choice.ranges.length > 1) return { status, reason, fields, part, because: '' };
  return partOf(fields, choice.ranges[0]!, head.octets);
}

function partOf(fields: Fields, range: ByteRange, octets: number): StoredAnswer {
  const sized = withField(fields, 'Content-Length', String(rangeOctets(range)));
  const ranged = withField(sized, 'Content-Range', formatContentRange(range, octets));
  return { status: 206, reason: 'Partial Content', fields: ranged, part: range, because: 'the client asks for a part' };
}

/** RFC 9110, section 8.6: a 204 has no Content-Length. */
function withoutBodyFields(status: number, fields: Fields): Fields {
  return status === 204 ? withoutFields(fields, new Set(['content-length'])) : fields;
}
