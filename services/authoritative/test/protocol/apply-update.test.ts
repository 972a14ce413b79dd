import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResourceRecord } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, formatRcode, RCODE, TYPE } from '#shared/dns/registry.ts';
import { change, prerequisite, type Update } from '#shared/dns/update.ts';
import { applyUpdate } from '../../src/protocol/apply-update.ts';
import { applyDifference } from '../../src/protocol/difference.ts';
import { parseUpdatePolicy, Rights } from '../../src/protocol/update-policy.ts';
import { nodeAt, recordsOf, type Zone } from '../../src/protocol/zone.ts';
import { record } from '../records.ts';
import { APEX, zoneOf } from '../zones.ts';

const TEXT = `${APEX}@ NS ns2\nns2 A 192.0.2.54\nwww A 192.0.2.1\nwww A 192.0.2.2\nalias CNAME www\n@ MX 10 mail\nmail A 192.0.2.3\na.b.c TXT "x"\n`;
const zone = zoneOf('example.', TEXT);
const name = (text: string) => (text === '@' ? zone.origin : parseName(text, zone.origin));
const ALL = rights('* grant key zonesub ANY');

function rights(policy: string): Rights {
  return new Rights(parseUpdatePolicy(policy, 'update-policy'), zone.origin, ['key']);
}

function update(changes: readonly ResourceRecord[], prerequisites: readonly ResourceRecord[] = []): Update {
  return { prerequisites, updates: changes };
}

function outcomeOf(wanted: Update, allowed = ALL, of = zone) {
  return applyUpdate(of, wanted, allowed);
}

/** The zone after `changes`, which must be one. */
function zoneAfter(...changes: ResourceRecord[]): Zone {
  const outcome = outcomeOf(update(changes));
  if (outcome.kind !== 'changed') throw new Error(`${outcome.kind}: ${outcome.because}`);
  return outcome.zone;
}

const linesOf = (of: Zone) => [...recordsOf(of)].map(formatRecord).toSorted();
const at = (of: Zone, owner: string, type: number) =>
  (nodeAt(of, name(owner))?.rrsets.get(type)?.records ?? []).map((one) =>
    formatRecord(one).split(' ').slice(4).join(' '),
  );

describe('behaviour 42: a prerequisite', () => {
  const { rrsetExists, rrsetHas, rrsetDoesNotExist, nameIsInUse, nameIsNotInUse } = prerequisite;
  const other = (line: string, changed: Partial<ResourceRecord>) => ({ ...record(line), ...changed });
  test.each<[string, ResourceRecord[], number]>([
    ['the name is in use', [nameIsInUse(name('www'))], RCODE.NOERROR],
    ['the name is in use, and is not', [nameIsInUse(name('new'))], RCODE.NXDOMAIN],
    ['the name is in use, and only names below it are', [nameIsInUse(name('b.c'))], RCODE.NXDOMAIN],
    ['the name is free', [nameIsNotInUse(name('new'))], RCODE.NOERROR],
    ['the name is free, and only names below it are not', [nameIsNotInUse(name('b.c'))], RCODE.NOERROR],
    ['the name is free, and is in use', [nameIsNotInUse(name('WWW'))], RCODE.YXDOMAIN],
    ['the RRset is there', [rrsetExists(name('www'), TYPE.A)], RCODE.NOERROR],
    ['the RRset is there, and is not', [rrsetExists(name('www'), TYPE.MX)], RCODE.NXRRSET],
    ['the RRset is not there', [rrsetDoesNotExist(name('www'), TYPE.MX)], RCODE.NOERROR],
    ['the RRset is not there, and is', [rrsetDoesNotExist(name('www'), TYPE.A)], RCODE.YXRRSET],
    [
      'the RRset is these records',
      [rrsetHas(record('www 9 A 192.0.2.2')), rrsetHas(record('WWW 9 A 192.0.2.1'))],
      RCODE.NOERROR,
    ],
    ['the RRset is these records, names in any case', [rrsetHas(record('@ 0 MX 10 MAIL'))], RCODE.NOERROR],
    ['the RRset is these records, and has more', [rrsetHas(record('www 0 A 192.0.2.1'))], RCODE.NXRRSET],
    ['the RRset is these records, and has others', [rrsetHas(record('@ 0 MX 20 mail'))], RCODE.NXRRSET],
    ['the RRset is these records, and is not there', [rrsetHas(record('new 0 A 192.0.2.1'))], RCODE.NXRRSET],
    ['is about a name outside of the zone', [nameIsInUse(parseName('www.other.'))], RCODE.NOTZONE],
    ['has a TTL', [other('www 1 A 192.0.2.1', {})], RCODE.FORMERR],
    ['has data and no class that needs it', [other('www 0 A 192.0.2.1', { class: CLASS.ANY })], RCODE.FORMERR],
    ['has data and no class that needs it (NONE)', [other('www 0 A 192.0.2.1', { class: CLASS.NONE })], RCODE.FORMERR],
    ['is of a class that means nothing', [other('www 0 A 192.0.2.1', { class: CLASS.CH })], RCODE.FORMERR],
  ])('%s', (_what, prerequisites, rcode) => {
    const outcome = outcomeOf(update([change.add(record('new 60 A 192.0.2.9'))], prerequisites));
    expect(formatRcode(outcome.kind === 'refused' ? outcome.rcode : 0)).toBe(formatRcode(rcode));
    if (rcode !== RCODE.NOERROR) expect(outcome.because).not.toBe('');
  });
});

describe('behaviour 42: the update section is refused as a whole', () => {
  const good = change.add(record('good 60 A 192.0.2.9'));
  const { rdata } = record('www 0 A 192.0.2.1');
  const bare = (given: Partial<ResourceRecord>) => ({ ...change.deleteName(name('www')), ...given });
  test.each<[string, ResourceRecord, number]>([
    ['outside of the zone', change.add(record('www 60 A 192.0.2.1', 'other.')), RCODE.NOTZONE],
    ['data that is none', { ...record('x 60 A 192.0.2.1'), type: TYPE.ANY }, RCODE.FORMERR],
    ['a transfer as data', { ...record('x 60 A 192.0.2.1'), type: TYPE.AXFR }, RCODE.FORMERR],
    ['an RRset deleted with a TTL', bare({ ttl: 1 }), RCODE.FORMERR],
    ['an RRset deleted with data', bare({ rdata, type: TYPE.A }), RCODE.FORMERR],
    ['an RRset deleted of a type that is none', bare({ type: TYPE.IXFR }), RCODE.FORMERR],
    ['a record deleted with a TTL', { ...change.deleteRecord(record('www 1 A 192.0.2.1')), ttl: 1 }, RCODE.FORMERR],
    ['a record deleted of a type that is none', bare({ class: CLASS.NONE }), RCODE.FORMERR],
    ['a class that means nothing', { ...record('x 60 A 192.0.2.1'), class: CLASS.HS }, RCODE.FORMERR],
  ])('%s', (_what, bad, rcode) => {
    expect(outcomeOf(update([good, bad]))).toMatchObject({ kind: 'refused', rcode });
  });

  test('what the key may not change is refused, with all that it may', () => {
    const few = rights(
      'example. grant key name www A\nexample. deny key name www TXT\nexample. grant key subdomain sub ANY',
    );
    const isRefused = (...changes: ResourceRecord[]) => outcomeOf(update(changes), few).kind === 'refused';
    expect(isRefused(change.add(record('www 60 A 192.0.2.9')))).toBe(false);
    expect(isRefused(change.add(record('a.sub 60 TXT x')), change.deleteName(name('sub')))).toBe(false);
    expect(isRefused(change.add(record('www 60 A 192.0.2.9')), change.add(record('mail 60 A 192.0.2.9')))).toBe(true);
    expect(isRefused(change.deleteName(name('www')))).toBe(true);
    expect(isRefused(change.add(record('www 60 TXT x')))).toBe(true);
    expect(outcomeOf(update([change.add(record('mail 60 A 192.0.2.9'))]), few)).toMatchObject({
      rcode: RCODE.REFUSED,
      because: 'the key may not change A data of mail.example.',
    });
  });
});

describe('behaviour 41: an update', () => {
  test('adds a delegation with glue, and the serial rises by one', () => {
    const next = zoneAfter(change.add(record('sub 3600 NS ns.sub')), change.add(record('ns.sub 3600 A 192.0.2.7')));
    expect([at(next, 'sub', TYPE.NS), at(next, 'ns.sub', TYPE.A)]).toEqual([['ns.sub.example.'], ['192.0.2.7']]);
    expect(next.soa.serial).toBe(2);
    expect(next.records).toBe(zone.records + 2);
  });

  test('leaves the zone that it was made from as it was: a transfer may be reading it', () => {
    const before = linesOf(zone);
    const reading = recordsOf(zone);
    reading.next();
    zoneAfter(change.deleteName(name('www')), change.add(record('new 60 A 192.0.2.1')));
    expect([...reading].length).toBe(before.length - 1);
    expect(linesOf(zone)).toEqual(before);
  });

  test('that changes nothing leaves the serial: what is added is there, what is deleted is not', () => {
    const same = [
      change.add(record('www 3600 A 192.0.2.1')),
      change.deleteName(name('nowhere')),
      change.add(record('alias 1 A 1.2.3.4')),
    ];
    expect(outcomeOf(update(same))).toMatchObject({ kind: 'unchanged' });
    expect(outcomeOf(update([]))).toMatchObject({ kind: 'unchanged' });
    const undone = [change.add(record('x 60 A 192.0.2.1')), change.deleteName(name('x'))];
    expect(outcomeOf(update(undone))).toMatchObject({ kind: 'unchanged' });
  });

  test('is done in the order of its records', () => {
    const next = zoneAfter(
      change.deleteRrset(name('www'), TYPE.A),
      change.add(record('www 60 A 192.0.2.8')),
      change.add(record('x 60 A 192.0.2.1')),
      change.deleteName(name('x')),
    );
    expect([at(next, 'www', TYPE.A), nodeAt(next, name('x'))]).toEqual([['192.0.2.8'], undefined]);
  });

  test('of one record gives its TTL to the whole RRset (RFC 2181, section 5.2)', () => {
    const next = zoneAfter(change.add(record('www 60 A 192.0.2.1')));
    expect(
      nodeAt(next, name('www'))!
        .rrsets.get(TYPE.A)!
        .records.map(({ ttl }) => ttl),
    ).toEqual([60, 60]);
  });

  test('passes over a CNAME beside data and data beside a CNAME; a second CNAME takes the place of the first', () => {
    const next = zoneAfter(
      change.add(record('www 60 CNAME mail')),
      change.add(record('alias 60 A 192.0.2.1')),
      change.add(record('alias 60 CNAME mail')),
    );
    expect([at(next, 'www', TYPE.CNAME), at(next, 'alias', TYPE.A)]).toEqual([[], []]);
    expect(at(next, 'alias', TYPE.CNAME)).toEqual(['mail.example.']);
  });

  test('deletes a record whatever its TTL and case; the name goes with its last record, empty names above with it', () => {
    const next = zoneAfter(
      change.deleteRecord(record('WWW 9 A 192.0.2.1')),
      change.deleteRecord(record('www 0 A 192.0.2.99')),
      change.deleteRecord(record('a.b.c 0 TXT x')),
    );
    expect(at(next, 'www', TYPE.A)).toEqual(['192.0.2.2']);
    expect(['a.b.c', 'b.c', 'c'].map((owner) => nodeAt(next, name(owner)))).toEqual([undefined, undefined, undefined]);
    const more = zoneAfter(change.add(record('d.b.c 60 TXT y')), change.deleteName(name('a.b.c')));
    expect(nodeAt(more, name('b.c'))).toBeDefined();
  });

  test('that gives the zone a serial of its own is given it where it is newer, and one more where it is not', () => {
    const soa = (serial: number) => change.add(record(`@ 3600 SOA ns hostmaster ${serial} 1 2 3 4`));
    expect(zoneAfter(soa(2026)).soa).toMatchObject({ serial: 2026, refresh: 1 });
    expect(zoneAfter(soa(1), change.add(record('x 1 A 1.2.3.4'))).soa).toMatchObject({ serial: 2, refresh: 1 });
    expect(zoneAfter(soa(0), change.add(record('x 1 A 1.2.3.4'))).soa).toMatchObject({ serial: 2, refresh: 3600 });
    expect(zoneAfter(change.add(record('x 1 A 1.2.3.4')), soa(7)).soa.serial).toBe(7);
    expect(
      at(zoneAfter(change.add(record('x 1 SOA ns h 9 1 2 3 4')), change.add(record('y 1 A 1.2.3.4'))), 'x', TYPE.SOA),
    ).toEqual([]);
  });

  test('passes the serial 4294967295 on to 1: 0 is left out (RFC 1982, RFC 2136)', () => {
    const last = zoneOf('example.', TEXT.replace(' 1 3600', ' 4294967295 3600'));
    const outcome = outcomeOf(update([change.add(record('x 1 A 1.2.3.4'))]), ALL, last);
    expect(outcome).toMatchObject({ kind: 'changed', difference: { from: 4294967295, to: 1 } });
  });

  test('may not make an RRset of more than a thousand records', () => {
    const many = Array.from({ length: 1001 }, (_, n) => change.add(record(`many 60 A 10.0.${n >> 8}.${n & 255}`)));
    expect(outcomeOf(update(many))).toMatchObject({ kind: 'refused', rcode: RCODE.REFUSED });
  });
});

describe('behaviour 44: the apex keeps its SOA record and its last NS record', () => {
  test.each<[string, ResourceRecord]>([
    ['the SOA RRset', change.deleteRrset(name('@'), TYPE.SOA)],
    ['the SOA record', change.deleteRecord([...recordsOf(zone)][0]!)],
    ['the NS RRset', change.deleteRrset(zone.origin, TYPE.NS)],
  ])('%s', (_what, deletion) => {
    expect(outcomeOf(update([deletion]))).toMatchObject({ kind: 'unchanged' });
  });

  test('one NS of two goes, the last one stays', () => {
    const [one, two] = [change.deleteRecord(record('@ 0 NS ns')), change.deleteRecord(record('@ 0 NS ns2'))];
    expect(at(zoneAfter(one), '@', TYPE.NS)).toEqual(['ns2.example.']);
    expect(at(zoneAfter(one, two), '@', TYPE.NS)).toEqual(['ns2.example.']);
    expect(at(zoneAfter(two, one), '@', TYPE.NS)).toEqual(['ns.example.']);
  });

  test('all of the name leaves both, and takes the rest', () => {
    const next = zoneAfter(change.deleteName(zone.origin));
    expect([...nodeAt(next, zone.origin)!.rrsets.keys()].toSorted()).toEqual([TYPE.NS, TYPE.SOA]);
    expect(at(next, '@', TYPE.NS)).toEqual(['ns.example.', 'ns2.example.']);
  });
});

test('any updates leave a zone that its own text makes again, and a difference that leads from the old to the new one', () => {
  const owner = fc.constantFrom('www', 'alias', 'a.b.c', 'b.c', 'new', 'x.new', '@');
  const data = fc.constantFrom('A 192.0.2.1', 'A 192.0.2.7', 'TXT "x"', 'CNAME www', 'NS ns', 'NS ns9', 'DNAME other.');
  const line = fc.tuple(owner, fc.constantFrom('60', '3600'), data).map((words) => words.join(' '));
  const changes = fc.tuple(line, fc.constantFrom('add', 'record', 'rrset', 'name')).map(([text, how]) => {
    const one = record(text);
    if (how === 'add') return change.add(one);
    if (how === 'record') return change.deleteRecord(one);
    return how === 'rrset' ? change.deleteRrset(one.owner, one.type) : change.deleteName(one.owner);
  });
  fc.assert(
    fc.property(fc.array(fc.array(changes, { maxLength: 6 }), { maxLength: 5 }), (updates) => {
      let [now, replayed] = [zone, zone];
      for (const one of updates) {
        const outcome = outcomeOf(update(one), ALL, now);
        if (outcome.kind !== 'changed') continue;
        expect(outcome.zone.soa.serial).toBe(now.soa.serial + 1);
        now = outcome.zone;
        replayed = applyDifference(replayed, outcome.difference);
      }
      const again = zoneOf('example.', [...recordsOf(now)].map(formatRecord).join('\n'));
      expect(linesOf(replayed)).toEqual(linesOf(now));
      expect(linesOf(again)).toEqual(linesOf(now));
      expect(now.records).toBe(again.records);
      // Empty names too are those that the text makes.
      for (const text of ['c', 'b.c', 'new', 'x.new']) {
        expect(nodeAt(now, name(text)) === undefined).toBe(nodeAt(again, name(text)) === undefined);
      }
    }),
    { numRuns: 300 },
  );
});
