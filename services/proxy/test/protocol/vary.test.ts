import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { chooseReuse } from '../../src/protocol/choose-reuse.ts';
import type { StoredHead } from '../../src/protocol/stored-response.ts';
import { selectVariants, takesPlaceOf } from '../../src/protocol/vary.ts';
import { at, cc, NOW, request, stored, storedPart } from './sample-messages.ts';

const varying = (vary: string, by: Fields, id = 'id') => stored([...cc('max-age=9'), ['Vary', vary]], by, id);

const selectVariant = (heads: readonly StoredHead[], fields: Fields) => selectVariants(heads, fields)[0] ?? null;

describe('does a request select a stored response (RFC 9111, section 4.1)', () => {
  test.each<[string, string, Fields, Fields, boolean]>([
    ['the same value', 'A', [['A', '1']], [['a', '1']], true],
    ['another value', 'A', [['A', '1']], [['A', '2']], false],
    ['absent then and now', 'A', [], [], true],
    ['absent now', 'A', [['A', '1']], [], false],
    ['absent then', 'A', [], [['A', '1']], false],
    ['empty is not absent', 'A', [['A', '']], [], false],
    [
      'two fields',
      'A, b',
      [
        ['A', '1'],
        ['B', '2'],
      ],
      [
        ['B', '2'],
        ['A', '1'],
      ],
      true,
    ],
    [
      'one of two differs',
      'A, b',
      [
        ['A', '1'],
        ['B', '2'],
      ],
      [
        ['B', '3'],
        ['A', '1'],
      ],
      false,
    ],
    [
      'other fields do not count',
      'A',
      [
        ['A', '1'],
        ['X', '1'],
      ],
      [
        ['A', '1'],
        ['X', '2'],
      ],
      true,
    ],
    ['a longer value', 'A', [['A', 'abc']], [['A', 'abcd']], false],
    ['blanks around members', 'A', [['A', '1,2']], [['A', ' 1 , 2']], true],
    [
      'lines joined',
      'A',
      [['A', '1, 2']],
      [
        ['A', '1'],
        ['A', '2'],
      ],
      true,
    ],
    ['members in another order', 'A', [['A', '1, 2']], [['A', '2, 1']], false],
    [
      'codings in another order',
      'Accept-Encoding',
      [['Accept-Encoding', 'gzip, br']],
      [['Accept-Encoding', 'BR,gzip']],
      true,
    ],
    [
      'codings with weights',
      'Accept-Encoding',
      [['Accept-Encoding', 'gzip;q=0.5, br']],
      [['Accept-Encoding', 'br, gzip ; q=0.5']],
      true,
    ],
    [
      'other weights',
      'Accept-Encoding',
      [['Accept-Encoding', 'gzip;q=0.5']],
      [['Accept-Encoding', 'gzip;q=0.6']],
      false,
    ],
    [
      'languages in capitals',
      'Accept-Language',
      [['Accept-Language', 'EN-gb, ko']],
      [['Accept-Language', 'en-GB,KO']],
      true,
    ],
    [
      'languages in another order: some mean it',
      'Accept-Language',
      [['Accept-Language', 'en, ko']],
      [['Accept-Language', 'ko, en']],
      false,
    ],
    ['a cookie in capitals is another one', 'Cookie', [['Cookie', 'a=b']], [['Cookie', 'A=b']], false],
  ])('%s', (_name, vary, by, now, expected) => {
    expect(selectVariant([varying(vary, by)], now) !== null).toBe(expected);
  });

  test('of several the most recent is used, whichever rule selected it', () => {
    const old = { ...varying('A', [['A', '1']], 'old'), fields: [['Date', at(-5)]] as Fields };
    const plain = { ...stored(cc('max-age=9'), [], 'plain'), fields: [['Date', at(-3)]] as Fields };
    const recent = { ...varying('A, B', [['A', '1']], 'recent'), fields: [['Date', at(-1)]] as Fields };
    expect(selectVariant([old, recent, plain], [['A', '1']])?.id).toBe('recent');
    expect(
      selectVariant(
        [old, recent, plain],
        [
          ['A', '1'],
          ['B', '2'],
        ],
      )?.id,
    ).toBe('plain');
  });

  test('of two that the origin made in one second the later one to come is used', () => {
    const first = stored(cc('max-age=9'), [], 'first');
    const second = { ...stored(cc('max-age=9'), [], 'second'), responseTimeMs: NOW + 400 };
    expect(selectVariant([first, second], [])?.id).toBe('second');
  });
});

test('a request that selects no variant asks which one it may have, with the tags of all', () => {
  const tagged = (tag: string, by: string) =>
    stored([...cc('max-age=9'), ['Vary', 'A'], ['ETag', tag]], [['A', by]], by);
  const variants = [tagged('"1"', 'one'), tagged('"2"', 'two'), varying('A', [['A', 'x']])];
  const choice = chooseReuse(request([['A', 'three']]), variants, 'freshness', NOW);
  expect(choice).toMatchObject({ kind: 'validate', reason: 'vary-miss', head: null });
  expect(choice.kind === 'validate' && choice.candidates.map(({ id }) => id)).toEqual(['one', 'two']);
  const untagged = chooseReuse(request([['A', 'three']]), [varying('A', [['A', 'x']])], 'freshness', NOW);
  expect(untagged).toMatchObject({ kind: 'forward', reason: 'vary-miss' });
});

describe('which entry takes the place of which', () => {
  const one = varying('A', [['A', '1']], 'one');
  test('a newer one of the same variant, and no other', () => {
    expect(takesPlaceOf({ ...one, id: 'new' }, one)).toBe(true);
    expect(takesPlaceOf(one, one)).toBe(false);
    expect(takesPlaceOf(varying('A', [['A', '2']], 'new'), one)).toBe(false);
  });
  test('a part leaves other parts of its version, and the whole, where they are', () => {
    const whole = stored([...cc('max-age=9'), ['ETag', '"1"']], [], 'whole', 20);
    expect(takesPlaceOf(storedPart('5-9/20'), storedPart('0-2/20'))).toBe(false);
    expect(takesPlaceOf(storedPart('5-9/20'), storedPart('6-7/20'))).toBe(true);
    expect(takesPlaceOf(storedPart('5-9/20'), whole)).toBe(false);
    expect(takesPlaceOf(whole, storedPart('5-9/20'))).toBe(true);
    expect(takesPlaceOf(storedPart('5-9/20', [['ETag', '"2"']]), storedPart('0-2/20'))).toBe(true);
    expect(takesPlaceOf(storedPart('5-9/20', [['ETag', '"2"']]), whole)).toBe(true);
  });
});

test('a very long value is compared as it is: it must not cost what it takes to normalise it for each variant', () => {
  const long = (last: string) => `text/html${' '.repeat(300_000)}${last}`;
  const head = varying('Accept', [['Accept', long('a')]]);
  expect(selectVariant([head], [['Accept', long('a')]])).toBe(head);
  // Where each blank costs all that follow it, this takes minutes.
  expect(selectVariant([head], [['Accept', long('b')]])).toBeNull();
});
