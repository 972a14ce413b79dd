import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

const DIR = new URL('../../../../infra/hosts/www-someschool', import.meta.url).pathname;
let host: TestHost;
let running: Running;

beforeAll(async () => {
  host = createTestHost({ name: 'www-someschool', suffix: '10.22', dir: DIR });
  running = await startOn(program, host);
});

afterAll(async () => {
  await running.stop();
  await host.remove();
});

const get = (path: string, ...lines: string[]) =>
  RawClient.ask(host.address, 80, [`GET ${path} HTTP/1.1`, 'Host: www.someschool.edu', ...lines, '', ''].join('\r\n'));

test('FMT-06 the same URL brings another document to another browser, and Vary names the line that decided', async () => {
  const [graphic, text] = await Promise.all([
    get('/browser.html', 'User-agent: Mozilla/5.0'),
    get('/browser.html', 'User-Agent: curl/8.5.0'),
  ]);
  expect([graphic!.field('Vary'), text!.field('Vary')]).toEqual(['User-Agent', 'User-Agent']);
  expect(graphic!.body.toString()).toContain('<img');
  expect(text!.body.toString()).not.toContain('<img');
  expect(text!.field('Content-Location')).toBe('/browser-text.html');
  expect(text!.field('ETag')).not.toBe(graphic!.field('ETag'));
  expect((await get('/browser-text.html')).body.equals(text!.body)).toBe(true);
});

test('FMT-07 Accept-language: fr brings the French version; one that the server has not, the default', async () => {
  const languages = async (...lines: string[]) => {
    const answer = await get('/languages/', ...lines);
    expect(answer.field('Vary')).toBe('Accept-Language');
    return [answer.field('Content-Language'), /<h1>(.*)<\/h1>/.exec(answer.body.toString())?.[1]];
  };
  expect(await languages('Accept-language: fr')).toEqual(['fr', 'Votre langue']);
  expect(await languages('Accept-Language: ko-KR, en;q=0.3')).toEqual(['ko', '당신의 언어']);
  expect(await languages('Accept-Language: en')).toEqual(['en', 'Your language']);
  expect(await languages('Accept-Language: xx')).toEqual(['en', 'Your language']);
  expect(await languages()).toEqual(['en', 'Your language']);
});

test('a variant is found under its own URL, which Content-Location names, and is a representation of its own', async () => {
  const french = await get('/languages/', 'Accept-Language: fr');
  expect(french.field('Content-Location')).toBe('/languages/index.html.fr');
  const direct = await get('/languages/index.html.fr');
  expect([direct.field('ETag'), direct.field('Content-Type')]).toEqual([
    french.field('ETag'),
    'text/html; charset=utf-8',
  ]);
  expect(direct.field('Content-Language')).toBe('fr');
  const known = `If-None-Match: ${french.field('ETag')}`;
  const same = await get('/languages/', 'Accept-Language: fr', known);
  expect([same.status, same.field('Vary'), same.field('Content-Location')]).toEqual([
    304,
    'Accept-Language',
    '/languages/index.html.fr',
  ]);
  expect((await get('/languages/', 'Accept-Language: ko', known)).status).toBe(200);
});

test('a document without variants says nothing of languages', async () => {
  const answer = await get('/cacheable.html', 'Accept-Language: fr');
  expect([answer.field('Vary'), answer.field('Content-Language')]).toEqual([undefined, undefined]);
});

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };

test.each(Object.keys(DECODERS) as (keyof typeof DECODERS)[])(
  '%s: fewer octets, of the same text, with another tag, and Vary',
  async (coding) => {
    const plain = await get('/codings/numbers.txt');
    expect([plain.field('Content-Encoding'), plain.field('Vary')]).toEqual([undefined, 'Accept-Encoding']);
    const coded = await get('/codings/numbers.txt', `Accept-Encoding: ${coding}`);
    expect(coded.field('Content-Encoding')).toBe(coding);
    expect(coded.field('Content-Length')).toBe(String(coded.body.length));
    expect(coded.body.length).toBeLessThan(plain.body.length / 3);
    expect(DECODERS[coding](coded.body).equals(plain.body)).toBe(true);
    expect(coded.field('ETag')).not.toBe(plain.field('ETag'));
    expect(coded.field('Vary')).toBe('Accept-Encoding');
  },
);

test('a part is a part of what was chosen: its range, its tag and its coding belong together', async () => {
  const gzip = 'Accept-Encoding: gzip';
  const [plain, coded] = await Promise.all([get('/codings/numbers.txt'), get('/codings/numbers.txt', gzip)]);
  const part = await get('/codings/numbers.txt', gzip, 'Range: bytes=100-199', `If-Range: ${coded!.field('ETag')}`);
  expect([part.status, part.field('Content-Range'), part.field('Content-Encoding')]).toEqual([
    206,
    `bytes 100-199/${coded!.body.length}`,
    'gzip',
  ]);
  expect(part.body.equals(coded!.body.subarray(100, 200))).toBe(true);
  const other = await get('/codings/numbers.txt', gzip, 'Range: bytes=100-199', `If-Range: ${plain!.field('ETag')}`);
  expect([other.status, other.body.length]).toEqual([200, coded!.body.length]);
  const two = await get('/codings/numbers.txt', 'Range: bytes=0-9,-10');
  expect([two.status, two.field('Content-Encoding')]).toEqual([206, undefined]);
});

test('406 where a client refuses the document as it is and no coding is left', async () => {
  for (const refused of ['identity;q=0', '*;q=0', 'gzip;q=0, identity;q=0']) {
    expect((await get('/album/01.jpg', `Accept-Encoding: ${refused}`)).status).toBe(406);
  }
  expect((await get('/album/01.jpg', 'Accept-Encoding: gzip, br')).field('Content-Encoding')).toBeUndefined();
});

test('FMT-24 the whole sample response of the notes: status line, six header lines, an empty line and 6,821 octets', async () => {
  const client = await RawClient.open(host.address, 80);
  client.send('GET /sample-response HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n');
  expect(await client.closes()).toBe(true);
  const head = [
    'HTTP/1.1 200 OK',
    'Connection: close',
    'Date: Tue, 18 Aug 2015 15:44:04 GMT',
    'Server: Apache/2.2.3 (CentOS)',
    'Last-Modified: Tue, 18 Aug 2015 15:11:03 GMT',
    'Content-Length: 6821',
    'Content-Type: text/html',
    '',
    '',
  ].join('\r\n');
  const golden = readFileSync(`${DIR}/www/www.someschool.edu/.sample-response.http`, 'latin1');
  expect(client.pending.slice(0, head.length)).toBe(head);
  expect(client.pending.length - head.length).toBe(6_821);
  expect(client.pending === golden).toBe(true);
  client.destroy();
});
