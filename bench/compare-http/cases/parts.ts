/** Stored parts, parts that are put together, and what broke off: RFC 9111, sections 3.3 and 3.4; RFC 9112, section 8. */
import type { Case, FieldSet, Group } from '../case.ts';
import { after, again, cc, check, FORWARDED, fetched, given, optimal, PAST_S, required, step } from '../words.ts';
import { BODY, by, bytes, part, partly, partOf, TAGGED, WHOLE } from './ranges.ts';

const RANGE = 'RFC 9110, section 14.2';
const PARTIAL = 'RFC 9111, section 3.3';
const COMBINING = 'RFC 9111, section 3.4';

/** The cache has got a part, by asking for it. */
const gotPart = (first: number, last: number, fields: FieldSet = TAGGED, body = BODY) =>
  step(
    partly(first, last, fields, body),
    { asked: true, askedWith: { Range: `bytes=${first}-${last}` }, status: 206 },
    { ...bytes(`${first}-${last}`), isGiven: true },
  );

const partial: readonly Case[] = [
  required(
    'part-not-whole',
    PARTIAL,
    'what is stored in part does not answer for the whole',
    gotPart(0, 9),
    again(WHOLE, { answer: { fields: TAGGED, body: BODY } }),
  ),
  required(
    'part-not-whole-200',
    PARTIAL,
    'a part is never sent as 200',
    gotPart(0, 9, cc('max-age=3600')),
    again({ asked: true, status: 200, body: BODY }, { answer: { body: BODY } }),
  ),
  optimal(
    'part-reused',
    PARTIAL,
    'the same part is answered from the store',
    given(step(partly(0, 9), { asked: true, status: 206 }, bytes('0-9'))),
    again(partOf(0, 9), bytes('0-9')),
  ),
  optimal(
    'part-within',
    PARTIAL,
    'a part of a stored part is answered from the store',
    given(step(partly(0, 9), { asked: true, status: 206 }, bytes('0-9'))),
    again(partOf(2, 5), bytes('2-5')),
  ),
  required(
    'part-beyond',
    PARTIAL,
    'a range that goes beyond a stored part is asked for',
    gotPart(0, 9),
    again({ asked: true, body: /^(56789abcde)$/ }, { ...bytes('5-14'), answer: partly(5, 14) }),
  ),
  check(
    'parts-combined',
    COMBINING,
    'two parts with the same strong tag make the whole',
    gotPart(0, 9),
    gotPart(10, 19),
    again({ asked: false, status: 200, body: BODY }),
  ),
  check(
    'parts-combined-range',
    COMBINING,
    'a range across two stored parts is answered from the store',
    gotPart(0, 9),
    gotPart(10, 19),
    again(partOf(5, 14), bytes('5-14')),
  ),
  check(
    'part-completed',
    COMBINING,
    'what is missing is asked for alone',
    gotPart(0, 9),
    again(
      { asked: true, askedWith: { Range: /^bytes=10-(19)?$/ }, status: 200, body: BODY },
      { answer: { ...partly(10, 19) } },
    ),
  ),
  required(
    'parts-other-tag',
    COMBINING,
    'parts with other tags are never combined',
    gotPart(0, 9),
    gotPart(10, 19, cc('max-age=3600', { ETag: '"2"' }), BODY.toUpperCase()),
    again({ status: 200, body: BODY }, { answer: { fields: TAGGED, body: BODY } }),
  ),
  required(
    'parts-weak-tag',
    COMBINING,
    'parts with a weak tag are never combined',
    gotPart(0, 9, cc('max-age=3600', { ETag: 'W/"1"' })),
    gotPart(10, 19, cc('max-age=3600', { ETag: 'W/"1"' }), BODY.toUpperCase()),
    again({ status: 200, body: BODY }, { answer: { fields: cc('max-age=3600', { ETag: 'W/"1"' }), body: BODY } }),
  ),
  required(
    'parts-no-tag',
    COMBINING,
    'parts without a tag are never combined',
    gotPart(0, 9, cc('max-age=3600')),
    gotPart(10, 19, cc('max-age=3600'), BODY.toUpperCase()),
    again({ status: 200, body: BODY }, { answer: { fields: cc('max-age=3600'), body: BODY } }),
  ),
  optimal(
    'range-missing',
    RANGE,
    'a range of what is not stored is answered with 206',
    step(partly(5, 9), { status: 206, body: '56789', fields: { 'Content-Range': part(5, 9) } }, bytes('5-9')),
  ),
  optimal(
    'range-missing-200',
    RANGE,
    'an origin that knows no ranges is passed on',
    step({ fields: TAGGED, body: BODY }, { status: [200, 206], body: /56789/ }, bytes('5-9')),
  ),
  check(
    'range-missing-200-stored',
    RANGE,
    'the whole that came in answer to a range is stored',
    given(step({ fields: TAGGED, body: BODY }, { asked: true, status: [200, 206] }, bytes('5-9'))),
    again({ asked: false, body: BODY }),
  ),
  optimal(
    'range-stale-confirmed',
    'RFC 9111, section 4.3.4',
    'a range of a stale response is cut out of it once it is confirmed',
    fetched(cc('max-age=1', { ETag: '"1"' }), { answer: { body: BODY } }),
    after(
      PAST_S,
      step(
        { status: 304, fields: cc('max-age=3600', { ETag: '"1"' }), otherwise: partly(5, 9) },
        { asked: true, askedWith: { 'If-None-Match': /"1"/ }, status: 206, body: BODY.slice(5, 10) },
        bytes('5-9'),
      ),
    ),
  ),
  required(
    'range-vary',
    'RFC 9111, section 4.1',
    'a range is cut out of the right variant alone',
    fetched(cc('max-age=3600', { Vary: 'Foo' }), { ask: { fields: { Foo: '1' } }, answer: { body: BODY } }),
    again(
      { asked: true, body: /ABCDE/ },
      {
        ...bytes('10-14', { Foo: '2' }),
        answer: partly(10, 14, cc('max-age=3600', { Vary: 'Foo' }), BODY.toUpperCase()),
      },
    ),
  ),
  required(
    'range-many',
    'RFC 9110, section 14.2',
    'hundreds of overlapping ranges never make a response many times as long as the whole',
    fetched(TAGGED, { answer: { body: 'r'.repeat(5000) } }),
    again(
      { status: [200, 206, 416], body: /^[\s\S]{0,20000}$/ },
      {
        ...by({ Range: `bytes=${Array.from({ length: 300 }, (_, at) => `${at}-`).join(',')}` }),
        answer: { fields: TAGGED, body: 'r'.repeat(5000) },
      },
    ),
  ),
  required(
    'part-of-other-length',
    COMBINING,
    'parts of wholes of other lengths are never combined',
    gotPart(0, 9),
    gotPart(10, 19, TAGGED, `${BODY}klmno`),
    again({ status: 200, body: BODY }, { answer: { fields: TAGGED, body: BODY } }),
  ),
  required(
    'part-wrong-content-range',
    'RFC 9110, section 14.4',
    'a 206 whose Content-Range says another part than was asked for is not taken for that part',
    step(
      {
        status: 206,
        fields: { ...TAGGED, 'Content-Range': part(10, 14) },
        body: BODY.slice(10, 15),
        otherwise: { fields: TAGGED, body: BODY },
      },
      { asked: true },
      bytes('0-4'),
    ),
    again({ body: /^(01234|0123456789abcdefghij)$/ }, { ...bytes('0-4'), answer: partly(0, 4) }),
  ),
  required(
    'part-invalid-content-range',
    'RFC 9110, section 14.4',
    'a 206 with an invalid Content-Range is never combined with anything',
    step(
      {
        status: 206,
        fields: { ...TAGGED, 'Content-Range': 'bytes 4-0/20' },
        body: BODY.slice(0, 5),
        otherwise: { fields: TAGGED, body: BODY },
      },
      { asked: true },
      bytes('0-4'),
    ),
    again({ status: 200, body: BODY }, { answer: { fields: TAGGED, body: BODY } }),
  ),
  required(
    'range-stale',
    'RFC 9111, section 4',
    'a range of a stale response goes to the origin',
    fetched(cc('max-age=1', { ETag: '"1"' }), { answer: { body: BODY } }),
    after(PAST_S, again(FORWARDED, { ...bytes('0-4'), answer: partly(0, 4) })),
  ),
  required(
    'range-stale-changed',
    'RFC 9111, section 4.3.3',
    'a range of a response that has changed is of the new one',
    fetched(cc('max-age=1', { ETag: '"1"' }), { answer: { body: BODY } }),
    after(
      PAST_S,
      again(
        { asked: true, body: /ABCDE/ },
        { ...bytes('10-14'), answer: partly(10, 14, cc('max-age=3600', { ETag: '"2"' }), BODY.toUpperCase()) },
      ),
    ),
  ),
  required(
    'cut-by-length',
    PARTIAL,
    'a response that broke off before its length is not reused as whole',
    step({ fields: TAGGED, body: BODY.repeat(500), breaks: 'cut' }, {}, {}),
    again({ status: 200, body: BODY.repeat(500) }, { answer: { fields: TAGGED, body: BODY.repeat(500) } }),
  ),
  required(
    'cut-in-chunks',
    'RFC 9112, section 8',
    'a response that broke off before its last chunk is not reused as whole',
    step({ fields: TAGGED, body: BODY.repeat(500), framing: 'chunked', breaks: 'cut' }, {}),
    again({ status: 200, body: BODY.repeat(500) }, { answer: { fields: TAGGED, body: BODY.repeat(500) } }),
  ),
  required(
    'cut-seen',
    'RFC 9112, section 8',
    'the client can see that a response broke off',
    step({ fields: TAGGED, body: BODY.repeat(500), breaks: 'cut' }, { noticed: true }),
  ),
  required(
    'cut-chunks-seen',
    'RFC 9112, section 8',
    'the client can see that chunks are missing',
    step({ fields: cc('no-store'), body: 'x'.repeat(4000), framing: 'chunked', breaks: 'cut' }, { noticed: true }),
  ),
];

export const parts: Group = { name: 'parts', cases: partial };
