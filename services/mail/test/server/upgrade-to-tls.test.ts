import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdUp } from '#shared/host/test/kit/hold-up.ts';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { openTls, readAuthorityCertificate } from '#shared/host/tls.ts';
import { TlsUpgrade } from '../../src/server/upgrade-to-tls.ts';

const NAME = 'mail.crepes.fr';
const GO = 'go\r\n';

let host: TestHost;
let server: Server;
let ca: string;
/** What the server got of each connection: the TLS socket, or null. */
let upgraded: Promise<TLSSocket | null>[];
/** The plain sockets that the server has. */
let sockets: Socket[];

/** A server whose protocol is: whatever comes first asks for TLS; behind the handshake it repeats what it hears. */
async function serve(begin: (upgrade: TlsUpgrade, socket: Socket) => Promise<TLSSocket | null>, handshakeMs = 60_000) {
  const upgrade = new TlsUpgrade(await openTls(host, [NAME]), handshakeMs);
  ca = readAuthorityCertificate(host) ?? '';
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    const secured = begin(upgrade, socket);
    upgraded.push(secured);
    void secured.then((secure) => secure?.pipe(secure));
  });
  server.listen(0, host.address);
  await once(server, 'listening');
}

/** Waits for the first octets, as a protocol that reads a command does, then upgrades. */
async function onCommand(upgrade: TlsUpgrade, socket: Socket): Promise<TLSSocket | null> {
  await once(socket, 'data');
  return upgrade.upgrade(socket, GO);
}

function dial(): Socket {
  const socket = connect((server.address() as AddressInfo).port, host.address);
  socket.on('error', () => {});
  return socket;
}

async function secure(socket: Socket, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const client = connectTls({ socket, ca, servername: NAME, ...options });
  await once(client, 'secureConnect');
  return client;
}

async function heard(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String((await once(socket, 'data'))[0]);
  return text;
}

beforeEach(() => {
  host = createTestHost({ suffix: '27.1' });
  upgraded = [];
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await host.remove();
});

test('a command begins TLS: the client is told to, and the same connection goes on in secret', async () => {
  await serve(onCommand);
  const plain = dial();
  plain.write('STLS\r\n');
  expect(await heard(plain, GO.length)).toBe(GO);
  const client = await secure(plain);
  expect(client.authorized).toBe(true);
  client.write('hello');
  expect(await heard(client, 5)).toBe('hello');
  expect((await upgraded[0])?.remotePort).toBe(plain.localPort);
  client.destroy();
});

test('implicit TLS: the first octet is of the handshake', async () => {
  await serve((upgrade, socket) => upgrade.accept(socket));
  const client = await secure(dial());
  client.write('hello');
  expect(await heard(client, 5)).toBe('hello');
  client.destroy();
});

test('octets in the clear that lie in the socket already are thrown away, and are no part of the handshake', async () => {
  await serve(async (upgrade, socket) => {
    await once(socket, 'data');
    socket.pause();
    socket.unshift('DELE 1\r\n');
    return upgrade.upgrade(socket, GO);
  });
  const plain = dial();
  plain.write('STLS\r\n');
  expect(await heard(plain, GO.length)).toBe(GO);
  const client = await secure(plain);
  client.write('hello');
  expect(await heard(client, 5)).toBe('hello');
  client.destroy();
});

test('what stands behind the command in the clear is never heard behind the handshake, wherever it is split', async () => {
  await serve(onCommand);
  const injected = 'STLS\r\nNOOP\r\nDELE 1\r\n';
  for (let split = 1; split <= injected.length; split += 1) {
    const plain = dial();
    plain.setNoDelay(true);
    plain.write(injected.slice(0, split));
    plain.write(injected.slice(split));
    const client = await heard(plain, GO.length).then(() =>
      secure(plain).catch(() => {
        plain.destroy();
        return null;
      }),
    );
    // Octets that came after the server had emptied its buffer broke the handshake; those before it are gone.
    if (client === null) continue;
    client.write('OWN');
    expect(await heard(client, 3)).toBe('OWN');
    client.destroy();
  }
});

test('several handshakes at once, and a session that is resumed', async () => {
  await serve((upgrade, socket) => upgrade.accept(socket));
  const clients = await Promise.all(Array.from({ length: 20 }, () => secure(dial(), { maxVersion: 'TLSv1.2' })));
  for (const [index, client] of clients.entries()) {
    client.write(`client ${index}`);
    expect(await heard(client, `client ${index}`.length)).toBe(`client ${index}`);
  }
  const session = clients[0]?.getSession();
  const again = await secure(dial(), { maxVersion: 'TLSv1.2', ...(session === undefined ? {} : { session }) });
  expect(again.isSessionReused()).toBe(true);
  for (const client of [...clients, again]) client.destroy();
});

test('a handshake that never comes, one that is nonsense, and a client that goes away give null', async () => {
  await serve(onCommand, 100);
  const silent = dial();
  silent.write('STLS\r\n');
  await once(silent.resume(), 'close');
  expect(await upgraded[0]).toBeNull();

  const nonsense = dial();
  nonsense.write('STLS\r\n');
  await heard(nonsense, GO.length);
  nonsense.write('GET / HTTP/1.1\r\n\r\n');
  await once(nonsense.resume(), 'close');
  expect(await upgraded[1]).toBeNull();

  const gone = dial();
  gone.write('STLS\r\n');
  await heard(gone, GO.length);
  gone.resetAndDestroy();
  await once(gone, 'close');
  expect(await upgraded[2]).toBeNull();
});

test('time in which this process stood still is not taken from the client', async () => {
  await serve((upgrade, socket) => {
    setImmediate(() => holdUp(600));
    return upgrade.accept(socket);
  }, 200);
  const client = await secure(dial());
  client.write('hello');
  expect(await heard(client, 5)).toBe('hello');
  client.destroy();
});

test('versions before TLS 1.2 are refused (RFC 8996)', async () => {
  await serve((upgrade, socket) => upgrade.accept(socket));
  await expect(
    secure(dial(), { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
  ).rejects.toThrow();
  expect(await upgraded[0]).toBeNull();
});

test('a server that stops during a handshake waits for nobody', async () => {
  await serve(onCommand, 60_000);
  const silent = dial();
  silent.write('STLS\r\n');
  await heard(silent, GO.length);
  for (const socket of sockets) socket.destroy();
  expect(await upgraded[0]).toBeNull();
});
