import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { currentAge, freshnessLifetime } from '../../src/protocol/freshness.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const at = (seconds: number) => formatHttpDate(NOW + seconds * 1000);
const response = (fields: Fields, status = 200) => ({
  status,
  reason: '',
  fields: [['Date', at(0)] as const, ...fields],
  requestTimeMs: NOW,
  responseTimeMs: NOW,
});

describe('freshness lifetime (RFC 9111, section 4.2.1)', () => {
  test.each<[Fields, number]>([
    [[['Cache-Control', 's-maxage=1, max-age=10']], 1],
    [
      [
        ['Cache-Control', 'max-age=10'],
        ['Expires', at(100)],
      ],
      10,
    ],
    [[['Cache-Control', 'MAX-AGE="10"']], 10],
    [[['Cache-Control', 'max-age=10, max-age=20']], 0],
    [[['Cache-Control', 'max-age=-1']], 0],
    [[['Cache-Control', 'max-age=1.5']], 0],
    [[['Cache-Control', 'max-age=99999999999999']], 2 ** 31],
    [[['Expires', at(60)]], 60],
    [[['Expires', at(-60)]], 0],
    [[['Expires', '0']], 0],
    [
      [
        ['Expires', at(60)],
        ['Expires', at(90)],
      ],
      0,
    ],
    [[['Last-Modified', at(-1000)]], 100],
    [[['Last-Modified', at(1000)]], 0],
    [[['Last-Modified', at(-100_000_000)]], 86_400],
    [[], 0],
  ])('%j: %i s', (fields, seconds) => {
    expect(freshnessLifetime(response(fields)).seconds).toBe(seconds);
  });

  test('a guess is for statuses that allow it, or for what is public', () => {
    const modified = ['Last-Modified', at(-1000)] as const;
    expect(freshnessLifetime(response([modified], 404)).seconds).toBe(100);
    expect(freshnessLifetime(response([modified], 302)).seconds).toBe(0);
    expect(freshnessLifetime(response([modified, ['Cache-Control', 'public']], 302)).seconds).toBe(100);
  });
});

describe('current age (RFC 9111, section 4.2.3)', () => {
  test.each<[Fields, number]>([
    [[], 7],
    [[['Age', '5']], 12],
    [[['Age', '5, 100']], 12],
    [[['Age', 'x']], 7],
    [[['Age', '-5']], 7],
  ])('with %j, 7 s later: %i s', (fields, seconds) => {
    expect(currentAge(response(fields), NOW + 7000)).toBe(seconds);
  });

  test('the delay of the response counts, and so does an old Date', () => {
    expect(currentAge({ ...response([['Age', '5']]), requestTimeMs: NOW - 3000 }, NOW)).toBe(8);
    expect(currentAge({ ...response([]), fields: [['Date', at(-20)]] }, NOW)).toBe(20);
  });
});
