import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeFactsRecord,
  encodeFactsRecord,
  type FactsRecord,
  factsRecordLength,
} from '../../src/protocol/facts-record.ts';
import { EntityScanner } from '../../src/protocol/imap/entity-scanner.ts';
import { formatEnvelope } from '../../src/protocol/imap/envelope.ts';
import { INDEXED_FIELDS } from '../../src/protocol/imap/indexed-fields.ts';
import { headerEndOf, readIndexedHeader } from '../../src/protocol/indexed-header.ts';
import { toCrlf } from '../../src/protocol/line-ends.ts';
import { MessageFacts } from '../../src/protocol/message-facts.ts';

const RECORD: FactsRecord = {
  kind: 'header',
  base: Buffer.from('1.a'),
  octets: 258,
  arrivedAt: 1_795_146_873_000,
  first: Buffer.from('(NIL)'),
  second: Buffer.from('To: a\r\n'),
};

function encode(record: FactsRecord): Buffer {
  const octets = Buffer.alloc(factsRecordLength(record));
  expect(encodeFactsRecord(record, octets, 0, crc32)).toBe(octets.length);
  return octets;
}

test('a record is written as it is drawn, and read back', () => {
  const octets = encode(RECORD);
  expect(octets.toString('hex', 0, 4)).toBe('0000002f'); // 47 octets
  expect(octets.toString('hex', 4, 8)).toBe(crc32(octets.subarray(8)).toString(16).padStart(8, '0'));
  expect(octets.toString('hex', 8, 12)).toBe('01000003'); // kind 1, no flag, base of 3
  expect(octets.toString('hex', 12, 20)).toBe('4070200000000000'); // 258
  expect(octets.toString('hex', 20, 28)).toBe('427a1f71778a8000'); // 1795146873000
  expect(octets.toString('hex', 28, 32)).toBe('00000005');
  expect(octets.toString('latin1', 32)).toBe('1.a(NIL)To: a\r\n');
  expect(readBack(octets)).toEqual(RECORD);
  const long: FactsRecord = { ...RECORD, kind: 'structure', second: null };
  expect(readBack(encode(long))).toEqual(long);
});

function readBack(octets: Buffer): FactsRecord | null {
  const read = decodeFactsRecord(octets, crc32);
  if (read === null) return null;
  const { kind, base, octets: size, arrivedAt, first, second } = read;
  return { kind, base, octets: size, arrivedAt, first, second };
}

test('a record that was cut, or in which any bit was changed, is none', () => {
  const octets = encode(RECORD);
  for (let at = 0; at < octets.length; at += 1) {
    expect(decodeFactsRecord(octets.subarray(0, at), crc32)).toBeNull();
    for (let bit = 1; bit < 256; bit <<= 1) {
      const changed = Buffer.from(octets);
      changed[at] = changed[at]! ^ bit;
      expect(decodeFactsRecord(changed, crc32)).toBeNull();
    }
  }
});

test('any octets are a record or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
      expect(decodeFactsRecord(octets, crc32)).toBeNull();
      decodeFactsRecord(octets, null);
    }),
  );
});

/** What a scan of the whole message makes of it. */
function scanned(message: Buffer): { envelope: string; header: string } {
  const scanner = new EntityScanner();
  scanner.push(toCrlf(message));
  const { fields } = scanner.end();
  const kept = fields.filter(({ name }) => INDEXED_FIELDS.has(name.toLowerCase()));
  return {
    envelope: formatEnvelope(fields),
    header: kept.map(({ octets }) => Buffer.from(octets).toString('latin1')).join(''),
  };
}

function indexed(message: Buffer): { envelope: string; header: string | null } {
  const end = headerEndOf(message);
  return readIndexedHeader(message.toString('latin1', 0, end === -1 ? message.length : end));
}

test.each([
  [
    'a usual header',
    'From: Bob <bob@hamburger.edu>\nTo: alice@crepes.fr,\n dave@x\nSubject: a\n b\nX-Other: y\n\nSubject: z\n',
  ],
  ['CRLF in the file', 'From: a@b\r\nSubject: x\r\n\r\nTo: c\r\n'],
  ['no header', '\nFrom: a@b\n'],
  ['no body', 'From: a@b\nSubject: x'],
  ['nothing', ''],
  ['a line that is no field, with a continuation', 'From: a@b\nnonsense\n more\nTo: c@d\n\n'],
  ['a continuation first', ' x: y\nFrom: a@b\n\n'],
  ['blanks before the colon', 'From : a@b\nTO\t: c\n\n'],
  ['a field twice', 'From: a@b\nFrom: c@d\nSubject: x\nSubject: y\n\n'],
  ['octets above 127 and a NUL', 'From: \xe9@b\nSubject: \0x\xff\n\n'],
  ['a NUL behind a blank', 'Subject: x\n\t\0\n\n'],
  ['an empty field', 'From:\nSubject:\n\n'],
])('the index reads %s as a scan of the message does', (_, text) => {
  const message = Buffer.from(text, 'latin1');
  expect(indexed(message)).toEqual(scanned(message));
});

test('the index reads any header as a scan of the message does', () => {
  const piece = fc.constantFrom(
    ...[
      'From',
      'To',
      'subject',
      'Date',
      'X-Y',
      ': ',
      ':',
      '\n',
      '\r\n',
      '\n ',
      '\n\t',
      ' ',
      '\t',
      'a@b',
      '<',
      '>',
      ',',
    ],
    ...['"', '(', ')', '\\', '=?utf-8?Q?x?=', ';', '\xe9', '\0', '\r', '[', ']', '\n\n'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      // A file always ends its last line; what a scan makes of half a line is its own affair.
      const message = Buffer.from(`${pieces.join('')}\n`, 'latin1');
      expect(indexed(message)).toEqual(scanned(message));
    }),
    { numRuns: 1000 },
  );
});

test('the subject is decoded for people, of several the first', () => {
  const header = 'from : "B" <b@x>\r\nSUBJECT : =?utf-8?B?7JWI64WV?=\r\n w\xc3\xa9rld\r\nSubject: second\r\n';
  const facts = new MessageFacts(7, { octets: 1, arrivedAt: 2, envelope: '()', header }, null);
  expect([facts.subject, facts.uid]).toEqual(['안녕 wérld', 7]);
  expect(() => facts.bodyStructure).toThrow('was not asked for');
});
