import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

const DIR = new URL('../../../../infra/hosts/www-someschool', import.meta.url).pathname;
let host: TestHost;
let running: Running;

beforeAll(async () => {
  host = createTestHost({ name: 'www-someschool', suffix: '10.5', dir: DIR });
  running = await startOn(program, host);
});

afterAll(async () => {
  await running.stop();
  await host.remove();
});

const H = 'Host: www.someschool.edu\r\n';
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n';

// The numbers are those of the table of hostile inputs.
test.each<[string, string, number]>([
  [
    '1 both Content-Length and Transfer-Encoding',
    `POST / HTTP/1.1\r\n${H}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    400,
  ],
  ['2 an unknown transfer coding', `POST / HTTP/1.1\r\n${H}Transfer-Encoding: xchunked\r\n\r\n${CHUNKS}`, 400],
  ['3 chunked not at the end', `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, identity\r\n\r\n${CHUNKS}`, 400],
  ['4 two lengths', `POST / HTTP/1.1\r\n${H}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
  ['4 a signed length', `POST / HTTP/1.1\r\n${H}Content-Length: +3\r\n\r\nabc`, 400],
  ['5 a blank before the colon', `POST / HTTP/1.1\r\n${H}Transfer-Encoding : chunked\r\n\r\n${CHUNKS}`, 400],
  ['6 a folded line', `GET / HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n`, 400],
  ['8 a NUL in a value', `GET / HTTP/1.1\r\n${H}X: a\0b\r\n\r\n`, 400],
  ['11 Transfer-Encoding in HTTP/1.0', `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`, 400],
  ['12 a Host that is none', 'GET / HTTP/1.1\r\nHost: a b/..@c\r\n\r\n', 400],
  ['14 a blank before the first field', `GET / HTTP/1.1\r\n X: y\r\n${H}\r\n`, 400],
  ['15 HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['21 a header section of 96 KiB', `GET / HTTP/1.1\r\n${H}X: ${'a'.repeat(98_304)}\r\n\r\n`, 431],
  ['21 a target of 100 KiB', `GET /${'a'.repeat(102_400)} HTTP/1.1\r\n${H}\r\n`, 414],
  ['21 a target of 9 KiB', `GET /${'a'.repeat(9_216)} HTTP/1.1\r\n${H}\r\n`, 414],
])('%s is refused, and the connection closes', async (_name, text, status) => {
  expect(await RawClient.ask(host.address, 80, text)).toMatchObject({ status, closed: true });
});

test('13 the absolute form wins over Host', async () => {
  const answer = await RawClient.ask(host.address, 80, `GET http://www.umass.edu/ HTTP/1.1\r\n${H}\r\n`);
  expect(answer.body.toString()).toContain('<h1>umass.edu</h1>');
});

test('18, 20 CONNECT and TRACE are not for an origin', async () => {
  expect((await RawClient.ask(host.address, 80, `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${H}\r\n`)).status).toBe(405);
  expect((await RawClient.ask(host.address, 80, `TRACE / HTTP/1.1\r\n${H}\r\n`)).field('Allow')).toBe(
    'GET, HEAD, OPTIONS',
  );
});

test('an octet-wise sender is understood', async () => {
  const client = await RawClient.open(host.address, 80);
  for (const octet of `GET /cacheable.html HTTP/1.1\r\n${H}\r\n`) {
    client.send(octet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test('a bad request behind a good one is answered after it (RFC 9112, section 9.3.2)', async () => {
  const client = await RawClient.open(host.address, 80);
  client.send(`GET /somedir/page.html HTTP/1.1\r\n${H}\r\nGARBAGE\r\n\r\n`);
  expect((await client.response()).status).toBe(200);
  expect((await client.response()).status).toBe(400);
  expect(await client.closesWithin(1_500)).toBe(true);
});

test('clients that reset, or leave in the middle, harm nobody', async () => {
  for (let at = 0; at < 20; at += 1) {
    const client = await RawClient.open(host.address, 80);
    client.send(`GET /somedir/page.html HTTP/1.1\r\n${at % 2 === 0 ? H : ''}`);
    client.destroy();
  }
  expect((await RawClient.ask(host.address, 80, `GET / HTTP/1.1\r\n${H}\r\n`)).status).toBe(200);
});
