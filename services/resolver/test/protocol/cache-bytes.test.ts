import { expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { queryFor, type ResourceRecord, responseTo } from '#shared/dns/message.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { memoryInUse } from '#shared/host/test/kit/memory-in-use.ts';
import { Cache } from '../../src/protocol/cache.ts';

const LIMITS = { bytes: 1_000_000_000, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: 0 };
const ENTRIES = 20_000;

/** Records as they come from the network: strings of the decoder's making. */
function received(lines: readonly string[]): readonly ResourceRecord[] {
  const question = { qname: ['x'], qtype: TYPE.A, qclass: CLASS.IN };
  const query = queryFor(question, { id: 1, rd: false, edns: null });
  return decodeMessage(encodeMessage(responseTo(query, { answer: lines.map(record) }))).answer;
}

/** Bytes of the heap that `ENTRIES` calls of `store` take, and what the cache says of them. */
function measured(store: (cache: Cache, at: number) => void): { taken: number; counted: number } {
  const cache = new Cache(LIMITS);
  const before = memoryInUse();
  for (let at = 0; at < ENTRIES; at += 1) store(cache, at);
  const after = memoryInUse();
  const taken = after.heapUsed - before.heapUsed + after.external - before.external;
  expect(cache.size).toBe(ENTRIES);
  return { taken, counted: cache.bytes };
}

test.each<[string, (at: number) => string[]]>([
  ['an address', (at) => [`host-${at}.example.com. 60 A 192.0.${(at >> 8) & 255}.${at & 255}`]],
  [
    'four addresses',
    (at) => [1, 2, 3, 4].map((last) => `host-${at}.example.com. 60 A 10.${at >> 8}.${at & 255}.${last}`),
  ],
  [
    'two name servers',
    (at) => [`zone-${at}.com. 60 NS ns1.zone-${at}.com.`, `zone-${at}.com. 60 NS ns2.zone-${at}.com.`],
  ],
  ['a long text', (at) => [`text-${at}.example.com. 60 TXT "${'0123456789'.repeat(20)}"`]],
  ['an unknown type', (at) => [`octets-${at}.example.com. 60 TYPE65280 \\# 4 0A000001`]],
])('what the cache says of its bytes is what it takes, or somewhat more: %s', (_kind, lines) => {
  const { taken, counted } = measured((cache, at) => cache.storeRrset(received(lines(at)), 'answer', 0));
  expect(counted).toBeGreaterThan(0.9 * taken);
  expect(counted).toBeLessThan(2 * taken);
});

test('attack 18: two hundred thousand names leave the cache at its limit', () => {
  const bytes = 8_000_000;
  const cache = new Cache({ ...LIMITS, bytes });
  const [one] = received(['host.example.com. 60 A 192.0.2.1']);
  const before = memoryInUse().heapUsed;
  for (let at = 0; at < 200_000; at += 1) {
    cache.storeRrset([{ ...one!, owner: [`host${at}`, 'example', 'com'] }], 'answer', 0);
  }
  const after = memoryInUse().heapUsed;
  expect(cache.bytes).toBeLessThanOrEqual(bytes);
  expect(cache.bytes).toBeGreaterThan(0.99 * bytes);
  expect(after - before).toBeLessThan(1.3 * bytes);
});
