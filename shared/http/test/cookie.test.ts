import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cookieNamed, cookiesOf, formatCookie, isCookieValue, parseCookie } from '../cookie.ts';

test('the pairs of a Cookie line keep their order and their repetitions (RFC 6265, section 4.2.2)', () => {
  expect(parseCookie('SID=31d4d96e407aad42; lang=en-US; SID=other')).toEqual([
    ['SID', '31d4d96e407aad42'],
    ['lang', 'en-US'],
    ['SID', 'other'],
  ]);
});

test.each([
  ['', []],
  [';;; ;', []],
  ['noequals; a=1', [['a', '1']]],
  ['=nameless; a=1', [['a', '1']]],
  ['a=b=c', [['a', 'b=c']]],
  [
    '  a =  1  ;b=',
    [
      ['a', '1'],
      ['b', ''],
    ],
  ],
  ['a="quoted"', [['a', '"quoted"']]],
])('of %j the server takes what it understands', (line, pairs) => {
  expect(parseCookie(line)).toEqual(pairs);
});

test('a line of ten thousand pairs is read up to a limit', () => {
  expect(parseCookie(Array.from({ length: 10_000 }, (_, index) => `c${index}=1`).join(';'))).toHaveLength(150);
});

test('several Cookie lines are one, as HTTP/2 splits it (RFC 9113, section 8.2.3)', () => {
  const fields = [
    ['cookie', 'a=1'],
    ['Host', 'x'],
    ['Cookie', 'b=2; c=3'],
  ] as const;
  expect(formatCookie(cookiesOf(fields))).toBe('a=1; b=2; c=3');
});

test('a name that comes twice with one value is clear, with two values it is not', () => {
  expect(cookieNamed(parseCookie('a=1; b=2; a=1'), 'a')).toEqual({ kind: 'one', value: '1' });
  expect(cookieNamed(parseCookie('a=1; b=2; a=3'), 'a')).toEqual({ kind: 'several', count: 2 });
  expect(cookieNamed(parseCookie('a=1; b=2'), 'A')).toEqual({ kind: 'none' });
});

test('what is written is read back', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
  const value = fc.string().filter(isCookieValue);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (pairs) => {
      expect(parseCookie(formatCookie(pairs))).toEqual(pairs);
    }),
  );
});

test('any text is read without an error', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCookie(text)));
});
