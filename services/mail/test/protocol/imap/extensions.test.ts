import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuMsOf } from '#shared/host/test/kit/cpu-time.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { EntityScanner } from '../../../src/protocol/imap/entity-scanner.ts';
import { HeaderChoice, isIndexedSection } from '../../../src/protocol/imap/header-choice.ts';
import { chooseListed, formatListed, type KnownName } from '../../../src/protocol/imap/list-choice.ts';
import { parseList } from '../../../src/protocol/imap/list-command.ts';
import { matchesPattern } from '../../../src/protocol/imap/list-pattern.ts';
import { formatMailboxName, readMailboxName } from '../../../src/protocol/imap/name-form.ts';
import { ImapParser } from '../../../src/protocol/imap/parser.ts';
import {
  chooseSaved,
  formatEsearch,
  formatSearch,
  parseSearchReturn,
} from '../../../src/protocol/imap/search-return.ts';
import { firstPlace, numbersIn, parseSequenceSet, placesOf } from '../../../src/protocol/imap/sequence-set.ts';
import { parseStatusItems } from '../../../src/protocol/imap/status-item.ts';

const binary = (text: string) => Buffer.from(text).toString('latin1');

describe('names in UTF-8 (RFC 9051, section 5.1)', () => {
  test.each([
    ['INBOX', 'INBOX'],
    ['inbox/été', 'INBOX/&AOk-t&AOk-'],
    ['A&B', 'A&-B'],
    ['日本語', '&ZeVnLIqe-'],
    ['&AGE-', '&-AGE-'],
  ])('%s is %s inside, and comes back', (given, inside) => {
    expect(readMailboxName(binary(given), 'utf-8')).toBe(inside);
    const shown = formatMailboxName(inside, 'utf-8').replace(/^"|"$/g, '');
    expect(shown).toBe(binary(given.replace('inbox', 'INBOX')));
  });

  test.each(['\xff', '\xc3', 'e\xcc\x81', '\xed\xa0\x80', 'a\x01', '\xc2\x85', '\xe2\x80\xa8', '..', 'a*'])(
    '%j is refused',
    (given) => {
      expect(() => readMailboxName(given, 'utf-8')).toThrow(ProtocolViolation);
    },
  );

  test('any octets are a name that comes back, or a violation', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const name = readMailboxName(binary(text), 'utf-8');
          const shown = formatMailboxName(name, 'utf-8');
          const parser = new ImapParser([shown]);
          expect(readMailboxName(parser.mailbox(), 'utf-8')).toBe(name);
          expect(readMailboxName(name, 'modified-utf7')).toBe(name);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }),
    );
  });
});

describe('sets of numbers', () => {
  test('places and numbers are those of a set that is written out', () => {
    const set = fc.array(
      fc.tuple(fc.option(fc.integer({ min: 1, max: 40 })), fc.option(fc.integer({ min: 1, max: 40 }))),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    const rising = fc
      .uniqueArray(fc.integer({ min: 1, max: 40 }))
      .map((numbers) => numbers.sort((one, other) => one - other));
    fc.assert(
      fc.property(set, rising, (ranges, uids) => {
        const text = ranges.map(([from, to]) => `${from ?? '*'}:${to ?? '*'}`).join(',');
        const parsed = parseSequenceSet(text);
        const has = (largest: number, number: number) =>
          ranges.some(([from, to]) => {
            const [one, other] = [from ?? largest, to ?? largest];
            return number >= Math.min(one, other) && number <= Math.max(one, other);
          });
        const largest = uids.at(-1) ?? 0;
        expect(placesOf(uids, parsed).map((place) => uids[place])).toEqual(uids.filter((uid) => has(largest, uid)));
        const count = uids.length;
        const all = Array.from({ length: count }, (_, index) => index + 1);
        expect(numbersIn(parsed, count)).toEqual(all.filter((number) => has(count, number)));
        for (const uid of uids) expect(uids[firstPlace(uids, uid)]).toBe(uid);
      }),
    );
  });

  test('a large set costs no more than it has ranges', () => {
    const walk = () => expect(numbersIn(parseSequenceSet('1:4294967295,4294967295:*'), 10)).toHaveLength(10);
    // To count to four thousand million takes many times that.
    expect(cpuMsOf(walk)).toBeLessThan(1_000);
  });
});

describe('SEARCH RETURN', () => {
  const found = [2, 5, 6, 7].map((number) => ({ number, modseq: number * 10 }));

  test.each([
    [' RETURN (MIN MAX COUNT)', 'MIN 2 MAX 7 COUNT 4 MODSEQ 70'],
    [' RETURN ()', 'ALL 2,5:7 MODSEQ 70'],
    [' RETURN (MIN SAVE)', 'MIN 2 MODSEQ 20'],
    [' RETURN (COUNT MIN)', 'MIN 2 COUNT 4 MODSEQ 70'],
  ])('%s', (text, expected) => {
    const options = parseSearchReturn(new ImapParser([text]))!;
    expect(formatEsearch('a1', found, options, { isUid: true, tellsModseq: true })).toBe(
      `* ESEARCH (TAG "a1") UID ${expected}`,
    );
  });

  test('of nothing there is no MIN, MAX, ALL or MODSEQ; and SAVE alone says nothing', () => {
    const told = { isUid: false, tellsModseq: true };
    expect(formatEsearch('a', [], new Set(['MIN', 'ALL', 'COUNT']), told)).toBe('* ESEARCH (TAG "a") COUNT 0');
    expect(formatEsearch('a', found, new Set(['SAVE']), told)).toBeNull();
    expect(formatSearch([], true)).toBe('* SEARCH');
    expect(formatSearch(found, true)).toBe('* SEARCH 2 5 6 7 (MODSEQ 70)');
  });

  // The table of RFC 5182, section 2.4.
  test.each([
    [['SAVE'], [2, 5, 6, 7]],
    [['SAVE', 'MIN'], [2]],
    [['SAVE', 'MAX'], [7]],
    [
      ['SAVE', 'MIN', 'MAX'],
      [2, 7],
    ],
    [
      ['SAVE', 'COUNT', 'MIN'],
      [2, 5, 6, 7],
    ],
    [
      ['SAVE', 'ALL', 'MAX'],
      [2, 5, 6, 7],
    ],
  ] as const)('%j saves %j', (options, expected) => {
    expect(chooseSaved([2, 5, 6, 7], new Set(options))).toEqual(expected);
    expect(chooseSaved([], new Set(options))).toEqual([]);
    expect(chooseSaved([9], new Set(options))).toEqual([9]);
  });

  test.each([' RETURN (FOO)', ' RETURN (MIN', ' RETURN MIN'])('%s is refused', (text) => {
    expect(() => parseSearchReturn(new ImapParser([text]))).toThrow(ProtocolViolation);
  });
});

describe('LIST', () => {
  const one = (name: string, more: Partial<KnownName> = {}): KnownName => ({
    name,
    isThere: true,
    hasInferiors: false,
    isSubscribed: false,
    specialUse: null,
    ...more,
  });
  const KNOWN = [
    one('INBOX', { isSubscribed: true }),
    one('Foo', { isThere: false, hasInferiors: true }),
    one('Foo/Bar', { isSubscribed: true }),
    one('Gone', { isThere: false, isSubscribed: true }),
    one('Sent', { specialUse: '\\Sent' }),
  ];
  const list = (text: string) => {
    const command = parseList(new ImapParser([text]));
    const isMatch = (name: string) => command.patterns.some((pattern) => matchesPattern(name, pattern));
    return chooseListed(KNOWN, command, isMatch).map((listed) =>
      formatListed(listed, listed.name).slice('* LIST '.length),
    );
  };

  test.each([
    [' "" F%', ['(\\Noselect \\HasChildren) "/" Foo']],
    [' "" F% RETURN (SUBSCRIBED)', ['(\\NonExistent \\HasChildren) "/" Foo']],
    [' "" G*', []],
    [' (SUBSCRIBED) "" G*', ['(\\NonExistent \\HasNoChildren \\Subscribed) "/" Gone']],
    // RFC 5258, section 5, example 9: the superior is not there, and what is below it is subscribed.
    [' (RECURSIVEMATCH SUBSCRIBED) "" Foo', ['(\\NonExistent \\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))']],
    [' (RECURSIVEMATCH SUBSCRIBED) "" Foo*', ['(\\HasNoChildren \\Subscribed) "/" Foo/Bar']],
    [' (SPECIAL-USE) "" *', ['(\\HasNoChildren \\Sent) "/" Sent']],
  ])('%s', (text, expected) => {
    expect(list(text)).toEqual(expected);
  });

  test.each([
    ' (FOO) "" *',
    ' (RECURSIVEMATCH) "" *',
    ' "" ()',
    ' "" * RETURN (FOO)',
    ' "" * RETURN (STATUS)',
    ' "" * RETURN (STATUS ())',
  ])('%s is refused', (text) => {
    expect(() => list(text)).toThrow(ProtocolViolation);
  });

  test('STATUS has the items of its RFCs and no others', () => {
    expect(parseStatusItems(new ImapParser(['(messages SIZE HighestModSeq DELETED-STORAGE)']))).toEqual([
      ...['MESSAGES', 'SIZE', 'HIGHESTMODSEQ', 'DELETED-STORAGE'],
    ]);
    for (const text of ['()', '(FOO)', 'MESSAGES'])
      expect(() => parseStatusItems(new ImapParser([text]))).toThrow(ProtocolViolation);
  });
});

describe('header fields', () => {
  const HEADER = 'Subject: one\r\n two\r\nFROM : x\r\nsubject: three\r\nTo: y\r\n';

  test('are chosen by their names in any spelling, folded ones whole', () => {
    expect(new HeaderChoice(['subject']).fields(HEADER)).toEqual(['Subject: one\r\n two\r\n', 'subject: three\r\n']);
    expect(new HeaderChoice(['from', 'to']).fields(HEADER)).toEqual(['FROM : x\r\n', 'To: y\r\n']);
    expect(new HeaderChoice(['from']).fields('')).toEqual([]);
  });

  test('come from the index only where it has all that is asked for', () => {
    const section = { part: [], text: 'HEADER.FIELDS', fields: ['Subject', 'X-Priority'] } as const;
    expect(isIndexedSection(section)).toBe(true);
    expect(isIndexedSection({ ...section, fields: ['Received'] })).toBe(false);
    expect(isIndexedSection({ ...section, text: 'HEADER.FIELDS.NOT' })).toBe(false);
    expect(isIndexedSection({ ...section, part: [1] })).toBe(false);
  });

  test('are the same, whether the header is read at once or line by line', () => {
    const words = [
      'a: b',
      'Content-Type: multipart/mixed; boundary=x',
      '--x',
      '--x--',
      'c',
      ' d',
      '\t',
      ':',
      'e :f',
      '\r',
      '\x80: g',
      '',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...words), fc.constantFrom('\r\n', '\n')), { maxLength: 30 }),
        (lines) => {
          const octets = Uint8Array.from(Buffer.from(lines.flat().join(''), 'latin1'));
          const whole = new EntityScanner();
          whole.push(octets);
          const pieces = new EntityScanner();
          for (const octet of octets) pieces.push(Uint8Array.of(octet));
          const plain = (scanner: EntityScanner) =>
            JSON.parse(
              JSON.stringify(scanner.end(), (_, value) =>
                value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
              ),
            );
          expect(plain(whole)).toEqual(plain(pieces));
        },
      ),
    );
  });
});
