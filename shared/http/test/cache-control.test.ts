import { expect, test } from 'vitest';
import {
  cacheControl,
  DELTA_SECONDS_MAX,
  isUnqualified,
  namedFields,
  requestCacheControl,
  secondsOf,
} from '../cache-control.ts';

const told = (...lines: string[]) => cacheControl(lines.map((line) => ['Cache-Control', line] as const));

test('names have no case, lines are joined, arguments may be quoted (RFC 9111, section 5.2)', () => {
  const directives = told('NO-STORE, Max-Age="10"', 'public');
  expect([...directives.keys()]).toEqual(['no-store', 'max-age', 'public']);
  expect(secondsOf(directives, 'max-age')).toBe(10);
});

test.each([
  ['max-age=0', 0],
  ['max-age=99999999999999999999', DELTA_SECONDS_MAX],
  ['max-age=-1', 'invalid'],
  ['max-age=1.5', 'invalid'],
  ['max-age=', 'invalid'],
  ['max-age', 'invalid'],
  ['max-age=1, max-age=1', 1],
  ['max-age=1, max-age=2', 'invalid'],
  ['s-maxage=1', undefined],
])('%s is %s seconds (RFC 9111, section 1.2.2)', (text, seconds) => {
  expect(secondsOf(told(text), 'max-age')).toBe(seconds);
});

test('no-cache and private may be limited to fields (RFC 9111, section 5.2.2.4)', () => {
  expect(namedFields(told('no-cache="Set-Cookie, X"'), 'no-cache')).toEqual(['set-cookie', 'x']);
  expect(isUnqualified(told('no-cache="Set-Cookie"'), 'no-cache')).toBe(false);
  expect(isUnqualified(told('no-cache="Set-Cookie", no-cache'), 'no-cache')).toBe(true);
  expect(isUnqualified(told('no-cache=""'), 'no-cache')).toBe(true);
});

test('Pragma counts only where there is no Cache-Control (RFC 9111, section 5.4)', () => {
  expect(requestCacheControl([['Pragma', 'no-cache']]).has('no-cache')).toBe(true);
  expect(
    requestCacheControl([
      ['Pragma', 'no-cache'],
      ['Cache-Control', 'max-age=1'],
    ]).has('no-cache'),
  ).toBe(false);
});

test('a field of very many members is read once through, not once for each of them', () => {
  // Where each member costs all that came before it, this takes minutes.
  expect(told('a,'.repeat(100_000)).get('a')).toHaveLength(100_000);
});
