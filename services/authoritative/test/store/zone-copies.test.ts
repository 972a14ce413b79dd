import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { recordsOf, type Zone } from '../../src/protocol/zone.ts';
import { ZoneCopies } from '../../src/store/zone-copies.ts';
import { APEX, zoneOf } from '../zones.ts';

let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'topdown-copies-'));
});

afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const recordsAsText = (zone: Zone) => [...recordsOf(zone)].map(formatRecord).toSorted();

test('a zone without a copy is undefined', () => {
  expect(new ZoneCopies(stateDir, '127.53').load(parseName('foo.com.'))).toBeUndefined();
});

test('a kept copy is the zone that was saved, with the time at which its primary confirmed it', async () => {
  const zone = zoneOf('foo.com.', `${APEX}*.bar TXT "a\\"b" "second"\nwww CNAME relay1.bar\n@ MX 10 mail.bar\n`);
  await new ZoneCopies(stateDir, '127.53').save({ zone, confirmedAt: 1_234.5 });
  const kept = new ZoneCopies(stateDir, '127.53').load(parseName('FOO.com.'));

  expect(kept?.confirmedAt).toBe(1_234);
  expect(recordsAsText(kept?.zone as Zone)).toEqual(recordsAsText(zone));
});

test('the root has a copy, too', async () => {
  const zone = zoneOf('.', APEX);
  await new ZoneCopies(stateDir, '127.53').save({ zone, confirmedAt: 0 });

  expect(new ZoneCopies(stateDir, '127.53').load([])?.zone.soa.serial).toBe(1);
});

test('addresses of the lab are written as the plan has them, and read as the lab has them', async () => {
  const zone = zoneOf('foo.com.', `${APEX}www A 127.53.10.1\nelsewhere A 145.37.93.126\n`);
  await new ZoneCopies(stateDir, '127.53').save({ zone, confirmedAt: 0 });

  expect(readFileSync(join(stateDir, 'copies', 'foo.com.zone'), 'utf8')).toMatch(/\s10\.53\.10\.1$/m);
  const elsewhere = new ZoneCopies(stateDir, '10.54').load(parseName('foo.com.'))?.zone as Zone;
  expect(recordsAsText(elsewhere).join('\n')).toMatch(/ 10\.54\.10\.1\n|\b10\.54\.10\.1$/m);
  expect(recordsAsText(elsewhere).join('\n')).toContain('145.37.93.126');
});

test('a copy that is damaged is told with its file, and not served', () => {
  mkdirSync(join(stateDir, 'copies'));
  writeFileSync(join(stateDir, 'copies', 'foo.com.zone'), '; confirmed 1\nwww.foo.com. 60 IN A 1.2\n');

  expect(() => new ZoneCopies(stateDir, '127.53').load(parseName('foo.com.'))).toThrow(/foo\.com\.zone:2/);
});
