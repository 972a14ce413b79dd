import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type BencodeDictionary,
  type BencodeInput,
  decodeBencodeDictionary,
  encodeBencode,
} from '#shared/bittorrent/bencode.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET } from '#shared/host/test-host.ts';
import { program as tracker } from '../../../tracker/src/program.ts';
import { isDone, LECTURE, LECTURE_SHA256, type Member, until, World } from './world.ts';

const UDP = 'udp://tracker.topdown.org:6969/announce';
const HTTP = 'http://tracker.topdown.org:6969/announce';
const SECOND = `udp://${TEST_NET}.30.9:6969/announce`;
/** Octets a second that let a download last as long as a test. */
const SLOWLY = { UPLOAD_BYTES_PER_S: '16384' };
/** A port where nobody listens. */
const NOBODY = `udp://${TEST_NET}.30.1:6970`;

let world: World;
let web: Server | null = null;
/** Ends what a test has started besides. */
let ending: (() => Promise<void>)[];

beforeEach(() => {
  world = new World();
  ending = [];
});

afterEach(async () => {
  await world.stop();
  for (const end of ending) await end();
  web?.close();
  web = null;
});

/** Serves `octets` besides the world's web server; returns the URL. */
async function serve(octets: Uint8Array): Promise<string> {
  const server = createServer((_, response) => response.end(octets));
  web = server;
  await new Promise<void>((resolve) => server.listen(8080, `${TEST_NET}.10.2`, resolve));
  return `http://${TEST_NET}.10.2:8080/other.torrent`;
}

/** The lecture with these trackers (BEP 12). */
function lectureWith(...trackers: string[][]): Uint8Array {
  const { dictionary } = decodeBencodeDictionary(readFileSync(LECTURE));
  return encodeBencode(new Map<string, BencodeInput>([...dictionary, ['announce-list', trackers]]));
}

/** The same as a private torrent (BEP 27). */
function privateLectureWith(...trackers: string[][]): Uint8Array {
  const { dictionary } = decodeBencodeDictionary(lectureWith(...trackers));
  const info = new Map<string, BencodeInput>([...(dictionary.get('info') as BencodeDictionary), ['private', 1]]);
  return encodeBencode(new Map<string, BencodeInput>([...dictionary, ['info', info]]));
}

/** A second tracker, at `SECOND`. */
async function startSecondTracker(): Promise<Running> {
  const host = createTestHost({ name: 'tracker-b', suffix: '30.9' });
  const running = await startOn(tracker, host, {});
  ending.push(async () => {
    await running.stop();
    await host.remove();
  });
  return running;
}

function addresses(): string[] {
  return world.trackerState().swarms.flatMap(({ peers }) => peers.map(({ address }) => address));
}

/** Announces that have come over each transport. */
function announces(): { http: number; udp: number } {
  const { http, udp } = world.trackerState() as unknown as Record<'http' | 'udp', { announces: number }>;
  return { http: http.announces, udp: udp.announces };
}

async function announceAgain(member: Member): Promise<void> {
  await member.running.actions?.announce?.run({});
}

test('BT-04 over UDP: without the tracker a new peer finds nobody, and with it everybody', async () => {
  await world.startWeb(lectureWith([UDP]));
  await world.startTracker();
  const seed = await world.startSeed();
  await until(() => addresses().length === 1, 'the seed is known');
  await world.stopTracker();
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => (member.state().tracker?.announces ?? 0) >= 2, 'it has asked twice in vain');
  expect(member.state()).toMatchObject({ neighbours: [], downloaded: 0 });
  await world.startTracker();
  seed.host.clock.advance(60_000);
  await until(() => addresses().includes(seed.host.address), 'the seed has announced itself');
  await announceAgain(member);
  await until(() => isDone(member), 'the download is complete');
  expect(member.state().sha256).toBe(LECTURE_SHA256);
  expect(announces().http).toBe(0);
});

test('BT-01 over UDP: the torrent is the set of the peers that take part, and changes as they come and go', async () => {
  await world.startWeb(lectureWith([UDP]));
  await world.startTracker();
  const seed = await world.startSeed();
  const [one, two] = await world.startPeers(2);
  const set = (...members: (Member | undefined)[]) => members.map((member) => member?.host.address).toSorted();
  await until(() => addresses().length === 3, 'all are known');
  expect(addresses().toSorted()).toEqual(set(seed, one, two));
  await one?.running.stop();
  expect(addresses().toSorted()).toEqual(set(seed, two));
  expect(announces().http).toBe(0);
});

test('BT-04 peers that reach the tracker over UDP and over HTTP, also behind one that is dead, are one swarm', async () => {
  await world.startWeb(lectureWith([UDP]));
  await world.startTracker();
  await world.startSeed();
  await until(() => addresses().length === 1, 'the seed is known');
  const TORRENT_URL = await serve(lectureWith([NOBODY, 'wss://tracker.topdown.org'], [HTTP]));
  const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL });
  await until(() => isDone(member), 'the download is complete');
  expect(member.state().sha256).toBe(LECTURE_SHA256);
  expect(announces().udp).toBeGreaterThan(0);
  expect(announces().http).toBeGreaterThan(0);
  expect(member.state().tracker).toMatchObject({
    trackers: [
      { url: NOBODY, knowsUs: false, trouble: expect.stringContaining('ECONNREFUSED') },
      { url: HTTP, knowsUs: true, trouble: null },
    ],
    refused: [{ url: 'wss://tracker.topdown.org' }],
  });
});

test('a private torrent whose tracker fails parts with all neighbours before it meets those of the next (BEP 27)', async () => {
  await world.startWeb(privateLectureWith([UDP], [SECOND]));
  await world.startTracker();
  const second = await startSecondTracker();
  const seed = await world.startSeed(SLOWLY);
  const member = await world.startPeer('peer-1', '31.1', SLOWLY);
  await until(() => (member.state().neighbours ?? []).length === 1, 'the two are neighbours');
  const known = () => (second.state() as { peers: number }).peers;
  expect(known()).toBe(0);
  await world.stopTracker();
  await announceAgain(member);
  const parted = () => member.state().closed.filter(({ because }) => because.includes('BEP 27'));
  await until(() => parted().length > 0, 'the member has parted with its neighbour');
  expect(parted()).toMatchObject([{ address: seed.host.address }]);
  expect(known()).toBe(1);
  await announceAgain(seed);
  await until(() => known() === 2, 'the second tracker knows both');
  await until(() => (member.state().neighbours ?? []).length === 1, 'they are neighbours again');
});
