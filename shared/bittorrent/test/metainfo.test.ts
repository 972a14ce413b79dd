import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type BencodeInput, decodeBencodeDictionary, encodeBencode } from '../bencode.ts';
import { formatHash } from '../info-hash.ts';
import { decodeMetainfo, hashOfPiece, lengthOfPiece, metainfoOfInfo } from '../metainfo.ts';
import { encodeMetainfo, type NewTorrent, wrapInfo } from '../metainfo-encoding.ts';

const sha1 = (octets: Uint8Array) => hash('sha1', octets, 'buffer');

function torrent(info: Record<string, BencodeInput>): Uint8Array {
  const whole = { length: 2500, name: 'file', 'piece length': 1024, pieces: new Uint8Array(60), ...info };
  const entries = Object.entries(whole).filter(([, value]) => value !== '');
  return encodeBencode(
    new Map<string, BencodeInput>([
      ['announce', 'http://t/'],
      ['info', new Map(entries)],
    ]),
  );
}

function files(...paths: string[][]): Record<string, BencodeInput> {
  return {
    length: '',
    files: paths.map(
      (path) =>
        new Map<string, BencodeInput>([
          ['length', Math.ceil(2500 / paths.length)],
          ['path', path],
        ]),
    ),
  };
}

function newTorrent(given: Partial<NewTorrent>): NewTorrent {
  return {
    trackers: [['http://t/announce']],
    webSeeds: [],
    name: 'a.bin',
    files: [{ path: ['a.bin'], length: 2500 }],
    pieceLength: 1024,
    pieceHashes: new Uint8Array(60).fill(7),
    isPrivate: false,
    comment: null,
    ...given,
  };
}

test('what is written is read again, and the hash is that of the info dictionary', () => {
  const octets = encodeMetainfo(newTorrent({}));
  const { announce, info, infoHash } = decodeMetainfo(octets, sha1);
  expect(announce).toBe('http://t/announce');
  expect(info).toMatchObject({ name: 'a.bin', length: 2500, pieceLength: 1024, pieceCount: 3 });
  expect(info.files).toEqual([{ path: ['a.bin'], length: 2500 }]);
  expect([0, 1, 2].map((index) => lengthOfPiece(info, index))).toEqual([1024, 1024, 452]);
  expect(hashOfPiece(info, 2)).toEqual(new Uint8Array(20).fill(7));
  // d8:announce17:http://t/announce4:info ... e: what stands between is what is hashed.
  expect(formatHash(infoHash)).toBe(formatHash(sha1(octets.subarray(octets.indexOf(0x64, 1), -1))));
});

test('unknown fields of the info dictionary are part of its hash', () => {
  const plain = decodeMetainfo(torrent({}), sha1);
  const withField = decodeMetainfo(torrent({ source: 'lab' }), sha1);
  expect(formatHash(plain.infoHash)).not.toBe(formatHash(withField.infoHash));
});

test('several files lie one behind the other in a folder', () => {
  const { info } = decodeMetainfo(torrent(files(['a'], ['b', 'c'])), sha1);
  expect(info.files).toEqual([
    { path: ['file', 'a'], length: 1250 },
    { path: ['file', 'b', 'c'], length: 1250 },
  ]);
});

test('a folder of files, tiers of trackers, web seeds and the private flag are written and read', () => {
  const files = [
    { path: ['folder', 'a'], length: 0 },
    { path: ['folder', 'b', 'c'], length: 2500 },
  ];
  const trackers = [['http://t/announce', 'udp://t:6969'], ['http://u/announce']];
  const webSeeds = ['http://www/folder/'];
  const octets = encodeMetainfo(newTorrent({ name: 'folder', files, trackers, webSeeds, isPrivate: true }));
  expect(decodeMetainfo(octets, sha1)).toMatchObject({
    announce: 'http://t/announce',
    info: { name: 'folder', files },
    isPrivate: true,
    trackers,
    webSeeds,
  });
});

test('the info dictionary alone is a torrent too, and the file around it has the same info hash (BEP 9)', () => {
  const whole = decodeMetainfo(torrent({ source: 'lab' }), sha1);
  const alone = metainfoOfInfo(whole.infoOctets, sha1, { trackers: [['http://u/']], webSeeds: [] });
  expect(formatHash(alone.infoHash)).toBe(formatHash(whole.infoHash));
  for (const trackers of [[], [['http://u/']], [['http://u/'], ['http://v/']]]) {
    const again = decodeMetainfo(wrapInfo(alone.infoOctets, trackers), sha1);
    expect(formatHash(again.infoHash)).toBe(formatHash(whole.infoHash));
    expect(again.trackers).toEqual(trackers);
  }
});

test('tiers come before announce, and a file without them has one tier of one (BEP 12)', () => {
  const head = (list: BencodeInput) =>
    new Map<string, BencodeInput>([
      ['announce', 'http://a/'],
      ['announce-list', list],
    ]);
  const info = decodeBencodeDictionary(torrent({})).dictionary.get('info') as BencodeInput;
  const read = (list: BencodeInput) => decodeMetainfo(encodeBencode(new Map([...head(list), ['info', info]])), sha1);
  expect(decodeMetainfo(torrent({}), sha1).trackers).toEqual([['http://t/']]);
  expect(read([['udp://b:1', 'nonsense'], [], ['http://c/']]).trackers).toEqual([['udp://b:1'], ['http://c/']]);
  expect(read([]).trackers).toEqual([['http://a/']]);
  expect(() => read(['http://c/'])).toThrow(ProtocolViolation);
});

test('a torrent of both versions is read as version 1, one of version 2 alone or of an unknown one is refused (BEP 52)', () => {
  expect(decodeMetainfo(torrent({ 'meta version': 2 }), sha1).info.pieceCount).toBe(3);
  expect(() => decodeMetainfo(torrent({ 'meta version': 2, pieces: '' }), sha1)).toThrow('version 2 only');
  expect(() => decodeMetainfo(torrent({ 'meta version': 3 }), sha1)).toThrow('meta version 3');
});

test('paddings may have the same path, and are marked (BEP 47)', () => {
  const entry = (path: string[], attr: string) =>
    new Map<string, BencodeInput>([...(attr === '' ? [] : [['attr', attr] as const]), ['length', 625], ['path', path]]);
  const list = [entry(['a'], 'x'), entry(['.pad', '625'], 'p'), entry(['b'], ''), entry(['.pad', '625'], 'p')];
  const { info } = decodeMetainfo(torrent({ length: '', files: list }), sha1);
  expect(info.files.map(({ isPadding }) => isPadding ?? false)).toEqual([false, true, false, true]);
});

describe('a torrent that cannot be is refused', () => {
  test.each<[string, Record<string, BencodeInput>]>([
    ['pieces that are not 20 octets for each', { pieces: new Uint8Array(59) }],
    ['a piece too many', { pieces: new Uint8Array(80) }],
    ['piece length 0', { 'piece length': 0 }],
    ['piece length 2^40', { 'piece length': 2 ** 40 }],
    ['a negative length', { length: -1 }],
    ['length 0', { length: 0, pieces: new Uint8Array() }],
    ['neither length nor files', { length: '' }],
    ['both length and files', { ...files(['a']), length: 5 }],
    ['a name that is a number', { name: 5 }],
    [
      'lengths whose sum is no safe integer',
      {
        length: '',
        files: [1, 2].map(
          (nth) =>
            new Map<string, BencodeInput>([
              ['length', 2 ** 53 - 1],
              ['path', [`${nth}`]],
            ]),
        ),
      },
    ],
  ])('%s', (_, info) => {
    expect(() => decodeMetainfo(torrent(info), sha1)).toThrow(ProtocolViolation);
  });

  test.each([
    [['..', 'a']],
    [['a', '..', '..', 'b']],
    [['/abs']],
    [['a/../../b']],
    [['a\\b']],
    [['a\0b']],
    [['.']],
    [['']],
    [[]],
    [['x'.repeat(256)]],
    [['CON']],
    [['nul.txt']],
    [['a.']],
    [Array.from({ length: 40 }, () => 'deep')],
  ])('the path %j', (path) => {
    expect(() => decodeMetainfo(torrent(files(path, ['other'])), sha1)).toThrow(ProtocolViolation);
    if (path.length === 1)
      expect(() => decodeMetainfo(torrent({ name: path[0] ?? '' }), sha1)).toThrow(ProtocolViolation);
  });

  test.each([
    ['the same file twice', [['a'], ['a']]],
    ['files that differ in letter case only', [['Read'], ['READ']]],
    ['files that differ in Unicode form only', [['é'], ['e\u0301']]],
    ['a file that is another one\u2019s folder', [['a'], ['a', 'b']]],
  ])('%s', (_, paths) => {
    expect(() => decodeMetainfo(torrent(files(...paths)), sha1)).toThrow(ProtocolViolation);
  });
});

test('arbitrary octets are a torrent or a violation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(120), (noise, at) => {
      const octets = torrent({});
      octets.set(noise, at);
      try {
        decodeMetainfo(octets, sha1);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});
