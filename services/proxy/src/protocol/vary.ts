/** Calculating cache keys with Vary: RFC 9111, section 4.1. */

import { type Fields, fieldValue, listMembers } from '#shared/http/fields.ts';
import { dateMs } from './freshness.ts';
import { contains, sameVersion } from './partial.ts';
import type { Selecting, StoredHead } from './stored-response.ts';

/**
 * The stored responses that were selected by a request like this one, the most recent one first, which is the one to use
 * (RFC 9111, section 4).
 */
export function selectVariants(stored: readonly StoredHead[], request: Fields): readonly StoredHead[] {
  const matching = stored.filter((head) => isSelected(head, request));
  return matching.length < 2 ? matching : matching.toSorted(byRecency);
}

/** Dates have whole seconds: of two with the same one, the one that came later. */
function byRecency(one: StoredHead, other: StoredHead): number {
  return dateMs(other) - dateMs(one) || other.responseTimeMs - one.responseTimeMs;
}

function isSelected(head: StoredHead, request: Fields): boolean {
  return matches(head.selecting, request) || (head.alsoSelectedBy?.some((other) => matches(other, request)) ?? false);
}

function matches(selecting: Selecting, request: Fields): boolean {
  return selecting.every(([name, value]) => sameValue(name, value, fieldValue(request, name)));
}

/** Whether an entry that is newly stored takes the place of an older one of the same key. */
export function takesPlaceOf(newer: StoredHead, older: StoredHead): boolean {
  if (newer.id === older.id || JSON.stringify(newer.selecting) !== JSON.stringify(older.selecting)) return false;
  // A part leaves the rest of its version where it is (RFC 9111, section 3.3).
  return newer.part === null || !sameVersion(newer, older) || contains(newer, older);
}

/** Lists of which the order says nothing (RFC 9110, sections 12.5.1 to 12.5.3); that of languages is a preference to some. */
const UNORDERED: ReadonlySet<string> = new Set(['accept', 'accept-charset', 'accept-encoding']);
/** Lists of names that have no case (RFC 9110, sections 8.3.2, 8.4.1 and 8.5.1). */
const WITHOUT_CASE: ReadonlySet<string> = new Set(['accept-charset', 'accept-encoding', 'accept-language']);

/** Longest value that is normalised, in characters; of a longer one, which no browser sends, each spelling is another variant. */
const NORMALIZED_CHARACTERS_MAX = 1_024;

/** Equal after what RFC 9111, section 4.1, allows: blanks, lines joined, and what the field's own definition leaves open. */
function sameValue(name: string, stored: string | null, given: string | undefined): boolean {
  if (stored === null || given === undefined) return stored === null && given === undefined;
  if (stored === given) return true;
  if (Math.max(stored.length, given.length) > NORMALIZED_CHARACTERS_MAX) return false;
  return normalize(name, stored) === normalize(name, given);
}

function normalize(name: string, value: string): string {
  const members = listMembers(WITHOUT_CASE.has(name) ? value.toLowerCase() : value);
  const tidy = UNORDERED.has(name) ? members.map((member) => member.replace(/\s*([;=])\s*/g, '$1')).sort() : members;
  return tidy.join(',');
}
