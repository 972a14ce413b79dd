import { describe, expect, test } from 'vitest';
import { formatName, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { Cache } from '../../src/protocol/cache.ts';
import { lookUp } from '../../src/protocol/look-up.ts';
import { redirect, withoutSynthesised } from '../../src/protocol/redirection.ts';

const DNAME = record('old.com. 60 DNAME new.org.');

describe('a DNAME record', () => {
  // The examples of RFC 6672, section 2.2, table 1.
  test.each([
    ['com.', 'example.com.', 'example.net.', null],
    ['example.com.', 'example.com.', 'example.net.', null],
    ['a.example.com.', 'example.com.', 'example.net.', 'a.example.net.'],
    ['a.b.example.com.', 'example.com.', 'example.net.', 'a.b.example.net.'],
    ['ab.example.com.', 'b.example.com.', 'example.net.', null],
    ['foo.example.com.', 'example.com.', 'example.net.', 'foo.example.net.'],
    ['a.x.example.com.', 'x.example.com.', 'example.net.', 'a.example.net.'],
    ['a.example.com.', 'example.com.', 'y.example.net.', 'a.y.example.net.'],
    ['cyc.example.com.', 'example.com.', 'example.com.', 'cyc.example.com.'],
    ['cyc.example.com.', 'example.com.', 'c.example.com.', 'cyc.c.example.com.'],
    ['shortloop.x.x.', 'x.', '.', 'shortloop.x.'],
    ['shortloop.x.', 'x.', '.', 'shortloop.'],
  ])('of %s: %s DNAME %s gives %s', (qname, owner, to, expected) => {
    const redirection = redirect(parseName(qname), record(`${owner} 60 DNAME ${to}`));
    expect(redirection?.target === undefined ? null : formatName(redirection.target)).toBe(expected);
  });

  test('gives a CNAME record with its own TTL, in the letters of the question', () => {
    const links = redirect(parseName('WWW.Old.com.'), DNAME)?.links.map(formatRecord);
    expect(links).toEqual([
      'Old.com. 60 IN DNAME new.org.',
      'WWW.Old.com. 60 IN CNAME www.new.org.'.replace('www', 'WWW'),
    ]);
  });

  test('is kept without the CNAME records that follow from it; other CNAME records stay', () => {
    const records = [DNAME, record('www.old.com. 60 CNAME www.new.org.'), record('www.new.org. 60 CNAME w.new.org.')];
    expect(withoutSynthesised(records).map(formatRecord)).toEqual([
      'old.com. 60 IN DNAME new.org.',
      'www.new.org. 60 IN CNAME w.new.org.',
    ]);
  });
});

describe('in the cache', () => {
  const limits = { bytes: 100_000, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: 0 };
  const find = (cache: Cache, now = 0) => {
    const from = { name: parseName('www.old.com.'), aliases: [] };
    return lookUp(cache, from, TYPE.A, { now, mayBeStale: false });
  };

  test('it leads on, and each record of the answer names the entry that it came from', () => {
    const cache = new Cache(limits);
    cache.storeRrset([DNAME], 'answer', 0);
    cache.storeRrset([record('www.new.org. 30 A 192.0.2.1')], 'answer', 0);
    const found = find(cache);
    if (found.kind !== 'found') throw new Error(found.kind);
    const { answer, from = [] } = found.resolution;
    expect(answer.map(({ ttl, type }) => [type, ttl])).toEqual([
      [TYPE.DNAME, 60],
      [TYPE.CNAME, 60],
      [TYPE.A, 30],
    ]);
    expect(from.map(({ expiresAt }) => expiresAt)).toEqual([60_000, 60_000, 30_000]);
  });

  test('it leads nowhere when it was only mentioned, when its time is over, and when it was flushed', () => {
    const cache = new Cache(limits);
    cache.storeRrset([DNAME], 'additional', 0);
    expect(find(cache)).toMatchObject({ kind: 'unknown', aliases: [] });
    cache.storeRrset([DNAME], 'answer', 0);
    expect(find(cache)).toMatchObject({ kind: 'unknown', aliases: { length: 2 } });
    expect(find(cache, 60_000)).toMatchObject({ kind: 'unknown', aliases: [] });
    cache.storeRrset([DNAME], 'answer', 0);
    cache.clear();
    expect(find(cache)).toMatchObject({ kind: 'unknown', aliases: [] });
  });
});
