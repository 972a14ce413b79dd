import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { Editions } from '../../src/store/editions.ts';
import { APEX, zoneOf } from '../zones.ts';

let host: TestHost;
beforeEach(() => {
  host = createTestHost({ name: 'editions', suffix: '74.9' });
});
afterEach(() => host.remove());

const zone = zoneOf('example.', `${APEX}a A 10.53.0.1\nb A 10.53.0.2\n`);

test('equal records are one edition, whatever their order and the network of the lab', () => {
  const turned = zoneOf('example.', `${APEX}b A 10.53.0.2\na A 10.53.0.1\n`);
  const moved = zoneOf('example.', `${APEX}a A ${host.net}.0.1\nb A ${host.net}.0.2\n`);
  const other = zoneOf('example.', `${APEX}a A 10.53.0.1\nb A 10.53.0.3\n`);
  const editions = new Editions(host);
  expect(editions.editionOf(turned)).toEqual(editions.editionOf(zone));
  expect(editions.editionOf(moved)).toEqual(editions.editionOf(zone));
  expect(editions.editionOf(other)).not.toEqual(editions.editionOf(zone));
});

test('what was told outlives the program; what was published only does not', async () => {
  const first = new Editions(host);
  const edition = first.editionOf(zone);
  first.publish(['told'], edition);
  first.publish(['published'], edition);
  for (let turn = 0; turn < 3; turn += 1) first.keepTold(['told'], { ...edition, serial: turn });
  first.keepTold([], edition);
  await first.close();
  const next = new Editions(host);
  next.load();
  expect(next.published(['told'])).toEqual({ ...edition, serial: 2 });
  expect(next.published([])).toEqual(edition);
  expect(next.published(['published'])).toBeUndefined();
  expect(readFileSync(join(host.stateDir, 'told'), 'utf8').split('\n').length).toBe(3);
});

test('a file with nonsense is left aside', () => {
  writeFileSync(join(host.stateDir, 'told'), 'a..b 1 x\n');
  const editions = new Editions(host);
  editions.load();
  writeFileSync(join(host.stateDir, 'told'), 'example. soon x\nexample.\nexample. 7 0123456789abcdef\n');
  editions.load();
  expect(editions.published(['example'])).toEqual({ serial: 7, digest: '0123456789abcdef' });
});
