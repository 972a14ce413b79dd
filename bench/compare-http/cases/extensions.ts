/** CDN-Cache-Control (RFC 9213), Cache-Status (RFC 9211), and collapsed requests (RFC 9111, section 4). */
import type { Case, FieldSet, Group } from '../case.ts';
import {
  after,
  again,
  cc,
  check,
  FORWARDED,
  FRESH,
  fetched,
  fromCache,
  given,
  optimal,
  PAST_S,
  required,
  step,
} from '../words.ts';

const TARGETED = 'RFC 9213, section 2.2';
const TARGETED_FORM = 'RFC 9213, section 2.1';
const STATUS = 'RFC 9211, section 2';
const COLLAPSED = 'RFC 9111, section 4';

const cdn = (value: string | readonly string[], more: FieldSet = {}): FieldSet => ({
  'CDN-Cache-Control': value,
  ...more,
});
const reused = (id: string, clause: string, says: string, fields: FieldSet): Case =>
  check(id, clause, says, fetched(fields), again(fromCache()));
const notReused = (id: string, clause: string, says: string, fields: FieldSet): Case =>
  check(id, clause, says, fetched({ ETag: '"1"', ...fields }), again(FORWARDED));

export const targeted: Group = {
  name: 'targeted',
  cases: [
    reused('cdn-max-age', TARGETED, 'CDN-Cache-Control says how long', cdn('max-age=3600')),
    reused(
      'cdn-over-max-age-0',
      TARGETED,
      'CDN-Cache-Control beats Cache-Control: max-age=0',
      cdn('max-age=3600', cc('max-age=0')),
    ),
    reused(
      'cdn-over-no-store',
      TARGETED,
      'CDN-Cache-Control beats Cache-Control: no-store',
      cdn('max-age=3600', cc('no-store')),
    ),
    reused(
      'cdn-over-private',
      TARGETED,
      'CDN-Cache-Control beats Cache-Control: private',
      cdn('max-age=3600', cc('private')),
    ),
    reused('cdn-over-expires', TARGETED, 'CDN-Cache-Control beats Expires', cdn('max-age=3600', { Expires: '0' })),
    notReused(
      'cdn-0-over-max-age',
      TARGETED,
      'CDN-Cache-Control: max-age=0 beats Cache-Control',
      cdn('max-age=0', FRESH),
    ),
    notReused('cdn-no-store', TARGETED, 'CDN-Cache-Control: no-store beats Cache-Control', cdn('no-store', FRESH)),
    notReused('cdn-no-cache', TARGETED, 'CDN-Cache-Control: no-cache beats Cache-Control', cdn('no-cache', FRESH)),
    notReused('cdn-private', TARGETED, 'CDN-Cache-Control: private beats Cache-Control', cdn('private', FRESH)),
    notReused(
      'cdn-age',
      TARGETED,
      'Age counts against CDN-Cache-Control',
      cdn('max-age=100', { ...cc('max-age=3600'), Age: '200' }),
    ),
    reused(
      'cdn-invalid',
      TARGETED_FORM,
      'an invalid CDN-Cache-Control is passed over as a whole: Cache-Control counts',
      cdn('max-age=0, &&&', FRESH),
    ),
    reused('cdn-empty', TARGETED, 'an empty CDN-Cache-Control is passed over', cdn(' ', FRESH)),
    notReused(
      'cdn-type',
      TARGETED_FORM,
      'a max-age that is no integer is passed over, and Cache-Control does not come back',
      cdn('max-age="3600"', FRESH),
    ),
    reused(
      'cdn-last-wins',
      TARGETED_FORM,
      'of two directives of one name the last counts, as in a Dictionary',
      cdn('max-age=0, max-age=3600'),
    ),
    reused('cdn-two-lines', TARGETED_FORM, 'all lines count', cdn(['foo', 'max-age=3600'])),
    notReused(
      'cdn-name-case',
      TARGETED_FORM,
      'keys of a Dictionary are in lower case: MAX-AGE makes the field invalid',
      cdn('MAX-AGE=3600', cc('max-age=0')),
    ),
    check(
      'cdn-passed',
      TARGETED,
      'CDN-Cache-Control is passed on to caches behind',
      fetched(cdn('max-age=3600', FRESH)),
      again({ status: 200, fields: { 'CDN-Cache-Control': 'max-age=3600' } }),
    ),
    check(
      'cdn-stored-without-key',
      'RFC 9213, section 2',
      'a request field of that name says nothing',
      fetched(FRESH),
      again(fromCache(), { ask: { fields: { 'CDN-Cache-Control': 'no-cache' } } }),
    ),
  ],
};

export const cacheStatus: Group = {
  name: 'cache-status',
  cases: [
    check(
      'status-miss',
      STATUS,
      'Cache-Status says fwd=uri-miss for what is not stored',
      step({ fields: FRESH }, { asked: true, fields: { 'Cache-Status': /;\s*fwd=(uri-)?miss/ } }),
    ),
    check(
      'status-hit',
      STATUS,
      'Cache-Status says hit',
      fetched(FRESH),
      again({ asked: false, fields: { 'Cache-Status': /;\s*hit(;|$)/ } }),
    ),
    check(
      'status-ttl',
      'RFC 9211, section 2.4',
      'Cache-Status says how long a hit stays fresh',
      fetched(cc('max-age=3600', { Age: '600' })),
      again({ asked: false, fields: { 'Cache-Status': /;\s*ttl=(29|300)\d\d?(;|$)/ } }),
    ),
    check(
      'status-stale',
      STATUS,
      'Cache-Status says fwd=stale and fwd-status=304 for a validation',
      fetched(cc('max-age=1', { ETag: '"1"' })),
      after(
        PAST_S,
        step(
          { status: 304, fields: cc('max-age=3600', { ETag: '"1"' }) },
          { asked: true, fields: { 'Cache-Status': /fwd=stale.*fwd-status=304|fwd-status=304.*fwd=stale/ } },
        ),
      ),
    ),
    check(
      'status-stored',
      'RFC 9211, section 2.5',
      'Cache-Status says that a response was stored',
      step({ fields: FRESH }, { asked: true, fields: { 'Cache-Status': /;\s*stored/ } }),
    ),
    check(
      'status-vary',
      STATUS,
      'Cache-Status says fwd=vary-miss',
      fetched(cc('max-age=3600', { Vary: 'Foo' })),
      again({ asked: true, fields: { 'Cache-Status': /fwd=vary-miss/ } }, { ask: { fields: { Foo: '1' } } }),
    ),
    check(
      'status-request',
      STATUS,
      'Cache-Status says fwd=request for no-cache of a request',
      fetched(FRESH),
      again({ asked: true, fields: { 'Cache-Status': /fwd=request/ } }, { ask: { fields: cc('no-cache') } }),
    ),
    check(
      'status-method',
      STATUS,
      'Cache-Status says fwd=method for POST',
      step(
        { fields: cc('no-store') },
        { asked: true, fields: { 'Cache-Status': /fwd=method/ } },
        { ask: { method: 'POST', body: 'x' } },
      ),
    ),
    check(
      'status-appended',
      'RFC 9211, section 2',
      'Cache-Status goes behind what caches nearer to the origin wrote',
      fetched(cc('max-age=3600', { 'Cache-Status': 'Inner; hit' })),
      again({ fields: { 'Cache-Status': /^Inner; hit, / } }),
    ),
    check(
      'status-of-own-error',
      'RFC 9211, section 2',
      'Cache-Status is there on a 504 for only-if-cached',
      step(
        {},
        { asked: false, status: 504, fields: { 'Cache-Status': /./ } },
        { ask: { fields: cc('only-if-cached') } },
      ),
    ),
  ],
};

const crowd = (count: number) => Array.from({ length: count }, () => ({}));

export const collapsed: Group = {
  name: 'collapsed',
  cases: [
    optimal(
      'crowd-one-request',
      COLLAPSED,
      'twenty clients that miss at the same time make one request',
      step({ fields: FRESH, delayMs: 400 }, { asked: 1, status: 200, body: 1 }, { asks: crowd(20) }),
    ),
    optimal(
      'crowd-while-body',
      COLLAPSED,
      'clients that come while the body is on its way wait for it',
      step(
        { fields: FRESH, body: 'x'.repeat(30_000), pauseMs: 500 },
        { asked: 1, body: /^x{30000}$/ },
        { asks: crowd(10) },
      ),
    ),
    optimal(
      'crowd-validates-once',
      COLLAPSED,
      'twenty clients of a stale response make one validation',
      fetched(cc('max-age=1', { ETag: '"1"' })),
      after(
        PAST_S,
        step(
          { status: 304, fields: cc('max-age=3600', { ETag: '"1"' }), delayMs: 400 },
          { asked: 1, status: 200, body: 1 },
          { asks: crowd(20) },
        ),
      ),
    ),
    required(
      'crowd-private',
      COLLAPSED,
      'a private response goes to one client alone',
      step(
        { fields: cc('private, max-age=3600'), delayMs: 200 },
        { asked: true, status: 200, distinct: true },
        { asks: crowd(5) },
      ),
    ),
    required(
      'crowd-no-store',
      COLLAPSED,
      'a response with no-store goes to one client alone',
      step({ fields: cc('no-store'), delayMs: 200 }, { asked: true, status: 200, distinct: true }, { asks: crowd(5) }),
    ),
    required(
      'crowd-authorization',
      'RFC 9111, section 3.5',
      'clients with credentials each get an answer of their own',
      step(
        { fields: FRESH, delayMs: 200 },
        { asked: true, status: 200, distinct: true },
        { asks: ['a', 'b', 'c'].map((user) => ({ fields: { Authorization: `Basic ${user}` } })) },
      ),
    ),
    required(
      'crowd-vary',
      'RFC 9111, section 4.1',
      'clients that Vary tells apart each get an answer of their own',
      step(
        { fields: cc('max-age=3600', { Vary: 'Foo' }), delayMs: 200 },
        { asked: true, status: 200, distinct: true },
        { asks: ['a', 'b', 'c', 'd'].map((value) => ({ fields: { Foo: value } })) },
      ),
    ),
    required(
      'crowd-post',
      COLLAPSED,
      'every POST reaches the origin',
      step(
        { fields: FRESH, delayMs: 200 },
        { asked: 5, status: 200, distinct: true },
        { asks: crowd(5).map(() => ({ method: 'POST', body: 'x' })) },
      ),
    ),
    optimal(
      'crowd-error',
      COLLAPSED,
      'when the origin fails, nobody waits for ever',
      step({ breaks: 'refuse', delayMs: 200 }, { status: [500, 502, 503, 504] }, { asks: crowd(5) }),
    ),
    optimal(
      'crowd-first-leaves',
      COLLAPSED,
      'when the first client goes away, the others still get the response',
      step(
        { fields: FRESH, body: 'x'.repeat(30_000), pauseMs: 400 },
        { asked: true },
        { asks: [{ leaves: true }], isGiven: true },
      ),
      given(step({ fields: FRESH, body: 'x'.repeat(30_000) }, { status: 200, body: /^x{30000}$/ }, { asks: crowd(5) })),
      again({ asked: false, body: /^x{30000}$/ }),
    ),
    required(
      'crowd-fresh',
      COLLAPSED,
      'twenty clients of a fresh response all get it whole',
      fetched(FRESH, { answer: { body: 'y'.repeat(100_000) } }),
      step({ fields: FRESH, body: 'y'.repeat(100_000) }, { status: 200, body: /^y{100000}$/ }, { asks: crowd(20) }),
    ),
  ],
};
