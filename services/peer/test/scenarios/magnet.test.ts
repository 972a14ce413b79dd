import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeExtensionHandshake } from '#shared/bittorrent/extension-handshake.ts';
import { formatMagnet } from '#shared/bittorrent/magnet-link.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { encodeMetainfo } from '#shared/bittorrent/metainfo-encoding.ts';
import { decodeUtMetadata, encodeUtMetadata } from '#shared/bittorrent/ut-metadata.ts';
import { encodePex } from '#shared/bittorrent/ut-pex.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { listenScripted, type ScriptedPeer, scriptedId } from '../server/scripted-peer.ts';
import { isDone, LECTURE, LECTURE_SHA256, type Member, until, World } from './world.ts';

const PORT = 6881;
const TRACKER = 'http://tracker.topdown.org:6969/announce';
const sha1 = (octets: Uint8Array) => Uint8Array.from(hash('sha1', octets, 'buffer'));
const lecture = decodeMetainfo(readFileSync(LECTURE), sha1);

let world: World;
const servers: Server[] = [];
const scripted: ScriptedPeer[] = [];

beforeEach(() => {
  world = new World();
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  for (const peer of scripted.splice(0)) peer.socket.destroy();
  await world.stop();
});

function link(peers: readonly string[], { infoHash = lecture.infoHash, trackers = [] as string[] } = {}): string {
  const endpoints = peers.map((address) => ({ address, port: PORT }));
  return formatMagnet({ infoHash, displayName: 'lecture.bin', trackers, peers: endpoints, webSeeds: [] });
}

async function startSeed(): Promise<Member> {
  const seed = await world.startSeed();
  await until(() => seed.state().complete === true, 'the seed is ready');
  return seed;
}

const neighbours = (member: Member) => member.state().neighbours?.map(({ address }) => address) ?? [];

/** A peer at 60.`nth` that says to have `metadata`, and answers requests with `answer`. */
async function listenAs(nth: number, metadataSize: number, answer: (peer: ScriptedPeer, part: number) => void) {
  const address = `${TEST_NET}.60.${nth}`;
  const welcome = (peer: ScriptedPeer) => {
    scripted.push(peer);
    peer.shakeHands(lecture.infoHash, scriptedId(nth), ['extensions']);
    const ids = new Map([['ut_metadata', 5]]);
    const nothing = { listenPort: null, client: null, requestQueueMax: null, yourAddress: null, isUploadOnly: null };
    const payload = encodeExtensionHandshake({ ids, metadataSize, ...nothing });
    peer.say({ kind: 'extended', id: 0, payload });
    peer.onMessage = (message) => {
      if (message.kind !== 'extended' || message.id !== 5) return;
      const said = decodeUtMetadata(message.payload);
      if (said.kind === 'request') answer(peer, said.piece);
    };
  };
  servers.push(await listenScripted(address, PORT, welcome));
  return address;
}

describe('a magnet link (BEP 9)', () => {
  test('with nothing but the address of one peer is enough: metadata and pieces come over one connection', async () => {
    await world.startWeb();
    const seed = await startSeed();
    const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link([seed.host.address]) });
    await until(() => isDone(member), 'the download is complete');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
    const handshakes = member.host.reported.filter(({ kind }) => kind === 'bittorrent.handshake');
    expect(handshakes).toHaveLength(2);
    expect(member.host.reported.some(({ kind }) => kind === 'bittorrent.metadata')).toBe(true);
  });

  test('with a tracker finds the peers as any other does', async () => {
    await world.startWeb();
    await world.startTracker();
    await startSeed();
    const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link([], { trackers: [TRACKER] }) });
    await until(() => isDone(member), 'the download is complete');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
  });

  test('of peers that all have nothing but the link waits until one comes that has the metadata', async () => {
    await world.startWeb();
    const addresses = ['31.1', '32.1', '33.1'].map((suffix) => `${TEST_NET}.${suffix}`);
    const first = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link([]) });
    const second = await world.startPeer('peer-2', '32.1', { TORRENT_URL: link(addresses) });
    await until(() => first.host.reported.some(({ summary }) => summary.includes('extension handshake')), 'they met');
    expect([first, second].map((member) => member.state().phase)).toEqual(['metadata', 'metadata']);
    await startSeed();
    const third = await world.startPeer('peer-3', '33.1', {
      TORRENT_URL: link([...addresses, `${TEST_NET}.30.2`]),
    });
    await until(() => [first, second, third].every(isDone), 'all have the file');
  });

  test('is not stopped by peers that give wrong metadata, reject, or are silent: the liar is banned', async () => {
    await world.startWeb();
    const size = lecture.infoOctets.length;
    const wrong = new Uint8Array(size);
    const liar = await listenAs(1, size, (peer, piece) => {
      const payload = encodeUtMetadata({ kind: 'data', piece, totalSize: size, octets: wrong });
      peer.say({ kind: 'extended', id: 1, payload });
    });
    const denier = await listenAs(2, size, (peer, piece) => {
      peer.say({ kind: 'extended', id: 1, payload: encodeUtMetadata({ kind: 'reject', piece }) });
    });
    const silent = await listenAs(3, size, () => {});
    const braggart = await listenAs(4, 2 ** 30, () => {
      throw new Error('it was asked');
    });
    await world.startTracker();
    const peers = [liar, denier, silent, braggart];
    const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link(peers, { trackers: [TRACKER] }) });
    // What came from a seed before the liar has answered would be enough.
    await until(() => member.host.reported.some(({ kind }) => kind === 'bittorrent.ban'), 'the liar is banned');
    await startSeed();
    await until(() => world.trackerState().swarms[0]?.complete === 1, 'the tracker knows the seed');
    await member.running.actions?.announce?.run({});
    await until(() => isDone(member), 'the download is complete');
    expect(member.state().banned).toMatchObject([{ address: liar }]);
  });
});

describe('peer exchange (BEP 11)', () => {
  test('makes known to each other those who have one neighbour in common, without a tracker', async () => {
    await world.startWeb();
    const seed = await startSeed();
    // They are slow: who has everything looks for no seed any more, and parts with it.
    const slow = { UPLOAD_BYTES_PER_S: '16384', DOWNLOAD_BYTES_PER_S: '65536' };
    const hub = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link([seed.host.address]), ...slow });
    await until(() => neighbours(hub).length === 1, 'the first has met the seed');
    const member = await world.startPeer('peer-2', '32.1', { TORRENT_URL: link([hub.host.address]) });
    await until(() => neighbours(member).includes(seed.host.address), 'the second has found the seed');
    // Either of them may have dialled the other: who was dialled knows it first.
    await until(() => neighbours(seed).includes(member.host.address), 'and the seed knows the second');
  });

  test('does not make anybody dial itself, what is no host, or a host outside of the lab', async () => {
    await world.startWeb();
    const address = await listenAs(1, lecture.infoOctets.length, (peer, piece) => {
      const payload = encodeUtMetadata({
        kind: 'data',
        piece,
        totalSize: lecture.infoOctets.length,
        octets: lecture.infoOctets,
      });
      peer.say({ kind: 'extended', id: 1, payload });
    });
    const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link([address]) });
    await until(() => member.state().phase === 'sharing', 'the metadata has come');
    const added = [
      { address: member.host.address, port: PORT },
      { address: '192.0.2.1', port: PORT },
      { address: '255.255.255.255', port: PORT },
      { address: `${TEST_NET}.60.9`, port: 0 },
    ].map((endpoint) => ({ ...endpoint, isSeed: false, isReachable: true }));
    scripted[0]?.say({ kind: 'extended', id: 2, payload: encodePex({ added, dropped: [] }) });
    const refused = () => member.host.reported.filter(({ kind }) => kind === 'bittorrent.refused-address');
    await until(() => refused().length === added.length, 'all are refused');
    expect(refused().map(({ because }) => because)).toEqual([
      'it is this peer itself',
      'it is outside of the lab',
      'it is no address of a host',
      'there is no such port',
    ]);
  });

  test('is not part of a private torrent: who knows one peer finds no other (BEP 27)', async () => {
    const { info } = lecture;
    const octets = encodeMetainfo({
      trackers: [],
      webSeeds: [],
      name: info.name,
      files: info.files,
      pieceLength: info.pieceLength,
      pieceHashes: info.pieceHashes,
      isPrivate: true,
      comment: null,
    });
    const { infoHash } = decodeMetainfo(octets, sha1);
    await world.startWeb(octets);
    const seed = await startSeed();
    const hub = await world.startPeer('peer-1', '31.1', { TORRENT_URL: link([seed.host.address], { infoHash }) });
    await until(() => isDone(hub), 'the first has the file');
    const member = await world.startPeer('peer-2', '32.1', { TORRENT_URL: link([hub.host.address], { infoHash }) });
    await until(() => isDone(member), 'the second has the file');
    const extended = [seed, hub, member].flatMap(({ host }) =>
      host.reported.filter(({ kind }) => kind === 'bittorrent.extended'),
    );
    expect(extended.length).toBeGreaterThan(0);
    expect(extended.filter(({ summary }) => summary.includes('ut_pex'))).toEqual([]);
    expect(neighbours(member)).toEqual([hub.host.address]);
  });
});
