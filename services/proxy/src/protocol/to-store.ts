/** From a response of an origin to an entry of the store: RFC 9111, sections 3.1, 3.3 and 4.1. */

import { type Fields, fieldValue, listMembers, withoutFields } from '#shared/http/fields.ts';
import { contentRange } from './content-range.ts';
import { storableFields } from './storable-fields.ts';
import type { CacheRequest, OriginResponse, Selecting, StoredHead } from './stored-response.ts';

/** Fields that are written anew in each answer, from what is known of the stored octets. */
const OF_THE_MESSAGE: ReadonlySet<string> = new Set(['content-length', 'content-range']);

/** @param octets how many will be stored, null where that is not known yet. */
export function toStore(
  request: CacheRequest,
  response: OriginResponse,
  id: string,
  octets: number | null,
): StoredHead {
  const kept = storableFields(response.fields);
  const range = response.status === 206 ? contentRange(response.fields) : null;
  return {
    ...response,
    fields: withoutFields(kept, OF_THE_MESSAGE),
    id,
    key: request.key,
    selecting: selectingFields(kept, request.fields),
    octets: range === null ? octets : range.last - range.first + 1,
    part: range === null ? null : { first: range.first, complete: range.complete },
  };
}

/** What the request has of the fields that Vary nominates. */
export function selectingFields(response: Fields, request: Fields): Selecting {
  const names = listMembers(fieldValue(response, 'Vary') ?? '').map((name) => name.toLowerCase());
  return [...new Set(names)].sort().map((name) => [name, fieldValue(request, name) ?? null]);
}
