import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDictionary } from '../structured-field.ts';

const parsed = (text: string) => {
  const dictionary = parseDictionary(text);
  return dictionary === null ? null : Object.fromEntries(dictionary);
};
const yes = { kind: 'boolean', value: true };

// The examples of RFC 9651, section 3.2, and of RFC 9213, section 2.1.
test.each<[string, object]>([
  ['', {}],
  ['en="Applepie", da=:w4ZibGV0w6ZydGU=:', { en: { kind: 'string', value: 'Applepie' }, da: { kind: 'bytes' } }],
  ['a=?0, b, c; foo=bar', { a: { kind: 'boolean', value: false }, b: yes, c: yes }],
  ['rating=1.5, feelings=(joy sadness)', { rating: { kind: 'decimal' }, feelings: { kind: 'inner-list' } }],
  [
    'a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid',
    {
      a: { kind: 'inner-list' },
      b: { kind: 'integer', value: 3 },
      c: { kind: 'integer', value: 4 },
      d: { kind: 'inner-list' },
    },
  ],
  ['max-age=600, must-revalidate', { 'max-age': { kind: 'integer', value: 600 }, 'must-revalidate': yes }],
  ['a=1,\t b=2 , a=3', { b: { kind: 'integer', value: 2 }, a: { kind: 'integer', value: 3 } }],
  ['  a=1  ', { a: { kind: 'integer', value: 1 } }],
  ['a="x\\"\\\\y"', { a: { kind: 'string', value: 'x"\\y' } }],
  ['a=tok/en:*', { a: { kind: 'token', value: 'tok/en:*' } }],
  [
    'a=@1659578233, b=%"f%c3%bc", *c=-0',
    { a: { kind: 'date' }, b: { kind: 'display' }, '*c': { kind: 'integer', value: -0 } },
  ],
  ['a=( 1   2;q=1 );x', { a: { kind: 'inner-list' } }],
])('%j is a dictionary', (text, expected) => {
  expect(parsed(text)).toEqual(expected);
});

test.each([
  ...[
    'a=1,',
    ',a=1',
    'a=1,,b',
    'a=1 b',
    'a =1',
    'a= 1',
    'A=1',
    '1=a',
    'a=',
    'a="x',
    'a="\\x"',
    'a="é"',
    'a=1.',
    'a=.5',
    'a=1.2345',
  ],
  ...[
    'a=1234567890123456',
    'a=--1',
    'a=1e3',
    'a=?2',
    'a=:x',
    'a=(1',
    'a=(1,2)',
    'a=(1"x")',
    'a=1;',
    'a=1;X',
    'a=1;x=',
    'a=&',
    'a=@',
    'a=%"%C3"',
  ],
  ...['\ta=1', 'a=1\n', 'max-age=60, &&&'],
])('%j is none', (text) => {
  expect(parseDictionary(text)).toBeNull();
});

test('any text gives a dictionary or nothing', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseDictionary(text)));
  const pieces = fc.constantFrom('a', '=', '1', '.', '"', '\\', '(', ')', ';', ',', ' ', '?', ':', '@', '%');
  fc.assert(fc.property(fc.array(pieces), (parts) => void parseDictionary(parts.join(''))));
});

test('a field of very many spaces is read once through, not once for each of them', () => {
  // Where each space costs all that follow it, this takes minutes.
  expect(parseDictionary(`a${' '.repeat(500_000)}b`)).toBeNull();
});
