import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answer, readable } from '../../src/protocol/upper-case.ts';

const octets = (text: string) => new TextEncoder().encode(text);

test.each([
  ['hello', 'HELLO', 'letters of ASCII'],
  ['hello 안녕', 'HELLO 안녕', 'a script without capitals is left alone'],
  ['straße', 'STRASSE', 'one letter may become two'],
  ['\u0390', '\u0399\u0308\u0301', 'two octets may become six'],
  ['', '', 'nothing is answered by nothing'],
])('"%s" becomes "%s": %s', (message, reply) => {
  expect(readable(answer(octets(message)))).toBe(reply);
});

test('a character that the read has cut in two becomes U+FFFD, and the rest is answered', () => {
  expect(readable(answer(octets('a안').subarray(0, 3)))).toBe('A\ufffd');
});

test('any octets have an answer, which is upper case already', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2048 }), (message) => {
      const reply = answer(message);
      expect(answer(reply)).toEqual(reply);
    }),
  );
});
