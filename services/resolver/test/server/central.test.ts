import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { World } from '../world.ts';

/** Ten hosts look up ten names each: at one server that knows all of them, and through the local DNS server. */
const HOSTS = Array.from({ length: 10 }, (_, host) => `${TEST_NET}.100.${host + 1}`);
const NAMES = [
  ...['www.amazon.com', 'cnn.com', 'www.enterprise.com', 'relay1.bar.foo.com', 'www.google.com'],
  ...['www.someschool.edu', 'mail.hamburger.edu', 'gaia.cs.umass.edu', 'mail.crepes.fr', 'tracker.topdown.org'],
];

let world: World;

beforeAll(async () => {
  world = await World.ofLab();
});

afterAll(async () => {
  await world.stop();
});

/** All look-ups at `server`; how many of the 100 found an address. */
async function lookUpAll(server: string): Promise<number> {
  let found = 0;
  for (const from of HOSTS) {
    const replies = await Promise.all(NAMES.map((name) => world.ask(server, `${name} A`, { from })));
    found += replies.filter(({ answer }) => answer.some(({ rdata }) => rdata.kind === 'A')).length;
  }
  return found;
}

/** Queries that `server` received so far. */
async function queriesAt(server: string): Promise<number> {
  return ((await world.running(server).state()) as { udpQueries: number }).udpQueries;
}

test('DNS-19 one server for all gets every look-up; in the hierarchy the root gets a few, and caches the rest', async () => {
  const before = await queriesAt('dns-central');
  expect(await lookUpAll('dns-central')).toBe(100);
  expect((await queriesAt('dns-central')) - before).toBe(100);

  await world.flush();
  const roots = async () => (await queriesAt('root-a')) + (await queriesAt('root-b'));
  const rootsBefore = await roots();
  expect(await lookUpAll('resolver')).toBe(100);
  // One query for each of the four TLDs, and one for the list of the root servers.
  expect((await roots()) - rootsBefore).toBeLessThanOrEqual(5);
});
