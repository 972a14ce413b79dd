import { expect, test } from 'vitest';
import { Checkpoints } from '../../src/server/checkpoints.ts';

/** A disk on which a save takes `saveMs`, and files that are settled after the save number `settledAfter`. */
function setUp(saveMs: number, settledAfter: number) {
  const seen = { saves: 0, failures: [] as string[] };
  const checkpoints = new Checkpoints({
    isDue: () => seen.saves < settledAfter,
    save: async () => {
      await new Promise((resolve) => setTimeout(resolve, saveMs));
      seen.saves += 1;
    },
    failed: ({ message }) => seen.failures.push(message),
  });
  return { seen, checkpoints };
}

test('the end waits until the files are settled, however slow the disk is', async () => {
  const { seen, checkpoints } = setUp(300, 2);
  await checkpoints.close();
  expect(seen).toEqual({ saves: 2, failures: [] });
});

test('nothing is saved at the end when the record says everything', async () => {
  const { seen, checkpoints } = setUp(0, 0);
  await checkpoints.close();
  expect(seen.saves).toBe(0);
});

test('the end does not wait for files that change all the time', async () => {
  const { seen, checkpoints } = setUp(0, Number.POSITIVE_INFINITY);
  await checkpoints.close();
  expect(seen.saves).toBe(20);
});
