import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Registration } from '../../src/protocol/registration.ts';
import { memoryRegistrations } from '../../src/store/memory-registrations.ts';
import { redisRegistrations } from '../../src/store/redis-registrations.ts';
import type { Registrations } from '../../src/store/registrations.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../redis-server.ts';

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
    expect(await store.create(registration({ name: 'a0.com' }))).toBe('taken');
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

  test.runIf(runs)('a removal needs the right revision, and leaves nothing', async () => {
    const store = open();
    await store.create(registration({ revision: 1 }));
    expect(await store.remove('networkutopia.com', 2)).toBe(false);
    expect(await store.remove('networkutopia.com', 1)).toBe(true);
    expect(await store.remove('networkutopia.com', 1)).toBe(false);
    expect(await store.find('networkutopia.com')).toBeNull();
  });
}

describe('in memory', () => contract(true, () => memoryRegistrations(MAX)));

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
});
