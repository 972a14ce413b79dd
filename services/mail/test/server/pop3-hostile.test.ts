import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pop3Connection } from '../../src/server/pop3-connection.ts';
import type { LockedMaildrop } from '../../src/server/pop3-maildrop.ts';
import { sendMessage } from '../../src/server/pop3-retrieval.ts';
import type { Pop3Wire } from '../../src/server/pop3-wire.ts';
import { TlsUpgrade } from '../../src/server/upgrade-to-tls.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  sendMail,
  untilMail,
} from '../mail-world.ts';
import { Pop3Client } from '../pop3-client.ts';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(111);
});

afterEach(() => world.end());

/** A server that lets go who is silent for a second: on a busy machine it may let go who is not. */
async function openImpatient(): Promise<void> {
  await world.end();
  world = await openMailWorld(111, { crepes: { POP3_IDLE_S: '1' } });
}

const free = () => eventually(() => Pop3Client.logIn(world.crepes, ALICE).catch(() => null), 'the maildrop');

/** Puts a file into the Maildir of alice, as another program does. */
function putFile(name: string, message: string): void {
  writeFileSync(`${inbox()}/new/${name}`, Buffer.from(message, 'latin1'));
}

function inbox(): string {
  return `${world.crepes.host.stateDir}/mail/alice`;
}

async function deliver(...bodies: string[]): Promise<void> {
  const client = await openSmtp(world.crepes);
  for (const [index, body] of bodies.entries()) {
    await sendMail(
      client,
      'x@outside.example',
      ['alice@crepes.fr'],
      `Subject: message ${index + 1}\r\n\r\n${body.replace(/^\./gm, '..')}`,
    );
    await untilMail(world.crepes, 'alice', index + 1);
  }
  client.drop();
}

/** What a whole conversation is answered when its octets come in these pieces. */
async function converse(pieces: readonly string[]): Promise<string> {
  const client = await Pop3Client.open(world.crepes);
  for (const piece of pieces) {
    client.send(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return client.closed();
}

test('a conversation is answered the same wherever its octets are split', async () => {
  await deliver('.\r\n..x');
  const polite = 'CAPA\r\nUSER alice\r\nPASS wonderland\r\nSTAT\r\nUIDL 1\r\nTOP 1 0\r\nRETR 1\r\nRETR 2\r\n';
  const hostile = 'RETR 99999999999999999999\r\nDELE \0\r\n\r\n\xff\xfe\n RETR 1\r\nLIST 1\r\r\nQUIT\r\n';
  const said = polite + hostile;
  const whole = await converse([said]);
  expect(whole.match(/^(\+OK|-ERR)/gm)).toHaveLength(15);
  for (let split = 1; split < said.length; split += 1) {
    expect(await converse([said.slice(0, split), said.slice(split)]), `split at ${split}`).toBe(whole);
  }
  expect(await converse([...said])).toBe(whole);
});

test('octets without sense are answered with -ERR or the end of the connection, and the next client is served', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (octets) => {
      const client = await Pop3Client.open(world.crepes);
      client.send(octets);
      client.socket.end('\r\n');
      expect((await client.closed()).replaceAll(/^(-ERR .*\r\n)*/g, '')).toBe('');
    }),
    { numRuns: 60 },
  );
  await (await Pop3Client.logIn(world.crepes, ALICE)).quit();
});

test('NUL, 8-bit octets, control characters and numbers of 20 digits are refused, and the session goes on', async () => {
  await deliver('one');
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  for (const command of ['RETR \0', 'RETR 1\0', 'RETR \xb1', 'DELE 1\r', 'LIST -1', 'TOP 1 99999999999999999999']) {
    expect(await client.ask(command), JSON.stringify(command)).toMatch(/^-ERR/);
  }
  expect(await client.ask('RETR 99999999999999999999')).toBe('-ERR No such message');
  expect(await client.ask('STAT')).toMatch(/^\+OK 1 /);
  client.drop();
});

test('a name or a password with NUL, or of 240 octets, belongs to nobody', async () => {
  const client = await Pop3Client.open(world.crepes);
  for (const [user, password] of [
    ['alice\0', 'wonderland'],
    ['alice', 'wonderland\0'],
    ['../alice', 'wonderland'],
    ['x'.repeat(240), 'y'.repeat(240)],
  ]) {
    await client.ask(`USER ${user}`);
    expect(await client.ask(`PASS ${password}`)).toMatch(/^-ERR \[AUTH\]/);
  }
  client.drop();
});

test('a line of 256 octets ends the session, with and without its end, and one of 255 does not', async () => {
  const client = await Pop3Client.open(world.crepes);
  expect(await client.ask(`USER ${'x'.repeat(248)}`)).toMatch(/^\+OK/);
  client.send(`USER ${'x'.repeat(249)}\r\nQUIT\r\n`);
  expect(await client.closed()).toBe('-ERR The command is too long\r\n');
  const endless = await Pop3Client.open(world.crepes);
  endless.send('x'.repeat(255));
  expect(await endless.closed()).toBe('-ERR The command is too long\r\n');
});

test('ten thousand pipelined commands are answered one by one and in order', async () => {
  await deliver('one');
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  const commands = Array.from({ length: 10_000 }, (_, index) => `LIST ${index}\r\n`);
  client.send(`${commands.join('')}QUIT\r\n`);
  const answers = (await client.closed()).split('\r\n').slice(0, -1);
  expect(answers).toHaveLength(10_001);
  expect(answers[1]).toMatch(/^\+OK 1 \d+$/);
  expect(new Set(answers.slice(2, -1))).toEqual(new Set(['-ERR No such message']));
  expect(answers.at(-1)).toBe('+OK Goodbye');
});

test('a client that sends commands and reads nothing is heard no further than its answers fit', async () => {
  const stuck = new StuckSocket();
  const parts = {
    host: world.crepes.host,
    mailHost: 'mail.crepes.fr',
    logins: { check: async () => null, close: () => {} } as never,
    mailboxes: {} as never,
    faults: { isIdleAt: () => true } as never,
  };
  const privacy = { isTls: false, allowsCleartext: true };
  const tls = new TlsUpgrade({ key: '', cert: '', minVersion: 'TLSv1.2' });
  const session = new Pop3Connection(parts, stuck as unknown as Socket, tls, { idleMs: 60_000, privacy }).run();
  for (let count = 0; count < 100; count += 1) {
    stuck.push('CAPA\r\n'.repeat(1_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(stuck.writableLength).toBeLessThan(stuck.writableHighWaterMark + 1_000);
  // What has come is bounded too: the rest waits where the client would notice.
  expect(stuck.readableLength).toBeGreaterThan(500_000);
  stuck.destroy();
  await session;
});

test('a connection that breaks in the middle of RETR leaves the message unread and the maildrop free', async () => {
  putFile('1.large.other', `Subject: large\n\n${'x'.repeat(70).concat('\n').repeat(60_000)}`);
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  client.send('RETR 1\r\n');
  await client.until(/\r\n\r\nx/);
  client.drop();
  const again = await eventually(() => Pop3Client.logIn(world.crepes, ALICE).catch(() => null), 'the maildrop');
  expect(readdirSync(`${inbox()}/cur`)).toEqual([]);
  const octets = Number((await again.ask('LIST 1')).split(' ')[2]);
  expect(await again.askOctets('RETR 1')).toHaveLength(octets);
  await again.quit();
  expect(readdirSync(`${inbox()}/cur`)).toEqual([expect.stringMatching(/:2,S$/)]);
});

test('a message whose file breaks is told as gone, and the others are fetched', async () => {
  putFile('1.one.other', 'Subject: one\n\n');
  putFile('2.two.other', 'Subject: two\n\n');
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  const [path] = ['new', 'cur'].map((folder) => `${inbox()}/${folder}/1.one.other`).filter((one) => existsSync(one));
  rmSync(path ?? '');
  symlinkSync(path ?? '', path ?? '');
  expect(await client.ask('RETR 1')).toBe('-ERR The message is gone');
  expect(await client.askOctets('RETR 2')).toBe('Subject: two\r\n\r\n');
  await client.quit();
});

test('trouble of this side is told as such, and the session goes on (RFC 3206, section 3)', async () => {
  const said: string[] = [];
  const wire = { reply: (line: string) => said.push(line) } as unknown as Pop3Wire;
  const maildrop = { read: () => Promise.reject(new Error('too many open files')) } as unknown as LockedMaildrop;
  await sendMessage(
    wire,
    maildrop,
    { kind: 'send-message', line: '+OK', uid: 1, bodyLines: null },
    world.crepes.host.log,
  );
  expect(said).toEqual(['-ERR [SYS/TEMP] The message cannot be read now']);
});

test('a client that stops reading is let go, and holds up nobody', async () => {
  await openImpatient();
  putFile('1.large.other', `Subject: large\n\n${'x'.repeat(70).concat('\n').repeat(200_000)}`);
  const stalled = await free();
  stalled.send('RETR 1\r\n');
  stalled.socket.pause();
  const other = await eventually(async () => {
    const one = await Pop3Client.open(world.crepes).catch(() => null);
    const answer = one === null ? '' : await one.ask('CAPA').catch(() => '');
    return answer.startsWith('+OK') && one;
  }, 'another client');
  other.drop();
  await eventually(() =>
    Pop3Client.logIn(world.crepes, ALICE)
      .then((client) => client.quit())
      .then(
        () => true,
        () => null,
      ),
  );
  stalled.drop();
});

test('DELE and a connection that ends without QUIT: dropped or half-closed, it removes nothing', async () => {
  await deliver('one', 'two');
  const reset = await free();
  await reset.ask('DELE 1');
  reset.socket.resetAndDestroy();
  const halfClosed = await free();
  await halfClosed.ask('DELE 1');
  halfClosed.socket.end('DELE 2\r\n');
  expect(await halfClosed.closed()).toMatch(/^\+OK/);
  const last = await free();
  expect(await last.ask('STAT')).toMatch(/^\+OK 2 /);
  // A command whose line end never came is none.
  last.socket.end('DELE 1\r\nQUIT');
  await last.closed();
  expect(await mailCount(world.crepes, 'alice')).toBe(2);
});

test('DELE and a silence that is too long: it removes nothing', async () => {
  await openImpatient();
  putFile('1.one.other', 'Subject: one\n\n');
  putFile('2.two.other', 'Subject: two\n\n');
  const silent = await eventually(async () => {
    const one = await free();
    return (await one.ask('DELE 2').catch(() => '')).startsWith('+OK') && one;
  }, 'a mark');
  expect(await silent.closed()).toBe('');
  expect(await mailCount(world.crepes, 'alice')).toBe(2);
});

test('STAT, LIST and RETR agree octet for octet, for messages of every kind', async () => {
  await deliver('', '.', '..\r\n.\r\n...', '\xe9\xff\x80', `${'y'.repeat(70)}\r\n`.repeat(3_000));
  putFile('1.one.other', 'Subject: line feeds\n\n.\n..\nx\n');
  putFile('2.two.other', 'Subject: both\r\n\nx\r\n.y\n');
  putFile('3.three.other', '\n');
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  const listed = (await client.askLines('LIST')).map((line) => Number(line.split(' ')[1]));
  expect(listed).toHaveLength(8);
  for (const [index, octets] of listed.entries()) {
    expect((await client.ask(`LIST ${index + 1}`)).split(' ')[2]).toBe(String(octets));
    const status = await client.ask(`RETR ${index + 1}`);
    expect(status).toBe(`+OK ${octets} octets`);
    const sent = (await client.until(/^\.\r\n|\r\n\.\r\n/)).slice(0, -3).replace(/^\./gm, '');
    expect(sent, `message ${index + 1}`).toHaveLength(octets);
    expect(await client.askOctets(`TOP ${index + 1} 999999`)).toBe(sent);
    expect(await client.askOctets(`TOP ${index + 1} 0`)).toMatch(/^\r\n$|\r\n\r\n$/);
  }
  const sum = listed.reduce((one, other) => one + other, 0);
  expect(await client.ask('STAT')).toBe(`+OK 8 ${sum}`);
  client.drop();
});

test('a maildrop of 3,000 messages opens without a look into them, and is emptied by one session', async () => {
  const count = 3_000;
  // The names tell sizes that are not those of the files: nobody measures.
  for (let index = 0; index < count; index += 1) putFile(`${index}.M1P1Q${index}.other,S=1,W=${1_000 + index}`, 'x');
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  expect((await client.askLines('LIST')).at(-1)).toBe(`${count} ${1_000 + count - 1}`);
  const uniqueIds = (await client.askLines('UIDL')).map((line) => line.split(' ')[1]);
  expect(new Set(uniqueIds).size).toBe(count);
  client.send(Array.from({ length: count }, (_, index) => `DELE ${index + 1}\r\n`).join(''));
  for (let index = 0; index < count; index += 1) expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.ask('STAT')).toBe('+OK 0 0');
  await client.quit();
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
});

test('a client that has too many connections is told to try later', async () => {
  const clients: Socket[] = [];
  for (let count = 0; count < 50; count += 1) clients.push(connect(110, world.crepes.host.address));
  const refused = await eventually(async () => {
    const socket = connect(110, world.crepes.host.address).on('error', () => {});
    const words = await new Promise<string>((resolve) => socket.once('data', (octets) => resolve(String(octets))));
    socket.destroy();
    return words.startsWith('-ERR') && words;
  });
  expect(refused).toBe('-ERR [SYS/TEMP] Too many connections, try again later\r\n');
  for (const socket of clients) socket.destroy();
});

/** A connection whose other end reads nothing. */
class StuckSocket extends Duplex {
  readonly remoteAddress = '127.0.0.9';
  readonly remotePort = 9;
  override _read(): void {}
  override _write(): void {}
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
}
