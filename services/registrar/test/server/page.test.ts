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
  await world.start();
  host = createTestHost({ name: 'registrar', suffix: '91.44', dir: registrarFolder(), names: world.names });
  running = await startOn(program, host, { REGISTRY_TIMEOUT_MS: '1000' });
});

afterEach(async () => {
  await running.stop();
  await host.remove();
  world.stop();
});

const form = {
  ...{ name: 'networkutopia.com', registrant: 'Network <b>Utopia</b>' },
  ...{ server0: 'dns1.networkutopia.com', address0: '10.53.3.1' },
  ...{ server1: 'dns2.networkutopia.com', address1: '10.53.3.2' },
};

async function get(path: string, language = 'en'): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`http://${host.address}${path}`, {
    headers: { 'accept-language': language, connection: 'close' },
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function post(path: string, fields: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
  const headers = { 'accept-language': 'en', connection: 'close' };
  const response = await fetch(`http://${host.address}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
  });
  return { status: response.status, text: await response.text() };
}

test('the page works in two languages, without any script', async () => {
  const english = await get('/');
  expect(english.text).toContain('<html lang="en">');
  expect(english.text).not.toContain('<script');
  expect(english.headers.get('content-security-policy')).toContain("default-src 'none'");
  // With another policy a browser sends "Origin: null" with the form, and is refused.
  expect(english.headers.get('referrer-policy')).toBe('same-origin');
  expect((await get('/', 'ko')).text).toContain('등록기관');
  expect((await get('/page/registrar.css')).status).toBe(200);
});

test('a check answers on the same page', async () => {
  expect((await get('/?name=networkutopia.com')).text).toContain('networkutopia.com is free.');
  expect((await get('/?name=amazon.com')).text).toContain('amazon.com is taken');
  expect(await get('/?name=a_b.com')).toMatchObject({
    status: 400,
    text: expect.stringContaining('cannot be a domain name'),
  });
  expect(await get('/?name=%22%3E%3Cscript%3E.com')).toMatchObject({
    status: 400,
    text: expect.not.stringContaining('<script'),
  });
});

test('a name is registered, seen, changed and given up with forms', async () => {
  const registered = await post('/register', form);
  expect(registered.status).toBe(201);
  const secret = /<code class="secret">([^<]+)</.exec(registered.text)?.[1] ?? '';
  const seen = await get('/names/networkutopia.com');
  expect(seen.text).toContain('>active<');
  expect(seen.text).not.toContain('<b>Utopia');
  expect((await post('/names/networkutopia.com/change', { ...form, secret: 'guessed' })).status).toBe(403);
  const unchecked = { skipServerCheck: 'yes', secret };
  const changed = await post('/names/networkutopia.com/change', { ...form, address1: '10.53.3.9', ...unchecked });
  expect(changed.text).toContain(`${host.net}.3.9`);
  expect((await post('/names/networkutopia.com/delete', {})).status).toBe(400);
  expect((await post('/names/networkutopia.com/delete', { secret })).text).toContain('is given up');
  const gone = await get('/names/networkutopia.com');
  expect(gone.status).toBe(404);
  expect(gone.text).toContain('<a href="/">To the beginning</a>');
});

test('the examples in the form are addresses of this lab', async () => {
  expect((await get('/')).text).toContain(`placeholder="${host.net}.3.1"`);
});

test('what the name servers answer is said on the page, and the check can be left out with a checkbox', async () => {
  world.served['3.2'] = {};
  const refused = await post('/register', form);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain(
    `${host.net}.3.2 answers REFUSED: it does not serve networkutopia.com (lame delegation).`,
  );
  expect(refused.text).toContain(`${host.net}.3.1 answers with authority for networkutopia.com: serial 1.`);
  expect((await post('/register', { ...form, skipServerCheck: 'yes' })).status).toBe(201);
});

test('DNS-63 the page shows the records that the server of com answers, and what the update changed, with both serials', async () => {
  const { text } = await post('/register', form);
  expect(text).toContain('ns.nic.com answers now, serial 8');
  expect(text).toContain('serial 7 → 8');
  expect(text).toContain('<ins>+ networkutopia.com. 172800 IN NS dns1.networkutopia.com.</ins>');
});

test('while the server of com is down the page says so, and the name waits', async () => {
  await world.turnOff();
  const { status, text } = await post('/register', form);
  expect(status).toBe(201);
  expect(text).toContain('>pendingCreate<');
  expect(text).toContain('The server of the top-level domain gave no answer');
  expect(text).toContain('What the zone has at this moment cannot be seen');
});

test('what was typed comes back with the fault beside it', async () => {
  const refused = await post('/register', { ...form, server1: '', address1: '' });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain('a primary and a secondary, each with name and address');
  expect(refused.text).toContain('value="dns1.networkutopia.com"');
});
