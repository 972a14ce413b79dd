import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FaultEffect, FaultRule } from '../../src/protocol/fault-rules.ts';
import { ImapClient } from '../imap-client.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';

let world: ImapWorld;

beforeEach(async () => {
  world = await openImapWorld('40.1');
});

afterEach(() => world.end());

function set(stage: FaultRule['stage'], does: FaultEffect['does'], match: FaultRule['match'] = {}): void {
  world.faults.set({
    name: 'one',
    stage,
    match,
    effect: { delayMs: 0, does },
    probability: 1,
    seed: 1,
    times: 1,
    until: null,
  });
}

const TROUBLE = { kind: 'reply', reply: { code: 451, status: '4.3.0', text: 'Try again' } } as const;

test('in place of the greeting: BYE, or nothing at all', async () => {
  set('imap-connect', TROUBLE);
  expect(await new ImapClient(world.host.address).line.closed()).toBe('* BYE [UNAVAILABLE] Try again\r\n');
  set('imap-connect', { kind: 'drop', afterOctets: 0 });
  expect(await new ImapClient(world.host.address).line.closed()).toBe('');
  expect(await (await world.alice()).reply('NOOP')).toBe('OK Done');
});

test('at the log-in of one account: NO, and the right password is taken the next time', async () => {
  set('imap-login', TROUBLE, { account: 'alice' });
  const client = await world.connect();
  expect(await client.reply('LOGIN claire fontaine')).toMatch(/^OK /);
  const other = await world.connect();
  expect(await other.reply('LOGIN alice wonderland')).toBe('NO [UNAVAILABLE] Try again');
  expect(await other.reply('LOGIN alice wonderland')).toMatch(/^OK /);
});

test('at a command: a reply in its place, for good', async () => {
  set('imap-command', { kind: 'reply', reply: { code: 550, status: '5.0.0', text: 'Never' } }, { command: 'SELECT' });
  const client = await world.alice();
  expect(await client.reply('NOOP')).toBe('OK Done');
  expect(await client.reply('SELECT INBOX')).toBe('NO [CONTACTADMIN] Never');
  expect(await client.reply('SELECT INBOX')).toMatch(/^OK /);
});

test('at APPEND: the message that comes all the same is passed over', async () => {
  const client = await world.alice();
  for (const plus of ['+', '']) {
    set('imap-command', TROUBLE, { command: 'APPEND' });
    client.line.send(`a APPEND INBOX {5${plus}}\r\n`);
    if (plus === '') await client.line.until(/\+ .*\r\n/);
    client.line.send('abcde {3+}\r\nx\r\n\r\n');
    expect(await client.line.until(/a .*\r\n/)).toBe('a NO [UNAVAILABLE] Try again\r\n');
    expect(await client.reply('NOOP')).toBe('OK Done');
  }
  expect(await client.ask('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 0)');
});

test('a connection breaks in the middle of an answer, after so many octets', async () => {
  const client = await world.alice('INBOX');
  await client.append('INBOX', `Subject: x\r\n\r\n${'y'.repeat(200_000)}`, '(\\Seen) ');
  await client.ask('NOOP');
  set('imap-command', { kind: 'drop', afterOctets: 100_000 }, { command: 'FETCH' });
  client.line.send('f FETCH 1 BODY[]\r\n');
  const all = await client.line.closed();
  expect(all).toHaveLength(100_000);
  expect(all).toMatch(/^\* 1 FETCH \(BODY\[\] \{200014\}\r\nSubject: x/);
});
