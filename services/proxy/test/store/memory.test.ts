import { afterEach, expect, test } from 'vitest';
import { memoryInUse } from '#shared/host/test/kit/memory-in-use.ts';
import { head, StoreKit } from './store-kit.ts';

const kit = new StoreKit();
afterEach(() => kit.end());

const OBJECTS = 1_000;
const LONG = 30_000;

test.each<[string, (long: string) => object]>([
  ['selected the response', (long) => ({ selecting: [['l', long]] })],
  ['were confirmed for it', (long) => ({ alsoSelectedBy: [[['l', long]], [['l', `${long}x`]]] })],
])('what clients say counts, where it is kept: long fields that %s', async (_what, said) => {
  const store = kit.open({ diskOctetsMax: 0, memoryOctetsMax: 1_000_000 });
  for (let number = 0; number < OBJECTS; number += 1) {
    const key = `http://a/${number}`;
    const entry = store.begin({ ...head(String(number), key), ...said('x'.repeat(LONG)) }, store.removals(key));
    await entry.write(Buffer.from('abc'));
    await entry.commit();
  }
  expect((await store.list(0, OBJECTS)).total).toBeLessThan(1_000_000 / LONG);
});

test('of a message nothing is held but what is kept', async () => {
  const store = kit.open({ diskOctetsMax: 0, memoryOctetsMax: 10_000_000 });
  const before = memoryInUse().heapUsed;
  for (let number = 0; number < OBJECTS; number += 1) {
    const message = Buffer.alloc(LONG, `a value of some length, number ${number}; `).toString('latin1');
    const key = `http://a/${number}`;
    const kept = { ...head(String(number), key), fields: [['X', message.slice(0, 40)]] as const };
    const entry = store.begin({ ...kept, selecting: [['l', message.slice(40, 80)]] }, store.removals(key));
    await entry.write(Buffer.from('abc'));
    await entry.commit();
  }
  const after = memoryInUse().heapUsed;
  expect((await store.list(0, 1)).total).toBe(OBJECTS);
  expect(after - before).toBeLessThan((OBJECTS * LONG) / 3);
});
