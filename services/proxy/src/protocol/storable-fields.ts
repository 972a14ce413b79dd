/** Storing header fields and updating stored ones: RFC 9111, sections 3.1 and 3.2. */

import { isUnqualified, namedFields } from '#shared/http/cache-control.ts';
import { type Fields, withoutFields } from '#shared/http/fields.ts';
import { responseDirectives } from './directives.ts';
import { forwardedFields } from './forwarding.ts';

/**
 * The fields of a response that may be kept: without those of the connection and those for a proxy (RFC 9111, section 3.1),
 * and without those that a qualified no-cache or private names (sections 5.2.2.4 and 5.2.2.7): a shared cache does not hold
 * the latter and must ask before it sends the former, and it asks about all of a response or nothing.
 */
export function storableFields(fields: Fields): Fields {
  return withoutFields(forwardedFields(fields), guardedNames(fields));
}

/** Fields that describe the stored octets, and so do not come from a response without them (RFC 9111, section 3.2). */
const OF_STORED_OCTETS: ReadonlySet<string> = new Set(['content-length', 'content-range']);

/**
 * Stored fields with those of a later response about the same version (RFC 9111, section 3.2): each that it has replaces all
 * lines of its name.
 */
export function updateFields(stored: Fields, later: Fields): Fields {
  const update = withoutFields(storableFields(later), OF_STORED_OCTETS);
  // Age belongs to the last exchange with the origin's side, so the one of the first goes even where none replaces it.
  const replaced = new Set([...update.map(([name]) => name.toLowerCase()), 'age']);
  const updated = [...withoutFields(stored, replaced), ...update];
  // What either of the two guards is kept by none.
  return withoutFields(updated, guardedNames(updated));
}

function guardedNames(fields: Fields): ReadonlySet<string> {
  const { directives } = responseDirectives(fields);
  const names = (['no-cache', 'private'] as const).flatMap((name) =>
    isUnqualified(directives, name) ? [] : namedFields(directives, name),
  );
  return new Set(names);
}
