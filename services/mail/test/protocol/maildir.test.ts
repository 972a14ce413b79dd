import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { FAILURES_MAX, LoginDelays } from '../../src/protocol/login-delay.ts';
import {
  deliveredAt,
  fileOctetsOf,
  formatDeliveryBase,
  formatMaildirName,
  formatUniqueBase,
  isUsableName,
  parseMaildirName,
  sortFlags,
} from '../../src/protocol/maildir-name.ts';
import { formatUidList, parseUidList } from '../../src/protocol/uid-list.ts';

test.each([
  [
    '1795146873.M364837P9451Q1.mail.crepes.fr,S=1355,W=1394:2,FS',
    { base: '1795146873.M364837P9451Q1.mail.crepes.fr,S=1355,W=1394', flags: 'FS', crlfOctets: 1394 },
  ],
  ['1795146873.V1I2.host:2,SF', { base: '1795146873.V1I2.host', flags: 'FS', crlfOctets: null }],
  ['1795146873.1.host', { base: '1795146873.1.host', flags: '', crlfOctets: null }],
  ['x:1,experimental', { base: 'x:1,experimental', flags: '', crlfOctets: null }],
])('the file name %s is read', (file, name) => {
  expect(parseMaildirName(file)).toEqual(name);
});

test('flags stand in ASCII order, each once, and only letters', () => {
  expect(sortFlags('SSRaF/..')).toBe('FRSa');
  expect(formatMaildirName('base', 'SF')).toBe('base:2,FS');
});

test('a base names time, process, delivery and host, and sorts by its time', () => {
  const base = formatUniqueBase({
    ms: 1_795_146_873_364,
    microseconds: 364_837,
    process: 9451,
    counter: 1,
    host: 'a/b:c',
  });
  expect(base).toBe('1795146873.M364837P9451Q1.a\\057b\\072c');
  expect(['10.M5P1.h', '9.M900000P1.h', '10.M40P1.h', 'no time'].map(deliveredAt)).toEqual([
    10_000_005, 9_900_000, 10_000_040, 0,
  ]);
});

test('a message from the queue has the same name whenever it is delivered again', () => {
  const delivery = { id: 'q1', ms: 1_795_146_873_364.837, host: 'mail.crepes.fr', fileOctets: 20, crlfOctets: 22 };
  const base = formatDeliveryBase(delivery);
  expect(base).toBe('1795146873.M364837Qq1.mail.crepes.fr,S=20,W=22');
  expect([parseMaildirName(`${base}:2,S`).crlfOctets, fileOctetsOf(`${base}:2,S`), fileOctetsOf('x')]).toEqual([
    22,
    20,
    null,
  ]);
});

test('a name with control characters, or with octets that are no UTF-8, is no name of a message', () => {
  expect(['1.a.b:2,S', '편지', 'a b', 'a\nb', 'a\0', '\x7f', 'a\ufffdb'].map(isUsableName)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

const LIST = {
  uidValidity: 1_795_146_873,
  uidNext: 8,
  guid: '0123456789abcdef0123456789abcdef',
  records: [
    { uid: 3, base: 'a,S=1,W=2', crlfOctets: 2 },
    { uid: 7, base: 'b c', crlfOctets: 9 },
  ],
};

test('the list of UIDs is written in the format of Dovecot and read back', () => {
  expect(formatUidList(LIST)).toBe('3 V1795146873 N8 G0123456789abcdef0123456789abcdef\n3 W2 :a,S=1,W=2\n7 W9 :b c\n');
  expect(parseUidList(formatUidList(LIST))).toEqual(LIST);
});

test('of a list that was cut at any octet the whole lines are read, and no UID is given twice', () => {
  const whole = formatUidList(LIST);
  const headEnd = whole.indexOf('\n') + 1;
  for (let at = 0; at < whole.length; at += 1) {
    if (at < headEnd) expect(() => parseUidList(whole.slice(0, at)), String(at)).toThrow(ProtocolViolation);
    else {
      const { uidNext, records } = parseUidList(whole.slice(0, at));
      expect([uidNext, records]).toEqual([8, LIST.records.slice(0, records.length)]);
    }
  }
});

test('lines that were added behind the first line raise UIDNEXT, and words of other programs are passed over', () => {
  const text = `3 V1 N2 Xnew G${'0'.repeat(32)}\n1 :a\n5 Sx W7 Py :b\n`;
  expect(parseUidList(text)).toMatchObject({
    uidNext: 6,
    records: [
      { uid: 1, base: 'a', crlfOctets: null },
      { uid: 5, base: 'b', crlfOctets: 7 },
    ],
  });
});

test('a list whose UIDs do not rise, or with a line that is none, is refused: its mailbox then starts anew', () => {
  for (const lines of ['2 W1 :a\n1 W1 :b\n', '1 W1 :a\n1 W1 :b\n', '4294967296 W1 :a\n', '1 W1 :a/b\n', '\n', 'x\n']) {
    expect(() => parseUidList(`3 V1 N9 G${'0'.repeat(32)}\n${lines}`), lines).toThrow(ProtocolViolation);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => parseUidList(text)).toThrow(ProtocolViolation);
    }),
  );
});

test('the delay after a wrong password doubles up to a limit, is forgotten with time, and ends with the right one', () => {
  const delays = new LoginDelays(500);
  expect([1, 2, 3, 4, 5, 6, 7].map((now) => delays.failed('alice 1.2.3.4', now))).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 16_000,
  ]);
  expect(delays.failed('alice 5.6.7.8', 7)).toBe(500);
  delays.succeeded('alice 1.2.3.4');
  expect(delays.failed('alice 1.2.3.4', 8)).toBe(500);
  expect(delays.failed('alice 1.2.3.4', 8 + 16 * 60_000)).toBe(500);
  for (let count = 1; count < FAILURES_MAX; count += 1) delays.failed('bob x', 0);
  expect(delays.isLocked('bob x', 1)).toBe(false);
  delays.failed('bob x', 1);
  expect(delays.isLocked('bob x', 2)).toBe(true);
  expect(delays.isLocked('bob x', 16 * 60_000)).toBe(false);
});
