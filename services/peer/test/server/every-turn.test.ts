import { afterEach, expect, test, vi } from 'vitest';
import { everyTurn } from '../../src/server/every-turn.ts';

afterEach(() => vi.useRealTimers());

/** What has come is read in the meantime. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a tick comes behind what was read in its turn, and no more after the end', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const events: string[] = [];
  const end = everyTurn(1_000, () => events.push('tick'));
  vi.advanceTimersByTime(1_000);
  events.push('what has come');
  await turn();
  expect(events).toEqual(['what has come', 'tick']);
  vi.advanceTimersByTime(1_000);
  end();
  await turn();
  vi.advanceTimersByTime(5_000);
  await turn();
  expect(events).toEqual(['what has come', 'tick']);
});
