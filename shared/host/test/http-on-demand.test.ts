import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpApp } from '#shared/host/http-app.ts';
import { HttpOnDemand, type OpenedApp } from '#shared/host/http-on-demand.ts';
import { TEST_NET } from '#shared/host/test-host.ts';

const PORT = 20_076;

/** Each test has an address of its own: `fetch` keeps connections, also to a server that is gone. */
let tests = 0;
let host: string;
let made: number;
let stopped: number;
let failures: Error[];
let isBroken: boolean;
let server: HttpOnDemand<OpenedApp>;

beforeEach(async () => {
  tests += 1;
  host = `${TEST_NET}.76.${100 + tests}`;
  made = 0;
  stopped = 0;
  failures = [];
  isBroken = false;
  server = new HttpOnDemand({
    answerAtOnce: ({ url }, response) => {
      if (url !== '/at-once') return false;
      response.end('at once');
      return true;
    },
    open: async () => {
      made += 1;
      if (isBroken) throw new Error('no more files can be opened');
      const app = createHttpApp({});
      app.get('/', async () => 'made');
      app.get('/silent', () => new Promise(() => {}));
      app.post('/echo', async (request) => request.body);
      await app.ready();
      const stop = () => {
        stopped += 1;
      };
      return { app, stop };
    },
    onFailure: (error) => failures.push(error),
  });
  await server.listen(host, PORT);
});

afterEach(() => server.close());

const ask = (path: string, init?: RequestInit) => fetch(`http://${host}:${PORT}${path}`, init);

test('the application is made when somebody first asks for what needs it, and once', async () => {
  expect(await (await ask('/at-once')).text()).toBe('at once');
  expect([made, server.opened]).toEqual([0, null]);
  const answers = await Promise.all([ask('/'), ask('/'), ask('/')]);
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['made', 'made', 'made']);
  expect(made).toBe(1);
});

test('the body of the first request reaches the application whole', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(300_000) });
  const answer = await ask('/echo', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  expect(await answer.text()).toBe(body);
});

test('an application that cannot be made is 503, is told of, and is tried again', async () => {
  isBroken = true;
  expect((await ask('/')).status).toBe(503);
  expect(failures.map(({ message }) => message)).toEqual(['no more files can be opened']);
  isBroken = false;
  expect((await ask('/')).status).toBe(200);
  expect(made).toBe(2);
});

test('a client that goes away while the application is made does no harm', async () => {
  const socket = connect(PORT, host, () => {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    setImmediate(() => socket.resetAndDestroy());
  });
  await new Promise((resolve) => socket.once('close', resolve));
  expect((await ask('/')).status).toBe(200);
});

test('closing stops what waits and cuts the connections; nothing is made for it', async () => {
  await server.close();
  expect([made, stopped]).toEqual([0, 0]);
  await server.listen(host, PORT);
  await ask('/');
  const waiting = ask('/silent');
  const cut = expect(waiting).rejects.toThrow();
  await ask('/');
  await server.close();
  await cut;
  expect(stopped).toBe(1);
  await server.listen(host, PORT);
});
