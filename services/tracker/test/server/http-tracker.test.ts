import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeAnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import { decodeBencode, octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { percentEncode } from '#shared/bittorrent/query-octets.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { Swarms } from '../../src/protocol/swarms.ts';
import { AnnounceDesk } from '../../src/server/announce-desk.ts';
import { listenHttp } from '../../src/server/http-tracker.ts';

const PORT = 6969;
/** Octets that text decoders spoil. */
const INFO_HASH = octetsOfKey('\x00+%~ &=?#/\x7f\x80\xc3\x28\xff\xfeaZ09');
const HASH = percentEncode(INFO_HASH);

interface TrackerState {
  swarms: { complete: number; incomplete: number; peers: { address: string; port: number }[] }[];
}

let host: TestHost;
let running: Running;

beforeEach(async () => {
  // The lab's clock stands still, but where a test moves it: a second that the machine takes is none of the tracker's.
  vi.useFakeTimers({ toFake: ['Date'] });
  host = createTestHost({ name: 'tracker', suffix: '30.1' });
  running = await startOn(program, host);
});

afterEach(async () => {
  vi.useRealTimers();
  await running.stop();
  await host.remove();
});

/** The address of the peer number `nth` of a test. */
function addressOf(nth: number): string {
  return `${TEST_NET}.31.${nth}`;
}

function get(path: string, from = addressOf(1), port = PORT): Promise<{ status: number; body: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: host.address, port, path, localAddress: from, agent: false }, async (response) => {
      const body = Uint8Array.from(Buffer.concat(await response.toArray()));
      resolve({ status: response.statusCode ?? 0, body });
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function announce(nth: number, fields = '', port = PORT) {
  const peerId = `-XX0001-${String(nth).padStart(12, '0')}`;
  const path = `/announce?info_hash=${HASH}&peer_id=${peerId}&port=6881&left=100&compact=1${fields}`;
  const { body } = await get(path, addressOf(nth), port);
  const answer = decodeAnnounceResponse(body);
  if (answer.kind === 'failure') throw new Error(answer.reason);
  return { ...answer, addresses: answer.peers.map((peer) => peer.address) };
}

test('BT-05 the tracker follows a peer that joins, stays, leaves, or falls silent', async () => {
  const members = () =>
    (running.state() as TrackerState).swarms.flatMap(({ peers }) => peers.map((peer) => peer.address));
  await announce(1, '&event=started');
  await announce(2, '&event=started');
  expect(members()).toEqual([addressOf(1), addressOf(2)]);
  await announce(2, '&event=stopped');
  expect(members()).toEqual([addressOf(1)]);
  host.clock.advance(59_000);
  expect(members()).toEqual([addressOf(1)]);
  host.clock.advance(1_000);
  expect(members()).toEqual([]);
  await expect.poll(() => host.reported.find(({ kind }) => kind === 'tracker.expired')?.because).toContain('60 s');
});

test('BT-06 of 60 peers a new one is told 50, not itself, and another new one others', async () => {
  for (let nth = 1; nth <= 60; nth++) await announce(nth, '&event=started');
  const [first, second] = [await announce(61), await announce(62)];
  for (const [nth, answer] of [
    [61, first],
    [62, second],
  ] as const) {
    expect(new Set(answer.addresses).size).toBe(50);
    expect(answer.addresses).not.toContain(addressOf(nth));
  }
  expect(first.addresses.toSorted()).not.toEqual(second.addresses.toSorted());
});

test('BT-07 over 200 announces every peer is told equally often', async () => {
  const others = 40;
  const wanted = 10;
  const announces = 200;
  const random = seededRandom(20);
  const swarms = new Swarms({ intervalMs: 1e9, minIntervalMs: 0, numwantDefault: 50, random, listed: null });
  const desk = new AnnounceDesk(host, swarms, () => 0);
  const state = () => expect.fail('nobody asks for it');
  const http = await listenHttp(desk, { port: PORT + 1, swarms, trustedProxies: [], state });
  try {
    for (let nth = 1; nth <= others; nth++) await announce(nth, '', PORT + 1);
    const told = new Map<string, number>();
    for (let nth = 0; nth < announces; nth++) {
      const { addresses } = await announce(others + 1, `&numwant=${wanted}`, PORT + 1);
      for (const address of addresses) told.set(address, (told.get(address) ?? 0) + 1);
    }
    const expected = (announces * wanted) / others;
    const deviations = Array.from(
      { length: others },
      (_, nth) => ((told.get(addressOf(nth + 1)) ?? 0) - expected) ** 2,
    );
    // Each answer draws without replacement, so that the variance of a count is that of a binomial: announces * p * (1 - p).
    const chiSquare =
      (deviations.reduce((sum, one) => sum + one, 0) / (expected * (1 - wanted / others))) * ((others - 1) / others);
    // The 0.999 quantile of chi-square with 39 degrees of freedom.
    expect(chiSquare).toBeLessThan(72.05);
  } finally {
    await http.close();
  }
});

test('the list is compact by default, and dictionaries with or without ids on demand', async () => {
  await announce(1);
  const bodyOf = async (fields: string) => {
    const path = `/announce?info_hash=${HASH}&peer_id=-XX0001-000000000002&port=6881&left=1&event=started${fields}`;
    return (decodeBencode((await get(path, addressOf(2))).body) as Map<string, unknown>).get('peers');
  };
  expect(await bodyOf('')).toHaveLength(6);
  expect(await bodyOf('&compact=0')).toEqual([
    new Map<string, unknown>([
      ['ip', octetsOfKey(addressOf(1))],
      ['peer id', octetsOfKey('-XX0001-000000000001')],
      ['port', 6881],
    ]),
  ]);
  expect(await bodyOf('&compact=0&no_peer_id=1')).toEqual([
    new Map<string, unknown>([
      ['ip', octetsOfKey(addressOf(1))],
      ['port', 6881],
    ]),
  ]);
});

test('the interval and its minimum are told', async () => {
  expect(await announce(1)).toMatchObject({ intervalS: 30, minIntervalS: 5, complete: 0, incomplete: 1 });
});

test('a parameter "ip" and a forwarding field change nothing: the address is that of the connection', async () => {
  await announce(1, '&ip=192.0.2.1&ipv4=192.0.2.1');
  expect((await announce(2)).addresses).toEqual([addressOf(1)]);
});

describe('an error is an answer of 200 with a failure reason and nothing else', () => {
  const valid = { info_hash: HASH, peer_id: 'p'.repeat(20), port: '6881' };
  test.each([
    ['a short info hash', { ...valid, info_hash: 'abc' }],
    ['a short peer id', { ...valid, peer_id: 'abc' }],
    ['port 0', { ...valid, port: '0' }],
    ['port 65536', { ...valid, port: '65536' }],
    ['an unknown event', { ...valid, event: 'resumed' }],
    ['nothing at all', {}],
  ])('%s', async (_, fields) => {
    const query = Object.entries(fields)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    const { status, body } = await get(`/announce?${query}`);
    expect(status).toBe(200);
    expect([...(decodeBencode(body) as Map<string, unknown>).keys()]).toEqual(['failure reason']);
    expect((running.state() as TrackerState).swarms).toEqual([]);
  });
});

test('octets above 0x7f that a client did not escape name the same torrent', async () => {
  const raw = HASH.replace('%80', '\x80').replace('%FF', '\xff');
  const path = `/announce?info_hash=${raw}&peer_id=${'r'.repeat(20)}&port=6881&left=0`;
  const answer = await converse(`GET ${path} HTTP/1.1\r\nHost: tracker\r\n\r\n`);
  expect(answer).toContain('200 OK');
  expect(answer).toContain('8:completei1e');
  expect((await announce(2)).addresses).toHaveLength(1);
});

test('a scrape tells the numbers of the torrents that are known', async () => {
  await announce(1, '&event=started');
  const { body } = await get(`/scrape?info_hash=${HASH}&info_hash=${'u'.repeat(20)}`);
  const file = new Map([
    ['complete', 0],
    ['downloaded', 0],
    ['downloaders', 1],
    ['incomplete', 1],
  ]);
  expect(decodeBencode(body)).toEqual(new Map([['files', new Map([[String.fromCharCode(...INFO_HASH), file]])]]));
  expect((decodeBencode((await get('/scrape')).body) as Map<string, unknown>).has('failure reason')).toBe(true);
});

test.each([
  ['another path', 'GET /elsewhere HTTP/1.1\r\nHost: t\r\n\r\n', 404],
  ['another path with octets above 0x7f', 'GET /\xff HTTP/1.1\r\nHost: t\r\n\r\n', 404],
  ['another method', 'POST /announce HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n', 405],
  ['what is no HTTP', 'nonsense\r\n\r\n', 400],
  ['a request of 20 000 octets', `GET /announce?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: t\r\n\r\n`, 431],
  ['a target that is cut short', 'GET /announce?info_hash=\xff', 400],
])('%s is answered with its status', async (_, conversation, status) => {
  expect(await converse(conversation)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('both messages are reported in the exchange that the peer names, the answer with its reason', async () => {
  await announce(1);
  await expect.poll(() => host.reported.map(({ kind }) => kind)).toEqual(['tracker.announce', 'tracker.response']);
  const [asked, answered] = host.reported;
  expect(answered).toMatchObject({
    exchange: asked?.exchange,
    from: asked?.to,
    to: asked?.from,
    because: 'nobody else is here',
  });
  expect(asked?.message).toMatchObject({ infoHash: expect.stringMatching(/^[0-9a-f]{40}$/), left: 100 });
});

/** Sends octets, one for each character, and returns all that comes back. */
function converse(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port: PORT, host: host.address }, () => socket.write(text, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      answer += part;
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** A repeatable source of numbers from 0 to 1 (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('the answer tells the peer where it is seen (BEP 24)', async () => {
  expect(await announce(7)).toMatchObject({ externalAddress: addressOf(7) });
});

test('numwant is what a peer wants: none, the default, or the most that there is', async () => {
  for (let nth = 1; nth <= 210; nth++) await announce(nth, '&numwant=0');
  for (const [numwant, told] of [
    ['0', 0],
    ['-1', 50],
    ['abc', 50],
    ['7', 7],
    ['9999', 200],
  ] as const) {
    expect((await announce(211, `&event=started&numwant=${numwant}`)).peers).toHaveLength(told);
  }
});

describe('a proxy', () => {
  const PROXY = addressOf(200);
  const announceBy = async (from: string, forwardedFor: string) => {
    const path = `/announce?info_hash=${HASH}&peer_id=${'f'.repeat(20)}&port=6881&left=1&event=started`;
    const headers = { 'X-Forwarded-For': forwardedFor };
    await new Promise<void>((resolve, reject) => {
      const asked = request({ host: host.address, port: PORT, path, headers, localAddress: from, agent: false });
      asked.on('response', (response) => response.resume().on('end', resolve));
      asked.on('error', reject);
      asked.end();
    });
    const { swarms } = running.state() as TrackerState;
    return swarms.flatMap(({ peers }) => peers.map(({ address }) => address));
  };

  test('that is not trusted is the peer itself', async () => {
    expect(await announceBy(PROXY, '192.0.2.1')).toEqual([PROXY]);
  });

  test.each([
    ['says for whom it asks', '10.53.31.9', '10.53.31.9'],
    ['is believed in what it has added, and not in what the client had', '192.0.2.1, 10.53.31.9', '10.53.31.9'],
    ['may have an address of IPv6', '2001:DB8:0::1', '2001:db8::1'],
    ['may have one of IPv4 in the form of IPv6', '::ffff:10.53.31.9', '10.53.31.9'],
    ['that says nonsense is the peer itself', 'unknown', PROXY],
  ])('that is trusted %s', async (_, forwardedFor, address) => {
    await running.stop();
    running = await startOn(program, host, { TRUSTED_PROXIES: PROXY });
    expect(await announceBy(PROXY, forwardedFor)).toEqual([address]);
  });
});

test('of the connections of one address only so many are open: the others are served', async () => {
  const open = Array.from({ length: 120 }, () =>
    connect({ port: PORT, host: host.address, localAddress: addressOf(9) }),
  );
  let cut = 0;
  for (const socket of open) {
    socket.on('error', () => {});
    socket.on('close', () => cut++);
  }
  await expect.poll(() => cut).toBe(20);
  expect((await announce(1)).incomplete).toBe(1);
  for (const socket of open) socket.destroy();
  await expect.poll(async () => (await announce(9, '&event=started')).incomplete).toBe(2);
});

test('noise does no harm: whatever comes over a connection, the next peer is served', async () => {
  const good = `GET /announce?info_hash=${HASH}&peer_id=${'n'.repeat(20)}&port=6881&left=0 HTTP/1.1\r\nHost: t\r\n\r\n`;
  for (let nth = 0; nth < 200; nth++) {
    const octets = Buffer.from(good, 'latin1');
    for (let changes = 0; changes <= nth % 5; changes++)
      octets[(nth * 31 + changes * 7) % octets.length] = (nth * 17) & 0xff;
    await new Promise<void>((resolve) => {
      const socket = connect({ port: PORT, host: host.address }, () =>
        socket.end(octets.subarray(0, octets.length - (nth % 3))),
      );
      socket.on('error', () => {});
      socket.resume().on('close', resolve);
    });
  }
  expect((await announce(1)).addresses.length).toBeLessThanOrEqual(1);
  expect(running.health?.()).toBeNull();
});
