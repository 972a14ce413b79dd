/** Calculating cache keys with Vary: RFC 9111, section 4.1. */

import { type Fields, fieldValue, listMembers } from '#shared/http/fields.ts';
import { dateMs } from './freshness.ts';
import type { StoredHead } from './stored-response.ts';

/**
 * The stored response that was selected by a request like this one, or null. Of several the most recent is used (RFC 9111,
 * section 4).
 */
export function selectVariant(stored: readonly StoredHead[], request: Fields): StoredHead | null {
  const matching = stored.filter((head) =>
    head.selecting.every(([name, value]) => sameValue(value, fieldValue(request, name))),
  );
  return matching.toSorted((one, other) => dateMs(other) - dateMs(one))[0] ?? null;
}

/** Whether two entries of one key stand for the same variant. */
export function sameVariant(one: StoredHead, other: StoredHead): boolean {
  return JSON.stringify(one.selecting) === JSON.stringify(other.selecting);
}

/** Equal after what a field allows anyone to do: to join its lines and to change blanks around its members. */
function sameValue(stored: string | null, given: string | undefined): boolean {
  if (stored === null || given === undefined) return stored === null && given === undefined;
  return listMembers(stored).join(',') === listMembers(given).join(',');
}
