import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { TYPE } from '#shared/dns/registry.ts';
import type { Running } from '#shared/host/program.ts';
import { hasRedisServer, startRedisServer } from '#shared/host/test/kit/redis-server.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { RegistryWorld, registrarFolder } from './registry-world.ts';

/** What the registrar does to the zone of com, and what it does when that cannot be done. */

let world: RegistryWorld;
let host: TestHost;
let running: Running;

const NAME = 'networkutopia.com';
const SETTINGS = { REGISTRY_TIMEOUT_MS: '1000' };
const primary = { name: 'dns1.networkutopia.com', address: '10.53.3.1' };
const secondary = { name: 'dns2.networkutopia.com', address: '10.53.3.2' };
const application = { name: NAME, registrant: 'Network Utopia', nameServers: [primary, secondary] };

const ENTERED = [
  `dns1.${NAME}. A ${TEST_NET}.3.1`,
  `dns2.${NAME}. A ${TEST_NET}.3.2`,
  `${NAME}. NS dns1.${NAME}.`,
  `${NAME}. NS dns2.${NAME}.`,
];

beforeEach(async () => {
  world = new RegistryWorld();
  await world.start();
  host = createTestHost({ name: 'registrar', suffix: '91.46', dir: registrarFolder(), names: world.names });
  running = await startOn(program, host, SETTINGS);
});

afterEach(async () => {
  await running.stop();
  await host.remove();
  world.stop();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(method: string, path: string, body?: unknown, secret?: unknown, at = host): Promise<Answer> {
  const response = await fetch(`http://${at.address}/api${path}`, {
    method,
    headers: {
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(secret === undefined ? {} : { authorization: `Bearer ${String(secret)}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

const register = (change: object = {}) => ask('POST', '/registrations', { ...application, ...change });
const find = async () => (await ask('GET', `/registrations/${NAME}`)).body;

/** Lets the pauses between tries pass until the registration has this status, or is gone. */
async function becomes(status: string | undefined): Promise<void> {
  await expect
    .poll(
      async () => {
        host.clock.advance(60_000);
        return (await find()).status;
      },
      { interval: 20 },
    )
    .toBe(status);
}

/** Ends the program as kill -9 does, as far as one process can: nothing more comes from it; another takes its place. */
async function startAgain(): Promise<void> {
  await running.stop();
  running = await startOn(program, host, SETTINGS);
}

describe('in the zone', () => {
  test('DNS-60, DNS-63 a registration puts two NS and two A records into the zone, in one message with its prerequisite', async () => {
    const { status, body } = await register();
    expect([status, body.status, body.pending]).toEqual([201, 'active', null]);
    expect(world.linesOf(NAME)).toEqual(ENTERED);
    expect(world.updates).toHaveLength(1);
    expect(world.updates[0]?.answer).toMatchObject([
      { owner: ['networkutopia', 'com'], type: TYPE.ANY, class: 254, ttl: 0 },
    ]);
  });

  test('DNS-63 the zone of com is shown as it is now, with what the update has changed and both serials', async () => {
    await register();
    const { body } = await ask('GET', `/registrations/${NAME}/zone`);
    expect(body).toMatchObject({ server: 'ns.nic.com', serial: 8, because: `ns.nic.com delegates ${NAME}` });
    expect(body.records).toHaveLength(4);
    expect(body.lastChange).toMatchObject({ serialBefore: 7, serialAfter: 8, before: [] });
    expect((body.lastChange as { after: string[] }).after).toContain(`${NAME}. 172800 IN NS dns1.${NAME}.`);
  });

  test('a change replaces the records of before, which its prerequisites name', async () => {
    const { secret } = (await register()).body;
    const other = { name: 'ns.networkutopia.com', address: '10.53.3.10' };
    const nameServers = [primary, other];
    const changed = await ask('PUT', `/registrations/${NAME}`, { nameServers, skipServerCheck: true }, secret);
    expect([changed.status, changed.body.status]).toEqual([200, 'active']);
    expect(world.linesOf(NAME)).toEqual([
      `dns1.${NAME}. A ${TEST_NET}.3.1`,
      `${NAME}. NS dns1.${NAME}.`,
      `${NAME}. NS ns.${NAME}.`,
      `ns.${NAME}. A ${TEST_NET}.3.10`,
    ]);
    expect(world.updates[1]?.answer.map(({ type }) => type)).toEqual([TYPE.NS, TYPE.NS, TYPE.A, TYPE.A]);
  });

  test('a change of the registrant alone leaves the zone alone, and asks no name server', async () => {
    const { secret } = (await register()).body;
    world.served['3.2'] = {};
    const { nameServers } = application;
    const changed = await ask('PUT', `/registrations/${NAME}`, { nameServers, registrant: 'Other' }, secret);
    expect(changed.body).toMatchObject({ registrant: 'Other', status: 'active' });
    expect(world.updates).toHaveLength(1);
  });

  test('a name that is given up is gone from the zone with its glue, and free again', async () => {
    const { secret } = (await register()).body;
    expect((await ask('DELETE', `/registrations/${NAME}`, undefined, secret)).status).toBe(204);
    expect(world.linesOf(NAME)).toEqual([]);
    expect((await ask('GET', `/names/${NAME}`)).body.available).toBe(true);
    expect((await register()).status).toBe(201);
  });

  test('a server of another domain gets no glue: its address is not ours to tell', async () => {
    world.names['dns1.amazon.com'] = [`${TEST_NET}.3.1`];
    const amazon = { name: 'dns1.amazon.com', address: '10.53.3.1' };
    expect((await register({ nameServers: [amazon, secondary] })).status).toBe(201);
    expect(world.linesOf(NAME)).toEqual([
      `dns2.${NAME}. A ${TEST_NET}.3.2`,
      `${NAME}. NS dns1.amazon.com.`,
      `${NAME}. NS dns2.${NAME}.`,
    ]);
    expect(world.linesOf('amazon.com')).toHaveLength(2);
  });

  test('a name of other letters is registered in the form that DNS carries', async () => {
    for (const suffix of ['3.1', '3.2']) world.served[suffix] = { 'xn--bj0bj06e.com': 1 };
    const nameServers = [
      { ...primary, name: 'dns1.한글.com' },
      { ...secondary, name: 'dns2.한글.com' },
    ];
    const { status, body } = await register({ name: '한글.com', nameServers });
    expect([status, body.name]).toEqual([201, 'xn--bj0bj06e.com']);
    expect(world.linesOf('xn--bj0bj06e.com')).toHaveLength(4);
  });
});

describe('nobody is overwritten', () => {
  const foreign = () => world.add(NAME, 'NS', 'ns.elsewhere.org.');

  test('DNS-61 who is faster in the zone has the name: the registration is refused and nothing is kept', async () => {
    world.beforeUpdate = foreign;
    const { status, body } = await register();
    expect([status, body.code]).toEqual([409, 'takenInZone']);
    expect(world.linesOf(NAME)).toEqual([`${NAME}. NS ns.elsewhere.org.`]);
    expect((await ask('GET', `/registrations/${NAME}`)).status).toBe(404);
  });

  test('DNS-61 of fifty that race at two registrars that do not know each other one has the name', async () => {
    const other = createTestHost({ name: 'other', suffix: '91.47', dir: registrarFolder(), names: world.names });
    const runningOther = await startOn(program, other, SETTINGS);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ask(
          'POST',
          '/registrations',
          { ...application, registrant: `number ${index}` },
          undefined,
          index % 2 ? host : other,
        ),
      ),
    );
    await runningOther.stop();
    await other.remove();
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(49).fill(409)]);
    expect(world.linesOf(NAME)).toEqual(ENTERED);
  });

  test('a change is not made over what somebody else has put into the zone', async () => {
    const { secret } = (await register()).body;
    world.zone = world.zone.filter(({ type }) => type !== TYPE.NS);
    foreign();
    const nameServers = [primary, { name: 'ns.networkutopia.com', address: '10.53.3.10' }];
    const changed = await ask('PUT', `/registrations/${NAME}`, { nameServers, skipServerCheck: true }, secret);
    expect(changed.body).toMatchObject({
      status: 'pendingUpdate',
      pending: { trouble: { code: 'conflict' }, because: expect.stringContaining('ns.elsewhere.org') },
    });
    expect((await ask('DELETE', `/registrations/${NAME}`, undefined, secret)).status).toBe(204);
    expect(world.linesOf(NAME)).toContain(`${NAME}. NS ns.elsewhere.org.`);
  });
});

describe('when something is away', () => {
  test('while the server of com is down a registration waits as pendingCreate, and is active when it is back', async () => {
    await world.turnOff();
    const { status, body } = await register();
    expect([status, body.status]).toEqual([201, 'pendingCreate']);
    expect(body.pending).toMatchObject({
      trouble: { code: 'silent' },
      because: expect.stringContaining('gave no answer'),
    });
    expect((await register()).status).toBe(409);
    await world.turnOn();
    await becomes('active');
    expect(world.linesOf(NAME)).toEqual(ENTERED);
  });

  test('an update whose answer was lost is recognised by what it did', async () => {
    world.loseAnswers = 1;
    expect((await register()).body).toMatchObject({
      status: 'pendingCreate',
      pending: { trouble: { code: 'silent' } },
    });
    expect(world.linesOf(NAME)).toEqual(ENTERED);
    await becomes('active');
    expect(world.updates).toHaveLength(1);
  });

  test('a deletion whose answer was lost is done', async () => {
    const { secret } = (await register()).body;
    world.loseAnswers = 1;
    expect((await ask('DELETE', `/registrations/${NAME}`, undefined, secret)).status).toBe(202);
    expect((await find()).status).toBe('pendingDelete');
    await becomes(undefined);
    expect(world.updates).toHaveLength(2);
  });

  test('a name that is changed and given up while com is down leaves nothing behind, whatever was lost before', async () => {
    world.loseAnswers = 1;
    const { secret } = (await register()).body;
    await world.turnOff();
    const nameServers = [primary, { name: 'ns.networkutopia.com', address: '10.53.3.10' }];
    const changed = await ask('PUT', `/registrations/${NAME}`, { nameServers, skipServerCheck: true }, secret);
    expect(changed.body.status).toBe('pendingCreate');
    expect((await ask('DELETE', `/registrations/${NAME}`, undefined, secret)).status).toBe(202);
    expect((await ask('PUT', `/registrations/${NAME}`, { nameServers }, secret)).body.code).toBe('beingDeleted');
    await world.turnOn();
    await becomes(undefined);
    expect(world.linesOf(NAME)).toEqual([]);
  });

  test('a registrar that ended before its update was sent takes it up at its start', async () => {
    await world.turnOff();
    await register();
    await running.stop();
    await world.turnOn();
    expect(world.updates).toHaveLength(0);
    running = await startOn(program, host, SETTINGS);
    await becomes('active');
    expect(world.linesOf(NAME)).toEqual(ENTERED);
  });

  test('a registrar that ended after its update, before the answer, finds its own work in the zone', async () => {
    world.loseAnswers = 1;
    await register();
    await startAgain();
    await becomes('active');
    expect(world.updates).toHaveLength(1);
  });

  test('a key that the server does not know is told of with its file, and the registration waits', async () => {
    world.keys = [];
    const { body } = await register();
    expect(body).toMatchObject({ status: 'pendingCreate', pending: { trouble: { code: 'key' } } });
    expect(running.health?.()).toMatch(/infra\/hosts\/registrar\/registrar\.key: .*BADKEY/);
    world.keys = [(await import('./registry-world.ts')).KEY];
    await becomes('active');
    expect(running.health?.()).toBeNull();
  });

  test('a key of the same name with another secret is told of as BADSIG', async () => {
    await running.stop();
    running = await startOn(program, { ...host, dir: registrarFolder('another secret') }, SETTINGS);
    expect((await register()).body.status).toBe('pendingCreate');
    expect(running.health?.()).toContain('BADSIG');
    expect(world.linesOf(NAME)).toEqual([]);
  });

  test('without a key the registrar does not start, and says which file is missing', async () => {
    await running.stop();
    await expect(startOn(program, { ...host, dir: '/nowhere' }, SETTINGS)).rejects.toThrow(
      /\/nowhere\/registrar\.key cannot be read/,
    );
    running = await startOn(program, host, SETTINGS);
  });

  test.runIf(hasRedisServer)('a registration outlives kill -9 of Redis and of the registrar', async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    await running.stop();
    const kept = { ...host, redis: server.connect(1) };
    running = await startOn(program, kept, SETTINGS);
    await world.turnOff();
    const { secret } = (await register()).body;
    await server.crash();
    expect([(await ask('GET', `/registrations/${NAME}`)).status]).toEqual([503]);
    expect(running.health?.()).toContain('Redis does not answer');
    await running.stop();
    running = await startOn(program, kept, SETTINGS);
    await world.turnOn();
    await server.startAgain();
    await becomes('active');
    expect((await ask('DELETE', `/registrations/${NAME}`, undefined, secret)).status).toBe(204);
  });
});

describe('the name servers', () => {
  test.each([
    ['refuses', {}, 'refused', `${TEST_NET}.3.2 answers REFUSED: it does not serve ${NAME} (lame delegation).`],
    [
      'serves another edition',
      { [NAME]: 2 },
      'serves',
      `${TEST_NET}.3.2 answers with authority for ${NAME}: serial 2.`,
    ],
  ])('a secondary that %s is told of in a sentence', async (_what, served, finding, because) => {
    world.served['3.2'] = served as Record<string, number>;
    const { status, body } = await register();
    expect(status).toBe(finding === 'serves' ? 201 : 422);
    expect((body.checks as unknown[])[1]).toMatchObject({ finding, because });
    expect(world.linesOf(NAME)).toHaveLength(status === 201 ? 4 : 0);
  });

  test('a server that does not answer, and one whose name leads elsewhere, are told of', async () => {
    world.names['dns.elsewhere.org'] = [`${TEST_NET}.9.9`];
    const absent = { name: 'dns1.networkutopia.com', address: '10.53.77.7' };
    const elsewhere = { name: 'dns.elsewhere.org', address: '10.53.3.2' };
    const { status, body } = await register({ nameServers: [absent, elsewhere] });
    expect([status, body.code]).toEqual([422, 'serversFail']);
    expect(body.error).toContain(`${TEST_NET}.77.7 does not answer`);
    expect(body.error).toContain(`dns.elsewhere.org has the address ${TEST_NET}.9.9 in DNS, not ${TEST_NET}.3.2.`);
    expect((await ask('GET', `/registrations/${NAME}`)).status).toBe(404);
  });

  test('the check is skipped where that is asked for: a lame delegation', async () => {
    world.served['3.2'] = {};
    const { status, body } = await register({ skipServerCheck: true });
    expect([status, body.status, body.checks]).toEqual([201, 'active', []]);
    expect(world.linesOf(NAME)).toEqual(ENTERED);
  });
});
