import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseExchange } from '#shared/exchange.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import type { Report } from '#shared/report.ts';
import { isDone, LECTURE_OCTETS, LECTURE_SHA256, type Member, type TrackerState, until, World } from './world.ts';

/** What the seed gives in these worlds, in octets per second: slow enough that the peers have something for one another. */
const SEED = { UPLOAD_BYTES_PER_S: String(8 * 1024 * 1024) };

let world: World;

beforeEach(async () => {
  world = new World();
  await world.startWeb();
});

afterEach(() => world.stop());

/** Starts everything at the same time, as a lab does, and waits until all have the file. */
async function distribute(
  peers: number,
  seedEnvironment: Record<string, string> = SEED,
  peerEnvironment: Record<string, string> = {},
): Promise<{ seed: Member; peers: Member[] }> {
  const [seed, members] = await Promise.all([
    world.startSeed(seedEnvironment),
    world.startPeers(peers, peerEnvironment),
    world.startTracker(),
  ]);
  await until(() => world.members.every(isDone), 'all have the file');
  return { seed, peers: members };
}

function reportsOf(member: Member, kind: string): Report[] {
  return member.host.reported.filter((report) => report.kind === kind);
}

function addresses(state: TrackerState): string[] {
  return state.swarms.flatMap(({ peers }) => peers.map(({ address }) => address));
}

describe('a seed and four peers that start at the same time', () => {
  test('BT-01 the torrent is the set of all peers: the tracker knows exactly those that run', async () => {
    const { seed, peers } = await distribute(4);
    expect(addresses(world.trackerState()).toSorted()).toEqual(
      [seed, ...peers].map(({ host }) => host.address).toSorted(),
    );
    for (const { state } of peers) expect(state()).toMatchObject({ sha256: LECTURE_SHA256, trouble: null });
    await until(() => world.trackerState().swarms[0]?.complete === 5, 'the tracker knows five seeds');
    expect(world.trackerState().swarms[0]).toMatchObject({ downloaded: 4, incomplete: 0 });
  });

  test('BT-03 while a peer still downloads, it also uploads', async () => {
    const { peers } = await distribute(4, SEED, { REPORT_BLOCKS: 'all' });
    await until(() => peers.every((peer) => reportsOf(peer, 'bittorrent.verified').length === 16), 'all is reported');
    const atOnce = peers.filter((peer) => {
      const own = ({ from }: Report) => from?.address === peer.host.address;
      const sent = reportsOf(peer, 'bittorrent.piece').filter(own);
      const received = reportsOf(peer, 'bittorrent.piece').filter((report) => !own(report));
      return (sent[0]?.at ?? Number.POSITIVE_INFINITY) < (received.at(-1)?.at ?? 0);
    });
    expect(atOnce.length).toBeGreaterThan(0);
  });

  test('ARC-11 a peer is a client to those that it downloads from, and a server to those that it uploads to', async () => {
    const { peers } = await distribute(4);
    const both = peers.filter(({ state }) => {
      const { exchanged } = state();
      return exchanged.some(({ downloaded }) => downloaded > 0) && exchanged.some(({ uploaded }) => uploaded > 0);
    });
    expect(both.length).toBeGreaterThan(0);
  });

  test('ARC-05 after the tracker has answered, the file flows between peers: the tracker sends lists of peers only', async () => {
    const { peers } = await distribute(4);
    const tracker = world.trackerState();
    expect(tracker.announces).toBeGreaterThanOrEqual(5);
    // At most a bencoded dictionary of numbers and 50 compact peers for each announce.
    expect(tracker.sentBytes).toBeLessThan(tracker.announces * 500);
    const peerAddresses = world.members.map(({ host }) => host.address);
    for (const peer of peers) {
      const { exchanged } = peer.state();
      expect(exchanged.reduce((sum, { downloaded }) => sum + downloaded, 0)).toBeGreaterThanOrEqual(LECTURE_OCTETS);
      for (const { address } of exchanged) expect(peerAddresses).toContain(address);
    }
  });

  test('every piece says from whom it came, and what one has sent the other has received', async () => {
    const { seed, peers } = await distribute(4);
    for (const peer of peers) {
      const { pieceList } = peer.state();
      for (const { from } of pieceList) expect(Object.values(from).reduce((sum, blocks) => sum + blocks, 0)).toBe(16);
    }
    const sent = () => [seed, ...peers].reduce((sum, { state }) => sum + state().uploaded, 0);
    const received = () => peers.reduce((sum, { state }) => sum + state().downloaded, 0);
    // What comes though nobody asked for it any more is wasted, and counts among nobody's downloads.
    const wasted = () => peers.reduce((sum, { state }) => sum + state().wasted, 0);
    await until(() => received() <= sent() && sent() <= received() + wasted(), 'what was sent has been received');
    // A block that comes twice in the endgame is wasted; there are few.
    expect(peers.reduce((sum, { state }) => sum + state().wasted, 0)).toBeLessThan(0.05 * 4 * LECTURE_OCTETS);
  });

  test('both ends report a connection under the same exchange, and say why they did what they did', async () => {
    const { seed, peers } = await distribute(1);
    const [peer] = peers;
    if (peer === undefined) throw new Error('there is no peer');
    await until(() => reportsOf(peer, 'bittorrent.verified').length === 16, 'all is reported');
    const exchanges = [seed, peer].map(
      (member) => new Set(reportsOf(member, 'bittorrent.handshake').map(({ exchange }) => exchange)),
    );
    expect(exchanges[0]).toEqual(exchanges[1]);
    for (const exchange of exchanges[0] ?? []) expect(parseExchange(exchange)).toBe(exchange);
    expect(reportsOf(peer, 'bittorrent.pick')[0]?.because).toContain('to have something to give soon');
    expect(reportsOf(seed, 'bittorrent.unchoke')[0]?.because).toBe('it is interested and a slot is free');
    expect(peer.host.reported.some(({ kind }) => kind === 'bittorrent.request')).toBe(false);
  });

  test('even at full speed the peers give to one another', async () => {
    const { seed, peers } = await distribute(4, {});
    expect(peers.reduce((sum, { state }) => sum + state().uploaded, 0)).toBeGreaterThan(LECTURE_OCTETS);
    expect(seed.state().uploaded).toBeLessThan(4 * LECTURE_OCTETS);
  });
});

test('P2P-04 with six peers the seed sends less than 60 % of the six copies, and the peers send the rest', async () => {
  const { seed, peers } = await distribute(6);
  expect(seed.state().uploaded).toBeLessThan(0.6 * 6 * LECTURE_OCTETS);
  expect(peers.reduce((sum, { state }) => sum + state().uploaded, 0)).toBeGreaterThan(0.4 * 6 * LECTURE_OCTETS);
});

test('P2P-01 a peer that is there half of the time completes', async () => {
  await world.startTracker();
  await world.startSeed();
  let since = performance.now();
  const member = await world.startPeer('peer-1', '31.1', { DOWNLOAD_BYTES_PER_S: String(4 * 1024 * 1024) });
  const ms = { there: 0, away: 0 };
  let pieces = 0;
  let restarts = 0;
  while (!member.state().complete) {
    await until(() => (member.state().pieces?.have ?? 0) > pieces + 2 || member.state().complete, 'some pieces more');
    if (member.state().complete) break;
    pieces = member.state().pieces.have;
    await member.running.stop();
    const stoppedAt = performance.now();
    ms.there += stoppedAt - since;
    await until(
      () => !addresses(world.trackerState()).includes(member.host.address),
      'the tracker has heard that it left',
    );
    await until(() => ms.away + performance.now() - stoppedAt > ms.there, 'it was away for as long as it was there');
    since = performance.now();
    ms.away += since - stoppedAt;
    await world.restart(member);
    restarts += 1;
    await until(() => member.state().phase === 'sharing', 'it is there again');
    expect(member.state().pieces.have).toBeGreaterThanOrEqual(pieces);
  }
  await until(() => isDone(member), 'the hash is known');
  expect(restarts).toBeGreaterThanOrEqual(2);
  expect(ms.away).toBeGreaterThanOrEqual(ms.there);
  expect(member.state().sha256).toBe(LECTURE_SHA256);
});

test('BT-04 without the tracker a new peer finds nobody, and with it everybody', async () => {
  await world.startTracker();
  const seed = await world.startSeed();
  await until(() => seed.state().complete === true, 'the seed is ready');
  await world.stopTracker();
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => (member.state().tracker?.announces ?? 0) >= 2, 'it has asked twice in vain');
  expect(member.state()).toMatchObject({ neighbours: [], downloaded: 0 });
  await world.startTracker();
  seed.host.clock.advance(60_000);
  await until(() => addresses(world.trackerState()).includes(seed.host.address), 'the seed has announced itself');
  await member.running.actions?.announce?.run({});
  await until(() => isDone(member), 'the download is complete');
});

test('BT-09 the neighbours are those connected now: they change as peers come and go', async () => {
  await world.startTracker();
  const seed = await world.startSeed();
  const neighbours = () => (seed.state().neighbours ?? []).map(({ address }) => address).toSorted();
  const [first, second] = [`${TEST_NET}.31.1`, `${TEST_NET}.32.1`];
  // Slow, so that they stay interested.
  const slow = { DOWNLOAD_BYTES_PER_S: '65536' };
  const one = await world.startPeer('peer-1', '31.1', slow);
  await until(() => neighbours().join() === first, 'the first is a neighbour');
  await world.startPeer('peer-2', '32.1', slow);
  await until(() => neighbours().join() === [first, second].join(), 'both are neighbours');
  await one.running.stop();
  await until(() => neighbours().join() === second, 'the second is left');
});

test('a peer tells the tracker that it stops', async () => {
  await world.startTracker();
  const seed = await world.startSeed();
  await until(() => addresses(world.trackerState()).length === 1, 'the seed is known');
  await seed.running.stop();
  expect(addresses(world.trackerState())).toEqual([]);
});

test('a tracker that does not answer delays the end by half a second at most', async () => {
  await world.startTracker();
  const seed = await world.startSeed();
  await until(() => addresses(world.trackerState()).length === 1, 'the seed is known');
  await world.stopTracker();
  const { createServer } = await import('node:net');
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(6969, `${TEST_NET}.30.1`, resolve));
  const start = performance.now();
  await seed.running.stop();
  // Not the ten seconds that an announce may take.
  expect(performance.now() - start).toBeLessThan(10_000);
  silent.close();
});

test('start-over forgets the file and fetches it again', async () => {
  const { peers } = await distribute(2);
  const [member] = peers;
  if (member === undefined) throw new Error('there is no peer');
  const before = member.state().peerId;
  await member.running.actions?.['start-over']?.run({});
  expect(member.state().complete).not.toBe(true);
  await until(() => isDone(member), 'the file is there again');
  const { downloaded, wasted, sha256 } = member.state();
  expect(sha256).toBe(LECTURE_SHA256);
  // What came twice is wasted; the second of two answers to one request counts among nobody's downloads.
  expect(downloaded).toBeGreaterThanOrEqual(LECTURE_OCTETS);
  expect(downloaded - wasted).toBeLessThanOrEqual(LECTURE_OCTETS);
  expect(member.state().peerId).not.toBe(before);
});

test('the web server may come later than the peers', async () => {
  await world.stop();
  world = new World();
  await world.startTracker();
  world.names['www.someschool.edu'] = [`${TEST_NET}.10.1`];
  const member = await world.startPeer('peer-1', '31.1');
  expect(member.running.health?.()).toBeNull();
  await until(() => (member.state() as unknown as { tries: number }).tries >= 2, 'it has tried in vain');
  await Promise.all([world.startWeb(), world.startSeed()]);
  await until(() => isDone(member), 'the download is complete');
});

test('a file that is no torrent is refused with a sentence, and does no harm', async () => {
  await world.stop();
  world = new World();
  await world.startWeb(new TextEncoder().encode('<html>'));
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => member.running.health?.() !== null, 'it says what is wrong');
  expect(member.running.health?.()).toMatch(
    /lecture\.torrent: This is no torrent that can be used: Cannot decode bencode/,
  );
  expect(member.state().phase).toBe('refused');
});

test('a seed whose file is not that of the torrent says so', async () => {
  await world.startTracker();
  const member = await world.startPeer('seed', '30.2', { MAKE_FILE: 'lecture.bin:1000' });
  await until(() => member.running.health?.() !== null, 'it says what is wrong');
  expect(member.running.health?.()).toContain('make the .torrent file anew');
});

test('what is wrong on the disk after a crash is fetched again and never announced', async () => {
  const { peers } = await distribute(1);
  const [member] = peers;
  if (member === undefined) throw new Error('there is no peer');
  await member.running.stop();
  rmSync(join(member.host.stateDir, 'download', 'lecture.bin'));
  await world.restart(member);
  await until(() => isDone(member), 'the download is complete');
  expect(member.state()).toMatchObject({ sha256: LECTURE_SHA256, downloaded: LECTURE_OCTETS });
});
