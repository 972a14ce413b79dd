import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { Pace } from '../pace.ts';
import { Uplink } from '../uplink.ts';

const KIB = 1024;
const SERVER = { address: `${TEST_NET}.190.1`, port: 7001 };
const LINK = { address: `${TEST_NET}.190.2`, port: 7001 };

let server: Server;
let uplink: Uplink;
/** What the server does with a connection. */
let serve: (socket: Socket) => void;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(SERVER.port, SERVER.address);
  await once(server, 'listening');
});

afterEach(async () => {
  await uplink.close();
  server.close();
  await once(server, 'close');
});

async function open(bytesPerS: number): Promise<void> {
  uplink = await Uplink.open({ ...LINK, server: SERVER, bytesPerS });
}

/** Everything that comes through one connection, and how long it took. */
async function fetched(): Promise<{ octets: Buffer; seconds: number }> {
  const startedAt = performance.now();
  const socket = connect({ host: LINK.address, port: LINK.port });
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return { octets: Buffer.concat(chunks), seconds: (performance.now() - startedAt) / 1000 };
}

test('what passes is what was sent, in its order, and not faster than the rate', async () => {
  const sent = Buffer.from(Array.from({ length: 256 * KIB }, (_, at) => (at * 31) % 251));
  serve = (socket) => socket.end(sent);
  await open(1024 * KIB);
  const { octets, seconds } = await fetched();
  expect(octets.equals(sent)).toBe(true);
  expect(seconds).toBeGreaterThanOrEqual(0.25);
  expect(uplink.sentBytes).toBe(sent.length);
});

test('a second client, a moment after the first, finds nothing saved up', async () => {
  const sent = Buffer.alloc(128 * KIB);
  serve = (socket) => socket.end(sent);
  await open(1024 * KIB);
  for (let nth = 0; nth < 3; nth++) expect((await fetched()).seconds).toBeGreaterThanOrEqual(0.125);
});

test('those who take at the same time share the rate, and nobody waits for the others to be done', async () => {
  const sent = Buffer.alloc(256 * KIB);
  serve = (socket) => socket.end(sent);
  await open(2048 * KIB);
  const all = await Promise.all(Array.from({ length: 4 }, fetched));
  // Four times 256 KiB take half a second; who had the link alone would be done after an eighth.
  expect(Math.max(...all.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(0.5);
  expect(Math.min(...all.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(0.35);
});

test('what clients send passes at once', async () => {
  const received: Promise<Buffer> = new Promise((resolve) => {
    serve = async (socket) => {
      const chunks: Buffer[] = [];
      for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
      resolve(Buffer.concat(chunks));
    };
  });
  await open(1);
  const client = connect({ host: LINK.address, port: LINK.port });
  client.on('error', () => {});
  client.end(Buffer.alloc(512 * KIB));
  expect((await received).length).toBe(512 * KIB);
  client.destroy();
});

test('a client that does not read does not stop the others, and fills no memory', async () => {
  let offered = 0;
  serve = (socket) => {
    // As much as it takes, for ever.
    const give = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(16 * KIB))) offered += 16 * KIB;
    };
    socket.on('drain', give);
    give();
  };
  await open(64 * KIB * KIB);
  const lazy = connect({ host: LINK.address, port: LINK.port });
  lazy.pause();
  lazy.on('error', () => {});
  await once(lazy, 'connect');
  const other = connect({ host: LINK.address, port: LINK.port });
  let got = 0;
  other.on('data', (octets: Buffer) => {
    got += octets.length;
    if (got > 16 * KIB * KIB) other.destroy();
  });
  await once(other, 'close');
  lazy.destroy();
  // The kernel keeps some megabytes for each socket on the way; the link itself 256 KiB.
  expect(offered - got).toBeLessThan(32 * KIB * KIB);
});

test('a server that is not there ends the connection of the client', async () => {
  uplink = await Uplink.open({ ...LINK, server: { ...SERVER, port: SERVER.port + 1 }, bytesPerS: 1_000 });
  const client = connect({ host: LINK.address, port: LINK.port });
  client.on('error', () => {});
  client.resume();
  await once(client, 'close');
  expect(uplink.sentBytes).toBe(0);
});

test('a pace tells how long to wait, and catches up with a second at most', () => {
  const pace = new Pace(1_000, 0);
  expect(pace.take(500, 0)).toBe(500);
  expect(pace.take(500, 500)).toBe(500);
  // Two and a half seconds late, of which one is caught up: 1,000 octets pass at once.
  expect(pace.take(1_000, 3_500)).toBe(0);
  expect(pace.take(1_000, 3_500)).toBe(1_000);
  expect(new Pace(Number.POSITIVE_INFINITY, 0).take(1e9, 0)).toBe(0);
});
