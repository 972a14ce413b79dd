import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { AnnounceRequest } from '../announce-request.ts';
import { octetsOfKey } from '../bencode.ts';
import { decodeUrlData, encodeUrlData } from '../udp-options.ts';
import {
  decodeUdpAnnounce,
  decodeUdpHead,
  decodeUdpScrape,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  exchangeOfTransaction,
} from '../udp-tracker-request.ts';
import {
  decodeUdpResponse,
  encodeUdpResponse,
  transactionOf,
  type UdpTrackerResponse,
  udpPeersMax,
} from '../udp-tracker-response.ts';

const octets = (hexadecimal: string) => Uint8Array.fromHex(hexadecimal.replace(/\s/g, ''));
const HEAD = { connectionId: 0x0123456789abcdefn, transactionId: 0xdeadbeef };

const REQUEST: AnnounceRequest = {
  infoHash: new Uint8Array(20).fill(0xaa),
  peerId: octetsOfKey('-TD0100-abcdefghijkl'),
  port: 6881,
  uploaded: 1,
  downloaded: 2 ** 40,
  left: 3,
  event: 'started',
  numwant: null,
  compact: true,
  noPeerId: false,
  key: 'cafe0001',
};

/** The announce as BEP 15 draws it. */
const ANNOUNCE = octets(`
  0123456789abcdef 00000001 deadbeef
  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  2d5444303130302d6162636465666768696a6b6c
  0000010000000000 0000000000000003 0000000000000001
  00000002 00000000 cafe0001 ffffffff 1ae1`);

describe('requests', () => {
  test('a connect is the magic constant, the action 0 and the transaction id', () => {
    const connect = encodeUdpConnect(0xdeadbeef);
    expect(connect).toEqual(octets('0000041727101980 00000000 deadbeef'));
    expect(decodeUdpHead(connect)).toEqual({
      connectionId: 0x41727101980n,
      action: 0,
      transactionId: 0xdeadbeef,
    });
  });

  test('an announce has 98 octets', () => {
    expect(encodeUdpAnnounce(HEAD, { request: REQUEST, urlData: '' })).toEqual(ANNOUNCE);
    expect(decodeUdpHead(ANNOUNCE)).toEqual({ ...HEAD, action: 1 });
    expect(decodeUdpAnnounce(ANNOUNCE)).toEqual({ request: REQUEST, urlData: '' });
  });

  test('the IP address that it carries is not read', () => {
    const claimed = ANNOUNCE.slice();
    claimed.set([192, 0, 2, 1], 84);
    expect(decodeUdpAnnounce(claimed)).toEqual(decodeUdpAnnounce(ANNOUNCE));
  });

  test.each([
    ['a num want of -1 and below leaves the number to the tracker', 92, 'fffffffe', { numwant: null }],
    ['a num want of 0 is 0', 92, '00000000', { numwant: 0 }],
    ['a key of 0 is none', 88, '00000000', { key: null }],
    ['event 0 is a regular announce', 80, '00000000', { event: null }],
    ['event 1 is completed', 80, '00000001', { event: 'completed' }],
    ['event 3 is stopped', 80, '00000003', { event: 'stopped' }],
    ['event 4 is that of a partial seed', 80, '00000004', { event: 'paused' }],
    ['the largest left is a number', 64, 'ffffffffffffffff', { left: Number.MAX_SAFE_INTEGER }],
  ])('%s', (_, at, hexadecimal, expected) => {
    const changed = ANNOUNCE.slice();
    changed.set(octets(hexadecimal), at);
    expect(decodeUdpAnnounce(changed).request).toMatchObject(expected);
  });

  test.each([
    ['the unknown event 5', 80, '00000005'],
    ['port 0', 96, '0000'],
  ])('%s is refused', (_, at, hexadecimal) => {
    const changed = ANNOUNCE.slice();
    changed.set(octets(hexadecimal), at);
    expect(() => decodeUdpAnnounce(changed)).toThrow(ProtocolViolation);
  });

  test('what is shorter than its action says is nobody’s question', () => {
    for (let length = 0; length < 16; length++)
      expect(() => decodeUdpHead(ANNOUNCE.subarray(0, length))).toThrow(ProtocolViolation);
    for (let length = 16; length < 98; length++)
      expect(() => decodeUdpHead(ANNOUNCE.subarray(0, length))).toThrow(ProtocolViolation);
  });

  test('a scrape has 20 octets for each torrent: 74 are read, and what is cut off is not', () => {
    const infoHashes = Array.from({ length: 75 }, (_, nth) => new Uint8Array(20).fill(nth));
    const scrape = encodeUdpScrape(HEAD, infoHashes);
    expect(scrape).toHaveLength(16 + 75 * 20);
    expect(decodeUdpHead(scrape).action).toBe(2);
    expect(decodeUdpScrape(scrape)).toEqual(infoHashes.slice(0, 74));
    expect(decodeUdpScrape(scrape.subarray(0, 16 + 39))).toEqual(infoHashes.slice(0, 1));
    expect(decodeUdpScrape(scrape.subarray(0, 16))).toEqual([]);
  });

  test('both ends make the same exchange of client and transaction', () => {
    expect(exchangeOfTransaction({ address: '10.53.31.1', port: 6881 }, 0xbeef)).toBe('udp-0a351f011ae1.0000beef');
  });
});

describe('options (BEP 41)', () => {
  test.each([
    ['nothing', '', ''],
    ['end of options, and what follows it', '00 02 01 61', ''],
    ['no operation', '01 01 02 01 61', 'a'],
    ['an unknown option is passed over', '09 02 ffff 02 01 61', 'a'],
    ['two parts are put together', '02 01 61 02 02 6263', 'abc'],
    ['a part that is cut off is left out', '02 01 61 02 05 6263', 'a'],
    ['a length that is cut off', '02', ''],
  ])('%s', (_, hexadecimal, urlData) => {
    expect(decodeUrlData(octets(hexadecimal))).toBe(urlData);
  });

  test('path and query follow the announce', () => {
    const urlData = `/announce/${'x'.repeat(300)}?passkey=1`;
    const announce = encodeUdpAnnounce(HEAD, { request: REQUEST, urlData });
    expect(announce).toHaveLength(98 + urlData.length + 2 * 2);
    expect(decodeUdpAnnounce(announce)).toEqual({ request: REQUEST, urlData });
    expect(encodeUrlData('/a')).toEqual(octets('02 02 2f61'));
  });
});

describe('responses', () => {
  const peers = [
    { address: '10.53.31.1', port: 6881 },
    { address: '10.53.32.1', port: 51413 },
  ];
  test.each<[string, UdpTrackerResponse, string]>([
    [
      'connect',
      { kind: 'connect', transactionId: 7, connectionId: 0xfedcba9876543210n },
      '00000000 00000007 fedcba9876543210',
    ],
    [
      'announce',
      { kind: 'announce', transactionId: 7, intervalS: 1800, leechers: 2, seeders: 1, peers },
      '00000001 00000007 00000708 00000002 00000001 0a351f01 1ae1 0a352001 c8d5',
    ],
    [
      'scrape',
      { kind: 'scrape', transactionId: 7, torrents: [{ seeders: 1, completed: 2, leechers: 3 }] },
      '00000002 00000007 00000001 00000002 00000003',
    ],
    ['error', { kind: 'error', transactionId: 7, message: 'no' }, '00000003 00000007 6e6f'],
  ])('%s', (_, response, hexadecimal) => {
    expect(encodeUdpResponse(response, 'IPv4')).toEqual(octets(hexadecimal));
    expect(decodeUdpResponse(octets(hexadecimal), 'IPv4')).toEqual(response);
    expect(transactionOf(octets(hexadecimal))).toBe(7);
  });

  test('over IPv6 a peer has 18 octets (BEP 7)', () => {
    const answer = { kind: 'announce', transactionId: 7, intervalS: 9, leechers: 0, seeders: 0 } as const;
    const response = { ...answer, peers: [{ address: '2001:db8::1', port: 6881 }] };
    const encoded = encodeUdpResponse(response, 'IPv6');
    expect(encoded.subarray(20)).toEqual(octets('20010db8000000000000000000000001 1ae1'));
    expect(decodeUdpResponse(encoded, 'IPv6')).toEqual(response);
    expect(() => encodeUdpResponse(response, 'IPv4')).toThrow(RangeError);
  });

  test.each(['IPv4', 'IPv6'] as const)('an answer over %s fits a datagram that is never cut', (family) => {
    const peer = { address: family === 'IPv4' ? '10.0.0.1' : '::1', port: 1 };
    const answer = { kind: 'announce', transactionId: 7, intervalS: 9, leechers: 0, seeders: 0 } as const;
    const encoded = encodeUdpResponse({ ...answer, peers: Array(5000).fill(peer) }, family);
    expect(encoded.length).toBeLessThanOrEqual(1232);
    expect(decodeUdpResponse(encoded, family)).toMatchObject({ peers: { length: udpPeersMax(family) } });
  });

  test.each([
    ['nothing', ''],
    ['half a head', '00000000 0000'],
    ['a connect without its id', '00000000 00000007 fedcba98'],
    ['an announce without its numbers', '00000001 00000007 00000708 00000002'],
    ['an unknown action', '00000009 00000007'],
  ])('%s is a violation', (_, hexadecimal) => {
    expect(() => decodeUdpResponse(octets(hexadecimal), 'IPv4')).toThrow(ProtocolViolation);
  });

  test('a peer that is cut off is left out', () => {
    const cut = octets('00000001 00000007 00000708 00000002 00000001 0a351f01 1ae1 0a3520');
    expect(decodeUdpResponse(cut, 'IPv4')).toMatchObject({ peers: [{ address: '10.53.31.1', port: 6881 }] });
  });
});

test('arbitrary datagrams are a request, a response or a violation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 140 }), fc.constantFrom(...[0, 1, 2, 3, 9]), (datagram, action) => {
      if (datagram.length > 11) datagram[11] = action;
      if (datagram.length > 3) datagram.set([0, 0, 0, action]);
      for (const decode of [
        () => decodeUdpHead(datagram).action === 1 && decodeUdpAnnounce(datagram),
        () => decodeUdpHead(datagram) && decodeUdpScrape(datagram),
        () => decodeUdpResponse(datagram, 'IPv4'),
        () => decodeUdpResponse(datagram, 'IPv6'),
      ]) {
        try {
          decode();
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
