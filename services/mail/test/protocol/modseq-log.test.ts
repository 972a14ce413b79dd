import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  findExpunged,
  formatModseqEntry,
  formatModseqHead,
  MODSEQ_MAX,
  type ModseqEntry,
  parseModseqLog,
} from '../../src/protocol/modseq-log.ts';

const ENTRIES: readonly ModseqEntry[] = [
  { modseq: 5, flags: 'FS', uids: [1, 2, 3, 7] },
  { modseq: 5, flags: '', uids: [9] },
  { modseq: 6, flags: null, uids: [2] },
  { modseq: 8, flags: null, uids: [] },
];

function formatLog(entries: readonly ModseqEntry[]): string {
  return formatModseqHead(1_795_146_873, 4) + entries.map((entry) => formatModseqEntry(entry, crc32)).join('');
}

test('a log says which messages were told in which state with which number, and is read back', () => {
  const text = formatLog(ENTRIES);
  expect(text.replace(/ [0-9a-f]{8}\n/g, ' SUM\n')).toBe(
    'topdown-modseq 2 V1795146873 E4\n5 FS 1:3,7 SUM\n5 - 9 SUM\n6 ! 2 SUM\n8 ! - SUM\n',
  );
  expect(parseModseqLog(text, crc32)).toEqual({
    uidValidity: 1_795_146_873,
    forgotten: 4,
    entries: ENTRIES,
    wholeLength: text.length,
    isDamaged: false,
  });
});

test('of a log that was cut at any octet the whole lines are read, and it does not count as damaged', () => {
  const text = formatLog(ENTRIES);
  const headEnd = text.indexOf('\n') + 1;
  for (let at = 0; at < text.length; at += 1) {
    const read = parseModseqLog(text.slice(0, at), crc32);
    if (at < headEnd) expect(read).toBeNull();
    else expect(read).toMatchObject({ isDamaged: false, wholeLength: text.lastIndexOf('\n', at - 1) + 1 });
  }
});

test('a log in which any character was changed is damaged, or its last line is cut off', () => {
  const text = formatLog(ENTRIES);
  const headEnd = text.indexOf('\n') + 1;
  for (let at = headEnd; at < text.length; at += 1) {
    for (const other of ['x', '\n']) {
      if (text[at] === other) continue;
      const read = parseModseqLog(text.slice(0, at) + other + text.slice(at + 1), crc32);
      const isLastEnd = at === text.length - 1;
      expect(read?.isDamaged, `${at} ${other}`).toBe(!isLastEnd);
      expect(ENTRIES.slice(0, read?.entries.length)).toEqual(read?.entries);
    }
  }
});

test('numbers that fall, sets that are none and numbers beyond all bounds are damage, whatever the checksum says', () => {
  const line = (said: string) => `${said} ${crc32(said).toString(16).padStart(8, '0')}\n`;
  for (const said of ['5 S 1\n4 S 1', '5 S 0', '5 S 3:1', '5 S 1,,2', '5 S 4294967296', `${MODSEQ_MAX + 2} S 1`]) {
    const text = formatModseqHead(1, 0) + said.split('\n').map(line).join('');
    expect(parseModseqLog(text, crc32)?.isDamaged, said).toBe(true);
  }
});

test('any text is read, or is no log', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseModseqLog(text, crc32)).toBeNull();
      const read = parseModseqLog(formatLog(ENTRIES) + text, crc32);
      expect(read?.entries.slice(0, ENTRIES.length)).toEqual(ENTRIES);
    }),
  );
});

test('a log of version 1 is read; which expunges it has forgotten it does not tell', () => {
  const text = formatLog(ENTRIES).replace(/^.*\n/, 'topdown-modseq 1 V7\n');
  expect(parseModseqLog(text, crc32)).toMatchObject({ uidValidity: 7, forgotten: null, entries: ENTRIES });
});

test('what was expunged since a number is found without reading the rest, and not where its lines are damaged', () => {
  const expunged = (modseq: number, ...uids: number[]): ModseqEntry => ({ modseq, flags: null, uids });
  const state = (modseq: number, ...uids: number[]): ModseqEntry => ({ modseq, flags: 'S', uids });
  const entries = [state(5, 1, 9), expunged(6, 2), state(7, 3), expunged(8, 4, 5), expunged(9), state(9, 1)];
  const text = formatLog(entries);
  expect(findExpunged(text, 4, crc32)).toEqual([expunged(6, 2), expunged(8, 4, 5)]);
  expect(findExpunged(text, 6, crc32)).toEqual([expunged(8, 4, 5)]);
  expect(findExpunged(text, 8, crc32)).toEqual([]);
  expect(findExpunged(formatLog([]), 0, crc32)).toEqual([]);
  const damaged = text.replace('8 ! 4:5', '8 ! 4:6');
  expect(findExpunged(damaged, 4, crc32)).toBeNull();
  expect(findExpunged(damaged, 9, crc32)).toEqual([]);
});
