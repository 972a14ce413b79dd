import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RawClient, type RawResponse } from '#shared/http/test/raw-client.ts';
import { RawOrigin, writeCut } from './raw-origin.ts';
import { TestLab } from './test-lab.ts';

// What the client of the proxy sees of an origin that breaks the rules, and what the store keeps: of 23, nothing.
const lab = new TestLab(55);
let origin: RawOrigin;
let said = '';
let cut = 0;
let closes = false;
let count = 0;

beforeAll(async () => {
  await lab.startProxy({ ORIGIN_SILENCE_MS: '1000' });
  origin = await RawOrigin.listen(lab.originAddress, (socket, heard) => {
    if (heard.endsWith('\r\n\r\n') || heard.endsWith('body')) {
      void writeCut(socket, said, cut).then(() => closes && socket.end());
    }
  });
});
afterAll(async () => {
  await lab.stop();
  await origin.close();
});
beforeEach(() => {
  closes = false;
});

interface Connections {
  readonly origins: { readonly open: number; readonly idle: number; readonly waiting: number };
}
const stored = async () => (await lab.state()).stored;
const connections = async () => ((await lab.state()) as unknown as Connections).origins;

/** GET through the proxy, on a connection that is not watched afterwards. */
async function get(url: string): Promise<RawResponse> {
  const client = await RawClient.open(lab.host.address, 3128);
  client.send(`GET ${url} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  return client.response().finally(() => client.destroy());
}

async function atEveryCut(text: string, check: (url: string) => Promise<void>): Promise<void> {
  said = text;
  for (cut = 0; cut < text.length; cut += 1) {
    count += 1;
    await check(`http://a.test/${count}`);
  }
}

const OK = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=9\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

test.each<[string, string]>([
  ['Content-Length and Transfer-Encoding', `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
  ['a bare CR', `${OK}X: a\rb\r\nContent-Length: 3\r\n\r\nabc`],
  ['a NUL', `${OK}X: a\0b\r\nContent-Length: 3\r\n\r\nabc`],
  ['no HTTP at all', '220 mail ready\r\n'],
])('23 an origin that sends %s: 502 with a page that names it, and nothing is stored', async (_name, text) => {
  await atEveryCut(text, async (url) => {
    const answer = await get(url);
    expect(answer.status).toBe(502);
    expect(answer.body.toString()).toContain('<code>a.test</code>');
    expect(answer.body.toString()).toContain(`<code>${lab.originAddress}:80</code>`);
  });
  expect(await stored()).toEqual([]);
  await expect.poll(connections).toEqual({ open: 0, idle: 0, waiting: 0 });
});

test.each<[string, string]>([
  ['too few octets', `${OK}Content-Length: 5\r\n\r\nabc`],
  ['no last chunk', `${CHUNKED}3\r\nabc\r\n`],
  ['chunk data without CRLF', `${CHUNKED}3\r\nabcd\r\n0\r\n\r\n`],
  ['a chunk size of 17 digits', `${CHUNKED}3\r\nabc\r\nFFFFFFFFFFFFFFFFF\r\nabc`],
])('23 a body of %s breaks off at the client, too, and is never stored', async (_name, text) => {
  closes = true;
  await atEveryCut(text, async (url) => {
    // Either nothing had been sent, then it is 502; or the client sees that octets are missing.
    const outcome = await get(url).catch((error: Error) => error);
    if (outcome instanceof Error) expect(outcome.message).toContain('ended');
    else expect(outcome.status).toBe(502);
  });
  expect(await stored()).toEqual([]);
  await expect.poll(connections).toEqual({ open: 0, idle: 0, waiting: 0 });
});

test('23 chunked and a tab is decoded: the chunk sizes are no part of the body', async () => {
  await atEveryCut(`${OK}Transfer-Encoding: chunked\t\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, async (url) => {
    expect((await get(url)).body.toString()).toBe('abc');
  });
  await lab.running.actions?.purge?.run({});
});

test('23 octets behind the end of an answer are not the next answer', async () => {
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
  await atEveryCut(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc${evil}`, async (url) => {
    expect((await get(url)).body.toString()).toBe('abc');
    await expect.poll(async () => (await connections()).open, { interval: 1 }).toBe(0);
  });
});

describe('what passes', () => {
  test('1xx come before the answer, to HTTP/1.1', async () => {
    await atEveryCut(
      `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n`,
      async (url) => {
        const client = await RawClient.open(lab.host.address, 3128);
        client.send(`GET ${url} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
        const hints = await client.response();
        expect([hints.status, hints.field('Link')]).toEqual([103, '</a.css>']);
        expect((await client.response()).status).toBe(204);
        client.destroy();
      },
    );
  });

  test('trailers come behind a body in chunks, less those that may not stand there', async () => {
    said = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nDigest: 1\r\nAuthorization: x\r\n\r\n`;
    cut = 0;
    const client = await RawClient.open(lab.host.address, 3128);
    client.send('GET http://a.test/trailers HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nConnection: TE\r\n\r\n');
    await expect.poll(() => client.pending).toMatch(/\r\n3\r\nabc\r\n0\r\nDigest: 1\r\n\r\n$/);
    expect(client.pending).not.toContain('Authorization');
    client.destroy();
  });

  test('an answer that comes before the body of the request', async () => {
    said = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno';
    cut = 0;
    const client = await RawClient.open(lab.host.address, 3128);
    client.send('POST http://a.test/early HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\nbody');
    const answer = await client.response();
    expect([answer.status, answer.body.toString()]).toEqual([413, 'no']);
    // What is left of the body could be taken for a request: the connection ends.
    expect(await client.closes()).toBe(true);
    client.destroy();
    // Its connection is not kept; idle ones of earlier requests may be.
    await expect.poll(async () => (await connections()).open - (await connections()).idle).toBe(0);
    await expect.poll(() => [...origin.sockets].length).toBe((await connections()).open);
  });

  test('HTTP/1.0 and the end of the connection are the end of a body', async () => {
    closes = true;
    await atEveryCut('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nabc', async (url) => {
      expect((await get(url)).body.toString()).toBe('abc');
    });
  });
});

test("clients that leave at every moment leave no connection behind, neither theirs nor an origin's", async () => {
  const bodies = [
    `HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`,
    `HTTP/1.1 200 OK\r\nCache-Control: max-age=9\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`,
    `HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    'HTTP/1.1 200 OK\r\nX: y',
  ];
  cut = 40;
  for (const text of bodies) {
    said = text;
    for (const request of ['GET', 'POST']) {
      for (let pause = 0; pause < 8; pause += 1) {
        const client = await RawClient.open(lab.host.address, 3128);
        const body = request === 'POST' ? 'Content-Length: 9\r\n\r\nbody' : '\r\n';
        count += 1;
        client.send(`${request} http://a.test/${count} HTTP/1.1\r\nHost: a.test\r\n${body}`);
        for (let turn = 0; turn < pause * pause; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        client.destroy();
      }
    }
  }
  await expect.poll(async () => (await connections()).open - (await connections()).idle, { interval: 20 }).toBe(0);
  await expect.poll(async () => ((await lab.state()) as unknown as { connections: number }).connections).toBe(0);
});

describe('pages', () => {
  const page = async (url: string, ...lines: string[]) => {
    const answer = await lab.get(url, ...lines);
    return { ...answer, text: answer.body.toString('utf8') };
  };

  test('are in the language of the browser, are not kept, and run nothing', async () => {
    said = 'nonsense';
    cut = 0;
    const korean = await page('http://a.test/', 'Accept-Language: ko-KR,ko;q=0.9,en;q=0.8');
    expect(korean.text).toContain('<html lang="ko">');
    expect(korean.text).toContain('에서 온 답은 HTTP가 아닙니다');
    expect(korean.field('Content-Language')).toBe('ko');
    expect(korean.field('Cache-Control')).toBe('no-store');
    expect(korean.field('Content-Security-Policy')).toContain("default-src 'none'");
    expect((await page('http://a.test/', 'Accept-Language: fr')).text).toContain('<html lang="en">');
  });

  test.each<[string, string, number, string]>([
    ['a server that is down', 'http://nobody.test/', 502, 'No server is running at nobody.test'],
    ['a name that is none', 'http://no.such.name/', 502, 'The address of no.such.name could not be found'],
    ['an address elsewhere', 'http://169.254.169.254/', 403, 'This proxy does not connect to 169.254.169.254'],
  ])('say of %s what it is and what to try', async (_name, url, status, headline) => {
    const answer = await page(url);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(headline);
    expect(answer.text).toContain('What you can try');
  });

  test('say of a silent server that it does not answer: 504', async () => {
    said = '';
    const answer = await page('http://a.test/silent');
    expect([answer.status, answer.text.includes('a.test does not answer')]).toEqual([504, true]);
  });

  test('repeat what came from outside only as text', async () => {
    said = 'HTTP/1.1 <script>alert(1)</script>\r\n\r\n';
    const { text } = await page("http://a.test/'<b>".replace('<b>', '%3Cb%3E'));
    expect(text).not.toContain('<script>');
    expect((await page('http://no.such.name/', 'X: <script>')).text).not.toContain('<script>');
  });
});
