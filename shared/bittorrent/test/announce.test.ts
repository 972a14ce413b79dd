import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type AnnounceRequest, decodeAnnounceQuery, encodeAnnounceQuery } from '../announce-request.ts';
import { decodeAnnounceResponse, encodeAnnounceFailure, encodeAnnounceSuccess } from '../announce-response.ts';
import { type BencodeInput, decodeBencode, encodeBencode, octetsOfKey } from '../bencode.ts';
import { decodeCompactPeers, encodeCompactPeers } from '../compact-peers.ts';
import { percentEncode } from '../query-octets.ts';

const PEER_ID = '-XX0001-abcdefghijkl';

/** 20 octets that text decoders spoil: zero, "+", "%", "~", a blank, UTF-8 that is none. */
const INFO_HASH = octetsOfKey('\x00+%~ &=?#/\x7f\x80\xc3\x28\xff\xfeaZ09');

function query(fields: Record<string, string | undefined>): string {
  const whole = { info_hash: percentEncode(INFO_HASH), peer_id: PEER_ID, port: '6881', ...fields };
  return Object.entries(whole)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join('&');
}

describe('the info hash is read by octets', () => {
  const everyOctetEscaped = [...INFO_HASH].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
  test.each([
    ['every octet as lower-case %xx', everyOctetEscaped],
    ['every octet as upper-case %XX', everyOctetEscaped.toUpperCase()],
    ['"+" as itself, which is no blank here', percentEncode(INFO_HASH).replace('%2B', '+')],
    ['"~" as %7E', percentEncode(INFO_HASH).replace('~', '%7E')],
    ['octets above 0x7f as themselves', percentEncode(INFO_HASH).replace('%80', '\x80').replace('%FF', '\xff')],
  ])('%s', (_, text) => {
    expect(decodeAnnounceQuery(query({ info_hash: text })).infoHash).toEqual(INFO_HASH);
  });

  test('URLSearchParams reads another hash from the same query: it must not be used', () => {
    const read = new URLSearchParams(query({})).get('info_hash') ?? '';
    expect(octetsOfKey(read)).not.toEqual(INFO_HASH);
  });
});

describe('a query that names no peer is refused', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['an info hash of 19 octets', { info_hash: 'a'.repeat(19) }],
    ['an info hash of 21 octets', { info_hash: 'a'.repeat(21) }],
    ['no info hash', { info_hash: undefined }],
    ['two info hashes', { info_hash: `${'a'.repeat(20)}&info_hash=${'b'.repeat(20)}` }],
    ['a peer id of 10 octets', { peer_id: 'abcdefghij' }],
    ['port 0', { port: '0' }],
    ['port 65536', { port: '65536' }],
    ['no port', { port: undefined }],
    ['a port that is no number', { port: '0x50' }],
    ['an unknown event', { event: 'resumed' }],
    ['a "left" that is no number', { left: 'much' }],
    ['half a percent escape', { key: '%4' }],
    ['a key without end', { key: 'k'.repeat(65) }],
    ['hundreds of parameters', { x: '1&x=1'.repeat(200) }],
  ])('%s', (_, fields) => {
    expect(() => decodeAnnounceQuery(query(fields))).toThrow(ProtocolViolation);
  });
});

test('a partial seed says so in the event of each announce (BEP 21)', () => {
  expect(decodeAnnounceQuery(query({ event: 'paused' }))).toMatchObject({ event: 'paused' });
});

test.each([
  ['absent', undefined, null],
  ['0', '0', 0],
  ['-1', '-1', null],
  ['9999', '9999', 9999],
  ['abc', 'abc', null],
])('numwant %s is read', (_, text, numwant) => {
  expect(decodeAnnounceQuery(query({ numwant: text })).numwant).toBe(numwant);
});

test('what a peer asks is what the tracker reads', () => {
  const hash = fc.uint8Array({ minLength: 20, maxLength: 20 });
  const count = fc.integer({ min: 0, max: 2 ** 53 - 1 });
  const request: fc.Arbitrary<AnnounceRequest> = fc.record({
    infoHash: hash,
    peerId: hash,
    port: fc.integer({ min: 1, max: 65_535 }),
    uploaded: count,
    downloaded: count,
    left: fc.option(count),
    event: fc.option(fc.constantFrom('started', 'completed', 'stopped', 'paused')),
    numwant: fc.option(fc.nat(1000)),
    compact: fc.boolean(),
    noPeerId: fc.boolean(),
    key: fc.option(fc.string({ minLength: 1, maxLength: 8 })),
  });
  fc.assert(
    fc.property(request, (asked) => {
      expect(decodeAnnounceQuery(encodeAnnounceQuery(asked))).toEqual(asked);
    }),
  );
});

test('an arbitrary query is an announce or a violation', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      try {
        decodeAnnounceQuery(`${query({})}&${text}`);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});

test('compact peers are six octets each: address and port in network order', () => {
  const peers = [
    { address: '10.53.31.1', port: 6881 },
    { address: '255.0.0.1', port: 1 },
  ];
  const octets = Uint8Array.of(10, 53, 31, 1, 0x1a, 0xe1, 255, 0, 0, 1, 0, 1);
  expect(encodeCompactPeers(peers)).toEqual(octets);
  expect(decodeCompactPeers(octets, 9)).toEqual(peers);
  expect(decodeCompactPeers(octets, 1)).toEqual(peers.slice(0, 1));
  expect(() => decodeCompactPeers(octets.subarray(1), 9)).toThrow(ProtocolViolation);
});

const success = {
  kind: 'success',
  intervalS: 30,
  minIntervalS: 5,
  complete: 1,
  incomplete: 2,
  warning: null,
  externalAddress: null,
  peers: [{ address: '10.53.31.1', port: 6881, peerId: octetsOfKey(PEER_ID) }],
} as const;

test('an answer has its peers as octets, as dictionaries, or as dictionaries without ids', () => {
  const [{ peerId, ...endpoint }] = success.peers;
  const decoded = (compact: boolean, noPeerId: boolean) =>
    decodeAnnounceResponse(encodeAnnounceSuccess(success, { compact, noPeerId }));
  expect(decoded(true, false)).toEqual({ ...success, peers: [endpoint] });
  expect(decoded(false, false)).toEqual({ ...success, peers: [{ ...endpoint, peerId }] });
  expect(decoded(false, true)).toEqual({ ...success, peers: [endpoint] });
});

test('addresses of IPv6 have a list of their own, 18 octets each (BEP 7)', () => {
  const both = [
    { address: '10.53.31.1', port: 6881 },
    { address: '2001:db8::1', port: 6882 },
  ];
  const octets = encodeAnnounceSuccess({ ...success, peers: both }, { compact: true, noPeerId: false });
  const dictionary = decodeBencode(octets) as Map<string, Uint8Array>;
  expect(dictionary.get('peers')).toEqual(Uint8Array.of(10, 53, 31, 1, 0x1a, 0xe1));
  expect(dictionary.get('peers6')).toEqual(
    Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x1a, 0xe2),
  );
  expect(decodeAnnounceResponse(octets)).toMatchObject({ peers: both });
  // A tracker without IPv4 may leave out the other list; one of a wrong length is a violation.
  const only6 = (peers6: Uint8Array) =>
    encodeBencode(
      new Map<string, BencodeInput>([
        ['interval', 9],
        ['peers6', peers6],
      ]),
    );
  expect(decodeAnnounceResponse(only6(new Uint8Array(18)))).toMatchObject({ peers: [{ address: '::', port: 0 }] });
  expect(() => decodeAnnounceResponse(only6(new Uint8Array(17)))).toThrow(ProtocolViolation);
});

test.each([
  ['10.53.31.1', Uint8Array.of(10, 53, 31, 1)],
  ['2001:db8::1', Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
])('the address %s of who asks is four or sixteen octets (BEP 24)', (externalAddress, expected) => {
  const octets = encodeAnnounceSuccess({ ...success, externalAddress }, { compact: true, noPeerId: false });
  expect((decodeBencode(octets) as Map<string, unknown>).get('external ip')).toEqual(expected);
  expect(decodeAnnounceResponse(octets)).toMatchObject({ externalAddress });
});

test('a failure is the dictionary of its reason alone', () => {
  const octets = encodeAnnounceFailure('port 0');
  expect(octets).toEqual(octetsOfKey('d14:failure reason6:port 0e'));
  expect(decodeAnnounceResponse(octets)).toEqual({ kind: 'failure', reason: 'port 0' });
});

test('of an answer with 100 000 peers the first thousand are read', () => {
  const peers = Array.from({ length: 100_000 }, () => ({ address: '10.53.31.1', port: 6881 }));
  const octets = encodeAnnounceSuccess({ ...success, peers }, { compact: true, noPeerId: false });
  expect(decodeAnnounceResponse(octets)).toMatchObject({ peers: { length: 1000 } });
});

test('an arbitrary answer is one of a tracker or a violation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(60), (noise, at) => {
      const octets = encodeAnnounceSuccess(success, { compact: false, noPeerId: false });
      octets.set(noise, at);
      try {
        decodeAnnounceResponse(octets);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});
