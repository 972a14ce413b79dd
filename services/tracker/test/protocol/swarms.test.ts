import { beforeEach, describe, expect, test } from 'vitest';
import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { sample } from '../../src/protocol/sample.ts';
import { Swarms } from '../../src/protocol/swarms.ts';

const INTERVAL_MS = 30_000;
const MIN_INTERVAL_MS = 5_000;
const INFO_HASH = octetsOfKey('the torrent of a test');
const START = 1_000_000;

let swarms: Swarms;

beforeEach(() => {
  swarms = new Swarms({
    intervalMs: INTERVAL_MS,
    minIntervalMs: MIN_INTERVAL_MS,
    numwantDefault: 50,
    random: Math.random,
  });
});

/** Announces peer number `nth`, which is at 10.53.0.nth. */
function announce(nth: number, fields: Partial<AnnounceRequest> = {}, now = START, address = `10.53.0.${nth}`) {
  const request: AnnounceRequest = {
    infoHash: INFO_HASH.subarray(0, 20),
    peerId: octetsOfKey(`-XX0001-${String(nth).padStart(12, '0')}`),
    port: 6881,
    uploaded: 0,
    downloaded: 0,
    left: 100,
    event: null,
    numwant: null,
    compact: true,
    noPeerId: false,
    key: null,
    ...fields,
  };
  const outcome = swarms.announce(request, address, now);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return {
    ...outcome.response,
    addresses: outcome.response.peers.map((peer) => peer.address),
    because: outcome.because,
  };
}

function scraped() {
  return swarms.scrape([INFO_HASH.subarray(0, 20)])[0];
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

test('a seed is not told of seeds, and is told of those that lack something', () => {
  announce(1, { left: 0 });
  announce(2, { left: 5 });
  announce(3, { left: null });
  expect(announce(4, { left: 0 }).addresses.sort()).toEqual(['10.53.0.2', '10.53.0.3']);
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
    expect(swarms.snapshot(START)).toEqual([]);
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
    announce(3);
    announce(3, { event: 'stopped' }, START, '10.53.9.9');
    expect(announce(2).addresses.sort()).toEqual(['10.53.0.1', '10.53.0.3']);
  });
});

describe('limits', () => {
  test('a torrent takes 5000 peers', () => {
    for (let nth = 0; nth < 5000; nth++) announce(nth);
    expect(() => announce(5000)).toThrow('5000 peers already');
    expect(() => announce(0, { event: 'completed' })).not.toThrow();
  });

  test('a thousand torrents are known, and one without peers makes way', () => {
    const torrent = (nth: number) => ({ infoHash: octetsOfKey(String(nth).padStart(20, '0')) });
    for (let nth = 0; nth < 1000; nth++) announce(1, torrent(nth));
    expect(() => announce(1, torrent(1000))).toThrow('1000 torrents already');
    announce(1, { ...torrent(5), event: 'stopped' });
    expect(() => announce(1, torrent(1000))).not.toThrow();
  });
});

test('a scrape makes no swarm and leaves out what is not known', () => {
  expect(scraped()).toBeUndefined();
  expect(swarms.snapshot(START)).toEqual([]);
});

test('the answer says why it has these peers', () => {
  for (let nth = 1; nth <= 5; nth++) announce(nth);
  expect(announce(6, { numwant: 2 }).because).toBe('a random 2 of the 5 other peers');
});

test('a sample has each item at most once', () => {
  const items = [1, 2, 3, 4, 5];
  expect(sample(items, 9, Math.random).sort()).toEqual(items);
  expect(new Set(sample(items, 3, Math.random)).size).toBe(3);
  expect(sample(items, 0, Math.random)).toEqual([]);
});
