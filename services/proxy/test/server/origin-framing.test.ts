import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestHost, TEST_NET } from '#shared/host/test-host.ts';
import type { Fields } from '#shared/http/fields.ts';
import { OriginClient } from '../../src/server/origin-client.ts';
import { ask, RawOrigin, writeCut } from './raw-origin.ts';

const address = `${TEST_NET}.51.2`;
const host = createTestHost({ name: 'proxy', suffix: '51.1', names: { 'a.test': [address] } });
let origins: OriginClient;
let origin: RawOrigin;
/** What the origin says, and where it is cut; the number of the answer tells them apart. */
let said = '';
let cut = 0;
/** Whether the origin closes when it has said it. */
let closes = false;

beforeAll(async () => {
  origins = new OriginClient(host, { connectMs: 1_000, silenceMs: 1_000 });
  origin = await RawOrigin.listen(address, (socket) => {
    void writeCut(socket, said, cut).then(() => closes && socket.end());
  });
});

afterAll(async () => {
  origins.close();
  await origin.close();
  await host.remove();
});

/** Asks once for each place at which the answer can be cut. */
async function atEveryCut(text: string, closing: boolean, check: () => Promise<void>): Promise<void> {
  said = text;
  closes = closing;
  for (cut = 0; cut < text.length; cut += 1) await check();
}

const OK = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=9\r\n';
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n';

describe('23 an answer that can be read in two ways is none, wherever it is cut', () => {
  test.each<[string, string]>([
    ['Content-Length and Transfer-Encoding', `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
    ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['two lengths in a line', `${OK}Content-Length: 3, 4\r\n\r\nabcd`],
    ['a signed length', `${OK}Content-Length: +3\r\n\r\nabc`],
    ['a length of 400 digits', `${OK}Content-Length: ${'9'.repeat(40)}\r\n\r\nabc`],
    ['a bare CR', `${OK}X: a\rb\r\nContent-Length: 3\r\n\r\nabc`],
    ['a NUL', `${OK}X: a\0b\r\nContent-Length: 3\r\n\r\nabc`],
    ['a bare LF', `HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\nabc`],
    ['a folded line', `${OK}X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc`],
    ['a blank before the colon', `${OK}Content-Length : 3\r\n\r\nabc`],
    ['an unknown coding', `${OK}Transfer-Encoding: gzip\r\n\r\nabc`],
    ['chunked before another coding', `${OK}Transfer-Encoding: chunked, identity\r\n\r\n${CHUNKS}`],
    ['chunked twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
    ['Transfer-Encoding in HTTP/1.0', `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
  ])('%s', async (_name, text) => {
    await atEveryCut(text, false, async () => {
      await expect(ask(origins)).rejects.toMatchObject({ status: 502, kind: 'nonsense' });
    });
    await expect.poll(() => origins.connections).toEqual({ open: 0, idle: 0, waiting: 0 });
  });
});

describe('an answer is read by its framing, wherever it is cut', () => {
  test.each<[string, string, boolean, string]>([
    ['a length', `${OK}Content-Length: 3\r\n\r\nabc`, false, 'abc'],
    ['the same length twice', `${OK}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, false, 'abc'],
    ['no octets', `${OK}Content-Length: 0\r\n\r\n`, false, ''],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n1\r\nc\r\n0\r\n\r\n`, false, 'abc'],
    ['23 chunked and a tab', `${OK}Transfer-Encoding: chunked\t\r\n\r\n${CHUNKS}`, false, 'abc'],
    ['23 a tab and chunked', `${OK}Transfer-Encoding:\tchunked\r\n\r\n${CHUNKS}`, false, 'abc'],
    ['the end of the connection', `${OK}\r\nabc`, true, 'abc'],
    ['HTTP/1.0 and the end of the connection', 'HTTP/1.0 200 OK\r\n\r\nabc', true, 'abc'],
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n', false, ''],
    ['304 with the length of what it stands for', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n', false, ''],
  ])('%s', async (_name, text, closing, body) => {
    await atEveryCut(text, closing, async () => {
      expect((await ask(origins)).body).toBe(body);
    });
    // All of it went over one connection, where the framing lets one live.
    const left = closing ? 0 : 1;
    await expect.poll(() => origins.connections).toEqual({ open: left, idle: left, waiting: 0 });
  });

  test('HEAD has no body, whatever is promised', async () => {
    await atEveryCut(`${OK}Content-Length: 3\r\n\r\n`, false, async () => {
      expect(await ask(origins, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    });
  });

  test('a length is passed on once, and not at all with 204', async () => {
    said = `${OK}Content-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc`;
    cut = 0;
    const lengths = async () => (await ask(origins)).fields.filter(([name]) => name === 'Content-Length');
    expect(await lengths()).toEqual([['Content-Length', '3']]);
    said = 'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n';
    expect(await lengths()).toEqual([]);
  });

  test('1xx are passed on in their order, and are not the answer', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
    await atEveryCut(`HTTP/1.1 102 Processing\r\n\r\n${early}${OK}Content-Length: 3\r\n\r\nabc`, false, async () => {
      expect(await ask(origins)).toMatchObject({ status: 200, body: 'abc', informations: [102, 103] });
    });
  });

  test('1xx are passed on without framing: nobody may wait for a body of theirs (RFC 9110, section 8.6)', async () => {
    cut = 0;
    said = `HTTP/1.1 103 Early Hints\r\nContent-Length: 5 5\r\nTransfer-Encoding: x\r\nLink: </a>\r\n\r\n${OK}Content-Length: 0\r\n\r\n`;
    const told: Fields[] = [];
    await ask(origins, { onInformation: (_status, fields) => told.push(fields) });
    expect(told).toEqual([[['Link', '</a>']]]);
  });

  test('trailers come with the end, less those that may not stand there', async () => {
    const text = `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nDigest: 1\r\nHost: evil\r\nSet-Cookie: a=b\r\n\r\n`;
    await atEveryCut(text, false, async () => {
      expect(await ask(origins)).toMatchObject({ body: 'abc', trailers: [['Digest', '1']] });
    });
  });
});

describe('23 a body that is not what was promised breaks, and never ends', () => {
  test.each<[string, string]>([
    ['too few octets', `${OK}Content-Length: 5\r\n\r\nabc`],
    ['no last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`],
    ['a chunk cut off', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`],
    ['trailers cut off', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n`],
    ['a chunk size of 17 digits', `${OK}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc`],
    ['chunk data without CRLF', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n`],
    ['a bare LF in a chunk extension', `${OK}Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n`],
  ])('%s', async (_name, text) => {
    await atEveryCut(text, true, async () => {
      await expect(ask(origins)).rejects.toThrow(/./);
    });
    await expect.poll(() => origins.connections).toEqual({ open: 0, idle: 0, waiting: 0 });
  });
});

test.each<[string, string]>([
  ['a length', `${OK}Content-Length: 3\r\n\r\nabc`],
  ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
  ['no body', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
])(
  '23 octets behind the end of an answer with %s: the answer counts, the connection does not',
  async (_name, first) => {
    const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    const before = origin.heard.length;
    await atEveryCut(first + evil, false, async () => {
      expect((await ask(origins)).body).toBe(first.includes('abc') ? 'abc' : '');
      // They may come a moment later: then they meet an idle connection, and end it.
      await expect.poll(() => origins.connections.open, { interval: 1 }).toBe(0);
    });
    expect(origin.heard.length - before).toBe((first + evil).length);
  },
);
