import { createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { type LoadedPage, loadPage, type Manner, USUAL_MANNER } from '../../src/client/page-loader.ts';

/** A web server that notes what is asked on which connection, and answers when it is told to. */
const ADDRESS = `${TEST_NET}.10.77`;
const PAGE = 'http://www.test.com/';
const PICTURES = 10;
const HTML = Array.from({ length: PICTURES }, (_, place) => `<img src="/${place}.jpg">`).join('');

interface Asked {
  readonly connection: number;
  readonly head: string;
  /** Answers that had been given when this was asked. */
  readonly answered: number;
}

let server: Server;
let asked: Asked[];
let answered: number;
/** How many requests of a connection wait until they are answered. */
let patience: number;

beforeEach(async () => {
  asked = [];
  answered = 0;
  patience = 1;
  let connections = 0;
  server = createServer((socket) => {
    connections += 1;
    serve(socket, connections);
  });
  await new Promise<void>((resolve) => server.listen(80, ADDRESS, resolve));
});

afterEach(() => {
  server.close();
});

function serve(socket: Socket, connection: number): void {
  let text = '';
  const waiting: string[] = [];
  socket.on('error', () => {});
  socket.on('data', (octets) => {
    text += octets.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      asked.push({ connection, head, answered });
      waiting.push(head);
    }
    if (waiting.length < patience && asked.length > 1) return;
    for (const head of waiting.splice(0)) answer(socket, head);
  });
}

function answer(socket: Socket, head: string): void {
  const isPage = head.startsWith('GET / ');
  const body = isPage ? HTML : 'picture';
  const close = /^connection: close$/im.test(head);
  answered += 1;
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${close ? 'Connection: close\r\n' : ''}\r\n${body}`,
  );
  if (close) socket.end();
}

const load = (change: Partial<Manner> = {}): Promise<LoadedPage> =>
  loadPage(PAGE, { ...USUAL_MANNER, ...change }, { address: ADDRESS });

test('ERR-05, WEB-12 by default one connection serves all objects, and a request waits for the answer before it', async () => {
  const page = await load();

  expect(page.connections).toBe(1);
  expect(page.objects.map(({ status }) => status)).toEqual(Array.from({ length: 1 + PICTURES }, () => 200));
  expect(asked.map((each) => each.answered)).toEqual(Array.from({ length: 1 + PICTURES }, (_, place) => place));
  expect(asked.every(({ head }) => !/^connection:/im.test(head))).toBe(true);
});

test('ERR-05 pipelining is a switch: then all pictures are asked for before one has come', async () => {
  patience = PICTURES;
  const page = await load({ pipelining: true });

  expect(page.connections).toBe(1);
  expect(asked.slice(1).map((each) => each.answered)).toEqual(Array.from({ length: PICTURES }, () => 1));
  // The answers come in the order of the requests (RFC 9112, section 9.3.2).
  expect(page.objects.map(({ url }) => new URL(url).pathname)).toEqual(asked.map(({ head }) => head.split(' ')[1]));
});

test('pipelined requests are handed over in one piece: no machine is so slow that one is answered before the next is sent', async () => {
  const handedOver = vi.spyOn(Socket.prototype, '_writev');
  onTestFinished(() => handedOver.mockRestore());
  patience = PICTURES;
  await load({ pipelining: true });

  const requests = handedOver.mock.calls.map(([pieces]) =>
    pieces.filter(({ chunk }) => String(chunk).startsWith('GET ')),
  );
  expect(requests.map(({ length }) => length)).toEqual([PICTURES]);
});

test('WEB-12 without persistent connections each object has one of its own, and says so', async () => {
  const page = await load({ persistent: false });

  expect(page.connections).toBe(1 + PICTURES);
  expect(new Set(asked.map(({ connection }) => connection)).size).toBe(1 + PICTURES);
  expect(asked.every(({ head }) => /^connection: close$/im.test(head))).toBe(true);
});

test('several connections share the objects', async () => {
  const page = await load({ connections: 6 });

  expect(page.connections).toBe(6);
  expect(page.objects).toHaveLength(1 + PICTURES);
});

test('a server that breaks off in the middle is no answer', async () => {
  server.close();
  server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort'));
  await new Promise<void>((resolve) => server.listen(81, ADDRESS, resolve));

  await expect(loadPage(PAGE, USUAL_MANNER, { address: ADDRESS, port: 81 })).rejects.toThrow(/closed the connection/);
});
