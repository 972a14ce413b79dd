import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReceiveMemory } from '../../src/server/receive-memory.ts';

/** How long is waited for what comes at once, on a busy machine too. */
const SOON = { timeout: 60_000, interval: 5 };

let server: Server;
let theirs: Socket;
let accepted: Socket;
let ours: Socket;
let heard: Buffer[];

beforeEach(async () => {
  heard = [];
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const coming = once(server, 'connection');
  theirs = connect((server.address() as { port: number }).port, '127.0.0.1');
  theirs.on('error', () => {});
  const dialled = once(theirs, 'connect');
  [accepted] = await coming;
  await dialled;
  ours = new ReceiveMemory().adopt(accepted);
  ours.on('data', (octets: Uint8Array) => heard.push(Buffer.from(octets)));
});

afterEach(() => {
  theirs.destroy();
  ours.destroy();
  server.close();
});

test('an accepted socket receives into the memory, and knows both ends', async () => {
  const views = new Set<ArrayBufferLike>();
  ours.on('data', (octets: Uint8Array) => views.add(octets.buffer));
  expect(ours).not.toBe(accepted);
  expect([ours.localPort, ours.remotePort]).toEqual([theirs.remotePort, theirs.localPort]);
  for (const text of ['one', 'two']) {
    theirs.write(text);
    await vi.waitUntil(() => Buffer.concat(heard).toString().endsWith(text), SOON);
  }
  expect(Buffer.concat(heard).toString()).toBe('onetwo');
  expect(views.size).toBe(1);
});

test('what it writes arrives, and both ends see the end of the other', async () => {
  const told: string[] = [];
  theirs.on('data', (octets) => told.push(String(octets)));
  ours.write('hello');
  await vi.waitUntil(() => told.join('') === 'hello', SOON);
  const ended = once(ours, 'end');
  theirs.end('bye');
  await ended;
  expect(Buffer.concat(heard).toString()).toBe('bye');
  await once(ours, 'close');
});

test('a listener that closes does not wait for a socket that was given away', async () => {
  await new Promise((resolve) => server.close(resolve));
  theirs.write('still here');
  await vi.waitUntil(() => heard.length > 0, SOON);
  expect(Buffer.concat(heard).toString()).toBe('still here');
});

test('a socket that has gone before it is adopted stays what it is', () => {
  const gone = connect({ host: '127.0.0.1', port: 1 });
  gone.on('error', () => {});
  gone.destroy();
  expect(new ReceiveMemory().adopt(gone)).toBe(gone);
});
