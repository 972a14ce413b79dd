import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { matchesPattern, matchSubscriptions, withSuperiors } from '../../../src/protocol/imap/list-pattern.ts';
import { folderOf, nameOfFolder, parseMailboxName } from '../../../src/protocol/imap/mailbox-name.ts';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from '../../../src/protocol/imap/modified-utf7.ts';
import { parseSequenceSet, placesOf } from '../../../src/protocol/imap/sequence-set.ts';

function numbersOf(rising: readonly number[], set: string): (number | undefined)[] {
  return placesOf(rising, parseSequenceSet(set)).map((place) => rising[place]);
}

test.each([
  // The example of RFC 3501, section 5.1.3.
  ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
  ['A&B', 'A&-B'],
  ['메일함', '&ulTHfNVo-'],
  ['😀', '&2D3eAA-'],
])('%s is %s in modified UTF-7', (text, encoded) => {
  expect(encodeModifiedUtf7(text)).toBe(encoded);
  expect(decodeModifiedUtf7(encoded)).toBe(text);
});

test('every text comes back, and every other writing is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeModifiedUtf7(encodeModifiedUtf7(text))).toBe(text);
    }),
  );
  for (const wrong of ['&', '&Jjo', '&AGE-', '&Jjo!-', '&U,BTFw-&ZeVnLIqe-', '&2D0-', '메', 'a\tb', 'a\0b', '&AC4-']) {
    expect(() => decodeModifiedUtf7(wrong), wrong).toThrow(ProtocolViolation);
  }
});

test.each([
  ...[
    '../../etc/passwd',
    'a/../b',
    '/etc/passwd',
    '~root/x',
    '.',
    '..',
    'a//b',
    'a/',
    '',
    'a\0b',
    'a\tb',
    'cur',
    'a/new',
  ],
  ...['a*', 'a%b', 'x'.repeat(300), Array(40).fill('a').join('/'), '&AC4-&AC4-/etc', 'inbox/../x', '\x7f', 'ü'],
])('no mailbox has the name %j', (name) => {
  expect(() => parseMailboxName(name)).toThrow(ProtocolViolation);
});

test('a name and its folder belong together, and no folder leads outside', () => {
  expect(parseMailboxName('iNbOx')).toBe('INBOX');
  expect(parseMailboxName('inbox/sub')).toBe('INBOX/sub');
  expect(folderOf('Lists/a.b')).toBe('.Lists.a&AC4-b');
  expect(nameOfFolder('.Lists.a&AC4-b')).toBe('Lists/a.b');
  for (const strange of ['.', '..', 'Lists', '.a..b', '.&AGE-', '.INBOX', '.inbox'])
    expect(nameOfFolder(strange), strange).toBeNull();
  fc.assert(
    fc.property(fc.string(), (given) => {
      let name: string;
      try {
        name = parseMailboxName(given);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
        return;
      }
      expect(folderOf(name)).toMatch(/^\.[^/.\0][^/\0]*$/);
      if (name !== 'INBOX') expect(nameOfFolder(folderOf(name))).toBe(name);
    }),
  );
});

test.each([
  ['INBOX', 'inbox', true],
  ['INBOX', '%', true],
  ['a/b', '*', true],
  ['a/b', '%', false],
  ['a/b', 'a/%', true],
  ['a/b/c', 'a/%', false],
  ['a/b/c', '%/c', false],
  ['a/b/c', '*/c', true],
  ['abc', 'a*c', true],
  ['abc', 'A*', false],
  ['abc', '', false],
  [`${'a'.repeat(200)}b`, '*a'.repeat(100), false],
  ['ab/c', '%%%b*%c%*', true],
  ['ab/c', '%%%c', false],
  ['abc', '*a*b*c*', true],
  ['abc', 'abcd', false],
  // Characters that are two units of UTF-16, as clients of IMAP4rev2 write them.
  ['메일/😀', '메일/😀', true],
  ['😀a', '%a', true],
])('%s, pattern %s: %s', (name, pattern, expected) => {
  expect(matchesPattern(name, pattern)).toBe(expected);
});

test('a pattern is of no weight beside the names (H)', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `${'x'.repeat(200)}${index}`);
  for (const pattern of ['*'.repeat(60_000), '*x'.repeat(30_000), '%*'.repeat(30_000)])
    expect(names.filter((name) => matchesPattern(name, `${pattern}y`))).toEqual([]);
});

test('superiors that are no mailboxes are listed too, and LSUB shows them only for %', () => {
  expect(withSuperiors(['INBOX', 'b', 'a/x'])).toEqual([
    { name: 'INBOX', isThere: true, hasInferiors: false },
    { name: 'a', isThere: false, hasInferiors: true },
    { name: 'a/x', isThere: true, hasInferiors: false },
    { name: 'b', isThere: true, hasInferiors: false },
  ]);
  expect(matchSubscriptions(['foo/bar'], '%').map(({ name, isThere }) => [name, isThere])).toEqual([['foo', false]]);
  expect(matchSubscriptions(['foo/bar'], '*').map(({ name, isThere }) => [name, isThere])).toEqual([['foo/bar', true]]);
});

test.each([
  ['2,4:7,9,12:*', [2, 4, 5, 6, 7, 9, 12, 13]],
  ['*:3', [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]],
  ['1,*', [1, 13]],
  ['559:*', [13]],
  ['5:3,4', [3, 4, 5]],
  ['4294967295', []],
])('the set %s of 1 to 13', (text, expected) => {
  expect(
    numbersOf(
      Array.from({ length: 13 }, (_, index) => index + 1),
      text,
    ),
  ).toEqual(expected);
});

test.each(['', '0', '1:', ':1', '1,,2', '1:2:3', '4294967296', '+1', '1 2'])('%j is no sequence set', (text) => {
  expect(() => parseSequenceSet(text)).toThrow(ProtocolViolation);
});

test('the star is nothing where there is no message', () => {
  expect(numbersOf([], '1:*')).toEqual([]);
});
