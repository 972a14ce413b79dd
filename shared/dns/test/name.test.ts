import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { isSameName, isSubdomain, nameKey, ROOT, renamed } from '../name.ts';
import { formatHostname, formatName, parseName } from '../name-text.ts';

describe('names as text', () => {
  test.each([
    ['www.cnn.com.', ['www', 'cnn', 'com']],
    ['.', []],
    ['a\\.b.com.', ['a.b', 'com']],
    ['\\065.com.', ['A', 'com']],
    ['\\000\\255.', ['\x00\xff']],
    ['*.example.', ['*', 'example']],
    ['서울.kr.', ['\xec\x84\x9c\xec\x9a\xb8', 'kr']],
  ])('%s', (text, labels) => {
    expect(parseName(text)).toEqual(labels);
    expect(parseName(formatName(labels))).toEqual(labels);
  });

  test('a name without a final full stop is completed with the origin', () => {
    expect(formatName(parseName('www', parseName('cnn.com.')))).toBe('www.cnn.com.');
    expect(formatHostname(parseName('www.cnn.com'))).toBe('www.cnn.com');
  });

  test.each(['', '..', 'a..b', '.a', 'a\\', '\\256', '\\1', 'x'.repeat(64), `${'abcdefg.'.repeat(32)}`])(
    '%j is refused',
    (text) => {
      expect(() => parseName(text)).toThrow(ProtocolViolation);
    },
  );

  test('arbitrary text is a name or a ProtocolViolation, and any name is read back from its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }), (text) => {
        try {
          const name = parseName(text);
          expect(parseName(formatName(name))).toEqual(name);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }),
    );
  });
});

describe('names compared', () => {
  test('case does not count in ASCII letters, and counts in all other octets (RFC 4343)', () => {
    expect(isSameName(parseName('WWW.Cnn.COM.'), parseName('www.cnn.com.'))).toBe(true);
    expect(isSameName(['\xc3'], ['\xe3'])).toBe(false);
    expect(nameKey(['\xc3'])).not.toBe(nameKey(['\xe3']));
  });

  test('a full stop inside of a label is no border between labels', () => {
    expect(nameKey(['a.b', 'com'])).not.toBe(nameKey(['a', 'b', 'com']));
    expect(isSubdomain(parseName('xcnn.com.'), parseName('cnn.com.'))).toBe(false);
    expect(isSubdomain(parseName('cnn.com.'), parseName('cnn.com.'))).toBe(true);
    expect(isSubdomain(parseName('www.cnn.com.'), ROOT)).toBe(true);
  });

  test('a name moved below another must not grow beyond 255 octets (RFC 6672, section 2.2)', () => {
    const long = parseName(`${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.a.`);
    expect(renamed(long, ['a'], ['b', 'c'])?.slice(-2)).toEqual(['b', 'c']);
    expect(renamed(long, ['a'], ['w'.repeat(63), 'v'.repeat(40)])).toBeUndefined();
  });
});
