import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuMsOf } from '#shared/host/test/kit/cpu-time.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { splitHeaderSection } from '../../../src/protocol/header-section.ts';
import { EntityScanner } from '../../../src/protocol/imap/entity-scanner.ts';
import { ImapParser } from '../../../src/protocol/imap/parser.ts';
import { Refusal } from '../../../src/protocol/imap/response.ts';
import { parseSearchCharset, parseSearchProgram, requireSearchCharset } from '../../../src/protocol/imap/search-key.ts';
import { type MessageFacts, matchesKey } from '../../../src/protocol/imap/search-match.ts';
import { IndexedHeaders, searchableBody, wholeHeader } from '../../../src/protocol/imap/search-text.ts';
import { placesOf } from '../../../src/protocol/imap/sequence-set.ts';

const MESSAGE = new Uint8Array(
  Buffer.from(
    [
      'From: Bob <bob@hamburger.edu>',
      'Subject: =?utf-8?B?7JWI64WV?= Hello',
      'Date: Fri, 20 Nov 2026 23:54:33 -0800',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'caf=E9 au la=',
      'it',
      '--b',
      'Content-Type: application/octet-stream',
      '',
      'secret',
      '--b--',
    ].join('\r\n'),
    'latin1',
  ),
);
const scanner = new EntityScanner();
scanner.push(MESSAGE);
const ENTITY = scanner.end();

const NOTHING_READ: MessageFacts = {
  number: 3,
  uid: 30,
  flags: ['\\seen', '$work'],
  isRecent: false,
  octets: 500,
  modseq: 77,
  internalDay: Date.UTC(2026, 10, 21) / 86_400_000,
  header: null,
  body: null,
};
test('the header is decoded once, however many keys look into it', () => {
  const kept = 'Subject: =?utf-8?q?a?=\r\nFrom: bob\r\n';
  for (const header of [wholeHeader(ENTITY.fields), new IndexedHeaders().header(kept)])
    expect(header.lines()).toBe(header.lines());
  const whole = wholeHeader(ENTITY.fields);
  expect(whole.values('subject')).toEqual(['안녕 hello']);
  expect(whole.values('subject')).toBe(whole.values('subject'));
});

const HEADER_READ: MessageFacts = { ...NOTHING_READ, header: wholeHeader(ENTITY.fields) };
const ALL_READ: MessageFacts = { ...HEADER_READ, body: searchableBody(ENTITY, MESSAGE) };

function matches(text: string, facts: MessageFacts): boolean | null {
  const parser = new ImapParser([` ${Buffer.from(text, 'utf8').toString('latin1')}`]);
  const charset = parseSearchCharset(parser);
  const program = parseSearchProgram(parser);
  parser.end();
  requireSearchCharset(charset);
  return matchesKey(program, facts, ({ kind, set }, { number, uid }) => {
    const ranges = set === '$' ? ([[2, 3]] as const) : set;
    const rising = kind === 'uids' ? [10, 20, 30] : [1, 2, 3];
    return placesOf(rising, ranges).some((place) => rising[place] === (kind === 'uids' ? uid : number));
  });
}

test.each([
  ['ALL', true],
  ['SEEN', true],
  ['UNSEEN', false],
  ['ANSWERED', false],
  ['UNDELETED', true],
  ['KEYWORD $Work', true],
  ['UNKEYWORD $Work', false],
  ['NEW', false],
  ['OLD', true],
  ['RECENT', false],
  ['3', true],
  ['1:2', false],
  ['*:3', true],
  ['UID 30', true],
  ['UID 25:*', true],
  ['UID 1:29', false],
  ['LARGER 499', true],
  ['LARGER 500', false],
  ['SMALLER 501', true],
  ['ON 21-Nov-2026', true],
  ['SINCE "21-Nov-2026"', true],
  ['BEFORE 21-Nov-2026', false],
  ['SENTON 20-Nov-2026', true],
  ['SENTBEFORE 20-Nov-2026', false],
  ['SENTSINCE 21-Nov-2026', false],
  ['FROM hamburger', true],
  ['FROM "bob <BOB"', true],
  ['TO bob', false],
  ['SUBJECT hello', true],
  ['CHARSET UTF-8 SUBJECT "안녕 hello"', true],
  ['HEADER From ""', true],
  ['HEADER X-None ""', false],
  ['BODY "CAFÉ au lait"', true],
  ['BODY secret', false],
  ['BODY hamburger', false],
  ['TEXT hamburger', true],
  ['TEXT lait', true],
  ['NOT SEEN', false],
  ['OR UNSEEN LARGER 1', true],
  ['OR (UNSEEN LARGER 1) NOT 3', false],
  ['(SEEN) (3 UID 30)', true],
  ['SEEN UNSEEN', false],
  ['$', true],
  ['NOT $', false],
  ['MODSEQ 77', true],
  ['MODSEQ 78', false],
  ['MODSEQ 99999999999999999', false],
  ['MODSEQ "/flags/\\\\draft" all 77', true],
])('SEARCH %s: %s', (text, expected) => {
  expect(matches(text, ALL_READ)).toBe(expected);
});

test.each([
  ['SUBJECT hello', null, true],
  ['UNSEEN SUBJECT hello', false, false],
  ['OR SEEN BODY x', true, true],
  ['NOT BODY x', null, null],
  ['TEXT hamburger', null, true],
  ['TEXT lait', null, null],
])('SEARCH %s needs no more of a message than this', (text, unread, withHeader) => {
  expect(matches(text, NOTHING_READ)).toBe(unread);
  expect(matches(text, HEADER_READ)).toBe(withHeader);
});

test.each([
  '',
  'FOO',
  'NOT',
  'OR SEEN',
  '()',
  '(SEEN',
  'SUBJECT',
  'ON 31-Feb-2026',
  'LARGER x',
  'HEADER x',
  'UID',
  'MODSEQ',
  'MODSEQ "x" all 1',
  'MODSEQ "/flags/a" b 1',
])('SEARCH %j is refused', (text) => {
  expect(() => matches(text, ALL_READ)).toThrow(ProtocolViolation);
});

test('what the index keeps of a header answers like the whole header, and leaves open what it does not keep', () => {
  const kept = ENTITY.fields.map(({ octets }) => Buffer.from(octets).toString('latin1')).join('');
  const indexed = { ...NOTHING_READ, header: new IndexedHeaders().header(kept) };
  for (const text of [
    'SUBJECT hello',
    'SUBJECT "안녕 hello"',
    'FROM "bob <BOB"',
    'TO bob',
    'SENTON 20-Nov-2026',
    'BCC ""',
  ])
    expect(matches(text, indexed), text).toBe(matches(text, ALL_READ));
  expect(matches('HEADER Received x', indexed)).toBeNull();
  expect(matches('TEXT hamburger', indexed)).toBe(true);
  expect(matches('TEXT nowhere', indexed)).toBeNull();
});

test('a field is found in the index wherever it stands, however it is written, as in the whole header', () => {
  const name = fc.constantFrom('Subject', 'SUBJECT', 'subject ', 'From', 'To', 'X-Subject', 'Subjects');
  const value = fc.constantFrom(
    '',
    ' hello',
    ' =?utf-8?q?caf=C3=A9?=',
    ' caf\xc3\xa9',
    ' caf\xe9',
    '\r\n Subject: no',
    ' a\r\n\tb',
  );
  const field = fc.tuple(name, value).map(([one, text]) => `${one}:${text}\r\n`);
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
      const header = fields.join('');
      const whole = wholeHeader(splitHeaderSection(Buffer.from(header, 'latin1')).fields);
      const indexed = new IndexedHeaders().header(header);
      for (const asked of ['subject', 'from', 'subject']) expect(indexed.values(asked)).toEqual(whole.values(asked));
    }),
  );
});

test('deep and long searches are refused at once', () => {
  const deep = [`${'('.repeat(5000)}ALL${')'.repeat(5000)}`, `${'NOT '.repeat(3000)}ALL`, 'ALL '.repeat(3000)];
  const refused = () => {
    for (const text of deep) expect(() => matches(text.trim(), ALL_READ)).toThrow(ProtocolViolation);
  };
  expect(cpuMsOf(refused)).toBeLessThan(1_000);
});

test('an unknown character set is answered with those that are known', () => {
  expect(() => matches('CHARSET EUC-KR SUBJECT x', ALL_READ)).toThrow(Refusal);
});

test('any search is read or refused', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        matches(text, ALL_READ);
      } catch (error) {
        expect(error instanceof ProtocolViolation || error instanceof Refusal).toBe(true);
      }
    }),
  );
});
