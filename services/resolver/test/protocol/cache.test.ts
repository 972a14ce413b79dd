import { describe, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { Cache, type Rank } from '../../src/protocol/cache.ts';

const LIMITS = { bytes: 1_000_000, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: 0 };
const www = parseName('www.cnn.com.');
const SOA = record('cnn.com. 600 SOA ns.cnn.com. h.cnn.com. 1 3600 900 604800 300');

function find(cache: Cache, name: string, type: number, now: number, rank: Rank = 'answer') {
  const found = cache.find(parseName(name), type, rank, now);
  return found === undefined ? undefined : { knowledge: found.knowledge, records: found.records.map(formatRecord) };
}

describe('DNS-40 the TTL decides when a record leaves', () => {
  test('one of 5 s is gone at 5 s, one of 60 s stays', () => {
    const cache = new Cache(LIMITS);
    cache.storeRrset([record('five.com. 5 A 192.0.2.1')], 'answer', 0);
    cache.storeRrset([record('sixty.com. 60 A 192.0.2.2')], 'answer', 0);
    expect(find(cache, 'five.com.', TYPE.A, 4_999)?.records).toEqual(['five.com. 1 IN A 192.0.2.1']);
    expect(find(cache, 'five.com.', TYPE.A, 5_000)).toBeUndefined();
    expect(find(cache, 'sixty.com.', TYPE.A, 5_000)?.records).toEqual(['sixty.com. 55 IN A 192.0.2.2']);
  });

  test('a TTL of 0 is not kept, and a giant one is cut', () => {
    const cache = new Cache(LIMITS);
    cache.storeRrset([record('zero.com. 0 A 192.0.2.1')], 'answer', 0);
    cache.storeRrset([record('giant.com. 2147483647 A 192.0.2.1')], 'answer', 0);
    expect(find(cache, 'zero.com.', TYPE.A, 0)).toBeUndefined();
    expect(find(cache, 'giant.com.', TYPE.A, 0)?.records).toEqual(['giant.com. 86400 IN A 192.0.2.1']);
  });

  test('records of one set leave together, with the shortest TTL (RFC 2181, section 5.2)', () => {
    const cache = new Cache(LIMITS);
    cache.storeRrset([record('a.com. 60 A 192.0.2.1'), record('a.com. 10 A 192.0.2.2')], 'answer', 0);
    expect(find(cache, 'a.com.', TYPE.A, 0)?.records.map((line) => line.split(' ')[1])).toEqual(['10', '10']);
  });
});

describe('rank (RFC 2181, section 5.4.1)', () => {
  test('glue is no answer, does not replace one, and is replaced by one', () => {
    const cache = new Cache(LIMITS);
    cache.storeRrset([record('www.cnn.com. 60 A 192.0.2.1')], 'additional', 0);
    expect(find(cache, 'www.cnn.com.', TYPE.A, 0)).toBeUndefined();
    expect(cache.records(www, TYPE.A, 0).length).toBe(1);
    cache.storeRrset([record('www.cnn.com. 60 A 192.0.2.2')], 'answer', 0);
    cache.storeRrset([record('www.cnn.com. 60 A 192.0.2.3')], 'additional', 0);
    expect(find(cache, 'www.cnn.com.', TYPE.A, 0)?.records).toEqual(['www.cnn.com. 60 IN A 192.0.2.2']);
  });

  test('a zone cannot make its delegation last longer than its parent said (ghost domain)', () => {
    const cache = new Cache(LIMITS);
    cache.storeRrset([record('cnn.com. 100 NS ns.cnn.com.')], 'referral', 0);
    cache.storeRrset([record('cnn.com. 86400 NS ns.cnn.com.')], 'answer', 50_000);
    expect(cache.records(parseName('cnn.com.'), TYPE.NS, 99_999).length).toBe(1);
    expect(cache.records(parseName('cnn.com.'), TYPE.NS, 100_000)).toEqual([]);
  });
});

describe('what does not exist (RFC 2308)', () => {
  test('is kept as long as the smaller of SOA TTL and MINIMUM', () => {
    const cache = new Cache(LIMITS);
    cache.storeNegative('no-data', www, TYPE.MX, SOA, 0);
    expect(find(cache, 'www.cnn.com.', TYPE.MX, 299_999)).toMatchObject({ knowledge: 'no-data' });
    expect(find(cache, 'www.cnn.com.', TYPE.A, 0)).toBeUndefined();
    expect(find(cache, 'www.cnn.com.', TYPE.MX, 300_000)).toBeUndefined();
  });

  test('a name that does not exist has no type, and nothing below it (RFC 8020)', () => {
    const cache = new Cache(LIMITS);
    cache.storeNegative('name-error', www, TYPE.MX, SOA, 0);
    for (const name of ['www.cnn.com.', 'WWW.cnn.com.', 'a.b.www.cnn.com.']) {
      expect(find(cache, name, TYPE.A, 0)).toMatchObject({ knowledge: 'name-error' });
    }
    expect(find(cache, 'cnn.com.', TYPE.A, 0)).toBeUndefined();
  });
});

test('the entry that was used longest ago makes room', () => {
  const cache = new Cache({ ...LIMITS, bytes: 1_500 });
  for (const name of ['a', 'b']) cache.storeRrset([record(`${name}.com. 60 A 192.0.2.1`)], 'answer', 0);
  find(cache, 'a.com.', TYPE.A, 1);
  cache.storeRrset([record('c.com. 60 A 192.0.2.1')], 'answer', 2);
  expect(['a', 'b', 'c'].map((name) => find(cache, `${name}.com.`, TYPE.A, 3) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
  expect(cache.size).toBe(2);
});

test('a cache of no bytes keeps nothing', () => {
  const cache = new Cache({ ...LIMITS, bytes: 0 });
  cache.storeRrset([record('a.com. 60 A 192.0.2.1')], 'answer', 0);
  expect(cache.size).toBe(0);
});
