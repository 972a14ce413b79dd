/** Ranges of what is stored: RFC 9110, section 14; If-Range: RFC 9110, section 13.1.5. */
import type { Answer, Ask, Case, Expect, FieldSet, Group, Match } from '../case.ts';
import { again, cc, check, fetched, given, optimal, required } from '../words.ts';

const RANGE = 'RFC 9110, section 14.2';
const IF_RANGE = 'RFC 9110, section 13.1.5';
const PARTIAL = 'RFC 9111, section 3.3';
export const BODY = '0123456789abcdefghij';
const MODIFIED = 'Tue, 01 Sep 2020 00:00:00 GMT';
export const TAGGED = cc('max-age=3600', { ETag: '"1"', 'Last-Modified': MODIFIED });
export const by = (fields: FieldSet): { ask: Ask } => ({ ask: { fields } });
export const bytes = (range: string, more: FieldSet = {}) => by({ Range: `bytes=${range}`, ...more });
export const part = (first: number, last: number, of: string | number = BODY.length): string =>
  `bytes ${first}-${last}/${of}`;

/** The whole is stored, and then this range of it is asked for. */
const ofWhole = (
  level: typeof optimal,
  id: string,
  says: string,
  range: string,
  expect: Expect,
  fields: FieldSet = TAGGED,
  clause = RANGE,
): Case =>
  level(
    id,
    clause,
    says,
    fetched(fields, { answer: { body: BODY } }),
    given(again({ asked: false })),
    again(expect, { ...by({ Range: range }), answer: { fields, body: BODY } }),
  );
export const partOf = (first: number, last: number): Expect => ({
  asked: false,
  status: 206,
  body: BODY.slice(first, last + 1),
  fields: { 'Content-Range': part(first, last) },
});
export const WHOLE: Expect = { status: 200, body: BODY };

/** The origin answers with a part. */
export const partly = (first: number, last: number, fields: FieldSet = TAGGED, body = BODY): Answer => ({
  status: 206,
  fields: { ...fields, 'Content-Range': part(first, last, body.length) },
  body: body.slice(first, last + 1),
  otherwise: { fields, body },
});
const PART_FIELDS: readonly (readonly [id: string, clause: string, says: string, Readonly<Record<string, Match>>])[] = [
  ['range-of-206-age', 'RFC 9111, section 4', 'a part that the cache gives has an Age', { Age: [0, 60] }],
  [
    'range-206-fields',
    'RFC 9110, section 15.3.7',
    'a part has the ETag, Date and Cache-Control of the whole',
    { ETag: '"1"', 'Cache-Control': 'max-age=3600', Date: /GMT$/ },
  ],
  [
    'range-206-length',
    'RFC 9110, section 15.3.7',
    'Content-Range of a part says what part it is',
    { 'Content-Range': part(0, 4) },
  ],
];

const fromWhole: readonly Case[] = [
  ofWhole(optimal, 'range-first', 'a range is cut out of what is stored', 'bytes=0-4', partOf(0, 4)),
  ofWhole(optimal, 'range-middle', 'a range in the middle is cut out of what is stored', 'bytes=5-9', partOf(5, 9)),
  ofWhole(optimal, 'range-open', 'a range without end goes to the end', 'bytes=15-', partOf(15, 19)),
  ofWhole(optimal, 'range-suffix', 'a suffix is counted from the end', 'bytes=-5', partOf(15, 19)),
  ofWhole(optimal, 'range-suffix-long', 'a suffix longer than the whole is the whole', 'bytes=-100', {
    asked: false,
    status: [200, 206],
    body: BODY,
  }),
  ofWhole(optimal, 'range-beyond', 'a range that ends beyond the end ends at it', 'bytes=10-100', partOf(10, 19)),
  ofWhole(optimal, 'range-one', 'a range of one octet', 'bytes=0-0', partOf(0, 0)),
  ofWhole(optimal, 'range-two', 'two ranges come as two parts, or as the whole', 'bytes=0-1, 5-6', {
    asked: false,
    status: [200, 206],
    body: /01[\s\S]*56|^0123/,
  }),
  ofWhole(check, 'range-two-parts', 'two ranges come as multipart/byteranges', 'bytes=0-1, 5-6', {
    asked: false,
    status: 206,
    fields: { 'Content-Type': /^multipart\/byteranges; ?boundary=/ },
  }),
  ofWhole(check, 'range-outside', 'a range outside of it is answered with 416 by the cache', 'bytes=100-200', {
    asked: false,
    status: 416,
    fields: { 'Content-Range': 'bytes */20' },
  }),
  ofWhole(required, 'range-outside-no-206', 'a range outside of it is never a 206', 'bytes=100-200', {
    status: [200, 416],
  }),
  ofWhole(required, 'range-other-unit', 'a unit that is not known is passed over', 'lines=0-4', WHOLE),
  ofWhole(required, 'range-backwards', 'a range that ends before it begins is invalid, and gets no part', 'bytes=5-1', {
    status: [200, 416, 400],
  }),
  ofWhole(optimal, 'range-garbage', 'a Range that cannot be read is passed over', 'bytes=a-b', WHOLE),
  ofWhole(optimal, 'range-upper-unit', 'names of units have no case', 'BYTES=0-4', {
    status: [200, 206],
    body: /^01234/,
  }),
  ...PART_FIELDS.map(([id, clause, says, fields]) =>
    required(
      id,
      clause,
      says,
      fetched(TAGGED, { answer: { body: BODY } }),
      given(again(partOf(0, 4), bytes('0-4'))),
      again({ status: 206, fields }, bytes('0-4')),
    ),
  ),
  required(
    'range-of-head',
    'RFC 9110, section 14.2',
    'Range means nothing to HEAD',
    fetched(TAGGED, { answer: { body: BODY } }),
    again(
      { status: 200, body: null },
      { ask: { method: 'HEAD', fields: { Range: 'bytes=0-4' } }, answer: { fields: TAGGED, body: BODY } },
    ),
  ),
  required(
    'range-then-whole',
    PARTIAL,
    'a part that the cache gave leaves the whole as it was',
    fetched(TAGGED, { answer: { body: BODY } }),
    again({ status: 206 }, { ...bytes('0-4'), isGiven: true, answer: partly(0, 4) }),
    again(WHOLE, { answer: { body: BODY } }),
  ),
];

const withCondition = (
  level: typeof optimal,
  id: string,
  says: string,
  condition: FieldSet,
  expect: Expect,
  fields: FieldSet = TAGGED,
): Case =>
  level(
    id,
    IF_RANGE,
    says,
    fetched(fields, { answer: { body: BODY } }),
    given(again({ asked: false })),
    again(expect, { ...bytes('0-4', condition), answer: { fields, body: BODY } }),
  );

const ifRange: readonly Case[] = [
  withCondition(optimal, 'if-range-tag', 'If-Range with the tag gets the part', { 'If-Range': '"1"' }, partOf(0, 4)),
  withCondition(
    required,
    'if-range-other-tag',
    'If-Range with another tag gets the whole',
    { 'If-Range': '"2"' },
    WHOLE,
  ),
  withCondition(
    required,
    'if-range-weak',
    'If-Range compares strongly: a weak tag gets the whole',
    { 'If-Range': 'W/"1"' },
    WHOLE,
    cc('max-age=3600', { ETag: 'W/"1"' }),
  ),
  withCondition(
    optimal,
    'if-range-date',
    'If-Range with the date gets the part',
    { 'If-Range': MODIFIED },
    partOf(0, 4),
  ),
  withCondition(
    required,
    'if-range-later-date',
    'If-Range with a later date gets the whole: only the same will do',
    { 'If-Range': 'Wed, 02 Sep 2020 00:00:00 GMT' },
    WHOLE,
  ),
  withCondition(
    required,
    'if-range-earlier-date',
    'If-Range with an earlier date gets the whole',
    { 'If-Range': 'Mon, 31 Aug 2020 00:00:00 GMT' },
    WHOLE,
  ),
  withCondition(
    required,
    'if-range-without-tag',
    'If-Range with a tag gets the whole of what has none',
    { 'If-Range': '"1"' },
    WHOLE,
    cc('max-age=3600'),
  ),
  withCondition(
    optimal,
    'if-range-not-modified',
    'If-None-Match comes before Range',
    { 'If-None-Match': '"1"' },
    { asked: false, status: 304 },
  ),
];

export const ranges: Group = { name: 'ranges', cases: [...fromWhole, ...ifRange] };
