import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  LineClient,
  type MailWorld,
  mailCount,
  openMailWorld,
  openPop3,
  openSmtp,
  readMailbox,
  reportsOf,
  sendMail,
  untilMail,
} from '../mail-world.ts';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(24, { crepes: { POP3_IDLE_S: '1' } });
});

afterEach(() => world.end());

/** Puts messages into the mailbox of alice. */
async function fill(...bodies: string[]): Promise<void> {
  const client = await openSmtp(world.crepes);
  for (const [index, body] of bodies.entries()) {
    await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], `Subject: message ${index + 1}\r\n\r\n${body}`);
    await untilMail(world.crepes, 'alice', index + 1);
  }
  client.drop();
}

async function line(client: LineClient, command: string): Promise<string> {
  client.send(`${command}\r\n`);
  return client.until(/\r\n/);
}

async function lines(client: LineClient, command: string): Promise<string> {
  client.send(`${command}\r\n`);
  return client.until(/\r\n\.\r\n/);
}

test('POP-01 the commands of POP3 are there', async () => {
  await fill('one', 'two');
  const client = await openPop3(world.crepes, ALICE);
  expect(await line(client, 'STAT')).toMatch(/^\+OK 2 \d+\r\n/);
  expect(await lines(client, 'LIST')).toMatch(/^\+OK 2 messages \(\d+ octets\)\r\n1 \d+\r\n2 \d+\r\n\.\r\n$/);
  expect(await lines(client, 'RETR 1')).toContain('Subject: message 1');
  expect(await line(client, 'DELE 1')).toMatch(/^\+OK/);
  expect(await line(client, 'RSET')).toMatch(/^\+OK/);
  expect(await line(client, 'NOOP')).toMatch(/^\+OK/);
  expect(await line(client, 'QUIT')).toMatch(/^\+OK/);
});

test('POP-02 the agent opens a TCP connection to port 110 and is greeted', async () => {
  const client = new LineClient(world.crepes.host.address, 110);
  expect(await client.until(/\r\n/)).toMatch(/^\+OK mail\.crepes\.fr /);
  client.drop();
});

test('POP-03 a session has three phases: a command of the next one is refused', async () => {
  await fill('one');
  const client = new LineClient(world.crepes.host.address, 110);
  await client.until(/\r\n/);
  expect(await line(client, 'RETR 1')).toBe('-ERR RETR is not possible in the authorization state\r\n');
  await line(client, 'USER alice');
  expect(await line(client, 'PASS wonderland')).toMatch(/^\+OK/);
  expect(await line(client, 'PASS wonderland')).toBe('-ERR PASS is not possible in the transaction state\r\n');
  await line(client, 'DELE 1');
  expect(await mailCount(world.crepes, 'alice')).toBe(1);
  expect(await line(client, 'QUIT')).toBe('+OK Goodbye\r\n');
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
});

test('POP-04 user name and password open the maildrop; a wrong one leaves the session in its first phase', async () => {
  const client = new LineClient(world.crepes.host.address, 110);
  await client.until(/\r\n/);
  await line(client, 'USER alice');
  expect(await line(client, 'PASS wrong')).toBe('-ERR [AUTH] Wrong user name or password\r\n');
  expect(await line(client, 'STAT')).toMatch(/^-ERR/);
  await line(client, 'USER nobody');
  expect(await line(client, 'PASS wrong')).toBe('-ERR [AUTH] Wrong user name or password\r\n');
  await line(client, 'USER alice');
  expect(await line(client, 'PASS wonderland')).toBe('+OK 0 messages (0 octets)\r\n');
});

test('POP-05 RETR gives the message octet for octet, with full stops doubled', async () => {
  await fill('..\r\n...\r\n..two\r\nlast');
  const client = await openPop3(world.crepes, ALICE);
  const octets = Number((await line(client, 'LIST 1')).split(' ')[2]);
  const response = await lines(client, 'RETR 1');
  expect(response).toMatch(/^\+OK \d+ octets\r\n/);
  expect(response).toContain('\r\n\r\n..\r\n...\r\n..two\r\nlast\r\n.\r\n');
  const message = response.slice(response.indexOf('\r\n') + 2, -3).replace(/^\./gm, '');
  expect(message).toHaveLength(octets);
});

test('POP-06 DELE marks a message and RSET takes the mark away', async () => {
  await fill('one', 'two');
  const client = await openPop3(world.crepes, ALICE);
  await line(client, 'DELE 1');
  expect(await lines(client, 'LIST')).not.toMatch(/^1 /m);
  expect(await line(client, 'RETR 1')).toMatch(/^-ERR/);
  expect(await line(client, 'DELE 1')).toMatch(/^-ERR/);
  await line(client, 'RSET');
  expect(await lines(client, 'LIST')).toMatch(/^1 /m);
});

test('POP-07 marked messages are removed at QUIT, and only at QUIT', async () => {
  await fill('one', 'two');
  const dropped = await openPop3(world.crepes, ALICE);
  await line(dropped, 'DELE 1');
  dropped.drop();
  const client = await openPop3(world.crepes, ALICE);
  expect(await line(client, 'STAT')).toMatch(/^\+OK 2 /);
  await line(client, 'DELE 1');
  await line(client, 'QUIT');
  const letters = await readMailbox(world.crepes, ALICE);
  expect(letters).toHaveLength(1);
  expect(letters[0]).toContain('Subject: message 2');
});

test('a second session on a maildrop is told that it is in use, and comes in when the first has gone', async () => {
  await fill('one');
  const first = await openPop3(world.crepes, ALICE);
  const second = new LineClient(world.crepes.host.address, 110);
  await second.until(/\r\n/);
  await line(second, 'USER alice');
  expect(await line(second, 'PASS wonderland')).toMatch(/^-ERR \[IN-USE\]/);
  await line(first, 'QUIT');
  await line(second, 'USER alice');
  expect(await line(second, 'PASS wonderland')).toMatch(/^\+OK/);
});

test('UIDL names a message for ever: over sessions, deletions and restarts', async () => {
  await fill('one', 'two', 'three');
  const before = await lines(await openPop3(world.crepes, ALICE), 'UIDL');
  await world.crepes.stop();
  await world.crepes.start();
  const client = await openPop3(world.crepes, ALICE);
  expect(await lines(client, 'UIDL')).toBe(before);
  const [, , second] = before.split('\r\n');
  await line(client, 'DELE 1');
  await line(client, 'QUIT');
  const after = await lines(await openPop3(world.crepes, ALICE), 'UIDL');
  expect(after.split('\r\n')[1]?.split(' ')[1]).toBe(second?.split(' ')[1]);
});

test('TOP gives the header section, the empty line, and as many lines as were asked for', async () => {
  await fill('first\r\n..second\r\nthird');
  const client = await openPop3(world.crepes, ALICE);
  expect(await lines(client, 'TOP 1 0')).toMatch(/Subject: message 1\r\n\r\n\.\r\n$/);
  expect(await lines(client, 'TOP 1 2')).toMatch(/\r\n\r\nfirst\r\n\.\.second\r\n\.\r\n$/);
  expect(await lines(client, 'TOP 1 99')).toMatch(/third\r\n\.\r\n$/);
});

test('numbers without sense are refused, and the session goes on', async () => {
  await fill('one');
  const client = await openPop3(world.crepes, ALICE);
  for (const command of [
    'RETR 0',
    'RETR -1',
    'RETR 2',
    'RETR 99999999999999999999',
    'RETR',
    'RETR x',
    'TOP 1',
    'TOP 1 -1',
    'DELE 1.5',
    'LIST 7',
    'UIDL 0',
  ]) {
    expect(await line(client, command), command).toMatch(/^-ERR/);
    if (command.startsWith('TOP 1')) continue;
  }
  expect(await line(client, 'NOOP')).toMatch(/^\+OK/);
});

test('CAPA names what is there (RFC 2449)', async () => {
  const client = new LineClient(world.crepes.host.address, 110);
  await client.until(/\r\n/);
  const capabilities = (await lines(client, 'CAPA')).split('\r\n');
  for (const one of ['TOP', 'UIDL', 'USER', 'RESP-CODES', 'PIPELINING']) expect(capabilities).toContain(one);
  expect(capabilities).not.toContain('STLS');
});

test('commands that come in one packet, with the end of the connection, are all answered in order', async () => {
  await fill('one');
  const client = new LineClient(world.crepes.host.address, 110);
  client.send('USER alice\r\nPASS wonderland\r\nSTAT\r\nUIDL\r\nNOOP\r\nQUIT\r\n');
  const all = await client.closed();
  expect(all.match(/^(\+OK|-ERR)/gm)).toHaveLength(7);
  expect(all).toMatch(/\+OK Goodbye\r\n$/);
});

test('a message that another program takes away is reported as gone', async () => {
  await fill('one');
  const client = await openPop3(world.crepes, ALICE);
  const { readdirSync, rmSync } = await import('node:fs');
  const folder = `${world.crepes.host.stateDir}/mail/alice/new`;
  for (const file of readdirSync(folder)) rmSync(`${folder}/${file}`);
  expect(await line(client, 'RETR 1')).toMatch(/^-ERR The message is gone/);
});

test('a client that is silent is let go, and its marks are forgotten', async () => {
  await fill('one');
  const client = await openPop3(world.crepes, ALICE);
  await line(client, 'DELE 1');
  expect(await client.closed()).toBe('');
  expect(await mailCount(world.crepes, 'alice')).toBe(1);
});

test('a line without end, and junk, end the session', async () => {
  const endless = new LineClient(world.crepes.host.address, 110);
  await endless.until(/\r\n/);
  endless.send('x'.repeat(5_000));
  expect(await endless.closed()).toMatch(/^-ERR The command is too long/);
  const junk = new LineClient(world.crepes.host.address, 110);
  await junk.until(/\r\n/);
  junk.send('JUNK\r\n'.repeat(50));
  expect((await junk.closed()).match(/-ERR/g)).toHaveLength(10);
});

test('each command and response is reported, the password hidden', async () => {
  await openPop3(world.crepes, ALICE);
  const told = (await reportsOf(world.crepes))
    .filter(({ kind }) => kind.startsWith('pop3.'))
    .map(({ kind, summary }) => `${kind} ${summary}`);
  expect(told).toContain('pop3.command PASS ********');
  expect(told).toContain('pop3.response +OK 0 messages (0 octets)');
});
