import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import { ask } from '#shared/host/dns/test/dns-client.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { APEX } from '../zones.ts';

/** A tree of three servers: the root, example, and shop.example, each the only one that its parent names. */
const TREE = [
  ['root', '73.1', 'root.zone', 'example NS dns.example\ndns.example A 10.53.73.2\n'],
  ['tld', '73.2', 'example.zone', 'shop NS dns.shop\ndns.shop A 10.53.73.3\nbare NS dns.elsewhere.test.\n'],
  ['shop', '73.3', 'shop.example.zone', 'www A 10.53.10.9\n'],
] as const;

const hosts: TestHost[] = [];
const running: Running[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await Promise.all(hosts.splice(0).map((host) => host.remove()));
});

async function startTree(environment: Readonly<Record<string, string>>): Promise<TestHost[]> {
  for (const [name, suffix, file, records] of TREE) {
    const host = createTestHost({ name, suffix });
    hosts.push(host);
    mkdirSync(join(host.dir, 'zones'));
    writeFileSync(join(host.dir, 'zones', file), APEX + records);
    running.push(await startOn(program, host, environment));
  }
  return hosts;
}

test('DNS-33 in a chain of recursive queries the root asks the TLD, which asks the authoritative server', async () => {
  const [root, tld, shop] = await startTree({ RECURSION: 'chain' });
  const reply = await ask(root!.endpoint(53), 'www.shop.example A', { rd: true });

  expect(reply).toMatchObject({ rcode: RCODE.NOERROR, ra: true, aa: false });
  expect(reply.answer.map(formatRecord)).toEqual([`www.shop.example. 3600 IN A ${TEST_NET}.10.9`]);
  const heard = (host: TestHost, from: string) =>
    host.reported.some(
      (one) => one.kind === 'dns.query' && one.from?.address === from && one.to?.address === host.address,
    );
  await expect.poll(() => heard(shop!, tld!.address)).toBe(true);
  await expect.poll(() => heard(tld!, root!.address)).toBe(true);
  expect(heard(shop!, root!.address)).toBe(false);
});

test('a query without RD is referred all the same, and so is every query where recursion is off', async () => {
  const [root] = await startTree({ RECURSION: 'chain' });
  expect(await ask(root!.endpoint(53), 'www.shop.example A', { rd: false })).toMatchObject({ answer: [], aa: false });

  await running[0]!.actions!.recursion!.run({ recursion: 'none' });
  const reply = await ask(root!.endpoint(53), 'www.shop.example A', { rd: true });
  expect(reply).toMatchObject({ answer: [], ra: false, rcode: RCODE.NOERROR });
  expect(reply.authority.length).toBe(1);
});

test('a chain ends with SERVFAIL where the servers below are silent, and where only their names are known', async () => {
  const [root, tld] = await startTree({ RECURSION: 'chain' });
  expect(await ask(tld!.endpoint(53), 'www.bare.example A', { rd: true })).toMatchObject({ rcode: RCODE.SERVFAIL });

  await running[2]!.stop();
  expect(await ask(root!.endpoint(53), 'www.shop.example A', { rd: true })).toMatchObject({ rcode: RCODE.SERVFAIL });
});

test('a name that does not exist does not exist at the end of a chain either', async () => {
  const [root] = await startTree({ RECURSION: 'chain' });
  const reply = await ask(root!.endpoint(53), 'nobody.shop.example A', { rd: true });
  expect(reply.rcode).toBe(RCODE.NXDOMAIN);
  expect(reply.authority[0]?.rdata.kind).toBe('SOA');
});

test('a distant server answers as much later as it is told, and nothing else changes', async () => {
  const [, , shop] = await startTree({ ANSWER_DELAY_MS: '120' });
  const begun = performance.now();
  expect(await ask(shop!.endpoint(53), 'www.shop.example A')).toMatchObject({ aa: true, rcode: RCODE.NOERROR });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(119);
});
