import { afterEach, expect, test } from 'vitest';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { formatRefusal } from '#shared/http/parser-error.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { CLIENT_LIMITS, type ClientLimits } from '../../src/server/client-limits.ts';
import { ClientListener } from '../../src/server/client-listener.ts';
import type { ClientWriter } from '../../src/server/client-writer.ts';
import { converse, converseInAll, cuts } from './conversation.ts';

const PORT = 3128;
/** Times for tests: long enough for a busy machine, short enough for a person. */
const QUICK: Partial<ClientLimits> = {
  headMs: 600,
  bodyMs: 1_000,
  idleMs: 600,
  checkMs: 20,
  lingerSilentMs: 600,
  lingerMs: 1_600,
};

let host: TestHost;
let listener: ClientListener;
let asked: string[] = [];

/** A listener alone: what it does with connections, whoever answers. */
async function start(answer: (writer: ClientWriter) => unknown, limits: Partial<ClientLimits> = {}): Promise<void> {
  host = createTestHost({ name: 'proxy', suffix: '26.1' });
  asked = [];
  listener = new ClientListener(
    host,
    { ...CLIENT_LIMITS, ...limits },
    {
      answerReady: () => false,
      answer: (writer) => {
        asked.push(`${writer.head.method} ${writer.head.target}`);
        void answer(writer);
      },
      tunnel: (_head, _authority, socket, first) => socket.end(`tunnel ${first.toString()}`),
      refuse: (refusal) => formatRefusal(refusal, 'now', refusal.because),
    },
  );
  await listener.listen(PORT);
}

afterEach(async () => {
  await listener.close();
  await host.remove();
});

/** Says which target was asked for, and what its body was. */
async function echo(writer: ClientWriter): Promise<void> {
  let body = '';
  try {
    for (let octets = await writer.body?.read(); octets; octets = await writer.body?.read()) body += String(octets);
  } catch {
    return;
  }
  const text = Buffer.from(`${writer.head.method} ${writer.head.target} [${body}]`);
  writer.sendHead({ status: 200, reason: 'OK', fields: [] }, text.length);
  void writer.write(text);
  writer.end();
}

const say = (...pieces: string[]) => converse(host.address, PORT, pieces);
const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

test('requests that come at once are answered in their order, cut at every place', async () => {
  await start(echo);
  const text = `${GET('/1')}POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${'POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n'}${LAST}`;
  const whole = await say(text);
  expect(whole.received.match(/(GET|POST) \/\w+ \[\w*\]/g)).toEqual([
    'GET /1 []',
    'POST /2 [abc]',
    'POST /3 [abcde]',
    'GET /last []',
  ]);
  expect(whole).toMatchObject({ statuses: [200, 200, 200, 200], closed: true });
  for (const { received } of await converseInAll(host.address, PORT, cuts(text))) expect(received).toBe(whole.received);
  expect((await say(...text)).received).toBe(whole.received);
});

test('five thousand requests in one go are answered one after the other, and none is taken in before it can be answered', async () => {
  let running = 0;
  await start(async (writer) => {
    running += 1;
    expect(running).toBe(1);
    if (asked.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    await echo(writer);
  });
  const { statuses } = await say(GET('/x').repeat(5_000) + LAST);
  expect(statuses.length).toBe(5_001);
});

test('who does not read its answers is not read either', async () => {
  await start(async (writer) => {
    writer.sendHead({ status: 200, reason: 'OK', fields: [] }, 100_000);
    void writer.write(Buffer.alloc(100_000));
    writer.end();
  });
  const client = await RawClient.open(host.address, PORT);
  const { connect } = await import('node:net');
  const deaf = connect(PORT, host.address);
  deaf.pause();
  deaf.write(GET('/x').repeat(2_000));
  await expect.poll(() => asked.length).toBeGreaterThan(10);
  await new Promise((resolve) => setTimeout(resolve, 200));
  // What the kernel takes of both directions, and no more.
  expect(asked.length).toBeLessThan(500);
  deaf.destroy();
  client.destroy();
});

test('a body flows as fast as it is read', async () => {
  let got = 0;
  let read = () => {};
  await start(async (writer) => {
    await new Promise<void>((resolve) => {
      read = resolve;
    });
    for (let octets = await writer.body?.read(); octets; octets = await writer.body?.read()) got += octets.length;
    await echo(writer);
  });
  const { connect } = await import('node:net');
  const upload = connect(PORT, host.address);
  upload.on('error', () => {});
  upload.write('POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n');
  upload.write(Buffer.alloc(30_000_000));
  await expect.poll(() => asked.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(upload.writableLength).toBeGreaterThan(1_000_000);
  read();
  await expect.poll(() => got).toBe(30_000_000);
  upload.destroy();
});

test.each<[string, string, string]>([
  ['HTTP/1.0', 'GET /x HTTP/1.0\r\n\r\n', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none two'],
  [
    'HTTP/1.0 that would be kept: a proxy must not (RFC 9112, section 9.3)',
    'GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none two',
  ],
  [
    'HTTP/1.1',
    'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n',
  ],
  [
    'HTTP/1.1 with TE: trailers',
    'GET /x HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\nSum: 7\r\n\r\n',
  ],
  ['HEAD', 'HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
])('a body of unknown length to %s', async (_name, text, expected) => {
  await start((writer) => {
    writer.sendHead({ status: 200, reason: 'OK', fields: [] }, null);
    void writer.write(Buffer.from('one '));
    void writer.write(Buffer.from('two'));
    writer.end([['Sum', '7']]);
  });
  expect((await say(text)).received).toBe(expected);
});

test('who waits for a 100 gets it, and an HTTP/1.0 client never does', async () => {
  await start(async (writer) => {
    expect(writer.waitsForContinue).toBe(writer.head.httpVersion === '1.1');
    writer.sendInformation(103, [
      ['Link', '</a>'],
      ['Content-Length', '9'],
      ['Transfer-Encoding', 'chunked'],
    ]);
    writer.sendInformation(100, []);
    await echo(writer);
  });
  const client = await RawClient.open(host.address, PORT);
  client.send('PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
  expect((await client.response()).head).toBe('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
  expect((await client.response()).status).toBe(100);
  client.send('abc');
  expect((await client.response()).body.toString()).toBe('PUT /x [abc]');
  client.destroy();
  const old = await say('PUT /x HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc');
  expect(old.received).toMatch(/^HTTP\/1\.1 200 /);
});

test('an answer that comes before the end of the body ends the connection, and the client can read it', async () => {
  await start((writer) => {
    writer.sendHead({ status: 403, reason: '', fields: [] }, 2);
    void writer.write(Buffer.from('no'));
    writer.end();
  }, QUICK);
  const upload = `POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(2_000_000)}`;
  const { received, closed } = await say(upload, GET('/smuggled'));
  expect([received.slice(0, 12), closed, asked]).toEqual(['HTTP/1.1 403', true, ['POST /up']]);
  expect(received).toContain('Connection: close\r\n\r\nno');
});

test.each<[string, number | null, string]>([
  ['with a length', 10, 'Content-Length: 10\r\n\r\nabc'],
  ['in chunks', null, '3\r\nabc\r\n'],
])('an answer %s that breaks off is seen to be short', async (_name, length, tail) => {
  await start(async (writer) => {
    writer.sendHead({ status: 200, reason: 'OK', fields: [] }, length);
    await writer.write(Buffer.from('abc'));
    setTimeout(() => writer.breakOff(), 20);
  });
  const { received, closed } = await say(GET('/x'));
  expect([received.endsWith(tail), closed]).toEqual([true, true]);
});

test('a client that leaves is noticed by who answers it', async () => {
  const gone = Promise.withResolvers<boolean>();
  await start(async (writer) => {
    writer.onGone(() => gone.resolve(writer.isGone));
    writer.sendHead({ status: 200, reason: 'OK', fields: [] }, null);
    while (await writer.write(Buffer.alloc(65_536)));
  });
  const client = await RawClient.open(host.address, PORT);
  client.send(GET('/x'));
  await expect.poll(() => asked.length).toBe(1);
  client.destroy();
  expect(await gone.promise).toBe(true);
});

test('a client that has ended its side gets its answers', async () => {
  await start(echo);
  const { statuses, closed } = await converse(host.address, PORT, [GET('/1') + GET('/2')], { half: true });
  expect([statuses, closed]).toEqual([[200, 200], true]);
});

test.each<[string, string]>([
  ['in its head', 'GET / HTTP/1.1\r\nHo'],
  ['in its body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc'],
  ['in a chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc'],
])('a message that ends %s is 400', async (_name, text) => {
  await start(echo);
  expect((await converse(host.address, PORT, [text], { half: true })).statuses).toEqual([400]);
});

test.each<[string, string[], number]>([
  ['no octet', [], 408],
  ['half a head', ['GET / HTTP/1.1\r\nHo'], 408],
  ['half a body', ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc'], 408],
  ['half a chunk', ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc'], 408],
])('25 %s in time: 408 and the end', async (_name, pieces, status) => {
  await start(echo, QUICK);
  expect(await say(...pieces)).toMatchObject({ statuses: [status], closed: true });
});

test('a client is not late with what came in time, where the proxy was held up', async () => {
  await start(echo, QUICK);
  const client = await RawClient.open(host.address, PORT);
  client.send('GET /x HTTP/1.1\r\n');
  await expect.poll(() => listener.open).toBe(1);
  client.send('Host: a\r\n\r\n');
  for (const until = performance.now() + 2_000; performance.now() < until; );
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test.each<[string, string, string]>([
  ['a head', 'GET / HTTP/1.1\r\nHost: a\r\n', 'X: y\r\n'],
  ['a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n', 'x'],
])('25 octets that drip in %s do not prolong it', async (_name, first, drop) => {
  await start(echo, QUICK);
  const client = await RawClient.open(host.address, PORT);
  client.send(first);
  const drip = setInterval(() => client.send(drop), 10);
  expect((await client.response()).status).toBe(408);
  clearInterval(drip);
  client.destroy();
});

test('a long body that comes fast enough takes as long as it needs', async () => {
  await start(echo, { ...QUICK, bodyOctetsPerS: 1 });
  const client = await RawClient.open(host.address, PORT);
  client.send('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n');
  for (let sent = 0; sent < 60; sent += 10) {
    client.send('0123456789');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test('a client is not late while nobody takes what it sends', async () => {
  await start(
    async (writer) => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await echo(writer);
    },
    { ...QUICK, bodyOctetsPerS: 1_000_000_000 },
  );
  const client = await RawClient.open(host.address, PORT);
  client.send(`POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`);
  expect((await client.response()).status).toBe(200);
  client.destroy();
});

test('a kept connection ends in silence when it has been idle for long', async () => {
  await start(echo, QUICK);
  const { received, closed } = await say(GET('/x'));
  expect([received.match(/HTTP\/1\.1 \d+/g), closed]).toEqual([['HTTP/1.1 200'], true]);
});

test('25 a thousand half-open connections harm nobody', async () => {
  await start(echo);
  const { connect } = await import('node:net');
  const slow = Array.from({ length: 1_000 }, () =>
    connect(PORT, host.address, function (this: ReturnType<typeof connect>) {
      this.write('GET / HTTP/1.1\r\nHo');
    }).on('error', () => {}),
  );
  await expect.poll(() => listener.open).toBe(1_000);
  expect((await say(LAST)).statuses).toEqual([200]);
  expect(listener.open).toBeGreaterThanOrEqual(1_000);
  for (const socket of slow) socket.destroy();
});

test('when there are too many connections, the one that has been idle longest makes room', async () => {
  await start(echo, { connectionsMax: 3 });
  const clients: RawClient[] = [];
  for (const path of ['/1', '/2', '/3', '/4']) {
    const client = await RawClient.open(host.address, PORT);
    clients.push(client);
    client.send(GET(path));
    await client.response();
  }
  expect(await clients[0]!.closes()).toBe(true);
  expect(clients.slice(1).map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
  for (const client of clients) client.destroy();
});

test('CONNECT takes the connection with it, and the octets behind its head', async () => {
  await start(echo);
  expect((await say('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nearly')).received).toBe('tunnel early');
});

test.each<[string, string]>([
  ['a TLS hello', '\x16\x03\x01\x02\x00'],
  ['the line of HTTP/0.9', 'GET /h\r\n'],
  ['a bare LF', 'GET / HTTP/1.1\n'],
])('%s is refused as soon as it has come', async (_name, text) => {
  await start(echo);
  expect(await say(text)).toMatchObject({ statuses: [400], closed: true });
});

test('heads that are not complete have a limit together: who sends a long one then is refused, others are not', async () => {
  await start(echo, { heldOctetsMax: 100_000 });
  const { connect } = await import('node:net');
  const half = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`;
  const answers: string[] = [];
  const sockets = Array.from({ length: 8 }, () => {
    const socket = connect(PORT, host.address).on('error', () => {});
    socket.write(half);
    return socket.once('data', (octets) => answers.push(octets.toString('latin1').slice(9, 12)));
  });
  await expect.poll(() => answers.length).toBe(4);
  expect(answers).toEqual(Array(4).fill('503'));
  expect((await say(LAST)).statuses).toEqual([200]);
  for (const socket of sockets) socket.destroy();
  // What they held is free again.
  await expect.poll(() => listener.held).toBe(0);
});

test('requests that wait behind a slow answer have the same limit: then the connection ends with that answer', async () => {
  await start(
    async (writer) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      await echo(writer);
    },
    { heldOctetsMax: 10_000 },
  );
  const { statuses, closed } = await say(GET('/x'), GET(`/${'x'.repeat(5_000)}`).repeat(5));
  expect([statuses, closed]).toEqual([[200], true]);
  expect(listener.held).toBe(0);
});
