import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { FAILURES_MAX, LoginDelays } from '../../src/protocol/login-delay.ts';
import {
  compareBases,
  formatMaildirName,
  formatUniqueBase,
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
  expect(['10.M5P1.h', '9.M900000P1.h', '10.M40P1.h'].sort(compareBases)).toEqual([
    '9.M900000P1.h',
    '10.M5P1.h',
    '10.M40P1.h',
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

test('a list that was cut at any octet is refused: its mailbox then starts anew', () => {
  const whole = formatUidList(LIST);
  const ends = new Set([...whole.matchAll(/\n/g)].map(({ index }) => index + 1));
  for (let at = 0; at < whole.length; at += 1) {
    if (ends.has(at)) continue;
    expect(() => parseUidList(whole.slice(0, at)), String(at)).toThrow(ProtocolViolation);
  }
});

test('UIDs that do not rise, or reach UIDNEXT, are refused', () => {
  for (const lines of ['2 W1 :a\n1 W1 :b\n', '1 W1 :a\n1 W1 :b\n', '9 W1 :a\n', '1 W1 :a/b\n']) {
    expect(() => parseUidList(`3 V1 N9 G${'0'.repeat(32)}\n${lines}`)).toThrow(ProtocolViolation);
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
