import { beforeEach, describe, expect, test } from 'vitest';
import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { keyOfOctets, octetsOfKey } from '#shared/bittorrent/bencode.ts';
import type { Carrier } from '../../src/protocol/peer-choice.ts';
import { largestTorrents } from '../../src/protocol/statistics.ts';
import { PEERS_PER_ADDRESS_MAX, PEERS_PER_SWARM_MAX, SWARMS_MAX, Swarms } from '../../src/protocol/swarms.ts';
import { requestFor } from '../announce-requests.ts';

const INTERVAL_MS = 30_000;
const MIN_INTERVAL_MS = 5_000;
const INFO_HASH = octetsOfKey('the torrent of a test').subarray(0, 20);
const START = 1_000_000;

const OPTIONS = {
  intervalMs: INTERVAL_MS,
  minIntervalMs: MIN_INTERVAL_MS,
  numwantDefault: 50,
  random: Math.random,
  listed: null,
} as const;

let swarms: Swarms;

beforeEach(() => {
  swarms = new Swarms(OPTIONS);
});

/** Announces peer number `nth`, which is at 10.53.0.nth. */
function announce(nth: number, fields: Partial<AnnounceRequest> = {}, now = START, address = `10.53.0.${nth}`) {
  const request = requestFor(INFO_HASH, nth, fields);
  const outcome = swarms.announce(request, address, now);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return {
    ...outcome.response,
    addresses: outcome.response.peers.map((peer) => peer.address),
    because: outcome.because,
  };
}

function scraped() {
  return swarms.scrape(INFO_HASH);
}

test('a peer is told of the others, never of itself', () => {
  expect(announce(1).addresses).toEqual([]);
  expect(announce(2).addresses).toEqual(['10.53.0.1']);
  expect(announce(3).addresses.sort()).toEqual(['10.53.0.1', '10.53.0.2']);
});

test.each([
  ['nothing', null, 50],
  ['0', 0, 0],
  ['7', 7, 7],
  ['9999', 9999, 200],
])('of 250 peers one that wants %s is told %d', (_, numwant, told) => {
  for (let nth = 1; nth <= 250; nth++) announce(nth);
  expect(announce(0, { numwant }).peers).toHaveLength(told);
});

describe('a partial seed (BEP 21) lacks something and wants no more', () => {
  const PAUSED = { left: 5, event: 'paused' } as const;

  test('a scrape counts it among the incomplete and not among the downloaders', () => {
    announce(1, { left: 0 });
    announce(2, { left: 5 });
    announce(3, PAUSED);
    expect(scraped()).toMatchObject({ complete: 1, incomplete: 2, downloaders: 1 });
    expect(largestTorrents(swarms, START).torrents[0]).toMatchObject({ incomplete: 2, downloaders: 1 });
  });

  test.each([
    ['wants more', { left: 5 }, { complete: 0, incomplete: 1, downloaders: 1 }],
    ['completes', { left: 0, event: 'completed' }, { complete: 1, incomplete: 0, downloaders: 0 }],
    ['still is one, having got a piece', { left: 3, event: 'paused' }, { incomplete: 1, downloaders: 0 }],
    ['says that it lacks nothing', { left: 0, event: 'paused' }, { complete: 1, incomplete: 0, downloaders: 0 }],
  ] as const)('until it %s', (_, fields, counts) => {
    announce(1, PAUSED);
    expect(scraped()).toMatchObject({ incomplete: 1, downloaders: 0 });
    announce(1, fields, START + MIN_INTERVAL_MS);
    expect(scraped()).toMatchObject(counts);
  });

  test.each([
    ['stops', () => announce(1, { ...PAUSED, event: 'stopped' })],
    ['is silent for two intervals', () => swarms.expire(START + 2 * INTERVAL_MS)],
    ['comes to another address', () => announce(1, { ...PAUSED, key: 'k' }, START, '10.53.7.7')],
  ])('is counted no longer than it is there: when it %s', (_, goes) => {
    announce(1, { ...PAUSED, key: 'k' });
    goes();
    announce(2, { left: 5 }, START + 2 * INTERVAL_MS);
    const counts = scraped();
    expect(counts?.downloaders).toBe(1);
    expect(counts?.incomplete).toBe(swarms.size.peers);
  });

  test('each of its announces within the least interval has the same answer; that it wants more is heard at once', () => {
    announce(3);
    announce(3, PAUSED, START + 1);
    expect(scraped()).toMatchObject({ incomplete: 1, downloaders: 0 });
    announce(3, {}, START + 2);
    expect(scraped()).toMatchObject({ incomplete: 1, downloaders: 1 });
    announce(3, { event: 'stopped' }, START + 3);
    announce(1, PAUSED);
    announce(2, { left: 5 });
    expect(announce(1, PAUSED, START + MIN_INTERVAL_MS - 1).addresses).toEqual([]);
    expect(announce(1, PAUSED, START + MIN_INTERVAL_MS).addresses).toEqual(['10.53.0.2']);
  });

  test('it is told of those that download, and they are told of it; seeds and other partial seeds are not', () => {
    announce(1, { left: 0 });
    announce(2, { left: 5 });
    announce(3, PAUSED);
    const { addresses, because } = announce(4, PAUSED);
    expect(addresses).toEqual(['10.53.0.2']);
    expect(because).toBe('the one other peer that downloads: it may have 50');
    expect(announce(5, { left: 0 }).addresses).toEqual(['10.53.0.2']);
    expect(announce(6).addresses.sort()).toEqual([1, 2, 3, 4, 5].map((nth) => `10.53.0.${nth}`));
  });
});

test('a seed is not told of seeds, and is told of those that lack something', () => {
  announce(1, { left: 0 });
  announce(2, { left: 5 });
  announce(3, { left: null });
  expect(announce(4, { left: 0 }).addresses.sort()).toEqual(['10.53.0.2', '10.53.0.3']);
});

describe('a client with only a magnet link says that it lacks nothing, as aria2 does', () => {
  const NOTHING = { left: 0, uploaded: 0, downloaded: 0 };

  test('with its started it is told of a lone seed, and the answer says why', () => {
    announce(1, { left: 0 });
    const { addresses, because } = announce(2, { ...NOTHING, event: 'started' });
    expect(addresses).toEqual(['10.53.0.1']);
    expect(because).toContain('a client with only a magnet link may say that it lacks nothing');
  });

  test('a seed that starts after it is told of it', () => {
    announce(1, { ...NOTHING, event: 'started' });
    expect(announce(2, { left: 0, event: 'started' }).addresses).toEqual(['10.53.0.1']);
  });

  test('it is told of seeds only where leechers leave room', () => {
    for (let nth = 1; nth <= 20; nth++) announce(nth, { left: nth <= 10 ? 0 : 5 });
    const { addresses, because } = announce(30, { ...NOTHING, event: 'started', numwant: 12 });
    expect(addresses.filter((address) => Number(address.split('.')[3]) > 10)).toHaveLength(10);
    expect(addresses).toHaveLength(12);
    expect(because).toContain('seeds too');
    expect(announce(31, { ...NOTHING, event: 'started', numwant: 10 }).because).not.toContain('seeds too');
  });

  test.each([
    ['without an event', {}],
    ['that has given something', { event: 'started', uploaded: 1 }],
    ['that has got something', { event: 'started', downloaded: 1 }],
    ['that has just completed', { event: 'completed' }],
  ] as const)('a seed %s is told of no seed', (_, fields) => {
    announce(1, { left: 0 });
    expect(announce(2, { ...NOTHING, ...fields }).addresses).toEqual([]);
  });

  test('one that completed here and starts again is told of no seed', () => {
    announce(1, { left: 0 });
    announce(2, { event: 'completed', left: 0 });
    expect(announce(2, { ...NOTHING, event: 'started' }).addresses).toEqual([]);
  });

  test('it counts as what it says, and as one download when it has completed', () => {
    announce(1, { left: 0 });
    announce(2, { ...NOTHING, event: 'started' });
    expect(scraped()).toMatchObject({ complete: 2, incomplete: 0, downloaded: 0 });
    announce(2, { left: 50, downloaded: 10 }, START + MIN_INTERVAL_MS);
    expect(scraped()).toMatchObject({ complete: 1, incomplete: 1, downloaded: 0 });
    announce(2, { left: 0, downloaded: 60, event: 'completed' }, START + 2 * MIN_INTERVAL_MS);
    expect(scraped()).toMatchObject({ complete: 2, incomplete: 0, downloaded: 1 });
  });
});

describe('events', () => {
  test('stopped removes the peer at once and tells it of nobody', () => {
    announce(1);
    announce(2);
    expect(announce(1, { event: 'stopped' }).peers).toEqual([]);
    expect(announce(2, { event: 'started' }).peers).toEqual([]);
  });

  test('stopped of an unknown torrent makes no swarm', () => {
    announce(1, { event: 'stopped' });
    expect(largestTorrents(swarms, START)).toEqual({ torrents: [], leftOut: 0 });
  });

  test('completed counts once for each peer, which is a seed from then on', () => {
    announce(1, { event: 'started' });
    announce(1, { event: 'completed', left: 0 });
    announce(1, { event: 'completed', left: 0 });
    announce(2, { event: 'completed', left: 0 });
    expect(scraped()).toMatchObject({ downloaded: 2, complete: 2, incomplete: 0 });
  });

  test('a peer that has everything from the start is no download', () => {
    announce(1, { event: 'started', left: 0 });
    expect(scraped()).toMatchObject({ downloaded: 0, complete: 1 });
  });
});

describe('time', () => {
  test('BT-05 a peer is forgotten after two intervals of silence, and not before', () => {
    announce(1);
    expect(swarms.expire(START + 2 * INTERVAL_MS - 1)).toEqual([]);
    expect(swarms.expire(START + 2 * INTERVAL_MS)).toMatchObject([{ address: '10.53.0.1', silentMs: 60_000 }]);
    expect(announce(2, {}, START + 2 * INTERVAL_MS).peers).toEqual([]);
  });

  test('an announce in time keeps a peer', () => {
    announce(1);
    announce(2);
    announce(1, {}, START + INTERVAL_MS);
    expect(swarms.expire(START + 2 * INTERVAL_MS)).toMatchObject([{ address: '10.53.0.2' }]);
    expect(scraped()).toMatchObject({ incomplete: 1 });
  });

  test('who asks again within the minimum gets the same answer, and changes nothing', () => {
    announce(1);
    const first = announce(2);
    announce(3);
    expect(announce(2, { left: 0 }, START + MIN_INTERVAL_MS - 1)).toEqual(first);
    expect(scraped()).toMatchObject({ complete: 0 });
    expect(announce(2, { left: 0 }, START + MIN_INTERVAL_MS).addresses).toHaveLength(2);
    expect(scraped()).toMatchObject({ complete: 1 });
  });

  test('an event is heard at any time', () => {
    announce(1);
    announce(1, { event: 'completed' });
    expect(scraped()).toMatchObject({ complete: 1 });
  });
});

describe('who a peer is', () => {
  test('with its key it replaces its entry from a new address', () => {
    announce(1, { key: 'secret' });
    announce(1, { key: 'secret' }, START, '10.53.9.9');
    expect(announce(2).addresses).toEqual(['10.53.9.9']);
  });

  test('with another key, or from another address without one, it evicts nobody', () => {
    announce(1, { key: 'secret' });
    announce(1, { key: 'guess', event: 'stopped' }, START, '10.53.9.9');
    announce(1, { key: 'guess' }, START, '10.53.9.8');
    announce(3);
    announce(3, { event: 'stopped' }, START, '10.53.9.9');
    expect(announce(2).addresses.sort()).toEqual(['10.53.0.1', '10.53.0.3', '10.53.9.8']);
  });

  test('at one address and port there is one: who is started again there replaces its own ghost', () => {
    announce(1, { key: 'before' });
    announce(50, { key: 'after' }, START, '10.53.0.1');
    expect(announce(2).addresses).toEqual(['10.53.0.1']);
    expect(largestTorrents(swarms, START).torrents[0]?.peers[0]?.peerId).toBe('-XX0001-000000000050');
    // The ghost's last word does no harm.
    announce(1, { key: 'before', event: 'stopped' });
    expect(announce(3).addresses.sort()).toEqual(['10.53.0.1', '10.53.0.2']);
  });

  test('who moves onto the place of another leaves one entry of both', () => {
    announce(1, { key: 'one', event: 'completed' });
    announce(2, { key: 'two' });
    announce(1, { key: 'one', left: 0 }, START, '10.53.0.2');
    expect(announce(3).addresses).toEqual(['10.53.0.2']);
    announce(1, { key: 'one', event: 'completed' }, START, '10.53.0.2');
    expect(scraped()).toMatchObject({ downloaded: 1, complete: 1 });
  });

  test('in its place a peer is known by its id, whatever its key is now', () => {
    announce(1, { key: 'first', event: 'completed' });
    announce(1, { key: 'second', event: 'completed' });
    expect(scraped()).toMatchObject({ downloaded: 1, complete: 1 });
    announce(1, { key: 'third', event: 'stopped' });
    expect(announce(2).addresses).toEqual([]);
  });

  test('two programs at one address are two peers', () => {
    announce(1, { port: 6881 });
    announce(2, { port: 6882 }, START, '10.53.0.1');
    announce(3, { port: 6883 }, START, '10.53.0.1');
    announce(2, { port: 6882, event: 'stopped' }, START, '10.53.0.1');
    expect(
      announce(9)
        .peers.map(({ port }) => port)
        .sort(),
    ).toEqual([6881, 6883]);
  });
});

describe('limits', () => {
  const torrent = (nth: number) => ({ infoHash: octetsOfKey(String(nth).padStart(20, '0')) });
  const manyAddresses = (nth: number) => `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`;

  test('a torrent takes 5000 peers', () => {
    for (let nth = 0; nth < PEERS_PER_SWARM_MAX; nth++) announce(nth, { numwant: 0 }, START, manyAddresses(nth));
    expect(() => announce(PEERS_PER_SWARM_MAX, {}, START, '10.54.0.1')).toThrow('5000 peers already');
    expect(() => announce(0, { event: 'completed' }, START, manyAddresses(0))).not.toThrow();
  });

  test('one address has 100 ports of a torrent, so that nobody fills it alone', () => {
    for (let nth = 1; nth <= PEERS_PER_ADDRESS_MAX; nth++) announce(nth, { port: nth }, START, '10.53.9.9');
    expect(() => announce(500, { port: 500 }, START, '10.53.9.9')).toThrow('100 peers at 10.53.9.9 already');
    // Nor does a peer that can prove who it is move there.
    announce(501, { key: 'mine' });
    expect(() => announce(501, { key: 'mine', port: 500 }, START, '10.53.9.9')).toThrow('100 peers at 10.53.9.9');
    expect(() => announce(7, { port: 7, event: 'completed' }, START, '10.53.9.9')).not.toThrow();
    expect(() => announce(1, { port: 500, ...torrent(1) }, START, '10.53.9.9')).not.toThrow();
  });

  test('so many torrents are known, and one without peers makes way, the longest deserted first', () => {
    for (let nth = 0; nth < SWARMS_MAX; nth++) announce(1, torrent(nth));
    expect(() => announce(1, torrent(SWARMS_MAX))).toThrow(`${SWARMS_MAX} torrents already`);
    for (const nth of [5, 6]) {
      announce(1, { ...torrent(nth), event: 'completed' });
      announce(1, { ...torrent(nth), event: 'stopped' });
    }
    announce(1, torrent(SWARMS_MAX));
    expect(swarms.scrape(torrent(5).infoHash)).toBeNull();
    expect(swarms.scrape(torrent(6).infoHash)).toMatchObject({ downloaded: 1, complete: 0 });
  });

  test('the peers of all torrents together are bounded, and are all forgotten in time', () => {
    const peersMax = 2_500;
    swarms = new Swarms({ ...OPTIONS, peersMax });
    for (let nth = 0; nth < peersMax; nth++) {
      announce(nth, { ...torrent(nth % 100), numwant: 0 }, START, manyAddresses(nth));
    }
    expect(swarms.size).toEqual({ torrents: 100, peers: peersMax });
    expect(() => announce(1, torrent(200), START, '10.99.0.1')).toThrow('2500 peers already');
    expect(largestTorrents(swarms, START).torrents.flatMap(({ peers }) => peers)).toHaveLength(2000);
    expect(swarms.expire(START + 2 * INTERVAL_MS)).toHaveLength(peersMax);
    expect([...swarms]).toEqual([]);
  });
});

describe('a tracker with a list', () => {
  const [listed, other] = [INFO_HASH, octetsOfKey('x'.repeat(20))];

  test('refuses other torrents', () => {
    swarms.setListed(new Set([keyOfOctets(listed)]));
    announce(1);
    expect(() => announce(1, { infoHash: other })).toThrow(/The torrent (78){20} is not listed at this tracker/);
    expect([...swarms]).toHaveLength(1);
  });

  test('forgets a torrent that is listed no more', () => {
    announce(1);
    announce(1, { infoHash: other });
    swarms.setListed(new Set([keyOfOctets(other)]));
    expect(scraped()).toBeNull();
    expect(swarms.size).toEqual({ torrents: 1, peers: 1 });
    expect(() => announce(1)).toThrow('not listed');
  });
});

describe('addresses of both families', () => {
  const mixed = () => {
    for (let nth = 1; nth <= 20; nth++) announce(nth, {}, START, nth % 2 === 0 ? `2001:db8::${nth}` : `10.53.0.${nth}`);
  };

  test('over HTTP a peer is told of both', () => {
    mixed();
    expect(new Set(announce(30).addresses.map((address) => address.includes(':')))).toEqual(new Set([true, false]));
  });

  test('a carrier of one family has those of that family, and no more than it can carry', () => {
    mixed();
    const addresses = (carrier: Carrier, nth: number, at: string) => {
      const request = requestFor(INFO_HASH, nth);
      const outcome = swarms.announce(request, at, START, carrier);
      return outcome.kind === 'answered' ? outcome.response.peers.map(({ address }) => address) : [];
    };
    expect(addresses({ family: 'IPv4', peersMax: 200 }, 31, '10.53.1.1').every((one) => !one.includes(':'))).toBe(true);
    expect(addresses({ family: 'IPv6', peersMax: 200 }, 32, '2001:db8::99')).toHaveLength(10);
    expect(addresses({ family: 'IPv6', peersMax: 4 }, 33, '2001:db8::98')).toHaveLength(4);
  });
});

test('a scrape makes no swarm and leaves out what is not known', () => {
  expect(scraped()).toBeNull();
  expect(largestTorrents(swarms, START)).toEqual({ torrents: [], leftOut: 0 });
});

test('the answer says why it has these peers, and to whom it goes', () => {
  for (let nth = 1; nth <= 5; nth++) announce(nth);
  expect(announce(6, { numwant: 2 })).toMatchObject({
    because: 'a random 2 of the 5 other peers',
    externalAddress: '10.53.0.6',
  });
  expect(announce(7).because).toBe('all 6 other peers: it may have 50');
});

test('it is counted how often each peer was told to others', () => {
  for (let nth = 1; nth <= 3; nth++) announce(nth);
  const told = largestTorrents(swarms, START).torrents[0]?.peers.map((peer) => peer.told);
  expect(told).toEqual([2, 1, 0]);
});
