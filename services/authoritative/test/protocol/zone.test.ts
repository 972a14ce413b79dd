import { describe, expect, test } from 'vitest';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { recordsOf } from '../../src/protocol/zone.ts';
import { APEX, zoneOf } from '../zones.ts';

describe('a zone that is refused', () => {
  test.each([
    [
      'a CNAME and other data',
      `${APEX}www A 192.0.2.1\nwww CNAME ns\n`,
      /zone:6: www.example. has a CNAME record and also A.*RFC 1034, section 3.6.2/,
    ],
    ['a CNAME at the apex', `${APEX}@ CNAME www\n`, /RFC 1034, section 3.6.2/],
    ['two CNAME records', `${APEX}www CNAME a\nwww CNAME b\n`, /two CNAME records.*RFC 2181, section 10.1/],
    ['no SOA record', '$TTL 1\n@ NS ns\n', /has no SOA record: begin it with one/],
    ['no NS record', '$TTL 1\n@ SOA a b 1 1 1 1 1\n', /has no NS record/],
    ['two SOA records', `${APEX}@ SOA a b 2 1 1 1 1\n`, /two SOA records/],
    ['a SOA record elsewhere', `${APEX}sub SOA a b 2 1 1 1 1\n`, /not the apex/],
    ['data of another zone', `${APEX}www.other. A 192.0.2.1\n`, /www.other. is outside of the zone example./],
  ])('%s', (_name, text, message) => {
    expect(() => zoneOf('example.', text)).toThrow(ZoneFileError);
    expect(() => zoneOf('example.', text)).toThrow(message);
  });
});

test('a record written twice is one record, and an RRset has one TTL (RFC 2181, section 5)', () => {
  const zone = zoneOf('example.', `${APEX}www 10 A 192.0.2.1\nWWW 10 A 192.0.2.1\nwww 20 A 192.0.2.2\n`);
  expect([...recordsOf(zone)].map(formatRecord).slice(3)).toEqual([
    'www.example. 10 IN A 192.0.2.1',
    'www.example. 10 IN A 192.0.2.2',
  ]);
  expect(zone.records).toBe(5);
});
