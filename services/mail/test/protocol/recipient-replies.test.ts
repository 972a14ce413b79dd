import { expect, test } from 'vitest';
import { RecipientReplies } from '../../src/protocol/recipient-replies.ts';

const COMMANDS = ['MAIL FROM:<a@x> SIZE=5', 'RCPT TO:<b@y> NOTIFY=NEVER', 'RCPT TO:<"c d"@y>', 'RCPT TO:<e@y>', 'DATA'];

function refusedBy(...said: string[]): [string, number][] {
  const replies = new RecipientReplies();
  replies.command('EHLO x');
  replies.reply('550 no');
  replies.beginTransaction();
  for (const line of COMMANDS) replies.command(line);
  for (const line of said) replies.reply(line);
  return [...replies.refusals].map(([recipient, { code }]) => [recipient, code]);
}

test.each([
  ['nobody without a reply', [], []],
  ['nobody who was taken', ['250 ok', '250 ok', '251 ok', '250 ok', '354 go'], []],
  ['whom the server has answered before it broke off', ['250 ok', '550-no\n550 no'], [['b@y', 550]]],
  [
    'each with the own reply',
    ['250 ok', '450 later', '250 ok', '553 no'],
    [
      ['b@y', 450],
      ['e@y', 553],
    ],
  ],
  ['a name with a blank', ['250 ok', '250 ok', '550 no'], [['"c d"@y', 550]]],
  ['nobody when the sender was not taken', ['451 later', '503 no', '503 no', '503 no', '503 no'], []],
  ['nobody by what is no reply', ['250 ok', 'no', '250 ok', '354 no'], []],
  [
    'no recipient by the reply to DATA or by a further one',
    ['250 ok', '250 ok', '250 ok', '250 ok', '554 no', '554 no'],
    [],
  ],
])('refused is %s', (_whom, said, refused) => {
  expect(refusedBy(...said)).toEqual(refused);
});

test('the last reply may be taken back', () => {
  const replies = new RecipientReplies();
  for (const line of COMMANDS) replies.command(line);
  for (const line of ['250 ok', '550 no', '550 n']) replies.reply(line);
  replies.dropLast();
  expect([...replies.refusals.keys()]).toEqual(['b@y']);
});
