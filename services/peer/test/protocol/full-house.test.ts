import { expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { FullHouse } from '../../src/protocol/full-house.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';
import { OFFERS_NOTHING } from './test-torrent.ts';

const START = 1_000_000;
const MINUTE = 60_000;
const AWAY_MS = 600_000;

/** Neighbours by the last number of their address, each of no use since then; null is of use. */
function neighbours(idleSince: Record<number, number | null>) {
  return Object.entries(idleSince).map(([nth, since]) => ({
    endpoint: { address: `10.53.31.${nth}`, port: 6881 },
    idleSince: since,
  }));
}

test.each<[string, Record<number, number | null>, string | undefined]>([
  ['nobody is there', {}, undefined],
  ['all are of use', { 1: null, 2: null }, undefined],
  ['nobody has been of no use for a minute', { 1: START + 1, 2: null }, undefined],
  ['one has been of no use for a minute', { 1: null, 2: START, 3: START + 1 }, '10.53.31.2'],
  ['several have: it is the one that has been so for longest', { 1: START - 5, 2: START - 9, 3: null }, '10.53.31.2'],
])('where %s', (_, idleSince, address) => {
  expect(new FullHouse().makeRoom(neighbours(idleSince), START + MINUTE)?.neighbour.endpoint.address).toBe(address);
});

test('the reason says for how long it was of no use', () => {
  expect(new FullHouse().makeRoom(neighbours({ 1: START }), START + 90_500)?.because).toBe(
    'for 90 s it has neither wanted anything nor had anything that we want, and another needs its place',
  );
});

test('there is a pause of 10 s after each', () => {
  const house = new FullHouse();
  const now = START + MINUTE;
  expect(house.makeRoom(neighbours({ 1: START - 1, 2: START }), now)).not.toBeNull();
  expect(house.makeRoom(neighbours({ 2: START }), now + 9_999)).toBeNull();
  expect(house.makeRoom(neighbours({ 2: START }), now + 10_000)?.neighbour.endpoint.address).toBe('10.53.31.2');
});

test('who made room is away for ten minutes, so that two do not take turns at one place', () => {
  const house = new FullHouse();
  const now = START + MINUTE;
  house.makeRoom(neighbours({ 1: START }), now);
  expect(house.isAway('10.53.31.1', now)).toBe(true);
  expect(house.isAway('10.53.31.2', now)).toBe(false);
  expect(house.isAway('10.53.31.1', now + AWAY_MS - 1)).toBe(true);
  expect(house.isAway('10.53.31.1', now + AWAY_MS)).toBe(false);
});

test('as many as can be away are remembered, and no more', () => {
  const house = new FullHouse();
  for (let nth = 0; nth < 100; nth++) {
    const crowd = [{ endpoint: { address: `10.53.31.${nth}`, port: 1 }, idleSince: START }];
    expect(house.makeRoom(crowd, START + MINUTE + nth * 10_000)).not.toBeNull();
  }
  const end = START + MINUTE + 99 * 10_000;
  const away = Array.from({ length: 100 }, (_, nth) => house.isAway(`10.53.31.${nth}`, end));
  expect(away.indexOf(true)).toBe(40);
  expect(away.filter(Boolean)).toHaveLength(60);
});

test('of no use is who neither wants a piece nor has one that is wanted, from the second on in which that is so', () => {
  const grid = { pieceCount: 4, pieceLength: 16_384, length: 65_536 };
  const swarm = new Swarm(testSwarm(grid, piecesOf(grid, [0]), START));
  const endpoint = { address: '10.53.31.1', port: 6881 };
  const peerId = octetsOfKey('-XX0001-1'.padEnd(20, '.'));
  swarm.step({ kind: 'connected', id: 1, endpoint, peerId, isDialled: true, reserved: OFFERS_NOTHING }, START);
  let now = START;
  const idleSince = (message?: PeerMessage) => {
    if (message !== undefined) swarm.step({ kind: 'message', from: 1, message }, now);
    now += 1_000;
    swarm.step({ kind: 'tick' }, now);
    return swarm.neighbours.get(1)?.idleSince;
  };
  expect(idleSince()).toBe(START + 1_000);
  expect(idleSince()).toBe(START + 1_000);
  expect(idleSince({ kind: 'interested' })).toBeNull();
  expect(idleSince({ kind: 'not interested' })).toBe(START + 4_000);
  expect(idleSince({ kind: 'have', index: 0 })).toBe(START + 4_000);
  expect(idleSince({ kind: 'have', index: 1 })).toBeNull();
});
