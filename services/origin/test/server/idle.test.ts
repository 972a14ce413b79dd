import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Child } from '#shared/host/test/kit/child.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';

const ORIGIN_PROCESS = fileURLToPath(new URL('../kit/origin-process.ts', import.meta.url));
const DIR = fileURLToPath(new URL('../../../../infra/hosts/www-someschool', import.meta.url));
const ADDRESS = `${TEST_NET}.10.24`;
const REQUEST = 'GET /cacheable.html HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n';

/** Connections that a site holds at once, and what they may cost the process, garbage of their requests included. */
const CONNECTIONS = 1_000;
const MEGABYTES_MAX = 60;

let state: string;
let child: Child;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'topdown-idle-'));
  child = new Child(process.execPath, [ORIGIN_PROCESS, ADDRESS, DIR, state]);
  await child.says('ready');
});

afterEach(async () => {
  await child.stop();
  rmSync(state, { recursive: true, force: true });
});

/** Memory of the origin that is in use, in MB. */
const megabytes = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;

test('of too many requests in one go the first hundred are answered, and the connection ends', async () => {
  const { closed, received } = await flood(150);
  await closed;
  expect(received().split('HTTP/1.1 200 OK')).toHaveLength(101);
  expect(received().lastIndexOf('HTTP/1.1 200 OK')).toBeLessThan(received().indexOf('Connection: close'));
});

test('of thousands nothing stays in memory', async () => {
  await RawClient.ask(ADDRESS, 80, REQUEST);
  const before = megabytes();
  await Promise.all(Array.from({ length: 5 }, async () => (await flood(60_000)).closed));
  expect(megabytes() - before).toBeLessThan(MEGABYTES_MAX);
});

/** Sends the same request many times in one go. */
async function flood(requests: number): Promise<{ closed: Promise<unknown>; received: () => string }> {
  const socket = connect({ host: ADDRESS, port: 80 });
  let text = '';
  socket
    .on('error', () => {})
    .on('data', (octets) => {
      text += octets.toString('latin1');
    });
  socket.write(REQUEST.repeat(requests));
  return { closed: new Promise((resolve) => socket.once('close', resolve)), received: () => text };
}

/** A connection that has had one answer and stays open. */
function keepAlive(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ADDRESS, port: 80 }, () => socket.write(REQUEST));
    socket.once('data', () => resolve(socket));
    socket.once('error', reject);
  });
}

test('COK-01 a server that remembers nothing of its clients holds 1,000 idle connections in a little memory', async () => {
  await RawClient.ask(ADDRESS, 80, REQUEST);
  const before = megabytes();
  const sockets: Socket[] = [];
  // Fifty at a time, as they would come: the backlog of a listener is finite.
  while (sockets.length < CONNECTIONS) sockets.push(...(await Promise.all(Array.from({ length: 50 }, keepAlive))));
  expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(CONNECTIONS);
  expect(megabytes() - before).toBeLessThan(MEGABYTES_MAX);
  const answer = await RawClient.ask(ADDRESS, 80, REQUEST);
  expect(answer.status).toBe(200);
  // Each of them is still good for a request.
  const last = sockets.at(-1)!;
  last.write(REQUEST);
  expect(String(await new Promise((resolve) => last.once('data', resolve)))).toContain('200 OK');
  for (const socket of sockets) socket.destroy();
});
