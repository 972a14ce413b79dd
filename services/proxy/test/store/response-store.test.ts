import { afterEach, describe, expect, test } from 'vitest';
import { type TieredStore, VARIANTS_MAX } from '../../src/store/tiered-store.ts';
import { head, put, StoreKit } from './store-kit.ts';

const kit = new StoreKit();
afterEach(() => kit.end());

const text = (octets: Uint8Array | null) => (octets === null ? null : Buffer.from(octets).toString());
const body = async (store: TieredStore, id: string) => (await (await store.open(id))?.read(0, Infinity).read()) ?? null;
const order = async (store: TieredStore) => (await store.list(0, 100)).entries.map(({ head }) => head.id);

/** Room for so many objects of 700 octets. */
type Open = (objects: number) => TieredStore;

const tiers: [string, Open][] = [
  ['memory alone', (objects) => kit.open({ memoryOctetsMax: objects * 2_500, diskOctetsMax: 0 })],
  ['memory over a disk', (objects) => kit.open({ memoryOctetsMax: objects * 1_700, diskOctetsMax: objects * 4_096 })],
  [
    'a disk, and memory for the last one',
    (objects) => kit.open({ memoryOctetsMax: 0, diskOctetsMax: objects * 4_096 }),
  ],
];

/** What every tier keeps to. What is on its way to the disk is waited for where only the disk has it. */
describe.each(tiers)('a store of responses in %s', (_name, open) => {
  test('gives back heads by key and octets by id', async () => {
    const store = open(100);
    await put(store, '1');
    expect((await store.heads('http://a/')).map(({ id }) => id)).toEqual(['1']);
    expect(text(await body(store, '1'))).toBe('abc');
    expect(await store.heads('http://b/')).toEqual([]);
    expect(await body(store, '2')).toBeNull();
  });

  test('answers at once, and with the same array until something changes', async () => {
    const store = open(100);
    await put(store, '1');
    await put(store, '2', 'http://b/');
    await store.heads('http://a/');
    const heads = store.heads('http://a/');
    expect(heads).not.toBeInstanceOf(Promise);
    expect(store.heads('http://a/')).toBe(heads);
    await put(store, '3', 'http://a/', [['L', 'fr']]);
    expect(await store.heads('http://a/')).not.toBe(heads);
    expect(store.heads('http://c/')).not.toBeInstanceOf(Promise);
  });

  test('keeps variants of a key side by side, and one response for each', async () => {
    const store = open(100);
    await put(store, '1', undefined, [['L', 'fr']]);
    await put(store, '2', undefined, [['L', 'ko']]);
    await put(store, '3', undefined, [['L', 'fr']], 'new');
    expect((await store.heads('http://a/')).map(({ id }) => id).sort()).toEqual(['2', '3']);
    expect(await body(store, '1')).toBeNull();
    for (let at = 0; at < VARIANTS_MAX + 5; at += 1) await put(store, `v${at}`, undefined, [['L', String(at)]]);
    expect((await store.heads('http://a/')).length).toBe(VARIANTS_MAX);
  });

  test('changes the head of an entry that is there, and of no other', async () => {
    const store = open(100);
    await put(store, '1');
    await store.replaceHead({ ...head('1'), status: 203 });
    await store.replaceHead(head('9', 'http://b/'));
    expect((await store.heads('http://a/')).map(({ status }) => status)).toEqual([203]);
    expect(await store.heads('http://b/')).toEqual([]);
  });

  test('forgets an entry, a key or all', async () => {
    const store = open(100);
    await put(store, '1');
    await put(store, '2', 'http://b/');
    await put(store, '3', 'http://b/', [['L', 'fr']]);
    expect(await store.remove('http://a/')).toBe(1);
    expect(await store.remove('http://a/')).toBe(0);
    expect(await store.remove('http://b/', new Set(['3', '1']))).toBe(1);
    expect((await store.heads('http://b/')).map(({ id }) => id)).toEqual(['2']);
    expect(await store.remove()).toBe(1);
    expect(await store.heads('http://b/')).toEqual([]);
    expect((await store.list(0, 10)).total).toBe(0);
    expect(store.octets()).toBe(0);
  });

  test('does not store what was asked for before its key was declared out of date', async () => {
    const store = open(100);
    const removals = store.removals('http://a/');
    const early = store.begin(head('1'), removals);
    await early.write(Buffer.from('old'));
    await store.remove('http://a/');
    expect(await early.commit()).toBe(false);
    const late = store.begin(head('2'), removals);
    await late.write(Buffer.from('old'));
    expect(await late.commit()).toBe(false);
    expect(await store.heads('http://a/')).toEqual([]);
    expect(await put(store, '3')).toBe(true);
  });

  test('CCH-02 makes room at its limit: what was used longest ago goes first', async () => {
    const store = open(3);
    for (const id of ['1', '2', '3']) await put(store, id, `http://${id}/`, [], 'x'.repeat(700));
    await store.settled();
    await store.heads('http://1/');
    await body(store, '1');
    await put(store, '4', 'http://4/', [], 'x'.repeat(700));
    await store.settled();
    expect(await order(store)).toEqual(['4', '1', '3']);
    await put(store, '5', 'http://5/', [], 'x'.repeat(50_000));
    await store.settled();
    expect(await order(store)).toEqual(['4', '1', '3']);
  });

  test('counts how often octets were used', async () => {
    const store = open(100);
    await put(store, '1');
    await store.settled();
    await store.heads('http://a/');
    await body(store, '1');
    await body(store, '1');
    expect((await store.list(0, 10)).entries.map(({ uses }) => uses)).toEqual([2]);
  });
});
