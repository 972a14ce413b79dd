/** Storing responses in caches: RFC 9111, section 3, and section 3.5 for requests with Authorization. */

import {
  cacheControl,
  type Directives,
  isUnqualified,
  namedFields,
  requestCacheControl,
} from '#shared/http/cache-control.ts';
import { type Fields, fieldValue, hasField, listMembers, withoutFields } from '#shared/http/fields.ts';
import { forwardedFields } from './forwarding.ts';
import { HEURISTIC_STATUSES } from './freshness.ts';
import type { CacheRequest, OriginResponse, StoredHead } from './stored-response.ts';

export interface StoreDecision {
  readonly store: boolean;
  readonly because: string;
}

/** Final statuses whose meaning for a cache we know: what `must-understand` asks for (RFC 9111, section 5.2.2.3). */
const UNDERSTOOD_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 500, 501,
]);

/** Says whether the response to `request` may be kept, by the first rule of RFC 9111, section 3 that forbids or allows it. */
export function mayStore(request: CacheRequest, response: OriginResponse): StoreDecision {
  const asked = requestCacheControl(request.fields);
  const told = cacheControl(response.fields);
  const forbidden =
    requestForbids(request, asked) ?? responseForbids(response, told) ?? authorizationForbids(request, told);
  if (forbidden !== null) return { store: false, because: forbidden };
  return permission(response, told);
}

function requestForbids(request: CacheRequest, asked: Directives): string | null {
  if (request.method !== 'GET') return `a response to ${request.method} is not stored`;
  if (request.hasBody) return 'the request had a body, which is no part of the key';
  if (asked.has('no-store')) return 'the request says no-store';
  if (hasField(request.fields, 'Range')) return 'the request asks for a part, and parts are not stored';
  return null;
}

function responseForbids(response: OriginResponse, told: Directives): string | null {
  const { status, fields } = response;
  if (status === 206) return 'parts are not stored';
  if (status < 200 || status === 304) return `a ${status} is not stored by itself`;
  if (told.has('must-understand')) {
    if (!UNDERSTOOD_STATUSES.has(status)) return `it says must-understand, and ${status} is not understood here`;
  } else if (told.has('no-store')) return 'the response says no-store';
  // A private response, or one with private fields: the fields would have to be cut out, so all of it is left.
  if (told.has('private')) return 'the response says private, and this cache is shared';
  const vary = listMembers(fieldValue(fields, 'Vary') ?? '');
  if (vary.includes('*')) return 'Vary is "*": no later request can match';
  if (hasField(fields, 'Content-Range')) return 'it has a Content-Range, but is no 206';
  return null;
}

/** RFC 9111, section 3.5: what was fetched with credentials is shared only when the response says so. */
function authorizationForbids(request: CacheRequest, told: Directives): string | null {
  if (!hasField(request.fields, 'Authorization')) return null;
  const shared = ['public', 's-maxage', 'must-revalidate'].some((name) => told.has(name));
  return shared ? null : 'the request has Authorization, and the response does not say that it may be shared';
}

function permission(response: OriginResponse, told: Directives): StoreDecision {
  for (const name of ['s-maxage', 'max-age', 'public'] as const) {
    if (told.has(name)) return { store: true, because: `the response says ${name}` };
  }
  if (hasField(response.fields, 'Expires')) return { store: true, because: 'the response has Expires' };
  if (!HEURISTIC_STATUSES.has(response.status)) {
    return { store: false, because: `nothing says that a ${response.status} may be stored` };
  }
  const comparable = hasField(response.fields, 'ETag') || hasField(response.fields, 'Last-Modified');
  if (comparable) return { store: true, because: `a ${response.status} may be stored, and this one has a validator` };
  return { store: false, because: 'it has neither a freshness nor a validator: the copy could never be used' };
}

/** The entry that a stored response becomes; fields that must not be stored are left out (RFC 9111, section 3.1). */
export function toStore(request: CacheRequest, response: OriginResponse, id: string, octets: number): StoredHead {
  const fields = storableFields(response.fields);
  const names = listMembers(fieldValue(fields, 'Vary') ?? '').map((name) => name.toLowerCase());
  const selecting = [...new Set(names)].sort().map((name) => [name, fieldValue(request.fields, name) ?? null] as const);
  return { ...response, fields, id, key: request.key, selecting, octets };
}

/**
 * Without the fields of this connection and those for a proxy (RFC 9111, section 3.1), and without the fields that a qualified
 * no-cache names, which may not be sent again unasked (section 5.2.2.4).
 */
export function storableFields(fields: Fields): Fields {
  const told = cacheControl(fields);
  const guarded = isUnqualified(told, 'no-cache') ? [] : namedFields(told, 'no-cache');
  return withoutFields(forwardedFields(fields), new Set(guarded));
}
