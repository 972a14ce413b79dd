import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestHost, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { BodyBroken, memoryBody } from '../../src/server/body-source.ts';
import { OriginClient } from '../../src/server/origin-client.ts';
import { ask, piecesBody, RawOrigin, readAll } from './raw-origin.ts';

const address = `${TEST_NET}.52.2`;
const other = `${TEST_NET}.52.3`;
const NOTHING = { open: 0, idle: 0, waiting: 0 };
const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let host: TestHost;
let origins: OriginClient;
/** The same with little patience, for what must be silent. */
let impatient: OriginClient;
let origin: RawOrigin;
/** What the origin does when octets come. */
let answer: Parameters<typeof RawOrigin.listen>[1];

/** Whether a whole request without a body, or the head of one with a body, has come. */
const hasHead = (heard: string) => heard.includes('\r\n\r\n');
const fine: typeof answer = (socket, heard) => {
  if (heard.endsWith('\r\n\r\n')) socket.write(FINE);
};

beforeEach(async () => {
  host = createTestHost({
    name: 'proxy',
    suffix: '52.1',
    names: { 'a.test': [address], 'two.test': [other, address], 'nobody.test': [other] },
  });
  origins = new OriginClient(host, { connectMs: 10_000, silenceMs: 20_000 });
  impatient = new OriginClient(host, { connectMs: 10_000, silenceMs: 600 });
  answer = fine;
  origin = await RawOrigin.listen(address, (...given) => answer(...given));
});

afterEach(async () => {
  origins.close();
  impatient.close();
  await origin.close();
  await host.remove();
});

describe('connections are kept', () => {
  test('for the next request, one after the other, whatever happens at once', async () => {
    for (let count = 0; count < 5; count += 1) await ask(origins);
    expect(origin.heard.length).toBe(1);
    await Promise.all(Array.from({ length: 12 }, () => ask(origins)));
    expect(origin.heard.length).toBeLessThanOrEqual(12);
    // No more than eight idle ones stay.
    await expect.poll(() => origins.connections).toEqual({ open: 8, idle: 8, waiting: 0 });
  });

  test.each([
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['Connection: close in another spelling', 'HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok'],
  ])('but not after %s', async (_name, text) => {
    answer = (socket, heard) => heard.endsWith('\r\n\r\n') && socket.write(text);
    for (const _ of [1, 2]) expect((await ask(origins)).body).toBe('ok');
    expect(origin.heard.length).toBe(2);
    await expect.poll(() => origins.connections).toEqual(NOTHING);
  });

  test('one that its origin ends is forgotten, and one that says more than it was asked', async () => {
    await ask(origins);
    for (const socket of origin.sockets) socket.end();
    await expect.poll(() => origins.connections).toEqual(NOTHING);
    await ask(origins);
    for (const socket of origin.sockets) socket.write('HTTP/1.1 200 OK\r\n\r\n');
    await expect.poll(() => origins.connections).toEqual(NOTHING);
  });
});

describe('what may be sent twice, and what not (RFC 9112, section 9.3.1)', () => {
  /** The origin answers the first request of a connection, and hangs up at the second. */
  const hangUp: typeof answer = (socket, heard) => {
    const requests = heard.split('HTTP/1.1\r\n').length - 1;
    if (requests > 1) socket.destroy();
    else if (hasHead(heard)) socket.write(FINE);
  };

  test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT'])(
    '%s without a body goes again on a new connection',
    async (method) => {
      answer = hangUp;
      await ask(origins);
      expect((await ask(origins, { method })).status).toBe(200);
      expect(origin.heard.length).toBe(2);
    },
  );

  test.each(['POST', 'PATCH', 'BREW'])('%s never goes on a kept connection, and never twice', async (method) => {
    answer = hangUp;
    await ask(origins);
    expect((await ask(origins, { method })).status).toBe(200);
    expect(origin.heard.map((heard) => heard.split(' ')[0])).toEqual(['GET', method]);
    answer = (socket, heard) => hasHead(heard) && socket.destroy();
    await expect(ask(origins, { method })).rejects.toMatchObject({ status: 502, kind: 'closed' });
    expect(origin.heard.length).toBe(3);
  });

  test('a request on a new connection is not repeated, and a repeated one not again', async () => {
    answer = (socket, heard) => hasHead(heard) && socket.destroy();
    await expect(ask(origins)).rejects.toMatchObject({ status: 502, kind: 'closed' });
    expect(origin.heard.length).toBe(1);
    answer = fine;
    await ask(origins);
    answer = (socket) => socket.destroy();
    await expect(ask(origins)).rejects.toMatchObject({ status: 502, kind: 'closed' });
    expect(origin.heard.length).toBe(3);
  });

  test('nothing is repeated once an octet of an answer has come', async () => {
    await ask(origins);
    answer = (socket) => socket.end('HTTP/1.1 2');
    await expect(ask(origins)).rejects.toMatchObject({ status: 502 });
    expect(origin.heard.length).toBe(1);
  });

  test('the next address is tried when the first refuses, before anything was sent', async () => {
    expect((await ask(origins, { host: 'two.test' })).body).toBe('ok');
    await expect(ask(origins, { host: 'nobody.test' })).rejects.toMatchObject({
      status: 502,
      kind: 'refused',
      place: { host: 'nobody.test', address: other, port: 80 },
    });
  });
});

describe('limits', () => {
  test('thirty-two requests to one origin run at once, the others wait for their turn', async () => {
    const held: (() => void)[] = [];
    answer = (socket, heard) => heard.endsWith('\r\n\r\n') && held.push(() => socket.write(FINE));
    const asked = Promise.all(Array.from({ length: 40 }, () => ask(origins)));
    await expect.poll(() => held.length).toBe(32);
    expect(origins.connections).toEqual({ open: 32, idle: 0, waiting: 8 });
    while (held.length > 0) held.shift()!();
    await expect.poll(() => held.length).toBe(8);
    while (held.length > 0) held.shift()!();
    expect((await asked).length).toBe(40);
    expect(origin.heard.length).toBe(32);
  });

  test('a request for whom there is no room in the queue is refused with 503', async () => {
    answer = () => {};
    const outcomes = Promise.allSettled(Array.from({ length: 1_050 }, () => ask(origins)));
    await expect.poll(() => origins.connections).toEqual({ open: 32, idle: 0, waiting: 1_000 });
    origins.close();
    const kinds = (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.status);
    expect(kinds.filter((status) => status === 503).length).toBe(1_018);
    expect(origins.connections).toEqual(NOTHING);
  });
});

describe('an origin that is slow, silent or unreadable leaks nothing', () => {
  test.each<[string, typeof answer, object]>([
    ['silent from the beginning', () => {}, { status: 504, kind: 'silent' }],
    ['silent in the head', (socket) => socket.write('HTTP/1.1 200 OK\r\nX: '), { status: 504, kind: 'silent' }],
    ['silent after a 1xx', (socket) => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), { status: 504 }],
    ['closing', (socket) => socket.end(), { status: 502, kind: 'closed' }],
    ['resetting', (socket) => socket.resetAndDestroy(), { status: 502, kind: 'closed' }],
    ['closing in the head', (socket) => socket.end('HTTP/1.1 200 OK\r\nX: '), { status: 502, kind: 'closed' }],
    ['saying a head without end', (socket) => flood(socket, 'X: y\r\n'), { status: 502, kind: 'nonsense' }],
    ['saying one line without end', (socket) => flood(socket, 'yyyyyy'), { status: 502, kind: 'nonsense' }],
    [
      'saying 1xx without end',
      (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(40)),
      { status: 502, kind: 'nonsense' },
    ],
  ])('%s', async (_name, behaviour, failure) => {
    answer = behaviour;
    await expect(ask(impatient)).rejects.toMatchObject(failure);
    await expect.poll(() => impatient.connections).toEqual(NOTHING);
  });

  test('silent in the body: the body breaks', async () => {
    answer = (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc');
    await expect(ask(impatient)).rejects.toThrow(BodyBroken);
    await expect.poll(() => impatient.connections).toEqual(NOTHING);
  });

  test('an answer that drips is no silence', async () => {
    answer = (socket, heard) => {
      if (!hasHead(heard)) return;
      let at = 0;
      const drip = setInterval(() => (at < FINE.length ? socket.write(FINE[at++]!) : clearInterval(drip)), 20);
    };
    expect((await ask(impatient)).body).toBe('ok');
  });

  test('but a head that drips without end is', async () => {
    answer = (socket, heard) => {
      if (!hasHead(heard)) return;
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write('x')), 10);
    };
    await expect(ask(impatient)).rejects.toMatchObject({ status: 504, kind: 'silent' });
    await expect.poll(() => impatient.connections).toEqual(NOTHING);
  });
});

function flood(socket: Parameters<typeof answer>[0], text: string): void {
  socket.write(`HTTP/1.1 200 OK\r\nX: ${text.repeat(20_000)}`);
}

describe('the body of a request', () => {
  /** The origin answers when `end` has come. */
  const when =
    (end: string): typeof answer =>
    (socket, heard) => {
      if (heard.endsWith(end)) socket.write(FINE);
    };
  const POST = { method: 'POST', path: '/h' };

  test('of known length goes with a Content-Length, of unknown length in chunks with its trailers', async () => {
    answer = when('abc');
    await ask(origins, { ...POST, body: memoryBody(Buffer.from('abc')) });
    expect(origin.heard[0]).toMatch(
      /^POST \/h HTTP\/1\.1\r\nHost: a\.test\r\nContent-Length: 3\r\nLab-Exchange: .*\r\n\r\nabc$/,
    );
    answer = when('0\r\nDigest: 1\r\n\r\n');
    await ask(origins, { ...POST, body: piecesBody(['ab', 'cdefghijklmn'], [['Digest', '1']]) });
    expect(origin.heard[1]).toMatch(
      /Transfer-Encoding: chunked\r\n.*\r\n\r\n2\r\nab\r\nc\r\ncdefghijklmn\r\n0\r\nDigest: 1\r\n\r\n$/,
    );
  });

  test('that is not there is said so for methods that are about a body', async () => {
    await ask(origins, { method: 'POST' });
    expect(origin.heard[0]).toContain('\r\nContent-Length: 0\r\n');
    await ask(origins);
    expect(origin.heard.join('').split('GET ')[1]).not.toContain('Content-Length');
  });

  test('that breaks off is never a whole request for the origin', async () => {
    answer = () => {};
    const broken = { ...piecesBody([]), read: () => Promise.reject(new BodyBroken('the client left')) };
    await expect(ask(origins, { ...POST, body: broken })).rejects.toMatchObject({ status: 400 });
    const short = { ...memoryBody(Buffer.from('abc')), length: 5 };
    await expect(ask(origins, { ...POST, body: short })).rejects.toMatchObject({ status: 400 });
    const long = { ...memoryBody(Buffer.from('abcGET /evil')), length: 3 };
    await expect(ask(origins, { ...POST, body: long })).rejects.toMatchObject({ status: 400 });
    await expect.poll(() => origins.connections).toEqual(NOTHING);
    expect(origin.heard.join('')).not.toMatch(/\r\n0\r\n|evil/);
  });

  test('waits for the 100 where it is asked to, and goes without one after a while', async () => {
    answer = (socket, heard) => {
      if (heard.endsWith('abc')) socket.write(FINE);
      else if (hasHead(heard)) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    };
    const request = { ...POST, waitsForContinue: true };
    const told = await ask(origins, { ...request, body: memoryBody(Buffer.from('abc')) });
    expect(told).toMatchObject({ status: 200, informations: [100] });
    answer = when('abc');
    expect(await ask(origins, { ...request, body: memoryBody(Buffer.from('abc')) })).toMatchObject({
      status: 200,
      informations: [100],
    });
  });

  test('is not sent when the origin refuses instead of saying 100', async () => {
    answer = (socket, heard) =>
      hasHead(heard) && socket.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n');
    const body = piecesBody(['abc']);
    expect((await ask(origins, { ...POST, waitsForContinue: true, body })).status).toBe(417);
    expect(origin.heard[0]).toMatch(/\r\n\r\n$/);
    await expect.poll(() => origins.connections).toEqual(NOTHING);
  });

  test('ends where the answer comes before it was sent whole, and the connection with it', async () => {
    let cancelled = false;
    let waiting: ((octets: null) => void) | undefined;
    const endless = {
      ...piecesBody(['abc']),
      cancel: () => {
        cancelled = true;
        waiting?.(null);
      },
    };
    const first = endless.read;
    endless.read = async () => (await first()) ?? new Promise((resolve) => (waiting = resolve));
    answer = (socket, heard) =>
      heard.endsWith('abc\r\n') && socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno');
    expect(await ask(origins, { ...POST, body: endless })).toMatchObject({ status: 413, body: 'no' });
    expect(cancelled).toBe(true);
    await expect.poll(() => origins.connections).toEqual(NOTHING);
    expect(origin.heard[0]).not.toContain('\r\n0\r\n');
  });

  test('is read no faster than the origin reads', async () => {
    let given = 0;
    const piece = Buffer.alloc(65_536);
    const read = async () => {
      given += piece.length;
      return piece;
    };
    const endless = { ...piecesBody([]), read };
    answer = (socket) => socket.pause();
    await expect(ask(impatient, { ...POST, body: endless })).rejects.toMatchObject({ status: 504, kind: 'silent' });
    expect(given).toBeLessThan(40_000_000);
  });
});

describe('the body of a response', () => {
  test('is taken no faster than it is read, and nobody calls that silence', async () => {
    let written = 0;
    answer = (socket, heard) => {
      if (!hasHead(heard)) return;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n');
      const more = (): void => {
        while (written < 60_000_000) {
          written += 60_000;
          if (!socket.write(Buffer.alloc(60_000))) {
            socket.once('drain', more);
            return;
          }
        }
      };
      more();
    };
    const { body } = await impatient.ask({
      method: 'GET',
      authority: { host: 'a.test', port: null },
      path: '/',
      fields: [],
      body: null,
      waitsForContinue: false,
      onInformation: () => {},
      cause: 'test.0',
      because: 'the test asks',
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(written).toBeLessThan(30_000_000);
    expect((await readAll(body)).length).toBe(60_000_000);
    await expect.poll(() => impatient.connections).toEqual({ open: 1, idle: 1, waiting: 0 });
  });

  test('that nobody wants ends the connection', async () => {
    answer = (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc');
    const request = { method: 'GET', authority: { host: 'a.test', port: null }, path: '/', fields: [], body: null };
    const { body } = await origins.ask({
      ...request,
      waitsForContinue: false,
      onInformation: () => {},
      cause: 'test.0',
      because: 'the test asks',
    });
    body.cancel();
    expect(await body.read()).toBeNull();
    await expect.poll(() => origins.connections).toEqual(NOTHING);
  });
});
