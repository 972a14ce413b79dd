import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { toStore } from '../../src/protocol/may-store.ts';
import { MemoryStore, VARIANTS_MAX } from '../../src/store/memory-store.ts';
import type { ResponseStore } from '../../src/store/response-store.ts';

const head = (id: string, key = 'http://a/', by: Fields = [], octets = 3) =>
  toStore(
    { method: 'GET', key, fields: by, hasBody: false },
    { status: 200, reason: 'OK', fields: [['Vary', 'L']], requestTimeMs: 0, responseTimeMs: 0 },
    id,
    octets,
  );
const text = (octets: Uint8Array | null) => (octets === null ? null : Buffer.from(octets).toString());
const put = (store: ResponseStore, id: string, key?: string, by?: Fields, body = 'abc') =>
  store.put(head(id, key, by, body.length), Buffer.from(body));

/** What every store keeps to; the disk store of a later day runs it, too. */
describe.each([['memory', (octetsMax: number): ResponseStore => new MemoryStore(octetsMax)]])(
  'a store of responses in %s',
  (_name, open) => {
    test('gives back heads by key and octets by id', async () => {
      const store = open(100_000);
      await put(store, '1');
      expect((await store.heads('http://a/')).map(({ id }) => id)).toEqual(['1']);
      expect(text(await store.body('1'))).toBe('abc');
      expect(await store.heads('http://b/')).toEqual([]);
      expect(await store.body('2')).toBeNull();
    });

    test('keeps variants of a key side by side, and one response for each', async () => {
      const store = open(100_000);
      await put(store, '1', undefined, [['L', 'fr']]);
      await put(store, '2', undefined, [['L', 'ko']]);
      await put(store, '3', undefined, [['L', 'fr']], 'new');
      expect((await store.heads('http://a/')).map(({ id }) => id).sort()).toEqual(['2', '3']);
      expect(await store.body('1')).toBeNull();
      for (let at = 0; at < VARIANTS_MAX + 5; at += 1) await put(store, `v${at}`, undefined, [['L', String(at)]]);
      expect((await store.heads('http://a/')).length).toBe(VARIANTS_MAX);
    });

    test('changes the head of an entry that is there, and of no other', async () => {
      const store = open(100_000);
      await put(store, '1');
      await store.replaceHead({ ...head('1'), status: 203 });
      await store.replaceHead(head('9', 'http://b/'));
      expect((await store.heads('http://a/')).map(({ status }) => status)).toEqual([203]);
      expect(await store.heads('http://b/')).toEqual([]);
    });

    test('forgets one key or all', async () => {
      const store = open(100_000);
      await put(store, '1');
      await put(store, '2', 'http://b/');
      expect(await store.remove('http://a/')).toBe(1);
      expect(await store.remove('http://a/')).toBe(0);
      expect(await store.remove()).toBe(1);
      expect(store.octets()).toBe(0);
    });

    test('CCH-02 makes room at its limit: what was used longest ago goes first', async () => {
      const store = open(4_000);
      for (const id of ['1', '2', '3']) await put(store, id, `http://${id}/`, [], 'x'.repeat(700));
      await store.body('1');
      await put(store, '4', 'http://4/', [], 'x'.repeat(700));
      expect((await store.list()).map(({ head }) => head.id)).toEqual(['4', '1', '3']);
      expect(store.octets()).toBeLessThanOrEqual(4_000);
      await put(store, '5', 'http://5/', [], 'x'.repeat(5_000));
      expect((await store.list()).map(({ head }) => head.id)).toEqual(['4', '1', '3']);
    });

    test('counts how often octets were used', async () => {
      const store = open(100_000);
      await put(store, '1');
      await store.body('1');
      await store.body('1');
      expect((await store.list()).map(({ uses }) => uses)).toEqual([2]);
    });
  },
);
