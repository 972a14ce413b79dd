import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCookieDate } from '../cookie-date.ts';
import { formatSetCookie, parseSetCookie } from '../set-cookie.ts';

const NONE = {
  expiresMs: null,
  maxAgeS: null,
  domain: null,
  path: null,
  secure: false,
  httpOnly: false,
  sameSite: null,
};

test('a server writes the grammar of RFC 6265, section 4.1.1', () => {
  const line = formatSetCookie({
    ...{ name: 'SID', value: '31d4d96e407aad42', path: '/', domain: 'example.com', maxAgeS: 60 },
    ...{ expiresMs: 784_111_777_000, secure: true, httpOnly: true, sameSite: 'Lax' },
  });
  expect(line).toBe(
    'SID=31d4d96e407aad42; Path=/; Domain=example.com; Max-Age=60; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=Lax',
  );
  expect(parseSetCookie(line)).toEqual({
    ...{ name: 'SID', value: '31d4d96e407aad42', path: '/', domain: 'example.com', maxAgeS: 60 },
    ...{ expiresMs: 784_111_777_000, secure: true, httpOnly: true, sameSite: 'Lax' },
  });
});

test.each([
  { name: 'a', value: 'x\r\nSet-Cookie: evil=1' },
  { name: 'a', value: 'x; Domain=com' },
  { name: 'a', value: 'é' },
  { name: 'a b', value: 'x' },
  { name: 'a\r\nX', value: 'x' },
  { name: 'a', value: 'x', path: '/\r\nX: 1' },
  { name: 'a', value: 'x', domain: 'a.test; Secure' },
])('a part that would not be read back is never written: %j', (cookie) => {
  expect(() => formatSetCookie(cookie)).toThrow(RangeError);
});

test.each([
  ['a=1', { name: 'a', value: '1' }],
  ['a=', { name: 'a', value: '' }],
  ['  a = 1 ; HTTPONLY ;secure', { name: 'a', value: '1', httpOnly: true, secure: true }],
  ['a=1; Domain=.Example.COM', { name: 'a', value: '1', domain: 'example.com' }],
  ['a=1; Domain=', { name: 'a', value: '1' }],
  ['a=1; Path=relative', { name: 'a', value: '1' }],
  ['a=1; Path=/x; Path=/y', { name: 'a', value: '1', path: '/y' }],
  ['a=1; Max-Age=-5', { name: 'a', value: '1', maxAgeS: -5 }],
  ['a=1; Max-Age=soon; SameSite=sTRICT', { name: 'a', value: '1', sameSite: 'Strict' }],
  ['a=1; Expires=nonsense; Other=thing', { name: 'a', value: '1' }],
] as const)('a browser reads %j as RFC 6265, section 5.2, says', (text, cookie) => {
  expect(parseSetCookie(text)).toEqual({ ...NONE, ...cookie });
});

test.each(['', 'noequals', '=nameless', 'a=1\u0000', 'a\u0007=1', `a=${'x'.repeat(4096)}`])(
  'a browser ignores %j',
  (text) => {
    expect(parseSetCookie(text)).toBeNull();
  },
);

test('any text is read without an error', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseSetCookie(`a=1; ${text}`)));
});

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_777_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 784_111_777_000],
  ['Sun Nov  6 08:49:37 1994', 784_111_777_000],
  ['6 nov 1994 8:49:37', 784_111_777_000],
  ['08:49:37 1994 November 06th', 784_111_777_000],
  ['Thu, 01-Jan-1970 00:00:00 GMT', 0],
  ['01 Jan 69 00:00:00', 3_124_224_000_000],
])('the date %j is found by its tokens (RFC 6265, section 5.1.1)', (text, time) => {
  expect(parseCookieDate(text)).toBe(time);
});

test.each([
  '',
  'Sun, 06 Nov 1994',
  '06 Nov 08:49:37',
  '1994 08:49:37 06',
  '32 Jan 2020 00:00:00',
  '31 Feb 2020 00:00:00',
  '01 Jan 1600 00:00:00',
  '01 Jan 2020 24:00:00',
  '01 Jan 2020 00:00:60',
])('the date %j is none', (text) => {
  expect(parseCookieDate(text)).toBeNull();
});
