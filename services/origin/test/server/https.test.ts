import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { program } from '../../src/program.ts';

const DIR = new URL('../../../../infra/hosts/www-someschool', import.meta.url).pathname;
const SITE = 'www.someschool.edu';
let host: TestHost;
let running: Running;

beforeAll(async () => {
  host = createTestHost({ name: 'www-someschool', suffix: '10.25', dir: DIR });
  running = await startOn(program, host, { HTTPS: 'true', KEEP_ALIVE_MS: '700' });
});

afterAll(async () => {
  await running.stop();
  await host.remove();
});

const secure = (ALPNProtocols: string[], servername = SITE): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const ca = readAuthorityCertificate(host) ?? '';
    const socket = connectTls({ host: host.address, port: 443, ca, servername, ALPNProtocols }, () => resolve(socket));
    socket.once('error', reject);
  });

interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function withHttp2<Result>(
  use: (ask: (fields: Record<string, string>, body?: string) => Promise<Answer>) => Promise<Result>,
): Promise<Result> {
  const socket = await secure(['h2']);
  const session = connectHttp2(`https://${SITE}`, { createConnection: () => socket });
  const ask = (fields: Record<string, string>, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': '/', ...fields }, { endStream: body === undefined });
      let head: Record<string, unknown> = {};
      let text = '';
      stream.on('response', (given) => {
        head = given;
      });
      stream.setEncoding('latin1').on('data', (octets: string) => {
        text += octets;
      });
      stream.on('error', reject);
      stream.on('end', () => resolve({ status: Number(head[':status']), fields: head, body: text }));
      if (body !== undefined) stream.end(body);
    });
  try {
    return await use(ask);
  } finally {
    session.destroy();
  }
}

test('one certificate is good for all names of all sites; ALPN says which HTTP is spoken', async () => {
  for (const name of [SITE, 'close.someschool.edu', 'www.test.com', 'enterprise.com', 'gaia.cs.umass.edu']) {
    const socket = await secure(['h2', 'http/1.1'], name);
    expect([socket.authorized, socket.alpnProtocol]).toEqual([true, 'h2']);
    socket.destroy();
  }
  const old = await secure(['http/1.1']);
  expect(old.alpnProtocol).toBe('http/1.1');
  old.destroy();
  await expect(secure(['wonders'])).rejects.toThrow(/no application protocol/i);
});

test('HTTP/1.1 over TLS has the same guard and the same answers', async () => {
  const ask = async (text: string) => {
    const socket = await secure(['http/1.1']);
    let received = '';
    socket.setEncoding('latin1').on('data', (octets: string) => {
      received += octets;
    });
    socket.write(text);
    await new Promise((resolve) => socket.once('close', resolve));
    return received;
  };
  expect(await ask(`GET https://${SITE}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  expect(await ask(`GET http://${SITE}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 421 /);
  expect(await ask('GET / HTTP/1.1\r\nHost: a b\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  expect(await ask('GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
});

test('HTTP/2: the same documents, conditions and parts, on one connection', async () => {
  await withHttp2(async (ask) => {
    const page = await ask({ ':path': '/somedir/page.html' });
    expect([page.status, page.body.length, page.fields['content-length']]).toEqual([200, 6821, '6821']);
    expect(page.fields.connection).toBeUndefined();
    const known = await ask({ ':path': '/somedir/page.html', 'if-none-match': String(page.fields.etag) });
    expect([known.status, known.body]).toEqual([304, '']);
    const part = await ask({ ':path': '/somedir/page.html', range: 'bytes=0-8' });
    expect([part.status, part.body]).toEqual([206, '<!doctype']);
    const head = await ask({ ':method': 'HEAD', ':path': '/somedir/page.html' });
    expect([head.status, head.body, head.fields['content-length']]).toEqual([200, '', '6821']);
    const sample = await ask({ ':path': '/sample-response' });
    expect([sample.fields.server, sample.body.length]).toEqual(['Apache/2.2.3 (CentOS)', 6821]);
    const all = await Promise.all(Array.from({ length: 50 }, () => ask({ ':path': '/album/01.jpg' })));
    expect(new Set(all.map(({ status, body }) => `${status} ${body.length}`)).size).toBe(1);
    expect((await ask({ ':path': '/', ':authority': 'www.umass.edu' })).body).toContain('<h1>umass.edu</h1>');
    expect((await ask({ ':path': '/', ':authority': 'evil.test' })).status).toBe(421);
    expect((await ask({ ':path': '/no' })).status).toBe(404);
    expect((await ask({ ':method': 'TRACE', ':path': '/' })).status).toBe(405);
    expect((await ask({ ':method': 'PROPFIND', ':path': '/' })).status).toBe(501);
  });
});

test('HTTP/2: PUT without a length, forms, and a body that nobody wants', async () => {
  await withHttp2(async (ask) => {
    const put = (path: string, body: string, more = {}) => ask({ ':method': 'PUT', ':path': path, ...more }, body);
    expect((await put('/files/h2.txt', 'over HTTP/2')).status).toBe(201);
    expect((await ask({ ':path': '/files/h2.txt' })).body).toBe('over HTTP/2');
    expect((await put('/files/h2.txt', 'lost', { 'if-match': '"another"' })).status).toBe(412);
    expect((await put('/files/long', 'x'.repeat(1_100_000))).status).toBe(413);
    expect((await put('/index.html', 'x'.repeat(200_000))).status).toBe(405);
    const form = { ':method': 'POST', ':path': '/form.html', 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask(form, 'a=%EA%B0%80')).status).toBe(200);
    expect((await ask({ ':method': 'DELETE', ':path': '/files/h2.txt' })).status).toBe(204);
    expect((await ask({ ':path': '/' })).status).toBe(200);
  });
});

test('a connection of HTTP/2 that asks for nothing is told to go away; PINGs do not keep it', async () => {
  const socket = await secure(['h2']);
  const session = connectHttp2(`https://${SITE}`, { createConnection: () => socket });
  const pings = setInterval(() => !session.destroyed && session.ping(() => {}), 50);
  const code = await new Promise((resolve) => session.once('goaway', resolve));
  clearInterval(pings);
  expect(code).toBe(constants.NGHTTP2_NO_ERROR);
  session.destroy();
});

test('a client that connects and says nothing, or leaves in the handshake, harms nobody', async () => {
  for (let at = 0; at < 10; at += 1) {
    const socket = await secure(['h2']);
    socket.destroy();
  }
  await withHttp2(async (ask) => expect((await ask({ ':path': '/' })).status).toBe(200));
});
