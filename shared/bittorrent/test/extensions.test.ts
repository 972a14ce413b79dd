import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { octetsOfKey } from '../bencode.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake } from '../extension-handshake.ts';
import { allowedFastSet } from '../fast-set.ts';
import { encodeReserved, isOffered } from '../handshake.ts';
import { formatHash } from '../info-hash.ts';
import { formatMagnet, parseMagnet } from '../magnet-link.ts';
import { peerPriority } from '../peer-priority.ts';
import { decodeUtMetadata, encodeUtMetadata, METADATA_PART_OCTETS, metadataParts } from '../ut-metadata.ts';
import { decodePex, encodePex, PEX_PEERS_MAX } from '../ut-pex.ts';

const sha1 = (octets: Uint8Array): Uint8Array => hash('sha1', octets, 'buffer');
const infoHash = new Uint8Array(20).fill(0xaa);

test('the reserved octets have the bits of BEP 6 and BEP 10', () => {
  expect(encodeReserved([])).toEqual(new Uint8Array(8));
  expect(encodeReserved(['fast', 'extensions'])).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0x04));
  expect(isOffered(Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0x05), 'fast')).toBe(true);
  expect(isOffered(Uint8Array.of(255, 255, 255, 255, 255, 0xef, 255, 0xfb), 'fast')).toBe(false);
  expect(isOffered(Uint8Array.of(255, 255, 255, 255, 255, 0xef, 255, 0xfb), 'extensions')).toBe(false);
});

describe('the allowed fast set (BEP 6)', () => {
  const torrent = { infoHash, pieceCount: 1313 };

  test('is that of the document', () => {
    expect(allowedFastSet('80.4.4.200', torrent, 7, sha1)).toEqual([1059, 431, 808, 1217, 287, 376, 1188]);
    const nine = [1059, 431, 808, 1217, 287, 376, 1188, 353, 508];
    expect(allowedFastSet('80.4.4.200', torrent, 9, sha1)).toEqual(nine);
  });

  test('is the same for all addresses of one /24, and another for the next', () => {
    const set = allowedFastSet('80.4.4.200', torrent, 10, sha1);
    expect(allowedFastSet('80.4.4.1', torrent, 10, sha1)).toEqual(set);
    expect(allowedFastSet('80.4.5.200', torrent, 10, sha1)).not.toEqual(set);
  });

  test('has each piece once, and ends when there are no more', () => {
    expect(allowedFastSet('80.4.4.200', { infoHash, pieceCount: 4 }, 10, sha1).toSorted()).toEqual([0, 1, 2, 3]);
    expect(allowedFastSet('80.4.4.200', { infoHash, pieceCount: 1 }, 10, sha1)).toEqual([0]);
  });
});

describe('the peer priority (BEP 40)', () => {
  test.each([
    ['123.213.32.10', '98.76.54.32', 0xec2d7224],
    ['123.213.32.10', '123.213.32.234', 0x99568189],
  ])('of %s and %s is that of the document, from either side', (a, b, priority) => {
    expect(peerPriority({ address: a, port: 1 }, { address: b, port: 2 })).toBe(priority);
    expect(peerPriority({ address: b, port: 2 }, { address: a, port: 1 })).toBe(priority);
  });

  test('depends on the host only where the network is the same, and on ports only where the address is', () => {
    const from = { address: '10.53.31.1', port: 6881 };
    const of = (address: string, port = 6881) => peerPriority(from, { address, port });
    expect(of('10.77.0.1')).toBe(of('10.77.0.3'));
    expect(of('10.53.31.3')).not.toBe(of('10.53.31.2'));
    expect(of('10.53.32.1')).toBe(of('10.53.32.1', 7000));
    expect(of('10.53.31.1', 7000)).not.toBe(of('10.53.31.1', 7001));
    expect(of('10.53.31.1', 7000)).toBe(peerPriority({ ...from, port: 7000 }, from));
  });
});

describe('the extension handshake (BEP 10)', () => {
  const handshake = {
    ids: new Map([
      ['ut_metadata', 2],
      ['ut_pex', 1],
    ]),
    listenPort: 6881,
    client: 'Topdown 0.1',
    requestQueueMax: 500,
    yourAddress: Uint8Array.of(10, 53, 31, 1),
    metadataSize: 31_235,
    isUploadOnly: true,
  };

  test('is a dictionary with sorted keys', () => {
    const text = `d1:md11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e4:reqqi500e11:upload_onlyi1e1:v11:Topdown 0.16:yourip4:\x0a\x35\x1f\x01e`;
    expect(encodeExtensionHandshake(handshake)).toEqual(octetsOfKey(text));
    expect(decodeExtensionHandshake(octetsOfKey(text))).toEqual(handshake);
  });

  test('may be empty, and what cannot be meant counts as absent', () => {
    const nothing = {
      ids: new Map(),
      listenPort: null,
      client: null,
      requestQueueMax: null,
      yourAddress: null,
      metadataSize: null,
      isUploadOnly: null,
    };
    expect(decodeExtensionHandshake(octetsOfKey('de'))).toEqual(nothing);
    const strange =
      'd1:md1:ai256e1:bi-1e1:c0:e13:metadata_sizei-1e1:pi65536e4:reqq3:50011:upload_only1:11:vi1e6:yourip3:abce';
    expect(decodeExtensionHandshake(octetsOfKey(strange))).toEqual(nothing);
  });

  test('keeps an id of 0, which ends an extension, and as many names and characters as anybody needs', () => {
    expect(decodeExtensionHandshake(octetsOfKey('d1:md6:ut_pexi0eee')).ids).toEqual(new Map([['ut_pex', 0]]));
    const ids = new Map(Array.from({ length: 1000 }, (_, nth) => [`x${String(nth).padStart(4, '0')}`, 1]));
    const many = decodeExtensionHandshake(encodeExtensionHandshake({ ...handshake, ids, client: 'x'.repeat(10_000) }));
    expect(many.ids.size).toBe(64);
    expect(many.client).toHaveLength(64);
  });

  test.each(['', 'i1e', 'le', 'd1:mi1ee', 'd1:m', 'de ', 'd1:pi1e1:md ee'])('%j is refused', (text) => {
    expect(() => decodeExtensionHandshake(octetsOfKey(text))).toThrow(ProtocolViolation);
  });
});

describe('ut_metadata (BEP 9)', () => {
  test('has the octets of the document', () => {
    expect(encodeUtMetadata({ kind: 'request', piece: 0 })).toEqual(octetsOfKey('d8:msg_typei0e5:piecei0ee'));
    expect(encodeUtMetadata({ kind: 'reject', piece: 0 })).toEqual(octetsOfKey('d8:msg_typei2e5:piecei0ee'));
    const data = octetsOfKey('d8:msg_typei1e5:piecei0e10:total_sizei34256eexxxxxxxx');
    const octets = octetsOfKey('xxxxxxxx');
    expect(encodeUtMetadata({ kind: 'data', piece: 0, totalSize: 34_256, octets })).toEqual(data);
    expect(decodeUtMetadata(data)).toEqual({ kind: 'data', piece: 0, totalSize: 34_256, octets });
    expect(decodeUtMetadata(octetsOfKey('d8:msg_typei0e5:piecei7ee'))).toEqual({ kind: 'request', piece: 7 });
    expect(decodeUtMetadata(octetsOfKey('d8:msg_typei2e5:piecei7ee'))).toEqual({ kind: 'reject', piece: 7 });
  });

  test('knows that there may be other messages some day', () => {
    expect(decodeUtMetadata(octetsOfKey('d8:msg_typei3ee'))).toEqual({ kind: 'unknown', type: 3 });
  });

  test.each([
    ['nothing', ''],
    ['a list', 'le'],
    ['no type', 'd5:piecei0ee'],
    ['no piece', 'd8:msg_typei0ee'],
    ['a negative piece', 'd8:msg_typei0e5:piecei-1ee'],
    ['data without a size', 'd8:msg_typei1e5:piecei0ee'],
    ['a part that is too long', `d8:msg_typei1e5:piecei0e10:total_sizei1ee${'x'.repeat(METADATA_PART_OCTETS + 1)}`],
  ])('%s is refused', (_, text) => {
    expect(() => decodeUtMetadata(octetsOfKey(text))).toThrow(ProtocolViolation);
  });

  test('has a part for each 16 KiB, the last one shorter', () => {
    expect([1, METADATA_PART_OCTETS, METADATA_PART_OCTETS + 1].map(metadataParts)).toEqual([1, 1, 2]);
  });
});

describe('ut_pex (BEP 11)', () => {
  const peer = { address: '10.53.31.1', port: 6881 };

  test('has compact lists and an octet of flags for each peer added', () => {
    const added = [{ ...peer, isSeed: true, isReachable: true }];
    const octets = encodePex({ added, dropped: [{ ...peer, port: 1 }] });
    expect(octets).toEqual(
      octetsOfKey('d5:added6:\x0a\x35\x1f\x01\x1a\xe17:added.f1:\x127:dropped6:\x0a\x35\x1f\x01\x00\x01e'),
    );
    expect(decodePex(octets)).toEqual({ added, dropped: [{ ...peer, port: 1 }] });
  });

  test('lists may be absent, flags too few, and IPv6 is passed over', () => {
    expect(decodePex(octetsOfKey('de'))).toEqual({ added: [], dropped: [] });
    expect(decodePex(octetsOfKey('d5:added6:\x0a\x35\x1f\x01\x1a\xe16:added63:abce'))).toEqual({
      added: [{ ...peer, isSeed: false, isReachable: false }],
      dropped: [],
    });
  });

  test('of longer lists the first fifty count', () => {
    const many = Array.from({ length: 80 }, (_, nth) => ({
      ...peer,
      port: nth + 1,
      isSeed: false,
      isReachable: false,
    }));
    const { added, dropped } = decodePex(encodePex({ added: many, dropped: many }));
    expect([added.length, dropped.length]).toEqual([PEX_PEERS_MAX, PEX_PEERS_MAX]);
  });

  test.each(['', 'le', 'd5:addedi1ee', 'd5:added5:abcdee', 'd7:added.fi0ee', 'd7:dropped1:xe'])(
    '%j is refused',
    (text) => {
      expect(() => decodePex(octetsOfKey(text))).toThrow(ProtocolViolation);
    },
  );
});

describe('a magnet link (BEP 9)', () => {
  const hexadecimal = '0123456789abcdef0123456789abcdef01234567';

  test('has an info hash, and may have a name, trackers, peers and web seeds', () => {
    const link = parseMagnet(
      `magnet:?xt=urn:btih:${hexadecimal}&dn=a%20b&tr=http%3A%2F%2Fone%2Fannounce&tr.1=udp%3A%2F%2Ftwo%3A6969&x.pe=10.53.30.2:6881&ws=http%3A%2F%2Fw%2Ff&xl=12`,
    );
    expect(link).toEqual({
      infoHash: Uint8Array.from(Buffer.from(hexadecimal, 'hex')),
      displayName: 'a b',
      trackers: ['http://one/announce', 'udp://two:6969'],
      peers: [{ address: '10.53.30.2', port: 6881 }],
      webSeeds: ['http://w/f'],
    });
    expect(parseMagnet(formatMagnet(link))).toEqual(link);
  });

  test('of old has base32, and letter case means nothing', () => {
    const base32 = 'AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH';
    for (const text of [base32, base32.toLowerCase(), hexadecimal.toUpperCase()]) {
      expect(formatHash(parseMagnet(`MAGNET:?XT=URN:BTIH:${text}`).infoHash)).toBe(hexadecimal);
    }
  });

  test('passes over what is no peer, and topics of other networks', () => {
    const link = parseMagnet(
      `magnet:?xt=urn:sha1:abc&xt=urn:btih:${hexadecimal}&x.pe=name:1&x.pe=10.53.1.1:0&x.pe=10.53.1.1:65536&x.pe=[::1]:1&x.pe=`,
    );
    expect(link.peers).toEqual([]);
    expect(link.displayName).toBeNull();
  });

  test.each([
    ['another scheme', `http://?xt=urn:btih:${hexadecimal}`, 'begins with'],
    ['no topic', 'magnet:?dn=a', 'There is no'],
    ['a hash that is too short', 'magnet:?xt=urn:btih:0123', 'no info hash'],
    ['version 2 alone', `magnet:?xt=urn:btmh:1220${'00'.repeat(32)}`, 'There is no'],
    ['a broken escape', `magnet:?xt=urn:btih:${hexadecimal}&dn=%zz`, 'percent-encoded'],
    ['too much', `magnet:?xt=urn:btih:${hexadecimal}&dn=${'a'.repeat(10_000)}`, 'too long'],
  ])('with %s is refused', (_, link, why) => {
    expect(() => parseMagnet(link)).toThrow(ProtocolViolation);
    expect(() => parseMagnet(link)).toThrow(why);
  });
});

test('arbitrary octets are read or refused by every codec', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'dilme0123456789:.abxtrpg?=&%urnh', 'added', 'msg_type', 'piece', '1:m'),
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), text.map(octetsOfKey)), (octets) => {
      for (const decode of [decodeExtensionHandshake, decodeUtMetadata, decodePex]) {
        try {
          decode(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }
      try {
        parseMagnet(`magnet:?xt=urn:btih:${Buffer.from(octets).toString('latin1')}`);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
    { numRuns: 2000 },
  );
});
