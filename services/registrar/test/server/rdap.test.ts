import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { RegistryWorld, registrarFolder } from './registry-world.ts';

let world: RegistryWorld;
let host: TestHost;
let running: Running;

beforeEach(async () => {
  world = new RegistryWorld();
  await world.start([]);
  host = createTestHost({ name: 'registrar', suffix: '91.48', dir: registrarFolder(), names: world.names });
  running = await startOn(program, host);
});

afterEach(async () => {
  await running.stop();
  await host.remove();
  world.stop();
});

async function register(name: string): Promise<void> {
  const nameServers = [1, 2].map((last) => ({ name: `dns${last}.${name}`, address: `10.53.3.${last}` }));
  const body = JSON.stringify({ name, nameServers, skipServerCheck: true });
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(`http://${host.address}/api/registrations`, { method: 'POST', headers, body });
  expect(response.status).toBe(201);
}

async function query(path: string, method = 'GET') {
  const response = await fetch(`http://${host.address}${path}`, { method, headers: { connection: 'close' } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

test('a registered domain is found in any case, as application/rdap+json that every page may read (RFC 7480, section 5.6)', async () => {
  await register('networkutopia.com');
  const { status, headers, body } = await query('/rdap/domain/NetworkUtopia.COM');
  expect([status, headers.get('content-type')]).toEqual([200, 'application/rdap+json']);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(body).toMatchObject({ objectClassName: 'domain', ldhName: 'networkutopia.com', status: ['active'] });
  expect(await query('/rdap/domain/networkutopia.com', 'HEAD')).toMatchObject({ status: 200, body: null });
});

test('a name server is found by the domains that name it', async () => {
  await register('networkutopia.com');
  expect((await query('/rdap/nameserver/dns1.networkutopia.com')).body).toMatchObject({
    objectClassName: 'nameserver',
    ipAddresses: { v4: [`${host.net}.3.1`] },
  });
});

test('domains are searched by a pattern', async () => {
  for (const name of ['networkutopia.com', 'networks.net', 'other.com']) await register(name);
  const found = async (pattern: string) =>
    ((await query(`/rdap/domains?name=${pattern}`)).body.domainSearchResults as { ldhName: string }[])
      .map(({ ldhName }) => ldhName)
      .sort();
  expect(await found('network*')).toEqual(['networks.net', 'networkutopia.com']);
  expect(await found('*.com')).toEqual(['networkutopia.com', 'other.com']);
  expect(await found('nobody*')).toEqual([]);
});

test.each([
  ['/rdap/domain/free.com', 404, 'free.com is not registered here'],
  ['/rdap/domain/a_b.com', 400, 'cannot be a domain name'],
  ['/rdap/domain/a.museum', 400, 'top-level domains'],
  ['/rdap/nameserver/ns.nowhere.com', 404, 'No name is registered here'],
  ['/rdap/nameserver/a%20b', 400, 'cannot be the name'],
  ['/rdap/domains?name=a*b*', 422, 'one *'],
  ['/rdap/domains?nsIp=10.53.3.1', 501, '?name='],
  ['/rdap/ip/10.53.3.1', 501, 'not answered here'],
  ['/rdap/entity/x', 501, 'not answered here'],
])('%s is answered %i in the form of RFC 9083, section 6', async (path, status, sentence) => {
  const answer = await query(path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/rdap+json']);
  expect(answer.body).toMatchObject({
    errorCode: status,
    title: expect.any(String),
    rdapConformance: ['rdap_level_0'],
  });
  expect(answer.body.description[0]).toContain(sentence);
});

test('help and the bootstrap file say where to ask', async () => {
  expect((await query('/rdap/help')).body.notices[0].description.join(' ')).toContain('/rdap/domain/NAME');
  const { headers, body } = await query('/rdap-bootstrap/dns.json');
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body.services[0]).toEqual([expect.arrayContaining(['com', 'kr']), ['http://registrar.topdown.org/rdap/']]);
});
