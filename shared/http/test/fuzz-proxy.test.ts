import { connect, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { ProxyFuzz } from './fuzz/fuzz-proxy.ts';
import { type Reading, readRequest, readResponse } from './fuzz/strict-reader.ts';

const BLOCK = 30;
const ORIGIN = { authority: 'o.test', address: `${TEST_NET}.${BLOCK}.12` };
const PROXY = { address: `${TEST_NET}.${BLOCK}.11`, port: 3128 };
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('a relay that passes on what it does not understand is found out', async () => {
  const relay = createServer((client) => {
    const origin = connect({ host: ORIGIN.address, port: 80 });
    for (const socket of [client, origin]) socket.on('error', () => {});
    client.on('data', (octets) => {
      // As naive as can be: the absolute form made the origin form, wherever it stands.
      origin.write(octets.toString('latin1').replaceAll(`http://${ORIGIN.authority}/`, '/'), 'latin1');
    });
    origin.pipe(client);
    client.on('close', () => origin.destroy());
    origin.on('close', () => client.destroy());
  });
  servers.push(relay);
  await new Promise<void>((resolve) => relay.listen(PROXY.port, PROXY.address, resolve));
  const fuzz = await ProxyFuzz.open({
    proxy: PROXY,
    origins: [ORIGIN],
    from: `${TEST_NET}.${BLOCK + 1}.1`,
    lanes: 40,
    answerMsMax: 1_000,
  });
  const { findings } = await fuzz.run(200, 1).finally(() => fuzz.close());
  const kinds = new Set(findings.map(({ kind }) => kind));
  for (const kind of ['malformed request', 'smuggled request', 'wrong answer']) expect(kinds).toContain(kind);
});

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';

test.each<[string, string, Reading['kind']]>([
  ['a request', `${GET}\r\n`, 'message'],
  ['no empty line yet', GET, 'unfinished'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'wrong'],
  ['two Hosts', `${GET}Host: a\r\n\r\n`, 'wrong'],
  ['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', 'wrong'],
  ['a folded line', `${GET}X: a\r\n b\r\n\r\n`, 'wrong'],
  ['a blank before the colon', `${GET}X : a\r\n\r\n`, 'wrong'],
  ['two blanks in the request line', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'wrong'],
  ['a length', `${POST}Content-Length: 2\r\n\r\nab`, 'message'],
  ['a length, and less', `${POST}Content-Length: 2\r\n\r\na`, 'unfinished'],
  ['a length with a sign', `${POST}Content-Length: +2\r\n\r\nab`, 'wrong'],
  ['two lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\nab`, 'wrong'],
  ['both framings', `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'wrong'],
  ['chunks', `${POST}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n0\r\nX: y\r\n\r\n`, 'message'],
  ['chunks without the last one', `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, 'unfinished'],
  ['a chunk that is longer than it says', `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`, 'wrong'],
  ['a chunk size that overflows', `${POST}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(16)}\r\n`, 'wrong'],
  ['a coding with something behind it', `${POST}Transfer-Encoding: chunked\x0b\r\n\r\n`, 'wrong'],
])('the strict reader: %s', (_name, text, kind) => {
  expect(readRequest(text, 0).kind).toBe(kind);
});

test('the strict reader ends a body where its message ends, and with the connection', () => {
  const next = `${GET}\r\n`;
  const first = readRequest(`${POST}Content-Length: 2\r\n\r\nab${next}`, 0);
  expect(first).toMatchObject({ kind: 'message', message: { body: 'ab' } });
  expect(readResponse('HTTP/1.1 200 OK\r\n\r\nab', 0, 'GET', false)).toMatchObject({ kind: 'unfinished', part: 'ab' });
  expect(readResponse('HTTP/1.1 200 OK\r\n\r\nab', 0, 'GET', true)).toMatchObject({ kind: 'message' });
  expect(readResponse('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 0, 'HEAD', false)).toMatchObject({
    kind: 'message',
  });
});
