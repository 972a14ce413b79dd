import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeHandshake } from '#shared/bittorrent/handshake.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PeerConnection } from '../../src/server/peer-connection.ts';

const handshake = encodeHandshake({ infoHash: new Uint8Array(20), peerId: new Uint8Array(20) });

/** What is moved by hand in some tests; the turns of the event loop are not. */
const TIMERS = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const;
/** How long is waited for what comes at once, on a busy machine too. */
const SOON = { timeout: 60_000, interval: 5 };

let server: Server;
let theirs: Socket;
let ours: Socket;
let messages: PeerMessage[];
let closed: string[] = [];
/** Pieces of the torrent, or null when whoever comes is refused. */
let pieceCount: number | null;

beforeEach(async () => {
  messages = [];
  closed = [];
  pieceCount = 16;
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  theirs = connect((server.address() as { port: number }).port, '127.0.0.1');
  theirs.on('error', () => {});
  [ours] = await accepted;
});

afterEach(() => {
  vi.useRealTimers();
  theirs.destroy();
  ours.destroy();
  server.close();
});

function open(): PeerConnection {
  // Its own list: the connection of the test before may end late.
  const ends = closed;
  const end = (_: PeerConnection, because: string) => ends.push(because);
  return new PeerConnection(
    ours,
    false,
    {
      handshake: (connection) => {
        if (pieceCount === null) connection.close('it is refused');
        else
          connection.admit({
            id: 1,
            pieceCount,
            message: (_, message) => messages.push(message),
            drained: () => {},
            closed: end,
          });
      },
      closed: end,
    },
    { address: ours.remoteAddress ?? '', port: ours.remotePort ?? 0 },
  );
}

/** The sockets are read, and what waits for that is done. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a handshake that is not whole after ten seconds ends the connection, however it trickles in', async () => {
  vi.useFakeTimers({ toFake: [...TIMERS] });
  const connection = open();
  for (let second = 0; second < 9; second++) {
    ours.emit('data', handshake.subarray(second, second + 1));
    vi.advanceTimersByTime(1_000);
  }
  expect(connection.isClosed).toBe(false);
  vi.advanceTimersByTime(1_000);
  await turn();
  expect(closed).toEqual(['the handshake took too long']);
});

test('a handshake that has come while this program was held for ten seconds is in time', async () => {
  vi.useFakeTimers({ toFake: [...TIMERS] });
  const connection = open();
  await turn();
  theirs.write(Buffer.concat([handshake, Uint8Array.of(0, 0, 0, 1, 2)]));
  vi.advanceTimersByTime(10_000);
  await vi.waitUntil(() => connection.isClosed || messages.length === 1, SOON);
  expect(closed).toEqual([]);
});

test('after a handshake in time there is no more hurry', async () => {
  vi.useFakeTimers({ toFake: [...TIMERS] });
  open();
  ours.emit('data', handshake);
  vi.advanceTimersByTime(60_000);
  await turn();
  expect(closed).toEqual([]);
});

test('messages that follow the handshake in the same segment are heard', async () => {
  open();
  theirs.write(Buffer.concat([handshake, Uint8Array.of(0, 0, 0, 1, 2, 0, 0, 0, 0)]));
  await vi.waitUntil(() => messages.length === 2, SOON);
  expect(messages.map(({ kind }) => kind)).toEqual(['interested', 'keep-alive']);
});

test('what follows the handshake of one who is refused is not heard', async () => {
  pieceCount = null;
  open();
  theirs.write(Buffer.concat([handshake, Uint8Array.of(0, 0, 0, 1, 2)]));
  await vi.waitUntil(() => closed.includes('it is refused'), SOON);
  expect(messages).toEqual([]);
});

test('who does not read what it is sent is not sent for ever', () => {
  const connection = open();
  theirs.pause();
  for (let nth = 0; nth < 1_000_000 && !connection.isClosed; nth++) connection.send({ kind: 'have', index: nth });
  expect(closed).toEqual(['it does not read what it is sent']);
});

test('the messages of one turn go in one write, in their order', async () => {
  const connection = open();
  const writes: number[] = [];
  const write = ours.write.bind(ours) as (octets: Uint8Array, written: () => void) => boolean;
  ours.write = ((octets: Uint8Array, written: () => void) => {
    writes.push(octets.length);
    return write(octets, written);
  }) as typeof ours.write;
  const heard: Buffer[] = [];
  theirs.on('data', (octets: Buffer) => heard.push(octets));
  for (const index of [7, 8, 9]) connection.send({ kind: 'have', index });
  connection.send({ kind: 'choke' });
  expect(writes).toEqual([]);
  await vi.waitUntil(() => Buffer.concat(heard).length === 3 * 9 + 5, SOON);
  expect(writes).toEqual([3 * 9 + 5]);
  expect([8, 17, 26].map((at) => Buffer.concat(heard)[at])).toEqual([7, 8, 9]);
  connection.close('it is over');
});

test('what was said in the turn of a block comes before the block', async () => {
  const connection = open();
  ours.emit('data', handshake);
  const heard: Buffer[] = [];
  theirs.on('data', (octets: Buffer) => heard.push(octets));
  connection.send({ kind: 'unchoke' });
  const waits = connection.sendBlock({ index: 1, begin: 0, length: 2 }, (into) => {
    into.set([5, 6]);
    return null;
  });
  expect(waits).toBe(null);
  await vi.waitUntil(() => Buffer.concat(heard).length === 5 + 15, SOON);
  expect([...Buffer.concat(heard)]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 11, 7, 0, 0, 0, 1, 0, 0, 0, 0, 5, 6]);
});

test('a connection ends once, with the first reason', async () => {
  const connection = open();
  connection.close('one');
  connection.close('two');
  connection.send({ kind: 'choke' });
  await once(ours, 'close');
  expect(closed).toEqual(['one']);
});
