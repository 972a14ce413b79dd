import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { TestLab } from './test-lab.ts';

// The proxy as a surrogate: the numbers are those of the table of hostile inputs, whose answers are meant for this mode.
const lab = new TestLab(53, { 'outside.test': ['169.254.169.254'] });

beforeAll(() =>
  lab.start({
    REVERSE: `shop.example=a.test news.example=b.test:80 down.example=nobody.test out.example=outside.test`,
    ORIGIN_SILENCE_MS: '1000',
  }),
);
afterAll(() => lab.stop());
beforeEach(() => {
  lab.asked.length = 0;
  lab.answer = (request, response) =>
    response
      .writeHead(200, { 'Cache-Control': 'max-age=9' })
      .end(`${request.headers.host}${request.url} ${request.headers.via}`);
});

const ask = (target: string, host: string, method = 'GET') =>
  lab.ask(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, method === 'HEAD');

test('a request in origin form goes to the origin of its site, by the name of the origin', async () => {
  expect((await ask('/one?x', 'shop.example')).body.toString()).toBe('a.test/one?x 1.1 proxy');
  expect((await ask('/one?x', 'news.example:3128')).body.toString()).toBe('b.test/one?x 1.1 proxy');
  expect(lab.asked.length).toBe(2);
});

test('copies are kept by site: the same path elsewhere is another object', async () => {
  for (const host of ['shop.example', 'news.example', 'SHOP.example']) await ask('/two', host);
  expect(lab.asked.map(({ headers }) => headers.host)).toEqual(['a.test', 'b.test']);
  expect((await ask('/two', 'shop.example')).field('Cache-Status')).toContain('; hit;');
  expect((await ask('/two', 'news.example')).body.toString()).toContain('b.test/two');
});

test('13 the absolute form wins over Host: it is what is asked for and what is stored', async () => {
  expect((await ask('http://shop.example/13', 'news.example')).body.toString()).toContain('a.test/13');
  expect((await ask('/13', 'shop.example')).field('Cache-Status')).toContain('; hit;');
});

test.each([
  ['18 CONNECT 127.0.0.1:22', 'CONNECT', '127.0.0.1:22', 'shop.example', 405],
  ['18 CONNECT to a site', 'CONNECT', 'shop.example:443', 'shop.example', 405],
  ['19 an address elsewhere', 'GET', 'http://169.254.169.254/', '169.254.169.254', 421],
  ['19 an address elsewhere behind the name of a site', 'GET', 'http://169.254.169.254/', 'shop.example', 421],
  ['the name of an origin', 'GET', '/', 'a.test', 421],
  ['the proxy itself', 'GET', '/proxy.pac', `${TEST_NET}.53.1:3128`, 421],
  ['https', 'GET', 'https://shop.example/', 'shop.example', 421],
  ['20 TRACE', 'TRACE', '/', 'shop.example', 405],
])('%s is refused, and no origin is asked', async (_name, method, target, host, status) => {
  const answer = await ask(target, host, method);
  expect(answer.status).toBe(status);
  if (status === 405) expect(answer.field('Allow')).not.toContain('CONNECT');
  expect(lab.asked.length).toBe(0);
});

test('HTTP/1.0 without a Host names no site', async () => {
  expect((await lab.ask('GET / HTTP/1.0\r\n\r\n')).status).toBe(421);
});

test('19 a site whose origin leads out of the lab is 403, without a connection', async () => {
  expect((await ask('/', 'out.example')).status).toBe(403);
});

test('an origin that is down is 502, and its page names it', async () => {
  const answer = await ask('/', 'down.example');
  expect(answer.status).toBe(502);
  expect(answer.body.toString()).toContain('nobody.test');
});

test('OPTIONS * is answered here', async () => {
  expect((await ask('*', 'shop.example', 'OPTIONS')).status).toBe(200);
});
