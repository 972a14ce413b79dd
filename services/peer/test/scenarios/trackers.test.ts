import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BencodeInput, decodeBencodeDictionary, encodeBencode } from '#shared/bittorrent/bencode.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { isDone, LECTURE, LECTURE_SHA256, type Member, until, World } from './world.ts';

const UDP = 'udp://tracker.topdown.org:6969/announce';
const HTTP = 'http://tracker.topdown.org:6969/announce';
/** A port where nobody listens. */
const NOBODY = `udp://${TEST_NET}.30.1:6970`;

let world: World;
let web: Server | null = null;

beforeEach(() => {
  world = new World();
});

afterEach(async () => {
  await world.stop();
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
