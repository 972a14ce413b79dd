import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinOctets } from '../../src/protocol/octets.ts';
import { DotStuffer, formatForReport, parsePop3Command, TopFilter } from '../../src/protocol/pop3-command.ts';
import { POP3_START, type Pop3State, stepPop3 } from '../../src/protocol/pop3-session.ts';

const MAILDROP = [
  { uid: 4, uniqueId: '1.4', octets: 120 },
  { uid: 9, uniqueId: '1.9', octets: 200 },
];
const NAMED: Pop3State = { kind: 'authorization', user: 'alice', badCommands: 0 };
const OPEN: Pop3State = { kind: 'transaction', maildrop: MAILDROP, deleted: new Set(), badCommands: 0 };
const MARKED: Pop3State = { ...OPEN, deleted: new Set([1]) };
const UPDATE: Pop3State = { kind: 'update' };

/** The outputs of one command, in short. */
function say(state: Pop3State, line: string): string {
  return stepPop3(state, { kind: 'line', line })
    .outputs.map((output) => {
      if (output.kind === 'reply') return output.line;
      if (output.kind === 'lines') return [output.line, ...output.lines].join('|');
      if (output.kind === 'send-message') return `${output.line} uid=${output.uid} lines=${output.bodyLines}`;
      if (output.kind === 'log-in') return `log-in ${output.user} ${output.password}`;
      return output.kind === 'remove' ? `remove ${output.uids.join(',')}` : output.kind;
    })
    .join(' & ');
}

// The table of RFC 1939: every command in every state, the refused cells too.
test.each([
  [POP3_START, 'USER alice', '+OK Now give the password with PASS'],
  [POP3_START, 'PASS x', '-ERR USER comes first'],
  [POP3_START, 'USER', '-ERR USER needs a name'],
  [POP3_START, 'QUIT', '+OK Goodbye & close'],
  [POP3_START, 'STAT', '-ERR STAT is not possible in the authorization state'],
  [POP3_START, 'DELE 1', '-ERR DELE is not possible in the authorization state'],
  [POP3_START, 'APOP alice x', '-ERR Unknown command'],
  [POP3_START, '', '-ERR Unknown command'],
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
    state: POP3_START,
    outputs: [{ line: '-ERR [IN-USE] Another session has the maildrop' }],
  });
  expect(stepPop3(NAMED, { kind: 'logged-in', maildrop: MAILDROP })).toMatchObject({ state: OPEN });
  expect(stepPop3(UPDATE, { kind: 'removed', isComplete: false }).outputs).toMatchObject([
    { line: '-ERR [SYS/TEMP] Some messages were not removed' },
    { kind: 'close' },
  ]);
});

test('any line gets an answer, and bad ones end the session at last', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(stepPop3(OPEN, { kind: 'line', line }).outputs.length).toBeGreaterThan(0);
    }),
  );
  let state: Pop3State = POP3_START;
  for (let count = 1; count < 10; count += 1) state = stepPop3(state, { kind: 'line', line: 'JUNK' }).state;
  expect(stepPop3(state, { kind: 'line', line: 'JUNK' }).outputs.at(-1)).toEqual({ kind: 'close' });
});

test('a command is a keyword and arguments; passwords are hidden in reports', () => {
  expect(parsePop3Command('top 1  2')).toEqual({ keyword: 'TOP', arguments: ['1', '2'], rest: '1  2' });
  expect(formatForReport('PASS secret')).toBe('PASS ********');
  expect(formatForReport('pass')).toBe('PASS ********');
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
