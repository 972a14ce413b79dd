import { beforeEach, describe, expect, test } from 'vitest';
import { peerPriority } from '#shared/bittorrent/peer-priority.ts';
import { AddressBook } from '../../src/protocol/address-book.ts';

const OWN = { address: '10.53.31.1', port: 6881 };
const OTHER = { address: '10.53.32.1', port: 6881 };
const NOW = 1_000_000;
const nobody = () => false;

let book: AddressBook;

beforeEach(() => {
  book = new AddressBook({
    own: OWN,
    isAllowed: (address) => address.startsWith('10.53.') || !/^\d+\.\d+\.\d+\.\d+$/.test(address),
  });
});

describe('what a tracker tells and nobody dials', () => {
  test.each([
    ['ourselves', OWN],
    ['port 0', { address: '10.53.32.1', port: 0 }],
    ['port 65536', { address: '10.53.32.1', port: 65_536 }],
    ['0.0.0.0', { address: '0.0.0.0', port: 6881 }],
    ['the broadcast address', { address: '255.255.255.255', port: 6881 }],
    ['the broadcast address of the lab', { address: '10.53.255.255', port: 6881 }],
    ['multicast', { address: '224.0.0.1', port: 6881 }],
    ['an address outside of the lab', { address: '192.0.2.1', port: 6881 }],
    ['a name', { address: 'localhost', port: 6881 }],
    ['IPv6', { address: '::1', port: 6881 }],
    ['five octets', { address: '10.53.0.1.2', port: 6881 }],
    ['an octet of 256', { address: '10.53.256.1', port: 6881 }],
  ])('%s', (_, endpoint) => {
    expect(book.learn([endpoint], 'a tracker', NOW)).toMatchObject({ added: 0, refused: [{ endpoint }] });
    expect(book.next(NOW, nobody, true)).toBeNull();
  });

  test('a hundred ports of one victim: four', () => {
    const ports = Array.from({ length: 100 }, (_, nth) => ({ ...OTHER, port: 1000 + nth }));
    expect(book.learn(ports, 'a tracker', NOW).added).toBe(4);
  });

  test('a hundred thousand addresses: a thousand', () => {
    const many = Array.from({ length: 100_000 }, (_, nth) => ({
      address: `10.53.${(nth >> 8) & 0x7f}.${nth & 0xff}`,
      port: 2000 + (nth >> 15),
    }));
    expect(book.learn(many, 'a tracker', NOW).added).toBe(1000);
  });
});

test('an address is dialled once at a time', () => {
  book.learn([OTHER, OTHER], 'a tracker', NOW);
  expect(book.next(NOW, nobody, true)).toEqual(OTHER);
  expect(book.next(NOW, nobody, true)).toBeNull();
});

test('after a failure it is dialled again later and later, and then forgotten', () => {
  book.learn([OTHER], 'a tracker', NOW);
  let now = NOW;
  const pauses: number[] = [];
  for (let nth = 0; nth < 6; nth++) {
    expect(book.next(now, nobody, true)).toEqual(OTHER);
    book.failed(OTHER, now);
    const failedAt = now;
    while (book.size > 0 && now - failedAt < 1e7) {
      now += 1000;
      const endpoint = book.next(now, nobody, true);
      if (endpoint === null) continue;
      book.closed(OTHER, false, now - 2_000);
      break;
    }
    pauses.push(now - failedAt);
  }
  expect(pauses).toEqual([4_000, 8_000, 16_000, 32_000, 64_000, 0]);
  expect(book.size).toBe(0);
});

test('who is a neighbour already is not dialled', () => {
  book.learn([OTHER], 'a tracker', NOW);
  book.next(NOW, nobody, true);
  book.reached(OTHER, 'abc');
  book.closed(OTHER, false, NOW);
  expect(book.next(NOW + 1e6, (_, peer) => peer === 'abc', true)).toBeNull();
  expect(book.next(NOW + 1e6, nobody, true)).toEqual(OTHER);
});

test('a seed is not dialled by who has everything', () => {
  book.learn([OTHER], 'a tracker', NOW);
  book.next(NOW, nobody, true);
  book.closed(OTHER, true, NOW);
  expect(book.next(NOW + 1e6, nobody, false)).toBeNull();
  expect(book.next(NOW + 1e6, nobody, true)).toEqual(OTHER);
});

test('a banned address is forgotten and refused, with the reason', () => {
  book.learn([OTHER], 'a tracker', NOW);
  book.ban(OTHER.address, 'it sent a wrong piece');
  expect(book.size).toBe(0);
  expect(book.banOf(OTHER.address)).toBe('it sent a wrong piece');
  expect(book.learn([{ ...OTHER, port: 7000 }], 'a tracker', NOW).refused).toMatchObject([
    { because: 'it sent a wrong piece' },
  ]);
});

test('where we ourselves answered is not dialled again, other ports of the address are', () => {
  book.learn([OTHER], 'a tracker', NOW);
  book.isSelf(OTHER);
  expect(book.learn([OTHER], 'a tracker', NOW).added).toBe(0);
  expect(book.learn([{ ...OTHER, port: 7000 }], 'a tracker', NOW).added).toBe(1);
});

describe('who has told an address', () => {
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, nth) => ({
      address: `10.53.${100 + (nth >> 7)}.${1 + (nth & 0x7f)}`,
      port: 6881,
    }));

  test('other peers fill half of the book at most: trackers find room (BEP 11)', () => {
    expect(book.learn(addresses(600), 'another peer', NOW)).toMatchObject({ added: 500 });
    expect(book.learn(addresses(1_100).slice(600), 'a tracker', NOW).added).toBe(500);
  });

  test('in a private torrent only trackers count, and what others told is forgotten (BEP 27)', () => {
    const third = { address: '10.53.33.1', port: 6881 };
    const fourth = { address: '10.53.34.1', port: 6881 };
    book.learn([OTHER], 'a tracker', NOW);
    book.learn([third], 'a magnet link', NOW);
    book.learn([fourth], 'another peer', NOW);
    book.learn([fourth], 'a tracker', NOW);
    book.trustTrackersOnly();
    expect(book.size).toBe(2);
    const because = 'the torrent is private: only its trackers tell of peers';
    expect(book.learn([third], 'another peer', NOW).refused).toEqual([{ endpoint: third, because }]);
    expect(book.learn([third], 'a tracker', NOW).added).toBe(1);
  });

  test('a seed of which another peer tells is not dialled by who has everything', () => {
    book.learn([{ ...OTHER, isSeed: true }], 'another peer', NOW);
    expect(book.next(NOW, nobody, false)).toBeNull();
    expect(book.next(NOW, nobody, true)).toEqual(OTHER);
  });
});

describe('in which order addresses are dialled', () => {
  const endpoints = [32, 33, 34, 35].map((third) => ({ address: `10.53.${third}.1`, port: 6881 }));
  const byPriority = endpoints.toSorted((a, b) => peerPriority(OWN, b) - peerPriority(OWN, a));
  const all = () => endpoints.map(() => book.next(NOW, nobody, true));

  test.each([
    ['as told', endpoints],
    ['in reverse', endpoints.toReversed()],
  ])('that of the highest priority first, %s (BEP 40)', (_, told) => {
    book.learn(told, 'a tracker', NOW);
    expect(all()).toEqual(byPriority);
  });

  test('but one that failed comes after those that did not', () => {
    book.learn(endpoints, 'a tracker', NOW);
    const first = book.next(NOW, nobody, true) ?? OTHER;
    book.failed(first, NOW - 1e6);
    expect(all()).toEqual([...byPriority.slice(1), first]);
  });
});
