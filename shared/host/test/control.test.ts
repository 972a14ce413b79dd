import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CONTROL_PORT, startControl } from '#shared/host/control.ts';
import { action, type Running } from '#shared/host/program.ts';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';

let host: TestHost;
let stopControl: () => Promise<void>;
let trouble: string | null;
/** Each test has an address of its own: `fetch` keeps connections, also to a server that is gone. */
let tests = 0;

const running: Running = {
  state: () => ({ cache: ['a', 'b'] }),
  health: () => trouble,
  actions: {
    fetch: action('fetches a page', z.object({ url: z.url('url: give a URL') }), ({ url }) => ({ fetched: url })),
    fail: action('fails', z.object({}), () => {
      throw new Error('the other host is away');
    }),
  },
  stop: async () => {},
};

beforeEach(async () => {
  trouble = null;
  tests += 1;
  host = createTestHost({ name: 'origin', suffix: `76.${tests}` });
  stopControl = await startControl(host, 'origin', running);
});

afterEach(async () => {
  await stopControl();
  await host.remove();
});

async function ask(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://${host.address}:${CONTROL_PORT}${path}`, init);
  return { status: response.status, body: await response.json() };
}

function post(path: string, body: string, headers: Record<string, string> = {}) {
  return ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

/** What a client that writes its own bytes gets; `fetch` would mend them. */
function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let response = '';
    const socket = connect(CONTROL_PORT, host.address, () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (octets) => {
      response += octets.toString();
      socket.end();
    });
    socket.on('close', () => resolve(response));
  });
}

test('health is 200 while the program serves, and 503 with what is missing when it does not', async () => {
  expect(await ask('/health')).toMatchObject({
    status: 200,
    body: { host: 'origin', roles: [expect.any(String)], healthy: true, trouble: null },
  });
  trouble = 'the zone is not loaded';
  expect(await ask('/health')).toMatchObject({
    status: 503,
    body: { healthy: false, trouble: 'the zone is not loaded' },
  });
});

test('the health check of a container, in HTTP/1.0 with the address as Host, is answered', async () => {
  expect(await raw(`GET /health HTTP/1.0\r\nHost: ${host.address}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
});

test('health answers GET and HEAD, also with a query, and nothing else', async () => {
  const head = await fetch(`http://${host.address}:${CONTROL_PORT}/health?now`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await post('/health', '{}')).status).toBe(404);
  expect((await ask('/healthy')).status).toBe(404);
});

test('a page of elsewhere does not learn how a host is', async () => {
  expect((await ask('/health', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  expect(await raw('GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
});

test('state is what the program says', async () => {
  expect(await ask('/state')).toEqual({ status: 200, body: { cache: ['a', 'b'] } });
});

describe('actions', () => {
  test('are listed, each with what it does', async () => {
    expect(await ask('/actions')).toEqual({ status: 200, body: { fetch: 'fetches a page', fail: 'fails' } });
  });

  test('are done with an input that fits', async () => {
    const answer = await post('/actions/fetch', '{"url":"http://www.someschool.edu/"}');
    expect(answer).toEqual({ status: 200, body: { fetched: 'http://www.someschool.edu/' } });
  });

  test.each([
    ['{"url":"no url"}', 'url: give a URL'],
    ['{}', 'url: give a URL'],
    ['{ broken', /JSON/],
  ])('refuse the input %s with 400', async (input, error) => {
    const answer = await post('/actions/fetch', input);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toMatch(error);
  });

  test.each(['unknown', 'toString', '__proto__', 'constructor'])('without the name "%s" are 404', async (name) => {
    expect(await post(`/actions/${name}`, '{}')).toEqual({
      status: 404,
      body: { error: `origin has no action "${name}": see GET /actions` },
    });
  });

  test('that fail say why', async () => {
    expect(await post('/actions/fail', '{}')).toEqual({ status: 500, body: { error: 'the other host is away' } });
  });

  test('take no body of more than a megabyte', async () => {
    expect((await post('/actions/fetch', JSON.stringify({ url: 'a'.repeat(1024 * 1024) }))).status).toBe(413);
  });
});

describe('the clock', () => {
  test('is moved forward', async () => {
    const before = host.clock.now();
    const { status, body } = await post('/clock', '{"advanceMs":86400000}');
    expect(status).toBe(200);
    expect((body as { labTime: number }).labTime).toBeGreaterThanOrEqual(before + 86_400_000);
    expect(host.clock.offsetMs).toBe(86_400_000);
  });

  test.each(['{"advanceMs":-1}', '{"advanceMs":"1"}', '{"advanceMs":1e300}', '{}', 'null'])(
    'refuses %s',
    async (body) => {
      expect((await post('/clock', body)).status).toBe(400);
      expect(host.clock.offsetMs).toBe(0);
    },
  );
});

describe('pages of elsewhere are refused', () => {
  test.each(['http://evil.example', 'null', 'http://127.0.0.1:9000'])('the origin %s', async (origin) => {
    expect((await post('/clock', '{"advanceMs":1000}', { origin })).status).toBe(403);
    expect(host.clock.offsetMs).toBe(0);
  });

  test('our own origin is let in', async () => {
    const own = { origin: `http://${host.address}:${CONTROL_PORT}` };
    expect((await post('/actions/fetch', '{"url":"http://a/"}', own)).status).toBe(200);
  });

  test.each(['evil.example', 'evil.example:9000', 'localhost:9000'])('the name %s (DNS rebinding)', async (name) => {
    expect(await raw(`GET /state HTTP/1.1\r\nHost: ${name}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('a request without any Host', async () => {
    expect(await raw('GET /state HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
  });
});
