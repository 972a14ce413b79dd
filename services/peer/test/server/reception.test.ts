import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { peerPriority } from '#shared/bittorrent/peer-priority.ts';
import { createTestHost, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import type { PeerConnection } from '../../src/server/peer-connection.ts';
import { listenForPeers, type PeerListener } from '../../src/server/peer-listener.ts';
import { type Audience, Reception } from '../../src/server/reception.ts';
import { COMES_MS_MAX, until } from '../scenarios/world.ts';
import { ScriptedPeer, scriptedId } from './scripted-peer.ts';

const PORT = 6883;
const INFO_HASH = new Uint8Array(20).fill(0xaa);

let host: TestHost;
let reception: Reception;
let listener: PeerListener;
let opened: string[];
let heard: PeerMessage[];
const dialled: ScriptedPeer[] = [];
const servers: Server[] = [];

async function setUp({
  neighboursMax = 50,
  audience = {},
}: {
  neighboursMax?: number;
  audience?: Partial<Audience>;
} = {}) {
  host = createTestHost({ name: 'peer', suffix: '70.1' });
  opened = [];
  heard = [];
  const identity = { infoHash: INFO_HASH, peerId: octetsOfKey('-TD0100-000000000000'), offers: [] };
  reception = new Reception(
    { host, port: PORT, ...identity, neighboursMax },
    {
      pieceCount: 16,
      isPrivate: false,
      wantsSeeds: () => true,
      isSeed: () => false,
      room: null,
      opened: (connection) => opened.push(connection.there.address),
      message: (_, message) => heard.push(structuredClone(message)),
      drained: () => {},
      closed: (connection) => opened.splice(opened.indexOf(connection.there.address), 1),
      ...audience,
    },
  );
  listener = await listenForPeers(host, PORT, (infoHash) => (infoHash[0] === 0xaa ? reception : null));
}

beforeEach(() => setUp());

afterEach(async () => {
  for (const peer of dialled.splice(0)) peer.socket.destroy();
  for (const server of servers.splice(0)) server.close();
  reception.close('the end');
  await listener.close();
  await host.remove();
});

async function dial(suffix: string): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.dial({ address: host.address, port: PORT }, `${TEST_NET}.${suffix}`);
  dialled.push(peer);
  return peer;
}

/** Listens at each of these addresses, and at no other: tests that run beside this one have theirs. */
async function listenAt(suffixes: readonly string[], port: number, welcome: (socket: Socket) => void): Promise<void> {
  for (const suffix of suffixes) {
    const server = createServer(welcome);
    servers.push(server);
    server.listen(port, `${TEST_NET}.${suffix}`);
    await once(server, 'listening');
  }
}

let met = 0;

/** Dials and shakes hands, as another peer each time. */
async function meet(suffix: string): Promise<ScriptedPeer> {
  const peer = await dial(suffix);
  peer.shakeHands(INFO_HASH, scriptedId(met++));
  await until(() => peer.handshake !== null || peer.isClosed, 'the handshake is answered or refused');
  return peer;
}

describe('those who dial us', () => {
  test('two hundred from one address: four may shake hands, four may be neighbours, and others are served', async () => {
    const crowd = await Promise.all(Array.from({ length: 200 }, () => dial('71.1')));
    await until(() => crowd.filter((peer) => peer.isClosed).length === 196, 'all but four are closed');
    const other = await meet('71.2');
    expect(other.handshake).not.toBeNull();
    for (const peer of crowd) peer.socket.destroy();
    const neighbours: ScriptedPeer[] = [];
    for (let nth = 0; nth < 6; nth++) neighbours.push(await meet('71.1'));
    expect(neighbours.map((peer) => peer.handshake !== null)).toEqual([true, true, true, true, false, false]);
  });

  test('hundreds that never shake hands from many addresses keep nobody out, and harm no neighbour', async () => {
    const neighbour = await meet('71.3');
    const silent: ScriptedPeer[] = [];
    for (let nth = 0; nth < 300; nth++) silent.push(await dial(`72.${1 + (nth % 100)}`));
    const newcomer = await meet('71.4');
    expect(newcomer.handshake).not.toBeNull();
    await until(() => silent.filter((peer) => !peer.isClosed).length <= 64, 'those that took longest are closed');
    neighbour.say({ kind: 'have', index: 3 });
    await until(() => heard.length === 1, 'the neighbour is heard');
    expect(neighbour.isClosed).toBe(false);
    expect(opened.toSorted()).toEqual([`${TEST_NET}.71.3`, `${TEST_NET}.71.4`]);
  });

  test('and reset at once, before they are taken in, do no harm: nobody without an address is reported', async () => {
    // In a thread of its own, while this one looks away: a connection that is reset has forgotten its other end by then.
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const code = `
      const { connect } = require('node:net');
      const { workerData: { address, port, localAddress, shared } } = require('node:worker_threads');
      for (let nth = 0; nth < 20; nth++) {
        const socket = connect({ host: address, port, localAddress });
        socket.on('connect', () => socket.resetAndDestroy());
        socket.on('close', () => Atomics.add(shared, 0, 1) === 19 && Atomics.notify(shared, 0));
      }`;
    const workerData = { address: host.address, port: PORT, localAddress: `${TEST_NET}.71.6`, shared };
    const worker = new Worker(code, { eval: true, workerData });
    await once(worker, 'online');
    const deadline = performance.now() + COMES_MS_MAX;
    while (Atomics.load(shared, 0) < 20 && performance.now() < deadline)
      Atomics.wait(shared, 0, Atomics.load(shared, 0), 100);
    expect(shared[0]).toBe(20);
    const newcomer = await meet('71.7');
    expect(newcomer.handshake).not.toBeNull();
    const nowhere = host.reported.filter(({ from, to }) => from?.address === '' || to?.address === '');
    expect(nowhere).toEqual([]);
    await worker.terminate();
  });

  test('for another torrent are told nothing, and it is reported why', async () => {
    const peer = await dial('71.5');
    peer.shakeHands(new Uint8Array(20), new Uint8Array(20));
    await until(() => peer.isClosed, 'the connection is closed');
    expect(peer.socket.bytesRead).toBe(0);
    const isTold = () => host.reported.some(({ because }) => because === 'it wants a torrent that is not here');
    await until(isTold, 'it is reported why');
  });

  test('when all places are taken the one with the lowest priority goes (BEP 40)', async () => {
    reception.close('the end');
    await listener.close();
    await host.remove();
    await setUp({ neighboursMax: 2 });
    const own = { address: host.address, port: PORT };
    const suffixes = ['73.1', '74.1', '75.1', '76.1', '77.1'];
    const priority = (suffix: string) => peerPriority(own, { address: `${TEST_NET}.${suffix}`, port: 1 });
    const [lowest = '', low = '', middle = '', ...high] = suffixes.toSorted((a, b) => priority(a) - priority(b));
    const first = await meet(low);
    const second = await meet(middle);
    expect((await meet(lowest)).handshake).toBeNull();
    expect((await meet(high[0] ?? '')).handshake).not.toBeNull();
    await until(() => first.isClosed, 'the lowest has gone');
    expect(second.isClosed).toBe(false);
    expect((await meet(low)).handshake).toBeNull();
    expect((await meet(high[1] ?? '')).handshake).not.toBeNull();
    await until(() => second.isClosed, 'the next lowest has gone');
    expect(opened).toHaveLength(2);
  });
});

describe('a full house', () => {
  const BECAUSE = 'it was of no use';
  let connections: PeerConnection[];
  /** Addresses of those that are of no use, and of those that had to go. */
  let useless: string[];
  let away: string[];

  beforeEach(async () => {
    [connections, useless, away] = [[], [], []];
    reception.close('the end');
    await listener.close();
    await host.remove();
    await setUp({
      neighboursMax: 2,
      audience: {
        opened: (connection) => connections.push(connection),
        closed: (connection) => connections.splice(connections.indexOf(connection), 1),
        room: {
          make: () => {
            const connection = connections.find(({ there }) => useless.includes(there.address));
            if (connection === undefined) return null;
            away.push(connection.there.address);
            return { connection, because: BECAUSE };
          },
          isAway: (address) => away.includes(address),
        },
      },
    });
  });

  const addresses = () => connections.map(({ there }) => there.address);

  test('has room for a newcomer where a neighbour is of no use, whatever their priorities; and not for who had to go', async () => {
    const own = { address: host.address, port: PORT };
    const priority = (suffix: string) => peerPriority(own, { address: `${TEST_NET}.${suffix}`, port: 1 });
    const [low = '', middle = '', high = ''] = ['73.1', '74.1', '75.1'].toSorted((a, b) => priority(a) - priority(b));
    await meet(middle);
    const gone = await meet(high);
    useless = [`${TEST_NET}.${high}`];
    expect((await meet(low)).handshake).not.toBeNull();
    await until(() => gone.isClosed, 'the one of no use has gone');
    expect(addresses().toSorted()).toEqual([`${TEST_NET}.${low}`, `${TEST_NET}.${middle}`].toSorted());
    expect(reception.closed.items).toMatchObject([{ address: `${TEST_NET}.${high}`, because: BECAUSE }]);
    // Of the highest priority (BEP 40), and all the same of no use.
    expect((await meet(high)).handshake).toBeNull();
    expect(addresses()).toHaveLength(2);
  });

  test('of who looks for pieces has room for somebody who is known and was not dialled yet', async () => {
    await listenAt(['82.1'], PORT + 3, (socket) => {
      const peer = new ScriptedPeer(socket, 16);
      dialled.push(peer);
      peer.shakeHands(INFO_HASH, scriptedId(met++));
    });
    await meet('71.1');
    await meet('71.2');
    useless = [`${TEST_NET}.71.1`];
    reception.tick();
    // Nobody goes before there is somebody to come.
    expect(away).toEqual([]);
    reception.learn([{ address: `${TEST_NET}.82.1`, port: PORT + 3 }], 'x', 'a tracker');
    reception.tick();
    await until(() => addresses().includes(`${TEST_NET}.82.1`), 'it is dialled');
    expect(addresses()).not.toContain(`${TEST_NET}.71.1`);
  });
});

describe('those whom we dial', () => {
  test('are twenty in a second at most, whatever is told', async () => {
    const reached: (string | undefined)[] = [];
    const suffixes = Array.from({ length: 100 }, (_, nth) => `80.${1 + nth}`);
    await listenAt(suffixes, PORT + 1, (socket) => {
      reached.push(socket.localAddress);
      // Each is gone at once, so that the next could be dialled.
      socket.on('error', () => {});
      socket.resetAndDestroy();
    });
    const told = suffixes.map((suffix) => ({ address: `${TEST_NET}.${suffix}`, port: PORT + 1 }));
    reception.learn(told, 'x', 'a tracker');
    await until(() => reached.length === 20, 'twenty were dialled');
    reception.learn([], 'x', 'a tracker');
    reception.tick();
    await until(() => reached.length >= 40, 'after a second twenty more');
    reception.learn([], 'x', 'a tracker');
    // What had been dialled would have come before this one.
    await meet('71.9');
    expect(reached).toHaveLength(40);
    expect(new Set(reached).size).toBe(40);
  });

  test('are as many as there are places, with those who have come', async () => {
    reception.close('the end');
    await listener.close();
    await host.remove();
    await setUp({ neighboursMax: 3 });
    const suffixes = Array.from({ length: 10 }, (_, nth) => `81.${1 + nth}`);
    const reached: Socket[] = [];
    await listenAt(suffixes, PORT + 2, (socket) => reached.push(socket.on('error', () => {})));
    await meet('71.6');
    const told = suffixes.map((suffix) => ({ address: `${TEST_NET}.${suffix}`, port: PORT + 2 }));
    reception.learn(told, 'x', 'a tracker');
    reception.tick();
    const handshakes = () => host.reported.filter(({ kind }) => kind === 'bittorrent.handshake').length;
    await until(() => handshakes() === 4 && reached.length >= 2, 'two are dialled');
    reception.tick();
    // What had been dialled would have come before this one.
    await meet('71.7');
    expect(reached).toHaveLength(2);
  });
});

test('when the metadata has come the same connections are checked by its number of pieces', async () => {
  reception.close('the end');
  await listener.close();
  await host.remove();
  await setUp({ audience: { pieceCount: null } });
  const peer = await meet('71.7');
  peer.say({ kind: 'bitfield', bits: new Uint8Array(7) });
  await until(() => heard.length === 1, 'any bitfield is heard');
  reception.audience = {
    pieceCount: 16,
    isPrivate: true,
    wantsSeeds: () => true,
    isSeed: () => false,
    room: null,
    opened: () => {},
    message: () => {},
    drained: () => {},
    closed: () => {},
  };
  peer.say({ kind: 'bitfield', bits: new Uint8Array(7) });
  await until(() => peer.isClosed, 'a bitfield of another length ends the connection');
  reception.learn([{ address: `${TEST_NET}.71.8`, port: PORT }], 'x', 'another peer');
  expect(reception.book.size).toBe(0);
});
