import { createHash, hash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { PieceStore, type Verified } from '../../src/store/piece-store.ts';
import { someTorrent } from './some-torrent.ts';

/** Two files and an empty one; piece 1 reaches into both. */
const torrent = someTorrent('folder', { a: 1500, empty: 0, 'sub/b': 3500 });
const { metainfo, content, piece } = torrent;
const signal = new AbortController().signal;

let folder: string;
const stores: PieceStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-store-'));
});

afterEach(async () => {
  vi.useRealTimers();
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const recordPath = () => join(folder, 'torrents', 'some.resume');
const fileAt = (...path: string[]) => join(folder, 'download', ...path);
const options = (wanted?: boolean[]) => ({
  folder: join(folder, 'download'),
  recordPath: recordPath(),
  metainfo,
  ...(wanted === undefined ? {} : { wanted }),
});

async function open(wanted?: boolean[]): Promise<{ store: PieceStore; verified: Verified }> {
  const store = await PieceStore.open(options(wanted));
  stores.push(store);
  return { store, verified: await store.verify({ signal }) };
}

async function write(store: PieceStore, have: PieceSet, ...indexes: number[]): Promise<void> {
  for (const index of indexes) {
    await store.write(index, piece(index));
    have.add(index);
  }
}

/** How long that may take, in milliseconds: a tenth of a second, but on a slow disk each time is long. */
const SETTLED_MS_MAX = 60_000;

/** Saves the record, as often as it takes until the files are settled. */
async function settle(store: PieceStore, have: PieceSet): Promise<void> {
  const deadline = performance.now() + SETTLED_MS_MAX;
  do await store.checkpoint(have);
  while (store.isChanged && performance.now() < deadline);
  expect(store.isChanged).toBe(false);
}

describe('the files of a torrent', () => {
  test('are made in full length and hold nothing at first, and the empty one is there too', async () => {
    const { verified } = await open();
    expect([...verified.have]).toEqual([]);
    expect(verified).toMatchObject({ read: 0, trusted: 0 });
    expect(statSync(fileAt('folder', 'sub', 'b')).size).toBe(3500);
    expect(statSync(fileAt('folder', 'empty')).size).toBe(0);
  });

  test('get pieces that span them, give blocks back, and know the hash of everything', async () => {
    const { store, verified } = await open();
    await write(store, verified.have, 1, 0, 4, 3, 2);
    const into = new Uint8Array(600);
    await store.read(into, 1, 300);
    expect(into).toEqual(Uint8Array.from(content.subarray(1324, 1924)));
    expect(await store.sha256()).toBe(createHash('sha256').update(content).digest('hex'));
    expect(
      Buffer.concat([readFileSync(fileAt('folder', 'a')), readFileSync(fileAt('folder', 'sub', 'b'))]).equals(content),
    ).toBe(true);
  });

  test('give what is on the disk, also when nothing was written before', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2, 3, 4);
    await first.store.close();
    const { store } = await open();
    const reads = Array.from({ length: 5 }, async (_, index) => {
      const into = new Uint8Array(piece(index).length);
      await store.read(into, index, 0);
      return Buffer.compare(into, piece(index));
    });
    expect(await Promise.all(reads)).toEqual([0, 0, 0, 0, 0]);
  });

  test('that are too long are cut, and all are removed with their folders, but nothing else is', async () => {
    mkdirSync(fileAt('folder'), { recursive: true });
    writeFileSync(fileAt('folder', 'a'), new Uint8Array(9999));
    writeFileSync(fileAt('mine'), 'not of the torrent');
    const { store } = await open();
    expect(statSync(fileAt('folder', 'a')).size).toBe(1500);
    await store.close();
    await PieceStore.remove(options());
    expect(existsSync(fileAt('folder'))).toBe(false);
    expect(existsSync(fileAt('mine'))).toBe(true);
  });

  test.each([
    [
      'a link in the place of the file',
      () => {
        mkdirSync(fileAt('folder'), { recursive: true });
        symlinkSync('/dev/null', fileAt('folder', 'a'));
      },
    ],
    [
      'a link in the place of a folder',
      () => {
        mkdirSync(fileAt('folder'), { recursive: true });
        symlinkSync(tmpdir(), fileAt('folder', 'sub'));
      },
    ],
    [
      'a link in the place of the first folder',
      () => {
        mkdirSync(fileAt(), { recursive: true });
        symlinkSync(tmpdir(), fileAt('folder'));
      },
    ],
  ])('are not opened through %s', async (_, prepare) => {
    prepare();
    await expect(PieceStore.open(options())).rejects.toThrow();
  });

  test('a file that has become shorter is an error, not a block of zeros', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2, 3, 4);
    await first.store.close();
    const { store } = await open();
    truncateSync(fileAt('folder', 'sub', 'b'), 100);
    await expect(store.read(new Uint8Array(500), 3, 0)).rejects.toThrow('folder/sub/b is shorter than it was');
  });

  test('in the mode `read` are neither made nor cut', async () => {
    const reading = () => PieceStore.open({ ...options(), recordPath: null, mode: 'read' });
    await expect(reading()).rejects.toThrow('ENOENT');
    mkdirSync(fileAt('folder', 'sub'), { recursive: true });
    for (const name of ['a', 'empty', 'sub/b']) writeFileSync(fileAt('folder', name), 'short');
    await expect(reading()).rejects.toThrow('has 5 octets, and the torrent says 1500');
    expect(readFileSync(fileAt('folder', 'a'), 'utf8')).toBe('short');
  });
});

describe('at the next start', () => {
  test('without a record everything is read: what is wrong on the disk does not count', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 2, 4);
    await first.store.write(3, piece(2));
    await first.store.close();
    const { verified } = await open();
    expect([...verified.have]).toEqual([0, 2, 4]);
    expect(verified).toMatchObject({ read: 5, trusted: 0 });
  });

  test('nothing is read when the record is of these very files', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 2, 4);
    await settle(first.store, first.verified.have);
    await first.store.close();
    const { verified, store } = await open();
    expect([...verified.have]).toEqual([0, 2, 4]);
    expect(verified).toMatchObject({ read: 0, trusted: 5 });
    expect(store.isChanged).toBe(false);
  });

  test('a file that was written after the record is read, the others are not', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2);
    await settle(first.store, first.verified.have);
    // Killed before the next record: what was written is found all the same.
    await first.store.write(4, piece(4));
    const { verified } = await open();
    expect([...verified.have]).toEqual([0, 1, 2, 4]);
    // Piece 0 lies in the first file alone.
    expect(verified).toMatchObject({ read: 4, trusted: 1 });
  });

  test('a file that somebody else has changed is read, though its length is the same', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2, 3, 4);
    await settle(first.store, first.verified.have);
    await first.store.close();
    const changed = readFileSync(fileAt('folder', 'a'));
    changed[0] = ~(changed[0] ?? 0);
    writeFileSync(fileAt('folder', 'a'), changed);
    const { verified } = await open();
    expect([...verified.have]).toEqual([1, 2, 3, 4]);
  });

  test('a file that was put in the place of another is read, though length and time are the same', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2, 3, 4);
    await settle(first.store, first.verified.have);
    await first.store.close();
    const { atime, mtime } = statSync(fileAt('folder', 'a'));
    rmSync(fileAt('folder', 'a'));
    writeFileSync(fileAt('other'), new Uint8Array(9));
    writeFileSync(fileAt('folder', 'a'), new Uint8Array(1500));
    utimesSync(fileAt('folder', 'a'), atime, mtime);
    const { verified } = await open();
    expect([...verified.have]).toEqual([2, 3, 4]);
  });

  test('a file that was removed counts as missing, whatever the record says', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2, 3, 4);
    await settle(first.store, first.verified.have);
    await first.store.close();
    rmSync(fileAt('folder', 'a'));
    const { verified } = await open();
    expect([...verified.have]).toEqual([2, 3, 4]);
    expect(verified.trusted).toBe(3);
  });

  test('a record of a moment ago says nothing of a file that may change within the same tick of the clock', async () => {
    // The clock stands still: a disk that takes its time does not make the file an old one.
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await open();
    await write(first.store, first.verified.have, 0);
    await first.store.checkpoint(first.verified.have);
    expect(first.store.isChanged).toBe(true);
    const { verified } = await open();
    expect([...verified.have]).toEqual([0]);
    expect(verified.read).toBeGreaterThan(0);
  });

  test.each<[string, (text: string) => string]>([
    ['cut', (text) => text.slice(0, -9)],
    ['empty', () => ''],
    ['of something else', () => 'bm8gcmVjb3Jk'],
    ['changed in one place', (text) => `${text.slice(0, 50)}${text[50] === 'A' ? 'B' : 'A'}${text.slice(51)}`],
  ])('a record that is %s is as good as none', async (_, spoil) => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 2);
    await settle(first.store, first.verified.have);
    await first.store.close();
    writeFileSync(recordPath(), spoil(readFileSync(recordPath(), 'latin1')));
    const { verified } = await open();
    expect([...verified.have]).toEqual([0, 2]);
    expect(verified.read).toBe(5);
  });

  test('verifying ends when it is not wanted any more', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1, 2, 3, 4);
    await first.store.close();
    const store = await PieceStore.open(options());
    stores.push(store);
    const abort = new AbortController();
    const { read } = await store.verify({ signal: abort.signal, progress: () => abort.abort() });
    expect(read).toBe(1);
  });
});

describe('files that are not wanted', () => {
  /** The first of the three files is not wanted. */
  const some = [false, true, true];

  test('are not made; the pieces that reach into a wanted file are wanted', async () => {
    const { store } = await open(some);
    expect([...store.wantedPieces]).toEqual([1, 2, 3, 4]);
    expect(existsSync(fileAt('folder', 'a'))).toBe(false);
    expect(existsSync(fileAt('folder', 'sub', 'b'))).toBe(true);
  });

  test('keep their part of a shared piece elsewhere, so that it can be given on and is there after a restart', async () => {
    const first = await open(some);
    await write(first.store, first.verified.have, 1, 4);
    await settle(first.store, first.verified.have);
    await first.store.close();
    const { store, verified } = await open(some);
    expect([...verified.have]).toEqual([1, 4]);
    expect(verified.read).toBe(0);
    const into = new Uint8Array(1024);
    await store.read(into, 1, 0);
    expect(Buffer.compare(into, piece(1))).toBe(0);
    expect(existsSync(fileAt('folder', 'a'))).toBe(false);
  });

  test('get what is known of them when they are wanted after all', async () => {
    const { store, verified } = await open(some);
    await write(store, verified.have, 1, 2);
    await store.choose([true, true, true], verified.have);
    expect([...store.wantedPieces]).toEqual([0, 1, 2, 3, 4]);
    expect(readFileSync(fileAt('folder', 'a')).subarray(1024).equals(content.subarray(1024, 1500))).toBe(true);
    await write(store, verified.have, 0, 3, 4);
    expect(await store.sha256()).toBe(createHash('sha256').update(content).digest('hex'));
    await store.close();
    const again = await open();
    expect(again.verified.have.isComplete).toBe(true);
  });

  test('are used where they are when they are there already', async () => {
    const first = await open();
    await write(first.store, first.verified.have, 0, 1);
    await first.store.close();
    const { store, verified } = await open(some);
    expect([...verified.have]).toEqual([0, 1]);
    const into = new Uint8Array(100);
    await store.read(into, 0, 0);
    expect(Buffer.compare(into, content.subarray(0, 100))).toBe(0);
  });
});

test('padding is no file: it reads as zeros and is never written (BEP 47)', async () => {
  const plain = someTorrent('padded', { a: 1000, '.pad/24': 24, b: 500 });
  const info = {
    ...plain.metainfo.info,
    files: plain.metainfo.info.files.map((file, nth) => (nth === 1 ? { ...file, isPadding: true as const } : file)),
  };
  const octets = plain.content.slice();
  octets.fill(0, 1000, 1024);
  const pieceHashes = Buffer.concat([0, 1024].map((at) => hash('sha1', octets.subarray(at, at + 1024), 'buffer')));
  const store = await PieceStore.open({
    ...options(),
    metainfo: { ...plain.metainfo, info: { ...info, pieceHashes } },
  });
  stores.push(store);
  await store.write(0, octets.slice(0, 1024));
  await store.write(1, octets.slice(1024));
  expect(existsSync(fileAt('padded', '.pad'))).toBe(false);
  expect(statSync(fileAt('padded', 'a')).size).toBe(1000);
  const again = await PieceStore.open({
    ...options(),
    metainfo: { ...plain.metainfo, info: { ...info, pieceHashes } },
  });
  stores.push(again);
  expect([...(await again.verify({ signal })).have]).toEqual([0, 1]);
  expect(await again.sha256()).toBe(createHash('sha256').update(octets).digest('hex'));
});

test('a torrent of a thousand files is written and read with few of them open', async () => {
  const names = Object.fromEntries(Array.from({ length: 1000 }, (_, nth) => [`dir${nth % 7}/${nth}`, nth % 10]));
  const many = someTorrent('many', names);
  const store = await PieceStore.open({ ...options(), metainfo: many.metainfo });
  stores.push(store);
  const have = new PieceSet(many.metainfo.info.pieceCount);
  for (let index = 0; index < have.pieceCount; index++) {
    await store.write(index, many.piece(index));
    have.add(index);
  }
  expect(await store.sha256()).toBe(createHash('sha256').update(many.content).digest('hex'));
  expect(readFileSync(fileAt('many', 'dir2', '9')).length).toBe(9);
});
