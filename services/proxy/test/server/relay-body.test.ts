import { expect, test } from 'vitest';
import { type BodySource, memoryBody } from '../../src/server/body-source.ts';
import { relayBody } from '../../src/server/relay-body.ts';
import type { EntryWriter } from '../../src/store/response-store.ts';

/** A body that comes octet by octet and never ends; it notes when nobody wants it any more. */
function dripping(octets = 1): BodySource & { isCancelled: boolean } {
  return {
    ...memoryBody(new Uint8Array()),
    length: null,
    trailers: [],
    isCancelled: false,
    read() {
      return new Promise((resolve) => setTimeout(() => resolve(this.isCancelled ? null : new Uint8Array(octets)), 2));
    },
    cancel() {
      this.isCancelled = true;
    },
  };
}

function entry(): EntryWriter & { ending: string } {
  return {
    body: { octets: null, memory: null, read: () => memoryBody(new Uint8Array()) },
    ending: '',
    write: () => true,
    commit() {
      this.ending = 'committed';
      return true;
    },
    abandon() {
      this.ending = 'abandoned';
    },
  };
}

const LIMITS = { windowMs: 50, octetsPerS: 1_000_000, drainedMs: 50, drainedOctets: 1_000 };

test('a body that only drips into the store, for nobody, is given up and not stored', async () => {
  const [body, kept] = [dripping(), entry()];
  expect(await relayBody(body, null, kept, LIMITS)).toMatchObject({ complete: false });
  expect([body.isCancelled, kept.ending]).toEqual([true, 'abandoned']);
});

test('a body that nobody wants at all is read for a moment, and for a few octets', async () => {
  const drips = dripping();
  expect(await relayBody(drips, null, null, LIMITS)).toMatchObject({ complete: false });
  const pours = dripping(600);
  expect(await relayBody(pours, null, null, { ...LIMITS, drainedMs: 60_000 })).toMatchObject({ octets: 1_200 });
  expect([drips.isCancelled, pours.isCancelled]).toEqual([true, true]);
});
