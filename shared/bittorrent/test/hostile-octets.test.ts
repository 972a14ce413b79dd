import { expect, test } from 'vitest';
import { fuzzOnce } from './fuzz/fuzz-codec.ts';

/** `npm run bench -- p2p-fuzz codec` takes a million, each time others. */
const INPUTS = 5_000;

test('hostile octets are refused by every codec or taken for what they are, wherever a stream is cut', () => {
  const found = Array.from({ length: INPUTS }, (_, seed) => ({ seed, ...fuzzOnce(seed) }));

  expect(found.filter(({ fault }) => fault !== null).map(({ seed, codec, fault }) => ({ seed, codec, fault }))).toEqual(
    [],
  );
  // Each codec was given something that it takes, and something that it does not.
  const codecs = new Set(found.map(({ codec }) => codec));
  const taken = new Set(found.filter(({ isTaken }) => isTaken).map(({ codec }) => codec));
  expect(taken).toEqual(codecs);
});
