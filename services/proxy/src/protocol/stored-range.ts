/** Which octets of a stored response a request is for: RFC 9110, section 14.2, and RFC 9111, section 3.3. */

import { fieldValue, hasField } from '#shared/http/fields.ts';
import { ifRangeHolds } from '#shared/http/preconditions.ts';
import { type ByteRange, chooseRanges } from '#shared/http/range.ts';
import type { CacheRequest, StoredHead } from './stored-response.ts';
import { validatorsOf } from './validators.ts';

export type StoredRanges =
  | { readonly kind: 'whole' }
  /** Places in the representation. */
  | { readonly kind: 'parts'; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'unsatisfiable'; readonly because: string };

/** What the Range of a request asks of the representation of which `head` holds all or a part. */
export function rangesFor(request: CacheRequest, head: StoredHead, now: number): StoredRanges {
  const range = request.method === 'GET' ? fieldValue(request.fields, 'Range') : undefined;
  const complete = completeLength(head);
  if (range === undefined || complete === null || !isRangeable(head.status)) return { kind: 'whole' };
  if (!ifRangeHolds(request.fields, validatorsOf(head), now)) return { kind: 'whole' };
  return chooseRanges(range, complete);
}

/** Length of the representation; null while it is not known yet. */
export function completeLength(head: StoredHead): number | null {
  return head.part === null ? head.octets : head.part.complete;
}

/** A part answers only what lies within it (RFC 9111, section 3.3); a whole response answers everything. */
export function canAnswer(head: StoredHead, request: CacheRequest, now: number): boolean {
  if (head.part === null) return true;
  const { first } = head.part;
  const end = first + (head.octets ?? 0);
  const wanted = rangesFor(request, head, now);
  if (wanted.kind === 'whole') return false;
  return wanted.kind === 'unsatisfiable' || wanted.ranges.every((range) => range.first >= first && range.last < end);
}

/** With one of these a request wants something else than the whole, or may. */
const PARTICULAR = ['Range', 'If-None-Match', 'If-Modified-Since'] as const;

/** Whether what is missing for the answer is the rest of a version that has a strong name (RFC 9111, section 3.4). */
export function canBeCompleted(head: StoredHead, request: CacheRequest): boolean {
  const { etag } = validatorsOf(head);
  if (head.part?.first !== 0 || etag === null || etag.weak) return false;
  return request.method === 'GET' && !PARTICULAR.some((name) => hasField(request.fields, name));
}

/** RFC 9110, section 14.2: Range is about the content of a 200; a stored 206 is a part of one. */
function isRangeable(status: number): boolean {
  return status === 200 || status === 206;
}
