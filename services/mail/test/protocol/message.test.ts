import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDateTime } from '../../src/protocol/date-time.ts';
import { decodeEncodedWords } from '../../src/protocol/encoded-word.ts';
import { fieldValue, splitHeaderSection } from '../../src/protocol/header-section.ts';
import { CrlfCounter, ToCrlf, ToLineFeeds } from '../../src/protocol/line-ends.ts';
import { HeaderCollector, MailDataInspector } from '../../src/protocol/mail-data.ts';
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
