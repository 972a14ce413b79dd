import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { nodeAt, recordsOf, rrsetAt, type Zone } from '../../src/protocol/zone.ts';
import { changeZone, type NodeChange } from '../../src/protocol/zone-change.ts';
import { digestOf } from '../../src/protocol/zone-digest.ts';
import { APEX, zoneOf } from '../zones.ts';

const ORIGIN = parseName('example');

/** What a name owns after a change: addresses, none for a name that is to go. */
function change(owner: Name, addresses: readonly number[]): NodeChange {
  const records = addresses.map((last) => ({
    ...{ owner, type: TYPE.A, class: CLASS.IN, ttl: 3600 },
    rdata: { kind: 'A' as const, address: `192.0.2.${last}` },
  }));
  return { owner, rrsets: records.length === 0 ? [] : [{ owner, type: TYPE.A, records }] };
}

function linesOf(zone: Zone): string[] {
  return [...recordsOf(zone)].map(formatRecord).sort();
}

/** All names that exist by the rule: owners, and the names between them and the apex (RFC 8020). */
function namesOf(zone: Zone): Set<string> {
  const names = new Set([nameKey(ORIGIN)]);
  for (const { owner } of recordsOf(zone)) {
    for (let labels = owner.length; labels > ORIGIN.length; labels -= 1) names.add(nameKey(owner.slice(-labels)));
  }
  return names;
}

const label = fc.constantFrom('a', 'b', 'B', 'c', '*');
const owner = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => [...labels, ...ORIGIN]);
const changes = fc.array(fc.tuple(owner, fc.uniqueArray(fc.nat(255), { maxLength: 3 })), { maxLength: 40 });

test('a zone that was changed step by step is the zone that its records make', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      let zone = zoneOf('example.', APEX);
      for (const [name, addresses] of steps) zone = changeZone(zone, [change(name, addresses)]);
      const text = linesOf(zone).join('\n').toLowerCase();
      const anew = zoneOf('example.', text);
      expect(linesOf(anew).join('\n').toLowerCase()).toBe(text.split('\n').sort().join('\n'));
      expect(zone.records).toBe(anew.records);
      expect(digestOf(zone, '10.53')).toBe(digestOf(anew, '10.53'));
      const names = namesOf(zone);
      for (const [name] of steps) {
        for (let labels = name.length; labels > 0; labels -= 1) {
          const key = name.slice(-labels);
          expect(nodeAt(zone, key) !== undefined).toBe(names.has(nameKey(key)));
          expect(nodeAt(zone, key)?.children).toBe(nodeAt(anew, key)?.children);
        }
      }
    }),
  );
});

test('an edition stays as it was when the next one is made of it, and who reads it goes on in it', () => {
  const first = zoneOf('example.', APEX);
  const before = linesOf(first);
  const reading = recordsOf(first);
  reading.next();
  let zone = first;
  for (let at = 0; at < 3_000; at += 1) {
    const name = parseName(`host${at}.example`);
    zone = changeZone(zone, [change(name, [at & 255])]);
    if (at % 3 === 0) zone = changeZone(zone, [change(parseName(`host${at - 99}.example`), [])]);
  }
  expect([...reading].length).toBe(before.length - 1);
  expect(linesOf(first)).toEqual(before);
  expect(rrsetAt(zone, parseName('host2999.example'), TYPE.A)?.records.length).toBe(1);
  expect(nodeAt(zone, parseName('host0.example'))).toBeUndefined();
  expect(zone.records).toBe(linesOf(zone).length);
});

test('records of one name may stand anywhere in a file, and the spelling is that of the first', () => {
  const hosts = Array.from({ length: 10_000 }, (_, at) => `host${at} A 192.0.2.1`).join('\n');
  const zone = zoneOf('example.', `${APEX}Www A 192.0.2.1\n${hosts}\nwww A 192.0.2.2\nWWW A 192.0.2.1\nwww TXT x\n`);
  expect(rrsetAt(zone, parseName('www.example'), TYPE.A)?.records.map(formatRecord)).toEqual([
    'Www.example. 3600 IN A 192.0.2.1',
    'Www.example. 3600 IN A 192.0.2.2',
  ]);
  expect(zone.records).toBe(10_006);
  expect(nodeAt(zone, ORIGIN)?.children).toBe(10_002);
});

test('the digest of a zone is that of its records in any order, on whatever network the lab is', () => {
  const [one, other] = ['a A 10.53.1.2\na A 192.0.2.1\nb TXT x', 'b TXT x\na A 192.0.2.1\na A 127.53.1.2'];
  expect(digestOf(zoneOf('example.', APEX + one), '10.53')).toBe(digestOf(zoneOf('example.', APEX + other), '127.53'));
  expect(digestOf(zoneOf('example.', APEX + one), '10.53')).not.toBe(
    digestOf(zoneOf('example.', `${APEX}a A 10.53.1.2\na A 192.0.2.2\nb TXT x`), '10.53'),
  );
});
