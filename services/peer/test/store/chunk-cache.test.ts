import { expect, test } from 'vitest';
import { OctetPool } from '../../src/protocol/octet-pool.ts';
import { CHUNK_OCTETS, ChunkCache } from '../../src/store/chunk-cache.ts';

/** Chunks that a cache keeps. */
const KEPT = 8;

const memory = new OctetPool();

function chunkOf(octet: number): Uint8Array {
  return memory.take(CHUNK_OCTETS).fill(octet);
}

/** Uses the chunk 0 of piece `index`, which is read by `read`, and says what its first octet is. */
async function firstOctet(cache: ChunkCache, index: number, read: () => Promise<Uint8Array>): Promise<number> {
  let first = Number.NaN;
  await cache.use(index, 0, read, ([octet = Number.NaN]) => {
    first = octet;
  });
  return first;
}

test('a chunk is read once for all who wait for it, and then kept', async () => {
  const cache = new ChunkCache(memory);
  let reads = 0;
  const read = async () => {
    reads += 1;
    return chunkOf(7);
  };
  expect(await Promise.all([firstOctet(cache, 3, read), firstOctet(cache, 3, read)])).toEqual([7, 7]);
  expect(await firstOctet(cache, 3, read)).toBe(7);
  expect(cache.peek(3, 0)?.[0]).toBe(7);
  expect(reads).toBe(1);
});

test('a chunk that is on its way from the disk is kept when it comes, however much is written meanwhile', async () => {
  const cache = new ChunkCache(memory);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const using = firstOctet(cache, 0, () => promise);
  for (let index = 1; index <= 3 * KEPT; index++) cache.written(index, chunkOf(index));
  resolve(chunkOf(9));
  expect(await using).toBe(9);
  expect(cache.peek(0, 0)?.[0]).toBe(9);
});

test('memory is used again in the same turn: a burst of pieces that were written makes no more of it', () => {
  const cache = new ChunkCache(memory);
  const made = new Set<Uint8Array>();
  for (let index = 0; index < 10 * KEPT; index++) {
    const piece = chunkOf(index);
    made.add(piece);
    cache.written(index, piece);
  }
  expect(made.size).toBeLessThanOrEqual(KEPT + 1);
});

test('everybody gets the chunk that was asked for, though its memory is used again at once', async () => {
  const cache = new ChunkCache(memory);
  const asked = Array.from({ length: 200 }, (_, nth) => nth % (4 * KEPT));
  const got = asked.map((index) => firstOctet(cache, index, async () => chunkOf(index)));
  expect(await Promise.all(got)).toEqual(asked);
});

test('a read that fails is told to all who wait, and tried anew by the next', async () => {
  const cache = new ChunkCache(memory);
  const fail = () => Promise.reject(new Error('EIO'));
  const results = await Promise.allSettled([firstOctet(cache, 0, fail), firstOctet(cache, 0, fail)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await firstOctet(cache, 0, async () => chunkOf(1))).toBe(1);
});

test('what was forgotten is not kept when it comes', async () => {
  const cache = new ChunkCache(memory);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const using = firstOctet(cache, 0, () => promise);
  cache.clear();
  resolve(chunkOf(5));
  expect(await using).toBe(5);
  expect(cache.peek(0, 0)).toBeNull();
});
