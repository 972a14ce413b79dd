/** Conditions that the client sets: RFC 9111, section 4.3.2; RFC 9110, section 13. */
import type { Ask, Case, Expect, FieldSet, Group } from '../case.ts';
import {
  after,
  again,
  cc,
  check,
  FRESH,
  fetched,
  fetchedAnew,
  given,
  optimal,
  PAST_S,
  required,
  since,
  step,
} from '../words.ts';

const CLAUSE = 'RFC 9111, section 4.3.2';
const PRECEDENCE = 'RFC 9110, section 13.2.2';
const MODIFIED = 'Tue, 01 Sep 2020 00:00:00 GMT';
const EARLIER = 'Mon, 31 Aug 2020 00:00:00 GMT';
const LATER = 'Wed, 02 Sep 2020 00:00:00 GMT';
const BOTH = cc('max-age=3600', { ETag: '"1"', 'Last-Modified': MODIFIED });
const NOT_MODIFIED: Expect = { asked: false, status: 304, body: null };
const by = (fields: FieldSet): { ask: Ask } => ({ ask: { fields } });

const notModified = (id: string, says: string, stored: FieldSet, condition: FieldSet): Case =>
  optimal(id, CLAUSE, says, fetched(stored), again(NOT_MODIFIED, by(condition)));
const whole = (id: string, clause: string, says: string, stored: FieldSet, condition: FieldSet): Case =>
  required(
    id,
    clause,
    says,
    fetched(stored),
    given(again({ asked: false })),
    again({ status: 200, body: /#/ }, by(condition)),
  );

export const conditional: Group = {
  name: 'conditional',
  cases: [
    notModified('client-tag', 'the cache answers If-None-Match with 304', BOTH, { 'If-None-Match': '"1"' }),
    notModified('client-tag-list', 'one tag of a list is enough', BOTH, { 'If-None-Match': '"0", "1", "2"' }),
    notModified('client-tag-lines', 'one tag in several lines is enough', BOTH, { 'If-None-Match': ['"0"', '"1"'] }),
    notModified('client-tag-list-tight', 'a list without blanks is a list', BOTH, { 'If-None-Match': '"0","1"' }),
    notModified('client-tag-star', 'If-None-Match: * matches whatever is stored', BOTH, { 'If-None-Match': '*' }),
    notModified('client-tag-weak', 'If-None-Match compares weakly: a weak tag of the client', BOTH, {
      'If-None-Match': 'W/"1"',
    }),
    notModified(
      'client-tag-weak-stored',
      'If-None-Match compares weakly: a weak tag of the origin',
      cc('max-age=3600', { ETag: 'W/"1"' }),
      { 'If-None-Match': '"1"' },
    ),
    notModified('client-tag-comma', 'a comma within a tag does not end it', cc('max-age=3600', { ETag: '"a,b"' }), {
      'If-None-Match': '"x", "a,b"',
    }),
    whole('client-tag-other', CLAUSE, 'another tag gets the whole response', BOTH, { 'If-None-Match': '"2"' }),
    whole('client-tag-part', CLAUSE, 'the beginning of a tag is another tag', cc('max-age=3600', { ETag: '"12"' }), {
      'If-None-Match': '"1"',
    }),
    whole('client-tag-in-other', CLAUSE, 'a tag that has the stored one within it is another tag', BOTH, {
      'If-None-Match': '"x1"',
    }),
    notModified('client-date', 'the cache answers If-Modified-Since with 304', BOTH, { 'If-Modified-Since': MODIFIED }),
    notModified('client-date-later', 'a later date than Last-Modified gets 304', BOTH, { 'If-Modified-Since': LATER }),
    whole('client-date-earlier', CLAUSE, 'an earlier date than Last-Modified gets the whole response', BOTH, {
      'If-Modified-Since': EARLIER,
    }),
    check(
      'client-date-without-last-modified',
      CLAUSE,
      'without Last-Modified the Date counts: a later date gets 304',
      fetched(cc('max-age=3600', { Date: since(-100) })),
      again(NOT_MODIFIED, by({ 'If-Modified-Since': since(-50) })),
    ),
    required(
      'client-date-without-last-modified-earlier',
      CLAUSE,
      'without Last-Modified the Date counts: an earlier date gets the whole',
      fetched(cc('max-age=3600', { Date: since(-100) })),
      given(again({ asked: false })),
      again({ status: 200 }, by({ 'If-Modified-Since': since(-5000) })),
    ),
    whole('client-date-invalid', 'RFC 9110, section 13.1.3', 'an invalid date is no condition', BOTH, {
      'If-Modified-Since': 'yesterday',
    }),
    notModified('client-date-rfc850', 'the obsolete form of a date is a date', BOTH, {
      'If-Modified-Since': 'Tuesday, 01-Sep-20 00:00:00 GMT',
    }),
    whole('client-both-tag-differs', PRECEDENCE, 'where both conditions are, the tag counts: it differs', BOTH, {
      'If-None-Match': '"2"',
      'If-Modified-Since': MODIFIED,
    }),
    optimal(
      'client-both-tag-same',
      PRECEDENCE,
      'where both conditions are, the tag counts: it is the same',
      fetched(BOTH),
      again(NOT_MODIFIED, by({ 'If-None-Match': '"1"', 'If-Modified-Since': EARLIER })),
    ),
    required(
      'client-304-fields',
      'RFC 9110, section 15.4.5',
      'a 304 has the ETag, Cache-Control and Date of the response',
      fetched(BOTH),
      given(again(NOT_MODIFIED, by({ 'If-None-Match': '"1"' }))),
      again(
        { status: 304, fields: { ETag: '"1"', 'Cache-Control': 'max-age=3600', Date: /GMT$/ } },
        by({ 'If-None-Match': '"1"' }),
      ),
    ),
    required(
      'client-304-vary',
      'RFC 9110, section 15.4.5',
      'a 304 has Vary, Expires and Content-Location of the response',
      fetched(
        cc('max-age=3600', {
          ETag: '"1"',
          Vary: 'Foo',
          Expires: 'Fri, 20 Nov 2037 10:00:00 GMT',
          'Content-Location': '/there',
        }),
      ),
      given(again(NOT_MODIFIED, by({ 'If-None-Match': '"1"' }))),
      again(
        { status: 304, fields: { Vary: 'Foo', Expires: /2037/, 'Content-Location': '/there' } },
        by({ 'If-None-Match': '"1"' }),
      ),
    ),
    optimal(
      'client-head',
      CLAUSE,
      'a conditional HEAD is answered as a conditional GET',
      fetched(BOTH),
      again(NOT_MODIFIED, { ask: { method: 'HEAD', fields: { 'If-None-Match': '"1"' } } }),
    ),
    required(
      'client-if-match',
      CLAUSE,
      'a cache does not evaluate If-Match',
      fetched(BOTH),
      again({ status: 200 }, by({ 'If-Match': '"2"' })),
    ),
    required(
      'client-if-unmodified-since',
      CLAUSE,
      'a cache does not evaluate If-Unmodified-Since',
      fetched(BOTH),
      again({ status: 200 }, by({ 'If-Unmodified-Since': EARLIER })),
    ),
    check(
      'client-if-match-passed',
      'RFC 9110, section 13.2.1',
      'If-Match goes to the origin, which alone can evaluate it',
      fetched(BOTH),
      again({ asked: true, askedWith: { 'If-Match': '"2"' } }, by({ 'If-Match': '"2"' })),
    ),
    check(
      'client-if-unmodified-since-passed',
      'RFC 9110, section 13.2.1',
      'If-Unmodified-Since goes to the origin',
      fetched(BOTH),
      again({ asked: true, askedWith: { 'If-Unmodified-Since': EARLIER } }, by({ 'If-Unmodified-Since': EARLIER })),
    ),
    required(
      'client-conditional-post',
      CLAUSE,
      'conditions of POST go to the origin',
      fetched(BOTH),
      again(
        { asked: true, askedWith: { 'If-None-Match': '"1"' } },
        { ask: { method: 'POST', body: 'x', fields: { 'If-None-Match': '"1"' } } },
      ),
    ),
    check(
      'client-tag-of-404',
      'RFC 9110, section 13.2.1',
      'a condition has no effect on a stored 404',
      fetched(BOTH, { answer: { status: 404 } }),
      again({ asked: false, status: 404 }, by({ 'If-None-Match': '"1"' })),
    ),
    required(
      'client-miss',
      CLAUSE,
      "a 304 from the origin to a condition of the client is the client's",
      step(
        { status: 304, fields: cc('max-age=3600', { ETag: '"1"' }) },
        { status: [200, 304] },
        by({ 'If-None-Match': '"1"' }),
      ),
      again({ status: 200, body: /#/ }),
    ),
    optimal(
      'client-stale-304',
      CLAUSE,
      'a client whose copy holds gets 304 when the stale response is confirmed',
      fetched(cc('max-age=1', { ETag: '"1"' })),
      after(
        PAST_S,
        step({ status: 304, fields: freshTag() }, { asked: true, status: 304 }, by({ 'If-None-Match': '"1"' })),
      ),
    ),
    required(
      'client-stale-other',
      CLAUSE,
      'a client with another copy gets the whole when the stale response is confirmed',
      fetched(cc('max-age=1', { ETag: '"1"' })),
      after(
        PAST_S,
        step(
          { status: 304, fields: freshTag(), otherwise: { fields: FRESH } },
          { asked: true, status: 200, body: /#/ },
          by({ 'If-None-Match': '"0"' }),
        ),
      ),
    ),
    required(
      'client-stale-changed',
      CLAUSE,
      'a client with another copy gets the new response when it has changed',
      fetched(cc('max-age=1', { ETag: '"1"' })),
      after(
        PAST_S,
        step(
          { fields: cc('max-age=3600', { ETag: '"2"' }) },
          fetchedAnew(2, { status: 200 }),
          by({ 'If-None-Match': '"0"' }),
        ),
      ),
    ),
    required(
      'client-tag-not-stored-for',
      'RFC 9111, section 4',
      'a client without conditions never gets the 304 of another',
      step({ status: 304, fields: freshTag() }, { asked: true }, by({ 'If-None-Match': '"1"' })),
      again({ status: 200 }),
    ),
    required(
      'if-none-match-without-tag',
      CLAUSE,
      'a stored response without a tag matches no tag',
      fetched(FRESH),
      given(again({ asked: false })),
      again({ status: 200 }, by({ 'If-None-Match': '"1"' })),
    ),
  ],
};

function freshTag(): FieldSet {
  return cc('max-age=3600', { ETag: '"1"' });
}
