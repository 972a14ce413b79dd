import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestHost } from '#shared/host/test-host.ts';
import { createDnsClient } from '../../src/client/dns-client.ts';
import { dnsRegistry } from '../../src/client/registry.ts';
import { dnsServerChecks } from '../../src/client/server-checks.ts';
import { Registrar } from '../../src/registrar.ts';
import { fileRegistrations } from '../../src/store/file-registrations.ts';
import type { Registrations } from '../../src/store/registrations.ts';
import { ZoneKeeper } from '../../src/zone-keeper.ts';
import { KEY, RegistryWorld } from './registry-world.ts';

/** A database that has entered a registration and ends before it says so: the client is told to try again, and can. */
function forgetful(store: Registrations): Registrations {
  let away = 0;
  const orAway = async <T>(asked: Promise<T>): Promise<T> => {
    if (away-- > 0) throw new Error('the connection is closed');
    return asked;
  };
  let isFirst = true;
  return {
    ...store,
    find: (name) => orAway(store.find(name)),
    create: async (registration) => {
      const created = await store.create(registration);
      if (isFirst) away = 3;
      isFirst = false;
      return orAway(Promise.resolve(created));
    },
  };
}

test('a registration that nobody was told of, since the database did not answer, does not block its name', async () => {
  const world = new RegistryWorld();
  await world.start();
  const host = createTestHost({ name: 'registrar', suffix: '91.49', names: world.names });
  const store = forgetful(fileRegistrations(join(host.stateDir, 'registrations'), 10));
  const client = createDnsClient(host, 10_000);
  const registry = dnsRegistry(host, client, KEY);
  const keeper = new ZoneKeeper(host, store, registry);
  const serverChecks = dnsServerChecks(host, client);
  const terms = { net: host.net, tlds: ['com'] };
  const registrar = new Registrar({ terms, store, registry, serverChecks, keeper, clock: host.clock });
  const nameServers = [1, 2].map((last) => ({ name: `dns${last}.networkutopia.com`, address: `10.53.3.${last}` }));
  const application = { name: 'networkutopia.com', nameServers };

  await expect(registrar.register(application, 'test.1')).rejects.toMatchObject({ code: 'storeSilent' });
  expect(await store.count()).toBe(1);
  await expect
    .poll(async () => {
      host.clock.advance(1_000);
      return store.count();
    })
    .toBe(0);
  expect((await registrar.register(application, 'test.2')).registration.status).toBe('active');

  client.close();
  await keeper.close();
  await host.remove();
  world.stop();
});
