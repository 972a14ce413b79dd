import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { formatEntry, formatTitle, type JournalEntry, parseJournal } from '../../src/store/journal-text.ts';
import { record } from '../records.ts';

const ORIGIN = parseName('example.');
const soa = (serial: number) => record(`@ 60 SOA ns h ${serial} 1 1 1 1`);

function entry(from: number, ...lines: string[]): JournalEntry {
  const added = [soa(from + 1), ...lines.map((line) => record(line))];
  const signature = { key: parseName('key.'), timeSigned: 1_795_000_000, fudge: 300, mac: '0123456789abcdef' };
  return { difference: { from, to: from + 1, deleted: [soa(from)], added }, at: 1_795_000_000_000, signature };
}

/** The title and four entries. */
const PIECES = [
  formatTitle(ORIGIN, '127.53'),
  ...[1, 2, 3, 4].map((from) => formatEntry(entry(from, `h${from} 60 A 127.53.1.${from}`))),
];
const TEXT = PIECES.join('');
/** The octet at which each piece begins, and the one after the last. */
const STARTS = [0, ...PIECES.map((_, at) => PIECES.slice(0, at + 1).join('').length)];
const ENTRIES = parseJournal(TEXT, ORIGIN)!.entries;

function flipped(text: string, octet: number, bit: number): string {
  const changed = String.fromCharCode(text.charCodeAt(octet) ^ (1 << bit));
  return text.slice(0, octet) + changed + text.slice(octet + 1);
}

/** What must be read where the piece `hurt` is not whole, and there are `count` pieces that were written as a whole. */
function expectRead(text: string, hurt: number, count: number): void {
  const journal = parseJournal(text, ORIGIN);
  const isLast = hurt >= count - 1;
  if (hurt === 0 && isLast) {
    expect(journal).toBeNull();
    return;
  }
  expect(journal?.entries).toEqual(ENTRIES.slice(0, Math.max(0, hurt - 1)));
  expect(journal?.end).toBe(STARTS[hurt]);
  if (isLast) expect(journal?.damage).toBeNull();
  else expect(journal?.damage?.at).toBe(STARTS[hurt]);
}

describe('a journal', () => {
  test('is the entries that were written', () => {
    expect(ENTRIES.map(({ start }) => start)).toEqual(STARTS.slice(1, -1));
    expect(ENTRIES.map(({ difference }) => difference.to)).toEqual([2, 3, 4, 5]);
  });

  test('of which any one bit is another is refused before a whole entry, and ends where there is none', () => {
    for (let hurt = 0; hurt < PIECES.length; hurt += 1) {
      for (let octet = STARTS[hurt]!; octet < STARTS[hurt + 1]!; octet += 1) {
        for (let bit = 0; bit < 8; bit += 1) expectRead(flipped(TEXT, octet, bit), hurt, PIECES.length);
      }
    }
  });

  test('that is cut at any octet ends after the last whole entry, and is not damaged', () => {
    for (let length = 0; length < TEXT.length; length += 1) {
      const whole = STARTS.findLastIndex((start) => start <= length);
      expectRead(TEXT.slice(0, length), whole, whole);
    }
  });

  test('that is cut and of which a bit is another is refused only before a whole entry', () => {
    const places = fc.record({ octet: fc.nat(TEXT.length - 1), bit: fc.nat(7), length: fc.nat(TEXT.length) });
    fc.assert(
      fc.property(places, ({ octet, bit, length }) => {
        const whole = STARTS.findLastIndex((start) => start <= length);
        const hurt = STARTS.findLastIndex((start) => start <= octet);
        expectRead(flipped(TEXT, octet, bit).slice(0, length), Math.min(hurt, whole), whole);
      }),
      { numRuns: 500 },
    );
  });

  test('of which octets were lost, or others came in between, never has an entry that was not written', () => {
    const written = new Set(ENTRIES.map(({ difference }) => JSON.stringify(difference)));
    const change = fc.record({ at: fc.nat(TEXT.length), lost: fc.nat(400), came: fc.string({ maxLength: 40 }) });
    fc.assert(
      fc.property(change, ({ at, lost, came }) => {
        const journal = parseJournal(TEXT.slice(0, at) + came + TEXT.slice(at + lost), ORIGIN);
        for (const { difference } of journal?.entries ?? []) expect(written).toContain(JSON.stringify(difference));
      }),
      { numRuns: 500 },
    );
  });

  test('of an earlier version, whose first line has no CRC, is read', () => {
    const earlier = TEXT.replace(/^(.*) [0-9a-f]{8}\n/, '$1\n');
    expect(parseJournal(earlier, ORIGIN)).toMatchObject({ net: '127.53', damage: null, entries: [{}, {}, {}, {}] });
  });

  test('of another zone is refused', () => {
    expect(parseJournal(TEXT, parseName('other.'))?.damage).toEqual({ at: 0, what: 'it is that of example.' });
    expect(parseJournal(TEXT, parseName('EXAMPLE.'))?.damage).toBeNull();
  });
});

describe('a journal whose last three updates went to the disk by one write', () => {
  const pieces = [
    formatTitle(ORIGIN, '127.53'),
    ...[1, 2, 3, 4, 5].map((from) => formatEntry(entry(from, `h${from} 60 A 127.53.1.${from}`), Math.min(from, 3))),
  ];
  const text = pieces.join('');
  const starts = pieces.map((_, at) => pieces.slice(0, at).join('').length);
  const hurt = (piece: number, of = text) => flipped(of, starts[piece]! + 20, 1);

  test('is read', () => {
    const journal = parseJournal(text, ORIGIN);
    expect(journal?.damage).toBeNull();
    expect(journal?.entries.map(({ writeFrom }) => writeFrom)).toEqual([1, 2, 3, 3, 3]);
  });

  test.each([3, 4, 5])(
    'ends before what of that write is not whole, whatever else of it is there: entry %i',
    (piece) => {
      const journal = parseJournal(hurt(piece), ORIGIN);
      expect(journal).toMatchObject({ end: starts[piece], damage: null });
      expect(journal?.entries.length).toBe(piece - 1);
    },
  );

  test('is damaged where an update of an earlier write is not whole', () => {
    for (const piece of [1, 2]) expect(parseJournal(hurt(piece), ORIGIN)?.damage?.at).toBe(starts[piece]);
    expect(parseJournal(hurt(2, hurt(3)), ORIGIN)?.damage?.at).toBe(starts[2]);
  });

  test('is damaged where a later write is there, which waited until this one was on the disk', () => {
    const more = text + formatEntry(entry(6, 'h6 60 A 127.53.1.6'));
    for (const piece of [3, 4, 5]) expect(parseJournal(hurt(piece, more), ORIGIN)?.damage?.at).toBe(starts[piece]);
  });
});

test('a record whose text is an entry is no entry: a journal that is torn behind it is not damaged', () => {
  // Its CRC is that of an entry whose key ends with the quotation mark that ends the text.
  const tail = '2026-11-20T06:50:00.000Z 6affec69 300 ab key.';
  const head = `update 7 8 0 ${crc32(`7 8 ${tail}"\n`).toString(16).padStart(8, '0')} ${tail}`;
  const written = formatEntry(entry(5, 'x 60 A 192.0.2.1', `y 60 TXT "${head}"`, 'z 60 A 192.0.2.1'));
  expect(written).toContain(`"${head}"\n`);
  for (let length = 0; length < written.length; length += 1) {
    expect(parseJournal(TEXT + written.slice(0, length), ORIGIN)).toMatchObject({ end: TEXT.length, damage: null });
  }
});

test('an entry that is whole but says what nobody can read is refused, the last one too', () => {
  const strange = formatEntry({ ...entry(5), signature: { ...entry(5).signature, key: ['a'.repeat(64)] } });
  const damage = parseJournal(TEXT + strange, ORIGIN)?.damage;
  expect(damage).toEqual({ at: TEXT.length, what: expect.stringMatching(/^an update after serial 5 cannot be read/) });
});
