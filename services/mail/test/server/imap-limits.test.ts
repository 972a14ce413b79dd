import { expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { openImapWorld } from '../imap-world.ts';

test('an account with a quota is told of it, and a message that does not fit is refused before it comes (RFC 9208)', async () => {
  const world = await openImapWorld('41.1', { quotaOctets: 4_096 });
  const client = await world.alice('INBOX');
  expect(await client.append('INBOX', `Subject: x\r\n\r\n${'x'.repeat(2_000)}`)).toMatch(/^OK/);
  expect(await client.ask('GETQUOTAROOT Trash')).toEqual([
    '* QUOTAROOT Trash ""',
    '* QUOTA "" (STORAGE 2 4)',
    'OK These are the quotas of the mailbox',
  ]);
  expect(await client.ask('GETQUOTA ""')).toEqual(['* QUOTA "" (STORAGE 2 4)', 'OK This is the quota']);
  expect(await client.reply('GETQUOTA other')).toMatch(/^NO \[NONEXISTENT\]/);
  expect(await client.ask('APPEND INBOX {3000}')).toEqual([expect.stringMatching(/^NO \[OVERQUOTA\]/)]);
  expect(await client.append('INBOX', 'y'.repeat(3_000))).toMatch(/^NO \[OVERQUOTA\]/);
  expect(await client.reply('NOOP')).toBe('OK Done');
  // Messages of one command need room together: the second one is not asked for.
  const message = 'y'.repeat(1_200);
  client.line.send(`two APPEND INBOX {1200+}\r\n${message} {1200}\r\n`);
  expect(await client.line.until(/two .*\r\n/)).toMatch(/^two NO \[OVERQUOTA\]/);
  expect(await client.reply('MOVE 1 Trash')).toMatch(/^OK/);
  expect((await client.ask('STATUS Trash (MESSAGES)'))[0]).toBe('* STATUS Trash (MESSAGES 1)');
  expect(await client.ask('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 0)');
  await world.end();
});

test('of many responses the first twenty are reported, and how many more there were', async () => {
  const world = await openImapWorld('42.1');
  const client = await world.alice();
  await client.reply(`APPEND INBOX ${Array(50).fill('{1+}\r\nx').join(' ')}`);
  await client.ask('SELECT INBOX');
  client.line.send('fifty FETCH 1:* (UID)\r\n');
  await client.line.until(/fifty OK .*\r\n/);
  const replied = () => world.host.reported.find(({ summary }) => summary.startsWith('fifty OK'));
  const reply = await eventually(() => replied() ?? null, 'the reply in the reports');
  expect(reply.because).toBe('30 more responses came before it');
  const exchange = world.host.reported.filter((report) => report.exchange === reply.exchange);
  expect(exchange.map(({ kind }) => kind)).toEqual(['imap.command', ...Array(21).fill('imap.response')]);
  await world.end();
});

test('a silent client is sent away with BYE, before its log-in and after', async () => {
  const world = await openImapWorld('43.1', { idleMs: 150 });
  expect(await (await world.connect()).line.closed()).toBe('* BYE Autologout: silent for too long\r\n');
  // On a busy machine the time may be over before the log-in.
  const alice = await eventually(() => world.alice().catch(() => null), 'a log-in');
  expect(await alice.line.closed()).toBe('* BYE Autologout: silent for too long\r\n');
  await world.end();
});
