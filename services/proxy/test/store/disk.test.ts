import { existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { bodyOf, head, objectFiles, pattern, put, readAll, StoreKit } from './store-kit.ts';

const kit = new StoreKit();
afterEach(() => kit.end());

/** Opens the store of a folder again, as after the end of the process. */
function reopened(stateDir: string, given = {}) {
  return kit.open({ stateDir, ...given });
}

describe('a store on the disk', () => {
  test('has after a restart what it had before it, small and large, with the last head', async () => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir });
    const large = pattern(1_000_001);
    await put(store, '1');
    await put(store, '2', 'http://a/', [['L', 'fr']], pattern(70_000));
    await put(store, '3', 'http://large/', [], large);
    await store.settled();
    await store.replaceHead({ ...head('1'), status: 203 });
    await store.close();

    const again = reopened(stateDir);
    expect((await again.heads('http://a/')).map(({ id, status, octets }) => [id, status, octets])).toEqual([
      ['1', 203, 3],
      ['2', 200, 70_000],
    ]);
    expect(await bodyOf(again, '1')).toEqual(Buffer.from('abc'));
    expect(await bodyOf(again, '2')).toEqual(pattern(70_000));
    expect(await bodyOf(again, '3', 'http://large/')).toEqual(large);
    expect((await again.list(0, 10)).total).toBe(3);
  });

  test('does not have after a restart what was purged or replaced', async () => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir });
    await put(store, '1');
    await put(store, '2', 'http://b/');
    await put(store, '3', 'http://b/', [], 'new');
    await store.settled();
    await store.remove('http://a/');
    // Nothing is waited for: the files are gone when `remove` has returned.
    const again = reopened(stateDir);
    expect(await again.heads('http://a/')).toEqual([]);
    expect((await again.heads('http://b/')).map(({ id }) => id)).toEqual(['3']);
    await again.remove();
    expect((await reopened(stateDir).list(0, 10)).total).toBe(0);
  });

  test('a reader that leaves while the file is opened does no harm to the object', async () => {
    const store = kit.open({ memoryOctetsMax: 100_000 });
    // As long as whole blocks: behind its end there is nothing to be read.
    const large = pattern(4 * 65_536);
    await put(store, '1', 'http://a/', [], large);
    await store.heads('http://a/');
    const reader = (await store.open('1'))!.read(0, Infinity);
    const reading = reader.read();
    reader.cancel();
    expect(await reading).toBeNull();
    expect(kit.said).toEqual([]);
    expect(await bodyOf(store, '1')).toEqual(large);
  });

  test('reads any part of a body from the disk', async () => {
    const store = kit.open({ memoryOctetsMax: 100_000 });
    const large = pattern(300_000);
    await put(store, '1', 'http://a/', [], large);
    await store.heads('http://a/');
    const body = (await store.open('1'))!;
    expect(body.memory).toBeNull();
    for (const [first, last] of [
      [0, 0],
      [65_535, 65_536],
      [131_072, 131_072],
      [1, 299_998],
      [299_999, 299_999],
      [290_000, Infinity],
    ] as const) {
      expect(await readAll(body.read(first, last)), `${first}-${last}`).toEqual(large.subarray(first, last + 1));
    }
  });

  test.each([
    ['an octet of the body', (file: string) => flip(file, -10)],
    ['an octet of the head', (file: string) => flip(file, 40)],
    ['its first octet', (file: string) => flip(file, 0)],
    ['the length of its head', (file: string) => flip(file, 4)],
    ['its end', (file: string) => truncateSync(file, readFileSync(file).length - 1)],
    ['all of it', (file: string) => truncateSync(file, 0)],
    ['all but its prefix', (file: string) => truncateSync(file, 20)],
    ['everything, for what another program wrote', (file: string) => writeFileSync(file, 'tdc1'.repeat(50))],
  ])('drops a file that has lost %s, says so, and stores the object again', async (_what, damage) => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir });
    await put(store, '1');
    await store.close();
    const [file] = objectFiles(stateDir);
    damage(file!);
    const again = reopened(stateDir);
    expect(await again.heads('http://a/')).toEqual([]);
    expect(again.disk!.counters.damaged).toBe(1);
    expect(kit.said.at(-1)).toMatch(/is damaged, its? .*; it is dropped, and fetched again when asked for/);
    expect(existsSync(file!)).toBe(false);
    expect(await put(again, '2')).toBe(true);
    expect(await bodyOf(again, '2')).toEqual(Buffer.from('abc'));
  });

  test('finds damage in a large body before its octets are sent, and drops it', async () => {
    const stateDir = kit.folder();
    const other = kit.open({ memoryOctetsMax: 100_000, stateDir });
    await put(other, '1', 'http://a/', [], pattern(300_000));
    flip(objectFiles(stateDir)[0]!, 200_000);
    const body = (await other.open('1'))!.read(0, Infinity);
    const came: Uint8Array[] = [];
    await expect(async () => {
      for (let piece = await body.read(); piece !== null; piece = await body.read()) came.push(piece);
    }).rejects.toThrow('the stored copy cannot be read any further');
    const octets = Buffer.concat(came);
    expect(octets).toEqual(pattern(300_000).subarray(0, octets.length));
    expect(octets.length).toBe(3 * 65_536);
    expect(objectFiles(stateDir)).toEqual([]);
    expect(await other.open('1')).toBeNull();
    expect(await other.heads('http://a/')).toEqual([]);
  });

  test('never takes a file for another key, though it lies where that key would be', async () => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir });
    await put(store, '1', 'http://a/', [], 'of a');
    await put(store, '2', 'http://b/', [], 'of b');
    await store.close();
    const [one, other] = objectFiles(stateDir);
    const contents = readFileSync(one!);
    writeFileSync(one!, readFileSync(other!));
    writeFileSync(other!, contents);
    const again = reopened(stateDir);
    expect(await again.heads('http://a/')).toEqual([]);
    expect(await again.heads('http://b/')).toEqual([]);
  });

  test('keeps to its limits when it is opened with smaller ones', async () => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir });
    for (let at = 0; at < 10; at += 1) await put(store, `${at}`, `http://${at}/`);
    await store.close();
    const again = reopened(stateDir, { diskEntriesMax: 4 });
    await again.disk!.indexAll();
    expect((await again.list(0, 100)).total).toBe(4);
    expect(objectFiles(stateDir).length).toBe(4);
  });

  test('takes away what a crash has left: an unfinished file, a head without its body', async () => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir });
    await put(store, '1');
    await store.settled();
    await store.replaceHead({ ...head('1'), status: 203 });
    await store.close();
    const [file] = objectFiles(stateDir);
    expect(objectFiles(stateDir).length).toBe(2);
    renameSync(file!.replace(/\.head$/, ''), join(stateDir, 'cache', 'new', 'unfinished'));
    const again = reopened(stateDir);
    expect(await again.heads('http://a/')).toEqual([]);
    expect(objectFiles(stateDir)).toEqual([]);
    expect(existsSync(join(stateDir, 'cache', 'new', 'unfinished'))).toBe(false);
  });

  test('goes on in memory while the disk refuses, says so, and uses it again afterwards', async () => {
    const stateDir = kit.folder();
    writeFileSync(join(stateDir, 'cache'), 'a file where the folder should be');
    const store = kit.open({ stateDir });
    expect(store.disk!.trouble).toMatch(
      /^the disk takes no objects \(.*\): they are kept in memory alone; make room on it$/,
    );
    expect(await put(store, '1')).toBe(true);
    expect(await bodyOf(store, '1')).toEqual(Buffer.from('abc'));
    expect(await put(store, '2', 'http://large/', [], pattern(500_000))).toBe(false);
    expect(kit.said.length).toBe(1);
  });

  test('a disk that refuses midway ends the storing, and not the transfer', async () => {
    const stateDir = kit.folder();
    const store = kit.open({ stateDir, memoryOctetsMax: 100_000 });
    renameSync(join(stateDir, 'cache', 'new'), join(stateDir, 'cache', 'elsewhere'));
    const large = pattern(900_000);
    const entry = store.begin(head('1', 'http://a/', [], large.length), 0);
    const reading = readAll(entry.body.read(0, Infinity));
    for (let at = 0; at < large.length; at += 30_000) await entry.write(large.subarray(at, at + 30_000));
    expect(await entry.commit()).toBe(false);
    expect(await reading).toEqual(large);
    expect(await store.heads('http://a/')).toEqual([]);
    expect(store.disk!.trouble).not.toBeNull();
    mkdirSync(join(stateDir, 'cache', 'new'));
  });
});

function flip(file: string, at: number): void {
  const octets = readFileSync(file);
  octets[at < 0 ? octets.length + at : at]! ^= 1;
  writeFileSync(file, octets);
}
