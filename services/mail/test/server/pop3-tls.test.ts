import { once } from 'node:events';
import { connect } from 'node:net';
import Pop3Command from 'node-pop3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { ALICE, BOB, type MailWorld, openMailWorld, openSmtp, reportsOf, sendMail, untilMail } from '../mail-world.ts';
import { Pop3Client } from '../pop3-client.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const TOKEN = base64('\0alice\0wonderland');

let world: MailWorld;

beforeAll(async () => {
  // The server of crepes.fr takes passwords in the clear, as the lab does; the one of hamburger.edu does not.
  world = await openMailWorld(110, { hamburger: { CLEARTEXT_LOGIN: 'false' } });
  const client = await openSmtp(world.crepes);
  await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], 'Subject: a secret\r\n\r\n..\r\n...two');
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
});

afterAll(() => world.end());

test('CAPA tells what is possible, before TLS, behind it, and after the log-in (RFC 2449, section 5)', async () => {
  const always = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'];
  const login = ['USER', 'SASL PLAIN LOGIN'];
  const strict = await Pop3Client.open(world.hamburger);
  expect(await strict.askLines('CAPA')).toEqual([...always, 'STLS', 'IMPLEMENTATION Topdown']);
  expect(await strict.ask('STLS')).toMatch(/^\+OK/);
  await strict.secure();
  expect(await strict.askLines('CAPA')).toEqual([...always, ...login, 'IMPLEMENTATION Topdown']);
  await strict.ask('USER bob');
  expect(await strict.ask('PASS patty')).toMatch(/^\+OK/);
  expect(await strict.askLines('CAPA')).toEqual([...always, ...login, 'IMPLEMENTATION Topdown']);
  strict.drop();
  const open = await Pop3Client.open(world.crepes);
  expect(await open.askLines('CAPA')).toEqual([...always, 'STLS', ...login, 'IMPLEMENTATION Topdown']);
  open.drop();
});

test('without TLS a password is refused unless the lab wants it to be seen', async () => {
  const client = await Pop3Client.open(world.hamburger);
  for (const command of ['USER bob', 'PASS patty', 'AUTH PLAIN', `AUTH PLAIN ${base64('\0bob\0patty')}`]) {
    expect(await client.ask(command)).toBe('-ERR No password without TLS: begin with STLS');
  }
  client.drop();
});

test('STLS: a message is read in secret; a second STLS is refused, and what was said before counts no more', async () => {
  const client = await Pop3Client.open(world.crepes);
  await client.ask('USER alice');
  expect(await client.ask('STLS')).toBe('+OK Begin the handshake of TLS');
  await client.secure();
  expect(await client.ask('PASS wonderland')).toBe('-ERR USER comes first');
  expect(await client.ask('STLS')).toBe('-ERR TLS is there already');
  await client.ask('USER alice');
  expect(await client.ask('PASS wonderland')).toMatch(/^\+OK 1 messages/);
  expect(await client.askOctets('RETR 1')).toMatch(/Subject: a secret\r\n\r\n\.\r\n\.\.two\r\n$/);
  await client.quit();
});

test('port 995 speaks TLS from the first octet (RFC 8314)', async () => {
  const client = await Pop3Client.open(world.hamburger, 995);
  await client.ask(`USER ${BOB.user}`);
  expect(await client.ask(`PASS ${BOB.password}`)).toMatch(/^\+OK/);
  expect(await client.askLines('CAPA')).not.toContain('STLS');
  await client.quit();
});

test('commands that somebody puts behind STLS are not obeyed behind the handshake', async () => {
  const client = await Pop3Client.open(world.crepes);
  client.send('STLS\r\nUSER alice\r\nPASS wonderland\r\nDELE 1\r\nQUIT\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  await client.secure();
  // Answers to them would stand before this one.
  expect(await client.ask('STAT')).toBe('-ERR STAT is not possible in the authorization state');
  client.drop();
});

test('behind the handshake commands may come in any pieces, and octets that are no TLS end the connection', async () => {
  const client = await Pop3Client.open(world.crepes, 995);
  for (const octet of 'USER alice\r\nPASS wonderland\r\nLIST\r\n') client.send(octet);
  expect(await client.until(/\r\n\.\r\n/)).toMatch(/^\+OK .*\r\n\+OK 1 .*\r\n\+OK 1 .*\r\n1 \d+\r\n\.\r\n$/);
  await client.quit();
  const broken = connect(110, world.crepes.host.address);
  await once(broken, 'data');
  broken.write('STLS\r\n');
  await once(broken, 'data');
  broken.write('USER alice\r\nPASS wonderland\r\nDELE 1\r\nQUIT\r\n');
  const answered: Buffer[] = [];
  broken.on('data', (octets: Buffer) => answered.push(octets));
  await once(broken, 'close');
  expect(Buffer.concat(answered).toString('latin1')).not.toMatch(/\+OK|-ERR/);
});

test('clients that never make their handshake keep nobody out', async () => {
  const silent = Array.from({ length: 20 }, () => connect(995, world.crepes.host.address));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  const client = await Pop3Client.open(world.crepes, 995);
  expect(await client.ask('USER alice')).toMatch(/^\+OK/);
  for (const socket of silent) socket.destroy();
  client.drop();
});

test('AUTH PLAIN with its response in the command, or asked for; AUTH LOGIN; "*" cancels (RFC 5034)', async () => {
  const quick = await Pop3Client.open(world.crepes);
  expect(await quick.ask(`AUTH PLAIN ${TOKEN}`)).toMatch(/^\+OK 1 messages/);
  await quick.quit();

  const asked = await Pop3Client.open(world.crepes);
  expect(await asked.ask('AUTH PLAIN')).toBe('+ ');
  expect(await asked.ask('*')).toBe('-ERR The authentication was cancelled');
  expect(await asked.ask('AUTH LOGIN')).toBe(`+ ${base64('Username:')}`);
  expect(await asked.ask('*')).toMatch(/^-ERR/);
  expect(await asked.ask('AUTH PLAIN')).toBe('+ ');
  expect(await asked.ask(TOKEN)).toMatch(/^\+OK 1 messages/);
  await asked.quit();

  const login = await Pop3Client.open(world.crepes);
  expect(await login.ask('AUTH LOGIN')).toBe(`+ ${base64('Username:')}`);
  expect(await login.ask(base64('alice'))).toBe(`+ ${base64('Password:')}`);
  expect(await login.ask(base64('wonderland'))).toMatch(/^\+OK 1 messages/);
  await login.quit();
});

test('AUTH with a wrong password says so and stays in the first state (RFC 3206, section 4)', async () => {
  const client = await Pop3Client.open(world.crepes);
  expect(await client.ask(`AUTH PLAIN ${base64('\0alice\0wrong')}`)).toBe('-ERR [AUTH] Wrong user name or password');
  // Longer than a command, which a response may be.
  await client.ask('AUTH PLAIN');
  expect(await client.ask(base64(`\0alice\0${'x'.repeat(300)}`))).toBe('-ERR [AUTH] Wrong user name or password');
  expect(await client.ask('STAT')).toMatch(/^-ERR/);
  expect(await client.ask(`AUTH PLAIN ${TOKEN}`)).toMatch(/^\+OK/);
  await client.quit();
  const told = (await reportsOf(world.crepes)).map(({ summary }) => summary).join('\n');
  expect(told).toContain('AUTH PLAIN ********');
  expect(told).not.toContain(TOKEN);
});

test('node-pop3 lists and fetches, in the clear and in TLS', async () => {
  const { address } = world.crepes.host;
  const tlsOptions = { ca: readAuthorityCertificate(world.crepes.host) ?? '' };
  for (const options of [{}, { tls: true, tlsOptions, servername: 'mail.crepes.fr' }]) {
    const client = new Pop3Command({ ...ALICE, host: address, ...options });
    const listed = await client.UIDL();
    expect(listed).toEqual([['1', expect.stringMatching(/^\d+\.1$/)]]);
    const message = String(await client.RETR(1));
    // This client leaves full stops doubled.
    expect(message).toMatch(/Subject: a secret\r\n\r\n\.\.\r\n\.\.\.two/);
    await client.QUIT();
  }
});
