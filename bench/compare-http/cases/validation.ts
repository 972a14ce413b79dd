/** Validation: RFC 9111, sections 4.3.1 to 4.3.5, and what a 304 updates (section 3.2). */
import type { Case, FieldSet, Group } from '../case.ts';
import {
  after,
  again,
  cc,
  check,
  confirmed,
  FORWARDED,
  fetched,
  fromCache,
  given,
  optimal,
  PAST_S,
  required,
  step,
} from '../words.ts';

const SENDING = 'RFC 9111, section 4.3.1';
const FRESHENING = 'RFC 9111, section 4.3.4';
const UPDATING = 'RFC 9111, section 3.2';
const RESPONSE = 'RFC 9111, section 4.3.3';
const BY_HEAD = 'RFC 9111, section 4.3.5';
const MODIFIED = 'Tue, 01 Sep 2020 00:00:00 GMT';

const brief = (fields: FieldSet) => fetched(cc('max-age=1', fields));
const later = (one: ReturnType<typeof again>) => after(PAST_S, one);
const stored = given(again({ asked: false }));

/** A field of the stored response that the 304 gives anew: both in the answer to the validation and afterwards. */
const updates = (name: string, before: string, now: string): Case =>
  required(
    `updates-${name.toLowerCase()}`,
    UPDATING,
    `a 304 updates ${name}`,
    brief({ ETag: '"1"', [name]: before }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"', [name]: now })))),
    stored,
    again(fromCache(1, { fields: { [name]: now } })),
  );

const UPDATED: readonly (readonly [name: string, before: string, now: string])[] = [
  ['Content-Language', 'fr', 'ko'],
  ['Content-Location', '/one', '/two'],
  ['Content-Type', 'text/plain', 'text/html'],
  ['Content-Disposition', 'inline', 'attachment'],
  ['Content-Security-Policy', "default-src 'self'", "default-src 'none'"],
  ['Content-Foo', 'a', 'b'],
  ['Link', '</a>; rel=next', '</b>; rel=next'],
  ['Allow', 'GET', 'GET, HEAD'],
  ['Last-Modified', MODIFIED, 'Wed, 02 Sep 2020 00:00:00 GMT'],
  ['Expires', 'Fri, 20 Nov 2037 10:00:00 GMT', 'Sat, 21 Nov 2037 10:00:00 GMT'],
  ['X-Frame-Options', 'DENY', 'SAMEORIGIN'],
  ['Strict-Transport-Security', 'max-age=1', 'max-age=2'],
  ['Access-Control-Allow-Origin', 'http://a.test', 'http://b.test'],
  ['Test-Header', 'a', 'b'],
];

const sending: readonly Case[] = [
  optimal(
    'if-none-match',
    SENDING,
    'a stale response with an entity tag is validated by that tag',
    brief({ ETag: '"abc-1"' }),
    later(
      step(
        { status: 304, fields: cc('max-age=3600', { ETag: '"abc-1"' }), otherwise: { fields: cc('no-store') } },
        { asked: true, askedWith: { 'If-None-Match': /(^|, ?)"abc-1"/ } },
      ),
    ),
  ),
  optimal(
    'if-modified-since',
    SENDING,
    'a stale response with Last-Modified is validated by that date',
    brief({ 'Last-Modified': MODIFIED }),
    later(
      confirmed(cc('max-age=3600'), {
        askedWith: { 'If-Modified-Since': MODIFIED },
        expect: { asked: true, status: 200, body: 1 },
      }),
    ),
  ),
  optimal(
    'both-validators',
    SENDING,
    'with both validators both conditions are sent',
    brief({ ETag: '"1"', 'Last-Modified': MODIFIED }),
    later(
      confirmed(cc('max-age=3600', { ETag: '"1"' }), {
        askedWith: { 'If-None-Match': /"1"/, 'If-Modified-Since': MODIFIED },
      }),
    ),
  ),
  optimal(
    'validated-200',
    RESPONSE,
    'a client that asked for the object gets it, not the 304',
    brief({ ETag: '"1"' }),
    later(confirmed(cc('max-age=3600', { ETag: '"1"' }))),
  ),
  required(
    'no-304-to-others',
    RESPONSE,
    'a client that set no condition never gets a 304',
    brief({ ETag: '"1"' }),
    later(step({ status: 304, fields: cc('max-age=3600', { ETag: '"1"' }) }, { status: 200 })),
  ),
  optimal(
    'validated-then-fresh',
    FRESHENING,
    'a response that was confirmed is fresh again',
    brief({ ETag: '"1"' }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"' })))),
    again(fromCache()),
  ),
  optimal(
    'validated-weak',
    SENDING,
    'a weak tag serves for validation too',
    brief({ ETag: 'W/"1"' }),
    later(confirmed(cc('max-age=3600', { ETag: 'W/"1"' }), { askedWith: { 'If-None-Match': /W\/"1"/ } })),
  ),
  required(
    'replaced-by-200',
    RESPONSE,
    'a full response to a validation is passed on',
    brief({ ETag: '"1"' }),
    later(step({ fields: cc('max-age=3600', { ETag: '"2"' }) }, { asked: true, status: 200, body: 2 })),
  ),
  optimal(
    'replaced-then-fresh',
    RESPONSE,
    'a full response to a validation takes the place of the old one',
    brief({ ETag: '"1"' }),
    later(step({ fields: cc('max-age=3600', { ETag: '"2"' }) }, { asked: true, body: 2 }, { isGiven: true })),
    again(fromCache(2)),
  ),
  required(
    'replaced-not-back',
    RESPONSE,
    'after a full response the old one is gone',
    brief({ ETag: '"1"' }),
    later(step({ fields: cc('max-age=3600', { ETag: '"2"' }) }, { asked: true, body: 2 }, { isGiven: true })),
    again({ status: 200, notBody: 1 }),
  ),
  required(
    'gone-404',
    RESPONSE,
    'a 404 to a validation is passed on',
    brief({ ETag: '"1"' }),
    later(step({ status: 404, fields: cc('no-store') }, { asked: true, status: 404 })),
  ),
  optimal(
    'no-cache-validated',
    'RFC 9111, section 5.2.2.4',
    'a response with no-cache is stored and asked about each time',
    fetched(cc('no-cache', { ETag: '"1"' })),
    confirmed(cc('no-cache', { ETag: '"1"' })),
  ),
  optimal(
    'max-age-0-validated',
    'RFC 9111, section 5.2.2.1',
    'a response with max-age=0 and a tag is stored and asked about each time',
    fetched(cc('max-age=0', { ETag: '"1"' })),
    confirmed(cc('max-age=0', { ETag: '"1"' })),
  ),
  optimal(
    'tag-not-parsed',
    'RFC 9110, section 8.8.3',
    'a tag with strange characters is sent back octet for octet',
    brief({ ETag: '"a,b;c=\'d\'!#x"' }),
    later(
      step(
        {
          status: 304,
          fields: cc('max-age=3600', { ETag: '"a,b;c=\'d\'!#x"' }),
          otherwise: { fields: cc('no-store') },
        },
        { asked: true, askedWith: { 'If-None-Match': /"a,b;c='d'!#x"/ } },
      ),
    ),
  ),
];

const receiving: readonly Case[] = [
  required(
    '304-other-strong-tag',
    FRESHENING,
    'a 304 with another strong tag does not freshen what is stored',
    brief({ ETag: '"1"', 'X-Made-Up': 'a' }),
    given(
      later(
        step(
          {
            status: 304,
            fields: cc('max-age=3600', { ETag: '"2"', 'X-Made-Up': 'b' }),
            otherwise: { fields: cc('no-store') },
          },
          { asked: true, askedWith: { 'If-None-Match': /"1"/ } },
        ),
      ),
    ),
    again({ asked: true }),
  ),
  check(
    '304-without-tag',
    FRESHENING,
    'a 304 without validators confirms the one that was asked about',
    brief({ ETag: '"1"' }),
    given(later(confirmed(cc('max-age=3600')))),
    again(fromCache()),
  ),
  optimal(
    '304-same-date',
    FRESHENING,
    'a 304 with the same Last-Modified confirms',
    brief({ 'Last-Modified': MODIFIED }),
    given(later(confirmed(cc('max-age=3600', { 'Last-Modified': MODIFIED })))),
    again(fromCache()),
  ),
  required(
    'updates-cache-control',
    UPDATING,
    'a 304 that says no-store ends the reuse',
    brief({ ETag: '"1"' }),
    given(later(confirmed(cc('no-cache', { ETag: '"1"' })))),
    again(FORWARDED),
  ),
  required(
    'updates-shorter',
    UPDATING,
    'a 304 with max-age=0 leaves the response stale',
    brief({ ETag: '"1"' }),
    given(later(confirmed(cc('max-age=0', { ETag: '"1"' })))),
    again(FORWARDED),
  ),
  required(
    'updates-date',
    UPDATING,
    'a 304 updates Date',
    fetched(cc('max-age=1', { ETag: '"1"', Date: '{since -500}' })),
    given(confirmed(cc('max-age=3600', { ETag: '"1"', Date: '{since -100}' }))),
    stored,
    again(fromCache(1, { fields: { Age: [99, 160] } })),
  ),
  ...UPDATED.map(([name, before, now]) => updates(name, before, now)),
  required(
    'updates-add',
    UPDATING,
    'a field that only the 304 has is added',
    brief({ ETag: '"1"' }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"', 'X-Made-Up': 'b' })))),
    stored,
    again(fromCache(1, { fields: { 'X-Made-Up': 'b' } })),
  ),
  required(
    'updates-keep',
    UPDATING,
    'a field that the 304 does not have is kept',
    brief({ ETag: '"1"', 'X-Made-Up': 'a' }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"' })))),
    stored,
    again(fromCache(1, { fields: { 'X-Made-Up': 'a' } })),
  ),
  required(
    'updates-all-lines',
    UPDATING,
    'all lines of a field are replaced by those of the 304',
    brief({ ETag: '"1"', 'X-Made-Up': ['a', 'b', 'c'] }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"', 'X-Made-Up': ['d', 'e'] })))),
    stored,
    again(fromCache(1, { fields: { 'X-Made-Up': /^d, ?e$/ } })),
  ),
  required(
    'updates-not-length',
    UPDATING,
    'Content-Length of a 304 changes nothing',
    brief({ ETag: '"1"' }),
    later(
      confirmed(cc('max-age=3600', { ETag: '"1"', 'Content-Length': '3' }), {
        expect: { status: 200, body: /#\d\.\d$/, broken: false },
      }),
    ),
    again({ status: 200, body: /#\d\.\d$/, broken: false }),
  ),
  required(
    'updates-not-connection',
    UPDATING,
    'a field that Connection of the 304 names is not stored',
    brief({ ETag: '"1"' }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"', Connection: 'X-Mine', 'X-Mine': '1' })))),
    stored,
    again(fromCache(1, { fields: { 'X-Mine': null } })),
  ),
  required(
    'updates-shown-at-once',
    RESPONSE,
    'who caused the validation already sees the updated field',
    brief({ ETag: '"1"', 'X-Made-Up': 'a' }),
    given(
      later(
        confirmed(cc('max-age=3600', { ETag: '"1"', 'X-Made-Up': 'b' }), {
          expect: { asked: true, status: 200, body: 1 },
        }),
      ),
    ),
    again({ status: 200, fields: { 'X-Made-Up': 'b' } }, { answer: { fields: cc('no-store', { 'X-Made-Up': 'b' }) } }),
  ),
  required(
    'updates-content-encoding',
    UPDATING,
    'a 304 updates Content-Encoding, or leaves it together with the content',
    brief({ ETag: '"1"', 'Content-Encoding': 'x-one' }),
    given(later(confirmed(cc('max-age=3600', { ETag: '"1"' })))),
    stored,
    again(fromCache(1, { fields: { 'Content-Encoding': 'x-one' } })),
  ),
  required(
    'updates-validated-twice',
    UPDATING,
    'a second 304 updates what the first one left',
    fetched(cc('no-cache', { ETag: '"1"', 'X-Made-Up': 'a' })),
    given(confirmed(cc('no-cache', { ETag: '"1"', 'X-Made-Up': 'b' }))),
    given(confirmed(cc('max-age=3600', { ETag: '"1"', 'X-Made-Up': 'c' }))),
    stored,
    again(fromCache(1, { fields: { 'X-Made-Up': 'c' } })),
  ),
  required(
    'updates-vary',
    UPDATING,
    'a 304 with another Vary is followed from then on',
    fetched(cc('no-cache', { ETag: '"1"' }), { ask: { fields: { Foo: '1' } } }),
    given(confirmed(cc('max-age=3600', { ETag: '"1"', Vary: 'Foo' }), { ask: { fields: { Foo: '1' } } })),
    again(FORWARDED, { ask: { fields: { Foo: '2' } } }),
  ),
  optimal(
    'updates-all-of-one-tag',
    FRESHENING,
    'a 304 with a strong tag freshens each stored response that has it',
    ...['1', '2'].map((value) =>
      given(
        step(
          { fields: cc('max-age=1', { Vary: 'Foo', ETag: '"1"' }) },
          { asked: true },
          { ask: { fields: { Foo: value } } },
        ),
      ),
    ),
    given(later(confirmed(cc('max-age=3600', { Vary: 'Foo', ETag: '"1"' }), { ask: { fields: { Foo: '1' } } }))),
    again({ asked: false, status: 200 }, { ask: { fields: { Foo: '1' } } }),
  ),
  optimal(
    'updates-weak',
    FRESHENING,
    'a 304 with the weak tag of what is stored confirms it',
    brief({ ETag: 'W/"1"' }),
    given(later(confirmed(cc('max-age=3600', { ETag: 'W/"1"' })))),
    again(fromCache()),
  ),
  required(
    'other-weak-tag',
    FRESHENING,
    'a 304 with another weak tag does not freshen what is stored',
    brief({ ETag: 'W/"1"' }),
    given(
      later(
        step(
          { status: 304, fields: cc('max-age=3600', { ETag: 'W/"2"' }), otherwise: { fields: cc('no-store') } },
          { asked: true, askedWith: { 'If-None-Match': /W\/"1"/ } },
        ),
      ),
    ),
    again(FORWARDED),
  ),
  required(
    '304-never-stored',
    'RFC 9111, section 3',
    'a 304 without anything stored is never given to those who set no condition',
    step(
      { status: 304, fields: cc('max-age=3600', { ETag: '"1"' }) },
      { asked: true },
      { ask: { fields: { 'If-None-Match': '"1"' } } },
    ),
    again({ status: 200, body: /#/ }),
  ),
  required(
    '304-with-body-like-length',
    'RFC 9112, section 6.3',
    'a 304 has no content, whatever its Content-Length says',
    brief({ ETag: '"1"' }),
    later(
      step(
        { status: 304, fields: cc('max-age=3600', { ETag: '"1"', 'Content-Length': '500' }) },
        { status: 200, body: /#/, broken: false },
      ),
    ),
  ),
  optimal(
    'updates-right-variant',
    FRESHENING,
    'a 304 confirms the variant that it names',
    step(
      { fields: cc('max-age=1', { Vary: 'Foo', ETag: '"1"' }) },
      { asked: true },
      { ask: { fields: { Foo: '1' } }, isGiven: true },
    ),
    step(
      { fields: cc('max-age=1', { Vary: 'Foo', ETag: '"2"' }) },
      { asked: true },
      { ask: { fields: { Foo: '2' } }, isGiven: true },
    ),
    later(confirmed(cc('max-age=3600', { Vary: 'Foo', ETag: '"1"' }), { ask: { fields: { Foo: '1' } } })),
    again(fromCache(1), { ask: { fields: { Foo: '1' } } }),
  ),
];

const byHead: readonly Case[] = [
  check(
    'head-freshens',
    BY_HEAD,
    'a HEAD with the same tag and length freshens what is stored',
    fetched(cc('max-age=1', { ETag: '"1"' }), { answer: { body: '0123456789' } }),
    later(
      step(
        { fields: cc('max-age=3600', { ETag: '"1"' }), body: '0123456789' },
        { asked: true },
        { ask: { method: 'HEAD' }, isGiven: true },
      ),
    ),
    again({ asked: false, body: '0123456789' }),
  ),
  required(
    'head-does-not-store',
    BY_HEAD,
    'a HEAD never makes the body of GET empty',
    fetched(cc('max-age=1', { ETag: '"1"' })),
    later(
      step(
        { fields: cc('max-age=3600', { ETag: '"2"' }) },
        { asked: true },
        { ask: { method: 'HEAD' }, isGiven: true },
      ),
    ),
    again({ status: 200, body: /#/ }),
  ),
  optimal(
    'head-other-tag',
    BY_HEAD,
    'a HEAD with another tag makes what is stored stale',
    fetched(cc('max-age=3600', { ETag: '"1"' })),
    step(
      { fields: cc('max-age=3600', { ETag: '"2"' }) },
      { asked: true },
      { ask: { method: 'HEAD', fields: cc('no-cache') }, isGiven: true },
    ),
    again(FORWARDED),
  ),
  optimal(
    'head-other-length',
    BY_HEAD,
    'a HEAD with another length makes what is stored stale',
    fetched(cc('max-age=3600', { ETag: '"1"' })),
    step(
      { fields: cc('max-age=3600', { ETag: '"1"' }), body: 'short' },
      { asked: true },
      { ask: { method: 'HEAD', fields: cc('no-cache') }, isGiven: true },
    ),
    again(FORWARDED),
  ),
];

export const validation: Group = { name: 'validation', cases: [...sending, ...receiving, ...byHead] };
