import { connect, type Socket } from 'node:net';
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
  host = createTestHost({ name: 'registrar', suffix: '91.45', dir: registrarFolder(), names: world.names });
  running = await startOn(program, host, { WHOIS_TIMEOUT_MS: '2000' });
});

afterEach(async () => {
  await running.stop();
  await host.remove();
  world.stop();
});

/** What comes until the server closes, when `say` has had the connection. */
function converse(say: (connection: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const connection = connect({ port: 43, host: host.address, allowHalfOpen: true }, () => say(connection));
    connection.setEncoding('utf8');
    connection.on('data', (chunk: string) => {
      text += chunk;
    });
    connection.on('end', () => connection.end());
    connection.on('error', reject);
    connection.on('close', () => resolve(text));
  });
}

async function register(): Promise<void> {
  const nameServers = [1, 2].map((last) => ({ name: `dns${last}.networkutopia.com`, address: `10.53.3.${last}` }));
  const body = JSON.stringify({ name: 'networkutopia.com', registrant: '네트워크 유토피아', nameServers });
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(`http://${host.address}/api/registrations`, { method: 'POST', headers, body });
  expect(response.status).toBe(201);
}

test('one line comes, the answer goes, and the connection is closed', async () => {
  await register();
  const text = await converse((connection) => connection.write('NetworkUtopia.com\r\n'));
  expect(text).toContain('Domain Name: networkutopia.com\r\n');
  expect(text).toContain('Domain Status: ok\r\n');
  expect(text).toContain('Registrant: 네트워크 유토피아\r\n');
  expect(text).toContain(`Name Server: dns2.networkutopia.com ${host.net}.3.2\r\n`);
  const told = () => host.reported.filter(({ kind }) => kind.startsWith('whois.'));
  await expect.poll(() => told().map(({ kind }) => kind)).toEqual(['whois.query', 'whois.response']);
  expect(told()[0]?.exchange).toBe(told()[1]?.exchange);
});

test('a name that is not registered here has no match', async () => {
  expect(await converse((connection) => connection.write('free.com\r\n'))).toMatch(/^No match for "free\.com"/);
});

test.each([
  ['a line that is no name', 'a_b.com\r\n', 'Error: '],
  ['an empty line', '\r\n', 'Error: '],
  ['octets that are no text', '\xff\xfe\r\n', 'Error: A query has an octet that is no text'],
  ['a line without end', 'x'.repeat(600), 'Error: A query has more than 512 octets'],
])('%s is answered with an error', async (_what, line, answer) => {
  expect(await converse((connection) => connection.write(line, 'latin1'))).toContain(answer);
});

test('a line comes in pieces, or ends with the connection', async () => {
  const pieces = converse((connection) => {
    connection.write('free');
    setTimeout(() => connection.write('.com\r'), 10);
    setTimeout(() => connection.write('\n'), 20);
  });
  expect(await pieces).toMatch(/^No match/);
  expect(await converse((connection) => connection.end('free.com'))).toMatch(/^No match/);
});

test('clients that say nothing, reset, or go away do no harm', async () => {
  const silent = converse(() => {});
  const gone = converse((connection) => connection.end());
  const reset = connect(43, host.address, () => {
    reset.write('free.com\r\n');
    reset.resetAndDestroy();
  });
  reset.on('error', () => {});
  expect(await gone).toBe('');
  expect(await silent).toBe('');
  expect(await converse((connection) => connection.write('free.com\r\n'))).toMatch(/^No match/);
});
