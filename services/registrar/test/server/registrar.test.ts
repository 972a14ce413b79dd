import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { RCODE } from '#shared/dns/registry.ts';
import type { Running } from '#shared/host/program.ts';
import { hasRedisServer, startRedisServer } from '#shared/host/test/kit/redis-server.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { RegistryWorld, registrarFolder } from './registry-world.ts';

let world: RegistryWorld;
let host: TestHost;
let running: Running;

beforeEach(async () => {
  world = new RegistryWorld();
  await world.start();
  host = createTestHost({ name: 'registrar', suffix: '91.42', dir: registrarFolder(), names: world.names });
  running = await startOn(program, host, { REGISTRY_TIMEOUT_MS: '1000' });
});

afterEach(async () => {
  await running.stop();
  await host.remove();
  world.stop();
});

const primary = { name: 'dns1.networkutopia.com', address: '10.53.3.1' };
const secondary = { name: 'dns2.networkutopia.com', address: '10.53.3.2' };
const application = { name: 'networkutopia.com', registrant: '네트워크 유토피아', nameServers: [primary, secondary] };

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`http://${host.address}/api${path}`, {
    method,
    // Each test has a server of its own on the same address: no connection may outlive it.
    headers: { connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers };
}

function bearer(secret: unknown): Record<string, string> {
  return { authorization: `Bearer ${String(secret)}` };
}

test('DNS-61 a name is registered once: the second try is refused with 409', async () => {
  const first = await ask('POST', '/registrations', application);
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({
    name: 'networkutopia.com',
    status: 'active',
    registrant: '네트워크 유토피아',
  });
  const second = await ask('POST', '/registrations', { ...application, registrant: 'somebody else' });
  expect(second.status).toBe(409);
  expect(second.body).toMatchObject({ code: 'takenHere', error: expect.stringContaining('is taken') });
  expect((await ask('GET', '/registrations/networkutopia.com')).body.registrant).toBe('네트워크 유토피아');
});

async function raceOf(count: number): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      ask('POST', '/registrations', { ...application, registrant: `number ${index}` }),
    ),
  );
  const won = answers.filter(({ status }) => status === 201);
  expect(won).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(count - 1);
  expect((await ask('GET', '/registrations/networkutopia.com')).body.registrant).toBe(won[0]?.body.registrant);
}

test('DNS-61 of fifty that race for a name one wins', async () => {
  await raceOf(50);
  expect(world.updates).toHaveLength(1);
});

describe('with Redis', () => {
  test.runIf(hasRedisServer)(
    'DNS-61 of ten that race for a name at two registrars one wins, and it lasts',
    async () => {
      const server = await startRedisServer();
      onTestFinished(() => server.stop());
      await running.stop();
      const redisHost = { ...host, redis: server.connect() };
      const other = {
        ...createTestHost({ name: 'other', suffix: '91.43', dir: registrarFolder(), names: world.names }),
        redis: server.connect(),
      };
      running = await startOn(program, redisHost);
      const runningOther = await startOn(program, other);
      const post = async (address: string) => {
        const headers = { 'content-type': 'application/json', connection: 'close' };
        return (
          await fetch(`http://${address}/api/registrations`, {
            method: 'POST',
            headers,
            body: JSON.stringify(application),
          })
        ).status;
      };
      const statuses = await Promise.all([0, 1, 2, 3, 4].flatMap(() => [post(host.address), post(other.address)]));
      expect(statuses.toSorted()).toEqual([201, ...Array<number>(9).fill(409)]);
      await Promise.all([running.stop(), runningOther.stop()]);
      running = await startOn(program, redisHost);
      expect((await ask('GET', '/registrations/networkutopia.com')).status).toBe(200);
      await other.remove();
      await server.stop();
    },
  );
});

test('without Redis nothing is registered, and the health says why', async () => {
  const redis = new Redis({ port: 1, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  redis.on('error', () => {});
  await running.stop();
  running = await startOn(program, { ...host, redis });
  const answer = await ask('POST', '/registrations', application);
  expect([answer.status, answer.body.code]).toEqual([503, 'storeSilent']);
  expect(running.health?.()).toContain('Redis does not answer');
  redis.disconnect();
});

test('DNS-61 a name that the top-level domain delegates already is taken', async () => {
  const answer = await ask('POST', '/registrations', { ...application, name: 'amazon.com' });
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({
    code: 'takenInZone',
    error: expect.stringContaining('ns.nic.com delegates amazon.com'),
  });
  expect((await ask('POST', '/registrations', { ...application, name: 'nic.com' })).body.code).toBe('takenInZone');
});

test.each([
  ['no secondary', [primary]],
  ['a secondary without an address', [primary, { name: secondary.name }]],
  ['a secondary without a name', [primary, { address: secondary.address }]],
  ['a secondary that is the primary again', [primary, primary]],
  ['no name servers at all', undefined],
])('DNS-62 an application with %s is refused', async (_what, nameServers) => {
  const answer = await ask('POST', '/registrations', { ...application, nameServers });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: 'faults', faults: [{ field: expect.stringContaining('nameServers') }] });
  expect((await ask('GET', '/registrations/networkutopia.com')).status).toBe(404);
});

test('DNS-62 the names and addresses of primary and secondary are kept as given', async () => {
  await ask('POST', '/registrations', application);
  expect((await ask('GET', '/registrations/networkutopia.com')).body.nameServers).toEqual([
    { name: 'dns1.networkutopia.com', address: `${host.net}.3.1` },
    { name: 'dns2.networkutopia.com', address: `${host.net}.3.2` },
  ]);
});

test('whether a name is free is said with the reason', async () => {
  expect((await ask('GET', '/names/networkutopia.com')).body).toEqual({
    ...{ name: 'networkutopia.com', available: true },
    because: 'ns.nic.com answers with authority that networkutopia.com does not exist',
  });
  expect((await ask('GET', '/names/amazon.com')).body).toMatchObject({ available: false });
  expect((await ask('GET', '/names/networkutopia.museum')).status).toBe(400);
});

test.each<[string, () => void]>([
  ['is silent', () => Object.assign(world, { silent: true })],
  ['refuses', () => Object.assign(world, { rcode: RCODE.REFUSED })],
  ['fails', () => Object.assign(world, { rcode: RCODE.SERVFAIL })],
  ['answers without authority that there is no such name', () => Object.assign(world, { rcode: RCODE.NXDOMAIN })],
])('while the registry %s, nobody is told whether a name is free', async (_what, change) => {
  change();
  const answer = await ask('GET', '/names/networkutopia.com');
  expect([answer.status, answer.body.code]).toEqual([503, 'registrySilent']);
});

test('a registration is changed and given up with its secret only', async () => {
  const { secret } = (await ask('POST', '/registrations', application)).body;
  const path = '/registrations/networkutopia.com';
  const nameServers = [secondary, { name: 'ns.umass.edu', address: '10.53.3.10' }];
  const change = { nameServers, skipServerCheck: true };
  const without = await ask('PUT', path, change);
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="registrar"']);
  expect((await ask('PUT', path, change, bearer('guessed'))).status).toBe(403);
  expect((await ask('PUT', path, { nameServers: [primary] }, bearer(secret))).status).toBe(400);
  const changed = await ask('PUT', path, change, bearer(secret));
  expect(changed.body).toMatchObject({
    registrant: '',
    nameServers: [{ name: secondary.name }, { name: 'ns.umass.edu' }],
  });
  expect(changed.body).not.toHaveProperty('secret');
  expect(changed.body).not.toHaveProperty('secretHash');
  expect((await ask('DELETE', path, undefined, bearer('guessed'))).status).toBe(403);
  expect((await ask('DELETE', path, undefined, bearer(secret))).status).toBe(204);
  expect((await ask('GET', path)).status).toBe(404);
  expect((await ask('POST', '/registrations', application)).status).toBe(201);
});

test('the reports tell of the request, of what it made necessary, and of the answer with its reason', async () => {
  await ask('POST', '/registrations', application, { 'lab-exchange': 'client.77' });
  await expect.poll(() => host.reported.at(-1)?.kind).toBe('registrar.response');
  const told = host.reported.filter(({ kind }) => kind !== 'dns.response');
  expect(told.map(({ kind, summary, exchange, cause }) => [kind, summary, cause ?? exchange])).toEqual([
    ['registrar.request', 'POST /api/registrations', 'client.77'],
    ...['com SOA?', 'com SOA?', 'networkutopia.com NS?'].map((asked) => ['dns.query', asked, 'client.77']),
    ...[1, 2].map(() => ['dns.query', 'networkutopia.com SOA?', 'client.77']),
    ...['com SOA?', 'com SOA?', 'networkutopia.com NS?'].map((asked) => ['dns.query', asked, 'client.77']),
    ...['com SOA?', 'UPDATE com SOA'].map((asked) => ['dns.query', asked, 'client.77']),
    ...['com SOA?', 'com SOA?', 'networkutopia.com NS?'].map((asked) => ['dns.query', asked, 'client.77']),
    ['registrar.status', 'networkutopia.com: pendingCreate → active', 'client.77'],
    ['registrar.response', '201', 'client.77'],
  ]);
  expect(host.reported.at(-1)?.because).toContain('does not exist');
});

test('a secret is never reported', async () => {
  const { secret } = (await ask('POST', '/registrations', application)).body;
  await ask('DELETE', '/registrations/networkutopia.com', undefined, bearer(secret));
  await expect.poll(() => host.reported.filter(({ kind }) => kind === 'registrar.response')).toHaveLength(2);
  expect(JSON.stringify(host.reported)).not.toContain(String(secret));
});

test.each(['[]', '"x"', 'null', '7', '{', '{"name": {"a": 1}}'])('the body %s is refused', async (body) => {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(`http://${host.address}/api/registrations`, { method: 'POST', headers, body });
  expect(response.status).toBe(400);
});

test('a request of a foreign page is refused', async () => {
  const answer = await ask('POST', '/registrations', application, { origin: 'http://evil.example' });
  expect(answer.status).toBe(403);
});
