import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { parseHttpDate } from '#shared/http/http-date.ts';
import { parseRequestTarget } from '#shared/http/request-target.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

const DIR = new URL('../../../../infra/hosts/www-someschool', import.meta.url).pathname;
const SCHOOL = join(DIR, 'www', 'www.someschool.edu');
let host: TestHost;
let running: Running;

beforeAll(async () => {
  host = createTestHost({ name: 'www-someschool', suffix: '10.1', dir: DIR });
  running = await startOn(program, host);
});

afterAll(async () => {
  await running.stop();
  await host.remove();
});

const ask = (text: string, isHead = false) => RawClient.ask(host.address, 80, text, isHead);
const get = (path: string, ...lines: string[]) =>
  ask([`GET ${path} HTTP/1.1`, 'Host: www.someschool.edu', ...lines, '', ''].join('\r\n'));
const objectsOf = (html: string) => [...html.matchAll(/src="([^"]+)"/g)].map((match) => match[1]!);

test('FMT-01 the request of the notes is accepted octet for octet', async () => {
  const answer = await ask(
    'GET /somedir/page.html HTTP/1.1\r\nHost: www.someschool.edu\r\nConnection: close\r\nUser-agent: Mozilla/5.0\r\nAccept-language: fr\r\n\r\n',
  );
  expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
  expect(answer.field('Connection')).toBe('close');
  expect(answer.body.toString()).toContain('<h1>Une page dans un dossier</h1>');
  expect(answer.closed).toBe(true);
});

test('FMT-02 lines of responses end with CRLF, and a request with bare LF is refused with 400', async () => {
  expect((await get('/')).head.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(await ask('GET / HTTP/1.1\nHost: www.someschool.edu\n\n')).toMatchObject({ status: 400, closed: true });
});

test('FMT-03 a request line has three parts, and one with a blank too many in its URL is refused', async () => {
  expect((await ask('GET / HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n')).status).toBe(200);
  expect((await ask('GET / more HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n')).status).toBe(400);
});

test('FMT-04 the Host line chooses between sites on one address, and is required once in HTTP/1.1', async () => {
  const answers = await Promise.all(
    ['www.someschool.edu', 'www.umass.edu'].map((name) => ask(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)),
  );
  expect(answers.map(({ body }) => /<h1>(.*)<\/h1>/.exec(body.toString())?.[1])).toEqual(['Someschool', 'umass.edu']);
  expect((await ask('GET / HTTP/1.1\r\n\r\n')).status).toBe(400);
  expect((await ask('GET / HTTP/1.1\r\nHost: www.someschool.edu\r\nHost: www.umass.edu\r\n\r\n')).status).toBe(400);
});

test('a site answers to its aliases, and a name of elsewhere is misdirected', async () => {
  const names = ['www.enterprise.com', 'enterprise.com', 'RELAY1.west-coast.enterprise.com.', 'enterprise.com:80'];
  for (const name of names)
    expect((await ask(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)).body.toString()).toContain('<h1>Enterprise</h1>');
  const answer = await ask('GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n');
  expect(answer.status).toBe(421);
  expect(answer.body.toString()).toContain('http://www.someschool.edu/');
});

test('FMT-05 Connection: close in a request asks not to persist', async () => {
  expect(await get('/', 'Connection: close')).toMatchObject({ status: 200, closed: true });
});

test('FMT-08 a GET ends at its blank line: without it there is no answer, with it there is', async () => {
  const client = await RawClient.open(host.address, 80);
  client.send('GET / HTTP/1.1\r\nHost: www.someschool.edu\r\n');
  expect(await client.closesWithin(80)).toBe(false);
  expect(client.pending).toBe('');
  client.send('\r\n');
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test('FMT-09 HEAD brings the header lines of GET and not the object', async () => {
  const whole = await get('/somedir/page.html');
  const head = await ask('HEAD /somedir/page.html HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n', true);
  const named = (answer: typeof whole) => answer.fields.filter(([name]) => name !== 'Date');
  expect(named(head)).toEqual(named(whole));
  expect(head.status).toBe(200);
  const client = await RawClient.open(host.address, 80);
  client.send('HEAD /somedir/page.html HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n');
  await client.response(true);
  await client.closesWithin(80);
  expect(client.pending).toBe('');
  client.destroy();
});

test('FMT-12 a status line has a version, a code and a phrase', async () => {
  expect((await get('/')).statusLine).toBe('HTTP/1.1 200 OK');
  expect((await get('/no')).statusLine).toBe('HTTP/1.1 404 Not Found');
});

test('FMT-13 the response says close exactly when the server closes', async () => {
  const [stays, closes] = await Promise.all([get('/'), get('/', 'Connection: close')]);
  expect([stays!.field('Connection'), stays!.closed]).toEqual(['keep-alive', false]);
  expect([closes!.field('Connection'), closes!.closed]).toEqual(['close', true]);
});

test('FMT-14 Date is the time of the response on the clock of the lab, not that of the file', async () => {
  const dateOf = async () => parseHttpDate((await get('/')).field('Date') ?? '', 0)!;
  const before = await dateOf();
  expect(Math.abs(before - host.clock.now())).toBeLessThan(1_500);
  host.clock.advance(3_600_000);
  expect((await dateOf()) - before).toBeGreaterThanOrEqual(3_600_000);
  expect(Math.abs((await dateOf()) - host.clock.now())).toBeLessThan(1_500);
});

test('FMT-15 the Server line is what the host is configured to say', async () => {
  const other = createTestHost({ name: 'old', suffix: '10.9', dir: DIR });
  const apache = await startOn(program, other, { SERVER_FIELD: 'Apache/2.2.3 (CentOS)' });
  const answer = await RawClient.ask(other.address, 80, 'GET / HTTP/1.1\r\nHost: www.test.com\r\n\r\n');
  expect(answer.field('Server')).toBe('Apache/2.2.3 (CentOS)');
  expect((await get('/')).field('Server')).toBe('Topdown');
  await apache.stop();
  await other.remove();
});

test('FMT-16 Last-Modified is the time of the file to the second', async () => {
  const modified = statSync(join(SCHOOL, 'index.html')).mtimeMs;
  expect(parseHttpDate((await get('/')).field('Last-Modified') ?? '', 0)).toBe(Math.floor(modified / 1000) * 1000);
});

test('FMT-17 the page of the sample has 6,821 octets, and Content-Length says so', async () => {
  const answer = await get('/somedir/page.html');
  expect([answer.field('Content-Length'), answer.body.length]).toEqual(['6821', 6821]);
});

test('FMT-18 the type is what Content-Type says: the same octets, the same extension, two types', async () => {
  const [page, text] = await Promise.all([get('/somedir/page.html'), get('/somedir/page-as-text.html')]);
  expect(page!.body.equals(text!.body)).toBe(true);
  expect([page!.field('Content-Type'), text!.field('Content-Type')]).toEqual([
    'text/html; charset=utf-8',
    'text/plain; charset=utf-8',
  ]);
});

test('FMT-19 what is there comes with 200', async () => {
  expect((await get('/index.html')).status).toBe(200);
});

test('FMT-20 what has moved for good says where to, and is there', async () => {
  const moved = await get('/old.html');
  expect([moved.status, moved.field('Location')]).toEqual([301, '/somedir/page.html']);
  expect((await get(moved.field('Location')!)).status).toBe(200);
  expect(await get('/album?x=1').then((answer) => answer.field('Location'))).toBe('/album/?x=1');
});

test('FMT-21 what is no HTTP message is answered with 400', async () => {
  for (const garbage of ['garbage\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET\r\n\r\n']) {
    expect(await ask(garbage)).toMatchObject({ status: 400, closed: true });
  }
});

test('FMT-22 what is not there is answered with 404', async () => {
  for (const path of [
    '/no.html',
    '/index.html/',
    '/somedir/',
    '/../index.html',
    '/.fields',
    '/%2e%2e/.aliases',
    '/album%2findex.html',
    '/index.html%00',
  ]) {
    expect((await get(path)).status).toBe(404);
  }
});

test('FMT-23 a version that is not spoken is answered with 505', async () => {
  for (const version of ['HTTP/9.9', 'HTTP/3.7', 'HTTP/2.0']) {
    expect((await ask(`GET / ${version}\r\nHost: www.someschool.edu\r\n\r\n`)).status).toBe(505);
  }
});

test('WEB-02 each response answers one request, in order, on its connection', async () => {
  const client = await RawClient.open(host.address, 80);
  const paths = ['/', '/somedir/page.html', '/no', '/cacheable.html', '/album/01.jpg'];
  client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n`).join(''));
  const answers = [];
  for (const _ of paths) answers.push(await client.response());
  client.destroy();
  const alone = await Promise.all(paths.map((path) => get(path)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200, 200]);
  expect(answers.map(({ body }) => body.toString('latin1'))).toEqual(alone.map(({ body }) => body.toString('latin1')));
});

test('WEB-03 a page of one HTML file and ten pictures is eleven objects, each with its URL', async () => {
  const base = await get('/album/');
  const urls = ['/album/', ...objectsOf(base.body.toString())];
  expect(new Set(urls).size).toBe(11);
  const answers = await Promise.all(urls.map((url) => get(url)));
  expect(answers.map((answer) => answer.field('Content-Type'))).toEqual([
    'text/html; charset=utf-8',
    ...Array(10).fill('image/jpeg'),
  ]);
});

test('WEB-04 the base HTML refers to the ten JPEG pictures by their URLs', async () => {
  const urls = objectsOf((await get('/album/')).body.toString());
  expect(urls).toEqual(Array.from({ length: 10 }, (_, at) => `/album/${String(at + 1).padStart(2, '0')}.jpg`));
  const first = await get(urls[0]!);
  expect(first.body.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
});

test('WEB-05 a URL is a host name and a path: www.test.com and /tttt/picture.gif lead to the picture', async () => {
  const url = parseRequestTarget('GET', 'http://www.test.com/tttt/picture.gif');
  if (typeof url === 'string' || url.form !== 'absolute') throw new Error('no URL');
  const answer = await ask(`GET ${url.path} HTTP/1.1\r\nHost: ${url.authority.host}\r\n\r\n`);
  expect([answer.status, answer.field('Content-Type')]).toEqual([200, 'image/gif']);
  expect(answer.body.subarray(0, 6).toString()).toBe('GIF89a');
});

test('ERR-14 the URL of the notes is served without the stray asterisk, and only so', async () => {
  const at = (path: string) => ask(`GET ${path} HTTP/1.1\r\nHost: www.test.com\r\n\r\n`);
  expect((await at('/tttt/picture.gif')).status).toBe(200);
  expect((await at('/tttt/picture.gif*')).status).toBe(404);
});

test('WEB-08 every file below the root has a URL, and nothing else has', async () => {
  const entries = readdirSync(SCHOOL, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name).slice(SCHOOL.length));
  const served = files.filter((file) => !file.startsWith('/.'));
  expect(served.length).toBeGreaterThan(14);
  const statuses = (paths: readonly string[]) => Promise.all(paths.map(async (path) => (await get(path)).status));
  expect(new Set(await statuses(served))).toEqual(new Set([200]));
  expect(new Set(await statuses(served.map((file) => `${file}x`)))).toEqual(new Set([404]));
});

test('WEB-09 the client opens a TCP connection to port 80; then both talk through it, the client first', async () => {
  const client = await RawClient.open(host.address, 80);
  expect(await client.closesWithin(80)).toBe(false);
  expect(client.pending).toBe('');
  client.send('GET / HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n');
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test('WEB-11 the server is stateless: who asks twice gets it twice', async () => {
  const client = await RawClient.open(host.address, 80);
  const bodies = [];
  for (const _ of [1, 2]) {
    client.send('GET /somedir/page.html HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n');
    const answer = await client.response();
    expect(answer.status).toBe(200);
    bodies.push(answer.body);
  }
  client.destroy();
  expect(bodies.map(({ length }) => length)).toEqual([6821, 6821]);
  expect(Object.keys(await running.state()).sort()).toEqual([
    'connections',
    'octets',
    'port',
    'requests',
    'securePort',
    'sites',
    'statuses',
  ]);
});

test('WEB-12 one page over eleven connections or over one', async () => {
  const urls = ['/album/', ...objectsOf((await get('/album/')).body.toString())];
  const ports = () =>
    new Set(
      host.reported
        .filter(({ kind, message }) => kind === 'http.request' && JSON.stringify(message).includes('page-of-web-12'))
        .map(({ from }) => from?.port),
    );
  for (const url of urls) expect((await get(url, 'Connection: close', 'User-Agent: page-of-web-12')).status).toBe(200);
  await expect.poll(() => ports().size).toBe(11);

  const client = await RawClient.open(host.address, 80);
  for (const url of urls) {
    client.send(`GET ${url} HTTP/1.1\r\nHost: www.someschool.edu\r\nUser-Agent: page-of-web-12\r\n\r\n`);
    expect((await client.response()).status).toBe(200);
  }
  client.destroy();
  await expect.poll(() => ports().size).toBe(12);
});

test('NPC-11 HTTP/1.0 without keep-alive: the server closes after one response', async () => {
  const answer = await ask('GET / HTTP/1.0\r\nHost: www.someschool.edu\r\n\r\n');
  expect([answer.status, answer.field('Connection'), answer.closed]).toEqual([200, 'close', true]);
});

test.concurrent('PST-01 HTTP/1.1: the connection stays open after the response', async () => {
  const client = await RawClient.open(host.address, 80);
  client.send('GET / HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n');
  await client.response();
  expect(await client.closesWithin(1_050)).toBe(false);
  client.send('GET / HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n');
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test('PST-06 persistent is the default: a request without a Connection line keeps the connection', async () => {
  const answer = await get('/');
  expect([answer.status, answer.closed]).toEqual([200, false]);
});

test('PST-07 HTTP/1.1 can be non-persistent: Connection: close is answered in kind and by the end', async () => {
  const answer = await get('/', 'Connection: close');
  expect([answer.status, answer.field('Connection'), answer.closed]).toEqual([200, 'close', true]);
});
