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

const PUT = `PUT /files/hostile HTTP/1.1\r\n${H}`;
const CHUNKED = `${PUT}Transfer-Encoding: chunked\r\n\r\n`;

/** Answers to `text` sent in two pieces, for each place where it can be cut in two. */
async function askSplit(text: string) {
  const places = Array.from({ length: text.length - 1 }, (_, at) => at + 1).values();
  const answers: { at: number; status: number; closed: boolean; behind: string }[] = [];
  const lane = async () => {
    for (const at of places) {
      const client = await RawClient.open(host.address, 80);
      client.send(text.slice(0, at));
      await new Promise((resolve) => setTimeout(resolve, 2));
      client.send(text.slice(at));
      const { status } = await client.response();
      const closed = await client.closes();
      const behind = client.pending;
      client.destroy();
      answers.push({ at, status, closed, behind });
    }
  };
  // Among more of them one would get its turn too late to end its head in time, on a busy machine.
  await Promise.all(Array.from({ length: 20 }, lane));
  expect(answers).toHaveLength(text.length - 1);
  return answers;
}

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
  ['4 a list of lengths', `POST / HTTP/1.1\r\n${H}Content-Length: 3, 3\r\n\r\nabc`, 400],
  ['5 a blank before the colon', `POST / HTTP/1.1\r\n${H}Transfer-Encoding : chunked\r\n\r\n${CHUNKS}`, 400],
  ['6 a folded line', `GET / HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n`, 400],
  ['7 bare line feeds', `GET / HTTP/1.1\n${H}\r\n`, 400],
  ['8 a NUL in a value', `GET / HTTP/1.1\r\n${H}X: a\0b\r\n\r\n`, 400],
  ['8 a bare CR in a value', `GET / HTTP/1.1\r\n${H}X: a\rb\r\n\r\n`, 400],
  ['9 a chunk of 17 hexadecimal digits', `${CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n`, 400],
  ['10 a bare line feed in a chunk extension', `${CHUNKED}3;a\nabc\r\n0\r\n\r\n`, 400],
  ['10 a chunk without its line end', `${CHUNKED}3\r\nabcd\r\n0\r\n\r\n`, 400],
  ['11 Transfer-Encoding in HTTP/1.0', `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`, 400],
  ['12 no Host', 'GET / HTTP/1.1\r\nX: y\r\n\r\n', 400],
  ['12 two Hosts', `GET / HTTP/1.1\r\n${H}${H}\r\n`, 400],
  ['12 a Host that is none', 'GET / HTTP/1.1\r\nHost: a b/..@c\r\n\r\n', 400],
  ['14 a blank before the first field', `GET / HTTP/1.1\r\n X: y\r\n${H}\r\n`, 400],
  ['14 a blank in the target', `GET /a b HTTP/1.1\r\n${H}\r\n`, 400],
  ['15 HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['16 HTTP/3.7', `GET / HTTP/3.7\r\n${H}\r\n`, 505],
  ['22 a strange expectation', `GET / HTTP/1.1\r\n${H}Expect: 200-maybe\r\n\r\n`, 417],
  ['24 a field name that is none', `GET / HTTP/1.1\r\n${H}X(y): z\r\n\r\n`, 400],
])('%s is refused, and the connection closes, wherever the bytes are cut', async (_name, text, status) => {
  for (const answer of await askSplit(text)) {
    expect(answer).toEqual({ at: answer.at, status, closed: true, behind: '' });
  }
  expect((await RawClient.ask(host.address, 80, `GET /files/hostile HTTP/1.1\r\n${H}\r\n`)).status).toBe(404);
});

test.each<[string, string, number]>([
  ['a header section of 96 KiB', `GET / HTTP/1.1\r\n${H}X: ${'a'.repeat(98_304)}\r\n\r\n`, 431],
  ['201 field lines', `GET / HTTP/1.1\r\n${H}${'X: y\r\n'.repeat(200)}\r\n`, 431],
  ['a target of 100 KiB', `GET /${'a'.repeat(102_400)} HTTP/1.1\r\n${H}\r\n`, 414],
  ['a target of 9 KiB', `GET /${'a'.repeat(9_216)} HTTP/1.1\r\n${H}\r\n`, 414],
])('21 %s is refused, and the connection closes', async (_name, text, status) => {
  expect(await RawClient.ask(host.address, 80, text)).toMatchObject({ status, closed: true });
});

test('17 a Connection line cannot take the framing away', async () => {
  const client = await RawClient.open(host.address, 80);
  const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n';
  const next = 'GET /cacheable.html HTTP/1.1\r\n';
  client.send(`POST /form.html HTTP/1.1\r\n${H}${form}Connection: Host, Content-Length\r\n\r\na=b${next}${H}\r\n`);
  const [form1, page] = [await client.response(), await client.response()];
  expect([form1.status, page.status]).toEqual([200, 200]);
  client.destroy();
});

test('22 an offer to upgrade is no reason to change the protocol', async () => {
  const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  expect((await RawClient.ask(host.address, 80, `GET / HTTP/1.1\r\n${H}${upgrade}\r\n`)).status).toBe(200);
});

test('24 fields that would override the method or the URL override nothing', async () => {
  const override = 'X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /no\r\nX-Forwarded-Host: evil.test\r\n';
  const answer = await RawClient.ask(host.address, 80, `GET /files/readme.txt HTTP/1.1\r\n${H}${override}\r\n`);
  expect(answer.status).toBe(200);
});

test('24 a body of a GET is not taken for the next request', async () => {
  const inside = `GET /smuggled HTTP/1.1\r\n${H}\r\n`;
  const text = `GET / HTTP/1.1\r\n${H}Content-Length: ${inside.length}\r\n\r\n${inside}`;
  const client = await RawClient.open(host.address, 80);
  client.send(text);
  expect((await client.response()).status).toBe(200);
  expect(await client.closes()).toBe(true);
  expect(client.pending).toBe('');
});

test('24 an encoded line end in a path never becomes a line', async () => {
  for (const path of ['/album%0d%0aX-Injected:%20y', '/album%0D%0A', '/status/301%0d%0aX:y']) {
    const answer = await RawClient.ask(host.address, 80, `GET ${path} HTTP/1.1\r\n${H}\r\n`);
    expect([answer.status, answer.field('X-Injected'), answer.field('X')]).toEqual([404, undefined, undefined]);
  }
});

test('trailers are no fields of the request', async () => {
  const trailers = 'Host: evil.test\r\nIf-Match: "x"\r\nX-HTTP-Method: GET\r\n';
  const text = `PUT /files/trailers HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${trailers}\r\n`;
  const client = await RawClient.open(host.address, 80);
  client.send(`${text}GET /files/trailers HTTP/1.1\r\n${H}\r\n`);
  expect((await client.response()).status).toBe(201);
  expect((await client.response()).body.toString()).toBe('abc');
  client.destroy();
});

test.concurrent('25 who says nothing, or a little now and then, gets 408 after five seconds; others are served meanwhile', async () => {
  const slow = await Promise.all(Array.from({ length: 100 }, () => RawClient.open(host.address, 80)));
  const [dripping] = slow;
  dripping!.send(`GET / HTTP/1.1\r\n${H}`);
  const drip = setInterval(() => dripping!.send('X: y\r\n'), 300);
  for (const client of slow.slice(1, 50)) client.send('GET / HT');
  expect((await RawClient.ask(host.address, 80, `GET / HTTP/1.1\r\n${H}\r\n`)).status).toBe(200);
  await expect.poll(() => slow.every((client) => client.isClosed), { timeout: 60_000 }).toBe(true);
  clearInterval(drip);
  expect(slow.map((client) => client.pending.slice(0, 12))).toEqual(Array(100).fill('HTTP/1.1 408'));
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

test('of requests that follow each other at once, each sees what those before it have done (RFC 9112, section 9.3.2)', async () => {
  const client = await RawClient.open(host.address, 80);
  const put = (text: string) => `PUT /files/turn HTTP/1.1\r\n${H}Content-Length: ${text.length}\r\n\r\n${text}`;
  const get = `GET /files/turn HTTP/1.1\r\n${H}\r\n`;
  client.send(`${put('one')}${get}${put('two')}${get}DELETE /files/turn HTTP/1.1\r\n${H}\r\n${get}`);
  const seen = [];
  for (let at = 0; at < 6; at += 1) seen.push(await client.response());
  expect(seen.map(({ status }) => status)).toEqual([201, 200, 204, 200, 204, 404]);
  expect([seen[1]!.body.toString(), seen[3]!.body.toString()]).toEqual(['one', 'two']);
  client.destroy();
});

test('behind an answer that ends the connection nothing is done', async () => {
  const client = await RawClient.open(host.address, 80);
  const put = `PUT /files/after HTTP/1.1\r\n${H}Content-Length: 3\r\n\r\nabc`;
  client.send(`GET / HTTP/1.1\r\n${H}Connection: close\r\n\r\n${put}`);
  expect((await client.response()).status).toBe(200);
  expect(await client.closes()).toBe(true);
  expect(client.pending).toBe('');
  expect((await RawClient.ask(host.address, 80, `GET /files/after HTTP/1.1\r\n${H}\r\n`)).status).toBe(404);
});

test('a bad request behind a good one is answered after it (RFC 9112, section 9.3.2)', async () => {
  const client = await RawClient.open(host.address, 80);
  client.send(`GET /somedir/page.html HTTP/1.1\r\n${H}\r\nGARBAGE\r\n\r\n`);
  expect((await client.response()).status).toBe(200);
  expect((await client.response()).status).toBe(400);
  expect(await client.closes()).toBe(true);
});

test('clients that reset, or leave in the middle, harm nobody', async () => {
  for (let at = 0; at < 20; at += 1) {
    const client = await RawClient.open(host.address, 80);
    client.send(`GET /somedir/page.html HTTP/1.1\r\n${at % 2 === 0 ? H : ''}`);
    client.destroy();
  }
  expect((await RawClient.ask(host.address, 80, `GET / HTTP/1.1\r\n${H}\r\n`)).status).toBe(200);
});
