import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { chooseReuse } from '../../src/protocol/choose-reuse.ts';
import { invalidatedKeys } from '../../src/protocol/invalidation.ts';
import { mayStore, toStore } from '../../src/protocol/may-store.ts';
import { conditionalFields, confirms, freshen, judgeHead } from '../../src/protocol/validation.ts';
import { selectVariant } from '../../src/protocol/vary.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const at = (seconds: number) => formatHttpDate(NOW + seconds * 1000);
const KEY = 'http://a.test/x';
const request = (fields: Fields = [], method = 'GET', hasBody = false) => ({ method, key: KEY, fields, hasBody });
const response = (fields: Fields, status = 200) => ({
  status,
  reason: 'OK',
  fields: [['Date', at(0)] as const, ...fields],
  requestTimeMs: NOW,
  responseTimeMs: NOW,
});
const stored = (fields: Fields, by: Fields = [], id = 'id') => toStore(request(by), response(fields), id, 5);
const cc = (value: string): Fields => [['Cache-Control', value]];

describe('storing (RFC 9111, section 3)', () => {
  const auth: Fields = [['Authorization', 'Basic x']];
  test.each<[string, ReturnType<typeof request>, ReturnType<typeof response>, boolean]>([
    ['max-age', request(), response(cc('max-age=1')), true],
    ['a validator alone', request(), response([['ETag', '"1"']]), true],
    ['neither freshness nor validator', request(), response([]), false],
    ['NO-STORE in capitals', request(), response(cc('NO-STORE, max-age=1')), false],
    ['private', request(), response(cc('private, max-age=1')), false],
    ['private fields', request(), response(cc('private="X", max-age=1')), false],
    ['no-store in the request', request(cc('no-store')), response(cc('max-age=1')), false],
    ['a request with a body', request([], 'GET', true), response(cc('max-age=1')), false],
    ['HEAD', request([], 'HEAD'), response(cc('max-age=1')), false],
    ['POST', request([], 'POST'), response(cc('max-age=1')), false],
    ['Authorization', request(auth), response(cc('max-age=1')), false],
    ['Authorization and public', request(auth), response(cc('public, max-age=1')), true],
    ['Authorization and s-maxage', request(auth), response(cc('s-maxage=1')), true],
    ['Authorization and must-revalidate', request(auth), response(cc('must-revalidate, max-age=1')), true],
    ['Vary: *', request(), response([...cc('max-age=1'), ['Vary', 'X, *']]), false],
    ['206', request(), response(cc('max-age=1'), 206), false],
    ['304', request(), response(cc('max-age=1'), 304), false],
    ['302 without a word', request(), response([['ETag', '"1"']], 302), false],
    ['302 with max-age', request(), response(cc('max-age=1'), 302), true],
    ['404 with a date', request(), response([['Last-Modified', at(-9)]], 404), true],
    ['must-understand of a known status', request(), response(cc('must-understand, no-store, max-age=1')), true],
    ['must-understand of an unknown one', request(), response(cc('must-understand, no-store, max-age=1'), 299), false],
    ['Set-Cookie follows its directives', request(), response([...cc('max-age=1'), ['Set-Cookie', 'a=1']]), true],
  ])('%s', (_name, asked, told, expected) => {
    expect(mayStore(asked, told).store).toBe(expected);
  });

  test('fields of the connection and those that no-cache names are not stored', () => {
    const head = stored([
      ...cc('no-cache="Set-Cookie", max-age=1'),
      ['Set-Cookie', 'a=1'],
      ['Connection', 'X-Hop'],
      ['X-Hop', '1'],
      ['Proxy-Authenticate', 'x'],
      ['X-Keep', '1'],
    ]);
    expect(head.fields.map(([name]) => name)).toEqual(['Date', 'Cache-Control', 'X-Keep']);
  });
});

describe('reuse (RFC 9111, section 4)', () => {
  const choose = (asked: Fields, told: Fields, ageS: number, mode: 'freshness' | 'always-revalidate' = 'freshness') =>
    chooseReuse(request(asked), [stored(told)], mode, NOW + ageS * 1000).kind;

  test.each<[string, Fields, Fields, number, string]>([
    ['fresh', [], cc('max-age=10'), 9, 'reuse'],
    ['just stale', [], cc('max-age=10'), 10, 'validate'],
    ['no-cache in the response', [], cc('no-cache, max-age=10'), 0, 'validate'],
    ['no-cache limited to a field', [], cc('no-cache="X", max-age=10'), 0, 'reuse'],
    ['no-cache in the request', cc('no-cache'), cc('max-age=10'), 0, 'validate'],
    ['Pragma in the request', [['Pragma', 'no-cache']], cc('max-age=10'), 0, 'validate'],
    ['no-store in the request', cc('no-store'), cc('max-age=10'), 0, 'forward'],
    ['max-age of the request reached', cc('max-age=5'), cc('max-age=10'), 5, 'reuse'],
    ['max-age of the request passed', cc('max-age=5'), cc('max-age=10'), 6, 'validate'],
    ['min-fresh held', cc('min-fresh=5'), cc('max-age=10'), 5, 'reuse'],
    ['min-fresh not held', cc('min-fresh=5'), cc('max-age=10'), 6, 'validate'],
    ['max-stale without limit', cc('max-stale'), cc('max-age=10'), 999, 'reuse'],
    ['max-stale within', cc('max-stale=5'), cc('max-age=10'), 15, 'reuse'],
    ['max-stale passed', cc('max-stale=5'), cc('max-age=10'), 16, 'validate'],
    ['max-stale against must-revalidate', cc('max-stale'), cc('max-age=10, must-revalidate'), 11, 'validate'],
    ['max-stale against proxy-revalidate', cc('max-stale'), cc('max-age=10, proxy-revalidate'), 11, 'validate'],
    ['max-stale against s-maxage', cc('max-stale'), cc('s-maxage=10'), 11, 'validate'],
    ['max-stale against no-cache', cc('max-stale'), cc('no-cache, max-age=10'), 0, 'validate'],
    ['only-if-cached, fresh', cc('only-if-cached'), cc('max-age=10'), 0, 'reuse'],
    ['only-if-cached, stale', cc('only-if-cached'), cc('max-age=10'), 10, 'only-if-cached'],
    ['a condition for the origin', [['If-Match', '"1"']], cc('max-age=10'), 0, 'forward'],
  ])('%s', (_name, asked, told, ageS, kind) => {
    expect(choose(asked, told, ageS)).toBe(kind);
  });

  test('ERR-15 both ways to use a copy: fresh hits without asking (RFC 9111), or asking the origin each time (the notes)', () => {
    expect(choose([], cc('max-age=10'), 0, 'freshness')).toBe('reuse');
    expect(choose([], cc('max-age=10'), 0, 'always-revalidate')).toBe('validate');
  });

  test('other methods and bodies go to the origin; nothing stored is a miss', () => {
    const head = [stored(cc('max-age=10'))];
    expect(chooseReuse(request([], 'POST'), head, 'freshness', NOW)).toMatchObject({
      kind: 'forward',
      reason: 'method',
    });
    expect(chooseReuse(request([], 'GET', true), head, 'freshness', NOW)).toMatchObject({
      kind: 'forward',
      reason: 'bypass',
    });
    expect(chooseReuse(request([], 'HEAD'), head, 'freshness', NOW).kind).toBe('reuse');
    expect(chooseReuse(request(), [], 'freshness', NOW)).toMatchObject({ kind: 'forward', reason: 'uri-miss' });
  });
});

test('Vary selects by the fields of the request; the most recent of several is used (RFC 9111, section 4.1)', () => {
  const vary: Fields = [...cc('max-age=9'), ['Vary', 'Accept-Language, accept-encoding']];
  const french = stored(vary, [['Accept-Language', 'fr, en']], 'fr');
  const none = stored(vary, [], 'none');
  expect(selectVariant([french, none], [['accept-language', 'fr ,en']])?.id).toBe('fr');
  expect(selectVariant([french, none], [])?.id).toBe('none');
  expect(selectVariant([french, none], [['Accept-Language', 'ko']])).toBeNull();
  const later = { ...french, id: 'later', fields: [['Date', at(5)] as const] };
  expect(selectVariant([french, later], [['Accept-Language', 'fr, en']])?.id).toBe('later');
});

describe('validation (RFC 9111, section 4.3)', () => {
  const both: Fields = [
    ['ETag', '"1"'],
    ['Last-Modified', at(-60)],
  ];

  test("the condition is the store's own, with both validators", () => {
    const fields = conditionalFields(
      [
        ['Accept', '*/*'],
        ['If-None-Match', '"client"'],
        ['Range', 'bytes=0-1'],
      ],
      stored(both),
    );
    expect(fields).toEqual([
      ['Accept', '*/*'],
      ['If-None-Match', '"1"'],
      ['If-Modified-Since', at(-60)],
    ]);
    expect(conditionalFields([], stored(cc('max-age=1')))).toBeNull();
    expect(conditionalFields([], stored([['ETag', 'bad']]))).toBeNull();
  });

  test('a 304 renews fields and times, and leaves what describes the octets', () => {
    const told = {
      ...response([...cc('max-age=20'), ['ETag', '"1"'], ['Content-Length', '0'], ['Content-Type', 'x/y']], 304),
      responseTimeMs: NOW + 9,
    };
    const head = freshen(
      stored([...both, ...cc('max-age=1'), ['Age', '7'], ['Content-Type', 'text/html'], ['X', 'kept']]),
      told,
    );
    const fields = Object.fromEntries(head.fields);
    expect(fields).toMatchObject({
      'Cache-Control': 'max-age=20',
      'Content-Type': 'text/html',
      X: 'kept',
      ETag: '"1"',
    });
    expect(fields).not.toHaveProperty('Age');
    expect(head.responseTimeMs).toBe(NOW + 9);
  });

  test('a 304 for another tag confirms nothing', () => {
    expect(confirms(stored(both), response([], 304))).toBe(true);
    expect(confirms(stored(both), response([['ETag', '"1"']], 304))).toBe(true);
    expect(confirms(stored(both), response([['ETag', 'W/"1"']], 304))).toBe(true);
    expect(confirms(stored(both), response([['ETag', '"2"']], 304))).toBe(false);
  });

  test('HEAD freshens what it describes and invalidates what it contradicts (RFC 9111, section 4.3.5)', () => {
    expect(judgeHead(stored(both), response([...both, ['Content-Length', '5']]))).toBe('freshen');
    expect(judgeHead(stored(both), response([...both, ['Content-Length', '6']]))).toBe('invalidate');
    expect(judgeHead(stored(both), response([['ETag', '"2"']]))).toBe('invalidate');
  });
});

test('an unsafe method that succeeds invalidates its URI and what it points to on the same origin (RFC 9111, section 4.4)', () => {
  const keys = (method: string, status: number, fields: Fields = []) =>
    invalidatedKeys(request([], method), response(fields, status));
  expect(keys('POST', 200)).toEqual([KEY]);
  expect(
    keys('DELETE', 204, [
      ['Location', '/y'],
      ['Content-Location', 'http://A.test:80/z#f'],
    ]),
  ).toEqual([KEY, 'http://a.test/y', 'http://a.test/z']);
  expect(keys('PUT', 303, [['Location', 'http://b.test/y']])).toEqual([KEY]);
  expect(keys('PUT', 303, [['Location', '//b.test/y']])).toEqual([KEY]);
  expect(keys('POST', 500)).toEqual([]);
  expect(keys('GET', 200)).toEqual([]);
  expect(keys('OPTIONS', 200)).toEqual([]);
});
