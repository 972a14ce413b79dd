import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuMsOf } from '#shared/host/test/kit/cpu-time.ts';
import { parseAddressStructures } from '../../../src/protocol/imap/address-structure.ts';
import { formatBodyStructure } from '../../../src/protocol/imap/body-structure.ts';
import type { Entity } from '../../../src/protocol/imap/entity.ts';
import { EntityScanner } from '../../../src/protocol/imap/entity-scanner.ts';
import { formatEnvelope } from '../../../src/protocol/imap/envelope.ts';
import { parseFieldWithParameters } from '../../../src/protocol/imap/media-type.ts';
import { ImapParser } from '../../../src/protocol/imap/parser.ts';
import { locateSection, parseSection } from '../../../src/protocol/imap/section.ts';

const octets = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

function scan(...pieces: readonly Uint8Array[]): Entity {
  const scanner = new EntityScanner();
  for (const piece of pieces) scanner.push(piece);
  return scanner.end();
}

/** The message of RFC 3501, section 6.4.5, with contents: text, octets, a message, and a multipart. */
const INNER = [
  'Subject: inner',
  'Content-Type: multipart/mixed; boundary=in',
  '',
  '--in',
  '',
  'inner text',
  '--in',
  'Content-Type: application/octet-stream',
  '',
  'octets',
  '--in--',
  '',
].join('\r\n');
const MESSAGE = [
  'From: Bob <bob@hamburger.edu>',
  'Subject: outer',
  'Content-Type: multipart/mixed; boundary="out er"',
  '',
  'preamble',
  '--out er',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Language: en, fr',
  '',
  'first',
  'second',
  '--out er',
  'Content-Type: application/octet-stream; name="a \\"b\\".bin"',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename=a.bin',
  '',
  'AAAA',
  '--out er',
  'Content-Type: message/rfc822',
  '',
  INNER,
  '--out er',
  'Content-Type: multipart/alternative; boundary=alt',
  '',
  '--alt',
  '',
  '--alt',
  'Content-Type: text/html',
  '',
  '<p>',
  '--alt--',
  '--out er--',
  'epilogue',
].join('\r\n');

function section(message: string, name: string): string | null {
  const located = locateSection(scan(octets(message)), parseSection(new ImapParser([`[${name}]`])));
  if (located === null) return null;
  if (located.kind === 'octets') return Buffer.from(located.octets).toString('latin1');
  return message.slice(located.from, located.to);
}

describe('sections', () => {
  test.each([
    ['', MESSAGE],
    ['HEADER', MESSAGE.slice(0, MESSAGE.indexOf('\r\n\r\n') + 4)],
    ['HEADER.FIELDS (subject x-none)', 'Subject: outer\r\n\r\n'],
    ['HEADER.FIELDS.NOT (From Content-Type)', 'Subject: outer\r\n\r\n'],
    ['TEXT', MESSAGE.slice(MESSAGE.indexOf('preamble'))],
    ['1', 'first\r\nsecond'],
    ['1.MIME', 'Content-Type: text/plain; charset=utf-8\r\nContent-Language: en, fr\r\n\r\n'],
    ['2', 'AAAA'],
    ['3', INNER],
    ['3.HEADER', 'Subject: inner\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n'],
    ['3.HEADER.FIELDS (Subject)', 'Subject: inner\r\n\r\n'],
    ['3.TEXT', INNER.slice(INNER.indexOf('--in'))],
    ['3.1', 'inner text'],
    ['3.2.MIME', 'Content-Type: application/octet-stream\r\n\r\n'],
    ['4.1', ''],
    ['4.2', '<p>'],
    ['5', null],
    ['1.1', null],
    ['1.HEADER', null],
    ['2.TEXT', null],
    ['3.3', null],
  ])('[%s]', (name, expected) => {
    expect(section(MESSAGE, name)).toBe(expected);
  });

  // The line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1).
  test.each([
    ['Content-Type: text/html\r\n\r\n', 'Content-Type: text/html\r\n\r\n'],
    ['Content-Type: text/html\r\n', 'Content-Type: text/html\r\n'],
    ['\r\n', '\r\n'],
    ['', ''],
  ])('a part of no more than %j has that as its MIME header, and no body', (part, mime) => {
    const message = `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${part}\r\n--b--\r\n`;
    expect([section(message, '1.MIME'), section(message, '1')]).toEqual([mime, '']);
  });

  test('a message inside that is only a header is no longer than the part that it is in', () => {
    const inner = 'Subject: x\r\nTo: y\r\n';
    const part = `Content-Type: message/rfc822\r\n\r\n${inner}`;
    const message = `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${part}\r\n--b--\r\n`;
    expect([section(message, '1'), section(message, '1.HEADER'), section(message, '1.TEXT')]).toEqual([
      inner,
      inner,
      '',
    ]);
  });

  test('a message that is no multipart has one part: its body', () => {
    const plain = 'Subject: x\r\n\r\nbody\r\n';
    expect(section(plain, '1')).toBe('body\r\n');
    expect(section(plain, 'TEXT')).toBe('body\r\n');
    expect(section(plain, '2')).toBeNull();
    expect(section(plain, '1.1')).toBeNull();
    const nested = `Content-Type: message/rfc822\r\n\r\n${plain}`;
    expect(section(nested, '1')).toBe(plain);
    expect(section(nested, '1.HEADER')).toBe('Subject: x\r\n\r\n');
    expect(section(nested, '1.1')).toBe('body\r\n');
  });
});

test('BODYSTRUCTURE tells the tree', () => {
  const alternative =
    '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 3 0 NIL NIL NIL NIL) "alternative" ("boundary" "alt") NIL NIL NIL)';
  const inner =
    '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 0 NIL NIL NIL NIL)("application" "octet-stream" NIL NIL NIL "7bit" 6 NIL NIL NIL NIL) "mixed" ("boundary" "in") NIL NIL NIL)';
  const envelope = '(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL)';
  expect(formatBodyStructure(scan(octets(MESSAGE)), true)).toBe(
    `(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 13 1 NIL NIL ("en" "fr") NIL)("application" "octet-stream" ("name" "a \\"b\\".bin") NIL NIL "base64" 4 NIL ("attachment" ("filename" "a.bin")) NIL NIL)("message" "rfc822" NIL NIL NIL "7bit" ${INNER.length} ${envelope} ${inner} 11 NIL NIL NIL NIL)${alternative} "mixed" ("boundary" "out er") NIL NIL NIL)`,
  );
  expect(formatBodyStructure(scan(octets('\r\nx\r\n')), false)).toBe(
    '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1)',
  );
});

test('the tree is the same, wherever the message is split', () => {
  const whole = JSON.stringify(scan(octets(MESSAGE)));
  for (let split = 0; split <= MESSAGE.length; split += 1) {
    expect(JSON.stringify(scan(octets(MESSAGE.slice(0, split)), octets(MESSAGE.slice(split))))).toBe(whole);
  }
});

test('of two multiparts with the same boundary, one inside of the other, the inner one has the delimiters until it ends', () => {
  const inner = 'Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\n';
  const around = `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${inner}--b\r\nContent-Type: image/gif\r\n\r\n3\r\n--b--\r\n--b\r\n\r\nno part\r\n`;
  const tree = scan(octets(around));
  expect(tree.parts.map(({ mediaType, parts }) => [mediaType.value, parts.length])).toEqual([
    ['multipart/alternative', 2],
    ['image/gif', 0],
  ]);
});

test('parts of a digest are messages, unless they say otherwise', () => {
  const digest = scan(
    octets('Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: x\r\n\r\ny\r\n--d--\r\n'),
  );
  expect(digest.parts[0]?.mediaType.value).toBe('message/rfc822');
  expect(digest.parts[0]?.message?.fields[0]?.name).toBe('Subject');
});

test('a multipart without parts, and a message in base64, are told as octets', () => {
  expect(formatBodyStructure(scan(octets('Content-Type: multipart/mixed\r\n\r\nx\r\n')), false)).toMatch(
    /^\("application" "octet-stream" /,
  );
  const encoded = 'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n';
  expect(formatBodyStructure(scan(octets(encoded)), false)).toMatch(/^\("application" "octet-stream" .*"base64" 6\)$/);
});

describe('hostile messages', () => {
  test('the choice among many fields by many names takes one look at each', () => {
    const message = `${'a:\r\n'.repeat(60_000)}\r\n`;
    const names = Array.from({ length: 20_000 }, (_, index) => `x${index}`).join(' ');
    expect(section(message, `HEADER.FIELDS (${names})`)).toBe('\r\n');
    expect(section(message, `HEADER.FIELDS.NOT (${names})`)).toBe(message);
  });

  const quickly = (work: () => void) => expect(cpuMsOf(work)).toBeLessThan(5_000);

  test('a thousand levels and ten thousand parts are told as far as the limits go', () => {
    const levels = Array.from(
      { length: 1000 },
      (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
    );
    quickly(() =>
      expect(formatBodyStructure(scan(octets(levels.join(''))), true).split('"mixed"').length).toBeLessThan(60),
    );
    const messages = 'Content-Type: message/rfc822\r\n\r\n'.repeat(1000);
    quickly(() => expect(formatBodyStructure(scan(octets(messages)), true).split('"rfc822"').length).toBeLessThan(60));
    const parts = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}--b--\r\n`;
    quickly(() => expect(scan(octets(parts)).parts.length).toBeLessThanOrEqual(1000));
  });

  test('a hundred thousand fields and a field of a megabyte are read as far as the limits go', () => {
    quickly(() => expect(scan(octets(`${'X-Y: z\r\n'.repeat(100_000)}\r\nbody`)).bodyTo).toBe(800_006));
    quickly(() => formatEnvelope(scan(octets(`To: ${'a@b, '.repeat(200_000)}\r\n\r\nbody`)).fields));
    quickly(() => formatEnvelope(scan(octets(`To: ${'('.repeat(1_000_000)}\r\n\r\nbody`)).fields));
    quickly(() => formatBodyStructure(scan(octets(`Content-Type: a/b${';c="'.repeat(100_000)}\r\n\r\n`)), true));
  });

  test('any message has a tree whose parts lie inside of it', () => {
    const line = fc.constantFrom(
      '--a',
      '--b',
      '--a--',
      '',
      'x',
      'Content-Type: multipart/mixed; boundary=a',
      'Content-Type: multipart/x; boundary=b',
      'Content-Type: message/rfc822',
      ' folded',
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const message = lines.join('\r\n');
        const check = (entity: Entity, from: number, to: number) => {
          expect(entity.headerFrom).toBeGreaterThanOrEqual(from);
          expect(entity.bodyFrom).toBeGreaterThanOrEqual(entity.headerFrom);
          expect(entity.bodyTo).toBeGreaterThanOrEqual(entity.bodyFrom);
          expect(entity.bodyTo).toBeLessThanOrEqual(to);
          for (const part of entity.parts) check(part, entity.bodyFrom, entity.bodyTo);
          if (entity.message !== null) check(entity.message, entity.bodyFrom, entity.bodyTo);
        };
        const tree = scan(octets(message));
        check(tree, 0, message.length);
        formatBodyStructure(tree, true);
      }),
    );
  });
});

test.each([
  ['Bob <bob@hamburger.edu>', [['Bob', null, 'bob', 'hamburger.edu']]],
  ['bob@hamburger.edu (Bob B.)', [['Bob B.', null, 'bob', 'hamburger.edu']]],
  [
    '"Q, \\"x\\"" <q@x>, y@z',
    [
      ['Q, "x"', null, 'q', 'x'],
      [null, null, 'y', 'z'],
    ],
  ],
  ['<@a,@b:c@d>', [[null, '@a,@b', 'c', 'd']]],
  ['x@[127.0.0.1]', [[null, null, 'x', '[127.0.0.1]']]],
  ['"a b"@c', [[null, null, 'a b', 'c']]],
  [
    'Group: a@b, c@d;',
    [
      [null, null, 'Group', null],
      [null, null, 'a', 'b'],
      [null, null, 'c', 'd'],
      [null, null, null, null],
    ],
  ],
  [
    'undisclosed-recipients:;',
    [
      [null, null, 'undisclosed-recipients', null],
      [null, null, null, null],
    ],
  ],
  ['nonsense', [[null, null, 'nonsense', '']]],
  ['', []],
])('the addresses of %s', (value, expected) => {
  expect(parseAddressStructures(value).map(({ name, adl, mailbox, host }) => [name, adl, mailbox, host])).toEqual(
    expected,
  );
});

test('any field is read', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      parseAddressStructures(value);
      parseFieldWithParameters(value);
    }),
  );
});

test('ENVELOPE puts From where Sender and Reply-To are missing, and octets into literals', () => {
  const { fields } = scan(octets('From: Bob <b@c>\r\nSubject: \xc3\xa9\r\nCc: d@e\r\nReply-To:\r\n\r\n'));
  expect(formatEnvelope(fields)).toBe(
    '(NIL {2}\r\n\xc3\xa9 (("Bob" NIL "b" "c")) (("Bob" NIL "b" "c")) (("Bob" NIL "b" "c")) NIL ((NIL NIL "d" "e")) NIL NIL NIL)',
  );
});

test('ENVELOPE tells the receivers of all fields of a name, and of other fields the first (RFC 5322, section 4.5.3)', () => {
  const { fields } = scan(octets('To: "a <a@x>\r\nTo: b@y\r\nCc: c@z\r\ncc: d@z\r\nFrom: e@z\r\nFrom: f@z\r\n\r\n'));
  const from = '((NIL NIL "e" "z"))';
  expect(formatEnvelope(fields)).toBe(
    `(NIL NIL ${from} ${from} ${from} ((NIL NIL "a <a@x>" "")(NIL NIL "b" "y")) ((NIL NIL "c" "z")(NIL NIL "d" "z")) NIL NIL NIL)`,
  );
});

test.each([
  ['a=1; b=2', '"a" "1" "b" "2"'],
  ['name*0="a b"; name*1=c; x=y', '"name" "a bc" "x" "y"'],
  ['x=y; name*1=b; name*0=a', '"x" "y" "name" "ab"'],
  ['name*0=a; name*2=c', '"name" "a" "name*2" "c"'],
  [
    "title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
    `"title*" "us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!"`,
  ],
  ['title*0="50%"; title*1*=%20off', `"title*" "''50%25%20off"`],
  ['name*1=b; name*2=c', '"name*1" "b" "name*2" "c"'],
  ['name*00=a; name*=b', '"name*00" "a" "name*" "b"'],
])('BODYSTRUCTURE tells the parameters %s as %s (RFC 2231, section 6)', (written, told) => {
  const form = formatBodyStructure(scan(octets(`Content-Type: a/b; ${written}\r\n\r\n`)), true);
  expect(form).toBe(`("a" "b" (${told}) NIL NIL "7bit" 0 NIL NIL NIL NIL)`);
});
