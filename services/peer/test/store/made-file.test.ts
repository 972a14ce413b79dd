import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { decodeMetainfo, hashOfPiece } from '#shared/bittorrent/metainfo.ts';
import { madeFile, makeFile } from '../../src/store/made-file.ts';
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
