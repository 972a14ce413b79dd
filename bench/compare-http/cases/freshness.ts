/** Freshness: RFC 9111, sections 4.2 to 4.2.3, and the directives and fields that say how long. */
import type { Case, FieldSet, Group } from '../case.ts';
import { again, cc, check, date, FORWARDED, FRESH, fetched, fromCache, optimal, required } from '../words.ts';

const LIFETIME = 'RFC 9111, section 4.2.1';
const EXPIRES = 'RFC 9111, section 5.3';
const AGE = 'RFC 9111, section 5.1';
const HEURISTIC = 'RFC 9111, section 4.2.2';
const DELTA = 'RFC 9111, section 1.2.2';
const CURRENT_AGE = 'RFC 9111, section 4.2.3';

/** A response with these fields is fresh: the next request is answered from the store. */
const fresh = (id: string, clause: string, says: string, fields: FieldSet): Case =>
  optimal(id, clause, says, fetched(fields), again(fromCache()));
/** It is stale: the next request goes to the origin. */
const stale = (id: string, clause: string, says: string, fields: FieldSet): Case =>
  required(id, clause, says, fetched(fields), again(FORWARDED));
/** As it should be taken (SHOULD). */
const better = (id: string, clause: string, says: string, fields: FieldSet): Case =>
  optimal(id, clause, says, fetched(fields), again(FORWARDED));
/** The standard recommends to take it as stale, or leaves it open. */
const unclear = (id: string, clause: string, says: string, fields: FieldSet): Case =>
  check(id, clause, says, fetched(fields), again(FORWARDED));

const MONTHS_AGO = 'Tue, 01 Sep 2020 00:00:00 GMT';

export const freshness: Group = {
  name: 'freshness',
  cases: [
    fresh('max-age', 'RFC 9111, section 5.2.2.1', 'a response with max-age is reused', FRESH),
    stale('max-age-0', 'RFC 9111, section 5.2.2.1', 'max-age=0 is stale at once', cc('max-age=0', { ETag: '"1"' })),
    unclear('no-lifetime', HEURISTIC, 'without any lifetime and Last-Modified there is no ground to reuse', {
      'Content-Language': 'fr',
    }),
    fresh('s-maxage', 'RFC 9111, section 5.2.2.10', 'a response with s-maxage is reused', cc('s-maxage=3600')),
    fresh(
      's-maxage-longer',
      'RFC 9111, section 5.2.2.10',
      's-maxage counts where max-age is 0',
      cc('s-maxage=3600, max-age=0'),
    ),
    fresh(
      's-maxage-before-expires',
      'RFC 9111, section 5.2.2.10',
      's-maxage counts where Expires has passed',
      cc('s-maxage=3600', { Expires: date(-100) }),
    ),
    stale(
      's-maxage-shorter',
      'RFC 9111, section 5.2.2.10',
      's-maxage=0 counts in a shared cache, however long max-age is',
      cc('s-maxage=0, max-age=3600', { ETag: '"1"' }),
    ),
    stale(
      's-maxage-shorter-last',
      'RFC 9111, section 5.2.2.10',
      'the order of max-age and s-maxage does not matter',
      cc('max-age=3600, s-maxage=0', { ETag: '"1"' }),
    ),
    stale(
      's-maxage-ignores-expires',
      'RFC 9111, section 5.2.2.10',
      's-maxage=0 counts, however late Expires is',
      cc('s-maxage=0', { Expires: date(3600), ETag: '"1"' }),
    ),
    stale(
      's-maxage-older',
      'RFC 9111, section 4.2',
      'a response older than its s-maxage is stale',
      cc('s-maxage=100, max-age=3600', { Age: '200' }),
    ),
    fresh('expires', EXPIRES, 'a response with Expires in the future is reused', { Expires: date(3600) }),
    stale('expires-past', EXPIRES, 'a response whose Expires has passed is stale', {
      Expires: date(-3600),
      ETag: '"1"',
    }),
    stale('expires-now', 'RFC 9111, section 4.2', 'a response that expires at its Date is stale', {
      Expires: date(0),
      ETag: '"1"',
    }),
    stale('expires-0', EXPIRES, 'Expires: 0 means in the past', { Expires: '0', ETag: '"1"' }),
    stale('expires-minus-1', EXPIRES, 'Expires: -1 means in the past', { Expires: '-1', ETag: '"1"' }),
    stale('expires-words', EXPIRES, 'Expires: never means in the past', { Expires: 'never', ETag: '"1"' }),
    stale('expires-0-and-last-modified', HEURISTIC, 'an invalid Expires is explicit: there is no guess', {
      Expires: '0',
      'Last-Modified': MONTHS_AGO,
    }),
    stale('expires-empty', EXPIRES, 'an empty Expires means in the past', {
      Expires: ' ',
      'Last-Modified': MONTHS_AGO,
    }),
    stale('expires-number', EXPIRES, 'a number of seconds is no date', { Expires: '3600', ETag: '"1"' }),
    unclear('expires-other-zone', EXPIRES, 'a date of another zone than GMT is invalid', {
      Expires: 'Fri, 20 Nov 2099 10:00:00 CET',
      ETag: '"1"',
    }),
    fresh('expires-rfc850', 'RFC 9110, section 5.6.7', 'the obsolete form of a date, with its two digits, is read', {
      Expires: 'Saturday, 20-Nov-49 10:00:00 GMT',
    }),
    fresh('expires-asctime', 'RFC 9110, section 5.6.7', 'the date of asctime is read', {
      Expires: 'Fri Nov 20 10:00:00 2037',
    }),
    fresh('expires-far', EXPIRES, 'an Expires after 2038 is in the future', {
      Expires: 'Fri, 20 Nov 2099 10:00:00 GMT',
    }),
    stale('expires-before-1970', EXPIRES, 'an Expires before 1970 is in the past', {
      Expires: 'Thu, 01 Jan 1949 00:00:00 GMT',
      ETag: '"1"',
    }),
    stale(
      'max-age-before-expires',
      EXPIRES,
      'where there is max-age, Expires is ignored: max-age=0',
      cc('max-age=0', { Expires: date(3600), ETag: '"1"' }),
    ),
    fresh(
      'max-age-over-past-expires',
      EXPIRES,
      'where there is max-age, Expires is ignored: it has passed',
      cc('max-age=3600', { Expires: date(-3600) }),
    ),
    fresh(
      'max-age-over-invalid-expires',
      EXPIRES,
      'where there is max-age, an invalid Expires is ignored',
      cc('max-age=3600', { Expires: '0' }),
    ),
    stale('expires-relative-to-date', LIFETIME, 'the lifetime is Expires less Date, not less now', {
      Date: date(3600),
      Expires: date(3600),
      ETag: '"1"',
    }),
    stale('expires-two-lines', LIFETIME, 'of two Expires lines, both have passed', {
      Expires: [date(-100), date(-200)],
      ETag: '"1"',
    }),
    unclear('expires-two-first-past', LIFETIME, 'of two Expires lines the first counts, or the response is stale', {
      Expires: [date(-100), date(3600)],
      ETag: '"1"',
    }),

    fresh(
      'age-below',
      CURRENT_AGE,
      'a response younger than its lifetime is fresh',
      cc('max-age=3600', { Age: '1800' }),
    ),
    stale(
      'age-equal',
      'RFC 9111, section 4.2',
      'a response is stale when its age is its lifetime',
      cc('max-age=3600', { Age: '3600', ETag: '"1"' }),
    ),
    stale(
      'age-above',
      CURRENT_AGE,
      'a response older than its lifetime is stale',
      cc('max-age=3600', { Age: '7200', ETag: '"1"' }),
    ),
    stale('age-and-expires', CURRENT_AGE, 'Age counts against Expires too', {
      Expires: date(100),
      Age: '200',
      ETag: '"1"',
    }),
    stale(
      'age-of-date',
      CURRENT_AGE,
      'a Date in the past makes a response old, without any Age',
      cc('max-age=100', { Date: date(-200), ETag: '"1"' }),
    ),
    stale(
      'age-larger-of-both',
      CURRENT_AGE,
      'the older of Age and Date counts',
      cc('max-age=100', { Date: date(-200), Age: '1', ETag: '"1"' }),
    ),
    stale(
      'age-huge',
      DELTA,
      'an Age of 2^31 and more is very old',
      cc('max-age=3600', { Age: '2147483648', ETag: '"1"' }),
    ),
    stale(
      'age-overflow',
      DELTA,
      'an Age that no integer holds is very old',
      cc('max-age=3600', { Age: '99999999999999999999', ETag: '"1"' }),
    ),
    fresh(
      'age-negative',
      AGE,
      'an Age that is no number of seconds is ignored: -7200',
      cc('max-age=3600', { Age: '-7200' }),
    ),
    fresh(
      'age-decimal',
      AGE,
      'an Age that is no number of seconds is ignored: 7200.0',
      cc('max-age=3600', { Age: '7200.0' }),
    ),
    fresh('age-words', AGE, 'an Age that is no number of seconds is ignored: old', cc('max-age=3600', { Age: 'old' })),
    fresh(
      'age-parameter',
      AGE,
      'an Age that is no number of seconds is ignored: 7200;foo=1',
      cc('max-age=3600', { Age: '7200;foo=1' }),
    ),
    fresh(
      'age-quoted',
      AGE,
      'an Age that is no number of seconds is ignored: "7200"',
      cc('max-age=3600', { Age: '"7200"' }),
    ),
    fresh('age-first-low', AGE, 'of two Age values the first counts: 0, 7200', cc('max-age=3600', { Age: '0, 7200' })),
    fresh(
      'age-first-line-low',
      AGE,
      'of two Age lines the first counts: 0 and 7200',
      cc('max-age=3600', { Age: ['0', '7200'] }),
    ),
    better(
      'age-first-high',
      AGE,
      'of two Age values the first counts: 7200, 0',
      cc('max-age=3600', { Age: '7200, 0', ETag: '"1"' }),
    ),
    better(
      'age-first-line-high',
      AGE,
      'of two Age lines the first counts: 7200 and 0',
      cc('max-age=3600', { Age: ['7200', '0'], ETag: '"1"' }),
    ),
    fresh(
      'date-future',
      CURRENT_AGE,
      'a Date in the future does not make a response old',
      cc('max-age=3600', { Date: date(600) }),
    ),
    fresh(
      'date-missing',
      'RFC 9110, section 6.6.1',
      'a response without Date counts from when it came',
      cc('max-age=3600', { Date: '' }),
    ),

    fresh('max-age-2-31', DELTA, 'max-age=2147483648 is very long', cc('max-age=2147483648')),
    fresh('max-age-overflow', DELTA, 'max-age=99999999999 is very long', cc('max-age=99999999999')),
    fresh(
      'max-age-overflow-64',
      DELTA,
      'a max-age that no integer holds is very long',
      cc('max-age=99999999999999999999'),
    ),
    unclear(
      'max-age-decimal',
      LIFETIME,
      'max-age=3600.5 is invalid, and the response stale',
      cc('max-age=3600.5', { ETag: '"1"' }),
    ),
    unclear(
      'max-age-negative',
      LIFETIME,
      'max-age=-3600 is invalid, and the response stale',
      cc('max-age=-3600', { ETag: '"1"' }),
    ),
    unclear(
      'max-age-hex',
      LIFETIME,
      'max-age=0x3600 is invalid, and the response stale',
      cc('max-age=0xe10', { ETag: '"1"' }),
    ),
    unclear(
      'max-age-letters',
      LIFETIME,
      'max-age=a3600 is invalid, and the response stale',
      cc('max-age=a3600', { ETag: '"1"' }),
    ),
    unclear(
      'max-age-letters-after',
      LIFETIME,
      'max-age=3600a is invalid, and the response stale',
      cc('max-age=3600a', { ETag: '"1"' }),
    ),
    unclear('max-age-empty', LIFETIME, 'max-age= is invalid, and the response stale', cc('max-age=', { ETag: '"1"' })),
    unclear(
      'max-age-single-quotes',
      LIFETIME,
      "max-age='3600' is invalid, and the response stale",
      cc("max-age='3600'", { ETag: '"1"' }),
    ),
    unclear(
      'max-age-blank',
      LIFETIME,
      'max-age = 3600 is invalid, and the response stale',
      cc('max-age = 3600', { ETag: '"1"' }),
    ),
    unclear(
      'max-age-invalid-and-expires',
      LIFETIME,
      'an invalid max-age is not mended by Expires',
      cc('max-age=x', { Expires: date(3600), ETag: '"1"' }),
    ),
    unclear(
      'max-age-twice',
      LIFETIME,
      'max-age=1800, max-age=0: the first, or stale',
      cc('max-age=0, max-age=1800', { ETag: '"1"' }),
    ),
    unclear(
      'max-age-two-lines',
      LIFETIME,
      'two lines, max-age=0 first: the first, or stale',
      cc(['max-age=0', 'max-age=1800'], { ETag: '"1"' }),
    ),
    fresh(
      'max-age-quoted',
      'RFC 9111, section 5.2',
      'max-age="3600" is the same as max-age=3600',
      cc('max-age="3600"'),
    ),
    fresh('max-age-upper', 'RFC 9111, section 5.2', 'names of directives have no case: MAX-AGE', cc('MAX-AGE=3600')),
    stale(
      'max-age-0-upper',
      'RFC 9111, section 5.2',
      'names of directives have no case: MaX-aGe=0',
      cc('MaX-aGe=0', { Expires: date(3600), ETag: '"1"' }),
    ),
    fresh('max-age-zeros', DELTA, 'leading zeros are of no importance', cc('max-age=003600')),
    fresh(
      'max-age-of-list',
      'RFC 9110, section 5.6.1.2',
      'empty members of a list are passed over',
      cc(', ,max-age=3600,'),
    ),
    fresh('max-age-tab', 'RFC 9110, section 5.6.3', 'a tab may stand where a blank may', cc('public,\tmax-age=3600')),
    fresh(
      'max-age-second-line',
      'RFC 9110, section 5.3',
      'directives of all lines count',
      cc(['public', 'max-age=3600']),
    ),
    fresh(
      'max-age-unknown-directive',
      'RFC 9111, section 5.2.3',
      'an unknown directive is ignored',
      cc('foo, max-age=3600, bar=3'),
    ),
    fresh(
      'max-age-in-quotes',
      'RFC 9111, section 5.2',
      'a quoted string of an unknown directive hides what is in it',
      cc('foo="max-age=0, no-store", max-age=3600'),
    ),
    unclear(
      'max-age-only-in-quotes',
      'RFC 9111, section 5.2',
      'max-age within a quoted string is none',
      cc('foo="max-age=3600"', { ETag: '"1"' }),
    ),
    unclear(
      'similar-name',
      'RFC 9111, section 5.2.3',
      'x-max-age is an unknown directive',
      cc('x-max-age=3600', { ETag: '"1"' }),
    ),
    stale(
      'no-cache-wins',
      'RFC 9111, section 5.2.2.4',
      'no-cache beside max-age: no reuse unasked',
      cc('max-age=3600, no-cache', { ETag: '"1"' }),
    ),
    stale(
      's-maxage-upper',
      'RFC 9111, section 5.2',
      'names of directives have no case: S-MAXAGE=0',
      cc('max-age=3600, S-MAXAGE=0', { ETag: '"1"' }),
    ),
    fresh(
      's-maxage-quoted',
      'RFC 9111, section 5.2',
      's-maxage="3600" is the same as s-maxage=3600',
      cc('s-maxage="3600", max-age=0'),
    ),
    unclear(
      's-maxage-invalid',
      LIFETIME,
      'an invalid s-maxage is not mended by max-age',
      cc('s-maxage=x, max-age=3600', { ETag: '"1"' }),
    ),
    better(
      'max-age-0-quoted',
      'RFC 9111, section 5.2',
      'max-age="0" is the same as max-age=0',
      cc('max-age="0"', { Expires: date(3600), ETag: '"1"' }),
    ),
    unclear(
      'no-cache-empty',
      'RFC 9111, section 5.2.2.4',
      'no-cache="" names no field, and is taken for all of the response',
      cc('max-age=3600, no-cache=""', { ETag: '"1"' }),
    ),
    unclear(
      'private-empty',
      'RFC 9111, section 5.2.2.7',
      'private="" names no field, and is taken for all of the response',
      cc('max-age=3600, private=""'),
    ),
    unclear(
      'unterminated-quote',
      LIFETIME,
      'directives behind a quote that never ends are not trusted',
      cc('foo="bar, max-age=3600', { ETag: '"1"' }),
    ),
    unclear(
      'no-store-with-argument',
      'RFC 9111, section 5.2.2.5',
      'no-store=1 is meant as no-store',
      cc('max-age=3600, no-store=1'),
    ),
    unclear(
      'no-store-blank-inside',
      'RFC 9111, section 5.2.2.5',
      'two directives without a comma between are not trusted',
      cc('max-age=3600 no-store', { ETag: '"1"' }),
    ),
    stale('date-and-expires-skewed', LIFETIME, 'a clock of the origin that is behind does not lengthen a lifetime', {
      Date: date(-3600),
      Expires: date(-3500),
      ETag: '"1"',
    }),
    fresh(
      'date-invalid',
      'RFC 9110, section 6.6.1',
      'an invalid Date is as none',
      cc('max-age=3600', { Date: 'today' }),
    ),
    fresh(
      'date-missing-expires',
      'RFC 9110, section 6.6.1',
      'without Date, Expires counts from when the response came',
      { Date: '', Expires: date(3600) },
    ),
    required(
      'age-of-delay',
      CURRENT_AGE,
      'the time that the origin took to answer counts as age',
      fetched(cc('max-age=2', { Age: '1', ETag: '"1"', Date: '' }), { answer: { delayMs: 1600 } }),
      again(FORWARDED),
    ),
    fresh(
      'pragma-in-response',
      'RFC 9111, section 5.4',
      'Pragma in a response says nothing',
      cc('max-age=3600', { Pragma: 'no-cache' }),
    ),

    fresh('heuristic', HEURISTIC, 'a response that was last modified years ago is guessed to be fresh', {
      'Last-Modified': MONTHS_AGO,
    }),
    unclear('heuristic-share', HEURISTIC, 'a response modified five seconds ago is not guessed to be fresh', {
      'Last-Modified': date(-5),
    }),
    unclear('heuristic-future', HEURISTIC, 'a Last-Modified in the future is no ground for a guess', {
      'Last-Modified': date(7200),
      ETag: '"1"',
    }),
    stale(
      'heuristic-not-over-max-age',
      HEURISTIC,
      'there is no guess where max-age=0 says it',
      cc('max-age=0', { 'Last-Modified': MONTHS_AGO }),
    ),
    stale('heuristic-not-over-expires', HEURISTIC, 'there is no guess where Expires says it', {
      Expires: date(-10),
      'Last-Modified': MONTHS_AGO,
    }),
    fresh(
      'heuristic-public',
      HEURISTIC,
      'public beside Last-Modified allows a guess',
      cc('public', { 'Last-Modified': MONTHS_AGO }),
    ),
  ],
};
