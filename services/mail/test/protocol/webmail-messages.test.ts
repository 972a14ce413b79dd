import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitHeaderSection } from '../../src/protocol/header-section.ts';
import { EntityScanner } from '../../src/protocol/imap/entity-scanner.ts';
import { describeSource, type SourceBlock } from '../../src/protocol/message-source.ts';
import { parseReceived, readWay, stopsOf } from '../../src/protocol/message-way.ts';
import { readMessage } from '../../src/protocol/mime-message.ts';
import { namePageObjects } from '../../src/protocol/page-letter.ts';
import { openPartDecoder } from '../../src/protocol/part-decoder.ts';
import {
  addressReply,
  addressReplyToAll,
  forwardSubject,
  quote,
  replyReferences,
  replySubject,
} from '../../src/protocol/reply.ts';
import { contentDisposition, safeFilename } from '../../src/protocol/safe-filename.ts';
import { decodeBase64, decodeQuotedPrintable } from '../../src/protocol/transfer-encoding.ts';

const octets = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['base64', 'UE5H\r\nUE5HUA==\r\n', decodeBase64],
  ['base64', 'U E5H~UE5', decodeBase64],
  ['quoted-printable', 'a=3Db=\r\nc= \t\r\nd=ZZ e=\r\n=', decodeQuotedPrintable],
  ['quoted-printable', '=EC=95=88=', decodeQuotedPrintable],
] as const)('a part in %s that is cut anywhere is decoded as if it came at once', (encoding, encoded, decode) => {
  const whole = Buffer.from(decode(octets(encoded)));
  for (let first = 0; first <= encoded.length; first += 1) {
    for (let second = first; second <= encoded.length; second += 1) {
      const decoder = openPartDecoder(encoding);
      const pieces = [encoded.slice(0, first), encoded.slice(first, second), encoded.slice(second)];
      const decoded = Buffer.concat([...pieces.map((piece) => decoder.push(octets(piece))), decoder.end()]);
      expect(decoded.toString('latin1')).toBe(whole.toString('latin1'));
    }
  }
});

test.each([
  ['menu.pdf', 'menu.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\system.ini', 'system.ini'],
  ['a\r\nSet-Cookie: x=1', 'aSet-Cookie_ x=1'],
  ['\u202etxt.exe', 'txt.exe'],
  ['.bashrc', 'bashrc'],
  ['con.txt', '_con.txt'],
  ['a"b;c%d.txt', 'a_b_c_d.txt'],
  ['저녁 메뉴.jpg', '저녁 메뉴.jpg'],
  ['..', 'part-2'],
  ['', 'part-2'],
  ['\ud800.txt', 'txt'],
])('the name %j of a file becomes %j', (given, safe) => {
  expect(safeFilename(given, 'part-2')).toBe(safe);
});

test('any name becomes one that leads nowhere, and a field without line ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (given) => {
      const name = safeFilename(given, 'file');
      expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}]|^\./u);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(122);
      expect(contentDisposition('attachment', name)).toMatch(
        /^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\x21-\x7e]*$/,
      );
    }),
  );
});

test('a long name keeps its ending', () => {
  expect(safeFilename(`${'메뉴'.repeat(100)}.pdf`, 'file')).toMatch(/^(메뉴)+메?\.pdf$/);
});

const WAY = [
  'Return-Path: <alice@crepes.fr>',
  'Received: from mail.crepes.fr ([10.53.20.1])',
  '\tby mail.hamburger.edu with ESMTP id abc2',
  '\tfor <bob@hamburger.edu>;',
  '\tFri, 20 Nov 2026 03:54:34 +0000',
  'Lab-Exchange: mail-hamburger.x1',
  'Received: from browser ([10.53.100.1])',
  '\tby mail.crepes.fr with HTTP id abc1',
  '\tfor <bob@hamburger.edu>;',
  '\tFri, 20 Nov 2026 03:54:33 +0000',
  'From: alice@crepes.fr',
  '',
  '.',
  '',
].join('\r\n');

test('MAIL-06, SMTP-05 the Received fields tell the path: agent, server, server, mailbox, and nothing in between', () => {
  const hops = readWay(splitHeaderSection(octets(WAY)).fields);
  expect(hops[0]).toEqual({
    from: 'browser',
    address: '10.53.100.1',
    by: 'mail.crepes.fr',
    transmission: 'HTTP',
    id: 'abc1',
    recipient: 'bob@hamburger.edu',
    at: Date.UTC(2026, 10, 20, 3, 54, 33),
  });
  expect(stopsOf(hops, 'bob@hamburger.edu').map(({ kind, name, by }) => [kind, name, by])).toEqual([
    ['agent', 'browser', ''],
    ['server', 'mail.crepes.fr', 'HTTP'],
    ['server', 'mail.hamburger.edu', 'ESMTP'],
    ['mailbox', 'bob@hamburger.edu', ''],
  ]);
});

test('any Received field is read without harm', () => {
  expect(parseReceived('nonsense')).toMatchObject({ from: '', by: '', at: null });
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => typeof parseReceived(value).by === 'string'));
  expect(parseReceived(`from ${'[('.repeat(50_000)}`).by).toBe('');
});

function sourceOf(message: string, mailHost = 'mail.hamburger.edu') {
  const scanner = new EntityScanner();
  scanner.push(octets(message));
  return describeSource(octets(message), scanner.end(), mailHost);
}

test('MFMT-01, MFMT-04 the source is header fields of keyword and value, the empty line, and the body', () => {
  const { blocks, stuffedLines, eightBitOctets } = sourceOf(WAY);
  expect(blocks.map(({ kind }) => kind)).toEqual(['header', 'empty-line', 'body']);
  const [header] = blocks as [SourceBlock & { kind: 'header' }];
  expect(header.fields.map(({ name, value, isWrittenHere }) => [name, value.slice(0, 30), isWrittenHere])).toEqual([
    ['Return-Path', '<alice@crepes.fr>', true],
    ['Received', 'from mail.crepes.fr ([10.53.20', true],
    ['Lab-Exchange', 'mail-hamburger.x1', true],
    ['Received', 'from browser ([10.53.100.1])\tb', false],
    ['From', 'alice@crepes.fr', false],
  ]);
  // The line with a single full stop travels with two.
  expect(stuffedLines).toBe(1);
  expect(eightBitOctets).toBe(0);
});

test('every line of the source stands where it is in the message, up to the last', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom('A: b', ' c', '', '.', '--x', '--x--', 'Content-Type: multipart/mixed; boundary=x', '\xe4'),
        { maxLength: 20 },
      ),
      (lines) => {
        const message = lines.join('\r\n');
        const shown = sourceOf(message).blocks.flatMap((block) =>
          block.kind === 'header'
            ? block.fields.flatMap((field) => field.lines)
            : block.kind === 'empty-line'
              ? []
              : block.lines,
        );
        for (const line of shown) {
          expect(message.slice(line.at, line.at + line.octets.length)).toBe(
            Buffer.from(line.octets).toString('latin1'),
          );
        }
      },
    ),
  );
});

test('a bomb has a source too, in bounds', () => {
  const bomb = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}`;
  const { blocks, isCut } = sourceOf(bomb);
  expect(blocks.length).toBeLessThanOrEqual(200);
  expect(isCut).toBe(true);
});

const ORIGINAL = readMessage(
  octets(
    'From: Bob <bob@hamburger.edu>\r\nTo: alice@crepes.fr, Claire <claire@crepes.fr>\r\nCc: DAVE@hamburger.edu, bob@hamburger.edu\r\n' +
      'Message-ID: <c@x>\r\nReferences: <a@x> <b@x>\r\nSubject: RE: lunch\r\n\r\nx',
  ),
);

test('MAIL-02 a reply goes to the writer, one to all to everybody else once, and none to oneself (RFC 5322, section 3.6.3)', () => {
  const addresses = (list: readonly { address: string }[]) => list.map(({ address }) => address);
  expect(addresses(addressReply(ORIGINAL, 'alice@crepes.fr').to)).toEqual(['bob@hamburger.edu']);
  const all = addressReplyToAll(ORIGINAL, 'alice@crepes.fr');
  expect(addresses(all.to)).toEqual(['bob@hamburger.edu']);
  expect(addresses(all.cc)).toEqual(['claire@crepes.fr', 'DAVE@hamburger.edu']);
  // Who answers their own message goes on writing to the same people.
  expect(addresses(addressReply(ORIGINAL, 'BOB@hamburger.edu').to)).toEqual(['alice@crepes.fr', 'claire@crepes.fr']);
  const toOneself = readMessage(octets('From: a@x.y\r\nTo: a@x.y, b@x.y\r\n\r\n'));
  expect(addresses(addressReplyToAll(toOneself, 'a@x.y').to)).toEqual(['b@x.y']);
  const alone = readMessage(octets('From: a@x.y\r\nTo: A@x.y\r\n\r\n'));
  expect(addresses(addressReply(alone, 'a@x.y').to)).toEqual(['A@x.y']);
  const withReplyTo = readMessage(octets('From: a@x.y\r\nReply-To: list@x.y\r\n\r\n'));
  expect(addresses(addressReply(withReplyTo, 'alice@crepes.fr').to)).toEqual(['list@x.y']);
});

test('MAIL-02 In-Reply-To is the original, References its own and the original behind (RFC 5322, section 3.6.4)', () => {
  expect(replyReferences(ORIGINAL)).toEqual({ inReplyTo: '<c@x>', references: '<a@x> <b@x> <c@x>' });
  const first = readMessage(octets('Message-ID: <b@x>\r\nIn-Reply-To: <a@x>\r\n\r\n'));
  expect(replyReferences(first).references).toBe('<a@x> <b@x>');
  const nameless = readMessage(octets('\r\n'));
  expect(replyReferences(nameless)).toEqual({ inReplyTo: '', references: '' });
  const long = readMessage(
    octets(`Message-ID: <z@x>\r\nReferences: ${Array.from({ length: 90 }, (_, n) => `<${n}@x>`).join(' ')}\r\n\r\n`),
  );
  const kept = replyReferences(long).references.split(' ');
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([40, '<0@x>', '<z@x>']);
});

test('subjects are prefixed once, and quotes are quoted deeper', () => {
  expect([replySubject('RE: lunch'), replySubject('lunch'), forwardSubject('Fwd: x'), forwardSubject('x')]).toEqual([
    'RE: lunch',
    'Re: lunch',
    'Fwd: x',
    'Fwd: x',
  ]);
  expect(quote('a\n\n> b\n')).toBe('> a\n>\n>> b');
});

test('a page names the pictures that travel with it by cid: (RFC 2392), and no others', () => {
  const objects = [
    { filename: '01.jpg', contentId: 'one@x' },
    { filename: '메뉴.png', contentId: 'two@x' },
    { filename: 'unused.png', contentId: 'three@x' },
  ];
  const page = `<img src="/album/01.jpg?big"><img src='%EB%A9%94%EB%89%B4.png'><img src=01.jpg><img src="other.png"><img src="%zz">`;
  const { html, named } = namePageObjects(page, objects);
  expect(html).toBe(
    `<img src="cid:one@x"><img src="cid:two@x"><img src="cid:one@x"><img src="other.png"><img src="%zz">`,
  );
  expect(named.map(({ contentId }) => contentId)).toEqual(['one@x', 'two@x']);
});
