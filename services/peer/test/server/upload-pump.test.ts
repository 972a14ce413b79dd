import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeHandshake, encodeReserved } from '#shared/bittorrent/handshake.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { PeerConnection } from '../../src/server/peer-connection.ts';
import { isDone, LECTURE, type Member, until, World } from '../scenarios/world.ts';
import { ScriptedPeer, scriptedId } from './scripted-peer.ts';

const { infoHash, info } = decodeMetainfo(readFileSync(LECTURE), (octets) =>
  Uint8Array.from(hash('sha1', octets, 'buffer')),
);

let world: World;

beforeEach(async () => {
  world = new World();
  await world.startWeb();
  await world.startTracker();
});

afterEach(() => world.stop());

/** A neighbour of `member` that is interested and unchoked. */
async function meet(member: Member): Promise<ScriptedPeer> {
  await until(() => member.state().phase === 'sharing', 'it shares');
  const peer = await ScriptedPeer.dial({ address: member.host.address, port: 6881 }, `${TEST_NET}.60.1`);
  peer.shakeHands(infoHash, scriptedId(1), ['fast']);
  peer.say({ kind: 'interested' });
  await until(() => peer.heardOf('unchoke').length === 1, 'it is unchoked');
  return peer;
}

function request(nth: number, length: number): PeerMessage {
  const at = (nth * length) % info.length;
  return { kind: 'request', index: Math.floor(at / info.pieceLength), begin: at % info.pieceLength, length };
}

function octetsOf(peer: ScriptedPeer): number {
  return peer.heardOf('piece').reduce((sum, { block }) => sum + block.length, 0);
}

describe('a limit of the upload', () => {
  test.each([
    ['blocks', BLOCK_OCTETS],
    ['many small blocks', 512],
  ])('holds for %s, and from the moment that it is changed', async (_, length) => {
    const seed = await world.startSeed({ UPLOAD_BYTES_PER_S: '200000' });
    const peer = await meet(seed);
    let asked = 0;
    const ask = () => peer.say(request(asked++, length));
    peer.onMessage = (message) => {
      if (message.kind === 'piece') ask();
    };
    /** Never more is sent than the limit allows in the time that has passed, and a block that is owed; all of it comes. */
    const holds = async (bytesPerS: number, octets: number) => {
      const sent = () => seed.state().uploaded;
      const [since, before, come] = [performance.now(), sent(), octetsOf(peer)];
      await until(() => octetsOf(peer) - come >= octets, 'blocks come');
      const given = sent() - before;
      const allowed = (bytesPerS * (performance.now() - since)) / 1000;
      expect(given).toBeLessThanOrEqual(allowed * 1.02 + 2 * BLOCK_OCTETS);
      expect(octetsOf(peer)).toBeLessThanOrEqual(sent());
    };
    for (let nth = 0; nth < 60; nth++) ask();
    await holds(200_000, 100_000);
    await seed.running.actions?.limits?.run({ uploadBytesPerS: 1_000_000, downloadBytesPerS: 0 });
    await holds(1_000_000, 300_000);
    peer.socket.destroy();
  });
});

describe('roles, on the wire', () => {
  test('a poisoner that has nothing says to have everything, and gives octets that are wrong', async () => {
    const poisoner = await world.startPeer('peer-1', '31.1', { ROLE: 'poisoner' });
    const peer = await meet(poisoner);
    expect(peer.heard.map(({ kind }) => kind)).toContain('have all');
    peer.say(request(3, BLOCK_OCTETS));
    await until(() => peer.heardOf('piece').length === 1, 'a block comes');
    const [first = 0, ...others] = peer.heardOf('piece')[0]?.block ?? [];
    expect(others.every((octet) => octet === first)).toBe(true);
  });

  test('a leaver goes when there is a copy elsewhere, and tells the tracker', async () => {
    const seed = await world.startSeed({ ROLE: 'leaver' });
    const peer = await world.startPeer('peer-1', '31.1');
    await until(() => isDone(peer), 'the peer has everything');
    const known = () => world.trackerState().swarms.flatMap(({ peers }) => peers.map(({ address }) => address));
    await until(() => !known().includes(seed.host.address), 'the tracker has heard that the seed left');
    expect(peer.state().complete).toBe(true);
  });
});

test('a socket that is full takes blocks again as soon as it has written some', async () => {
  const server = createServer().listen(0, `${TEST_NET}.60.1`);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const theirs = connect((server.address() as { port: number }).port, `${TEST_NET}.60.1`);
  const [ours] = await accepted;
  let drained = 0;
  const end = () => {};
  const connection = new PeerConnection(
    ours,
    false,
    {
      handshake: (one) =>
        one.admit({ id: 1, pieceCount: 16, message: end, drained: () => (drained += 1), closed: end }),
      closed: end,
    },
    { address: ours.remoteAddress ?? '', port: ours.remotePort ?? 0 },
  );
  theirs.write(encodeHandshake({ infoHash, peerId: new Uint8Array(20), reserved: encodeReserved([]) }));
  await until(() => {
    try {
      return connection.id === 1;
    } catch {
      return false;
    }
  }, 'it is admitted');
  theirs.pause();
  let sent = 0;
  for (; connection.takesBlock() || sent === 0; sent++) {
    await connection.sendBlock({ index: 0, begin: 0, length: BLOCK_OCTETS }, () => null);
    // The kernel takes what it has room for.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(drained).toBe(0);
  theirs.resume();
  await until(() => drained === 1, 'it says that it takes more');
  expect(connection.takesBlock()).toBe(true);
  connection.close('the test is over');
  theirs.destroy();
  server.close();
});
