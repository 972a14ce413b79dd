import { createHash, hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { decodeMetainfo, hashOfPiece, lengthOfPiece, type TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { madeFile, makeFile } from '../../src/store/made-file.ts';
import { PieceStore, removeFiles } from '../../src/store/piece-store.ts';
import { LECTURE, LECTURE_OCTETS, LECTURE_SHA256 } from '../scenarios/world.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-store-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the lecture', () => {
  const { announce, info } = decodeMetainfo(readFileSync(LECTURE), (octets) => hash('sha1', octets, 'buffer'));

  test('BT-02 the torrent cuts the file into 16 pieces of 256 KiB, and what MAKE_FILE makes has exactly their hashes', () => {
    expect(announce).toBe('http://tracker.topdown.org:6969/announce');
    expect(info).toMatchObject({
      name: 'lecture.bin',
      length: LECTURE_OCTETS,
      pieceLength: 256 * 1024,
      pieceCount: 16,
    });
    const octets = madeFile({ name: info.name, length: info.length });
    for (let index = 0; index < info.pieceCount; index++) {
      const piece = octets.subarray(index * info.pieceLength, (index + 1) * info.pieceLength);
      expect(formatHash(hash('sha1', piece, 'buffer'))).toBe(formatHash(hashOfPiece(info, index)));
    }
    expect(hash('sha256', octets)).toBe(LECTURE_SHA256);
  });

  test('a file that is made is the same as in memory, and is not made twice', async () => {
    const path = join(folder, 'some.bin');
    const file = { name: 'some.bin', length: 1024 * 1024 + 5 };
    await makeFile(file, path);
    expect(Buffer.compare(readFileSync(path), madeFile(file))).toBe(0);
    const { ino } = statSync(path);
    await makeFile(file, path);
    expect(statSync(path).ino).toBe(ino);
  });
});

describe('the files of a torrent', () => {
  const content = madeFile({ name: 'content', length: 5000 });
  const info: TorrentInfo = {
    name: 'folder',
    files: [
      { path: ['folder', 'a'], length: 1500 },
      { path: ['folder', 'sub', 'b'], length: 3500 },
    ],
    length: 5000,
    pieceLength: 1024,
    pieceCount: 5,
    pieceHashes: Buffer.concat(
      [0, 1, 2, 3, 4].map((nth) => hash('sha1', content.subarray(nth * 1024, (nth + 1) * 1024), 'buffer')),
    ),
  };
  const piece = (index: number) => content.subarray(index * 1024, index * 1024 + lengthOfPiece(info, index));

  test('are made in full length and hold nothing at first', async () => {
    const store = await PieceStore.open(folder, info);
    expect([...(await store.verify())]).toEqual([]);
    expect(statSync(join(folder, 'folder', 'sub', 'b')).size).toBe(3500);
    await store.close();
  });

  test('get pieces that span them, give blocks back, and know the hash of everything', async () => {
    const store = await PieceStore.open(folder, info);
    for (const index of [1, 0, 4, 3, 2]) await store.write(index, piece(index));
    const into = new Uint8Array(600);
    await store.read(into, 1, 300);
    expect(into).toEqual(Uint8Array.from(content.subarray(1324, 1924)));
    expect(await store.sha256()).toBe(createHash('sha256').update(content).digest('hex'));
    expect(
      Buffer.concat([
        readFileSync(join(folder, 'folder', 'a')),
        readFileSync(join(folder, 'folder', 'sub', 'b')),
      ]).equals(content),
    ).toBe(true);
    await store.close();
  });

  test('are verified when they are opened again: what is wrong on the disk does not count', async () => {
    const before = await PieceStore.open(folder, info);
    for (const index of [0, 2, 4]) await before.write(index, piece(index));
    await before.write(3, piece(2));
    await before.close();
    const after = await PieceStore.open(folder, info);
    expect([...(await after.verify())]).toEqual([0, 2, 4]);
    await after.close();
  });

  test('that are too long are cut, and others removed when it starts over', async () => {
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'folder', 'a'), new Uint8Array(9999));
    const store = await PieceStore.open(folder, info);
    expect(statSync(join(folder, 'folder', 'a')).size).toBe(1500);
    await store.close();
    await removeFiles(folder, info);
    expect(statSync(join(folder, 'folder'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test.each([
    [
      'a link in the place of the file',
      () => {
        mkdirSync(join(folder, 'folder'));
        symlinkSync('/dev/null', join(folder, 'folder', 'a'));
      },
    ],
    [
      'a link in the place of a folder',
      () => {
        mkdirSync(join(folder, 'folder'));
        symlinkSync(tmpdir(), join(folder, 'folder', 'sub'));
      },
    ],
    ['a link in the place of the first folder', () => symlinkSync(tmpdir(), join(folder, 'folder'))],
  ])('are not opened through %s', async (_, prepare) => {
    prepare();
    await expect(PieceStore.open(folder, info)).rejects.toThrow();
  });
});
