import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { ImapClient } from '../imap-client.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';

const MESSAGE_OCTETS_MAX = 65_536;

let world: ImapWorld;

beforeAll(async () => {
  world = await openImapWorld('37.1', { messageOctetsMax: MESSAGE_OCTETS_MAX, connectionsPerClientMax: 40 });
});

afterEach(() => world.drop());

afterAll(() => world.end());

function connect(): Promise<ImapClient> {
  return world.connect();
}

function folder(...path: string[]): string {
  return join(world.host.stateDir, 'mail', 'alice', ...path);
}

test('three lines of nonsense before log-in end the connection', async () => {
  const client = await connect();
  client.line.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await client.line.closed()).toMatch(/^GET BAD .*\r\n(\* BAD|Host: BAD|.*BAD).*\r\n\* BAD .*\r\n\* BYE /);
});

test('a literal outside of APPEND has a limit, before log-in and after', async () => {
  const stranger = await connect();
  stranger.line.send('a LOGIN {99999999999}\r\n');
  expect(await stranger.line.closed()).toBe(
    'a BAD [TOOBIG] The literal is too large\r\n* BYE The literal is too large\r\n',
  );
  const client = await world.alice();
  client.line.send('a SELECT {99999999999+}\r\n');
  expect(await client.line.closed()).toMatch(/BYE/);
});

test('only a message comes as a literal8, and the next command is understood', async () => {
  const client = await world.alice();
  expect(await client.reply('SELECT ~{5+}\r\nINBOX')).toBe('BAD Only a message may come as a literal8');
  expect(await client.reply('SELECT ~{5}')).toBe('BAD Only a message may come as a literal8');
  expect(await client.reply('APPEND INBOX ~{5+}\r\na\0b\r\n')).toMatch(/^NO \[UNKNOWN-CTE\]/);
  expect(await client.reply('NOOP')).toBe('OK Done');
});

test('a command of which a literal was refused ends with its line, also one that is too long', async () => {
  const client = await world.alice();
  client.line.send(`a SELECT ~{3+}\r\nabc${'y'.repeat(70_000)}\r\nb NOOP\r\nc NOOP\r\n`);
  expect(await client.line.until(/c OK .*\r\n/)).toBe('a BAD The command is too long\r\nb OK Done\r\nc OK Done\r\n');
});

test('APPEND without log-in is refused before the message is asked for', async () => {
  const client = await connect();
  expect(await client.reply('APPEND INBOX {10}')).toBe('BAD APPEND is not possible in the not-authenticated state');
});

test('a message that is too large is refused before it is asked for, and thrown away when it comes unasked', async () => {
  const client = await world.alice();
  for (const octets of ['9999999999999', '65537'])
    expect(await client.ask(`APPEND INBOX {${octets}}`)).toEqual(['NO [TOOBIG] A message has 65536 octets at most']);
  expect(await client.append('INBOX', 'x'.repeat(70_000))).toMatch(/^NO \[TOOBIG\]/);
  expect(await client.reply('NOOP')).toMatch(/^OK/);
  client.line.send('a APPEND INBOX {99999999999+}\r\n');
  expect(await client.line.closed()).toMatch(/^a NO \[TOOBIG\] .*\r\n\* BYE /);
});

test('a bad date, a bad flag, a NUL or a bad end: refused, and the next command is understood', async () => {
  const client = await world.alice();
  await client.ask('CREATE Odd');
  expect(await client.reply('APPEND Odd "32-Jul-1996 02:44:25 -0700" {5}')).toMatch(/^BAD /);
  expect(await client.append('Odd', 'a\r\nb', '"yesterday" ')).toMatch(/^BAD /);
  expect(await client.append('Odd', 'a\r\nb', '(\\Seen ')).toMatch(/^BAD /);
  expect(await client.append('Odd', 'a\r\nb', '(\\Recent) ')).toMatch(/^NO \[CANNOT\]/);
  expect(await client.append('Odd', 'a\0b')).toMatch(/^NO /);
  expect(await client.append('Odd', '')).toMatch(/^NO /);
  expect(await client.reply('APPEND Odd {1+}\r\nx y')).toMatch(/^BAD /);
  expect(await client.reply('APPEND Odd ')).toMatch(/^BAD /);
  expect(await client.reply('APPEND {3+}\r\nOdd {3+}\r\nabc')).toMatch(/^OK /);
  expect(await client.ask('STATUS Odd (MESSAGES)')).toContain('* STATUS Odd (MESSAGES 1)');
});

test('what is hostile is answered the same, wherever it is split', async () => {
  const hostile = [
    'a1 APPEND Split "yesterday" {5+}\r\nabcde\r\n',
    'a2 APPEND Split (\\Recent) {3+}\r\nabc (x {4+}\r\nLOGO\r\n',
    'a3 APPEND Split {2+}\r\na\0 {3+}\r\nabc\r\n',
    'a4 LOGIN {3+}\r\na\r\n {2+}\r\n\r\n\r\n',
    'a5 SELECT ~{4+}\r\na\r\nb\r\n',
    'a6 SEARCH SUBJECT {3+}\r\n\0\0\0\r\n',
    `a7 FETCH ${'('.repeat(40)}\r\n`,
    'a8 APPEND Split {1+}\r\nx {99999+}\r\n',
  ].join('');
  const behind = `${'y'.repeat(99_999)}\r\na9 NOOP\r\n`;
  const client = await world.alice();
  await client.ask('CREATE Split');
  const answers = async (split: number) => {
    const one = await world.alice();
    one.line.send(hostile.slice(0, split));
    await new Promise((resolve) => setImmediate(resolve));
    one.line.send(hostile.slice(split) + behind);
    const text = await one.line.until(/a9 [^\r]*\r\n/);
    one.line.drop();
    return text.split('\r\n').map((line) => line.replace(/offset \d+/, ''));
  };
  const whole = await answers(0);
  expect(whole.map((line) => line.slice(0, 6)).filter((line) => line.startsWith('a'))).toEqual([
    ...['a1 BAD', 'a2 NO ', 'a3 NO ', 'a4 BAD', 'a5 BAD', 'a6 BAD', 'a7 BAD', 'a8 NO ', 'a9 OK '],
  ]);
  const splits = Array.from({ length: hostile.length }, (_, at) => at);
  for (let from = 0; from < splits.length; from += 20) {
    const some = splits.slice(from, from + 20);
    for (const [index, got] of (await Promise.all(some.map(answers))).entries())
      expect(got, `split at ${some[index]}`).toEqual(whole);
  }
  expect(await client.ask('STATUS Split (MESSAGES)')).toContain('* STATUS Split (MESSAGES 0)');
  await expect.poll(() => readdirSync(folder('.Split', 'tmp'))).toEqual([]);
});

test('a client that goes in the middle of a message, or of the second one, stores nothing', async () => {
  for (const beginning of ['', '{3+}\r\none ']) {
    const client = await world.alice();
    await client.ask('CREATE Half');
    client.line.send(`a APPEND Half ${beginning}{1000}\r\n`);
    await client.line.until(/\+ .*\r\n/);
    client.line.send('x'.repeat(500));
    client.line.drop();
    await eventually(() => readdirSync(folder('.Half', 'tmp')).length === 0, 'an empty tmp');
    for (const name of ['new', 'cur']) expect(readdirSync(folder('.Half', name))).toEqual([]);
  }
});

test('a command that is too long is BAD, and the next one is understood', async () => {
  const client = await world.alice();
  expect(await client.reply(`SELECT ${'x'.repeat(100_000)}`)).toBe('BAD The command is too long');
  expect(await client.reply(`SELECT ${'x'.repeat(60_000)}`)).toMatch(/^NO \[CANNOT\]/);
  await client.ask('SELECT INBOX');
  expect(await client.reply(`SEARCH ${'('.repeat(5000)}ALL${')'.repeat(5000)}`)).toMatch(/^BAD /);
  expect(await client.reply(`SEARCH ${'NOT '.repeat(3000)}ALL`)).toMatch(/^BAD /);
  expect(await client.reply(`FETCH 1 (${'BODY[1.1.1.1] '.repeat(300)}UID)`)).toMatch(/^BAD /);
  expect(await client.reply(`LIST "" (${'a '.repeat(100)}b)`)).toMatch(/^BAD /);
  expect(await client.reply(`ID (${'"a" "b" '.repeat(30)}"a" "b")`)).toMatch(/^BAD /);
  expect(
    await client.reply(`ID (${Array.from({ length: 30 }, (_, at) => `"f${at}" "${'x'.repeat(1024)}"`).join(' ')})`),
  ).toMatch(/^OK /);
});

test('a line without an end is not waited for', async () => {
  const client = await world.alice();
  const flood = 'x'.repeat(64 * 1024);
  for (let sent = 0; sent < 40; sent += 1) client.line.send(flood);
  expect(await client.line.closed()).toMatch(/BYE The line has no end/);
});

test('no name leads outside of the account, and none is created that could not be listed', async () => {
  const client = await world.alice();
  const before = readdirSync(folder()).sort();
  const names = [
    '../../etc/passwd',
    'a/../b',
    '/etc/passwd',
    '~root/x',
    '.',
    '..',
    'a//b',
    '"a\tb"',
    '&',
    '&Jjo',
    '&AGE-',
  ];
  const more = ['"\xff"', 'x'.repeat(300), Array(40).fill('a').join('/'), 'cur', 'new', 'tmp', '"a*"', '""'];
  for (const name of [...names, ...more]) expect(await client.reply(`CREATE ${name}`), name).toMatch(/^NO \[CANNOT\]/);
  expect(await client.reply('CREATE INBOX')).toMatch(/^NO \[ALREADYEXISTS\]/);
  const other = await world.alice();
  expect(await other.reply('CREATE "a\0b"')).toMatch(/^BAD /);
  expect(await other.reply('CREATE {3+}\r\na\0b')).toMatch(/^BAD /);
  const utf8 = await world.alice();
  await utf8.ask('ENABLE IMAP4rev2');
  const unicode = [
    '"a/../b"',
    '"\xff"',
    '"\xc3"',
    '"e\xcc\x81"',
    '"a\xe2\x80\xa8b"',
    '"\xc2\x85"',
    '"\xed\xa0\x80"',
    '..',
  ];
  for (const name of unicode) expect(await utf8.reply(`CREATE ${name}`), name).toMatch(/^NO \[CANNOT\]/);
  expect(readdirSync(folder()).sort()).toEqual(before);
  expect(readdirSync(join(world.host.stateDir, 'mail')).sort()).toEqual(['alice', 'claire']);
});

test('a wrong password waits, and a user who does not exist gets the same answer', async () => {
  const client = await connect();
  expect(await client.reply('LOGIN alice wrong')).toBe('NO [AUTHENTICATIONFAILED] Wrong user name or password');
  expect(await client.reply('LOGIN nobody wrong')).toBe('NO [AUTHENTICATIONFAILED] Wrong user name or password');
  expect(await client.reply('LOGIN "alice@crepes.fr" wonderland')).toMatch(/^OK /);
});

test('one client has a limited number of connections, and is told so', async () => {
  await eventually(() => world.imap.connections() === 0, 'no connection');
  const clients = Array.from({ length: 40 }, () => new ImapClient(world.host.address));
  await Promise.all(clients.map((client) => client.line.until(/\r\n/)));
  const oneMore = new ImapClient(world.host.address);
  expect(await oneMore.line.closed()).toMatch(/^\* BYE \[UNAVAILABLE\]/);
  for (const client of clients) client.line.drop();
  await eventually(() => world.imap.connections() === 0, 'no connection');
});

test('commands that come together are answered in order', async () => {
  const client = await connect();
  client.line.send('a LOGIN alice wonderland\r\nb SELECT INBOX\r\nc NOOP\r\nd LOGOUT\r\n');
  const all = await client.line.closed();
  expect([...all.matchAll(/^([a-d]) OK/gm)].map(([, tag]) => tag)).toEqual(['a', 'b', 'c', 'd']);
});
