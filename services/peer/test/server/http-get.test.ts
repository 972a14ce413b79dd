import { createServer, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import { holdUp } from '#shared/host/test/kit/hold-up.ts';
import { createTestHost, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { httpGet } from '../../src/server/http-get.ts';

const PORT = 8081;
const limits = { octetsMax: 1024 * 1024, timeoutMs: 60_000, signal: new AbortController().signal };
/** For those that are waited for in vain, in milliseconds. */
const IN_VAIN_MS = 100;

let host: TestHost;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  host = createTestHost({ name: 'peer', suffix: '61.1', names: { 'www.someschool.edu': [`${TEST_NET}.61.2`] } });
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(PORT, `${TEST_NET}.61.2`, resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await host.remove();
});

function get(path = '/', url = `http://www.someschool.edu:${PORT}`, timeoutMs = limits.timeoutMs) {
  return httpGet(host, { url: new URL(`${url}${path}`), exchange: 'peer.1' }, { ...limits, timeoutMs });
}

test('a file is fetched from the host that the name leads to, from our own address, in our exchange', async () => {
  answer = (request, response) => {
    response.end(
      `${request.url} ${request.headers.host} ${request.headers[EXCHANGE_FIELD.toLowerCase()]} ${request.socket.remoteAddress}`,
    );
  };
  const { body, from } = await get('/a?b=c');
  expect(String(body)).toBe(`/a?b=c www.someschool.edu:${PORT} peer.1 ${host.address}`);
  expect(from).toEqual({ address: `${TEST_NET}.61.2`, port: PORT });
});

test('a redirect is followed', async () => {
  answer = ({ url }, response) => {
    if (url === '/there') response.end('found');
    else response.writeHead(302, { Location: '/there' }).end();
  };
  expect(String((await get()).body)).toBe('found');
});

test.each<[string, RequestListener, string]>([
  [
    'redirects without end',
    (_, response) => response.writeHead(302, { Location: '/' }).end(),
    'redirects more than 3 times',
  ],
  [
    'a redirect to another protocol',
    (_, response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
    'no http URL',
  ],
  ['a redirect to nowhere', (_, response) => response.writeHead(302).end(), 'no http URL'],
  ['a status of 404', (_, response) => response.writeHead(404).end('no'), 'status 404'],
  ['more than it may', (_, response) => response.end(Buffer.alloc(2 * 1024 * 1024)), 'more than 1048576 octets'],
  [
    'what is compressed',
    (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('x')),
    'was not asked for',
  ],
  ['a connection that is reset', (request) => request.socket.resetAndDestroy(), 'ECONNRESET'],
])('%s is an error', async (_, listener, message) => {
  answer = listener;
  await expect(get()).rejects.toThrow(message);
});

test.each<[string, RequestListener]>([
  ['nothing', () => {}],
  ['the beginning of a body only', (_, response) => response.writeHead(200, { 'Content-Length': 10 }).write('x')],
])('%s is waited for only so long', async (_, listener) => {
  answer = listener;
  await expect(get('/', undefined, IN_VAIN_MS)).rejects.toThrow('did not answer in time');
});

test('an answer that comes while this program is held is in time', async () => {
  answer = (_, response) => response.end('here it is');
  const getting = get('/', undefined, IN_VAIN_MS);
  await new Promise((resolve) => setImmediate(resolve));
  holdUp(2 * IN_VAIN_MS);
  expect(String((await getting).body)).toBe('here it is');
});

test('a name that leads nowhere is an error', async () => {
  await expect(get('/', 'http://nowhere.edu')).rejects.toThrow('name-error');
});
