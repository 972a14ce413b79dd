import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { BROKEN_BODIES, REFUSED } from './hostile-requests.ts';
import { TestLab } from './test-lab.ts';

const lab = new TestLab(22, {
  'metadata.test': ['169.254.169.254'],
  'local.test': ['127.0.0.1'],
  'self.test': [`${TEST_NET}.22.1`],
  'gateway.test': [`${TEST_NET}.0.1`],
  'mixed.test': ['169.254.169.254', `${TEST_NET}.22.2`],
});

beforeAll(() => lab.start({ HTTP_PORTS: '80 443 8080 3128', ORIGIN_SILENCE_MS: '1000' }));
afterAll(() => lab.stop());
beforeEach(() => {
  lab.asked.length = 0;
  lab.answer = (request, response) => request.resume().on('end', () => response.end('served'));
});

const H = 'Host: a.test\r\n';
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n';
const POST = `POST http://a.test/h HTTP/1.1\r\n${H}`;

test.each(REFUSED)('%s is refused, the connection closes, and nothing is forwarded', async (_name, text, status) => {
  expect(await lab.ask(text)).toMatchObject({ status, closed: true });
  expect(lab.asked.length).toBe(0);
});

test.each(BROKEN_BODIES)(
  '%s: refused, close, and the origin never gets a complete request',
  async (_name, text, status) => {
    let completed = false;
    lab.answer = (request, response) => {
      request
        .on('error', () => {})
        .resume()
        .on('end', () => {
          completed = true;
          response.end('served');
        });
    };
    expect(await lab.ask(text)).toMatchObject({ status, closed: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(completed).toBe(false);
  },
);

test.each<[string, string]>([
  ['a field that is none', 'HEAD http://a.test/ HTTP/1.1\r\nHost : a.test\r\n\r\n'],
  ['two Hosts', `HEAD http://a.test/ HTTP/1.1\r\n${H}${H}\r\n`],
  ['a body that is none', `HEAD http://a.test/ HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\nPATCH`],
])('HEAD with %s is refused without a body (RFC 9110, section 9.3.2)', async (_name, text) => {
  const client = await RawClient.open(lab.host.address, 3128);
  client.send(text);
  expect((await client.response(true)).status).toBe(400);
  expect([await client.closes(), client.pending]).toEqual([true, '']);
  client.destroy();
});

test('13 the absolute form wins over Host: it is what is asked for and what is stored', async () => {
  lab.answer = (request, response) =>
    response.writeHead(200, { 'Cache-Control': 'max-age=9' }).end(request.headers.host);
  expect((await lab.ask('GET http://a.test/13 HTTP/1.1\r\nHost: evil.test\r\n\r\n')).body.toString()).toBe('a.test');
  expect((await lab.get('http://a.test/13')).field('Cache-Status')).toContain('; hit;');
});

test('17 what Connection names is taken away, but not the host or the framing', async () => {
  let body = '';
  lab.answer = (request, response) => {
    request.on('data', (octets) => {
      body += octets;
    });
    request.on('end', () => response.end(String(request.headers['x-sec'])));
  };
  const answer = await lab.ask(
    `${POST}Connection: Host, Content-Length, X-Sec\r\nX-Sec: 1\r\nContent-Length: 3\r\n\r\nabc`,
  );
  expect([answer.body.toString(), body]).toEqual(['undefined', 'abc']);
});

test.each(['127.0.0.1:22', 'a.test:22', 'a.test:80', `${TEST_NET}.22.2:9000`, 'metadata.test:443', 'self.test:443'])(
  '18 CONNECT %s is refused with 403',
  async (authority) => {
    expect((await lab.ask(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)).status).toBe(403);
  },
);

test.each([
  '169.254.169.254',
  '127.0.0.1',
  'metadata.test',
  'local.test',
  'gateway.test',
  `${TEST_NET}.22.2:9000`,
  'self.test:3128',
  '127.1',
  '0x7f.0.0.1',
])('19 http://%s/ is refused without a connection', async (authority) => {
  const { status } = await lab.get(`http://${authority}/`.replace(/^http:\/\/(127\.1|0x7f\.0\.0\.1)/, 'http://$1'));
  expect([403, 502]).toContain(status);
  expect(lab.asked.length).toBe(0);
});

test('19 of several addresses only those of the lab are connected to', async () => {
  expect((await lab.get('http://mixed.test/19')).status).toBe(200);
});

test('20 TRACE is not forwarded, and OPTIONS with Max-Forwards 0 is answered here', async () => {
  expect((await lab.ask(`TRACE http://a.test/ HTTP/1.1\r\n${H}Max-Forwards: 0\r\n\r\n`)).status).toBe(405);
  expect((await lab.ask(`OPTIONS http://a.test/ HTTP/1.1\r\n${H}Max-Forwards: 0\r\n\r\n`)).status).toBe(200);
  expect(lab.asked.length).toBe(0);
});

test('22 Upgrade is dropped, and an unknown expectation is 417', async () => {
  await lab.ask(
    `GET http://a.test/22 HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n`,
  );
  expect([lab.asked[0]?.headers.upgrade, lab.asked[0]?.headers['http2-settings']]).toEqual([undefined, undefined]);
  expect((await lab.ask(`GET http://a.test/ HTTP/1.1\r\n${H}Expect: 200-maybe\r\n\r\n`)).status).toBe(417);
});

test('a request that comes back is a loop', async () => {
  expect((await lab.get('http://a.test/', 'Via: 1.1 proxy')).status).toBe(508);
});

const OK = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=9\r\n';
test.each<[string, string]>([
  ['Content-Length and Transfer-Encoding', `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
  ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
  ['a bare CR', `${OK}X: a\rb\r\nContent-Length: 3\r\n\r\nabc`],
  ['a NUL', `${OK}X: a\0b\r\nContent-Length: 3\r\n\r\nabc`],
  ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n'],
  ['nothing', ''],
])('23 an origin that sends %s: 502, or 504 for silence, and nothing is stored', async (name, answer) => {
  const raw = new TestLab(23);
  await raw.start({ ORIGIN_SILENCE_MS: '1000' });
  await raw.startRawOrigin(8080, (socket) => socket.write(answer, 'latin1'));
  expect((await raw.get('http://a.test:8080/')).status).toBe(name === 'nothing' ? 504 : 502);
  expect((await raw.state()).stored).toEqual([]);
  await raw.stop();
});

test('23 octets behind the end of an answer are not the next answer', async () => {
  const raw = new TestLab(24);
  await raw.start();
  let connections = 0;
  await raw.startRawOrigin(8080, (socket) => {
    connections += 1;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
  });
  for (const _ of [1, 2]) expect((await raw.get('http://a.test:8080/')).body.toString()).toBe('abc');
  expect(connections).toBe(2);
  await raw.stop();
});

test('24 what is in no key does not reach the origin, and a GET with a body is never stored', async () => {
  lab.answer = (request, response) => {
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'Cache-Control': 'max-age=9' }).end(JSON.stringify(request.headers)));
  };
  const answer = await lab.get(
    'http://a.test/24',
    'X-Forwarded-Host: evil',
    'X-Original-URL: /admin',
    'X-HTTP-Method-Override: DELETE',
  );
  expect(answer.body.toString()).not.toMatch(/evil|admin|DELETE/);
  await lab.ask(`GET http://a.test/24b HTTP/1.1\r\n${H}Content-Length: 1\r\n\r\nx`);
  expect((await lab.get('http://a.test/24b')).field('Cache-Status')).toContain('uri-miss');
});

test('24 the key is the exact path: no spelling of one document is taken for another', async () => {
  lab.answer = (request, response) => response.writeHead(200, { 'Cache-Control': 'max-age=9' }).end(request.url);
  for (const path of ['/acc/x.css', '/acc%2fx.css', '/a/..%2facc', '/acc;x.css', '/acc?x.css', '/ACC/x.css']) {
    expect((await lab.get(`http://a.test${path}`)).body.toString()).toBe(path);
  }
});

test('clients that leave at every moment harm nobody', async () => {
  const text = `${POST}Content-Length: 5\r\n\r\nabcde`;
  for (let at = 1; at < text.length; at += 7) {
    const client = await RawClient.open(lab.host.address, 3128);
    client.send(text.slice(0, at));
    client.destroy();
  }
  expect((await lab.get('http://a.test/')).status).toBe(200);
});
