import { expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { chooseAnswer, nextModifiedMs } from '../../src/protocol/choose-answer.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const VERSION = {
  octets: 100,
  etag: { weak: false, opaque: 'v1' },
  modifiedMs: NOW - 60_000,
  mediaType: 'text/html; charset=utf-8',
  chosen: [] as Fields,
  vary: [] as readonly string[],
  ruled: [['Cache-Control', 'max-age=10']] as Fields,
};
const ask = (fields: Fields, method = 'GET', version = VERSION) => chooseAnswer({ method, fields }, version, NOW);

test('a whole answer names its length, time, tag and type', () => {
  const { status, fields, body } = ask([]);
  expect(status).toBe(200);
  expect(Object.fromEntries(fields)).toEqual({
    'Content-Length': '100',
    'Accept-Ranges': 'bytes',
    'Last-Modified': formatHttpDate(NOW - 60_000),
    ETag: '"v1"',
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'max-age=10',
  });
  expect(body).toEqual([{ range: { first: 0, last: 99 } }]);
  expect(ask([], 'HEAD').body).toEqual([]);
  expect(ask([], 'HEAD').fields).toEqual(fields);
});

test('a 304 repeats what caches need and describes no body (RFC 9110, section 15.4.5)', () => {
  const { status, fields, body } = ask([['If-None-Match', '"v1"']]);
  expect({ status, fields, body }).toEqual({
    status: 304,
    fields: [
      ['ETag', '"v1"'],
      ['Cache-Control', 'max-age=10'],
    ],
    body: [],
  });
});

test('preconditions come before the range, and a range is for GET alone (RFC 9110, section 14.2)', () => {
  expect(ask([['Range', 'bytes=0-9']]).status).toBe(206);
  expect(ask([['Range', 'bytes=0-9']], 'HEAD').status).toBe(200);
  expect(
    ask([
      ['Range', 'bytes=0-9'],
      ['If-None-Match', '"v1"'],
    ]).status,
  ).toBe(304);
  expect(
    ask([
      ['Range', 'bytes=0-9'],
      ['If-Match', '"v0"'],
    ]).status,
  ).toBe(412);
  expect(
    ask([
      ['Range', 'bytes=0-9'],
      ['If-Range', '"v0"'],
    ]).status,
  ).toBe(200);
  expect(ask([['Range', 'bytes=100-']])).toMatchObject({ status: 416, fields: [['Content-Range', 'bytes */100']] });
});

test('the length of several parts is that of what is sent', () => {
  const { fields, body } = ask([['Range', 'bytes=0-9,20-29']]);
  const octets = body.reduce(
    (sum, part) => sum + ('text' in part ? part.text.length : part.range.last - part.range.first + 1),
    0,
  );
  expect(Object.fromEntries(fields)).toMatchObject({
    'Content-Length': String(octets),
    'Content-Type': 'multipart/byteranges; boundary=part-v1',
  });
});

test('a type that the rules give takes the place of the guessed one', () => {
  const version = { ...VERSION, ruled: [['content-type', 'text/plain']] as Fields };
  expect(ask([], 'GET', version).fields.filter(([name]) => name.toLowerCase() === 'content-type')).toEqual([
    ['content-type', 'text/plain'],
  ]);
});

test('Last-Modified moves with each version, and is never later than Date (RFC 9110, section 8.8.2.1)', () => {
  expect(nextModifiedMs(null, NOW)).toBe(NOW);
  expect(nextModifiedMs(NOW - 5_000, NOW)).toBe(NOW);
  expect(nextModifiedMs(NOW, NOW + 200)).toBe(NOW + 1000);
  const early = { ...VERSION, modifiedMs: NOW + 1000 };
  expect(Object.fromEntries(ask([], 'GET', early).fields)['Last-Modified']).toBe(formatHttpDate(NOW));
  // Who has the version before, of the same second, is not told that nothing changed.
  expect(ask([['If-Modified-Since', formatHttpDate(NOW)]], 'GET', early).status).toBe(200);
});
