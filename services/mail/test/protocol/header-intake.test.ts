import { expect, test } from 'vitest';
import { HOPS_MAX, takeHeaderSection } from '../../src/protocol/header-intake.ts';
import { formatTrace } from '../../src/protocol/trace.ts';

const octets = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

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
  const added = takeHeaderSection(octets('From: a@x.example\r\nSubject: x\r\n\r\n'), ARRIVAL, true);
  expect(added.kind === 'taken' && text(added.octets)).toContain(
    'Date: Fri, 20 Nov 2026 03:54:33 +0000\r\nMessage-ID: <abc1@mail.hamburger.edu>\r\n\r\n',
  );
  const kept = takeHeaderSection(octets('from: a\r\ndate: x\r\nMESSAGE-ID: <y@z>\r\n\r\n'), ARRIVAL, true);
  expect(kept.kind === 'taken' && text(kept.octets).match(/^(date|message-id):/gim)).toHaveLength(2);
});

test('of a subject and an identifier without end no more is kept than a line can hold; the message keeps all', () => {
  const long = Array.from({ length: 1_500 }, () => 'x'.repeat(70)).join('\r\n ');
  const intake = takeHeaderSection(
    octets(`From: a\r\nSubject: ${long}\r\nMessage-ID: <${long}@x>\r\n\r\n`),
    ARRIVAL,
    true,
  );
  if (intake.kind !== 'taken') throw new Error('it was refused');
  expect(intake.facts.subject).toHaveLength(900);
  expect(intake.facts.messageId).toBeNull();
  expect(text(intake.octets)).toContain(`Message-ID: <${long}@x>\r\n`);
  expect(text(intake.octets).match(/^message-id:/gim)).toHaveLength(1);
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

test('MFMT-02 a submitted message that says not who wrote it is refused (RFC 5322, section 3.6); one for relaying is not', () => {
  const message = octets('To: bob@hamburger.edu\r\nSubject: x\r\n\r\n');
  expect(takeHeaderSection(message, ARRIVAL, true)).toMatchObject({
    kind: 'refused',
    reply: { code: 554, status: '5.6.0', text: 'The message has no From field' },
  });
  expect(takeHeaderSection(message, ARRIVAL, false).kind).toBe('taken');
});

test('a forged Return-Path goes, in any case and folded (RFC 5321, section 4.4)', () => {
  const intake = takeHeaderSection(octets('RETURN-path:\r\n <forged@x>\r\nSubject: x\r\n\r\n'), ARRIVAL, false);
  expect(intake.kind === 'taken' && text(intake.octets)).not.toMatch(/forged/);
});

test('an alias that sends a message on signs it, and knows it when it comes back (RFC 9228)', () => {
  const alias = 'team@hamburger.edu';
  const first = takeHeaderSection(octets('Subject: x\r\n\r\n'), { ...ARRIVAL, forwardedFor: alias }, false, [alias]);
  const sentOn = first.kind === 'taken' ? first.octets : octets('');
  expect(text(sentOn)).toMatch(/^Delivered-To: team@hamburger\.edu\r\nReceived: /);
  expect(takeHeaderSection(sentOn, ARRIVAL, false, ['Team@hamburger.edu'])).toMatchObject({
    kind: 'refused',
    reply: { code: 554, status: '5.4.6' },
  });
  expect(takeHeaderSection(sentOn, ARRIVAL, false, ['other@hamburger.edu']).kind).toBe('taken');
});

test.each([
  ['SMTP', null, 'with SMTP id abc1\r\n'],
  [
    'ESMTPS',
    'TLS_AES_256_GCM_SHA384',
    'with ESMTPS id abc1\r\n\tfor <bob@hamburger.edu>\r\n\ttls TLS_AES_256_GCM_SHA384;',
  ],
  ['UTF8SMTPSA', 'TLS_AES_128_GCM_SHA256', 'with UTF8SMTPSA id'],
] as const)('the trace says %s and the cipher %s (RFC 3848, RFC 8314)', (transmission, cipher, part) => {
  expect(formatTrace({ ...ARRIVAL, transmission, cipher })).toContain(part);
});

test('the name that a client gave itself cannot begin a line of its own', () => {
  const trace = formatTrace({ ...ARRIVAL, helo: 'x\r\nBcc: y\u0000é(z)' });
  expect(trace).toContain('from x??Bcc:?y???z? ([');
  expect(trace.split('\r\n').every((line) => line === '' || /^(Received:|Lab-Exchange:|\t)/.test(line))).toBe(true);
});

test('an address beyond ASCII stands in the trace as UTF-8 (RFC 6531)', () => {
  const intake = takeHeaderSection(octets('Subject: x\r\n\r\n'), { ...ARRIVAL, recipient: '앨리스@crepes.fr' }, false);
  expect(intake.kind === 'taken' && text(intake.octets)).toContain('for <앨리스@crepes.fr>;');
});
