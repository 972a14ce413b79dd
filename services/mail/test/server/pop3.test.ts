import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  eventually,
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
  world = await openMailWorld(24);
});

afterEach(() => world.end());

/** Puts messages into the mailbox of alice. */
async function fill(...bodies: string[]): Promise<void> {
  const client = await openSmtp(world.crepes);
  const before = await mailCount(world.crepes, 'alice');
  for (const [index, body] of bodies.entries()) {
    await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], `Subject: message ${index + 1}\r\n\r\n${body}`);
    await untilMail(world.crepes, 'alice', before + index + 1);
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

test('POP-08 no command of POP3 makes a folder on the server or files a message in one', async () => {
  await fill('one', 'two');
  const folders = async () => {
    const imap = new LineClient(world.crepes.host.address, 143);
    await imap.until(/\r\n/);
    imap.send('a LOGIN alice wonderland\r\nb LIST "" *\r\nc STATUS INBOX (MESSAGES)\r\n');
    const told = await imap.until(/\r\nc OK/);
    imap.drop();
    return told.match(/^\* (LIST|STATUS) .*$/gm);
  };
  const before = await folders();
  const client = await openPop3(world.crepes, ALICE);
  for (const command of [
    'CREATE Work',
    'COPY 1 Work',
    'MOVE 1 Work',
    'APPEND Work {3}',
    'SELECT Work',
    'RENAME INBOX Work',
  ]) {
    expect(await line(client, command), command).toBe('-ERR Unknown command\r\n');
  }
  await lines(client, 'RETR 1');
  await line(client, 'QUIT');
  expect(await folders()).toEqual(before);
  expect(before?.at(-1)).toContain('MESSAGES 2');
});

test('a wrong password is answered late, and later each time', async () => {
  const { host } = world.crepes;
  const client = new LineClient(host.address, 110);
  await client.until(/\r\n/);
  const tookMs: number[] = [];
  for (let count = 1; count <= 5; count += 1) {
    await line(client, 'USER alice');
    const began = performance.now();
    expect(await line(client, 'PASS wrong')).toBe('-ERR [AUTH] Wrong user name or password\r\n');
    tookMs.push(performance.now() - began);
  }
  // The first delay is 5 ms in these tests, and each is twice the one before: 80 ms at the fifth. A timer may end 1 ms early.
  expect(tookMs[0]).toBeGreaterThanOrEqual(4);
  expect(tookMs[4]).toBeGreaterThanOrEqual(79);
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

test('UIDL is the same when the server was killed: what was told is on disk at every moment', async () => {
  await fill('one', 'two');
  const client = await openPop3(world.crepes, ALICE);
  const told = await lines(client, 'UIDL');
  await line(client, 'DELE 1');
  // What lies on disk now is what a server that comes after kill -9 finds.
  const left = mkdtempSync(join(tmpdir(), 'killed-'));
  cpSync(join(world.crepes.host.stateDir, 'mail'), join(left, 'mail'), { recursive: true });
  client.drop();
  await world.crepes.stop();
  rmSync(join(world.crepes.host.stateDir, 'mail'), { recursive: true });
  renameSync(join(left, 'mail'), join(world.crepes.host.stateDir, 'mail'));
  rmSync(left, { recursive: true });
  await world.crepes.start();
  expect(await lines(await openPop3(world.crepes, ALICE), 'UIDL')).toBe(told);
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
  const folder = `${world.crepes.host.stateDir}/mail/alice/new`;
  for (const file of readdirSync(folder)) rmSync(`${folder}/${file}`);
  expect(await line(client, 'RETR 1')).toMatch(/^-ERR The message is gone/);
});

test('a session keeps its numbers while others deliver and expunge, and IMAP is told what QUIT removes', async () => {
  await fill('one', 'two', 'three');
  const client = await openPop3(world.crepes, ALICE);
  const imap = new LineClient(world.crepes.host.address, 143);
  await imap.until(/\r\n/);
  imap.send('a LOGIN alice wonderland\r\nb SELECT INBOX\r\nc STORE 1 +FLAGS.SILENT (\\Deleted)\r\nd EXPUNGE\r\n');
  await imap.until(/\r\nd OK/);
  await fill('four');
  expect(await line(client, 'STAT')).toMatch(/^\+OK 3 /);
  expect(await line(client, 'RETR 1')).toBe('-ERR The message is gone\r\n');
  expect(await lines(client, 'RETR 3')).toContain('Subject: message 3');
  expect(await line(client, 'RETR 4')).toBe('-ERR No such message\r\n');
  // Message 1 is gone already, which is no fault; 2 is the first of the IMAP session.
  await line(client, 'DELE 1');
  await line(client, 'DELE 2');
  expect(await line(client, 'QUIT')).toBe('+OK Goodbye\r\n');
  imap.send('e NOOP\r\n');
  expect(await imap.until(/\r\ne OK/)).toMatch(/^\* 1 EXPUNGE\r$/m);
  expect((await readMailbox(world.crepes, ALICE)).map((letter) => /Subject: .*/.exec(letter)?.[0])).toEqual([
    'Subject: message 3',
    'Subject: message 1',
  ]);
  imap.drop();
});

test('a client that is silent is let go, and its marks are forgotten', async () => {
  await world.end();
  world = await openMailWorld(24, { crepes: { POP3_IDLE_S: '1' } });
  await fill('one');
  // On a busy machine a second may be over before the mark is made: then once more.
  const client = await eventually(async () => {
    const one = await openPop3(world.crepes, ALICE).catch(() => null);
    const marked = one === null ? '' : await line(one, 'DELE 1').catch(() => '');
    return marked.startsWith('+OK') && one;
  }, 'a mark');
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

test('the state tells who is in which phase', async () => {
  const { host, running } = world.crepes;
  const sessions = async () => ((await running.state()) as { sessions: { pop3: object[] } }).sessions.pop3;
  const client = new LineClient(host.address, 110);
  await client.until(/\r\n/);
  const address = expect.stringMatching(/^127\.\d+\.\d+\.\d+:\d+$/);
  expect(await sessions()).toEqual([{ client: address, account: null, phase: 'authorization' }]);
  await line(client, 'USER alice');
  await line(client, 'PASS wonderland');
  expect(await sessions()).toEqual([{ client: address, account: 'alice', phase: 'transaction' }]);
  client.drop();
});

test('each command and response is reported, the password hidden', async () => {
  await openPop3(world.crepes, ALICE);
  const told = (await reportsOf(world.crepes))
    .filter(({ kind }) => kind.startsWith('pop3.'))
    .map(({ kind, summary }) => `${kind} ${summary}`);
  expect(told).toContain('pop3.command PASS ********');
  expect(told).toContain('pop3.response +OK 0 messages (0 octets)');
});
