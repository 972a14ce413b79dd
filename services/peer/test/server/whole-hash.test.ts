import { expect, test } from 'vitest';
import { WholeHash } from '../../src/server/whole-hash.ts';

const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A store that is read through as often as it says, and the hash of it. */
function setUp(sha256: () => Promise<string>) {
  const seen = { isThere: true, reads: 0, failures: [] as string[] };
  const hash = new WholeHash({
    store: {
      sha256: () => {
        seen.reads += 1;
        return sha256();
      },
    },
    isThere: () => seen.isThere,
    failed: ({ message }) => seen.failures.push(message),
  });
  return { seen, hash };
}

test('the first look begins to compute the hash and sees none; later ones see it, and read nothing again', async () => {
  const { seen, hash } = setUp(async () => SHA256);
  expect(seen.reads).toBe(0);
  expect(hash.look()).toBeNull();
  await expect.poll(() => hash.look()).toBe(SHA256);
  expect(seen.reads).toBe(1);
});

test('while files are missing nothing is read; what was computed stays, also when other files are wanted afterwards', async () => {
  const { seen, hash } = setUp(async () => SHA256);
  seen.isThere = false;
  expect(hash.look()).toBeNull();
  expect(seen.reads).toBe(0);
  seen.isThere = true;
  await expect.poll(() => hash.look()).toBe(SHA256);
  seen.isThere = false;
  expect(hash.look()).toBe(SHA256);
});

test('a disk that fails is told once, and not read again', async () => {
  const { seen, hash } = setUp(async () => {
    throw new Error('EIO: i/o error, read');
  });
  expect(hash.look()).toBeNull();
  await expect.poll(() => seen.failures).toEqual(['EIO: i/o error, read']);
  expect([hash.look(), seen.reads]).toEqual([null, 1]);
});
