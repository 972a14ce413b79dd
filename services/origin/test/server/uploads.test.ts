import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { Child } from '#shared/host/test/kit/child.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

const ORIGIN_PROCESS = fileURLToPath(new URL('../kit/origin-process.ts', import.meta.url));

let dir: string;
let host: TestHost;
let running: Running;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'topdown-files-'));
  mkdirSync(join(dir, 'www/a.test/files/folder'), { recursive: true });
  writeFileSync(join(dir, 'www/a.test/.site'), 'writable /files/\nlisted /files/\n');
  writeFileSync(join(dir, 'www/a.test/index.html'), 'front');
  writeFileSync(join(dir, 'www/a.test/files/old.txt'), 'as it came');
  host = createTestHost({ name: 'www', suffix: '10.20', dir });
  running = await startOn(program, host);
});

afterEach(async () => {
  await running.stop();
  await host.remove();
  rmSync(dir, { recursive: true, force: true });
});

const ask = (text: string) => RawClient.ask(host.address, 80, text);
const request = (method: string, path: string, lines: readonly string[] = [], body?: string) =>
  ask(
    [
      `${method} ${path} HTTP/1.1`,
      'Host: a.test',
      ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]),
      ...lines,
      '',
      body ?? '',
    ].join('\r\n'),
  );
const put = (path: string, body: string, ...lines: string[]) => request('PUT', path, lines, body);
const get = (path: string, ...lines: string[]) => request('GET', path, lines);

test('FMT-10 PUT brings an object to a path: 201, then 204, GET returns its octets, and so it does after a restart', async () => {
  const octets = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join('');
  const made = await put('/files/deep/new.bin', octets);
  expect(made.status).toBe(201);
  const there = await get('/files/deep/new.bin');
  expect([there.status, there.body.toString('latin1')]).toEqual([200, octets]);
  expect(there.field('ETag')).toBe(made.field('ETag'));
  expect(await put('/files/deep/new.bin', 'again')).toMatchObject({ status: 204, closed: false });
  await running.stop();
  running = await startOn(program, host);
  expect((await get('/files/deep/new.bin')).body.toString()).toBe('again');
});

test('FMT-11 DELETE takes an object away, also one of the host itself, and it stays away', async () => {
  await put('/files/new.txt', 'new');
  for (const path of ['/files/new.txt', '/files/old.txt']) {
    expect((await request('DELETE', path)).status).toBe(204);
    expect((await get(path)).status).toBe(404);
    expect((await request('DELETE', path)).status).toBe(404);
  }
  await running.stop();
  running = await startOn(program, host);
  expect((await get('/files/old.txt')).status).toBe(404);
  expect((await get('/files/')).body.toString()).not.toContain('old.txt');
  expect((await put('/files/old.txt', 'back')).status).toBe(201);
  expect((await get('/files/old.txt')).body.toString()).toBe('back');
  await running.actions?.restore?.run({ host: 'a.test', path: '/files/old.txt' });
  expect((await get('/files/old.txt')).body.toString()).toBe('as it came');
});

test('who makes and deletes documents, each in a new folder, leaves nothing behind', async () => {
  for (let at = 0; at < 5; at += 1) {
    expect((await put(`/files/in/${at}/new.txt`, 'x')).status).toBe(201);
    expect((await request('DELETE', `/files/in/${at}/new.txt`)).status).toBe(204);
  }
  expect(readdirSync(join(host.stateDir, 'www'), { recursive: true }).toSorted()).toEqual(['.unfinished', 'a.test']);
});

test('of many who write and delete in one folder at once each gets an answer', async () => {
  const all = Array.from({ length: 40 }, (_, at) =>
    at % 2 === 0 ? put('/files/folder2/a.txt', `${at}`) : request('DELETE', '/files/folder2/a.txt'),
  );
  const statuses = new Set((await Promise.all(all)).map(({ status }) => status));
  expect([...statuses].filter((status) => ![201, 204, 404].includes(status))).toEqual([]);
});

test('what was answered with 201 and 204 outlasts a kill -9 at that moment', async () => {
  const address = `${TEST_NET}.10.21`;
  const start = async () => {
    const child = new Child(process.execPath, [ORIGIN_PROCESS, address, dir, host.stateDir]);
    await child.says('ready');
    return child;
  };
  const send = async (child: Child, text: string) => {
    const client = await RawClient.open(address, 80);
    client.send(text);
    const { status } = await client.response();
    child.signal('SIGKILL');
    client.destroy();
    await child.stop();
    return status;
  };
  const H = 'HTTP/1.1\r\nHost: a.test\r\n';
  expect(await send(await start(), `PUT /files/a/b/kept.txt ${H}Content-Length: 4\r\n\r\nkept`)).toBe(201);
  expect(await send(await start(), `PUT /files/a/b/kept.txt ${H}Content-Length: 5\r\n\r\nkept2`)).toBe(204);
  expect(await send(await start(), `DELETE /files/old.txt ${H}\r\n`)).toBe(204);
  expect((await get('/files/a/b/kept.txt')).body.toString()).toBe('kept2');
  expect((await get('/files/old.txt')).status).toBe(404);
});

test('a body that breaks off leaves the old version, and nothing else behind', async () => {
  await put('/files/a.txt', 'whole');
  for (const framing of ['Content-Length: 9', 'Transfer-Encoding: chunked']) {
    const client = await RawClient.open(host.address, 80);
    client.send(`PUT /files/a.txt HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n4\r\nha`);
    client.destroy();
  }
  const unfinished = () => readdirSync(join(host.stateDir, 'www/.unfinished'));
  await expect.poll(unfinished).toEqual([]);
  expect((await get('/files/a.txt')).body.toString()).toBe('whole');
});

test('a lost update is refused: who has not seen the last version does not overwrite it', async () => {
  await put('/files/page.html', 'one');
  const seen = (await get('/files/page.html')).field('ETag');
  expect((await put('/files/page.html', 'two', `If-Match: ${seen}`)).status).toBe(204);
  expect((await put('/files/page.html', 'lost', `If-Match: ${seen}`)).status).toBe(412);
  expect((await put('/files/page.html', 'lost', 'If-None-Match: *')).status).toBe(412);
  expect((await request('DELETE', '/files/page.html', [`If-Match: ${seen}`])).status).toBe(412);
  expect((await put('/files/other.html', 'lost', `If-Match: ${seen}`)).status).toBe(412);
  expect((await put('/files/other.html', 'first', 'If-None-Match: *')).status).toBe(201);
  expect((await get('/files/page.html')).body.toString()).toBe('two');
});

test('of twenty who saw the same version one replaces it', async () => {
  await put('/files/page.html', 'before');
  const seen = (await get('/files/page.html')).field('ETag');
  const writers = Array.from({ length: 20 }, (_, at) => put('/files/page.html', `by ${at}`, `If-Match: ${seen}`));
  const statuses = (await Promise.all(writers)).map(({ status }) => status).toSorted();
  expect(statuses).toEqual([204, ...Array(19).fill(412)]);
  const makers = Array.from({ length: 20 }, (_, at) => put('/files/new.html', `by ${at}`, 'If-None-Match: *'));
  expect((await Promise.all(makers)).filter(({ status }) => status === 201)).toHaveLength(1);
});

test('GET with If-Match and If-Unmodified-Since: 412 when the version is another one', async () => {
  const now = await get('/files/old.txt');
  expect((await get('/files/old.txt', `If-Match: ${now.field('ETag')}`)).status).toBe(200);
  expect((await get('/files/old.txt', 'If-Match: "another"')).status).toBe(412);
  expect((await get('/files/old.txt', `If-Unmodified-Since: ${now.field('Last-Modified')}`)).status).toBe(200);
  expect((await get('/files/old.txt', 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT')).status).toBe(412);
});

test.each<[string, string, string[], string | undefined, number]>([
  ['outside of the writable folder', '/index.html', [], 'x', 405],
  ['on the folder itself', '/files/', [], 'x', 405],
  ['climbing out', '/files/../index.html', [], 'x', 404],
  ['climbing out, encoded', '/files/%2e%2e/index.html', [], 'x', 404],
  ['on a hidden name', '/files/.site', [], 'x', 404],
  ['on a folder', '/files/folder', [], 'x', 409],
  ['below a document', '/files/old.txt/x', [], 'x', 409],
  ['with a name that is too long', `/files/${'x'.repeat(201)}`, [], 'x', 414],
  ['of a part', '/files/a.txt', ['Content-Range: bytes 0-0/9'], 'x', 400],
  ['in a coding', '/files/a.txt', ['Content-Encoding: gzip'], 'x', 415],
  ['of another type', '/files/a.txt', ['Content-Type: image/png'], 'x', 415],
  ['without a length', '/files/a.txt', [], undefined, 411],
])('a PUT %s is refused', async (_name, path, lines, body, status) => {
  const answer = await request('PUT', path, lines, body);
  expect(answer.status).toBe(status);
  if (status === 405) expect(answer.field('Allow')).toBe('GET, HEAD, OPTIONS');
  expect((await get('/')).body.toString()).toBe('front');
});

test('a body that is too long is refused: by its length before it comes, and while it comes', async () => {
  const long = await ask('PUT /files/a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1048577\r\n\r\n');
  expect([long.status, long.closed]).toEqual([413, true]);
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  const chunked = await ask(
    `PUT /files/a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`,
  );
  expect([chunked.status, chunked.closed]).toEqual([413, true]);
  expect((await get('/files/a')).status).toBe(404);
});

test('100 (Continue) is said when the body is wanted, and the refusal instead when it is not', async () => {
  const expecting = (path: string) =>
    `PUT ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
  const client = await RawClient.open(host.address, 80);
  client.send(expecting('/files/a.txt'));
  expect((await client.response()).status).toBe(100);
  client.send('ok');
  expect((await client.response()).status).toBe(201);
  client.destroy();
  expect(await ask(expecting('/index.html'))).toMatchObject({ status: 405, closed: true });
});

test('a folder takes so many documents and no more; one that is there can be replaced', async () => {
  for (let at = 0; at < 199; at += 1) writeFileSync(join(dir, `www/a.test/files/${at}.txt`), 'x');
  expect((await put('/files/more.txt', 'x')).status).toBe(507);
  expect((await put('/files/7.txt', 'y')).status).toBe(204);
  await request('DELETE', '/files/8.txt');
  expect((await put('/files/more.txt', 'x')).status).toBe(201);
});

test('what the rules add to an uploaded document is there under each spelling of its path', async () => {
  writeFileSync(join(dir, 'www/a.test/.fields'), "/files/*\n  Content-Security-Policy: sandbox; default-src 'none'\n");
  await running.stop();
  running = await startOn(program, host);
  expect((await put('/files/evil.html', '<script>alert(1)</script>')).status).toBe(201);
  for (const path of ['/files/evil.html', '/%66iles/evil.html', '/files%2fevil.html', '/fi%6Ces/%65vil.html?x']) {
    const answer = await get(path);
    if (answer.status === 200) expect(answer.field('Content-Security-Policy'), path).toContain('sandbox');
  }
});

test('a folder that is nearly full does not overflow when many come at once', async () => {
  for (let number = 0; number < 197; number += 1) writeFileSync(join(dir, `www/a.test/files/${number}.txt`), 'x');
  const answers = await Promise.all(Array.from({ length: 12 }, (_, number) => put(`/files/new-${number}.txt`, 'x')));
  const made = answers.filter(({ status }) => status === 201).length;
  // There was one before.
  expect(made).toBe(2);
  expect(answers.filter(({ status }) => status === 507)).toHaveLength(10);
});

test('there is no place so deep that documents in it are not counted', async () => {
  const { status } = await put(`/files/${'deep/'.repeat(12)}x.txt`, 'x');
  expect(status).toBe(409);
});
