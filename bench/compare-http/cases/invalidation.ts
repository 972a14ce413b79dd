/** Invalidation: RFC 9111, section 4.4. */
import type { Ask, Case, Group } from '../case.ts';
import { again, cc, check, FORWARDED, FRESH, fetched, fromCache, given, optimal, required, step } from '../words.ts';

const CLAUSE = 'RFC 9111, section 4.4';
const stored = given(again({ asked: false }));
const does = (method: string, status: number, fields = {}, ask: Ask = {}) =>
  given(
    step(
      { status, fields: cc('no-store', fields), ...(status === 204 ? { body: null } : {}) },
      { asked: true, status },
      { ask: { method, body: 'x', ...ask } },
    ),
  );

const invalidates = (method: string, status: number): Case =>
  required(
    `${method.toLowerCase()}-${status}`,
    CLAUSE,
    `${method} with ${status} makes what is stored invalid`,
    fetched(FRESH),
    stored,
    does(method, status),
    again(FORWARDED),
  );
const leaves = (method: string, status: number): Case =>
  optimal(
    `${method.toLowerCase()}-${status}`,
    CLAUSE,
    `${method} with ${status} leaves what is stored as it is`,
    fetched(FRESH),
    does(method, status),
    again(fromCache()),
  );

/** What is stored under /other, and what a POST to the URI of the case says about it. */
const other = (
  level: typeof optimal,
  id: string,
  says: string,
  field: string,
  value: string,
  isGone: boolean,
  status = 201,
  host?: string,
): Case => {
  const ask: Ask = { at: '/other', ...(host === undefined ? {} : { host }) };
  return level(
    id,
    CLAUSE,
    says,
    fetched(FRESH, { ask }),
    given(again({ asked: false }, { ask })),
    does('POST', status, { [field]: value }),
    again(isGone ? FORWARDED : fromCache(), { ask }),
  );
};

export const invalidation: Group = {
  name: 'invalidation',
  cases: [
    ...['POST', 'PUT', 'DELETE', 'PATCH', 'MKCOL', 'FOO'].map((method) => invalidates(method, 200)),
    ...['POST', 'PUT', 'DELETE'].map((method) => invalidates(method, 204)),
    invalidates('POST', 201),
    invalidates('POST', 302),
    invalidates('POST', 303),
    invalidates('PUT', 301),
    invalidates('DELETE', 202),
    ...[400, 404, 409, 500, 503].map((status) => leaves('POST', status)),
    ...[403, 500].map((status) => leaves('PUT', status)),
    ...[404, 500].map((status) => leaves('DELETE', status)),
    optimal(
      'options-200',
      CLAUSE,
      'OPTIONS is safe and leaves what is stored as it is',
      fetched(FRESH),
      step({ fields: cc('no-store') }, { asked: true, status: 200 }, { ask: { method: 'OPTIONS' }, isGiven: true }),
      again(fromCache()),
    ),
    check(
      'head-200',
      CLAUSE,
      'HEAD leaves what is stored as it is',
      fetched(FRESH),
      again({ status: 200 }, { ask: { method: 'HEAD' } }),
      again(fromCache()),
    ),
    required(
      'post-query',
      CLAUSE,
      'POST to a URI with a query makes that URI invalid',
      fetched(FRESH, { ask: { at: '?a' } }),
      given(again({ asked: false }, { ask: { at: '?a' } })),
      does('POST', 200, {}, { at: '?a' }),
      again(FORWARDED, { ask: { at: '?a' } }),
    ),
    optimal(
      'post-other-uri',
      CLAUSE,
      'POST to one URI leaves others as they are',
      fetched(FRESH, { ask: { at: '/other' } }),
      does('POST', 200),
      again(fromCache(), { ask: { at: '/other' } }),
    ),
    required(
      'post-variants',
      CLAUSE,
      'all variants of a URI become invalid',
      fetched(cc('max-age=3600', { Vary: 'Foo' }), { ask: { fields: { Foo: '1' } } }),
      given(again({ asked: false }, { ask: { fields: { Foo: '1' } } })),
      does('POST', 200, {}, { fields: { Foo: '2' } }),
      again(FORWARDED, { ask: { fields: { Foo: '1' } } }),
    ),
    other(
      optimal,
      'location',
      'Location of a 201 makes the URI that it names invalid',
      'Location',
      '{path}/other',
      true,
    ),
    other(
      optimal,
      'location-absolute',
      'Location may be a whole URI',
      'Location',
      'http://compare.test{path}/other',
      true,
    ),
    other(
      optimal,
      'location-of-303',
      'Location of a 303 makes the URI that it names invalid',
      'Location',
      '{path}/other',
      true,
      303,
    ),
    other(
      optimal,
      'content-location',
      'Content-Location makes the URI that it names invalid',
      'Content-Location',
      '{path}/other',
      true,
      200,
    ),
    other(
      optimal,
      'content-location-absolute',
      'Content-Location may be a whole URI',
      'Content-Location',
      'http://compare.test{path}/other',
      true,
      200,
    ),
    other(
      required,
      'location-other-host',
      'Location on another host makes nothing invalid',
      'Location',
      'http://other.test{path}/other',
      false,
      201,
      'other.test',
    ),
    other(
      required,
      'content-location-other-host',
      'Content-Location on another host makes nothing invalid',
      'Content-Location',
      'http://other.test{path}/other',
      false,
      200,
      'other.test',
    ),
    other(
      required,
      'location-other-port',
      'Location on another port makes nothing of that port invalid, nor of this',
      'Location',
      'http://compare.test:8088{path}/other',
      false,
      201,
    ),
    other(
      optimal,
      'location-of-error',
      'Location of an error makes nothing invalid',
      'Location',
      '{path}/other',
      false,
      500,
    ),
    check(
      'invalidated-validated',
      CLAUSE,
      'what became invalid may still be validated',
      fetched(cc('max-age=3600', { ETag: '"1"' })),
      stored,
      does('POST', 200),
      step({ status: 304, fields: cc('max-age=3600', { ETag: '"1"' }) }, { asked: true, status: 200, body: 1 }),
    ),
  ],
};
