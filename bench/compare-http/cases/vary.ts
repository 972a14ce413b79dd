/** Vary: RFC 9111, section 4.1; RFC 9110, section 12.5.5. */
import type { Ask, Case, FieldSet, Group } from '../case.ts';
import {
  after,
  again,
  cc,
  check,
  confirmed,
  FORWARDED,
  FRESH,
  fetched,
  fetchedAnew,
  fromCache,
  given,
  optimal,
  PAST_S,
  required,
  step,
} from '../words.ts';

const CLAUSE = 'RFC 9111, section 4.1';
const varying = (vary: string | readonly string[], more: FieldSet = {}) => cc('max-age=3600', { Vary: vary, ...more });
const by = (fields: FieldSet): { ask: Ask } => ({ ask: { fields } });

/** First asked by `one`, then by `other`: the same variant, or not. */
const same = (id: string, says: string, vary: string | readonly string[], one: FieldSet, other: FieldSet): Case =>
  optimal(id, CLAUSE, says, fetched(varying(vary), by(one)), again(fromCache(), by(other)));
const differs = (id: string, says: string, vary: string | readonly string[], one: FieldSet, other: FieldSet): Case =>
  required(id, CLAUSE, says, fetched(varying(vary), by(one)), again(fetchedAnew(2), by(other)));
const normal = (id: string, says: string, vary: string, one: FieldSet, other: FieldSet): Case =>
  check(id, CLAUSE, says, fetched(varying(vary), by(one)), again(fromCache(), by(other)));

const FOO = { Foo: '1' };
/** A variant of its own for each value of Foo. */
const variant = (value: string, fields: FieldSet = {}) =>
  step({ fields: varying('Foo', fields) }, { asked: true, status: 200 }, { ...by({ Foo: value }), isGiven: true });

export const vary: Group = {
  name: 'vary',
  cases: [
    same('vary-same', 'the same value: the same response', 'Foo', FOO, FOO),
    differs('vary-differs', 'another value: another response', 'Foo', FOO, { Foo: '2' }),
    differs('vary-now-absent', 'a value, then none', 'Foo', FOO, {}),
    differs('vary-first-absent', 'none, then a value', 'Foo', {}, FOO),
    differs('vary-empty-not-absent', 'a value, then an empty one', 'Foo', FOO, { Foo: '' }),
    same('vary-both-absent', 'none both times', 'Foo', {}, {}),
    same('vary-not-nominated', 'a field that Vary does not name', 'Foo', { ...FOO, Bar: '1' }, { ...FOO, Bar: '2' }),
    same('vary-case-of-name', 'names of fields have no case', 'FOO', { foo: '1' }, { Foo: '1' }),
    differs('vary-case-of-name-differs', 'names of fields have no case, values may', 'fOO', FOO, { foo: '2' }),
    differs('vary-case-of-value', 'a value in capitals is another value', 'Foo', { Foo: 'a' }, { Foo: 'A' }),
    differs('vary-prefix', 'the beginning of a value is another value', 'Foo', { Foo: '12' }, { Foo: '1' }),
    same('vary-two-same', 'two names, both the same', 'Foo, Bar', { ...FOO, Bar: '1' }, { Bar: '1', ...FOO }),
    differs(
      'vary-two-first',
      'two names, the first differs',
      'Foo, Bar',
      { Foo: '1', Bar: '1' },
      { Foo: '2', Bar: '1' },
    ),
    differs(
      'vary-two-second',
      'two names, the second differs',
      'Foo, Bar',
      { Foo: '1', Bar: '1' },
      { Foo: '1', Bar: '2' },
    ),
    differs(
      'vary-two-swapped',
      'two names, their values exchanged',
      'Foo, Bar',
      { Foo: '1', Bar: '2' },
      { Foo: '2', Bar: '1' },
    ),
    differs(
      'vary-two-lines',
      'the second line of Vary counts',
      ['Foo', 'Bar'],
      { Foo: '1', Bar: '1' },
      { Foo: '1', Bar: '2' },
    ),
    differs(
      'vary-three',
      'three names without blanks, the last differs',
      'Foo,Bar,Baz',
      { Foo: '1', Bar: '1', Baz: '1' },
      { Foo: '1', Bar: '1', Baz: '2' },
    ),
    differs('vary-empty-members', 'empty members of Vary are passed over', ', Foo,,', FOO, { Foo: '2' }),
    required('vary-star', CLAUSE, 'Vary: * never matches', fetched(varying('*')), again(FORWARDED)),
    required(
      'vary-star-last',
      CLAUSE,
      '* behind a name never matches',
      fetched(varying('Foo, *'), by(FOO)),
      again(FORWARDED, by(FOO)),
    ),
    required(
      'vary-star-first',
      CLAUSE,
      '* before a name never matches',
      fetched(varying('*, Foo'), by(FOO)),
      again(FORWARDED, by(FOO)),
    ),
    required(
      'vary-star-line',
      CLAUSE,
      '* in a line of its own never matches',
      fetched(varying(['Foo', '*']), by(FOO)),
      again(FORWARDED, by(FOO)),
    ),
    required('vary-star-blank', CLAUSE, '* among blanks never matches', fetched(varying(' *  ')), again(FORWARDED)),
    differs(
      'vary-accept-encoding',
      'another Accept-Encoding, another response',
      'Accept-Encoding',
      { 'Accept-Encoding': 'gzip' },
      { 'Accept-Encoding': 'br' },
    ),
    differs(
      'vary-accept-language',
      'another Accept-Language, another response',
      'Accept-Language',
      { 'Accept-Language': 'fr' },
      { 'Accept-Language': 'ko' },
    ),
    differs(
      'vary-user-agent',
      'another User-Agent, another response',
      'User-Agent',
      { 'User-Agent': 'a/1' },
      { 'User-Agent': 'b/1' },
    ),
    differs('vary-cookie', 'another Cookie, another response', 'Cookie', { Cookie: 'a=1' }, { Cookie: 'a=2' }),
    differs(
      'vary-origin',
      'another Origin, another response',
      'Origin',
      { Origin: 'http://a.test' },
      { Origin: 'http://b.test' },
    ),
    differs(
      'vary-range-of-lists',
      'a list with one member less is another value',
      'Foo',
      { Foo: 'a, b' },
      { Foo: 'a' },
    ),
    differs('vary-two-lines-of-value', 'two lines are not one of them', 'Foo', { Foo: ['a', 'b'] }, { Foo: 'a' }),
    normal(
      'vary-lines-joined',
      'two lines and one with a comma are the same',
      'Foo',
      { Foo: ['a', 'b'] },
      { Foo: 'a, b' },
    ),
    normal(
      'vary-blanks',
      'blanks around the members of a list are of no importance',
      'Foo',
      { Foo: 'a,b' },
      { Foo: 'a,  b' },
    ),
    normal(
      'vary-language-order',
      'languages of the same weight may stand in any order',
      'Accept-Language',
      { 'Accept-Language': 'en, de' },
      { 'Accept-Language': 'de, en' },
    ),
    normal(
      'vary-language-case',
      'languages have no case',
      'Accept-Language',
      { 'Accept-Language': 'en-GB' },
      { 'Accept-Language': 'EN-gb' },
    ),
    normal(
      'vary-encoding-order',
      'codings of the same weight may stand in any order',
      'Accept-Encoding',
      { 'Accept-Encoding': 'gzip, br' },
      { 'Accept-Encoding': 'br, gzip' },
    ),
    optimal(
      'vary-two-variants',
      CLAUSE,
      'two variants are stored side by side',
      variant('1'),
      variant('2'),
      again(fromCache(1), by({ Foo: '1' })),
      again(fromCache(2), by({ Foo: '2' })),
    ),
    required(
      'vary-variants-not-mixed',
      CLAUSE,
      'each gets its own variant',
      variant('1'),
      variant('2'),
      again({ status: 200, notBody: 2 }, by({ Foo: '1' })),
      again({ status: 200, notBody: 1 }, by({ Foo: '2' })),
    ),
    optimal(
      'vary-five-variants',
      CLAUSE,
      'five variants are stored side by side',
      ...['1', '2', '3', '4', '5'].map((value) => variant(value)),
      ...['1', '3', '5'].map((value) => again(fromCache(Number(value)), by({ Foo: value }))),
    ),
    required(
      'vary-none-then-some',
      CLAUSE,
      'a response that varies does not make the one before it vary away what it is for',
      fetched(FRESH, by(FOO)),
      again({ status: 200 }, by({ Foo: '2' })),
    ),
    required(
      'vary-other-names',
      CLAUSE,
      'variants that vary on other fields are each held to their own',
      step({ fields: varying('Foo') }, { asked: true }, { ...by({ Foo: '1', Bar: '1' }), isGiven: true }),
      step({ fields: varying('Foo, Bar') }, { asked: true }, { ...by({ Foo: '2', Bar: '1' }), isGiven: true }),
      again({ asked: true, body: 3 }, by({ Foo: '2', Bar: '2' })),
    ),
    required(
      'vary-validation',
      CLAUSE,
      'a variant that is confirmed is still one variant',
      fetched(cc('max-age=1', { Vary: 'Foo', ETag: '"1"' }), by(FOO)),
      after(PAST_S, given(confirmed(varying('Foo', { ETag: '"1"' }), by(FOO)))),
      again(fetchedAnew(3), by({ Foo: '2' })),
    ),
    optimal(
      'vary-etags-offered',
      CLAUSE,
      'a request that no variant matches may be asked with the tags of all: 304 says which one',
      variant('1', { ETag: '"a"' }),
      step(
        { status: 304, fields: varying('Foo', { ETag: '"a"' }), otherwise: { fields: cc('no-store') } },
        { asked: true, askedWith: { 'If-None-Match': '"a"' }, status: 200, body: 1 },
        by({ Foo: '2' }),
      ),
    ),
    required(
      'vary-head',
      CLAUSE,
      'HEAD is held to Vary as GET is',
      fetched(varying('Foo', { 'X-Variant': '1' }), by(FOO)),
      again({ asked: true, fields: { 'X-Variant': null } }, { ask: { method: 'HEAD', fields: { Foo: '2' } } }),
    ),
    required(
      'vary-authorization',
      CLAUSE,
      'Vary: Authorization keeps users apart',
      fetched(cc('public, max-age=3600', { Vary: 'Authorization' }), by({ Authorization: 'Basic YQ==' })),
      again(fetchedAnew(2), by({ Authorization: 'Basic Yg==' })),
    ),
    check(
      'vary-connection-named',
      'RFC 9110, section 7.6.1',
      'a field that Connection names, and that the origin never saw, selects no variant',
      fetched(varying('Foo'), by({ Connection: 'Foo', Foo: '1' })),
      again(FORWARDED, by({ Foo: '1' })),
    ),
    check(
      'vary-list-of-names-in-request',
      'RFC 9110, section 12.5.5',
      'Vary in a request is no matter of a cache',
      fetched(FRESH),
      again(fromCache(), by({ Vary: '*' })),
    ),
  ],
};
