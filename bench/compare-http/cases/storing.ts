/** What directives and Authorization say of storing: RFC 9111, sections 3.5 and 5.2.2. */
import type { Ask, Case, FieldSet, Group } from '../case.ts';
import { again, cc, check, date, FORWARDED, FRESH, fetched, fromCache, optimal, required, step } from '../words.ts';

const NO_STORE = 'RFC 9111, section 5.2.2.5';
const PRIVATE = 'RFC 9111, section 5.2.2.7';
const NO_CACHE = 'RFC 9111, section 5.2.2.4';
const AUTHORIZATION = 'RFC 9111, section 3.5';
const MUST_UNDERSTAND = 'RFC 9111, section 5.2.2.3';
const MONTHS_AGO = 'Tue, 01 Sep 2020 00:00:00 GMT';

/** Directives that forbid, in the forms that a list allows. */
const forms = (name: string): readonly (readonly [id: string, value: string | readonly string[], says: string])[] => [
  ['alone', name, 'alone'],
  ['first', `${name}, max-age=3600`, 'before max-age'],
  ['last', `max-age=3600, ${name}`, 'after max-age'],
  ['upper', `max-age=3600, ${name.toUpperCase()}`, 'in capitals'],
  ['mixed', `max-age=3600, ${name.replace(/^./, (letter) => letter.toUpperCase())}`, 'with a capital'],
  ['no-blank', `max-age=3600,${name}`, 'without a blank before it'],
  ['tab', `max-age=3600,\t${name}`, 'after a tab'],
  ['blanks', `max-age=3600 ,   ${name} `, 'among blanks'],
  ['empty-members', `,, max-age=3600,, ${name},`, 'among empty members'],
  ['second-line', ['max-age=3600', name], 'in a second line'],
  ['first-line', [name, 'max-age=3600'], 'in a first line'],
  ['after-quoted', `foo="a, b", ${name}, max-age=3600`, 'after a quoted string'],
  ['beside-s-maxage', `s-maxage=3600, ${name}`, 'beside s-maxage'],
  ['beside-public', `public, max-age=3600, ${name}`, 'beside public'],
];
const notReused = (name: string, clause: string, more: FieldSet = {}): Case[] =>
  forms(name).map(([id, value, says]) =>
    required(`${name}-${id}`, clause, `${name} ${says} is followed`, fetched(cc(value, more)), again(FORWARDED)),
  );

const withExpires = { Expires: date(3600) };
const SECRET: Ask = { fields: { Authorization: 'Basic YWxpY2U6c2VjcmV0' } };

const authorization: readonly Case[] = [
  required(
    'authorization',
    AUTHORIZATION,
    'what was fetched with credentials is not reused for others',
    fetched(FRESH, { ask: SECRET }),
    again(FORWARDED),
  ),
  required(
    'authorization-same',
    AUTHORIZATION,
    'what was fetched with credentials is not reused for the same ones either',
    fetched(FRESH, { ask: SECRET }),
    again(FORWARDED, { ask: SECRET }),
  ),
  required(
    'authorization-expires',
    AUTHORIZATION,
    'Expires alone does not allow to share',
    fetched(withExpires, { ask: SECRET }),
    again(FORWARDED),
  ),
  required(
    'authorization-heuristic',
    AUTHORIZATION,
    'a guess does not allow to share',
    fetched({ 'Last-Modified': MONTHS_AGO }, { ask: SECRET }),
    again(FORWARDED),
  ),
  ...['public', 's-maxage=3600', 'must-revalidate'].map((directive) =>
    optimal(
      `authorization-${directive.replace(/=.*/, '')}`,
      AUTHORIZATION,
      `${directive} allows to share what was fetched with credentials`,
      fetched(cc(`max-age=3600, ${directive}`), { ask: SECRET }),
      again(fromCache()),
    ),
  ),
  optimal(
    'authorization-reuse',
    AUTHORIZATION,
    'a request with credentials can be answered by what was stored without',
    fetched(FRESH),
    again(fromCache(), { ask: SECRET }),
  ),
  required(
    'authorization-validated-by-own',
    AUTHORIZATION,
    'what must be revalidated is asked about with the credentials of who asks',
    fetched(cc('max-age=0, must-revalidate', { ETag: '"1"' }), { ask: SECRET }),
    step(
      { status: 304, fields: cc('max-age=0, must-revalidate', { ETag: '"1"' }) },
      { asked: true, askedWith: { Authorization: 'Basic Ym9i' } },
      { ask: { fields: { Authorization: 'Basic Ym9i' } } },
    ),
  ),
  required(
    'authorization-refused',
    AUTHORIZATION,
    'whom the origin refuses gets nothing from the store',
    fetched(cc('max-age=0, must-revalidate', { ETag: '"1"' }), { ask: SECRET }),
    step({ status: 401, fields: cc('no-store') }, { asked: true, status: 401, notBody: 1 }),
  ),
  required(
    'authorization-passed',
    'RFC 9110, section 11.6.2',
    'credentials for the origin are passed on',
    step(
      { fields: cc('no-store') },
      { asked: true, askedWith: { Authorization: 'Basic YWxpY2U6c2VjcmV0' } },
      { ask: SECRET },
    ),
  ),
];

const understood: readonly Case[] = [
  optimal(
    'must-understand-200',
    MUST_UNDERSTAND,
    'no-store beside must-understand is ignored for a 200',
    fetched(cc('max-age=3600, must-understand, no-store')),
    again(fromCache()),
  ),
  check(
    'must-understand-499',
    MUST_UNDERSTAND,
    'a status that is not known is not stored with must-understand',
    fetched(cc('max-age=3600, must-understand'), { answer: { status: 499 } }),
    again(FORWARDED),
  ),
  required(
    'must-understand-499-no-store',
    MUST_UNDERSTAND,
    'no-store beside must-understand counts for a status that is not known',
    fetched(cc('max-age=3600, must-understand, no-store'), { answer: { status: 499 } }),
    again(FORWARDED),
  ),
];

const qualified: readonly Case[] = [
  required(
    'private-field',
    PRIVATE,
    'a field that private names is not given to others',
    fetched(cc('max-age=3600, private="X-Mine"', { 'X-Mine': '1' })),
    again({ status: 200, fields: { 'X-Mine': null } }),
  ),
  required(
    'private-field-list',
    PRIVATE,
    'fields that private names are not given to others',
    fetched(cc('max-age=3600, private="X-Mine, X-Too"', { 'X-Mine': '1', 'X-Too': '2' })),
    again({ status: 200, fields: { 'X-Mine': null, 'X-Too': null } }),
  ),
  required(
    'private-field-token',
    PRIVATE,
    'a field that private names without quotes is not given to others',
    fetched(cc('max-age=3600, private=X-Mine', { 'X-Mine': '1' })),
    again({ status: 200, fields: { 'X-Mine': null } }),
  ),
  required(
    'no-cache-field',
    NO_CACHE,
    'a field that no-cache names is not reused unasked',
    fetched(cc('max-age=3600, no-cache="X-Mine"', { 'X-Mine': '1' })),
    again({ status: 200, fields: { 'X-Mine': null } }),
  ),
  required(
    'no-cache-field-list',
    NO_CACHE,
    'fields that no-cache names are not reused unasked, in any case',
    fetched(cc('max-age=3600, no-cache="x-mine, X-TOO"', { 'X-Mine': '1', 'X-Too': '2' })),
    again({ status: 200, fields: { 'X-Mine': null, 'X-Too': null } }),
  ),
  check(
    'no-cache-field-reuse',
    NO_CACHE,
    'the rest of a response is reused where no-cache names a field',
    fetched(cc('max-age=3600, no-cache="X-Mine"', { 'X-Mine': '1' })),
    again(fromCache()),
  ),
  check(
    'private-field-reuse',
    PRIVATE,
    'the rest of a response is reused where private names a field',
    fetched(cc('max-age=3600, private="X-Mine"', { 'X-Mine': '1' })),
    again(fromCache()),
  ),
];

export const storing: Group = {
  name: 'storing',
  cases: [
    ...notReused('no-store', NO_STORE),
    ...notReused('private', PRIVATE),
    ...notReused('no-cache', NO_CACHE, { ETag: '"1"' }),
    required(
      'no-store-expires',
      NO_STORE,
      'no-store counts beside Expires',
      fetched(cc('no-store', withExpires)),
      again(FORWARDED),
    ),
    required(
      'private-expires',
      PRIVATE,
      'private counts beside Expires',
      fetched(cc('private', withExpires)),
      again(FORWARDED),
    ),
    required(
      'no-cache-expires',
      NO_CACHE,
      'no-cache counts beside Expires',
      fetched(cc('no-cache', { ...withExpires, ETag: '"1"' })),
      again(FORWARDED),
    ),
    ...qualified,
    ...authorization,
    ...understood,
  ],
};
