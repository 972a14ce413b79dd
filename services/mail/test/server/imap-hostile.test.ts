import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImapClient, openImap } from '../imap-client.ts';
import { ALICE, eventually, type MailWorld, openMailWorld } from '../mail-world.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld(32, {
    crepes: { IMAP_IDLE_S: '1', CONNECTIONS_PER_CLIENT_MAX: '30', MESSAGE_OCTETS_MAX: '65536' },
    hamburger: { CLEARTEXT_LOGIN: 'false' },
  });
});

afterAll(() => world.end());

async function connect(): Promise<ImapClient> {
  const client = new ImapClient(world.crepes.host.address);
  await client.line.until(/\r\n/);
  return client;
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
  const client = await openImap(world.crepes, ALICE);
  client.line.send('a SELECT {99999999999+}\r\n');
  expect(await client.line.closed()).toMatch(/BYE/);
});

test('APPEND without log-in is refused before the message is asked for', async () => {
  const client = await connect();
  expect(await client.reply('APPEND INBOX {10}')).toBe('BAD APPEND is not possible in the not-authenticated state');
});

test('a message that is too large is refused before it is asked for, and thrown away when it comes unasked', async () => {
  const client = await openImap(world.crepes, ALICE);
  for (const octets of ['9999999999999', '65537'])
    expect(await client.ask(`APPEND INBOX {${octets}}`)).toEqual(['NO [TOOBIG] A message has 65536 octets at most']);
  expect(await client.append('INBOX', 'x'.repeat(70_000))).toMatch(/^NO \[TOOBIG\]/);
  expect(await client.reply('NOOP')).toMatch(/^OK/);
});

test('a bad date, a bad flag, a NUL or more than one message: refused, and the next command is understood', async () => {
  const client = await openImap(world.crepes, ALICE);
  expect(await client.reply('APPEND INBOX "32-Jul-1996 02:44:25 -0700" {5}')).toMatch(/^BAD /);
  expect(await client.append('INBOX', 'a\r\nb', '"yesterday" ')).toMatch(/^BAD /);
  expect(await client.append('INBOX', 'a\r\nb', '(\\Seen ')).toMatch(/^BAD /);
  expect(await client.append('INBOX', 'a\r\nb', '(\\Recent) ')).toMatch(/^NO \[CANNOT\]/);
  expect(await client.append('INBOX', 'a\0b')).toMatch(/^NO /);
  expect(await client.append('INBOX', '')).toMatch(/^NO /);
  expect(await client.reply('APPEND INBOX {1+}\r\nx {1+}')).toMatch(/^BAD /);
  expect(await client.reply('APPEND INBOX ')).toMatch(/^BAD /);
  expect(await client.reply('APPEND {5+}\r\nINBOX {3+}\r\nabc')).toMatch(/^OK /);
  expect(await client.ask('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 1)');
});

test('a client that goes in the middle of a message stores nothing', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.ask('CREATE Half');
  client.start('APPEND Half {1000}');
  await client.line.until(/^\+ .*\r\n/);
  client.line.send('x'.repeat(500));
  client.line.drop();
  const dir = join(world.crepes.host.stateDir, 'mail', 'alice', '.Half');
  await eventually(() => readdirSync(join(dir, 'tmp')).length === 0, 'an empty tmp');
  for (const folder of ['new', 'cur']) expect(readdirSync(join(dir, folder))).toEqual([]);
});

test('a command that is too long is BAD, and the next one is understood', async () => {
  const client = await openImap(world.crepes, ALICE);
  expect(await client.reply(`SELECT ${'x'.repeat(100_000)}`)).toBe('BAD The command is too long');
  expect(await client.reply(`SELECT ${'x'.repeat(60_000)}`)).toMatch(/^NO \[CANNOT\]/);
  await client.ask('SELECT INBOX');
  expect(await client.reply(`SEARCH ${'('.repeat(5000)}ALL${')'.repeat(5000)}`)).toMatch(/^BAD /);
});

test('no name leads outside of the account, and none is created that could not be listed', async () => {
  const client = await openImap(world.crepes, ALICE);
  const before = readdirSync(join(world.crepes.host.stateDir, 'mail', 'alice')).sort();
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
  const other = await openImap(world.crepes, ALICE);
  expect(await other.reply('CREATE "a\0b"')).toMatch(/^BAD /);
  expect(await other.reply('CREATE {3+}\r\na\0b')).toMatch(/^BAD /);
  expect(readdirSync(join(world.crepes.host.stateDir, 'mail', 'alice')).sort()).toEqual(before);
  expect(readdirSync(join(world.crepes.host.stateDir, 'mail')).sort()).toEqual(['alice', 'claire']);
});

test('a wrong password waits, and a user who does not exist gets the same answer', async () => {
  const client = await connect();
  expect(await client.reply('LOGIN alice wrong')).toBe('NO [AUTHENTICATIONFAILED] Wrong user name or password');
  expect(await client.reply('LOGIN nobody wrong')).toBe('NO [AUTHENTICATIONFAILED] Wrong user name or password');
  expect(await client.reply('LOGIN "alice@crepes.fr" wonderland')).toMatch(/^OK /);
});

test('where passwords are not taken, LOGINDISABLED is said and meant', async () => {
  const client = new ImapClient(world.hamburger.host.address);
  expect(await client.line.until(/\r\n/)).toContain('LOGINDISABLED]');
  expect(await client.reply('LOGIN bob patty')).toMatch(/^NO \[PRIVACYREQUIRED\]/);
  expect(await client.reply('AUTHENTICATE PLAIN')).toMatch(/^NO \[PRIVACYREQUIRED\]/);
});

test('a silent client is sent away with BYE', async () => {
  const client = await openImap(world.crepes, ALICE);
  expect(await client.line.closed()).toBe('* BYE Autologout: silent for too long\r\n');
});

test('one client has a limited number of connections, and is told so', async () => {
  const clients = Array.from({ length: 30 }, () => new ImapClient(world.crepes.host.address));
  await Promise.all(clients.map((client) => client.line.until(/\r\n/)));
  const oneMore = new ImapClient(world.crepes.host.address);
  expect(await oneMore.line.closed()).toMatch(/^\* BYE \[UNAVAILABLE\]/);
  for (const client of clients) client.line.drop();
  const count = async () =>
    ((await world.crepes.running.state()) as { connections: { imap: number } }).connections.imap;
  await eventually(async () => (await count()) === 0, 'no connection');
});

test('commands that come together are answered in order', async () => {
  const client = await connect();
  client.line.send('a LOGIN alice wonderland\r\nb SELECT INBOX\r\nc NOOP\r\nd LOGOUT\r\n');
  const all = await client.line.closed();
  expect([...all.matchAll(/^([a-d]) OK/gm)].map(([, tag]) => tag)).toEqual(['a', 'b', 'c', 'd']);
});
