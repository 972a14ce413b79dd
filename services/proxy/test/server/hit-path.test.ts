import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '#shared/host/config.ts';
import { createTestHost, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { RawClient, type RawResponse } from '#shared/http/test/raw-client.ts';
import { config } from '../../src/config.ts';
import { listenProxy, type ProxyServer } from '../../src/server/proxy-server.ts';
import { ReadyAnswers } from '../../src/server/ready-answers.ts';
import { openWebCache, type WebCache } from '../../src/server/web-cache.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { TieredStore } from '../../src/store/tiered-store.ts';

const PORT = 3128;
const BLOCK = 28;

let host: TestHost;
let store: TieredStore;
let cache: WebCache;
let proxy: ProxyServer;
let origin: Server;
let client: RawClient;
let version = 1;
/** How many answers were ready. */
let ready = 0;

beforeEach(async () => {
  host = createTestHost({ name: 'proxy', suffix: `${BLOCK}.1`, names: { 'a.test': [`${TEST_NET}.${BLOCK}.2`] } });
  const read = readConfig(config, {}, () => 'the test');
  store = openStore(
    {
      memoryOctetsMax: 1_000_000,
      objectOctetsMax: 200_000,
      diskOctetsMax: 0,
      diskEntriesMax: 0,
      stateDir: host.stateDir,
    },
    host.log,
  );
  cache = openWebCache(host, read, store);
  const find = cache.ready.find.bind(cache.ready);
  cache.ready.find = (...given) => {
    const found = find(...given);
    if (found !== null) ready += 1;
    return found;
  };
  proxy = await listenProxy(cache, PORT);
  origin = createServer(answer);
  await new Promise<void>((resolve) => origin.listen(80, `${TEST_NET}.${BLOCK}.2`, resolve));
  client = await RawClient.open(host.address, PORT);
  version = 1;
  ready = 0;
});

afterEach(async () => {
  client.destroy();
  cache.origins.close();
  await proxy.close();
  await store.close();
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
  await host.remove();
});

/** `/small`, `/long`, `/none`, `/old` (404), each with a tag; in the language that is asked for. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '' } = request;
  if (url === '/ten') {
    request.socket.end('HTTP/1.0 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 3\r\n\r\nten');
    return;
  }
  const text = `${url} ${version} ${request.headers['accept-language'] ?? ''}`;
  const body = url === '/none' ? '' : url === '/long' ? text.padEnd(100_000, '.') : text;
  response
    .writeHead(url === '/old' ? 404 : 200, {
      'Cache-Control': 'max-age=100',
      ETag: `"${version}"`,
      'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      Vary: 'Accept-Language',
      'Set-Cookie': ['a=1', 'b=2'],
    })
    .end(body);
}

async function ask(path: string, lines: readonly string[] = [], method = 'GET'): Promise<RawResponse> {
  client.send([`${method} http://a.test${path} HTTP/1.1`, 'Host: a.test', ...lines, '', ''].join('\r\n'));
  return client.response(method === 'HEAD');
}

/** The same question by both ways: with a field that nobody looks at no answer is ready for it. */
async function askBothWays(path: string, lines: readonly string[], method: string) {
  const before = ready;
  const long = await ask(path, [...lines, `X-Unread: ${performance.now()}`], method);
  for (const _ of ['once', 'again']) await ask(path, lines, method);
  const short = await ask(path, lines, method);
  return { long, short, wasReady: ready > before };
}

test.each<[string, string, string[], string, number]>([
  ['a hit', '/small', [], 'GET', 200],
  ['a long body', '/long', [], 'GET', 200],
  ['no body', '/none', [], 'GET', 200],
  ['another status', '/old', [], 'GET', 404],
  ['an origin of HTTP/1.0', '/ten', [], 'GET', 200],
  ['HEAD', '/small', [], 'HEAD', 200],
  ['If-None-Match that names it', '/small', ['If-None-Match: "1"'], 'GET', 304],
  ['If-None-Match that does not', '/small', ['If-None-Match: "0"'], 'GET', 200],
  ['If-Modified-Since', '/small', ['If-Modified-Since: Fri, 02 Jan 2026 00:00:00 GMT'], 'GET', 304],
  ['a variant', '/small', ['Accept-Language: fr'], 'GET', 200],
  ['only-if-cached', '/small', ['Cache-Control: only-if-cached, max-age=90, min-fresh=5'], 'GET', 200],
  ['a cookie', '/small', ['Cookie: a=b'], 'GET', 200],
])('%s: what was ready is what the long way answers, octet for octet', async (_name, path, lines, method, status) => {
  await ask(
    path,
    lines.filter((line) => line.startsWith('Accept')),
  );
  for (const laterMs of [0, 3_000, 40_000]) {
    host.clock.advance(laterMs);
    // The age may change between two questions.
    await expect
      .poll(async () => {
        const { long, short, wasReady } = await askBothWays(path, lines, method);
        expect(short.status).toBe(status);
        return wasReady && short.head === long.head && short.body.equals(long.body);
      })
      .toBe(true);
  }
});

test('it is counted and told like any other hit', async () => {
  for (const _ of [1, 2, 3]) await ask('/small');
  await expect.poll(() => host.reported.length).toBe(8);
  const seen = async () => {
    const counted = { ...cache.counters };
    const told = host.reported.length;
    const uses = (await store.list(0, 1)).entries[0]!.uses;
    const before = ready;
    const { field } = await ask('/small');
    await expect.poll(() => host.reported.length).toBe(told + 2);
    const rest = host.reported.slice(told).map(({ at: _at, exchange: _exchange, summary, ...report }) => report);
    const difference = Object.entries(cache.counters).map(([name, count]) => [name, count - counted[name as 'hits']]);
    return {
      wasReady: ready > before,
      counted: Object.fromEntries(difference),
      uses: (await store.list(0, 1)).entries[0]!.uses - uses,
      age: field('Age'),
      told: rest,
    };
  };
  await expect
    .poll(async () => {
      const { wasReady: fast, ...short } = await seen();
      const kept = cache.ready.find;
      cache.ready.find = () => null;
      const { wasReady: slow, ...long } = await seen();
      cache.ready.find = kept;
      if (short.age !== long.age || !fast || slow) return null;
      expect(long.counted).toMatchObject({ requests: 1, hits: 1, misses: 0, octetsToClients: '/small 1 '.length });
      expect(long.uses).toBe(1);
      expect(short).toEqual(long);
      return 'equal';
    })
    .toBe('equal');
});

/** Asks until the answer is a ready one. */
async function untilReady(path: string): Promise<RawResponse> {
  for (;;) {
    const before = ready;
    const response = await ask(path);
    if (ready > before) return response;
  }
}

test('a purge, a new version and the mode take effect at once', async () => {
  await untilReady('/small');
  await store.remove('http://a.test/small');
  expect((await ask('/small')).field('Cache-Status')).toContain('fwd=uri-miss');

  await untilReady('/small');
  version = 2;
  expect((await ask('/small', ['Cache-Control: no-cache'])).body.toString()).toBe('/small 2 ');
  expect((await ask('/small')).body.toString()).toBe('/small 2 ');

  await untilReady('/small');
  cache.mode = 'always-revalidate';
  expect((await ask('/small')).field('Cache-Status')).toContain('fwd=stale');
  cache.mode = 'freshness';
  await untilReady('/small');
});

test('the age goes on, and what was fresh becomes stale', async () => {
  await untilReady('/small');
  host.clock.advance(7_000);
  expect(Number((await ask('/small')).field('Age'))).toBeGreaterThanOrEqual(7);
  await untilReady('/small');
  host.clock.advance(100_000);
  expect((await ask('/small')).field('Cache-Status')).toContain('fwd=stale');
});

test('a copy that had to make room is not sent, and its octets are not held', async () => {
  await untilReady('/long');
  const held = cache.ready.octets;
  expect(held).toBeLessThan(3_000);
  const first = (await store.list(0, 1)).entries[0]!.head.id;
  const isThere = async () => (await store.list(0, 100)).entries.some(({ head }) => head.id === first);
  for (let other = 0; await isThere(); other += 1) await ask('/long', [`Accept-Language: x${other}`]);
  expect((await ask('/long')).field('Cache-Status')).toContain('fwd=');
});

test.each(['Range: bytes=0-1', 'Connection: close'])('a request with %s goes the long way', async (line) => {
  for (const _ of [1, 2, 3, 4]) {
    await ask('/small', [line]);
    if (client.isClosed || line.startsWith('Connection')) client = await RawClient.open(host.address, PORT);
  }
  expect(ready).toBe(0);
});

test('what is ready is bounded', async () => {
  const bounded = new ReadyAnswers(20_000);
  Object.assign(cache, { ready: bounded });
  for (let path = 0; path < 40; path += 1)
    for (const _ of ['once', 'again']) await ask('/small', [`X-Unread: ${path}`]);
  expect(bounded.octets).toBeLessThanOrEqual(20_000);
  expect(bounded.count).toBeGreaterThanOrEqual(8);
});

test('what is asked for once only is never made ready', async () => {
  await ask('/small');
  for (let path = 0; path < 300; path += 1) await ask('/small', [`X-Unread: ${path}`]);
  expect(cache.ready.count).toBe(0);
});
