import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeAnnounceQuery } from '#shared/bittorrent/announce-request.ts';
import { encodeCompactPeers } from '#shared/bittorrent/compact-peers.ts';
import type { Offer } from '#shared/bittorrent/handshake.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { holdUp } from '#shared/host/test/kit/hold-up.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { madeFile } from '../../src/store/made-file.ts';
import { isDone, LECTURE, LECTURE_OCTETS, LECTURE_SHA256, type Member, until, World } from '../scenarios/world.ts';
import { listenScripted, ScriptedPeer, scriptedId } from './scripted-peer.ts';

const { infoHash, info } = decodeMetainfo(readFileSync(LECTURE), (octets) =>
  Uint8Array.from(hash('sha1', octets, 'buffer')),
);
const PORT = 6881;
const lecture = madeFile({ name: 'lecture.bin', length: LECTURE_OCTETS });

let world: World;
const servers: Server[] = [];

beforeEach(async () => {
  world = new World();
  await world.startWeb();
  await world.startTracker();
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
  await world.stop();
});

function addressOf(nth: number): string {
  return `${TEST_NET}.60.${nth}`;
}

function setOf(indexes: Iterable<number>): PieceSet {
  const set = new PieceSet(info.pieceCount);
  for (const index of indexes) set.add(index);
  return set;
}

const everything = setOf(Array(16).keys());

/** Tells the tracker of a scripted peer, as a peer itself would. */
async function announce(nth: number, port = PORT): Promise<void> {
  const identity = { infoHash, peerId: scriptedId(nth), port, uploaded: 0, downloaded: 0, left: 1 };
  const query = encodeAnnounceQuery({
    ...identity,
    event: 'started',
    numwant: 0,
    compact: true,
    noPeerId: false,
    key: null,
  });
  const asked = request({
    host: `${TEST_NET}.30.1`,
    port: 6969,
    path: `/announce?${query}`,
    localAddress: addressOf(nth),
    agent: false,
  });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
}

async function dial(member: Member, nth: number): Promise<ScriptedPeer> {
  return ScriptedPeer.dial({ address: member.host.address, port: PORT }, addressOf(nth));
}

/** A seed that is ready, and one that has shaken hands with it. */
async function meet(nth: number, seed: Member): Promise<ScriptedPeer> {
  const peer = await dial(seed, nth);
  peer.shakeHands(infoHash, scriptedId(nth));
  await until(() => peer.handshake !== null || peer.isClosed, 'the handshake is answered');
  return peer;
}

async function readySeed(): Promise<Member> {
  const seed = await world.startSeed();
  await until(() => seed.state().complete === true, 'the seed is ready');
  return seed;
}

describe('a seed, and a peer that dials it', () => {
  test('shakes hands, says what it has, unchokes, and gives what is asked', async () => {
    const seed = await readySeed();
    const peer = await meet(1, seed);
    expect(peer.handshake).toMatchObject({ infoHash });
    peer.say({ kind: 'interested' }, { kind: 'request', index: 5, begin: BLOCK_OCTETS, length: BLOCK_OCTETS });
    await until(() => peer.heardOf('piece').length === 1, 'the block comes');
    expect(peer.heard.map(({ kind }) => kind)).toEqual(['bitfield', 'unchoke', 'piece']);
    expect(peer.heardOf('bitfield')[0]?.bits).toEqual(everything.encode());
    const at = 5 * info.pieceLength + BLOCK_OCTETS;
    expect(
      Buffer.compare(peer.heardOf('piece')[0]?.block ?? new Uint8Array(), lecture.subarray(at, at + BLOCK_OCTETS)),
    ).toBe(0);
    expect(seed.state()).toMatchObject({
      uploaded: BLOCK_OCTETS,
      neighbours: [{ address: addressOf(1), amChoking: false, peerInterested: true }],
    });
  });

  test('closes without a word when it is asked for another torrent', async () => {
    const seed = await readySeed();
    const peer = await dial(seed, 1);
    peer.shakeHands(new Uint8Array(20), scriptedId(1));
    await until(() => peer.isClosed, 'the connection is closed');
    expect(peer.handshake).toBeNull();
    expect(peer.socket.bytesRead).toBe(0);
  });

  test('closes a second connection of the same peer', async () => {
    const seed = await readySeed();
    const first = await meet(1, seed);
    const second = await dial(seed, 1);
    second.shakeHands(infoHash, scriptedId(1));
    await until(() => second.isClosed, 'the second connection is closed');
    expect(first.isClosed).toBe(false);
  });

  test('takes four connections of one address and no fifth', async () => {
    const seed = await readySeed();
    const peers = await Promise.all([1, 1, 1, 1].map((nth) => dial(seed, nth)));
    const fifth = await dial(seed, 1);
    await until(() => fifth.isClosed, 'the fifth is closed');
    expect(peers.map((peer) => peer.isClosed)).toEqual([false, false, false, false]);
    const other = await meet(2, seed);
    expect(other.handshake).not.toBeNull();
  });

  test.each<[string, number[]]>([
    ['a message of 2^32-1 octets', [255, 255, 255, 255]],
    ['a bitfield of 2 MiB', [0, 32, 0, 0, 5]],
    ['a request behind the end of the file', [0, 0, 0, 13, 6, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 64, 0]],
    ['have of piece 2^31', [0, 0, 0, 5, 4, 128, 0, 0, 0]],
  ])('closes after %s, and serves others', async (_, octets) => {
    const seed = await readySeed();
    const peer = await meet(1, seed);
    peer.socket.write(Uint8Array.from(octets));
    await until(() => peer.isClosed, 'the connection is closed');
    const other = await meet(2, seed);
    await until(() => other.heardOf('bitfield').length === 1, 'another is served');
  });

  test.each<[string, readonly Offer[]]>([
    ['closes', []],
    ['rejects and then closes', ['fast']],
  ])('%s when 50 000 requests are sent and nothing is read, without keeping them', async (_, offers) => {
    const seed = await readySeed();
    const peer = await dial(seed, 1);
    peer.shakeHands(infoHash, scriptedId(1), offers);
    await until(() => peer.handshake !== null, 'the handshake is answered');
    peer.say({ kind: 'interested' });
    peer.socket.pause();
    for (let nth = 0; nth < 50_000; nth++)
      peer.say({ kind: 'request', index: nth % 16, begin: nth % 1000, length: BLOCK_OCTETS });
    await until(() => seed.state().neighbours.length === 0, 'the neighbour is gone');
    peer.socket.destroy();
    expect(seed.state().uploaded).toBeLessThan(8 * 1024 * 1024);
  });

  test('closes one that chokes and unchokes ten thousand times, and serves others', async () => {
    const seed = await readySeed();
    const peer = await meet(1, seed);
    for (let nth = 0; nth < 5_000; nth++) peer.say({ kind: 'unchoke' }, { kind: 'choke' });
    await until(() => peer.isClosed, 'the connection is closed');
    const other = await meet(2, seed);
    await until(() => other.heardOf('bitfield').length === 1, 'another is served');
  });

  test('keeps one that has spoken while this program was held, for however long', async () => {
    const seed = await readySeed();
    const peer = await meet(1, seed);
    peer.say({ kind: 'interested' });
    await until(() => peer.heardOf('unchoke').length === 1, 'it is unchoked');
    // Three minutes pass while nothing is read, and a tick is due before what has come: as after a stop signal.
    await new Promise((resolve) => setImmediate(resolve));
    peer.say({ kind: 'keep-alive' });
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 180_000);
    holdUp(1_100);
    await until(() => peer.isClosed || peer.heardOf('keep-alive').length === 1, 'the seed keeps it alive, or closes');
    expect(peer.isClosed).toBe(false);
  });

  test('closes when something else than BitTorrent is spoken, and when a peer resets', async () => {
    const seed = await readySeed();
    const peer = await dial(seed, 1);
    peer.socket.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => peer.isClosed, 'the connection is closed');
    const other = await meet(2, seed);
    other.socket.resetAndDestroy();
    await until(() => seed.state().neighbours.length === 0, 'the neighbour is gone');
  });
});

describe('a peer that fetches', () => {
  test('BT-08 dials every peer that the tracker tells', async () => {
    const met: ScriptedPeer[] = [];
    for (let nth = 1; nth <= 12; nth++) {
      servers.push(await listenScripted(addressOf(nth), PORT, (peer) => met.push(peer)));
      await announce(nth);
    }
    await world.startPeer('peer-1', '31.1');
    await until(() => met.filter((peer) => peer.handshake !== null).length === 12, 'all twelve are dialled');
    expect(new Set(met.map((peer) => peer.socket.localAddress)).size).toBe(12);
    for (const peer of met) peer.socket.destroy();
  });

  test('BT-10 asks in the order of rarity among its neighbours, after four random pieces', async () => {
    // Neighbour 1 has everything and gives; 2, 3 and 4 only say what they have, so that copies differ.
    const has = [everything, setOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), setOf([0, 1, 2, 3, 4, 5]), setOf([0, 1])];
    const copies = (index: number) => has.filter((set) => set.has(index)).length;
    const met: ScriptedPeer[] = [];
    for (const [nth, pieces] of has.entries()) {
      const welcome = (peer: ScriptedPeer) => {
        met.push(peer);
        peer.shakeHands(infoHash, scriptedId(nth + 1));
        peer.say({ kind: 'bitfield', bits: pieces.encode() });
        if (nth === 0) giveWhatIsAsked(peer);
      };
      servers.push(await listenScripted(addressOf(nth + 1), PORT, welcome));
      await announce(nth + 1);
    }
    const member = await world.startPeer('peer-1', '31.1');
    await until(
      () => member.state().neighbours?.filter((one) => one.pieces > 0).length === 4,
      'all four have said what they have',
    );
    const giver = met.find((peer) => peer.socket.localAddress === addressOf(1));
    giver?.say({ kind: 'unchoke' });
    await until(() => isDone(member), 'the download is complete');
    const started = [...new Set(giver?.heardOf('request').map(({ index }) => index))];
    expect(started).toHaveLength(16);
    const rarities = started.slice(4).map(copies);
    expect(rarities).toEqual(rarities.toSorted((a, b) => a - b));
    for (const peer of met) peer.socket.destroy();
  });

  test('BT-11 asks for nothing that it has, after a restart neither', async () => {
    const asked: number[] = [];
    const first = setOf([3, 7, 11]);
    const welcome = (pieces: PieceSet) => (peer: ScriptedPeer) => {
      peer.shakeHands(infoHash, scriptedId(1));
      peer.say({ kind: 'bitfield', bits: pieces.encode() }, { kind: 'unchoke' });
      giveWhatIsAsked(peer, (index) => asked.push(index));
    };
    const server = await listenScripted(addressOf(1), PORT, welcome(first));
    await announce(1);
    const member = await world.startPeer('peer-1', '31.1');
    await until(() => member.state().pieces?.have === 3, 'three pieces are there');
    expect(new Set(asked)).toEqual(new Set([3, 7, 11]));
    await member.running.stop();
    server.close();
    asked.length = 0;
    servers.push(await listenScripted(addressOf(2), PORT, welcome(everything)));
    await announce(2);
    await world.restart(member);
    await until(() => isDone(member), 'the rest is there');
    expect([3, 7, 11].filter((index) => asked.includes(index))).toEqual([]);
    expect(new Set(asked).size).toBe(13);
  });

  test.each([
    ['the other one, whose id is larger, has dialled', '-XX0001-', true],
    ['we have dialled, because our id is larger', '-AA0001-', false],
  ])('when both dial each other at the same time, the connection stays that %s', async (_, client, isSecondKept) => {
    const peerId = scriptedId(1, client);
    const dialled: ScriptedPeer[] = [];
    servers.push(await listenScripted(addressOf(1), PORT, (peer) => dialled.push(peer)));
    await announce(1);
    const member = await world.startPeer('peer-1', '31.1');
    await until(() => dialled[0]?.handshake != null, 'it has dialled');
    const second = await dial(member, 1);
    dialled[0]?.shakeHands(infoHash, peerId);
    await until(() => member.state().neighbours?.length === 1, 'the first is open');
    second.shakeHands(infoHash, peerId);
    await until(() => second.isClosed || dialled[0]?.isClosed === true, 'one of them is closed');
    expect([dialled[0]?.isClosed, second.isClosed]).toEqual([isSecondKept, !isSecondKept]);
    expect(member.state().neighbours).toHaveLength(1);
    second.socket.destroy();
    dialled[0]?.socket.destroy();
  });

  test('bans a liar at once, announces none of its pieces, and completes from others', async () => {
    let haves = 0;
    const liar = (peer: ScriptedPeer) => {
      peer.shakeHands(infoHash, scriptedId(1));
      peer.say({ kind: 'bitfield', bits: everything.encode() }, { kind: 'unchoke' });
      peer.onMessage = (message) => {
        if (message.kind === 'have') haves += 1;
        if (message.kind === 'request')
          peer.say({
            kind: 'piece',
            index: message.index,
            begin: message.begin,
            block: new Uint8Array(message.length),
          });
      };
    };
    servers.push(await listenScripted(addressOf(1), PORT, liar));
    await announce(1);
    const member = await world.startPeer('peer-1', '31.1');
    await until(() => member.state().banned?.length === 1, 'the liar is banned');
    expect(member.state()).toMatchObject({ pieces: { have: 0 }, banned: [{ address: addressOf(1) }] });
    expect(haves).toBe(0);
    await until(() => member.state().neighbours.length === 0, 'the liar is gone');
    const again = await dial(member, 1);
    again.shakeHands(infoHash, scriptedId(1));
    await until(() => again.isClosed, 'it is refused when it comes again');
    expect(again.handshake).toBeNull();
    await world.startSeed();
    await until(() => isDone(member), 'the download is complete');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
  });

  test('does not dial itself, nor what cannot be a peer, whatever the tracker tells', async () => {
    await world.stopTracker();
    const own = `${TEST_NET}.31.1`;
    const endpoints = [
      [own, PORT],
      [addressOf(1), 0],
      ['255.255.255.255', PORT],
      ['192.0.2.1', PORT],
      ['224.0.0.1', PORT],
      ['0.0.0.0', PORT],
    ] as const;
    const peers = encodeCompactPeers(endpoints.map(([address, port]) => ({ address, port })));
    const tracker = createServer((_, response) => {
      response.end(Buffer.concat([Buffer.from(`d8:intervali30e5:peers${peers.length}:`), peers, Buffer.from('e')]));
    });
    await new Promise<void>((resolve) => tracker.listen(6969, `${TEST_NET}.30.1`, resolve));
    servers.push(tracker);
    const member = await world.startPeer('peer-1', '31.1');
    const refused = () => member.host.reported.filter(({ kind }) => kind === 'bittorrent.refused-address');
    await until(() => refused().length === endpoints.length, 'all are refused');
    expect(refused().map(({ because }) => because)).toEqual([
      'it is this peer itself',
      'there is no such port',
      'it is no address of a host',
      'it is outside of the lab',
      'it is no address of a host',
      'it is no address of a host',
    ]);
    expect(member.host.reported.some(({ kind }) => kind === 'bittorrent.handshake')).toBe(false);
    tracker.closeAllConnections();
  });
});

/** Answers every request with the right block. */
function giveWhatIsAsked(peer: ScriptedPeer, note: (index: number) => void = () => {}): void {
  peer.onMessage = (message) => {
    if (message.kind !== 'request') return;
    note(message.index);
    const at = message.index * info.pieceLength + message.begin;
    peer.say({
      kind: 'piece',
      index: message.index,
      begin: message.begin,
      block: lecture.subarray(at, at + message.length),
    });
  };
}
