import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { createTestHost, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import type { WebSeedEvent } from '../../src/protocol/web-seeds.ts';
import { WebSeedClient } from '../../src/server/web-seed.ts';
import { COMES_MS_MAX, until } from '../scenarios/world.ts';
import { info } from './hostile-world.ts';

const PORT = 8082;
const ADDRESS = `${TEST_NET}.67.2`;
const OCTETS = 2 * BLOCK_OCTETS;
const HEAD = `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-${OCTETS - 1}/${info.length}\r\n`;

let host: TestHost;
let client: WebSeedClient;
let server: Server;
let sockets: Socket[];
let drips: NodeJS.Timeout[];
let events: WebSeedEvent[];

beforeEach(() => {
  host = createTestHost({ name: 'peer', suffix: '67.1', names: { 'files.someschool.edu': [ADDRESS] } });
  client = new WebSeedClient(host, info);
  [sockets, drips, events] = [[], [], []];
});

afterEach(async () => {
  vi.useRealTimers();
  client.close();
  for (const drip of drips) clearInterval(drip);
  for (const socket of sockets) socket.destroy();
  server.close();
  await host.remove();
});

/** A web server of which `answer` says everything, once a request has come. */
async function serve(answer: (socket: Socket) => void): Promise<void> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(PORT, ADDRESS, resolve));
}

function fetchTwoBlocks(): void {
  const url = `http://files.someschool.edu:${PORT}/lecture.bin`;
  client.fetch({ url, index: 0, begin: 0, length: OCTETS, because: 'a test' }, (event) => {
    events.push(event.kind === 'block' ? { ...event, block: new Uint8Array() } : event);
  });
}

const last = () => events.at(-1);

/** Says `octets` again and again. */
function drip(socket: Socket, octets: string): void {
  drips.push(setInterval(() => socket.write(octets), 5));
}

describe('a web seed that drips is put off after a minute without a block', () => {
  test.each<[string, (socket: Socket) => void]>([
    [
      'octets of the body',
      (socket) => {
        socket.write(`${HEAD}Content-Length: ${OCTETS}\r\n\r\n`);
        drip(socket, 'x');
      },
    ],
    [
      'fields of the head',
      (socket) => {
        socket.write(HEAD);
        drip(socket, 'X: y\r\n');
      },
    ],
    ['early hints', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    [
      'chunks',
      (socket) => {
        socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
        drip(socket, '1\r\nx\r\n');
      },
    ],
    ['nothing at all', () => {}],
  ])('%s', async (_, answer) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let asked = 0;
    await serve((socket) => {
      asked += 1;
      answer(socket);
    });
    fetchTwoBlocks();
    await vi.waitFor(() => expect(asked).toBe(1), { timeout: COMES_MS_MAX, interval: 5 });
    vi.advanceTimersByTime(59_999);
    expect(events).toEqual([]);
    vi.advanceTimersByTime(1);
    const because = 'it gave no block for 60 s';
    await vi.waitFor(() => expect(last()).toEqual({ kind: 'busy', because, afterMs: null }), { timeout: COMES_MS_MAX });
    await vi.waitFor(() => expect(sockets[0]?.closed).toBe(true), { timeout: COMES_MS_MAX });
  });
});

test('a web seed that gives a block every fifty seconds is slow, and borne with', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let asked = 0;
  await serve((socket) => {
    asked += 1;
    socket.write(`${HEAD}Content-Length: ${OCTETS}\r\n\r\n`);
  });
  fetchTwoBlocks();
  await vi.waitFor(() => expect(asked).toBe(1), { timeout: COMES_MS_MAX, interval: 5 });
  for (const blocks of [1, 2]) {
    vi.advanceTimersByTime(50_000);
    sockets[0]?.write(new Uint8Array(BLOCK_OCTETS));
    await vi.waitFor(() => expect(events.filter(({ kind }) => kind === 'block')).toHaveLength(blocks), {
      timeout: COMES_MS_MAX,
    });
  }
  await vi.waitFor(() => expect(last()).toEqual({ kind: 'done' }), { timeout: COMES_MS_MAX });
});

describe('a web seed is not asked again that', () => {
  test.each<[string, (socket: Socket) => void, string]>([
    [
      'gives more than was asked for',
      (socket) => {
        socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
        drip(socket, `4000\r\n${'x'.repeat(0x4000)}\r\n`);
      },
      'it gives more octets than were asked for',
    ],
    [
      'says of another length of the file',
      (socket) => socket.write(`HTTP/1.1 206 x\r\nContent-Range: bytes 0-${OCTETS - 1}/${info.length + 1}\r\n\r\n`),
      'it answers with another range than was asked',
    ],
    [
      'does not say which range it gives',
      (socket) => socket.write(`HTTP/1.1 206 x\r\nContent-Length: ${OCTETS}\r\n\r\n`),
      'it answers with another range than was asked',
    ],
    [
      'has compressed it',
      (socket) => socket.write(`${HEAD}Content-Encoding: gzip\r\nContent-Length: ${OCTETS}\r\n\r\n`),
      'it answers with another range than was asked',
    ],
    [
      'gives the whole file without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        drip(socket, 'x'.repeat(0x4000));
      },
      'it has no ranges: it answers with the whole file',
    ],
    [
      'sends us round in circles',
      (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /lecture.bin\r\nContent-Length: 0\r\n\r\n'),
      'it redirects more than 3 times',
    ],
    [
      'sends us out of the lab',
      (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n'),
      'it is outside of the lab',
    ],
    [
      'sends us nowhere',
      (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n'),
      'its URL is none of http',
    ],
  ])('%s', async (_, answer, because) => {
    await serve(answer);
    fetchTwoBlocks();
    await until(() => last()?.kind === 'useless', 'it is of no use');
    expect(last()).toEqual({ kind: 'useless', because });
    await until(() => sockets.slice(0, -1).every(({ closed }) => closed), 'connections are closed');
  });

  test.each<[string, (socket: Socket) => void]>([
    ['ends too early', (socket) => socket.end(`${HEAD}Content-Length: 5\r\n\r\nhello`)],
    [
      'breaks off',
      (socket) => void socket.write(`${HEAD}Content-Length: ${OCTETS}\r\n\r\nx`, () => socket.resetAndDestroy()),
    ],
    ['is no web server', (socket) => socket.end('220 mail.someschool.edu ESMTP\r\n')],
    ['has a head without end', (socket) => drip(socket, `X: ${'y'.repeat(4_000)}\r\n`)],
  ])('but later one that %s', async (_, answer) => {
    await serve(answer);
    fetchTwoBlocks();
    await until(() => last()?.kind === 'busy', 'it is put off');
  });
});
