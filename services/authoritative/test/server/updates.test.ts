import { mkdirSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameKey } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { change, prerequisite } from '#shared/dns/update.ts';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { parseUpdatePolicy, Rights } from '../../src/protocol/update-policy.ts';
import { Updates } from '../../src/server/updates.ts';
import { Editions } from '../../src/store/editions.ts';
import type { JournalDisk } from '../../src/store/journal-file.ts';
import { PrimaryZones } from '../../src/store/primary-zones.ts';
import { Publisher } from '../../src/store/publisher.ts';
import { ZoneTable } from '../../src/store/zone-table.ts';
import { record } from '../records.ts';
import { APEX } from '../zones.ts';

const origin = parseName('example.');
const rights = new Rights(parseUpdatePolicy('* grant key zonesub ANY', 'policy'), origin, ['key']);
const signature = { key: ['key'], timeSigned: 1, fudge: 300, mac: 'ab' };

let host: TestHost;
let primary: PrimaryZones;
let table: ZoneTable;
let updates: Updates;
/** What the disk was asked for, and whether it is full. */
let disk: { syncs: number; isFull: boolean };

beforeEach(async () => {
  host = createTestHost({ name: 'updates', suffix: '76.8' });
  mkdirSync(join(host.dir, 'zones'));
  writeFileSync(join(host.dir, 'zones/example.zone'), APEX);
  disk = { syncs: 0, isFull: false };
  table = new ZoneTable();
  const editions = new Editions(host);
  primary = new PrimaryZones(host, table, editions, new Publisher(host, table, editions, () => {}), countingDisk());
  updates = new Updates(host, table, primary);
  await primary.load();
});
afterEach(async () => {
  await primary.stop();
  await host.remove();
});

function countingDisk(): JournalDisk {
  return {
    open: async (path, flags) => {
      const file = await open(path, flags);
      return {
        write: ((...given: Parameters<FileHandle['write']>) => {
          if (disk.isFull) throw new Error('ENOSPC: no space left on device, write');
          return file.write(...given);
        }) as FileHandle['write'],
        datasync: () => {
          disk.syncs += 1;
          return file.datasync();
        },
        sync: () => file.sync(),
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
      };
    },
  };
}

const add = (line: string, ...prerequisites: ReturnType<typeof record>[]) =>
  updates.submit(origin, { update: { prerequisites, updates: [change.add(record(line))] }, rights, signature });
const serial = () => table.zones.get(nameKey(origin))?.soa.serial;

test('updates that come while the disk is busy are written together, and each is done after those before it', async () => {
  const isFree = prerequisite.nameIsNotInUse(parseName('once.example.'));
  const all = Array.from({ length: 90 }, (_, turn) => add(`n${turn} 60 A 192.0.2.1`));
  const race = [add('once 60 A 192.0.2.1', isFree), add('once 60 A 192.0.2.2', isFree)];
  expect((await Promise.all(all)).every(({ rcode }) => rcode === RCODE.NOERROR)).toBe(true);
  expect((await Promise.all(race)).map(({ rcode }) => rcode)).toEqual([RCODE.NOERROR, RCODE.YXDOMAIN]);
  expect(serial()).toBe(92);
  expect(disk.syncs).toBeLessThanOrEqual(2);
});

test('a full disk is SERVFAIL: the zone stays as it was, health says so, and it goes on when there is room', async () => {
  await add('a 60 A 192.0.2.1');
  disk.isFull = true;
  const refused = await Promise.all([add('b 60 A 192.0.2.1'), add('c 60 A 192.0.2.1')]);
  expect(refused).toEqual(
    refused.map(() => ({ rcode: RCODE.SERVFAIL, because: expect.stringContaining('ENOSPC: no space left') })),
  );
  expect([serial(), primary.trouble()]).toEqual([
    2,
    expect.stringMatching(/^updates of example\. are not taken: ENOSPC/),
  ]);
  disk.isFull = false;
  expect(await add('d 60 A 192.0.2.1')).toMatchObject({ rcode: RCODE.NOERROR });
  expect([serial(), primary.trouble()]).toEqual([3, null]);
});

test('more updates than may wait are answered SERVFAIL', async () => {
  const answers = await Promise.all(Array.from({ length: 2_001 }, () => add('same 60 A 192.0.2.1')));
  expect(answers.at(-1)).toEqual({ rcode: RCODE.SERVFAIL, because: '2000 updates of example. wait already' });
  expect(answers.filter(({ rcode }) => rcode === RCODE.NOERROR).length).toBe(2_000);
});
