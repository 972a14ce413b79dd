import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryInUse } from '#shared/host/test/kit/memory-in-use.ts';
import { TestLab } from './test-lab.ts';

/** What an attacker tries with a shared cache: to have something stored that others get, or to make it do much work for little. */
const lab = new TestLab(32);

beforeAll(() => lab.start());
afterAll(() => lab.stop());
beforeEach(async () => {
  lab.asked.length = 0;
  await lab.running.actions!.purge!.run({});
});

const FRESH = { 'Cache-Control': 'max-age=60' };

describe('fields that are in no key', () => {
  beforeEach(() => {
    // An origin that believes and repeats all that it is told, and lets everybody store it.
    lab.answer = (request, response) =>
      response.writeHead(200, FRESH).end(`${request.method} ${request.url} ${request.rawHeaders.join(' ')}`);
  });

  test.each([
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Server: evil.test',
    'X-Host: evil.test',
    'X-Original-URL: /evil.test',
    'X-Rewrite-URL: /evil.test',
    'X-HTTP-Method-Override: evil.test',
    'X-HTTP-Method: evil.test',
    'X-Method-Override: evil.test',
    'X_Forwarded_Host: evil.test',
    'X-Forwarded-Uri: /evil.test',
    'X-Forwarded-For: evil.test',
    'X-HTTP-Host-Override: evil.test',
    'Forwarded: host=evil.test',
    'Proxy-Authorization: evil.test',
    'Connection: X-Any\r\nX-Any: evil.test',
    'TE: evil.test',
    'Upgrade: evil.test',
    'Proxy-Connection: evil.test',
    'Keep-Alive: evil.test',
    'Trailer: evil.test',
  ])('%s does not reach the origin, and so not who comes after', async (lines) => {
    await lab.get('http://a.test/page', lines);
    const { body } = await lab.get('http://a.test/page');
    expect(body.toString()).not.toContain('evil.test');
    expect(lab.asked).toHaveLength(1);
  });

  test('a Host beside the absolute form poisons neither', async () => {
    await lab.ask('GET http://a.test/page HTTP/1.1\r\nHost: b.test\r\n\r\n');
    expect((await lab.get('http://a.test/page')).body.toString()).toContain('Host a.test');
    expect((await lab.get('http://b.test/page')).body.toString()).toContain('Host b.test');
    expect(lab.asked).toHaveLength(2);
  });
});

describe('what Connection names in an answer', () => {
  test.each([
    ['Cache-Control', { 'Cache-Control': 'no-store', ETag: '"1"' }],
    ['cache-control', { 'Cache-Control': 'private, max-age=60' }],
    ['Vary', { 'Cache-Control': 'max-age=60', Vary: '*' }],
  ])('%s does not make storable what is not', async (name, fields) => {
    lab.answer = (_request, response) => response.writeHead(200, { ...fields, Connection: name }).end('secret');
    await lab.get('http://a.test/page');
    await lab.get('http://a.test/page');
    expect(lab.asked).toHaveLength(2);
  });

  test('a variant stays one', async () => {
    lab.answer = (request, response) =>
      response
        .writeHead(200, { ...FRESH, Vary: 'Accept-Language', Connection: 'Vary' })
        .end(request.headers['accept-language']);
    await lab.get('http://a.test/page', 'Accept-Language: fr');
    expect((await lab.get('http://a.test/page', 'Accept-Language: ko')).body.toString()).toBe('ko');
  });
});

describe('an error that one request provokes is not for the others', () => {
  test.each<[string, number, string]>([
    ['a range that cannot be', 416, 'Range: bytes=900-'],
    ['a range that is none', 400, 'Range: bytes=cats'],
    ['a condition that fails', 412, 'If-Match: "other"'],
    ['a condition that holds', 304, 'If-None-Match: "mine"'],
    ['a field that is too long for the origin', 431, `X-Long: ${'a'.repeat(9_000)}`],
  ])('%s: %i', async (_what, status, line) => {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    lab.answer = (request, response) => {
      const provoked = request.headers[name] !== undefined;
      // Explicit freshness on 412, 416 and 304; 400 and 431 with a validator alone could be stored by heuristics only.
      const fields = status === 400 || status === 431 ? { 'Last-Modified': 'Sun, 01 Jan 2017 00:00:00 GMT' } : FRESH;
      if (provoked) response.writeHead(status, fields).end();
      else response.writeHead(200, FRESH).end('good');
    };
    await lab.get('http://a.test/page', line);
    expect((await lab.get('http://a.test/page')).body.toString()).toBe('good');
  });
});

describe('keys', () => {
  test('spellings that a server may take for one or for several are several here', async () => {
    lab.answer = (request, response) => response.writeHead(200, FRESH).end(request.url);
    const targets = [
      '/a/b',
      '/a%2fb',
      '/a%2Fb',
      '/A/b',
      '/a//b',
      '/a/./b',
      '/a/c/../b',
      '/a/b?',
      '/a/b?x&y',
      '/a/b?y&x',
      '/a/b;x',
      '/a/b%20',
      '/a/b%00',
      '/a\\b',
      '/%61/b',
    ];
    for (const round of [1, 2]) {
      for (const target of targets) {
        const { body } = await lab.ask(`GET http://a.test${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
        expect(body.toString(), `round ${round}`).toBe(target);
      }
    }
    expect(lab.asked).toHaveLength(targets.length);
  });

  test('%0d%0a in a target becomes no line, neither for the origin nor in an answer', async () => {
    lab.answer = (request, response) => response.writeHead(200, FRESH).end(request.rawHeaders.join('\n'));
    const { head, body } = await lab.get('http://a.test/%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>');
    expect(head).not.toMatch(/^X-Evil/m);
    expect(body.toString()).not.toMatch(/X-Evil/);
    const refused = await lab.get('http://nobody.test/%0d%0a<script>alert(1)</script>');
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.body.toString()).not.toContain('<script>alert');
  });
});

describe('much work for little', () => {
  test('a thousand ranges of one object are not a thousand objects (RFC 9110, section 14.2)', async () => {
    const octets = 100_000;
    lab.answer = (_request, response) =>
      response.writeHead(200, { ...FRESH, ETag: '"1"', 'Content-Length': octets }).end(Buffer.alloc(octets));
    await lab.get('http://a.test/large');
    for (const part of ['0-', '-99999', '1-99998']) {
      const ranges = Array.from({ length: 1_000 }, () => part).join(',');
      const { body } = await lab.get('http://a.test/large', `Range: bytes=${ranges}`);
      expect(body.length).toBeLessThan(octets * 1.1);
    }
  });

  test('several ranges are no copies of what is stored, for clients that do not read them', async () => {
    const octets = 1_000_000;
    lab.answer = (_request, response) =>
      response.writeHead(200, { ...FRESH, ETag: '"1"', 'Content-Length': octets }).end(Buffer.alloc(octets));
    await lab.get('http://a.test/large');
    const before = memoryInUse().arrayBuffers;
    const deaf = Array.from({ length: 60 }, () => {
      const socket = connect(3128, lab.host.address).on('error', () => {});
      socket.pause();
      socket.write('GET http://a.test/large HTTP/1.1\r\nHost: a.test\r\nRange: bytes=0-1,3-999999\r\n\r\n');
      return socket;
    });
    const answered = async () => (await lab.state()).counters.requests;
    await expect.poll(answered).toBeGreaterThanOrEqual(61);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(memoryInUse().arrayBuffers - before).toBeLessThan(10_000_000);
    for (const socket of deaf) socket.destroy();
  });

  test('a Vary of hundreds of names costs nobody his answer', async () => {
    const names = Array.from({ length: 500 }, (_, at) => `X-${at}`).join(', ');
    lab.answer = (_request, response) => response.writeHead(200, { ...FRESH, Vary: names }).end('good');
    for (let left = 3; left > 0; left -= 1) {
      const { status, body } = await lab.get('http://a.test/page', `X-${left}: ${left}`);
      expect([status, body.toString()]).toEqual([200, 'good']);
    }
  });

  test('variants of one target are few, and do not drive out what others have stored', async () => {
    lab.answer = (request, response) =>
      response.writeHead(200, { ...FRESH, Vary: 'X-Any' }).end(request.headers['x-any'] ?? 'none');
    await lab.get('http://a.test/other');
    for (let number = 0; number < 100; number += 1) await lab.get('http://a.test/page', `X-Any: ${number}`);
    const { stored } = await lab.state();
    expect(stored.filter(({ key }) => key === 'http://a.test/page').length).toBeLessThanOrEqual(32);
    lab.asked.length = 0;
    await lab.get('http://a.test/other');
    expect(lab.asked).toHaveLength(0);
  });
});

describe('what a later response says of a stored one', () => {
  const OF_SOMEBODY = { ETag: '"1"', 'Cache-Control': 'private, max-age=60', 'Set-Cookie': 'session=somebody' };
  const forAll = (status: number, body = '') => ({ status, body, fields: { ETag: '"1"', ...FRESH } });

  /** An origin whose `second` answer is the given one, and all others for everybody. */
  function answerSecond(second: { status: number; fields: Record<string, string> }): void {
    let turn = 0;
    lab.answer = (request, response) => {
      turn += 1;
      const { status, fields, body = '' } = turn === 2 ? { ...second, body: '' } : forAll(200, 'for all');
      request.resume().on('end', () => response.writeHead(status, fields).end(body));
    };
  }

  test('304 to one client: its cookie is not for the next one (RFC 9111, sections 3 and 5.2.2.7)', async () => {
    answerSecond({ status: 304, fields: OF_SOMEBODY });
    await lab.get('http://a.test/page');
    const own = await lab.get('http://a.test/page', 'Cache-Control: no-cache');
    expect([own.status, own.body.toString()]).toEqual([200, 'for all']);
    expect(own.head).toContain('session=somebody');
    const next = await lab.get('http://a.test/page');
    expect(next.head).not.toContain('somebody');
    expect(next.body.toString()).toBe('for all');
  });

  test('304 with no-store: no part of it is stored, and what it is about goes (RFC 9111, section 5.2.2.5)', async () => {
    answerSecond({ status: 304, fields: { ETag: '"1"', 'Cache-Control': 'no-store, max-age=60', 'X-Secret': 'yes' } });
    await lab.get('http://a.test/page');
    await lab.get('http://a.test/page', 'Cache-Control: no-cache');
    expect((await lab.get('http://a.test/page')).head).not.toContain('X-Secret');
    expect(lab.asked).toHaveLength(3);
  });

  test('304 to somebody with credentials changes nothing for others (RFC 9111, section 3.5)', async () => {
    answerSecond({ status: 304, fields: { ETag: '"1"', 'X-Account': 'somebody' } });
    await lab.get('http://a.test/page');
    await lab.get('http://a.test/page', 'Cache-Control: no-cache', 'Authorization: Basic c29tZWJvZHk=');
    expect((await lab.get('http://a.test/page')).head).not.toContain('somebody');
    expect(lab.asked).toHaveLength(2);
  });

  test.each([
    ['that is private', OF_SOMEBODY, ''],
    ['to credentials', { ETag: '"1"', 'X-Account': 'somebody' }, 'Authorization: Basic c29tZWJvZHk=\r\n'],
    ['to a request with a body', { ETag: '"1"', 'X-Account': 'somebody' }, 'Content-Length: 8\r\n'],
  ])('an answer to HEAD %s gives its fields to nobody', async (_what, fields, line) => {
    answerSecond({ status: 200, fields });
    await lab.get('http://a.test/page');
    const body = line.startsWith('Content-Length') ? 'somebody' : '';
    await lab.ask(
      `HEAD http://a.test/page HTTP/1.1\r\nHost: a.test\r\nCache-Control: no-cache\r\n${line}\r\n${body}`,
      true,
    );
    expect((await lab.get('http://a.test/page')).head).not.toContain('somebody');
  });
});

test('nobody reads the credentials of another in Cache-Status, nor a script its own, nor anybody on the page of the cache', async () => {
  lab.answer = (request, response) => {
    response.writeHead(request.headers['if-none-match'] === undefined ? 200 : 304, {
      ...FRESH,
      ETag: '"1"',
      Vary: 'Cookie, Accept-Language',
    });
    response.end();
  };
  const get = (cookie: string) => lab.get('http://a.test/page', `Cookie: session=${cookie}`, 'Accept-Language: ko');
  await get('alice');
  // The origin confirms the same version for Bob.
  await get('bob');
  const { head } = await get('alice');
  expect(head).toMatch(/Cache-Status: proxy; hit.*accept-language:ko/);
  expect(head).not.toMatch(/bob|alice/);
  expect(JSON.stringify(await lab.state())).not.toMatch(/bob|alice/);
});
