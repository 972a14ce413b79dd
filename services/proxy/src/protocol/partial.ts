/** Incomplete responses: RFC 9111, sections 3.3 (storing them) and 3.4 (combining them). */

import { parseEntityTag, strongMatch } from '#shared/http/entity-tag.ts';
import { fieldLines, fieldValue } from '#shared/http/fields.ts';
import type { ByteRange } from '#shared/http/range.ts';
import { lastModifiedMs } from './freshness.ts';
import { updateFields } from './storable-fields.ts';
import type { OriginResponse, StoredHead } from './stored-response.ts';

/** Octets of an entry that is stored already, as places in it. */
export interface StoredRange {
  readonly id: string;
  readonly range: ByteRange;
}

/** An entry made of a new part and of what is stored around it. */
export interface Combination {
  readonly head: StoredHead;
  /** What goes before and after the octets of the new part. */
  readonly before: StoredRange | null;
  readonly after: StoredRange | null;
}

/** The place of the first stored octet and of the one behind the last in the representation. */
function bounds(head: StoredHead): { first: number; end: number } {
  const first = head.part?.first ?? 0;
  return { first, end: first + (head.octets ?? 0) };
}

/** Whether the octets of `inner` are all among those of `outer`. */
export function contains(outer: StoredHead, inner: StoredHead): boolean {
  const wide = bounds(outer);
  const narrow = bounds(inner);
  return inner.octets !== null && wide.first <= narrow.first && narrow.end <= wide.end;
}

/** Whether both are octets of one and the same version: only a strong validator says so (RFC 9111, section 3.4). */
export function hasStrongMatch(one: OriginResponse, other: OriginResponse): boolean {
  const [tag, otherTag] = [one, other].map(({ fields }) => parseEntityTag(fieldLines(fields, 'ETag')[0] ?? ''));
  return tag != null && otherTag != null && strongMatch(tag, otherTag);
}

/** Whether nothing tells the two versions apart: a new part must not drive out what it belongs to. */
export function sameVersion(one: OriginResponse, other: OriginResponse): boolean {
  if (hasStrongMatch(one, other)) return true;
  const untagged = [one, other].every(({ fields }) => fieldValue(fields, 'ETag') === undefined);
  return untagged && lastModifiedMs(one) !== null && lastModifiedMs(one) === lastModifiedMs(other);
}

/**
 * What a new part makes together with stored ones that it touches; null where there is none. When the whole is there it is
 * stored as the 200 that it is.
 */
export function combine(newer: StoredHead, stored: readonly StoredHead[]): Combination | null {
  if (newer.part === null) return null;
  const { complete } = newer.part;
  const own = bounds(newer);
  const pieces = stored.filter((head) => head.part?.complete === complete && hasStrongMatch(newer, head));
  const before = pieces
    .filter((head) => bounds(head).first < own.first && bounds(head).end >= own.first)
    .toSorted((one, other) => bounds(one).first - bounds(other).first)[0];
  const after = pieces
    .filter((head) => bounds(head).end > own.end && bounds(head).first <= own.end)
    .toSorted((one, other) => bounds(other).end - bounds(one).end)[0];
  const older = before ?? after;
  if (older === undefined) return null;
  const first = before === undefined ? own.first : bounds(before).first;
  const end = after === undefined ? own.end : bounds(after).end;
  const isWhole = first === 0 && end === complete;
  const head: StoredHead = {
    ...newer,
    ...(isWhole ? { status: 200, reason: 'OK' } : {}),
    fields: updateFields(older.fields, newer.fields),
    octets: end - first,
    part: isWhole ? null : { first, complete },
  };
  return {
    head,
    before: before === undefined ? null : placesIn(before, first, own.first),
    after: after === undefined ? null : placesIn(after, own.end, end),
  };
}

function placesIn(head: StoredHead, first: number, end: number): StoredRange {
  const offset = bounds(head).first;
  return { id: head.id, range: { first: first - offset, last: end - offset - 1 } };
}
