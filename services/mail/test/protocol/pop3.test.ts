import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DotStuffer } from '../../src/protocol/dot-stuffing.ts';
import { listMessages, maildropOf, markedUids, markMessage } from '../../src/protocol/maildrop.ts';
import { TopFilter } from '../../src/protocol/message-top.ts';
import { joinOctets } from '../../src/protocol/octets.ts';
import { formatForReport, parsePop3Command } from '../../src/protocol/pop3-command.ts';
import { lineOctetsMax, startPop3, stepPop3 } from '../../src/protocol/pop3-session.ts';
import type { Pop3State } from '../../src/protocol/pop3-step.ts';

const MESSAGES = [
  { uid: 4, uniqueId: '1.4', octets: 120 },
  { uid: 9, uniqueId: '1.9', octets: 200 },
];
const PRIVACY = { isTls: false, allowsCleartext: true };
const SECRET = { isTls: true, allowsCleartext: false };
const START = startPop3(PRIVACY);
const STRICT = startPop3({ isTls: false, allowsCleartext: false });
const NAMED: Pop3State = { kind: 'authorization', privacy: PRIVACY, user: 'alice', exchange: null, badCommands: 0 };
const ASKED: Pop3State = { ...NAMED, user: null, exchange: { mechanism: 'PLAIN', user: null } };
const ASKED_USER: Pop3State = { ...ASKED, exchange: { mechanism: 'LOGIN', user: null } };
const ASKED_PASSWORD: Pop3State = { ...ASKED, exchange: { mechanism: 'LOGIN', user: 'alice' } };
const OPEN: Pop3State = { kind: 'transaction', privacy: PRIVACY, maildrop: maildropOf(MESSAGES), badCommands: 0 };
const MARKED: Pop3State = { ...OPEN, maildrop: markMessage(maildropOf(MESSAGES), 1) };
const UPDATE: Pop3State = { kind: 'update' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const ALWAYS = 'TOP|UIDL|RESP-CODES|AUTH-RESP-CODE|PIPELINING|EXPIRE NEVER';

/** The outputs of one command, in short. */
function say(state: Pop3State, line: string): string {
  return stepPop3(state, { kind: 'line', line })
    .outputs.map((output) => {
      if (output.kind === 'reply') return output.line;
      if (output.kind === 'lines') return [output.line, ...output.lines].join('|');
      if (output.kind === 'send-message') return `${output.line} uid=${output.uid} lines=${output.bodyLines}`;
      if (output.kind === 'log-in') return `log-in ${output.user} ${output.password}`;
      if (output.kind === 'begin-tls') return `begin-tls ${output.line}`;
      return output.kind === 'remove' ? `remove ${output.uids.join(',')}` : output.kind;
    })
    .join(' & ');
}

// The table of RFC 1939: every command in every state, the refused cells too.
test.each([
  [START, 'USER alice', '+OK Now give the password with PASS'],
  [START, 'PASS x', '-ERR USER comes first'],
  [START, 'USER', '-ERR USER needs a name'],
  [START, 'QUIT', '+OK Goodbye & close'],
  [START, 'STAT', '-ERR STAT is not possible in the authorization state'],
  [START, 'DELE 1', '-ERR DELE is not possible in the authorization state'],
  [START, 'APOP alice x', '-ERR Unknown command'],
  [START, '', '-ERR Unknown command'],
  [START, 'QUIT now', '-ERR QUIT has fewer arguments'],
  [START, 'CAPA', `+OK Capabilities follow|${ALWAYS}|STLS|USER|SASL PLAIN LOGIN|IMPLEMENTATION Topdown`],
  [STRICT, 'CAPA', `+OK Capabilities follow|${ALWAYS}|STLS|IMPLEMENTATION Topdown`],
  [startPop3(SECRET), 'CAPA', `+OK Capabilities follow|${ALWAYS}|USER|SASL PLAIN LOGIN|IMPLEMENTATION Topdown`],
  [OPEN, 'CAPA', `+OK Capabilities follow|${ALWAYS}|USER|SASL PLAIN LOGIN|IMPLEMENTATION Topdown`],
  [START, 'STLS', 'begin-tls +OK Begin the handshake of TLS'],
  [START, 'STLS now', '-ERR STLS has fewer arguments'],
  [startPop3(SECRET), 'STLS', '-ERR TLS is there already'],
  [OPEN, 'STLS', '-ERR STLS is not possible in the transaction state'],
  [STRICT, 'USER alice', '-ERR No password without TLS: begin with STLS'],
  [STRICT, 'PASS wonderland', '-ERR No password without TLS: begin with STLS'],
  [STRICT, 'AUTH PLAIN', '-ERR No password without TLS: begin with STLS'],
  [startPop3(SECRET), 'USER alice', '+OK Now give the password with PASS'],
  [START, 'AUTH', '-ERR The mechanisms are PLAIN and LOGIN'],
  [START, 'AUTH CRAM-MD5', '-ERR The mechanisms are PLAIN and LOGIN'],
  [START, 'auth plain', '+ '],
  [START, 'AUTH PLAIN =', '-ERR Cannot read the response'],
  [START, `AUTH PLAIN ${base64('\0alice\0wonder land')}`, 'log-in alice wonder land'],
  [START, `AUTH PLAIN ${base64('alice\0alice\0x')}`, 'log-in alice x'],
  [START, `AUTH PLAIN ${base64('bob\0alice\0x')}`, '-ERR [AUTH] Nobody may act for another user'],
  [START, `AUTH PLAIN ${base64('alice\0x')}`, '-ERR Cannot read the response'],
  [START, 'AUTH PLAIN !!!!', '-ERR Cannot read the response'],
  [START, 'AUTH PLAIN YQ== YQ==', '-ERR AUTH has a mechanism and at most one response'],
  [START, 'AUTH LOGIN', '+ VXNlcm5hbWU6'],
  [START, `AUTH LOGIN ${base64('alice')}`, '+ UGFzc3dvcmQ6'],
  [ASKED, '*', '-ERR The authentication was cancelled'],
  [ASKED, base64('\0alice\0x'), 'log-in alice x'],
  [ASKED, 'QUIT', '-ERR Cannot read the response'],
  [ASKED, '', '-ERR Cannot read the response'],
  [ASKED_USER, base64('alice'), '+ UGFzc3dvcmQ6'],
  [ASKED_USER, '*', '-ERR The authentication was cancelled'],
  [ASKED_PASSWORD, base64('wonderland'), 'log-in alice wonderland'],
  [ASKED_PASSWORD, 'wonderland', '-ERR Cannot read the response'],
  [NAMED, 'PASS a b ', 'log-in alice a b '],
  [NAMED, 'pass x', 'log-in alice x'],
  [OPEN, 'STAT', '+OK 2 320'],
  [OPEN, 'LIST', '+OK 2 messages (320 octets)|1 120|2 200'],
  [OPEN, 'LIST 2', '+OK 2 200'],
  [OPEN, 'UIDL', '+OK 2 messages (320 octets)|1 1.4|2 1.9'],
  [OPEN, 'UIDL 1', '+OK 1 1.4'],
  [OPEN, 'RETR 1', '+OK 120 octets uid=4 lines=null'],
  [OPEN, 'TOP 2 10', '+OK The top of the message follows uid=9 lines=10'],
  [OPEN, 'TOP 2', '-ERR TOP needs a message and a number of lines'],
  [OPEN, 'RETR 3', '-ERR No such message'],
  [OPEN, 'RETR 0', '-ERR No such message'],
  [OPEN, 'RETR 99999999999999999999', '-ERR No such message'],
  [OPEN, 'RETR 1 2', '-ERR RETR has fewer arguments'],
  [OPEN, 'TOP 1 99999999999999999999', '-ERR TOP needs a message and a number of lines'],
  [OPEN, 'TOP 9 1', '-ERR No such message'],
  [OPEN, 'NOOP', '+OK'],
  [OPEN, 'QUIT', 'remove '],
  [OPEN, 'USER alice', '-ERR USER is not possible in the transaction state'],
  [MARKED, 'STAT', '+OK 1 200'],
  [MARKED, 'LIST', '+OK 1 messages (200 octets)|2 200'],
  [MARKED, 'LIST 1', '-ERR No such message'],
  [MARKED, 'RETR 1', '-ERR No such message'],
  [MARKED, 'DELE 1', '-ERR No such message'],
  [MARKED, 'UIDL 2', '+OK 2 1.9'],
  [MARKED, 'RSET', '+OK 2 messages, none is marked as deleted'],
  [MARKED, 'QUIT', 'remove 4'],
  [UPDATE, 'STAT', ''],
])('%j, %s: %s', (state, line, expected) => {
  expect(say(state, line)).toBe(expected);
});

test('DELE marks, RSET unmarks, and a log-in that is refused leaves the first state', () => {
  expect(stepPop3(OPEN, { kind: 'line', line: 'DELE 1' }).state).toEqual(MARKED);
  expect(stepPop3(MARKED, { kind: 'line', line: 'RSET' }).state).toEqual(OPEN);
  expect(stepPop3(NAMED, { kind: 'log-in-refused', why: 'in-use' })).toMatchObject({
    state: START,
    outputs: [{ line: '-ERR [IN-USE] Another session has the maildrop' }],
  });
  expect(stepPop3(NAMED, { kind: 'logged-in', messages: MESSAGES })).toMatchObject({ state: OPEN });
  expect(stepPop3(UPDATE, { kind: 'removed', isComplete: false }).outputs).toMatchObject([
    { line: '-ERR [SYS/TEMP] Some messages were not removed' },
    { kind: 'close' },
  ]);
});

test('what was said before TLS counts no more behind it (RFC 2595, section 4)', () => {
  expect(stepPop3(NAMED, { kind: 'line', line: 'STLS' }).state).toEqual(startPop3({ ...PRIVACY, isTls: true }));
});

test('a response to a challenge may be longer than a command, and ends the exchange', () => {
  expect(lineOctetsMax(START)).toBe(255);
  expect(lineOctetsMax(ASKED)).toBe(1024);
  for (const line of ['*', 'nonsense', base64('\0alice\0x')]) {
    expect(stepPop3(ASKED, { kind: 'line', line }).state).toMatchObject({ exchange: null });
  }
});

test('a maildrop of 100,000 messages counts what is left and lists it', () => {
  const messages = Array.from({ length: 100_000 }, (_, index) => ({
    uid: index + 1,
    uniqueId: `1.${index + 1}`,
    octets: 10,
  }));
  let maildrop = maildropOf(messages);
  for (let number = 1; number <= 1_000; number += 1) maildrop = markMessage(maildrop, number * 100);
  expect([maildrop.count, maildrop.octets]).toEqual([99_000, 990_000]);
  expect(listMessages(maildrop, ({ octets }) => octets)).toHaveLength(99_000);
  expect(markedUids(maildrop).slice(0, 3)).toEqual([100, 200, 300]);
});

test('any line gets an answer, and bad ones end the session at last', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(stepPop3(OPEN, { kind: 'line', line }).outputs.length).toBeGreaterThan(0);
    }),
  );
  let state: Pop3State = START;
  for (let count = 1; count < 10; count += 1) state = stepPop3(state, { kind: 'line', line: 'JUNK' }).state;
  expect(stepPop3(state, { kind: 'line', line: 'JUNK' }).outputs.at(-1)).toEqual({ kind: 'close' });
});

test('a command is a keyword and arguments; passwords are hidden in reports', () => {
  expect(parsePop3Command('top 1  2')).toEqual({ keyword: 'TOP', arguments: ['1', '2'], rest: '1  2' });
  expect(formatForReport('PASS secret', false)).toBe('PASS ********');
  expect(formatForReport('pass', false)).toBe('PASS ********');
  expect(formatForReport('AUTH PLAIN AGFsaWNlAHg=', false)).toBe('AUTH PLAIN ********');
  expect(formatForReport('AUTH LOGIN', false)).toBe('AUTH LOGIN');
  expect(formatForReport('AGFsaWNlAHg=', true)).toBe('********');
  expect(formatForReport('*', true)).toBe('*');
});

test.each([
  ['a refused AUTH, and what its client sends all the same', 'AGFsaWNlAHdvbmRlcmxhbmQ=', '********'],
  ['AUTH without its mechanism', 'AUTH AGFsaWNlAHdvbmRlcmxhbmQ=', 'AUTH ********'],
  ['a misspelt PASS', 'PSAS wonderland', 'PSAS ********'],
  ['PASS behind a blank', ' PASS wonderland', 'PASS ********'],
  ['PASS with a tab', 'pass\twonderland', 'PASS ********'],
  ['PASS with a colon', 'PASS:wonderland', '********'],
  ['name and password in one line', 'USER alice wonderland', 'USER alice ********'],
  ['AUTH with a tab', 'AUTH\tPLAIN\tAGFs', 'AUTH PLAIN ********'],
])('a password in the wrong place is hidden in reports: %s', (_what, line, shown) => {
  expect(formatForReport(line, false)).toBe(shown);
});

test('what carries no password is reported as it was said', () => {
  for (const line of ['USER alice', 'LIST', 'top 1 0', 'RETR x y', 'STAT ', 'NOPO', '']) {
    expect(formatForReport(line, false)).toBe(line === '' ? '********' : line);
  }
});

test('full stops at line starts are doubled, however the message is split', () => {
  const message = Buffer.from('.\r\n..a\r\nb.\r\n.c', 'latin1');
  for (let split = 0; split <= message.length; split += 1) {
    const stuffer = new DotStuffer();
    const stuffed = joinOctets([stuffer.stuff(message.subarray(0, split)), stuffer.stuff(message.subarray(split))]);
    expect(Buffer.from(stuffed).toString('latin1') + stuffer.end()).toBe('..\r\n...a\r\nb.\r\n..c\r\n.\r\n');
  }
});

test('the top of a message ends after its lines, however the message is split', () => {
  const message = Buffer.from('A: b\r\n\r\none\r\n\r\nthree\r\n', 'latin1');
  const expected = [
    'A: b\r\n\r\n',
    'A: b\r\n\r\none\r\n',
    'A: b\r\n\r\none\r\n\r\n',
    'A: b\r\n\r\none\r\n\r\nthree\r\n',
    'A: b\r\n\r\none\r\n\r\nthree\r\n',
  ];
  for (const [lines, top] of expected.entries()) {
    for (let split = 0; split <= message.length; split += 1) {
      const filter = new TopFilter(lines);
      const passed = joinOctets([filter.pass(message.subarray(0, split)), filter.pass(message.subarray(split))]);
      expect(Buffer.from(passed).toString('latin1')).toBe(top);
    }
  }
});
