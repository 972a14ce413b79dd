import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { ObservedLab } from './observed-lab.ts';

/** The host `origin` of the observed lab. */
const ORIGIN = `${TEST_NET}.90.42`;

let lab: ObservedLab;
let server: Server | undefined;

beforeEach(async () => {
  lab = await ObservedLab.start();
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await lab.stop();
});

async function serve(answer: (socket: Socket, octets: string) => void): Promise<void> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (octets) => answer(socket, octets.toString('latin1')));
  });
  await new Promise<void>((resolve) => server!.listen(80, ORIGIN, resolve));
}

test('FMT-01, FMT-02 what is typed is sent octet for octet, and what comes back is told as it came', async () => {
  let heard = '';
  await serve((socket, octets) => {
    heard += octets;
    socket.end('HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\n', 'latin1');
  });
  const text = 'GET / HTTP/1.1\nbare: \xff\r\n\r\n';
  const { status, json } = await lab.post('/api/raw', { host: 'origin', text });

  expect(status).toBe(200);
  expect(heard).toBe(text);
  expect(json).toMatchObject({ received: 'HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\n', ending: 'closed' });
});

test('FMT-13 of a server that keeps the connection it is told that it said nothing more', async () => {
  await serve((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  const { json } = await lab.post('/api/raw', { host: 'origin', text: 'x' });
  expect(json).toMatchObject({ received: 'HTTP/1.1 204 No Content\r\n\r\n', ending: 'silent' });
});

test('an answer without end is cut', async () => {
  await serve((socket) => {
    const flood = () => {
      while (!socket.destroyed && socket.write('x'.repeat(65_536)));
    };
    socket.on('drain', flood);
    flood();
  });
  const { json } = await lab.post('/api/raw', { host: 'origin', text: 'x' });
  expect(json).toMatchObject({ ending: 'cut', received: 'x'.repeat(262_144) });
});

test.each([
  ['a host that speaks no HTTP', { host: 'resolver', text: 'x' }, 404],
  ['a host that is not on the map', { host: '127.0.0.1', text: 'x' }, 404],
  ['a server that does not run', { host: 'origin', text: 'x' }, 502],
  ['characters that are no octets', { host: 'origin', text: '한' }, 400],
  ['nothing to send', { host: 'origin', text: '' }, 400],
  ['more than a person types', { host: 'origin', text: 'x'.repeat(65_537) }, 400],
])('%s is refused with a sentence', async (_what, body, expected) => {
  const { status, json } = await lab.post('/api/raw', body);
  expect(status).toBe(expected);
  expect((json as { error: string }).error.length).toBeGreaterThan(10);
});

test('a page of elsewhere cannot speak through it', async () => {
  const { status } = await lab.post('/api/raw', { host: 'origin', text: 'x' }, { origin: 'http://evil.example' });
  expect(status).toBe(403);
});
