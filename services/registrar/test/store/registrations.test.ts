import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from '#shared/host/test/kit/redis-server.ts';
import type { Registration } from '../../src/protocol/registration.ts';
import { fileRegistrations } from '../../src/store/file-registrations.ts';
import { redisRegistrations } from '../../src/store/redis-registrations.ts';
import type { Registrations } from '../../src/store/registrations.ts';

const MAX = 5;

function registration(change: Partial<Registration> = {}): Registration {
  return {
    name: 'networkutopia.com',
    status: 'pendingCreate',
    registrant: '네트워크 유토피아',
    nameServers: [
      { name: 'dns1.networkutopia.com', address: '10.53.3.1' },
      { name: 'dns2.networkutopia.com', address: '10.53.3.2' },
    ],
    createdAt: 1_795_000_000_000,
    changedAt: 1_795_000_000_000,
    revision: 1,
    secretHash: '00',
    ours: [],
    task: { tries: 0, dueAt: 1_795_000_000_000, trouble: null },
    zoneChange: null,
    ...change,
  };
}

/** What every database of registrations must do. */
function contract(runs: boolean, open: () => Registrations): void {
  test.runIf(runs)('what is entered is found as it was', async () => {
    const store = open();
    expect(await store.find('networkutopia.com')).toBeNull();
    expect(await store.create(registration())).toBe('created');
    expect(await store.find('networkutopia.com')).toEqual(registration());
    expect(await store.count()).toBe(1);
  });

  test.runIf(runs)('a name is entered once, and the second try changes nothing', async () => {
    const store = open();
    await store.create(registration());
    expect(await store.create(registration({ registrant: 'somebody else' }))).toBe('taken');
    expect((await store.find('networkutopia.com'))?.registrant).toBe('네트워크 유토피아');
  });

  test.runIf(runs)('of twenty that race for a name one wins, and it is the one that is kept', async () => {
    const store = open();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.create(registration({ registrant: `number ${index}` }))),
    );
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    expect(results.filter((result) => result === 'taken')).toHaveLength(19);
    expect((await store.find('networkutopia.com'))?.registrant).toBe(`number ${results.indexOf('created')}`);
  });

  test.runIf(runs)('a full database refuses new names, and takes one again when another is gone', async () => {
    const store = open();
    for (let count = 0; count < MAX; count += 1) await store.create(registration({ name: `a${count}.com` }));
    expect(await store.create(registration())).toBe('full');
    expect(await store.create(registration({ name: 'a0.com', registrant: 'another' }))).toBe('taken');
    expect(await store.remove('a0.com', 1)).toBe(true);
    expect(await store.create(registration())).toBe('created');
  });

  test.runIf(runs)('a change follows on the revision that it was made from', async () => {
    const store = open();
    await store.create(registration());
    expect(await store.replace(registration({ revision: 2, registrant: 'one' }))).toBe(true);
    expect(await store.replace(registration({ revision: 2, registrant: 'other' }))).toBe(false);
    expect((await store.find('networkutopia.com'))?.registrant).toBe('one');
    expect(await store.replace(registration({ name: 'unknown.com', revision: 1 }))).toBe(false);
  });

  test.runIf(runs)('all registrations are read', async () => {
    const store = open();
    await store.create(registration());
    await store.create(registration({ name: 'other.com' }));
    const names: string[] = [];
    for await (const { name } of store.all()) names.push(name);
    expect(names.sort()).toEqual(['networkutopia.com', 'other.com']);
  });

  test.runIf(runs)('a removal needs the right revision, and leaves nothing', async () => {
    const store = open();
    await store.create(registration({ revision: 1 }));
    expect(await store.remove('networkutopia.com', 2)).toBe(false);
    expect(await store.remove('networkutopia.com', 1)).toBe(true);
    expect(await store.remove('networkutopia.com', 1)).toBe(false);
    expect(await store.find('networkutopia.com')).toBeNull();
  });
}

describe('in files', () => {
  const folders: string[] = [];
  const newFolder = () => {
    folders.push(mkdtempSync(join(tmpdir(), 'topdown-registrations-')));
    return folders.at(-1)!;
  };
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  contract(true, () => fileRegistrations(newFolder(), MAX));

  test('what one program has kept, the next one finds', async () => {
    const folder = newFolder();
    const store = fileRegistrations(folder, MAX);
    await store.create(registration());
    await store.create(registration({ name: 'other.com' }));
    await store.replace(registration({ revision: 2, status: 'active', task: null }));
    await store.remove('other.com', 1);
    const next = fileRegistrations(folder, MAX);
    expect(await next.find('networkutopia.com')).toMatchObject({ revision: 2, status: 'active' });
    expect(await next.count()).toBe(1);
  });

  test('a file that was cut off by a crash is no registration, one that was spoilt stops the start', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'a.com.json.new'), '{"na');
    expect(await fileRegistrations(folder, MAX).count()).toBe(0);
    writeFileSync(join(folder, 'b.com.json'), '{"na');
    expect(() => fileRegistrations(folder, MAX)).toThrow(/b\.com\.json: this registration cannot be read/);
  });
});

describe('in Redis', () => {
  let server: RedisServer | undefined;

  beforeAll(async () => {
    if (hasRedisServer) server = await startRedisServer();
    else process.stdout.write('Not run: the contract over Redis, because this machine has no redis-server\n');
  });
  afterEach(async () => {
    await server?.connect().flushall();
  });
  afterAll(() => server?.stop());

  contract(hasRedisServer, () => redisRegistrations(server!.connect(), MAX));

  test.runIf(hasRedisServer)(
    'a command that is sent once more because its answer was lost has done its work',
    async () => {
      const store = redisRegistrations(server!.connect(), MAX);
      expect(await store.create(registration())).toBe('created');
      expect(await store.create(registration())).toBe('created');
      expect(await store.replace(registration({ revision: 2 }))).toBe(true);
      expect(await store.replace(registration({ revision: 2 }))).toBe(true);
    },
  );

  test.runIf(hasRedisServer)('a registration of an earlier edition is due to be entered', async () => {
    const { ours: _ours, task: _task, zoneChange: _change, ...earlier } = registration();
    await server!.connect().hset('registrar:registrations', earlier.name, JSON.stringify(earlier));
    const found = await redisRegistrations(server!.connect(), MAX).find(earlier.name);
    expect(found).toEqual({ ...earlier, ours: [], task: { tries: 0, dueAt: 0, trouble: null }, zoneChange: null });
  });
});
