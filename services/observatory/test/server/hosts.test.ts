import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { CONTROL_PORT } from '#shared/host/control.ts';
import { action } from '#shared/host/program.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { ObservedLab } from './observed-lab.ts';

let lab: ObservedLab;

beforeEach(async () => {
  lab = await ObservedLab.start();
});

afterEach(() => lab.stop());

async function healthOf(name: string): Promise<{ mark: string; reason: string | null } | undefined> {
  const { json } = await lab.get('/api/hosts');
  const { hosts } = json as { hosts: { name: string; health: { mark: string; reason: string | null } }[] };
  return hosts.find((host) => host.name === name)?.health;
}

test('a host that serves is up, one without a control API is not asked', async () => {
  await lab.startHost('resolver');
  await expect.poll(() => healthOf('resolver')).toMatchObject({ mark: 'up', reason: null });
  expect(await healthOf('redis')).toMatchObject({ mark: 'not-asked', reason: null });
});

test('a dead host is down, with the reason, and up again when it is started', async () => {
  const { stop } = await lab.startHost('resolver');
  await expect.poll(async () => (await healthOf('resolver'))?.mark).toBe('up');
  await stop();
  await expect
    .poll(() => healthOf('resolver'))
    .toMatchObject({
      mark: 'down',
      reason: 'nothing listens on its control port 9000',
    });
  await lab.startHost('resolver');
  await expect.poll(async () => (await healthOf('resolver'))?.mark).toBe('up');
});

test('a host that answers but misses something is in trouble, in its own words', async () => {
  await lab.startHost('resolver', { health: () => 'no root server answers' });
  await expect.poll(() => healthOf('resolver')).toMatchObject({ mark: 'trouble', reason: 'no root server answers' });
});

test('a host that accepts and then says nothing is down, and holds up nobody', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(CONTROL_PORT, `${TEST_NET}.90.41`, resolve));
  await lab.startHost('origin');
  await expect.poll(async () => (await healthOf('origin'))?.mark).toBe('up');
  await expect.poll(() => healthOf('resolver')).toMatchObject({ mark: 'down', reason: 'no answer within 300 ms' });
  silent.close();
});

test('something that is no control API is told from one', async () => {
  const stranger = createServer((connection) => connection.end('220 mail.crepes.fr ESMTP\r\n'));
  await new Promise<void>((resolve) => stranger.listen(CONTROL_PORT, `${TEST_NET}.90.41`, resolve));
  await expect.poll(async () => (await healthOf('resolver'))?.mark).toBe('down');
  stranger.close();
});

test('state and actions are passed on, both ways and with their status', async () => {
  const echo = action('Says it back.', z.object({ word: z.string('word is missing') }), ({ word }) => ({ said: word }));
  await lab.startHost('resolver', { actions: { echo } });
  expect((await lab.get('/api/hosts/resolver/state')).json).toEqual({ iAm: 'resolver' });
  expect((await lab.get('/api/hosts/resolver/actions')).json).toEqual({ echo: 'Says it back.' });
  const done = await lab.post('/api/hosts/resolver/actions/echo', { word: '안녕' });
  expect([done.status, done.json]).toEqual([200, { said: '안녕' }]);
  const refused = await lab.post('/api/hosts/resolver/actions/echo', {});
  expect([refused.status, refused.json]).toEqual([400, { error: 'word is missing' }]);
  expect((await lab.post('/api/hosts/resolver/actions/fly', {})).status).toBe(404);
});

test('what cannot be asked is said in a sentence', async () => {
  expect(await lab.get('/api/hosts/nobody/state')).toMatchObject({
    status: 404,
    json: { error: 'There is no host "nobody" on the map: see GET /api/hosts' },
  });
  expect((await lab.get('/api/hosts/redis/state')).status).toBe(404);
  expect(await lab.get('/api/hosts/tracker/state')).toMatchObject({
    status: 502,
    json: { error: 'tracker gave no answer: nothing listens on its control port 9000' },
  });
});

test('a state that is too long is refused, not passed on', async () => {
  await lab.startHost('resolver', { state: () => ({ cache: 'x'.repeat(9 * 1024 * 1024) }) });
  const answer = await lab.get('/api/hosts/resolver/state');
  expect([answer.status, answer.json]).toEqual([
    502,
    { error: 'resolver gave no answer: its answer has more than 8388608 octets' },
  ]);
});
