import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { CONTROL_PORT } from '#shared/host/control.ts';
import { action } from '#shared/host/program.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { ByteBudget, ControlClient } from '../../src/client/control-client.ts';
import { ObservedLab } from './observed-lab.ts';

const RESOLVER = `${TEST_NET}.90.41`;

let lab: ObservedLab;
const servers: Server[] = [];

beforeEach(async () => {
  lab = await ObservedLab.start();
});

afterEach(async () => {
  await lab.stop();
  for (const server of servers.splice(0)) server.close();
});

/** Something else on the control port of the host resolver. */
async function occupy(server: Server): Promise<void> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(CONTROL_PORT, RESOLVER, resolve));
}

/** Accepts and says nothing; the result hangs up. */
async function startSilentResolver(): Promise<() => void> {
  const connections = new Set<{ destroy(): void }>();
  await occupy(createServer((connection) => connections.add(connection.on('error', () => {}))));
  return () => {
    for (const connection of connections) connection.destroy();
  };
}

test('one request has an action done by many hosts, each with its own input and its own answer', async () => {
  const echo = action('Says it back.', z.object({ word: z.string('word is missing') }), ({ word }) => ({ said: word }));
  await lab.startHost('resolver', { actions: { echo } });
  await lab.startHost('origin', { actions: { echo } });
  const answer = await lab.post('/api/actions/echo', {
    hosts: { resolver: { word: '안녕' }, origin: {}, tracker: {}, redis: {}, nobody: {} },
  });
  expect([answer.status, answer.json]).toEqual([
    200,
    {
      hosts: {
        resolver: { status: 200, answer: { said: '안녕' } },
        origin: { status: 400, answer: { error: 'word is missing' } },
        tracker: {
          status: 502,
          answer: { error: 'tracker gave no answer: nothing listens on its control port 9000' },
        },
        redis: { status: 404, answer: { error: 'redis runs no program of the lab, so it has no control API' } },
        nobody: { status: 404, answer: { error: 'There is no host "nobody" on the map: see GET /api/hosts' } },
      },
    },
  ]);
  const unknown = await lab.post('/api/actions/fly', { hosts: { resolver: {} } });
  expect(unknown.json).toMatchObject({ hosts: { resolver: { status: 404 } } });
});

test('one request asks many hosts for their states, a host that is named twice once', async () => {
  let asked = 0;
  await lab.startHost('resolver', { state: () => ({ asked: ++asked }) });
  await lab.startHost('origin');
  expect((await lab.get('/api/states?hosts=resolver,origin,resolver')).json).toEqual({
    hosts: {
      resolver: { status: 200, answer: { asked: 1 } },
      origin: { status: 200, answer: { iAm: 'origin' } },
    },
  });
});

test('a host that does not answer holds up no other, and is late', async () => {
  await startSilentResolver();
  await lab.startHost('origin');
  expect((await lab.get('/api/states?hosts=resolver,origin')).json).toEqual({
    hosts: {
      resolver: { status: 504, answer: { error: 'resolver gave no answer: no answer within 2000 ms' } },
      origin: { status: 200, answer: { iAm: 'origin' } },
    },
  });
});

test('others act while one is silent; so many requests may wait for it, and no more', async () => {
  const hangUp = await startSilentResolver();
  let done = 0;
  const count = action('Counts.', z.object({}), () => ({ done: ++done }));
  await lab.startHost('origin', { actions: { count } });
  const waiting = Array.from({ length: 16 }, () =>
    lab.post('/api/actions/count', { hosts: { resolver: {}, origin: {} } }),
  );
  await expect.poll(() => done).toBe(16);
  const refused = await lab.post('/api/actions/count', { hosts: { origin: {} } });
  expect([refused.status, refused.json]).toEqual([
    503,
    { error: '16 requests for many hosts go on already: try again' },
  ]);
  expect((await lab.post('/api/hosts/origin/actions/count', {})).status).toBe(200);

  // Connections to one host are few: those that wait for one are there when the others have gone.
  const timer = setInterval(hangUp, 20);
  const answers = await Promise.all(waiting);
  clearInterval(timer);
  for (const { json } of answers)
    expect(json).toMatchObject({ hosts: { resolver: { status: 502 }, origin: { status: 200 } } });
  expect((await lab.post('/api/actions/count', { hosts: { origin: {} } })).status).toBe(200);
});

test('what is no JSON does not spoil the answers of the others', async () => {
  await occupy(createHttpServer((_request, response) => response.end('}{')));
  await lab.startHost('origin');
  expect((await lab.get('/api/states?hosts=resolver,origin')).json).toEqual({
    hosts: {
      resolver: { status: 502, answer: { error: 'resolver gave an answer that is not JSON' } },
      origin: { status: 200, answer: { iAm: 'origin' } },
    },
  });
});

test('answers that share a budget are cut off where it ends, whoever comes last', async () => {
  await occupy(createHttpServer((_request, response) => response.end('x'.repeat(600))));
  const client = new ControlClient(lab.address);
  const question = { method: 'GET', path: '/state', timeoutMs: 30_000, bytesMax: 1_000 } as const;
  const together = new ByteBudget(1_000);
  expect((await client.ask(RESOLVER, { ...question, together })).body.length).toBe(600);
  await expect(client.ask(RESOLVER, { ...question, together })).rejects.toThrow(
    'all answers together have more than 1000 octets: ask fewer hosts',
  );
  expect((await client.ask(RESOLVER, question)).body.length).toBe(600);
  client.close();
});

const crowd = Array.from({ length: 501 }, (_, index) => `peer-${index}`);

test.each([
  ['nothing', {}],
  ['no host', { hosts: {} }],
  ['a list', { hosts: ['resolver'] }],
  ['more than 500 hosts', { hosts: Object.fromEntries(crowd.map((name) => [name, {}])) }],
])('an action of %s is refused in a sentence', async (_what, body) => {
  const { status, json } = await lab.post('/api/actions/echo', body);
  expect([status, json]).toEqual([400, { error: expect.stringMatching(/^(give|at most 500) /) }]);
});

test.each(['', '?hosts=', '?hosts=,', `?hosts=${crowd}`])('states are not asked for with %.20j', async (query) => {
  expect((await lab.get(`/api/states${query}`)).status).toBe(400);
});

test('a body that is too long, another method and a page of elsewhere are refused as on the door to one host', async () => {
  let done = 0;
  const count = action('Counts.', z.object({ text: z.string().optional() }), () => ({ done: ++done }));
  await lab.startHost('resolver', { actions: { count } });
  const hosts = { resolver: {} };
  const foreign = { origin: 'http://evil.example' };
  expect((await lab.post('/api/actions/count', { hosts }, foreign)).status).toBe(403);
  expect((await lab.post('/api/actions/count', { hosts }, { host: 'evil.example' })).status).toBe(403);
  expect((await lab.get('/api/states?hosts=resolver', foreign)).status).toBe(403);
  expect((await lab.get('/api/actions/count')).status).toBe(404);
  const long = { hosts: { resolver: { text: 'x'.repeat(1_100_000) } } };
  expect((await lab.post('/api/actions/count', long)).status).toBe(413);
  expect(done).toBe(0);
});
