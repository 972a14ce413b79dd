import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Offer } from '#shared/bittorrent/handshake.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { memoryInUse } from '#shared/host/test/kit/memory-in-use.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { LECTURE, type Member, until, World } from '../scenarios/world.ts';
import { ScriptedPeer, scriptedId } from './scripted-peer.ts';

/** What a peer keeps in memory of those who flood it: measured behind a collection of garbage, with both ends in this process. */

const MIB = 1024 * 1024;
const { infoHash } = decodeMetainfo(readFileSync(LECTURE), (octets) => hash('sha1', octets, 'buffer'));

let world: World;
let seed: Member;
const scripted: ScriptedPeer[] = [];

beforeEach(async () => {
  world = new World();
  await world.startWeb();
  seed = await world.startSeed();
  await until(() => seed.state().complete === true, 'the seed is ready');
});

afterEach(async () => {
  for (const peer of scripted.splice(0)) peer.socket.destroy();
  await world.stop();
});

async function meet(nth: number, offers: readonly Offer[] = []): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.dial({ address: seed.host.address, port: 6881 }, `${TEST_NET}.60.${nth}`);
  scripted.push(peer);
  peer.shakeHands(infoHash, scriptedId(nth), offers);
  await until(() => peer.handshake !== null, 'the handshake is answered');
  return peer;
}

function octetsInUse(): number {
  const { heapUsed, arrayBuffers } = memoryInUse();
  return heapUsed + arrayBuffers;
}

test('of messages whose length is impossible nothing is kept, however much follows', async () => {
  await meet(1);
  const before = octetsInUse();
  for (const [nth, head] of [
    [2, [255, 255, 255, 255]],
    [3, [0, 32, 0, 0, 5]],
    [4, [0, 2, 0, 10, 7]],
  ] as const) {
    const peer = await meet(nth);
    peer.socket.write(Uint8Array.from(head));
    for (let chunk = 0; chunk < 64 && !peer.isClosed; chunk++) peer.socket.write(new Uint8Array(128 * 1024));
    await until(() => peer.isClosed, 'the connection is closed');
  }
  await until(() => seed.state().neighbours.length === 1, 'they are gone');
  // What our own sockets did not get rid of goes when the kernel has told each of them so.
  await until(() => octetsInUse() - before < MIB, 'nothing of it is kept');
});

test('of ten neighbours that ask 4,000 times each and read nothing, what is kept stays below 16 MiB', async () => {
  // All are unchoked: each has five hundred blocks, 8 MiB, that wait.
  await seed.running.actions?.policies?.run({ chokePolicy: 'none' });
  const flooders = await Promise.all(Array.from({ length: 10 }, (_, nth) => meet(1 + nth, ['fast'])));
  const before = octetsInUse();
  for (const peer of flooders) {
    peer.socket.pause();
    peer.say({ kind: 'interested' });
    for (let nth = 0; nth < 4_000; nth++)
      peer.say({ kind: 'request', index: nth % 16, begin: nth, length: BLOCK_OCTETS });
  }
  const waiting = () => seed.state().neighbours.map(({ requestsWaiting }) => requestsWaiting);
  await until(() => waiting().filter((count) => count > 0).length === 10, 'all have asked');
  await until(() => flooders.every(({ socket }) => socket.writableLength === 0), 'all was sent');
  const given = () => seed.state().uploaded;
  for (let last = -1; last !== given(); await new Promise((resolve) => setTimeout(resolve, 200))) last = given();
  for (const count of waiting()) expect(count).toBeLessThanOrEqual(500);
  expect(octetsInUse() - before).toBeLessThan(16 * MIB);
  expect(seed.state().neighbours).toHaveLength(10);
});
