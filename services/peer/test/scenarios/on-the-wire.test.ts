import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import type { Offer } from '#shared/bittorrent/handshake.ts';
import { decodeMetainfo, type Metainfo } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { madeFile } from '../../src/store/made-file.ts';
import { ScriptedPeer, scriptedId } from '../server/scripted-peer.ts';
import { someTorrent } from '../store/some-torrent.ts';
import { isDone, LECTURE, LECTURE_OCTETS, LECTURE_SHA256, type Member, until, World } from './world.ts';

/** A running peer among neighbours that say what a test says: what it asks, counts and answers, message by message. */

const PORT = 6881;
const lecture = {
  metainfo: decodeMetainfo(readFileSync(LECTURE), (octets) => hash('sha1', octets, 'buffer')),
  content: madeFile({ name: 'lecture.bin', length: LECTURE_OCTETS }),
};
const EVERYTHING = [...Array(16).keys()];

let world: World;
const scripted: ScriptedPeer[] = [];

beforeEach(() => {
  world = new World();
});

afterEach(async () => {
  for (const peer of scripted.splice(0)) peer.socket.destroy();
  await world.stop();
});

/** Neighbour number `nth`, which dials `member`. */
async function meet(
  nth: number,
  member: Member,
  { infoHash, info }: Metainfo = lecture.metainfo,
  { offers = [] as readonly Offer[], peerId = scriptedId(nth) } = {},
): Promise<ScriptedPeer> {
  const to = { address: member.host.address, port: PORT };
  const peer = await ScriptedPeer.dial(to, `${TEST_NET}.60.${nth}`, info.pieceCount);
  scripted.push(peer);
  peer.shakeHands(infoHash, peerId, offers);
  await until(() => peer.handshake !== null || peer.isClosed, 'the handshake is answered, or the connection closed');
  return peer;
}

function bitfield(pieceCount: number, indexes: readonly number[]): PeerMessage {
  const set = new PieceSet(pieceCount);
  for (const index of indexes) set.add(index);
  return { kind: 'bitfield', bits: set.encode() };
}

/** From now on answers every request with the right block. */
function give(peer: ScriptedPeer, { metainfo, content }: { metainfo: Metainfo; content: Uint8Array }): void {
  peer.onMessage = (message) => {
    if (message.kind !== 'request') return;
    const { index, begin, length } = message;
    const at = index * metainfo.info.pieceLength + begin;
    peer.say({ kind: 'piece', index, begin, block: content.subarray(at, at + length) });
  };
}

test('BT-02 all pieces have 256 KiB and only the last one is shorter: so they are asked for, in blocks of 16 KiB', async () => {
  const torrent = someTorrent('short', { '': 2 * 262_144 + 100_001 }, { pieceLength: 262_144 });
  const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: '' });
  await member.running.actions?.add?.run({ torrentFile: Buffer.from(torrent.octets).toString('base64') });
  await until(() => member.state().phase === 'sharing', 'it takes part');
  const giver = await meet(1, member, torrent.metainfo);
  give(giver, torrent);
  giver.say(bitfield(3, [0, 1, 2]), { kind: 'unchoke' });
  await until(() => isDone(member), 'the download is complete');
  const requests = giver.heardOf('request');
  const octets = [0, 0, 0];
  for (const { index, length } of requests) octets[index] = (octets[index] ?? 0) + length;
  expect(octets).toEqual([262_144, 262_144, 100_001]);
  const short = requests.filter(({ length }) => length !== BLOCK_OCTETS);
  expect(short).toEqual([{ kind: 'request', index: 2, begin: 6 * BLOCK_OCTETS, length: 100_001 - 6 * BLOCK_OCTETS }]);
  expect(member.state().pieces).toMatchObject({ total: 3, length: 262_144 });
});

test('BT-11 copies are counted from bitfields, have all and have, go with who leaves, and decide what is asked next', async () => {
  await world.startWeb();
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => member.state().phase === 'sharing', 'it takes part');
  const giver = await meet(1, member);
  giver.say(bitfield(16, EVERYTHING));
  // One tells by bitfield, one piece by piece, one piece by piece after having none, and one has everything for a while.
  (await meet(2, member)).say(bitfield(16, [0, 1, 2, 3, 4, 5]));
  (await meet(3, member)).say(...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((index): PeerMessage => ({ kind: 'have', index })));
  const fast = await meet(4, member, lecture.metainfo, { offers: ['fast'] });
  fast.say({ kind: 'have none' }, { kind: 'have', index: 0 }, { kind: 'have', index: 1 }, { kind: 'have', index: 1 });
  const passing = await meet(5, member, lecture.metainfo, { offers: ['fast'] });
  passing.say({ kind: 'have all' });
  const copies = [4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1];
  const withOneMore = copies.map((count) => count + 1);
  await until(() => member.state().copies.join() === withOneMore.join(), 'all five are counted');
  passing.socket.destroy();
  await until(() => member.state().copies.join() === copies.join(), 'the one that has left counts no more');
  give(giver, lecture);
  giver.say({ kind: 'unchoke' });
  await until(() => isDone(member), 'the download is complete');
  expect(member.state().sha256).toBe(LECTURE_SHA256);
  const started = [...new Set(giver.heardOf('request').map(({ index }) => index))];
  const afterFour = started.slice(4).map((index) => copies[index] ?? 0);
  expect(afterFour).toEqual(afterFour.toSorted((a, b) => a - b));
  expect(new Set(afterFour).size).toBeGreaterThan(2);
  // Each piece is announced once, to everybody.
  for (const peer of [giver, fast]) {
    await until(() => peer.heardOf('have').length >= 16, 'all pieces are announced');
    expect(
      peer
        .heardOf('have')
        .map(({ index }) => index)
        .toSorted((a, b) => a - b),
    ).toEqual(EVERYTHING);
  }
});

describe('a handshake', () => {
  test('with our own peer id is not answered: it is this peer itself', async () => {
    await world.startWeb();
    const seed = await world.startSeed();
    await until(() => seed.state().complete === true, 'the seed is ready');
    const peer = await meet(1, seed, lecture.metainfo, { peerId: octetsOfKey(seed.state().peerId) });
    expect(peer.isClosed).toBe(true);
    expect(peer.socket.bytesRead).toBe(0);
    expect(seed.state().closed.at(-1)).toMatchObject({ because: 'it is this peer itself' });
    expect(seed.state().neighbours).toEqual([]);
  });
});

describe('what is cancelled', () => {
  test.each<[string, readonly Offer[]]>([
    ['is not sent any more', []],
    ['is rejected, and not sent any more (BEP 6)', ['fast']],
  ])('%s', async (_, offers) => {
    await world.startWeb();
    const seed = await world.startSeed({ UPLOAD_BYTES_PER_S: '200000' });
    await until(() => seed.state().complete === true, 'the seed is ready');
    const peer = await meet(1, seed, lecture.metainfo, { offers });
    peer.say({ kind: 'interested' });
    await until(() => peer.heardOf('unchoke').length === 1, 'it is unchoked');
    const block = (index: number) => ({ index, begin: 0, length: BLOCK_OCTETS });
    peer.say(...EVERYTHING.slice(0, 12).map((index): PeerMessage => ({ kind: 'request', ...block(index) })));
    const cancelled = EVERYTHING.slice(4, 12);
    peer.say(...cancelled.map((index): PeerMessage => ({ kind: 'cancel', ...block(index) })));
    // Blocks come in the order in which they were asked for: behind this one nothing is left.
    peer.say({ kind: 'request', ...block(15) });
    await until(() => peer.heardOf('piece').some(({ index }) => index === 15), 'the last block comes');
    expect(peer.heardOf('piece').map(({ index }) => index)).toEqual([0, 1, 2, 3, 15]);
    expect(peer.heardOf('reject').map(({ index }) => index)).toEqual(offers.length > 0 ? cancelled : []);
    expect(seed.state().uploaded).toBe(5 * BLOCK_OCTETS);
  });
});
