/** Storing responses in caches: RFC 9111, section 3, with sections 3.3 (partial) and 3.5 (Authorization). */

import { type Directives, isUnqualified, requestCacheControl } from '#shared/http/cache-control.ts';
import { fieldLines, fieldValue, hasField, listMembers } from '#shared/http/fields.ts';
import { resolveReference } from '#shared/http/uri-reference.ts';
import { contentRange } from './content-range.ts';
import { responseDirectives } from './directives.ts';
import { HEURISTIC_STATUSES } from './freshness.ts';
import type { CacheRequest, OriginResponse, StoredHead } from './stored-response.ts';

export interface StoreDecision {
  readonly store: boolean;
  readonly because: string;
}

/** Final statuses whose meaning for a cache we know: what `must-understand` asks for (RFC 9111, section 5.2.2.3). */
const UNDERSTOOD_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 500, 501,
]);

/**
 * Statuses that answer what is in no key: a condition, a range, an expectation, or who asks how much. RFC 6585, sections 3 to 6,
 * forbids to store 428, 429, 431 and 511.
 */
const ABOUT_ONE_REQUEST: ReadonlySet<number> = new Set([412, 416, 417, 428, 429, 431, 511]);

/** Says whether the response to `request` may be kept, by the first rule of RFC 9111, section 3 that forbids or allows it. */
export function mayStore(request: CacheRequest, response: OriginResponse): StoreDecision {
  const { directives } = responseDirectives(response.fields);
  const forbidden =
    requestForbids(request) ??
    methodForbids(request, response, directives) ??
    responseForbids(request, response, directives) ??
    authorizationForbids(request, directives);
  if (forbidden !== null) return { store: false, because: forbidden };
  return permission(response, directives);
}

/** What becomes of a stored response that a later one, a 304 or an answer to HEAD, has given new fields. */
type Keeping =
  /** It is stored with them. */
  | 'renewed'
  /** It stays as it was: the fields are about who asked, and not about the response. */
  | 'as-it-was'
  /** It may not be stored any more. */
  | 'gone';

/** What forbids to store a response forbids to store its fields with the octets of an older one (RFC 9111, sections 3 and 3.2). */
export function mayKeep(request: CacheRequest, freshened: StoredHead): Keeping {
  const whole: OriginResponse = freshened.part === null ? freshened : { ...freshened, status: 200 };
  if (request.hasBody) return 'as-it-was';
  if (mayStore({ ...request, method: 'GET' }, whole).store) return 'renewed';
  return hasField(request.fields, 'Authorization') ? 'as-it-was' : 'gone';
}

function requestForbids(request: CacheRequest): string | null {
  // RFC 9111, section 5.2.1.5.
  if (requestCacheControl(request.fields).has('no-store')) return 'the request says no-store';
  if (request.method === 'GET' && request.hasBody) return 'the request had a body, which is no part of the key';
  return null;
}

/** The method must be understood: GET, and POST where it says that its answer is also that of GET (RFC 9110, section 9.3.3). */
function methodForbids(request: CacheRequest, response: OriginResponse, told: Directives): string | null {
  if (request.method === 'GET') return null;
  if (request.method !== 'POST') return `a response to ${request.method} is not stored`;
  const explicit = isExplicit(response, told);
  const [location] = fieldLines(response.fields, 'Content-Location');
  const named = location === undefined ? null : resolveReference(request.key, location);
  if (explicit && named === request.key) return null;
  return 'a response to POST is stored only with an explicit freshness and its own URI as Content-Location';
}

function responseForbids(request: CacheRequest, response: OriginResponse, told: Directives): string | null {
  const { status, fields } = response;
  if (status < 200 || status === 304) return `a ${status} is not stored by itself`;
  if (ABOUT_ONE_REQUEST.has(status)) return `a ${status} is about this one request`;
  if (told.has('must-understand')) {
    if (!UNDERSTOOD_STATUSES.has(status)) return `it says must-understand, and ${status} is not understood here`;
  } else if (told.has('no-store')) return 'the response says no-store';
  // Section 5.2.2.7: private fields are cut out, and the rest may be kept.
  if (isUnqualified(told, 'private')) return 'the response says private, and this cache is shared';
  const vary = listMembers(fieldValue(fields, 'Vary') ?? '');
  if (vary.includes('*')) return 'Vary is "*": no later request can match';
  if (status === 206) return partForbids(request, response);
  if (hasField(fields, 'Content-Range')) return 'it has a Content-Range, but is no 206';
  return null;
}

/** RFC 9111, section 3.3: a part must be known to be one, and which. */
function partForbids(request: CacheRequest, response: OriginResponse): string | null {
  if (!hasField(request.fields, 'Range')) return 'it is a 206 that nobody asked for';
  if (contentRange(response.fields) === null) return 'it is a 206 of several parts, or does not say which part it is';
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
  if (isExplicit(response, told)) return { store: true, because: 'the response has Expires' };
  const { status, fields } = response;
  if (!HEURISTIC_STATUSES.has(status)) return { store: false, because: `nothing says that a ${status} may be stored` };
  // Section 7.3 leaves it to the server to say so, but a cookie that is handed out on a guess can be somebody's session.
  if (hasField(fields, 'Set-Cookie'))
    return { store: false, because: 'it sets a cookie, and nothing says that it may be shared' };
  const comparable = hasField(fields, 'ETag') || hasField(fields, 'Last-Modified');
  if (comparable) return { store: true, because: `a ${status} may be stored, and this one has a validator` };
  return { store: false, because: 'it has neither a freshness nor a validator: the copy could never be used' };
}

/** Whether the response itself says how long it is fresh (RFC 9111, section 4.2.1). */
function isExplicit(response: OriginResponse, told: Directives): boolean {
  const byDirective = told.has('s-maxage') || told.has('max-age');
  const { field } = responseDirectives(response.fields);
  return byDirective || (field === 'Cache-Control' && hasField(response.fields, 'Expires'));
}
