import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  exchangeOfTransaction,
  UDP_PROTOCOL_ID,
} from '#shared/bittorrent/udp-tracker-request.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import type { TrackerState } from '../../src/server/tracker-state.ts';
import { INFO_HASH, requestOf, UdpClient } from './udp-client.ts';

const PORT = 6969;

let host: TestHost;
let running: Running;
let clients: UdpClient[];

beforeEach(async () => {
  // The lab's clock stands still, but where a test moves it: a second that the machine takes is none of the tracker's.
  vi.useFakeTimers({ toFake: ['Date'] });
  clients = [];
  host = createTestHost({ name: 'tracker', suffix: '30.5' });
  running = await startOn(program, host);
});

afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients) client.close();
  await running.stop();
  await host.remove();
});

async function clientAt(suffix: string): Promise<UdpClient> {
  const client = await UdpClient.open(`${TEST_NET}.${suffix}`, { address: host.address, port: PORT });
  clients.push(client);
  return client;
}

function state(): TrackerState {
  return running.state() as TrackerState;
}

/** A datagram that is always answered: what was to be answered before it has been by then. */
async function settled(client: UdpClient): Promise<void> {
  const answer = await client.ask(encodeUdpConnect(0x5e771ed));
  expect(answer).toMatchObject({ kind: 'connect', transactionId: 0x5e771ed });
}

test('a connect is answered with 16 octets: its transaction id and an id that nobody could guess', async () => {
  const [one, other] = [await clientAt('31.1'), await clientAt('31.2')];
  one.send(encodeUdpConnect(0xfeedf00d));
  const answer = await one.next();
  expect(answer).toHaveLength(16);
  expect(Buffer.from(answer).readUInt32BE(4)).toBe(0xfeedf00d);
  const ids = new Set([await one.connect(), await other.connect(), await (await clientAt('31.1')).connect()]);
  expect(ids.size).toBe(3);
  expect(ids).not.toContain(UDP_PROTOCOL_ID);
});

test('BT-05 over UDP too, a peer joins, stays, leaves, or falls silent', async () => {
  const members = () => state().swarms.flatMap(({ peers }) => peers.map(({ address }) => address));
  const [one, two] = [await clientAt('31.1'), await clientAt('31.2')];
  await one.announce(1, { event: 'started' });
  expect(await two.announce(2, { event: 'started', left: 0 })).toEqual({
    kind: 'announce',
    transactionId: 2,
    intervalS: 30,
    leechers: 1,
    seeders: 1,
    peers: [{ address: one.here.address, port: 6881 }],
  });
  expect(members()).toEqual([one.here.address, two.here.address]);
  expect(await two.announce(2, { event: 'stopped' })).toMatchObject({ peers: [] });
  expect(members()).toEqual([one.here.address]);
  host.clock.advance(59_000);
  expect(members()).toEqual([one.here.address]);
  host.clock.advance(1_000);
  expect(members()).toEqual([]);
});

test('an id is good for two minutes, at its address and port only', async () => {
  const [one, other] = [await clientAt('31.1'), await clientAt('31.2')];
  const connectionId = await one.connect();
  const announce = encodeUdpAnnounce({ connectionId, transactionId: 3 }, { request: requestOf(1), urlData: '' });
  host.clock.advance(119_000);
  expect(await one.ask(announce)).toMatchObject({ kind: 'announce' });
  expect(await other.ask(announce)).toMatchObject({ kind: 'error', transactionId: 3 });
  host.clock.advance(2_001);
  expect(await one.ask(announce)).toMatchObject({ kind: 'error', message: expect.stringContaining('connect first') });
  expect(state()).toMatchObject({ refused: 2, announces: 1 });
});

test('an announce without a connect is refused, changes nothing, and gets no more back than it is long', async () => {
  const client = await clientAt('31.1');
  for (const connectionId of [UDP_PROTOCOL_ID, 0n, 2n ** 64n - 1n]) {
    const announce = encodeUdpAnnounce({ connectionId, transactionId: 3 }, { request: requestOf(1), urlData: '' });
    client.send(announce);
    const answer = await client.next();
    expect(answer.length).toBeLessThanOrEqual(announce.length);
    expect(Buffer.from(answer).readUInt32BE(0)).toBe(3);
  }
  // A scrape of 16 octets has no room for a sentence, nor has anything with an unknown action.
  client.send(encodeUdpScrape({ connectionId: 1n, transactionId: 9 }, []));
  client.send(Uint8Array.fromHex('0000000000000001 00000007 00000009'.replaceAll(' ', '')));
  await settled(client);
  expect(state()).toMatchObject({ peers: 0, announces: 0 });
});

test('what is no whole request is not answered', async () => {
  const client = await clientAt('31.1');
  const connectionId = await client.connect();
  const announce = encodeUdpAnnounce({ connectionId, transactionId: 3 }, { request: requestOf(1), urlData: '' });
  for (const length of [0, 1, 15, 16, 97]) client.send(announce.subarray(0, length));
  const wrongMagic = encodeUdpConnect(1);
  wrongMagic[7] = 0;
  client.send(wrongMagic);
  await settled(client);
  expect(state()).toMatchObject({ peers: 0, udp: { dropped: 6, connects: 2 } });
});

test('the address in an announce is ignored; options behind it are read (BEP 41)', async () => {
  const client = await clientAt('31.1');
  const connectionId = await client.connect();
  const given = { request: requestOf(1), urlData: '/announce?pass=word' };
  const announce = encodeUdpAnnounce({ connectionId, transactionId: 3 }, given);
  announce.set([192, 0, 2, 1], 84);
  expect(await client.ask(announce)).toMatchObject({ kind: 'announce' });
  expect(state().swarms[0]?.peers).toMatchObject([{ address: client.here.address, port: 6881 }]);
  await expect
    .poll(() => host.reported.find(({ kind }) => kind === 'tracker.announce')?.message)
    .toMatchObject({ transport: 'udp', urlData: '/announce?pass=word' });
});

describe('an announce that was connected and is wrong gets an error', () => {
  test.each([
    ['port 0', 96, '0000', 'port'],
    ['the event 9', 80, '00000009', 'event'],
    ['the action 7', 8, '00000007', 'action 7'],
  ])('%s', async (_, at, hexadecimal, about) => {
    const client = await clientAt('31.1');
    const connectionId = await client.connect();
    const announce = encodeUdpAnnounce({ connectionId, transactionId: 3 }, { request: requestOf(1), urlData: '' });
    announce.set(Uint8Array.fromHex(hexadecimal), at);
    expect(await client.ask(announce)).toEqual({
      kind: 'error',
      transactionId: 3,
      message: expect.stringContaining(about),
    });
    expect(state().peers).toBe(0);
  });
});

test('a scrape of 74 torrents is answered, and of 75 the first 74; one that is not known is zeros', async () => {
  const client = await clientAt('31.1');
  await client.announce(1, { event: 'completed' });
  const connectionId = await client.connect();
  const infoHashes = [INFO_HASH, ...Array.from({ length: 74 }, () => new Uint8Array(randomBytes(20)))];
  for (const count of [74, 75]) {
    const answer = await client.ask(encodeUdpScrape({ connectionId, transactionId: 4 }, infoHashes.slice(0, count)));
    if (answer.kind !== 'scrape') throw new Error(answer.kind);
    expect(answer.torrents).toHaveLength(74);
    expect(answer.torrents.slice(0, 2)).toEqual([
      { seeders: 1, completed: 1, leechers: 0 },
      { seeders: 0, completed: 0, leechers: 0 },
    ]);
  }
  expect(state()).toMatchObject({ scrapes: 2, torrents: 1 });
});

test('a peer of UDP and one of HTTP meet in the same swarm', async () => {
  const client = await clientAt('31.1');
  await client.announce(1, { left: 0 });
  const hash = [...INFO_HASH].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
  const query = `info_hash=${hash}&peer_id=-XX0001-000000000002&port=7000&left=5&compact=0`;
  const answer = await (await fetch(`http://${host.address}:${PORT}/announce?${query}`)).text();
  expect(answer).toContain(`2:ip${client.here.address.length}:${client.here.address}`);
  expect(await client.announce(3, { port: 7001 })).toMatchObject({ peers: { length: 2 } });
});

test('both messages of each transaction are reported in the exchange that the client can name', async () => {
  const client = await clientAt('31.1');
  await client.announce(1);
  await expect.poll(() => host.reported.length).toBe(4);
  expect(host.reported.map(({ kind }) => kind)).toEqual([
    'tracker.connect',
    'tracker.response',
    'tracker.announce',
    'tracker.response',
  ]);
  const exchanges = [1, 1, 2, 2].map((transactionId) => exchangeOfTransaction(client.here, transactionId));
  expect(host.reported.map(({ exchange }) => exchange)).toEqual(exchanges);
});

test('noise does no harm: thousands of datagrams, and the next client is served', async () => {
  const client = await clientAt('31.1');
  const connectionId = await client.connect();
  const announce = encodeUdpAnnounce({ connectionId, transactionId: 3 }, { request: requestOf(1), urlData: '/a?b' });
  const other = await clientAt('31.2');
  for (let nth = 0; nth < 3_000; nth++) {
    const noise = nth % 3 === 0 ? randomBytes(nth % 200) : Buffer.from(announce);
    if (noise.length > 0) noise[nth % noise.length] = nth & 0xff;
    client.send(noise);
    // A few at a time, so that the kernel drops none and the test is the same everywhere.
    if (nth % 50 === 0) await settled(other);
  }
  expect(await other.announce(2)).toMatchObject({ kind: 'announce' });
  expect(running.health?.()).toBeNull();
});
