import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { parsePathArgument } from '../../src/protocol/path-argument.ts';
import { announcedOctets, faultInParameters } from '../../src/protocol/path-parameters.ts';

test.each([
  ['MAIL FROM:<a@x.example>', 'a@x.example'],
  ['mail from: <a@x.example> ', 'a@x.example'],
  ['MAIL FROM:<>', ''],
  ['MAIL FROM:<@one.example,@two.example:a@x.example>', 'a@x.example'],
  ['MAIL FROM:<"a b"@x.example>', '"a b"@x.example'],
  ['MAIL FROM:<"a>b"@x.example>', '"a>b"@x.example'],
  ['MAIL FROM:<"a\\">b"@x.example>', '"a\\">b"@x.example'],
  ['MAIL FROM:<안녕@예시.example>', '안녕@예시.example'],
])('%s has the path %s', (command, path) => {
  expect(parsePathArgument('MAIL FROM', command).path).toBe(path);
});

test.each([
  'MAIL',
  'MAIL FROM',
  'MAIL FROM:',
  'MAIL FROM:a@x.example',
  'MAIL FROM:<a@x.example',
  'MAIL FROM:<a@x.example>>',
  'MAIL FROM:<<a@x.example>>',
  'MAIL FROM:<a b@x.example>',
  'MAIL FROM:<a@x.example>SIZE=1',
  'MAIL FROM:<a\r@x.example>',
  'MAIL FROM:<a@x.example\0>',
  'MAIL FROM:<a\u200b@x.example>',
  'MAIL FROM:<"a@x.example>',
  'MAIL FROM:<a@x.example> =1',
  'MAIL FROM:<a@x.example> ENVID=a+0D+0Ab',
  'MAIL FROM:<a@x.example> ENVID=a\rRCPT',
  'MAIL X FROM:<a@x.example>',
  'RCPT TO:<a@x.example>',
  `MAIL FROM:<${'a'.repeat(2000)}@x.example>`,
  `MAIL FROM:<a@x.example>${' A=1'.repeat(21)}`,
])('%j is refused', (command) => {
  expect(() => parsePathArgument('MAIL FROM', command)).toThrow(ProtocolViolation);
});

test('parameters are read with their values decoded from xtext (RFC 3461, section 4)', () => {
  const { parameters, duplicate } = parsePathArgument(
    'RCPT TO',
    'RCPT TO:<a@x> notify=NEVER ORCPT=rfc822;a+2Bb@x FLAG',
  );
  expect([...parameters]).toEqual([
    ['NOTIFY', 'NEVER'],
    ['ORCPT', 'rfc822;a+b@x'],
    ['FLAG', true],
  ]);
  expect(duplicate).toBeNull();
  expect(parsePathArgument('RCPT TO', 'RCPT TO:<a@x> A=1 a=2').duplicate).toBe('A');
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parsePathArgument('MAIL FROM', `MAIL FROM:${text}`);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});

test.each([
  ['MAIL', { SIZE: '10', BODY: '8BITMIME', SMTPUTF8: true }, true, null],
  ['MAIL', { AUTH: '<>' }, true, null],
  ['MAIL', { AUTH: '<>' }, false, 555],
  ['MAIL', { NOTIFY: 'NEVER' }, true, 555],
  ['RCPT', { SIZE: '10' }, true, 555],
  ['RCPT', { NOTIFY: 'NEVER', ORCPT: 'rfc822;a' }, true, null],
  ['MAIL', { ENVID: 'e'.repeat(101) }, true, 501],
  ['RCPT', { ORCPT: `rfc822;${'o'.repeat(494)}` }, true, 501],
] as const)('%s with %j (AUTH is offered: %s) gets %s', (verb, parameters, offersAuth, code) => {
  expect(faultInParameters(verb, parameters, offersAuth)?.reply.code ?? null).toBe(code);
});

test('SIZE announces octets (RFC 1870, section 3)', () => {
  expect(announcedOctets({ SIZE: '1234' })).toBe(1234);
  expect(announcedOctets({})).toBe(0);
});
