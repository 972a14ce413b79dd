import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { ImapParser } from '../../../src/protocol/imap/parser.ts';
import { lastMatch, parseQresync } from '../../../src/protocol/imap/qresync.ts';
import { parseSequenceSet } from '../../../src/protocol/imap/sequence-set.ts';
import {
  above,
  formatVanished,
  membersOf,
  toUidRanges,
  type UidRanges,
  uidsUpTo,
  without,
} from '../../../src/protocol/imap/uid-ranges.ts';

const TOP = 40;
const risingUids = fc.uniqueArray(fc.integer({ min: 1, max: TOP })).map((uids) => uids.sort((a, b) => a - b));

function listed(ranges: UidRanges): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

describe('sets of UIDs as ranges', () => {
  test('are what the same sets as lists are', () => {
    fc.assert(
      fc.property(risingUids, risingUids, fc.integer({ min: 0, max: TOP }), (one, other, uid) => {
        const [ranges, known] = [toUidRanges(one), new Set(other)];
        expect(listed(ranges)).toEqual(one);
        expect(listed(without(ranges, other))).toEqual(one.filter((member) => !known.has(member)));
        expect(membersOf(ranges, other)).toEqual(one.filter((member) => known.has(member)));
        expect(listed(above(ranges, uid))).toEqual(one.filter((member) => member > uid));
      }),
    );
  });

  test.each([
    ['1:*', 7, '1:7'],
    ['*', 7, '7'],
    ['5:2,9:12,3', 7, '2:5'],
    ['6:4294967295', 7, '6:7'],
    ['8:20', 7, ''],
    ['*:9', 7, '7'],
    ['1:*', 0, ''],
  ])('%s up to the UID %i is %s', (set, largest, expected) => {
    const said = uidsUpTo(parseSequenceSet(set), largest).map(([from, to]) =>
      from === to ? `${from}` : `${from}:${to}`,
    );
    expect(said.join(',')).toBe(expected);
  });

  test('a set of four milliards costs no more than one of four', () => {
    const all = uidsUpTo(parseSequenceSet('1:*'), 4_294_967_294);
    expect(without(all, [1_000_000, 3_000_000_000])).toEqual([
      [1, 999_999],
      [1_000_001, 2_999_999_999],
      [3_000_000_001, 4_294_967_294],
    ]);
  });

  test('a VANISHED response says them, and several say what is too long for one', () => {
    expect(formatVanished(toUidRanges([41, 43, 44, 45]), true)).toEqual(['* VANISHED (EARLIER) 41,43:45']);
    expect(formatVanished([], true)).toEqual([]);
    const odd = Array.from({ length: 5000 }, (_, index) => 2 * index + 1);
    const lines = formatVanished(toUidRanges(odd), false);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(8100);
    const said = lines.flatMap((line) => parseSequenceSet(line.slice('* VANISHED '.length)));
    expect(listed(said as UidRanges)).toEqual(odd);
  });
});

describe('what a client says of its copy (RFC 7162, section 3.2.5)', () => {
  const parse = (text: string) => {
    const parser = new ImapParser([text]);
    const read = parseQresync(parser);
    parser.end();
    return read;
  };

  test("is read with and without its optional parts: the RFC's own examples", () => {
    expect(parse(' (67890007 20050715194045000)')).toEqual({
      uidValidity: 67890007,
      modseq: 20050715194045000,
      known: null,
      matches: null,
    });
    expect(parse(' (67890007 90060115194045000 41:211,214:541)')).toMatchObject({
      known: [
        [41, 211],
        [214, 541],
      ],
    });
    const matches = {
      numbers: [
        [1, 1],
        [3, 3],
      ],
      uids: [
        [41, 41],
        [50, 50],
      ],
    };
    expect(parse(' (1 5 1:60 (1,3 41,50))')).toMatchObject({ known: [[1, 60]], matches });
    expect(parse(' (1 5 (1,3 41,50))')).toMatchObject({ known: null, matches });
  });

  test.each([
    [' (0 5)', 'a UIDVALIDITY of 0'],
    [' (1)', 'no mod-sequence'],
    [' (1 5 *)', 'a known set with *'],
    [' (1 5 1:*)', 'a known set with *'],
    [' (1 5 $)', 'a search result'],
    [' (1 5 (1:2 1:3))', 'more UIDs than numbers'],
    [' (1 5 (1,2 2,1))', 'UIDs that fall'],
    [' (1 5 (2:1 1:2))', 'a range that falls'],
    [' (1 5 (1:3,3:4 1:5))', 'ranges that overlap'],
    [' (1 5 (1 1)', 'no end'],
    [' (1 5 1 1)', 'two known sets'],
    [' 1 5', 'no parentheses'],
  ])('%s is refused: %s', (text) => {
    expect(() => parse(text)).toThrow(ProtocolViolation);
  });

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^ \([0-9 ():,*$]*\)?$/), (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }),
    );
  });

  test('its numbers are true up to the first message that was expunged', () => {
    fc.assert(
      fc.property(risingUids, risingUids, (had, removed) => {
        const present = had.filter((uid) => !removed.includes(uid));
        const numbers: UidRanges = had.length === 0 ? [] : [[1, had.length]];
        const matched = lastMatch({ numbers, uids: toUidRanges(had) }, present);
        const firstGone = had.find((uid) => removed.includes(uid)) ?? TOP + 1;
        expect(matched).toBe(had.filter((uid) => uid < firstGone).at(-1) ?? 0);
      }),
    );
  });

  test('four milliards of numbers are compared no further than there are messages', () => {
    const numbers: UidRanges = [[1, 4_294_967_295]];
    expect(lastMatch({ numbers, uids: numbers }, [1, 2, 3])).toBe(3);
  });
});
