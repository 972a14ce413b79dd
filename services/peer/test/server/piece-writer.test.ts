import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PieceWriter, type WholePiece } from '../../src/server/piece-writer.ts';

/** A second and a little more: until the disk is tried again. */
const RETRY_MS = 1_001;

let written: number[];
let tries: number[];
/** What the disk says, or null while it takes what it is given. */
let fault: NodeJS.ErrnoException | null;
let writer: PieceWriter;

function errorOf(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

function piece(index: number): WholePiece {
  return { index, octets: new Uint8Array(1) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  written = [];
  tries = [];
  fault = null;
  writer = new PieceWriter({
    folder: '/state/download',
    write: async ({ index }) => {
      tries.push(index);
      if (fault !== null) throw fault;
    },
    written: (index) => written.push(index),
  });
});

afterEach(async () => {
  await writer.close();
  vi.useRealTimers();
});

test('a piece is told of when it is on the disk', async () => {
  writer.take(piece(3));
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toEqual([3]);
  expect(writer.trouble).toBeNull();
});

test('a full disk: one sentence, nothing is told of, and everything is written as soon as there is room', async () => {
  fault = errorOf('ENOSPC', 'no space left on device');
  for (const index of [1, 2]) writer.take(piece(index));
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toEqual([]);
  expect(writer.trouble).toBe(
    'The disk of /state/download is full: make room; what has come waits in memory and will be written as soon as it can be',
  );
  await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
  expect(tries).toHaveLength(2 + 3 * 2);
  fault = null;
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(written).toEqual([1, 2]);
  expect(writer.trouble).toBeNull();
});

test('any other error of the disk is named', async () => {
  fault = errorOf('EIO', 'i/o error');
  writer.take(piece(0));
  await vi.advanceTimersByTimeAsync(0);
  expect(writer.trouble).toContain('Cannot write to /state/download (i/o error): what has come waits');
});

test('after the end nothing is tried again', async () => {
  fault = errorOf('ENOSPC', 'no space left on device');
  writer.take(piece(0));
  await vi.advanceTimersByTimeAsync(0);
  await writer.close();
  writer.take(piece(1));
  await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
  expect(tries).toEqual([0]);
});
