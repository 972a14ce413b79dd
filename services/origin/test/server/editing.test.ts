import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { parseHttpDate } from '#shared/http/http-date.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

let dir: string;
let host: TestHost;
let running: Running;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'topdown-www-'));
  mkdirSync(join(dir, 'www/a.test/folder'), { recursive: true });
  writeFileSync(join(dir, 'www/a.test/index.html'), 'first');
  writeFileSync(join(dir, 'secret'), 'secret');
  symlinkSync(join(dir, 'secret'), join(dir, 'www/a.test/out.txt'));
  symlinkSync('index.html', join(dir, 'www/a.test/in.txt'));
  host = createTestHost({ name: 'www', suffix: '10.3', dir });
  running = await startOn(program, host);
});

afterEach(async () => {
  await running.stop();
  await host.remove();
});

const get = (path: string, ...lines: string[]) =>
  RawClient.ask(host.address, 80, [`GET ${path} HTTP/1.1`, 'Host: a.test', ...lines, '', ''].join('\r\n'));
const act = async (name: string, input: object) => running.actions?.[name]?.run(input);

test('an edit wins over the file of the host, has another tag, and is undone by restore', async () => {
  const before = await get('/');
  await act('edit', { host: 'a.test', path: '/index.html', text: 'other' });
  const after = await get('/');
  expect([before.body.toString(), after.body.toString()]).toEqual(['first', 'other']);
  expect(after.field('ETag')).not.toBe(before.field('ETag'));
  await act('restore', { host: 'a.test' });
  expect((await get('/', `If-None-Match: ${before.field('ETag')}`)).status).toBe(304);
});

test('two edits within a second: the tag tells them apart, and nobody is told that nothing changed', async () => {
  await act('edit', { host: 'a.test', path: '/index.html', text: 'one' });
  const one = await get('/');
  await act('edit', { host: 'a.test', path: '/index.html', text: 'two' });
  expect((await get('/', `If-None-Match: ${one.field('ETag')}`)).status).toBe(200);
  expect((await get('/', `If-Modified-Since: ${one.field('Last-Modified')}`)).body.toString()).toBe('two');
  host.clock.advance(2_000);
  const later = await get('/');
  expect(parseHttpDate(later.field('Last-Modified')!, 0)).toBeGreaterThan(
    parseHttpDate(one.field('Last-Modified')!, 0)!,
  );
});

test('touch moves Last-Modified to now and leaves octets and tag alone', async () => {
  const before = await get('/');
  host.clock.advance(60_000);
  await act('touch', { host: 'a.test', path: '/' });
  const after = await get('/');
  expect(after.field('ETag')).toBe(before.field('ETag'));
  expect(Math.abs(parseHttpDate(after.field('Last-Modified')!, 0)! - host.clock.now())).toBeLessThan(2_000);
  await expect(act('touch', { host: 'a.test', path: '/none' })).rejects.toThrow('there is no such file');
});

test('what was edited outlasts a restart', async () => {
  await act('edit', { host: 'a.test', path: '/new/deep.txt', text: 'kept' });
  await running.stop();
  running = await startOn(program, host);
  expect((await get('/new/deep.txt')).body.toString()).toBe('kept');
});

test('an action stays inside the sites', async () => {
  await expect(act('edit', { host: 'a.test', path: '/../../x', text: '' })).rejects.toThrow('Cannot use the path');
  await expect(act('edit', { host: 'a.test', path: '/.fields', text: '' })).rejects.toThrow('full stop');
  await expect(act('edit', { host: 'b.test', path: '/x', text: '' })).rejects.toThrow('use one of a.test');
});

test('a symbolic link is followed inside the site and nowhere else', async () => {
  expect((await get('/in.txt')).body.toString()).toBe('first');
  expect((await get('/out.txt')).status).toBe(404);
});

test('rules are read again when they change; a fault is told and the rules from before stay', async () => {
  const rules = join(dir, 'www/a.test/.fields');
  writeFileSync(rules, '/*\n  Cache-Control: max-age=10\n');
  expect((await get('/')).field('Cache-Control')).toBe('max-age=10');
  writeFileSync(rules, '/*\n  Cache-Control max-age=20\n');
  expect((await get('/')).field('Cache-Control')).toBe('max-age=10');
  expect(running.health?.()).toContain('.fields, line 2');
});

test('a host does not start on a fault in its rules, and says where it is', async () => {
  writeFileSync(join(dir, 'www/a.test/.redirects'), '\n/a\n');
  const other = createTestHost({ name: 'www', suffix: '10.4', dir });
  await expect(startOn(program, other)).rejects.toThrow('.redirects, line 2: give a path');
  await other.remove();
});

test('parts of a document: one, several, none; and only of the version that the client has', async () => {
  const one = await get('/', 'Range: bytes=1-2');
  expect([one.status, one.field('Content-Range'), one.body.toString()]).toEqual([206, 'bytes 1-2/5', 'ir']);
  const two = await get('/', 'Range: bytes=0-0,-1');
  expect(two.status).toBe(206);
  expect(two.body.toString()).toMatch(
    /bytes 0-0\/5\r\n\r\nf\r\n--part-.*bytes 4-4\/5\r\n\r\nt\r\n--part-[\w-]+--\r\n$/s,
  );
  expect((await get('/', 'Range: bytes=9-')).field('Content-Range')).toBe('bytes */5');
  expect((await get('/', 'Range: bytes=1-2', 'If-Range: "old"')).status).toBe(200);
});

test('the exchange that the sender names groups the report of the request with that of its answer', async () => {
  await get('/', 'Lab-Exchange: client.1');
  await get('/', 'Lab-Exchange: Not One');
  await expect.poll(() => host.reported.length).toBeGreaterThanOrEqual(4);
  const [request, response, other] = host.reported;
  expect([request?.kind, request?.exchange, response?.kind, response?.exchange]).toEqual([
    'http.request',
    'client.1',
    'http.response',
    'client.1',
  ]);
  expect(response?.because).toBe('the request has no condition that applies');
  expect(other?.exchange).toMatch(/^www\./);
});
