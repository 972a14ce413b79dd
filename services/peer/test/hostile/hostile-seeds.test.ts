import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeHandshake } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { encodePex } from '#shared/bittorrent/ut-pex.ts';
import { memoryInUse } from '#shared/host/test/kit/memory-in-use.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { isDone, LECTURE_SHA256, until } from '../scenarios/world.ts';
import { ScriptedPeer, scriptedId } from '../server/scripted-peer.ts';
import { blockOf, HostileWorld, hostileAddress, infoHash, PEER_PORT } from './hostile-world.ts';

/** Five that are hostile, and one that gives. */
const HOSTILE = 5;
const HONEST = 6;
const EVERYTHING = Uint8Array.of(0xff, 0xff);
const FLOOD = 12_000;
const DRIP_MS = 20;

let world: HostileWorld;
let drips: NodeJS.Timeout[];

beforeEach(async () => {
  drips = [];
  world = new HostileWorld();
  await world.startWeb();
});

afterEach(async () => {
  for (const drip of drips) clearInterval(drip);
  await world.stop();
});

type Hostile = (peer: ScriptedPeer, nth: number) => void;

/** Shakes hands as a peer does, and then does something else. */
function thenDoes(then: Hostile): Hostile {
  return (peer, nth) => {
    peer.shakeHands(infoHash, scriptedId(nth), ['extensions', 'fast']);
    then(peer, nth);
  };
}

/** Says to have everything and to give it, and then does something else. */
function asSeed(then: Hostile): Hostile {
  return thenDoes((peer, nth) => {
    peer.say({ kind: 'bitfield', bits: EVERYTHING }, { kind: 'unchoke' });
    then(peer, nth);
  });
}

function says(...messages: PeerMessage[]): Hostile {
  return (peer) => peer.say(...messages);
}

function floods(message: (nth: number) => PeerMessage): Hostile {
  return (peer) => {
    for (let nth = 0; nth < FLOOD; nth++) peer.say(message(nth));
  };
}

/** Says `octets` one by one, for ever. */
function dripsOctetsOf(octets: Uint8Array): Hostile {
  return (peer) => {
    let at = 0;
    drips.push(setInterval(() => peer.socket.write(octets.subarray(at, ++at)), DRIP_MS));
  };
}

/** Answers each request by what `answer` says. */
function answers(answer: (request: PeerMessage & { kind: 'request' }) => PeerMessage[]): Hostile {
  return (peer) => {
    peer.onMessage = (message) => {
      if (message.kind === 'request') peer.say(...answer({ ...message, kind: 'request' }));
    };
  };
}

const honest = asSeed(answers((asked) => [{ ...asked, kind: 'piece', block: blockOf(asked) }]));
const flag = (text: string): PeerMessage => ({ kind: 'extended', id: 0, payload: octetsOfKey(text) });
const pex = (nth: number): PeerMessage => {
  const peer = { isSeed: false, isReachable: true };
  const addresses = [`${TEST_NET}.31.1`, `${TEST_NET}.31.1`, '127.0.0.1', '0.0.0.0', '255.255.255.255', '8.8.8.8'];
  const added = addresses.map((address) => ({ ...peer, address, port: nth === 0 ? PEER_PORT : 0 }));
  return { kind: 'extended', id: 2, payload: encodePex({ added, dropped: added }) };
};

describe('a download goes on, and nothing of it is wrong, beside five peers that', () => {
  test.each<[string, Hostile]>([
    ['say nothing', () => {}],
    ['say half a handshake', (peer) => peer.socket.write('\x13BitTorrent pro')],
    [
      'drip a handshake',
      (peer, nth) => dripsOctetsOf(encodeHandshake({ infoHash, peerId: scriptedId(nth) }))(peer, nth),
    ],
    ['want another torrent', (peer, nth) => peer.shakeHands(new Uint8Array(20), scriptedId(nth))],
    ['all have one peer id', (peer) => peer.shakeHands(infoHash, scriptedId(1))],
    ['speak HTTP', (peer) => peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['go at once', thenDoes((peer) => peer.socket.end())],
    ['reset at once', thenDoes((peer) => peer.socket.resetAndDestroy())],
    ['have a bitfield that is too long', thenDoes(says({ kind: 'bitfield', bits: new Uint8Array(100) }))],
    ['have a bitfield that is too short', thenDoes(says({ kind: 'bitfield', bits: Uint8Array.of(0xff) }))],
    ['say twice what they have', thenDoes(says({ kind: 'have all' }, { kind: 'have none' }))],
    ['have pieces that there are not', thenDoes(floods((index) => ({ kind: 'have', index })))],
    ['have piece 2^32-1', thenDoes(says({ kind: 'have', index: 2 ** 32 - 1 }))],
    ['allow pieces in a flood', thenDoes(floods((nth) => ({ kind: 'allowed fast', index: nth % 16 })))],
    ['suggest pieces in a flood', asSeed(floods((nth) => ({ kind: 'suggest', index: nth % 16 })))],
    ['choke and unchoke in a flood', asSeed(floods((nth) => ({ kind: nth % 2 === 0 ? 'choke' : 'unchoke' })))],
    [
      'are interested and not, in a flood',
      asSeed(floods((nth) => ({ kind: nth % 2 ? 'interested' : 'not interested' }))),
    ],
    ['keep alive in a flood', asSeed(floods(() => ({ kind: 'keep-alive' })))],
    ['only ever keep alive', thenDoes(says({ kind: 'keep-alive' }))],
    ['say half a message', thenDoes((peer) => peer.socket.write(Uint8Array.of(0, 0, 64, 9, 7, 0, 0, 0, 0, 0, 0)))],
    ['say a message of 2^32-1 octets', thenDoes((peer) => peer.socket.write(Uint8Array.of(255, 255, 255, 255, 7)))],
    ['have everything and give nothing', asSeed(() => {})],
    ['reject whatever they are asked', asSeed(answers((asked) => [{ ...asked, kind: 'reject' }]))],
    [
      'reject everything twice',
      asSeed(
        answers((asked) => [
          { ...asked, kind: 'reject' },
          { ...asked, kind: 'reject' },
        ]),
      ),
    ],
    [
      'reject what nobody asked for',
      asSeed(floods((index) => ({ kind: 'reject', index: index % 16, begin: 0, length: BLOCK_OCTETS }))),
    ],
    [
      'give blocks that nobody asked for',
      asSeed((peer) => {
        const block = new Uint8Array(BLOCK_OCTETS);
        for (let index = 0; index < 16; index++) peer.say({ kind: 'piece', index, begin: 0, block });
      }),
    ],
    [
      'give more than was asked for',
      asSeed(answers((asked) => [{ ...asked, kind: 'piece', block: new Uint8Array(128 * 1024) }])),
    ],
    [
      'give a part of what was asked for',
      asSeed(answers((asked) => [{ ...asked, kind: 'piece', block: blockOf(asked).subarray(1) }])),
    ],
    [
      'give blocks that overlap',
      asSeed(
        answers((asked) => [
          { ...asked, begin: asked.begin + 1, kind: 'piece', block: new Uint8Array(BLOCK_OCTETS - 1) },
        ]),
      ),
    ],
    [
      'give wrong octets',
      asSeed(answers((asked) => [{ ...asked, kind: 'piece', block: new Uint8Array(asked.length) }])),
    ],
    [
      'give every block twice, the second time wrong',
      asSeed(
        answers((asked) => [
          { ...asked, kind: 'piece', block: blockOf(asked) },
          { ...asked, kind: 'piece', block: new Uint8Array(asked.length) },
        ]),
      ),
    ],
    [
      'say nonsense of extensions',
      thenDoes(says(flag('le'), flag('d1:mi1ee'), flag('d1:md6:ut_pexi999eee'), flag('x'))),
    ],
    [
      'have metadata of 2^53 octets',
      thenDoes(says(flag('d1:md11:ut_metadatai3ee13:metadata_sizei9007199254740991ee'))),
    ],
    ['keep one request waiting', asSeed(says(flag('d4:reqqi1ee')))],
    ['tell of peers who are none', thenDoes(says(flag('d1:md6:ut_pexi1eee'), pex(0), pex(1)))],
    ['tell of peers all the time', thenDoes(floods(pex))],
  ])('%s', async (_, hostile) => {
    await world.startHostileSeeds(HONEST, (peer, nth) => (nth === HONEST ? honest : hostile)(peer, nth));
    const member = await world.startPeer('peer-1', '31.1');
    await until(() => isDone(member), 'the download is complete');
    const { sha256, banned, neighbours } = member.state();
    expect(sha256).toBe(LECTURE_SHA256);
    expect(banned.map(({ address }) => address)).not.toContain(hostileAddress(HONEST));
    expect(neighbours.map(({ address }) => address)).toContain(hostileAddress(HONEST));
    expect(neighbours.length).toBeLessThanOrEqual(HOSTILE + 1);
  });
});

test('who dials us with our own peer id, again and again, is nothing to remember', async () => {
  await world.startHostileSeeds(0, () => {});
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => member.state().peerId !== undefined, 'it shares');
  const peerId = octetsOfKey(decodeURIComponent(member.state().peerId));
  for (let nth = 1; nth <= 30; nth++) {
    const peer = await ScriptedPeer.dial({ address: `${TEST_NET}.31.1`, port: PEER_PORT }, hostileAddress(nth));
    peer.shakeHands(infoHash, peerId);
    await until(() => peer.isClosed, 'it is closed');
    expect(peer.handshake).toBeNull();
  }
  expect(member.state().closed.map(({ because }) => because)).toContain('it is this peer itself');
  expect(member.state().banned).toEqual([]);
});

test('of what a thousand connections begin to say one block each is kept, by as many as may be, and all end at the stop', async () => {
  await world.startHostileSeeds(0, () => {});
  const member = await world.startPeer('peer-1', '31.1', { MAX_PEERS: '500' });
  await until(() => member.state().peerId !== undefined, 'it shares');
  const before = memoryInUse().arrayBuffers;
  const peers: ScriptedPeer[] = [];
  for (let nth = 0; nth < 1_000; nth++) {
    const from = `${TEST_NET}.${66 + (nth >> 7)}.${1 + (nth & 0x7f)}`;
    const peer = await ScriptedPeer.dial({ address: `${TEST_NET}.31.1`, port: PEER_PORT }, from);
    peer.shakeHands(infoHash, scriptedId(nth));
    // The beginning of a block of 128 KiB, and of it one octet.
    peer.socket.write(Uint8Array.of(0, 2, 0, 9, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1));
    peers.push(peer);
  }
  await until(() => member.state().neighbours.length === 500, 'five hundred are neighbours');
  expect(memoryInUse().arrayBuffers - before).toBeLessThan(500 * 200 * 1024);
  await member.running.stop();
  await until(() => peers.every(({ isClosed }) => isClosed), 'all are closed');
});
