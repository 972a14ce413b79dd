import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { formatMagnet } from '#shared/bittorrent/magnet-link.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { POLICY_START } from '../../src/protocol/policy.ts';
import { type SomeTorrent, someTorrent } from '../store/some-torrent.ts';
import { isDone, type Member, until, World } from './world.ts';

/** Several torrents in one peer, magnet links, chosen files, the control API, and what a disk does. */

const TRACKER = () => [[`http://${TEST_NET}.30.1:6969/announce`]];
const photos = () =>
  someTorrent(
    'photos',
    { a: 50_000, empty: 0, 'sub/b': 90_000, c: 60_000 },
    { pieceLength: 16_384, trackers: TRACKER() },
  );
const notes = () => someTorrent('notes.txt', { '': 40_000 }, { pieceLength: 16_384, trackers: TRACKER() });

let world: World;

beforeEach(async () => {
  world = new World();
  await world.startTracker();
});

afterEach(() => world.stop());

const nameOf = ({ metainfo }: SomeTorrent) => formatHash(metainfo.infoHash);

/** A peer that begins with no torrent. */
function startPeer(name: string, suffix: string, environment: Record<string, string> = {}): Promise<Member> {
  return world.startPeer(name, suffix, { TORRENT_URL: '', ...environment });
}

function act(member: Member, name: string, input: object = {}): Promise<Record<string, unknown>> {
  return Promise.resolve(member.running.actions?.[name]?.run(input)) as Promise<Record<string, unknown>>;
}

function add(member: Member, torrent: SomeTorrent, files?: number[]): Promise<Record<string, unknown>> {
  const torrentFile = Buffer.from(torrent.octets).toString('base64');
  return act(member, 'add', files === undefined ? { torrentFile } : { torrentFile, files });
}

/** Puts the content of a torrent where the peer looks for it. */
function place(member: Member, { metainfo, content }: SomeTorrent): void {
  let at = 0;
  for (const { path, length } of metainfo.info.files) {
    const file = join(member.host.stateDir, 'download', ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content.subarray(at, at + length));
    at += length;
  }
}

function fileOf(member: Member, ...path: string[]): string {
  return join(member.host.stateDir, 'download', ...path);
}

async function startSeed(...torrents: SomeTorrent[]): Promise<Member> {
  const seed = await startPeer('seed', '30.2');
  for (const torrent of torrents) {
    place(seed, torrent);
    await add(seed, torrent);
  }
  await until(() => seed.state().torrents.every(({ complete }) => complete), 'the seed has everything');
  return seed;
}

const isComplete = (member: Member, torrent: SomeTorrent) =>
  member.state().torrents.some((one) => one.torrent === nameOf(torrent) && one.complete);

describe('several torrents', () => {
  test('are shared by one peer on one port, each with its own state', async () => {
    const [one, two] = [photos(), notes()];
    const seed = await startSeed(one, two);
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, one);
    await add(peer, two);
    await until(() => isComplete(peer, one) && isComplete(peer, two), 'both are there');
    expect(peer.state().torrents.map(({ name }) => name)).toEqual(['photos', 'notes.txt']);
    const shown = await act(peer, 'show', { torrent: nameOf(two) });
    expect(shown).toMatchObject({ name: 'notes.txt', infoHash: nameOf(two), complete: true });
    expect(readFileSync(fileOf(peer, 'photos', 'sub', 'b')).equals(one.content.subarray(50_000, 140_000))).toBe(true);
    expect(seed.state().torrents).toHaveLength(2);
  });

  test('that were added are there again after a restart; one that was removed is not, nor are its files', async () => {
    const [one, two] = [photos(), notes()];
    await startSeed(one, two);
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, one);
    await add(peer, two);
    await until(() => isComplete(peer, one) && isComplete(peer, two), 'both are there');
    await act(peer, 'remove', { torrent: nameOf(two), removeFiles: true });
    expect(existsSync(fileOf(peer, 'notes.txt'))).toBe(false);
    await peer.running.stop();
    await world.restart(peer);
    await until(() => isComplete(peer, one), 'it is there again');
    expect(peer.state().torrents.map(({ name }) => name)).toEqual(['photos']);
    // The record was good: nothing was read, and nothing fetched.
    expect(peer.state()).toMatchObject({ resumed: { read: 0 }, downloaded: 0 });
  });

  test.each<[string, (peer: Member) => Promise<unknown>, string]>([
    ['the same torrent twice', (peer) => add(peer, photos()), 'is here already'],
    ['neither source nor file', (peer) => act(peer, 'add', {}), 'Give either "source"'],
    ['a source that is no URL', (peer) => act(peer, 'add', { source: 'ftp://x/' }), 'neither an http:// URL'],
    [
      'a broken magnet link',
      (peer) => act(peer, 'add', { source: 'magnet:?xt=urn:btih:12' }),
      'The magnet link is refused',
    ],
    ['an unknown torrent', (peer) => act(peer, 'remove', { torrent: 'x' }), 'There is no torrent x here'],
    ['a file that is not there', (peer) => act(peer, 'files', { files: [9] }), 'There is no file 9'],
  ])('%s is refused with a sentence', async (_, ask, sentence) => {
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, photos());
    await until(() => peer.state().phase === 'sharing', 'it takes part');
    await expect(ask(peer)).rejects.toThrow(sentence);
    expect(peer.state().torrents).toHaveLength(1);
  });

  test('that would write into the same files are not both taken', async () => {
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, photos());
    await until(() => peer.state().phase === 'sharing', 'it takes part');
    const other = someTorrent('PHOTOS', { a: 100 });
    await add(peer, other);
    await until(() => peer.state().torrents[1]?.phase === 'refused', 'the second is refused');
    expect(peer.state().torrents[1]?.trouble).toContain('belongs to the torrent');
    expect(peer.state().phase).toBe('sharing');
  });

  test('TORRENT_URL may name several', async () => {
    await world.startWeb();
    const magnet = formatMagnet({
      infoHash: photos().metainfo.infoHash,
      displayName: 'photos',
      trackers: TRACKER().flat(),
      peers: [],
      webSeeds: [],
    });
    await startSeed(photos());
    const peer = await startPeer('peer-1', '31.1', {
      TORRENT_URL: `http://www.someschool.edu:8080/torrents/lecture.torrent ${magnet}`,
    });
    await until(() => isComplete(peer, photos()), 'the second is there');
    expect(peer.state().torrents.map(({ name }) => name)).toEqual(['lecture.bin', 'photos']);
  });
});

test('a magnet link is enough: the metadata comes from other peers, and is kept for the next start (BEP 9)', async () => {
  const torrent = photos();
  const seed = await startSeed(torrent);
  const peer = await startPeer('peer-1', '31.1');
  const magnet = formatMagnet({
    infoHash: torrent.metainfo.infoHash,
    displayName: null,
    trackers: TRACKER().flat(),
    peers: [],
    webSeeds: [],
  });
  expect(await act(peer, 'add', { source: magnet })).toEqual({ torrent: nameOf(torrent) });
  await until(() => isComplete(peer, torrent), 'it is complete');
  expect(peer.state()).toMatchObject({ name: 'photos', source: magnet });
  await peer.running.stop();
  await seed.running.stop();
  await world.restart(peer);
  await until(() => isComplete(peer, torrent), 'it is there without anybody to ask');
});

test('limits hold for the peer as a whole and change while it runs', async () => {
  const torrent = photos();
  const seed = await startSeed(torrent);
  await act(seed, 'limits', { uploadBytesPerS: 20_000 });
  expect(seed.state().limits).toEqual({ uploadBytesPerS: 20_000, downloadBytesPerS: 0 });
  const peer = await startPeer('peer-1', '31.1');
  await add(peer, torrent);
  await until(() => (peer.state().pieces?.have ?? 0) >= 1, 'the first piece is there');
  expect(peer.state().complete).toBe(false);
  await act(seed, 'limits', { uploadBytesPerS: 0 });
  await until(() => isComplete(peer, torrent), 'the rest comes at once');
});

test('policies change while it runs, and the state says which are in force', async () => {
  const peer = await startPeer('peer-1', '31.1');
  await add(peer, photos());
  await until(() => peer.state().phase === 'sharing', 'it takes part');
  await act(peer, 'policies', { pickPolicy: 'sequential', chokePolicy: 'none' });
  expect(peer.state().policy).toMatchObject({
    pickPolicy: 'sequential',
    chokePolicy: 'none',
    seedPolicy: POLICY_START.seedPolicy,
  });
  await expect(async () => act(peer, 'policies', { pickPolicy: 'worst' })).rejects.toThrow();
});

describe('files of a torrent', () => {
  test('that are not chosen are not fetched, and are when they are chosen later', async () => {
    const torrent = photos();
    await startSeed(torrent);
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, torrent, [2]);
    await until(() => isComplete(peer, torrent), 'the chosen file is there');
    expect(readFileSync(fileOf(peer, 'photos', 'sub', 'b')).equals(torrent.content.subarray(50_000, 140_000))).toBe(
      true,
    );
    expect(existsSync(fileOf(peer, 'photos', 'a'))).toBe(false);
    expect(peer.state()).toMatchObject({ role: 'leecher', complete: true, left: 0 });
    expect(peer.state().files.map(({ isWanted }) => isWanted)).toEqual([false, false, true, false]);
    await act(peer, 'files', { torrent: nameOf(torrent), files: null });
    await until(() => isDone(peer), 'all files are there');
    expect(peer.state().sha256).toBe(createHash('sha256').update(torrent.content).digest('hex'));
  });

  test('make a partial seed of who has them: tracker and seed hear of it, and that it wants the rest (BEP 21)', async () => {
    const torrent = photos();
    const seed = await startSeed(torrent);
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, torrent, [2]);
    await until(() => isComplete(peer, torrent), 'the chosen file is there');
    const heard = ({ host }: Member) =>
      host.reported.filter(({ summary }) => summary.includes('wants nothing') && summary.includes('handshake')).length;
    await until(() => heard(seed) > 0 && heard(peer) > 0, 'each has heard that the other wants nothing');
    await act(peer, 'announce');
    await until(() => world.trackerState().swarms[0]?.downloaders === 0, 'the tracker counts no downloader');
    expect(world.trackerState().swarms[0]).toMatchObject({ complete: 1, incomplete: 1 });
    // The tracker is told at once, without being asked to: it tells of seeds again.
    await act(seed, 'limits', { uploadBytesPerS: 2_000 });
    await act(peer, 'files', { torrent: nameOf(torrent), files: null });
    await until(() => world.trackerState().swarms[0]?.downloaders === 1, 'the tracker counts a downloader');
    await act(seed, 'limits', { uploadBytesPerS: 0 });
    await until(() => isDone(peer), 'all files are there');
  });

  test('the choice lasts over a restart', async () => {
    const torrent = photos();
    await startSeed(torrent);
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, torrent, [0]);
    await until(() => isComplete(peer, torrent), 'the chosen file is there');
    await peer.running.stop();
    await world.restart(peer);
    await until(() => isComplete(peer, torrent), 'it is there again');
    expect(peer.state().files.map(({ isWanted }) => isWanted)).toEqual([true, false, false, false]);
    expect(peer.state()).toMatchObject({ downloaded: 0, resumed: { read: 0 } });
  });
});

describe('a disk', () => {
  test('on which a file becomes shorter while it is shared: the rest is verified anew, and what is missing fetched', async () => {
    const torrent = photos();
    const seed = await startSeed(torrent);
    const peer = await startPeer('peer-1', '31.1');
    await add(peer, torrent);
    await until(() => isComplete(peer, torrent), 'it is complete');
    await peer.running.stop();
    await world.restart(peer);
    await until(() => isComplete(peer, torrent), 'it is complete again');
    truncateSync(fileOf(peer, 'photos', 'sub', 'b'), 10);
    await act(seed, 'remove', { torrent: nameOf(torrent) });
    rmSync(fileOf(seed, 'photos'), { recursive: true });
    await add(seed, torrent);
    // It asks for what is not there any more; the peer finds out, and both have together what is left of the file.
    await until(
      () => (peer.state().pieces?.have ?? 13) < 13 && peer.state().phase === 'sharing',
      'it knows what it lacks',
    );
    expect(peer.state().files.map(({ have, length }) => have === length)).toContain(false);
    place(seed, torrent);
    await act(seed, 'verify');
    await until(() => isDone(peer) && peer.state().complete, 'it has got the rest');
  });

  test('that cannot be used at first is tried again until it can', async () => {
    const torrent = photos();
    await startSeed(torrent);
    const peer = await startPeer('peer-1', '31.1');
    mkdirSync(join(peer.host.stateDir, 'download'));
    writeFileSync(fileOf(peer, 'photos'), 'in the way');
    await add(peer, torrent);
    await until(() => peer.state().phase === 'waiting', 'it waits');
    expect(peer.running.health?.()).toContain('is in the way of a folder of the torrent');
    rmSync(fileOf(peer, 'photos'));
    peer.host.clock.advance(60_000);
    await until(() => isComplete(peer, torrent), 'it is complete');
    expect(peer.running.health?.()).toBeNull();
  });
});
