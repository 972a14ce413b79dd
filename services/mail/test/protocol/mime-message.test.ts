import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { decodeCharset } from '../../src/protocol/charset.ts';
import { parseMessageDate } from '../../src/protocol/field-date.ts';
import { joinFlowedLines } from '../../src/protocol/flowed-text.ts';
import { EntityScanner } from '../../src/protocol/imap/entity-scanner.ts';
import { parseFieldWithParameters } from '../../src/protocol/imap/media-type.ts';
import { findPart, partOctets } from '../../src/protocol/message-part.ts';
import { bodyOf, describeMessage, readMessage, readMessageIds } from '../../src/protocol/mime-message.ts';
import { parameterText } from '../../src/protocol/mime-parameters.ts';
import { joinOctets } from '../../src/protocol/octets.ts';
import { composeMessage } from '../../src/server/compose.ts';

const octets = (text: string) => Buffer.from(text, 'latin1');

const MIXED = [
  'From: =?utf-8?B?67CU?= <bob@hamburger.edu>',
  'Subject: =?utf-8?Q?lunch?=',
  'Content-Type: multipart/mixed; boundary="b 1"',
  '',
  'preamble',
  '--b 1',
  'Content-Type: multipart/alternative; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/html',
  '',
  '<b>html</b>',
  '--inner',
  'Content-Type: text/plain; charset="utf-8"',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'caf=C3=A9',
  '--inner--',
  '--b 1  ',
  'Content-Type: image/png; name=x.png',
  'Content-Disposition: attachment; filename="../../=?utf-8?B?7JWI?=.png"',
  'Content-Transfer-Encoding: base64',
  '',
  'UE5H',
  '--b 1--',
  'epilogue',
].join('\r\n');

test('a message has its text, its HTML and its attachments, each with its number', () => {
  const message = readMessage(octets(MIXED));
  expect(message).toMatchObject({
    from: [{ name: '바', address: 'bob@hamburger.edu' }],
    subject: 'lunch',
    text: 'café',
    htmlText: '<b>html</b>',
    missing: ['To', 'Date'],
  });
  expect(message.attachments).toMatchObject([{ section: '2', type: 'image/png', filename: '../../안.png' }]);
  const [picture] = message.attachments;
  expect(Buffer.from(partOctets(picture!, bodyOf(picture!, octets(MIXED)))).toString()).toBe('PNG');
  expect(findPart(message.part, '1.2')?.type).toBe('text/plain');
  expect(findPart(message.part, '3')).toBeNull();
});

test('the same message with the line ends of a file is read the same', () => {
  const read = (message: string) => {
    const { text, htmlText, subject, attachments } = readMessage(octets(message));
    return { text, htmlText, subject, sizes: attachments.map((part) => part.octets) };
  };
  expect(read(MIXED.replaceAll('\r\n', '\n'))).toEqual(read(MIXED));
});

test('texts that follow each other are all shown; what is sent as an attachment is not', () => {
  const part = (fields: string, body: string) => `--b\r\n${fields}\r\n\r\n${body}\r\n`;
  const message = [
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n',
    part('Content-Type: text/plain', 'one'),
    part('Content-Type: text/plain\r\nContent-Disposition: attachment; filename=notes.txt', 'hidden'),
    part('Content-Type: text/plain\r\nContent-Disposition: inline', 'two'),
    '--b--\r\n',
  ].join('');
  const { text, attachments } = readMessage(octets(message));
  expect(text).toBe('one\ntwo');
  expect(attachments.map(({ filename }) => filename)).toEqual(['notes.txt']);
});

test.each([
  ['euc-kr', [0xbe, 0xc8, 0xb3, 0xe7], '안녕'],
  ...[
    'cp949',
    'CP949',
    'ms949',
    'x-windows-949',
    'uhc',
    'euc_kr',
    'x-euc-kr',
    'EUCKR',
    'ks_c_5601',
    'ksc5601-1987',
    'windows-949',
    'korean',
    'iso-ir-149',
    'csKSC56011987',
    'ks_c_5601-1989',
  ].map((name): [string, number[], string] => [name, [0xbe, 0xc8, 0xb3, 0xe7], '안녕']),
  ['ks_c_5601-1987', [0xbe, 0xc8, 0xb3, 0xe7], '안녕'],
  // Syllables that KS X 1001 has not, at the corners of their rows, with what stands around them.
  ['cp949', [0x41, 0x8c, 0x63, 0xb0, 0xa1, 0x81, 0x41, 0x42], 'A똠가갂B'],
  ['euc-kr', [0xa0, 0xfe, 0xa1, 0x41, 0xc6, 0x52], '좤좥힣'],
  ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42], 'あ'],
  ['Windows-1252', [0x93, 0x41, 0x94], '“A”'],
  ['iso-8859-15', [0xa4], '€'],
  ['utf-8', [0xec, 0x95, 0x88], '안'],
  ['us-ascii', [0xec, 0x95, 0x88], '안'],
  ['no-such-charset', [0x41], 'A'],
])('octets in %s are read as text', (charset, given, text) => {
  expect(decodeCharset(Uint8Array.from(given), charset)).toBe(text);
});

test('UTF-7 stays as it is: no mark-up comes out of it', () => {
  expect(decodeCharset(octets('+ADw-script+AD4-'), 'utf-7')).toBe('+ADw-script+AD4-');
});

test('an encoded comma or bracket in a name separates nothing (RFC 2047, section 6.2)', () => {
  const message =
    'From: =?utf-8?Q?Kim=2C_Alice_=3Cx=40y.z=3E?= <alice@crepes.fr>\r\nTo: Friends: bob@hamburger.edu, dave@hamburger.edu;\r\n\r\n';
  const { from, to } = readMessage(octets(message));
  expect(from).toEqual([{ name: 'Kim, Alice <x@y.z>', address: 'alice@crepes.fr' }]);
  expect(to.map(({ address }) => address)).toEqual(['bob@hamburger.edu', 'dave@hamburger.edu']);
});

test('what was in quotes in an address stays in quotes, so that it is one address wherever it is written again', () => {
  const { from } = readMessage(octets('From: "bob@hamburger.edu, x"@evil.example\r\n\r\n'));
  expect(from).toEqual([{ name: '', address: '"bob@hamburger.edu, x"@evil.example' }]);
});

test('no name turns the address behind it around, and no address turns itself', () => {
  const turned = Buffer.from(
    'From: "\u202emoc.knab@eciffo" <x@evil.example>, =?utf-8?B?4oCuYQ0KYg==?= <y@evil.example>, \u202ez@evil.example\r\n\r\n',
  );
  expect(readMessage(turned).from).toEqual([
    { name: 'moc.knab@eciffo', address: 'x@evil.example' },
    { name: 'ab', address: 'y@evil.example' },
  ]);
});

test('header fields and addresses in plain UTF-8 are read (RFC 6532)', () => {
  const message = Buffer.from('From: 앨리스 <앨리스@crepes.fr>\r\nSubject: 안녕\r\n\r\n', 'utf8');
  expect(readMessage(message)).toMatchObject({
    from: [{ name: '앨리스', address: '앨리스@crepes.fr' }],
    subject: '안녕',
  });
});

test.each([
  ["attachment; filename*=utf-8''%EB%A9%94%EB%89%B4.png", '메뉴.png'],
  ["attachment; filename*0*=utf-8''%EB%A9%94; filename*1*=%EB%89%B4; filename*2=.png", '메뉴.png'],
  ["attachment; filename*=euc-kr''%BE%C8.txt", '안.txt'],
  ['attachment; filename*0="a b"; filename*1=c', 'a bc'],
  ['attachment; filename="=?utf-8?B?7JWI?="', '안'],
  ['attachment; filename=plain.txt', 'plain.txt'],
  ['attachment', ''],
])('the file name of %j is read (RFC 2231)', (field, filename) => {
  expect(parameterText(parseFieldWithParameters(field).parameters, 'filename')).toBe(filename);
});

test.each([
  ['a \nb\n', false, 'a b\n'],
  ['a \nb\n', true, 'ab\n'],
  ['> a \n> b\nc', false, '> a b\nc'],
  ['> a \nb', false, '> a \nb'],
  [' >not a quote', false, '>not a quote'],
  ['-- \nAlice', false, '-- \nAlice'],
])('flowing text %j (DelSp %s) is joined (RFC 3676)', (text, deletesSpace, joined) => {
  expect(joinFlowedLines(text, deletesSpace)).toBe(joined);
});

test.each([
  ['Fri, 20 Nov 2026 03:54:33 +0900', '2026-11-19T18:54:33.000Z'],
  ['20 Nov 2026 03:54 GMT', '2026-11-20T03:54:00.000Z'],
  ['Fri, 20 Nov 2026 3:54:33 EST (a comment)', '2026-11-20T08:54:33.000Z'],
  ['Fri, 20 Nov 2026 03:54:33', '2026-11-20T03:54:33.000Z'],
  ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06.000Z'],
  ['21 Nov 26 09:55:06 GMT', '2026-11-21T09:55:06.000Z'],
  ['21 Nov 126 09:55:06 GMT', '2026-11-21T09:55:06.000Z'],
  ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06.000Z'],
])('the date %j is read (RFC 5322, sections 3.3 and 4.3)', (field, iso) => {
  expect(new Date(parseMessageDate(field) ?? 0).toISOString()).toBe(iso);
});

test.each(['', 'yesterday', '31 Feb 2026 00:00:00 +0000', '1 Nov 2026 25:00:00 +0000', 'x'.repeat(100_000)])(
  'a date that cannot be read is none',
  (field) => {
    expect(parseMessageDate(field)).toBeNull();
  },
);

test('a message inside of a message is described with numbers of its own', () => {
  const inner = `Subject: inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\ntext\r\n--i\r\nContent-Type: image/png\r\n\r\nP\r\n--i--\r\n`;
  const message = octets(
    `Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nouter\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--o--\r\n`,
  );
  const { text, part, attachments } = readMessage(message);
  expect(text).toBe('outer');
  expect(attachments).toMatchObject([{ section: '2', type: 'message/rfc822' }]);
  expect(findPart(part, '2.2')?.type).toBe('image/png');
  const described = describeMessage(attachments[0]!.entity.message!, '2');
  expect(described.subject).toBe('inner');
  expect(described.texts.map(({ section }) => section)).toEqual(['2.1']);
});

test.each([
  [
    'a multipart that was cut off',
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo',
    'one\ntwo',
  ],
  ['a multipart without a boundary', 'Content-Type: multipart/mixed\r\n\r\nwhole', ''],
  ['an unknown encoding', 'Content-Transfer-Encoding: x-rot13\r\n\r\nwhole', 'whole'],
  ['base64 with rubbish in it', 'Content-Transfer-Encoding: base64\r\n\r\n~~d2h-vb#GU=', 'whole'],
  ['no header', '\r\nwhole', 'whole'],
  ['nothing', '', ''],
])('%s is shown as far as it goes', (_what, message, text) => {
  expect(readMessage(octets(message)).text).toBe(text);
});

test('identifiers are those between brackets, and of too many the last (RFC 5322, section 3.6.4)', () => {
  expect(readMessageIds('<a@b> rubbish <c@d>\r\n <a@b>')).toEqual(['<a@b>', '<c@d>']);
  expect(readMessageIds(Array.from({ length: 500 }, (_, id) => `<${id}@x>`).join(' ')).at(-1)).toBe('<499@x>');
});

test.each([
  ['100,000 header fields', 'X-A: 1\r\n'.repeat(100_000)],
  ['a header line of a megabyte', `X-A: ${'a'.repeat(1_000_000)}\r\n`],
  ['addresses without end', `To: ${'a@b.c,'.repeat(200_000)}\r\n`],
  ['encoded words without end', `Subject: ${'=?utf-8?B?7JWI?= '.repeat(50_000)}\r\n`],
  [
    'a thousand levels',
    Array.from({ length: 1_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(
      '',
    ),
  ],
  ['ten thousand parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}`],
])('a bomb of %s is described in bounds', (_what, bomb) => {
  const message = readMessage(octets(`${bomb}\r\n`));
  expect(message.fields.length).toBeLessThanOrEqual(200);
  expect(message.text.length).toBeLessThanOrEqual(1024 * 1024);
  expect(message.to.length).toBeLessThanOrEqual(20_000);
});

test('any octets are read without harm, and in any pieces the same', () => {
  const near = fc.stringMatching(
    /^(Content-Type: multipart\/mixed; boundary=b\r\n|Content-Type: text\/html; charset=euc-kr\r\n|--b\r\n|--b--\r\n|\r\n|=\?utf-8\?[BQ]\?=E=\?=){0,12}$/,
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), near.map(octets)), fc.nat(500), (message, split) => {
      const whole = readMessage(message);
      expect(typeof whole.text).toBe('string');
      const scanner = new EntityScanner();
      scanner.push(message.subarray(0, split));
      scanner.push(message.subarray(split));
      expect(describeMessage(scanner.end()).subject).toBe(whole.subject);
    }),
  );
});

test('mailparser reads in our letters what we read, and we in them what was written', async () => {
  const composed = await composeMessage({
    from: { name: '앨리스, "A"', address: 'alice@crepes.fr' },
    to: [{ localPart: 'bob', domain: 'hamburger.edu' }],
    cc: [],
    subject: '일곱 시에 크레프 어때요? '.repeat(8).trim(),
    text: '안녕\n.\nFrom here\n',
    html: '<p>안녕 <img src="cid:p@x"></p>',
    attachments: [
      { filename: '저녁 메뉴.png', type: 'image/png', content: Uint8Array.from([0, 255, 13, 10, 46]) },
      { filename: 'p.png', type: 'image/png', content: Uint8Array.from([1, 2, 3]), contentId: 'p@x' },
    ],
    inReplyTo: '<a@b>',
    references: '<z@b> <a@b>',
    at: 1_795_146_873_000,
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of composed) pieces.push(piece);
  const letter = joinOctets(pieces);
  const [ours, theirs] = [readMessage(letter), await simpleParser(Buffer.from(letter))];
  expect(ours.subject).toBe(theirs.subject);
  expect(ours.from).toEqual(theirs.from?.value);
  expect(ours.text.trimEnd()).toBe(theirs.text?.trimEnd());
  expect(ours.date).toBe(theirs.date?.getTime());
  expect(ours.references).toEqual(theirs.references);
  expect(ours.inReplyTo).toEqual([theirs.inReplyTo]);
  const contents = ours.attachments.map((part) => [part.filename, [...partOctets(part, bodyOf(part, letter))]]);
  expect(new Map(contents as [string, number[]][])).toEqual(
    new Map(theirs.attachments.map(({ filename, content }) => [filename ?? '', [...content]])),
  );
});
