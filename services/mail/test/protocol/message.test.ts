import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDateTime } from '../../src/protocol/date-time.ts';
import { decodeEncodedWords } from '../../src/protocol/encoded-word.ts';
import { HOPS_MAX, takeHeaderSection } from '../../src/protocol/header-intake.ts';
import { fieldValue, splitHeaderSection } from '../../src/protocol/header-section.ts';
import { CrlfCounter, ToCrlf, ToLineFeeds } from '../../src/protocol/line-ends.ts';
import { HeaderCollector, MailDataInspector } from '../../src/protocol/mail-data.ts';
import { parseContentType, readMessage, splitParts } from '../../src/protocol/mime-message.ts';
import { joinOctets } from '../../src/protocol/octets.ts';
import { decodeBase64, decodeQuotedPrintable } from '../../src/protocol/transfer-encoding.ts';

const octets = (text: string) => Buffer.from(text, 'latin1');
const text = (given: Uint8Array) => Buffer.from(given).toString('latin1');

test('header fields are keyword, colon and value; folded lines are joined; the body follows the empty line', () => {
  const message = octets('Subject: one\r\n two\r\nX-Empty:\r\n\tthree\r\n\r\nBody: no field\r\n');
  const { fields, bodyAt } = splitHeaderSection(message);
  expect(fields.map((field) => [field.name, fieldValue(field)])).toEqual([
    ['Subject', 'one two'],
    ['X-Empty', 'three'],
  ]);
  expect(text(message.subarray(bodyAt))).toBe('Body: no field\r\n');
});

test.each([
  ['', 0],
  ['\r\nbody', 2],
  ['no field\r\nA: b\r\n\r\n', 0],
  ['A: b\r\nno field\r\n', 6],
  [' continued\r\n', 0],
  ['A: b', 4],
  ['A: b\n\nbody', 6],
])('the body of %j begins at %i', (message, bodyAt) => {
  expect(splitHeaderSection(octets(message)).bodyAt).toBe(bodyAt);
});

test('every message splits into fields and a body that together are the message', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      const { fields, endsAt, bodyAt } = splitHeaderSection(message);
      expect(joinOctets(fields.map((field) => field.octets))).toEqual(message.subarray(0, endsAt));
      expect(bodyAt).toBeGreaterThanOrEqual(endsAt);
    }),
  );
});

const FAULTS = [
  ['a\r\nb\r\n', null],
  ['a\nb', 'bare-lf'],
  ['a\rb', 'bare-cr'],
  ['a\r\r\n', 'bare-cr'],
  ['a\0', 'nul'],
  ['a\r', 'bare-cr'],
  ['\n', 'bare-lf'],
] as const;

test.each(FAULTS)('mail data %j has the fault %s, however it is split', (data, fault) => {
  for (let split = 0; split <= data.length; split += 1) {
    const inspector = new MailDataInspector();
    inspector.inspect(octets(data.slice(0, split)));
    inspector.inspect(octets(data.slice(split)));
    inspector.end();
    expect(inspector.fault).toBe(fault);
  }
});

test.each([['A: b\r\n\r\nbody'], ['\r\nbody'], ['A: b\r\nC: d\r\n\r\n']])(
  'the header section of %j is found at whatever octet it is split',
  (message) => {
    for (let split = 0; split <= message.length; split += 1) {
      const collector = new HeaderCollector();
      const first = collector.add(octets(message.slice(0, split)));
      const held = first ?? collector.add(octets(message.slice(split))) ?? collector.take();
      expect(splitHeaderSection(held).endsAt).toBe(splitHeaderSection(octets(message)).endsAt);
      if (first !== null) expect(splitHeaderSection(first).bodyAt).toBe(splitHeaderSection(octets(message)).bodyAt);
    }
  },
);

const ARRIVAL = {
  transmission: 'ESMTP',
  helo: 'mail.crepes.fr',
  clientAddress: '10.53.20.1',
  by: 'mail.hamburger.edu',
  id: 'abc1',
  exchange: 'mail-hamburger.x1',
  recipient: 'bob@hamburger.edu',
  at: 1_795_146_873_000,
} as const;

test('the trace stands above the message, and nothing else of it changes (RFC 5321, section 4.4)', () => {
  const intake = takeHeaderSection(octets('Lab-Exchange: mail-crepes.y2\r\nSubject: x\r\n\r\nbody'), ARRIVAL, false);
  expect(intake).toMatchObject({
    kind: 'taken',
    facts: { subject: 'x', cause: 'mail-crepes.y2', hops: 0, messageId: null },
  });
  expect(intake.kind === 'taken' && text(intake.octets)).toBe(
    'Received: from mail.crepes.fr ([10.53.20.1])\r\n\tby mail.hamburger.edu with ESMTP id abc1\r\n\tfor <bob@hamburger.edu>;\r\n' +
      '\tFri, 20 Nov 2026 03:54:33 +0000\r\nLab-Exchange: mail-hamburger.x1\r\nLab-Exchange: mail-crepes.y2\r\nSubject: x\r\n\r\nbody',
  );
});

test('at submission a missing Date and Message-ID are added, present ones kept (RFC 6409, section 8)', () => {
  const added = takeHeaderSection(octets('Subject: x\r\n\r\n'), ARRIVAL, true);
  expect(added.kind === 'taken' && text(added.octets)).toContain(
    'Date: Fri, 20 Nov 2026 03:54:33 +0000\r\nMessage-ID: <abc1@mail.hamburger.edu>\r\n\r\n',
  );
  const kept = takeHeaderSection(octets('date: x\r\nMESSAGE-ID: <y@z>\r\n\r\n'), ARRIVAL, true);
  expect(kept.kind === 'taken' && text(kept.octets).match(/^(date|message-id):/gim)).toHaveLength(2);
});

test('a message without header section gets an empty line before its body', () => {
  const intake = takeHeaderSection(octets('just text\r\n'), ARRIVAL, false);
  expect(intake.kind === 'taken' && text(intake.octets)).toMatch(/Lab-Exchange: .*\r\n\r\njust text\r\n$/);
});

test('a message that has passed too many servers is refused (RFC 5321, section 6.3)', () => {
  const received = (count: number) => octets(`${'Received: x\r\n'.repeat(count)}\r\n`);
  expect(takeHeaderSection(received(HOPS_MAX - 1), ARRIVAL, false).kind).toBe('taken');
  expect(takeHeaderSection(received(HOPS_MAX), ARRIVAL, false)).toMatchObject({
    kind: 'refused',
    reply: { code: 554, status: '5.4.6' },
  });
});

test('dates are those of RFC 5322, section 3.3', () => {
  expect(formatDateTime(0)).toBe('Thu, 1 Jan 1970 00:00:00 +0000');
  fc.assert(
    fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }), (date) => {
      expect(Date.parse(formatDateTime(date.getTime()))).toBe(Math.floor(date.getTime() / 1000) * 1000);
      expect(formatDateTime(date.getTime()).slice(0, 3)).toBe(date.toUTCString().slice(0, 3));
    }),
  );
});

test('line ends go to LF and back without loss, however the message is split', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z.]{0,5}$/)), fc.nat(40), (lines, split) => {
      const message = octets(lines.map((line) => `${line}\r\n`).join(''));
      const [down, up, counter] = [new ToLineFeeds(), new ToCrlf(), new CrlfCounter()];
      const stored = joinOctets([
        down.convert(message.subarray(0, split)),
        down.convert(message.subarray(split)),
        down.end(),
      ]);
      counter.count(stored.subarray(0, split));
      counter.count(stored.subarray(split));
      expect(text(stored)).not.toContain('\r');
      expect(joinOctets([up.convert(stored.subarray(0, split)), up.convert(stored.subarray(split))])).toEqual(
        new Uint8Array(message),
      );
      expect(counter.octets).toBe(message.length);
    }),
  );
});

test.each([
  ['=?utf-8?B?7JWI64WV?=', '안녕'],
  ['=?UTF-8?q?=EC=95=88=EB=85=95?=', '안녕'],
  ['=?iso-8859-1?Q?Andr=E9?= Pirard', 'André Pirard'],
  ['=?utf-8?Q?a_b?= =?utf-8?Q?c?=', 'a bc'],
  ['=?utf-8?B?7JWI6w==?=\t=?utf-8?B?hZU=?=', '안녕'],
  ['=?euc-kr?B?vsiz5w==?=', '안녕'],
  ['(=?utf-8?Q?a?=)', '(a)'],
  ['a =?utf-8?Q?b?= c', 'a b c'],
  ['=?unknown-charset?Q?abc?=', 'abc'],
  ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
  ['no word =?', 'no word =?'],
])('the encoded words %j are %j (RFC 2047)', (encoded, decoded) => {
  expect(decodeEncodedWords(encoded)).toBe(decoded);
});

test('base64 and quoted-printable are read as RFC 2045 says, with forgiveness', () => {
  expect(text(decodeBase64(octets('SGVs\r\nbG8h')))).toBe('Hello!');
  expect(text(decodeBase64(octets('SGk=ignored')))).toBe('Hi');
  expect(text(decodeQuotedPrintable(octets('a=3Db=\r\nc=  \r\nd=ZZ=')))).toBe('a=bcd=ZZ=');
  fc.assert(
    fc.property(fc.uint8Array(), (given) => {
      expect(decodeBase64(octets(Buffer.from(given).toString('base64')))).toEqual(given);
    }),
  );
});

test('the first plain text of a multipart is the text; other parts are named', () => {
  const message = [
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
    '',
    'PNG',
    '--b 1--',
    'epilogue',
  ].join('\r\n');
  expect(readMessage(octets(message))).toMatchObject({
    from: '바 <bob@hamburger.edu>',
    subject: 'lunch',
    text: 'café',
    otherParts: [
      { type: 'text/html', filename: '', octets: 11 },
      { type: 'image/png', filename: '../../안.png', octets: 3 },
    ],
  });
});

test('parameters of a content type are read with and without quotes; nonsense is plain text', () => {
  expect([...parseContentType('text/plain; charset="utf-8"; x="a\\"b" ; y=z').parameters]).toEqual([
    ['charset', 'utf-8'],
    ['x', 'a"b'],
    ['y', 'z'],
  ]);
  expect(parseContentType('???').type).toBe('text/plain');
});

test('file names in other character sets and in pieces are read (RFC 2231)', () => {
  const filename = (value: string) => parseContentType(value).parameters.get('filename');
  expect(filename("attachment; filename*=utf-8''%EB%A9%94%EB%89%B4.png")).toBe('메뉴.png');
  expect(filename("attachment; filename*0*=utf-8''%EB%A9%94; filename*1*=%EB%89%B4; filename*2=.png")).toBe('메뉴.png');
  expect(filename('attachment; filename*0="a b"; filename*1=c')).toBe('a bc');
});

test('a multipart that was cut off is shown as far as it goes', () => {
  expect(splitParts(octets('--b\r\n\r\none\r\n--b\r\n\r\ntwo'), 'b').map(text)).toEqual(['\r\none', '\r\ntwo']);
});

test('a thousand levels of parts, and any octets, are read without harm', () => {
  const bomb = Array.from(
    { length: 1_000 },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  ).join('');
  const before = performance.now();
  readMessage(octets(bomb));
  expect(performance.now() - before).toBeLessThan(500);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (message) => {
      expect(typeof readMessage(message).text).toBe('string');
    }),
  );
  const near = fc.stringMatching(
    /^(Content-Type: multipart\/mixed; boundary=b\r\n|--b\r\n|--b--\r\n|\r\n|=\?utf-8\?[BQ]\?=E=\?=){0,12}$/,
  );
  fc.assert(
    fc.property(near, (message) => {
      expect(typeof readMessage(octets(message)).text).toBe('string');
    }),
  );
});
