import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  eventually,
  type MailWorld,
  openMailWorld,
  openSmtp,
  reportsOf,
  sendMail,
  untilMail,
} from '../mail-world.ts';
import { Pop3Client } from '../pop3-client.ts';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(112);
  const client = await openSmtp(world.crepes);
  await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], `Subject: one\r\n\r\n${'x'.repeat(5_000)}`);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
});

afterEach(() => world.end());

async function set(fault: object): Promise<void> {
  await world.crepes.running.actions?.fault?.run({ name: 'broken', times: 1, ...fault });
}

test('a fault in place of the greeting is the last word, and the next client is greeted', async () => {
  await set({ stage: 'pop3-connect', reply: { code: 451, text: 'not now' } });
  const refused = await Pop3Client.open(world.crepes);
  expect(await refused.closed()).toBe('');
  const fine = await Pop3Client.open(world.crepes);
  expect(await fine.ask('NOOP')).toMatch(/^-ERR NOOP is not possible/);
  fine.drop();
  const told = (await reportsOf(world.crepes)).map(({ summary }) => summary);
  expect(told).toContain('-ERR [SYS/TEMP] not now');
});

test('a fault in place of the greeting may break the connection', async () => {
  await set({ stage: 'pop3-connect', drop: true });
  await expect(Pop3Client.open(world.crepes)).rejects.toThrow('got ""');
});

test('a fault at the log-in concerns one account, by PASS and by AUTH, and the session goes on', async () => {
  await set({ stage: 'pop3-login', match: { account: 'alice' }, reply: { code: 535, text: 'no' }, times: 2 });
  const client = await Pop3Client.open(world.crepes);
  await client.ask('USER alice');
  expect(await client.ask('PASS wonderland')).toBe('-ERR [SYS/PERM] no');
  const token = Buffer.from('\0alice\0wonderland').toString('base64');
  expect(await client.ask(`AUTH PLAIN ${token}`)).toBe('-ERR [SYS/PERM] no');
  expect(await client.ask(`AUTH PLAIN ${token}`)).toMatch(/^\+OK/);
  await client.quit();
});

test('a fault at the log-in concerns the account also when its address is given', async () => {
  await set({ stage: 'pop3-login', match: { account: 'alice' }, reply: { code: 454, text: 'not now' } });
  const client = await Pop3Client.open(world.crepes);
  await client.ask('USER Alice@crepes.fr');
  expect(await client.ask('PASS wonderland')).toBe('-ERR [SYS/TEMP] not now');
  await client.quit();
});

test('a fault at a command answers in its place, and the message stays', async () => {
  await set({ stage: 'pop3-command', match: { command: 'RETR' }, reply: { code: 450, text: 'busy' } });
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  expect(await client.ask('STAT')).toMatch(/^\+OK 1 /);
  expect(await client.ask('RETR 1')).toBe('-ERR [SYS/TEMP] busy');
  expect(await client.askOctets('RETR 1')).toContain('Subject: one');
  await client.quit();
});

test('a fault in the middle of a response breaks the connection after so many octets', async () => {
  await set({ stage: 'pop3-command', match: { command: 'RETR' }, drop: { afterOctets: 100 } });
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  await client.ask('DELE 1');
  await client.ask('RSET');
  client.send('RETR 1\r\n');
  expect(await client.closed()).toHaveLength(100);
  const again = await eventually(() => Pop3Client.logIn(world.crepes, ALICE).catch(() => null));
  expect(await again.askOctets('RETR 1')).toContain('Subject: one');
  await again.quit();
});
