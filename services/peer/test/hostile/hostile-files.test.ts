import { hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeAnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { parseMagnet } from '#shared/bittorrent/magnet-link.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { PieceStore } from '../../src/store/piece-store.ts';
import { someTorrent } from '../store/some-torrent.ts';

let root: string;
let folder: string;
let elsewhere: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'topdown-hostile-'));
  folder = join(root, 'download');
  elsewhere = join(root, 'elsewhere');
  mkdirSync(folder);
  mkdirSync(elsewhere);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('files of a torrent that is removed', () => {
  test.each<[string, string[], string, string]>([
    ['where the folder of the torrent is a link', ['album'], '..', 'sub/song'],
    ['where a folder of a file is a link', ['album', 'sub'], '../..', 'song'],
  ])('are left alone elsewhere, %s', async (_, link, up, file) => {
    const { metainfo } = someTorrent('album', { 'sub/song': 3_000, cover: 500 });
    const theirs = join(elsewhere, file);
    mkdirSync(join(theirs, '..'), { recursive: true });
    writeFileSync(theirs, 'not of the torrent');
    mkdirSync(join(folder, ...link.slice(0, -1)), { recursive: true });
    symlinkSync(join(up, 'elsewhere'), join(folder, ...link));
    const options = { folder, recordPath: join(root, 'torrents', 'some.resume'), metainfo };
    await expect(PieceStore.open(options)).rejects.toThrow(/in the way of a folder/);
    await PieceStore.remove(options);
    expect(readFileSync(theirs, 'utf8')).toBe('not of the torrent');
  });

  test('take with them a link in the place of a file, and not what it leads to', async () => {
    const { metainfo } = someTorrent('song', { '': 3_000 });
    writeFileSync(join(elsewhere, 'song'), 'not of the torrent');
    symlinkSync(join('..', 'elsewhere', 'song'), join(folder, 'song'));
    await PieceStore.remove({ folder, recordPath: null, metainfo });
    expect(existsSync(join(folder, 'song'))).toBe(false);
    expect(readFileSync(join(elsewhere, 'song'), 'utf8')).toBe('not of the torrent');
  });
});

/** A .torrent file of bencode as it stands. */
function decodeText(text: string): unknown {
  return decodeMetainfo(octetsOfKey(text), (octets) => hash('sha1', octets, 'buffer'));
}

const PIECES = `12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}`;
const field = (text: string) => `${Buffer.byteLength(text)}:${Buffer.from(text).toString('latin1')}`;

describe('a .torrent file is refused', () => {
  test.each<[string, string]>([
    ['that leads up', '..'],
    ['that leads up by a separator', '../../etc/passwd'],
    ['that is absolute', '/etc/passwd'],
    ['of Windows', 'C:\\Windows'],
    ['with a NUL', 'a\0b'],
    ['of 300 octets', 'a'.repeat(300)],
    ['of 100 characters with 300 octets', '\u20ac'.repeat(100)],
    ['that a terminal obeys, in the controls of C1', 'a\u009b31mb'],
    ['that is read the other way round', 'photo\u202egpj.exe'],
    ['of a device', 'nul.txt'],
    ['that ends in a dot', 'a.'],
    ['that is empty', ''],
  ])('for a name %s', (_, name) => {
    const bad = field(name);
    expect(() => decodeText(`d4:infod6:lengthi5e4:name${bad}${PIECES}ee`)).toThrow(ProtocolViolation);
    expect(() => decodeText(`d4:infod5:filesld6:lengthi5e4:pathl1:a${bad}eee4:name1:n${PIECES}ee`)).toThrow(
      ProtocolViolation,
    );
  });

  test.each<[string, string]>([
    ['two files that are one in another letter case', 'd6:lengthi2e4:pathl1:aeed6:lengthi3e4:pathl1:Aee'],
    [
      'two files that are one when accents are put together',
      'd6:lengthi2e4:pathl2:\xc3\xa9eed6:lengthi3e4:pathl3:e\xcc\x81ee',
    ],
    ['a file that is also a folder', 'd6:lengthi2e4:pathl1:aeed6:lengthi3e4:pathl1:a1:bee'],
    ['a path of a hundred folders', `d6:lengthi5e4:pathl${'1:a'.repeat(100)}ee`],
    ['a negative length', 'd6:lengthi-5e4:pathl1:aee'],
    ['lengths that are too much together', 'd6:lengthi9007199254740991e4:pathl1:aeed6:lengthi9e4:pathl1:bee'],
  ])('for %s', (_, files) => {
    expect(() => decodeText(`d4:infod5:filesl${files}e4:name1:n${PIECES}ee`)).toThrow(ProtocolViolation);
  });

  test('that is a million empty dictionaries, before they are in memory', () => {
    const bomb = `d4:bomb${'l'}${'de'.repeat(1_000_000)}e4:infod6:lengthi5e4:name1:n${PIECES}ee`;
    expect(() => decodeText(bomb)).toThrow(/more than 100000 values/);
  });
});

test('a torrent of ten thousand files is not taken for a bomb', () => {
  const files = Array.from({ length: 10_000 }, (_, nth) => `d6:lengthi1e4:pathl1:a1:b${field(`${nth}`)}ee`).join('');
  const info = `d4:infod5:filesl${files}e4:name1:n${PIECES}ee`;
  expect(decodeText(info)).toMatchObject({ info: { length: 10_000 } });
});

test('what a torrent or a tracker says cannot steer the terminal of whoever reads it', () => {
  const steering = '\x1b]0;owned\x07';
  const tracker = field(`http://t.example/${steering}`);
  expect(
    decodeText(`d8:announce${tracker}13:announce-listll${tracker}ee4:infod6:lengthi5e4:name1:n${PIECES}ee`),
  ).toMatchObject({
    trackers: [[expect.not.stringContaining('\x1b')]],
  });
  expect(decodeAnnounceResponse(octetsOfKey(`d14:failure reason${field(`no\r\n${steering}\u009b2J`)}e`))).toEqual({
    kind: 'failure',
    reason: 'no\ufffd\ufffd\ufffd]0;owned\ufffd\ufffd2J',
  });
  expect(() => parseMagnet(`magnet:?xt=urn:btih:${'0'.repeat(40)}&dn=${encodeURIComponent(steering)}`)).toThrow(
    /"dn" contains a control character/,
  );
});
