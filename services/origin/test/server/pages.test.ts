import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

const DIR = new URL('../../../../infra/hosts/www-someschool', import.meta.url).pathname;
const SCHOOL = join(DIR, 'www', 'www.someschool.edu');
let host: TestHost;
let running: Running;

beforeAll(async () => {
  host = createTestHost({ name: 'www-someschool', suffix: '10.23', dir: DIR });
  running = await startOn(program, host);
});

afterEach(() => running.actions?.restore?.run({ host: 'www.someschool.edu' }));

afterAll(async () => {
  await running.stop();
  await host.remove();
});

const HOST = 'Host: www.someschool.edu';
const send = (method: string, path: string, lines: readonly string[] = [], body = '') =>
  RawClient.ask(
    host.address,
    80,
    [`${method} ${path} HTTP/1.1`, HOST, `Content-Length: ${Buffer.byteLength(body)}`, ...lines, '', body].join('\r\n'),
  );
const get = (path: string, ...lines: string[]) => send('GET', path, lines);
const linksOf = (html: string) => [...html.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map((match) => match[1]!);

test('every link and picture of every page leads somewhere, and the gallery to the statuses that it names', async () => {
  const pages = ['/', '/album/', '/video/', '/languages/', '/codings/', '/browser.html', '/form.html', '/workshop/'];
  for (const page of pages) {
    const links = linksOf((await get(page)).body.toString()).filter((path) => path !== '/no-such-page.html');
    const answers = await Promise.all(links.map(async (link) => [page, link, (await get(link)).status < 400]));
    expect(answers).toEqual(links.map((link) => [page, link, true]));
  }
  const gallery = (await get('/gallery.html')).body.toString();
  const named = [...gallery.matchAll(/href="(\/[^"]*)"><code>.*<\/code><\/a> (\d{3})/g)];
  expect(named.map((match) => match[2])).toEqual(['200', '301', '302', '303', '307', '308', '400', '404', '414']);
  for (const [, link, status] of named) expect((await get(link!)).status).toBe(Number(status));
});

test('a path for each status: with the fields that it may not come without', async () => {
  const gallery = (await get('/gallery.html')).body.toString();
  const statuses = linksOf(gallery).filter((link) => link.startsWith('/status/'));
  expect(statuses.length).toBeGreaterThan(35);
  const lines = await Promise.all(statuses.map(async (path) => (await get(path)).statusLine.slice(0, 13)));
  expect(lines).toEqual(statuses.map((path) => `HTTP/1.1 ${path.slice('/status/'.length)} `));
  expect((await get('/status/401')).field('WWW-Authenticate')).toBe('Basic realm="status"');
  expect((await get('/status/301')).field('Location')).toBe('/');
  expect((await get('/status/204')).body.length).toBe(0);
  for (const none of ['/status/304', '/status/206', '/status/100', '/status/999', '/status/'])
    expect((await get(none)).status).toBe(404);
});

test('the view of a folder shows each document with a URL that works, and no other', async () => {
  const shown = async (view: string) => linksOf((await get(view)).body.toString()).filter((link) => link !== '/');
  const listed = await shown('/tree/');
  const entries = readdirSync(SCHOOL, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name).slice(SCHOOL.length));
  expect(listed.toSorted()).toEqual(files.filter((file) => !file.includes('/.')).toSorted());
  await send('PUT', '/files/new%20one.txt', [], 'x');
  expect(await shown('/files/')).toEqual(['/files/new%20one.txt', '/files/readme.txt']);
  expect((await get('/files/new%20one.txt')).status).toBe(200);
});

test('a form is shown as it was sent, and nothing of it is taken for HTML', async () => {
  const urlencoded = await send('POST', '/form.html', ['Content-Type: application/x-www-form-urlencoded'], 'a=%3Cb%3E');
  expect(urlencoded.body.toString()).toContain('<td>&#60;b&#62;');
  const multipart = await send(
    'POST',
    '/form.html',
    ['Content-Type: multipart/form-data; boundary=b'],
    '--b\r\nContent-Disposition: form-data; name="f"; filename="<i>.txt"\r\n\r\nhello\r\n--b--\r\n',
  );
  expect(multipart.body.toString()).toContain('&#60;i&#62;.txt, text/plain');
  expect(multipart.body.toString()).toContain('<td>hello');
  expect(multipart.field('Cache-Control')).toBe('no-store');
});

test.each<[string, string[], string, number]>([
  ['of another type', ['Content-Type: text/csv'], 'a', 415],
  ['of no type', [], 'a', 415],
  ['without a boundary', ['Content-Type: multipart/form-data'], 'a', 415],
  ['that is no multipart', ['Content-Type: multipart/form-data; boundary=b'], 'a', 400],
  ['that is too long', ['Content-Type: application/x-www-form-urlencoded'], 'a'.repeat(65_537), 413],
  ['of too many fields', ['Content-Type: application/x-www-form-urlencoded'], 'a=b&'.repeat(65), 400],
])('a form %s is refused', async (_name, lines, body, status) => {
  expect((await send('POST', '/form.html', lines, body)).status).toBe(status);
});

test('POST elsewhere is not allowed, and Allow says what is', async () => {
  const answer = await send('POST', '/index.html', ['Content-Type: application/x-www-form-urlencoded'], 'a=b');
  expect([answer.status, answer.field('Allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  expect((await send('OPTIONS', '/form.html')).field('Allow')).toBe('GET, HEAD, OPTIONS, POST');
  expect((await send('OPTIONS', '/files/x')).field('Allow')).toBe('GET, HEAD, OPTIONS, PUT, DELETE');
});

const FORM = 'Content-Type: application/x-www-form-urlencoded';

test('in the workshop a document is edited, touched and restored by the forms of its page', async () => {
  const before = await get('/cacheable.html');
  const editor = (await get('/workshop/?path=%2Fcacheable.html')).body.toString();
  expect(editor).toContain('&#60;!doctype html&#62;');
  const edit = 'action=edit&path=%2Fcacheable.html&text=one%0D%0Atwo';
  const done = await send('POST', '/workshop/', [FORM, 'Origin: http://www.someschool.edu'], edit);
  expect([done.status, done.field('Location')]).toEqual([303, '/workshop/']);
  expect((await get('/cacheable.html')).body.toString()).toBe('one\ntwo');
  host.clock.advance(60_000);
  await send('POST', '/workshop/', [FORM], 'action=touch&path=%2Fcacheable.html');
  await send('POST', '/workshop/', [FORM], 'action=restore&path=%2Fcacheable.html');
  expect((await get('/cacheable.html')).field('ETag')).toBe(before.field('ETag'));
});

test.each(['edit', 'touch'])('what is not there is not made by the workshop: %s is 404', async (action) => {
  for (const path of ['/none.html', '/none/', `/${'long'.repeat(200)}`, '/album'])
    expect((await send('POST', '/workshop/', [FORM], `action=${action}&path=${path}&text=x`)).status, path).toBe(404);
});

test('a page of elsewhere changes nothing in the workshop', async () => {
  const edit = 'action=edit&path=%2Fcacheable.html&text=taken';
  for (const line of ['Origin: http://evil.test', 'Origin: null', 'Sec-Fetch-Site: cross-site'])
    expect((await send('POST', '/workshop/', [FORM, line], edit)).status).toBe(403);
  expect((await get('/cacheable.html')).body.toString()).not.toBe('taken');
  const page = await get('/workshop/');
  expect(page.field('Content-Security-Policy')).toContain("frame-ancestors 'none'");
  expect(page.field('Cache-Control')).toBe('no-store');
});

test('the same site under another name does not persist: every answer ends its connection', async () => {
  const at = (name: string) => RawClient.ask(host.address, 80, `GET /cacheable.html HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
  expect(await at('close.someschool.edu')).toMatchObject({ status: 200, closed: true });
  expect(await at('www.someschool.edu')).toMatchObject({ status: 200, closed: false });
});

test('what is put under /files/ has no script and no place among the pages', async () => {
  await send('PUT', '/files/a.html', [], '<script>alert(1)</script>');
  expect((await get('/files/a.html')).field('Content-Security-Policy')).toContain('sandbox');
});
