import { afterEach, expect, test } from 'vitest';
import { type RateNews, SharedRates } from '../../src/server/shared-rates.ts';

const OPTIONS = { periodMs: 60_000, most: { connections: 0, messages: 3, recipients: 10 } };
const CLIENT = '127.0.0.9';

const open: SharedRates[] = [];
/** What was told, by whomever. */
const told: RateNews[] = [];

afterEach(() => {
  for (const rates of open.splice(0)) rates.close();
  told.length = 0;
});

/** Counters that tell each other. */
function together(count: number): SharedRates[] {
  const all: SharedRates[] = Array.from({ length: count }, (_, index) => {
    const tell = (news: RateNews) => {
      told.push(news);
      for (const other of all.toSpliced(index, 1)) other.take(news, 0);
    };
    return new SharedRates(OPTIONS, tell);
  });
  open.push(...all);
  return all;
}

test('what one thread has counted is soon known to the others', async () => {
  const [one, other] = together(2);
  expect(one!.count('messages', CLIENT, 0)).toBeNull();
  expect(one!.count('messages', CLIENT, 0)).toBeNull();
  expect(other!.count('messages', 'somebody else', 0)).toBeNull();
  await expect.poll(() => told.length).toBe(2);
  expect(other!.count('messages', CLIENT, 0)).toBeNull();
  expect(other!.count('messages', CLIENT, 0)).toMatchObject({ reply: { code: 450 } });
  expect(other!.count('messages', 'somebody else', 0)).toBeNull();
});

test('alone it counts as one that has nobody to tell', () => {
  const [alone] = together(1);
  for (let message = 0; message < 3; message += 1) expect(alone!.count('messages', CLIENT, 0)).toBeNull();
  expect(alone!.count('messages', CLIENT, 0)).toMatchObject({ reply: { code: 450 } });
  expect(alone!.count('messages', CLIENT, 60_000)).toBeNull();
});
