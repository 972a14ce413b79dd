import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { eventually } from '../eventually.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';

let world: ImapWorld;
let ca: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  world = await openImapWorld('34.1', { offersLogin: false });
  ca = readAuthorityCertificate(world.host) ?? '';
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(() => world.end());

/** Reads until a line matches; what came before it is given too. */
async function until(socket: Socket, pattern: RegExp): Promise<string> {
  let text = '';
  while (!pattern.test(text)) {
    const octets = socket.read() as Buffer | null;
    if (octets === null) await once(socket, 'readable');
    text += octets?.toString('latin1') ?? '';
  }
  return text;
}

async function dial(): Promise<Socket> {
  const socket = connect(143, world.host.address);
  sockets.push(socket);
  socket.on('error', () => {});
  await until(socket, /\r\n/);
  return socket;
}

async function secure(socket: Socket): Promise<TLSSocket> {
  const client = connectTls({ socket, ca, servername: 'mail.crepes.fr' });
  sockets.push(client);
  await once(client, 'secureConnect');
  return client;
}

test('STARTTLS begins TLS; then passwords are taken, and STARTTLS is offered no more', async () => {
  const plain = await dial();
  plain.write('a CAPABILITY\r\n');
  expect(await until(plain, /a OK/)).toMatch(/ STARTTLS LOGINDISABLED\r\n/);
  plain.write('b LOGIN alice wonderland\r\n');
  expect(await until(plain, /b /)).toMatch(/^b NO \[PRIVACYREQUIRED\]/);
  plain.write('c STARTTLS now\r\n');
  expect(await until(plain, /c /)).toMatch(/^c BAD/);
  plain.write('d STARTTLS\r\n');
  expect(await until(plain, /d .*\r\n/)).toBe('d OK Begin TLS now\r\n');
  const client = await secure(plain);
  client.write('e CAPABILITY\r\n');
  const capabilities = await until(client, /e OK/);
  expect(capabilities).toMatch(/ AUTH=PLAIN AUTH=LOGIN\r\n/);
  expect(capabilities).not.toMatch(/STARTTLS|LOGINDISABLED/);
  client.write('f STARTTLS\r\n');
  expect(await until(client, /f /)).toMatch(/^f BAD/);
  client.write('g LOGIN alice wonderland\r\nh SELECT INBOX\r\n');
  expect(await until(client, /h OK/)).toMatch(/^g OK .*\* 0 EXISTS/s);
});

test('what somebody puts behind STARTTLS before the handshake is not obeyed behind it, in one packet or in two', async () => {
  for (const injected of ['x LOGIN alice wonderland\r\n', 'x NOOP\r\ny CAPABILITY\r\n', 'x APPEND INBOX {5}\r\n']) {
    const plain = await dial();
    plain.write(`a STARTTLS\r\n${injected}`);
    expect(await until(plain, /a OK .*\r\n/)).toBe('a OK Begin TLS now\r\n');
    const client = await secure(plain);
    client.write('b NOOP\r\n');
    expect(await until(client, /b /)).toBe('b OK Done\r\n');
  }
});

test('port 993 speaks TLS from the first octet', async () => {
  const client = connectTls({ host: world.host.address, port: 993, ca, servername: 'mail.crepes.fr' });
  sockets.push(client);
  expect(await until(client, /\r\n/)).toMatch(/^\* OK \[CAPABILITY [^\]]* AUTH=PLAIN AUTH=LOGIN\]/);
  client.write(`a AUTHENTICATE PLAIN ${Buffer.from('\0alice\0wonderland').toString('base64')}\r\nb LOGOUT\r\n`);
  expect(await until(client, /b OK .*\r\n/)).toMatch(/^a OK \[CAPABILITY [^\]]*\] Logged in\r\n\* BYE .*\r\nb OK/);
});

test('a client that speaks no TLS where it is expected is gone, and others are served', async () => {
  const stranger = connect(993, world.host.address);
  sockets.push(stranger);
  stranger.on('error', () => {});
  stranger.write('a NOOP\r\n');
  await once(stranger.resume(), 'close');
  const half = await dial();
  half.write('a STARTTLS\r\n');
  await until(half, /a OK/);
  half.write('NOOP\r\n');
  await once(half.resume(), 'close');
  const plain = await dial();
  plain.write('a NOOP\r\n');
  expect(await until(plain, /a /)).toBe('a OK Done\r\n');
  plain.destroy();
  await eventually(() => world.imap.connections() === 0, 'no connection');
});

test('AUTHENTICATE LOGIN asks for the name and for the password', async () => {
  const client = connectTls({ host: world.host.address, port: 993, ca, servername: 'mail.crepes.fr' });
  sockets.push(client);
  await until(client, /\r\n/);
  const say = (text: string) => client.write(`${Buffer.from(text).toString('base64')}\r\n`);
  client.write('a AUTHENTICATE LOGIN\r\n');
  expect(await until(client, /\r\n/)).toBe('+ VXNlcm5hbWU6\r\n');
  say('alice');
  expect(await until(client, /\r\n/)).toBe('+ UGFzc3dvcmQ6\r\n');
  say('wonderland');
  expect(await until(client, /\r\n/)).toMatch(/^a OK /);
});
