import { describe, expect, test } from 'vitest';
import { parseEntityTag, parseEntityTagList } from '../entity-tag.ts';
import type { Fields } from '../fields.ts';
import { formatHttpDate } from '../http-date.ts';
import { evaluatePreconditions, ifRangeHolds } from '../preconditions.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const MODIFIED = NOW - 60_000;
const CURRENT = { etag: { weak: false, opaque: 'v2' }, lastModifiedMs: MODIFIED + 250 };
const [BEFORE, AT, AFTER] = [MODIFIED - 1000, MODIFIED, MODIFIED + 1000].map(formatHttpDate) as [
  string,
  string,
  string,
];

describe('precedence of preconditions (RFC 9110, section 13.2.2)', () => {
  const table: [method: string, fields: Fields, outcome: string][] = [
    ['GET', [], 'perform'],
    ['GET', [['If-None-Match', '"v2"']], 'not-modified'],
    ['GET', [['If-None-Match', 'W/"v2"']], 'not-modified'],
    ['GET', [['If-None-Match', '"v1", "v2"']], 'not-modified'],
    [
      'GET',
      [
        ['If-None-Match', '"v1"'],
        ['If-None-Match', '"v2"'],
      ],
      'not-modified',
    ],
    ['HEAD', [['If-None-Match', '*']], 'not-modified'],
    ['PUT', [['If-None-Match', '*']], 'precondition-failed'],
    ['GET', [['If-None-Match', '"v1"']], 'perform'],
    [
      'GET',
      [
        ['If-None-Match', '"v1"'],
        ['If-Modified-Since', AFTER],
      ],
      'perform',
    ],
    [
      'GET',
      [
        ['If-None-Match', '"v2"'],
        ['If-Modified-Since', BEFORE],
      ],
      'not-modified',
    ],
    ['GET', [['If-Modified-Since', BEFORE]], 'perform'],
    ['GET', [['If-Modified-Since', AT]], 'not-modified'],
    ['GET', [['If-Modified-Since', AFTER]], 'not-modified'],
    ['GET', [['If-Modified-Since', 'yesterday']], 'perform'],
    ['POST', [['If-Modified-Since', AFTER]], 'perform'],
    ['GET', [['If-Match', '"v2"']], 'perform'],
    ['GET', [['If-Match', 'W/"v2"']], 'precondition-failed'],
    ['GET', [['If-Match', '"v1"']], 'precondition-failed'],
    ['GET', [['If-Match', '*']], 'perform'],
    ['GET', [['If-Unmodified-Since', BEFORE]], 'precondition-failed'],
    ['GET', [['If-Unmodified-Since', AT]], 'perform'],
    [
      'GET',
      [
        ['If-Match', '"v2"'],
        ['If-Unmodified-Since', BEFORE],
      ],
      'perform',
    ],
    [
      'GET',
      [
        ['If-Match', '"v2"'],
        ['If-None-Match', '"v2"'],
      ],
      'not-modified',
    ],
  ];
  test.each(table)('%s with %j: %s', (method, fields, outcome) => {
    expect(evaluatePreconditions(method, fields, CURRENT, NOW).kind).toBe(outcome);
  });

  test('without a validator no condition is met', () => {
    const none = { etag: null, lastModifiedMs: null };
    expect(evaluatePreconditions('GET', [['If-Modified-Since', AFTER]], none, NOW).kind).toBe('perform');
    expect(evaluatePreconditions('GET', [['If-None-Match', '"v2"']], none, NOW).kind).toBe('perform');
  });
});

test('If-Range takes a strong tag or an exact date (RFC 9110, section 13.1.5)', () => {
  expect(ifRangeHolds([], CURRENT, NOW)).toBe(true);
  expect(ifRangeHolds([['If-Range', '"v2"']], CURRENT, NOW)).toBe(true);
  expect(ifRangeHolds([['If-Range', 'W/"v2"']], CURRENT, NOW)).toBe(false);
  expect(ifRangeHolds([['If-Range', AT]], CURRENT, NOW)).toBe(true);
  expect(ifRangeHolds([['If-Range', AFTER]], CURRENT, NOW)).toBe(false);
  expect(ifRangeHolds([['If-Range', AT]], CURRENT, MODIFIED + 500)).toBe(false);
});

test('entity tags of another form are none', () => {
  for (const text of ['v1', "'v1'", 'w/"v1"', '"a"b"', '"']) expect(parseEntityTag(text)).toBeNull();
  expect(parseEntityTagList('"a,b", x, W/"c"')).toEqual([
    { weak: false, opaque: 'a,b' },
    { weak: true, opaque: 'c' },
  ]);
});
