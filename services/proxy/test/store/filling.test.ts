import { afterEach, describe, expect, test } from 'vitest';
import type { TieredStore } from '../../src/store/tiered-store.ts';
import { bodyOf, head, pattern, readAll, StoreKit } from './store-kit.ts';

const kit = new StoreKit();
afterEach(() => kit.end());

const begin = (store: TieredStore, octets: number | null, id = '1') =>
  store.begin(head(id, 'http://a/', [], octets), store.removals('http://a/'));

describe.each([
  ['in memory', { memoryOctetsMax: 8_000_000, diskOctetsMax: 0 }],
  ['on the way to the disk', { memoryOctetsMax: 100_000 }],
])('an entry that is being filled, %s', (_name, plan) => {
  test('is in sight from its beginning, and is read while it comes', async () => {
    const store = kit.open(plan);
    const whole = pattern(400_000);
    const entry = begin(store, null);
    expect((await store.heads('http://a/')).map(({ octets }) => octets)).toEqual([null]);
    const early = (await store.open('1'))!.read(0, Infinity);
    await entry.write(whole.subarray(0, 10));
    expect(Buffer.from((await early.read())!)).toEqual(whole.subarray(0, 10));
    await entry.write(whole.subarray(10, 300_000));
    const late = readAll((await store.open('1'))!.read(0, Infinity));
    const part = readAll((await store.open('1'))!.read(299_990, 300_009));
    await entry.write(whole.subarray(300_000));
    expect(await entry.commit()).toBe(true);
    expect(await readAll(early)).toEqual(whole.subarray(10));
    expect(await late).toEqual(whole);
    expect(await part).toEqual(whole.subarray(299_990, 300_010));
    expect((await store.heads('http://a/')).map(({ octets }) => octets)).toEqual([400_000]);
    expect(await bodyOf(store, '1')).toEqual(whole);
  });

  test('comes in pieces of any size', async () => {
    const store = kit.open(plan);
    const whole = pattern(200_000);
    for (const size of [1_000, 65_535, 65_536, 65_537, 131_072, 200_000]) {
      const entry = begin(store, null, `of ${size}`);
      const reading = readAll(entry.body.read(0, Infinity));
      for (let at = 0; at < whole.length; at += size) await entry.write(whole.subarray(at, at + size));
      await entry.commit();
      expect(await reading).toEqual(whole);
      expect(await bodyOf(store, `of ${size}`)).toEqual(whole);
    }
  });

  test('octets that come one by one are put together: each apart takes a hundred times as much', async () => {
    const store = kit.open(plan);
    const entry = begin(store, null);
    for (let octet = 0; octet < 60_000; octet += 1) await entry.write(Buffer.of(octet & 0xff));
    const body = (await store.open('1'))!.read(0, Infinity);
    let [pieces, octets] = [0, 0];
    for (; octets < 60_000; pieces += 1) octets += (await body.read())!.length;
    expect(pieces).toBeLessThan(1_000);
    body.cancel();
    entry.abandon();
  });

  test('breaks off for its readers when it breaks off, and is not stored', async () => {
    const store = kit.open(plan);
    const entry = begin(store, 300_000);
    const reading = readAll(entry.body.read(0, Infinity));
    await entry.write(pattern(200_000));
    entry.abandon();
    await expect(reading).rejects.toThrow('the body broke off before its end');
    expect(await store.heads('http://a/')).toEqual([]);
    expect(await entry.commit()).toBe(false);
  });

  test('goes out of sight with a purge; who reads it already gets all of it', async () => {
    const store = kit.open(plan);
    const whole = pattern(300_000);
    const entry = begin(store, null);
    const reading = readAll(entry.body.read(0, Infinity));
    await entry.write(whole.subarray(0, 200_000));
    expect(await store.remove('http://a/')).toBe(1);
    expect(await store.heads('http://a/')).toEqual([]);
    await entry.write(whole.subarray(200_000));
    expect(await entry.commit()).toBe(false);
    expect(await reading).toEqual(whole);
    expect(await store.heads('http://a/')).toEqual([]);
  });

  test('ends to be stored at the limit of an object; then the slowest reader sets the pace', async () => {
    const store = kit.open({ ...plan, objectOctetsMax: 100_000 });
    const whole = pattern(1_000_000);
    const entry = begin(store, null);
    const slow = entry.body.read(0, Infinity);
    const quick = readAll(entry.body.read(0, Infinity));
    let sent = 0;
    const sending = (async () => {
      for (; sent < whole.length; sent += 20_000) await entry.write(whole.subarray(sent, sent + 20_000));
      return entry.commit();
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toBeLessThan(400_000);
    expect(await store.heads('http://a/')).toEqual([]);
    expect(await readAll(slow)).toEqual(whole);
    expect(await quick).toEqual(whole);
    expect(await sending).toBe(false);
  });

  test('whom nobody reads any more is not wanted to its end, once it is not stored', async () => {
    const store = kit.open({ ...plan, objectOctetsMax: 100_000 });
    const entry = begin(store, null);
    const reader = entry.body.read(0, Infinity);
    expect(await entry.write(pattern(50_000))).toBe(true);
    reader.cancel();
    expect(await entry.write(pattern(40_000))).toBe(true);
    expect(await entry.write(pattern(40_000))).toBe(false);
  });
});
