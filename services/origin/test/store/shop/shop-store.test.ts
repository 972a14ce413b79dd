import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from '#shared/host/test/kit/redis-server.ts';
import { newVisitor, type Visitor, withPage, withPieces } from '../../../src/protocol/shop/visitor.ts';
import { memoryShopStore } from '../../../src/store/shop/memory-shop-store.ts';
import { redisShopStore } from '../../../src/store/shop/redis-shop-store.ts';
import { type Change, type ShopStore, StoreAway, type TABLES } from '../../../src/store/shop/shop-store.ts';

const NOW = 1_795_000_000_000;
const DAY_MS = 86_400_000;
const SMALL: typeof TABLES = {
  visitor: { rowsMax: 3, makesRoom: true },
  session: { rowsMax: 3, makesRoom: true },
  customer: { rowsMax: 2, makesRoom: false },
};

const entered = (id: string, endsAt = NOW + DAY_MS): Change => ({
  ...{ table: 'visitor', key: id, from: null, endsAt },
  row: newVisitor(id, NOW),
});
const customer = (key: string): Change => ({
  ...{ table: 'customer', key, from: null, endsAt: NOW + DAY_MS },
  row: { key, name: key, address: 'somewhere', passwordHash: '', since: NOW, orders: [] },
});
const session = (key: string, visitor: string): Change => ({
  ...{ table: 'session', key, from: null, endsAt: NOW + DAY_MS },
  row: { customer: 'ada', visitor, begunAt: NOW },
});

async function change(store: ShopStore, id: string, from: string, row: Visitor | null, endsAt = NOW + DAY_MS) {
  return store.commit([{ table: 'visitor', key: id, from, row, endsAt }], [], NOW);
}
const idsIn = async (store: ShopStore, ids: readonly string[], now = NOW) => {
  const held = await Promise.all(ids.map((id) => store.find('visitor', id, now)));
  return ids.filter((_id, index) => held[index] !== null);
};

/** What every database of a shop must do. */
function contract(runs: boolean, open: (tables?: typeof TABLES) => ShopStore): void {
  const it = test.runIf(runs);

  it('what is entered is found as it was, under its key and in its table', async () => {
    const store = open();
    expect(await store.find('visitor', 'a', NOW)).toBeNull();
    expect(await store.commit([entered('a')], [], NOW)).toBe('done');
    expect((await store.find('visitor', 'a', NOW))?.row).toEqual(newVisitor('a', NOW));
    expect(await store.find('session', 'a', NOW)).toBeNull();
    expect(await store.count('visitor')).toBe(1);
  });

  it('names and texts of every script are kept, and what is no text of JSON either', async () => {
    const store = open();
    const row = withPage(newVisitor('a', NOW), 'GET', '/"\\\u2028 한글 😀', NOW);
    await store.commit([{ ...entered('a'), row } as Change], [], NOW);
    expect((await store.find('visitor', 'a', NOW))?.row).toEqual(row);
  });

  it('a change follows on the version that it was made from', async () => {
    const store = open();
    await store.commit([entered('a')], [], NOW);
    const first = (await store.find('visitor', 'a', NOW))!;
    expect(await change(store, 'a', first.version, withPieces(first.row, 'x', 1))).toBe('done');
    expect(await change(store, 'a', first.version, withPieces(first.row, 'y', 1))).toBe('stale');
    expect((await store.find('visitor', 'a', NOW))?.row.basket).toEqual([{ item: 'x', count: 1 }]);
    expect(await store.commit([entered('a')], [], NOW)).toBe('stale');
  });

  it('of twenty that race one wins, and it is the one that is kept', async () => {
    const store = open();
    await store.commit([entered('a')], [], NOW);
    const { row, version } = (await store.find('visitor', 'a', NOW))!;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => change(store, 'a', version, withPieces(row, 'x', index + 1))),
    );
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect((await store.find('visitor', 'a', NOW))?.row.basket).toEqual([
      { item: 'x', count: results.indexOf('done') + 1 },
    ]);
  });

  it('several rows and sums are written together or not at all', async () => {
    const store = open();
    expect(await store.commit([entered('a'), customer('ada'), session('s', 'a')], ['x', 'x y'], NOW)).toBe('done');
    expect(await store.commit([entered('b'), session('s', 'b')], ['x'], NOW)).toBe('stale');
    expect(await idsIn(store, ['a', 'b'])).toEqual(['a']);
    expect(await store.tallies(['x', 'y', 'x y'])).toEqual(
      new Map([
        ['x', 1],
        ['x y', 1],
      ]),
    );
    expect(await store.tallies([])).toEqual(new Map());
  });

  it('a row moves to another key in one step', async () => {
    const store = open();
    await store.commit([entered('a')], [], NOW);
    const { version, row } = (await store.find('visitor', 'a', NOW))!;
    const gone: Change = { table: 'visitor', key: 'a', from: version, row: null, endsAt: NOW };
    expect(await store.commit([gone, { ...entered('b'), row } as Change], [], NOW)).toBe('done');
    expect(await idsIn(store, ['a', 'b'])).toEqual(['b']);
    expect(await store.commit([gone], [], NOW)).toBe('stale');
  });

  it('a row ends by lab time, and its key can then be used again', async () => {
    const store = open();
    await store.commit([entered('a', NOW + 1000)], [], NOW);
    expect(await idsIn(store, ['a'], NOW + 999)).toEqual(['a']);
    expect(await idsIn(store, ['a'], NOW + 1000)).toEqual([]);
    expect(await store.commit([entered('a', NOW + 9000)], [], NOW + 1000)).toBe('done');
    expect(await idsIn(store, ['a'], NOW + 2000)).toEqual(['a']);
  });

  it('rows that have ended are swept out by those that come', async () => {
    const store = open();
    await store.commit([entered('a', NOW + 1000)], [], NOW);
    await store.commit([entered('b', NOW + 5000)], [], NOW + 2000);
    expect(await store.count('visitor')).toBe(1);
  });

  it('where there is no more room, the visitor goes who would end first', async () => {
    const store = open(SMALL);
    for (const [index, id] of ['a', 'b', 'c'].entries())
      await store.commit([entered(id, NOW + (3 - index) * 1000)], [], NOW);
    const { version, row } = (await store.find('visitor', 'c', NOW))!;
    await change(store, 'c', version, row, NOW + 9000);
    expect(await store.commit([entered('d', NOW + 9000)], [], NOW)).toBe('done');
    expect(await idsIn(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
    expect(await store.count('visitor')).toBe(3);
  });

  it('a customer is never dropped for another: the table is full, and nothing of the commit is written', async () => {
    const store = open(SMALL);
    await store.commit([customer('ada')], [], NOW);
    await store.commit([customer('bob')], [], NOW);
    expect(await store.commit([entered('a'), customer('eve')], ['x'], NOW)).toBe('full');
    expect(await idsIn(store, ['a'])).toEqual([]);
    expect(await store.tallies(['x'])).toEqual(new Map());
    expect((await store.find('customer', 'ada', NOW))?.row.name).toBe('ada');
  });
}

describe('in memory', () => {
  contract(true, (tables) => memoryShopStore(tables));
});

describe('in Redis', () => {
  let server: RedisServer | undefined;

  beforeAll(async () => {
    if (hasRedisServer) server = await startRedisServer();
    else process.stdout.write('Not run: the contract over Redis, because this machine has no redis-server\n');
  });
  afterEach(async () => {
    await server?.connect().flushall();
  });
  afterAll(() => server?.stop());

  const it = test.runIf(hasRedisServer);
  contract(hasRedisServer, (tables) => redisShopStore(server!.connect(), 'www.amazon.com', tables));

  it('shops of two sites in one Redis know nothing of each other', async () => {
    const redis = server!.connect();
    await redisShopStore(redis, 'www.amazon.com').commit([entered('a')], ['x'], NOW);
    const other = redisShopStore(redis, 'shop.test');
    expect(await other.find('visitor', 'a', NOW)).toBeNull();
    expect(await other.tallies(['x'])).toEqual(new Map());
  });

  it('a commit that is sent once more because its answer was lost is done once', async () => {
    const redis = server!.connect();
    const store = redisShopStore(redis, 'www.amazon.com');
    const evaluate = redis.eval.bind(redis) as (...given: unknown[]) => Promise<unknown>;
    const answers: unknown[] = [];
    redis.eval = (async (...given: unknown[]) => {
      answers.push(await evaluate(...given));
      answers.push(await evaluate(...given));
      return answers.at(-1);
    }) as typeof redis.eval;
    expect(await store.commit([entered('a')], ['x'], NOW)).toBe('done');
    expect(answers).toEqual(['done', 'done']);
    expect(await store.tallies(['x'])).toEqual(new Map([['x', 1]]));
  });

  it('a Redis that is away is told as that, within moments, and found again when it is back', async () => {
    const store = redisShopStore(server!.connect(0), 'www.amazon.com');
    await store.commit([entered('a')], [], NOW);
    await server!.crash();
    await expect(store.find('visitor', 'a', NOW)).rejects.toThrow(StoreAway);
    expect(store.trouble()).toMatch(/Redis does not answer\. Start the host redis/);
    await server!.startAgain();
    await expect.poll(() => store.find('visitor', 'a', NOW).catch(() => null)).not.toBeNull();
  });
});
