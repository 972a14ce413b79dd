import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTurn, say as sayAs, type Told } from './answers.ts';
import { TestLab } from './test-lab.ts';

const RAW = 'http://a.test:8080/page';
let lab: TestLab;

beforeEach(async () => {
  lab = new TestLab(166);
  await lab.start();
});

afterEach(() => lab.stop());

const say200 = (response: ServerResponse, fields: Told, body: string | string[]) =>
  sayAs(lab, response, 200, fields, String(body));

/** An origin that says this, octet for octet. */
const say = (...lines: string[]) => lab.startRawOrigin(8080, (socket) => socket.end(lines.join('\r\n'), 'latin1'));

describe('what is passed on (RFC 9110, section 7.6)', () => {
  test('fields of the connection, and those that it names, stay behind; now and in the copy', async () => {
    await say(
      'HTTP/1.1 200 OK',
      ...[
        'Connection: X-Hop, close, Cache-Control',
        'X-Hop: 1',
        'Keep-Alive: timeout=9',
        'Proxy-Authenticate: Basic',
        'Upgrade: h2c',
      ],
      ...['Cache-Control: max-age=9', 'X-End: 2', 'Content-Length: 2', '', 'ok'],
    );
    for (const expected of ['fwd=uri-miss', 'hit']) {
      const answer = await lab.get(RAW);
      expect(answer.field('Cache-Status')).toContain(expected);
      const left = ['X-Hop', 'Keep-Alive', 'Proxy-Authenticate', 'Upgrade'].map((name) => answer.field(name));
      expect(left).toEqual([undefined, undefined, undefined, undefined]);
      expect([answer.field('X-End'), answer.field('Cache-Control')]).toEqual(['2', 'max-age=9']);
    }
  });

  test('Via says by which version the answer came, and Cache-Status stands behind that of caches before', async () => {
    await say('HTTP/1.0 200 OK', 'Via: 1.1 far', 'Cache-Status: far; hit', 'Cache-Control: max-age=9', '', 'old');
    for (const own of ['fwd=uri-miss', 'hit']) {
      const answer = await lab.get(RAW);
      expect(answer.field('Via')).toBe('1.1 far, 1.0 proxy');
      expect(answer.field('Cache-Status')).toMatch(new RegExp(`^far; hit, proxy; ${own}`));
    }
  });

  test('trailers are passed on but for those that must not be there, and they are not stored (RFC 9110, section 6.5)', async () => {
    await say(
      ...['HTTP/1.1 200 OK', 'Cache-Control: max-age=9', 'Transfer-Encoding: chunked', '', '2', 'ok', '0'],
      ...['X-Sum: 1', 'Cache-Control: no-store', 'Content-Length: 9', 'Set-Cookie: a=1', '', ''],
    );
    const { RawClient } = await import('#shared/http/test/raw-client.ts');
    const client = await RawClient.open(lab.host.address, 3128);
    client.send(`GET ${RAW} HTTP/1.1\r\nHost: a.test:8080\r\nTE: trailers\r\nConnection: TE\r\n\r\n`);
    await expect.poll(() => client.pending).toContain('\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n');
    expect(client.pending).not.toMatch(/Set-Cookie|Content-Length|no-store/);
    client.destroy();
    const hit = await lab.get(RAW);
    expect([hit.body.toString(), hit.field('X-Sum'), hit.field('Content-Length')]).toEqual(['ok', undefined, '2']);
    expect(hit.field('Cache-Status')).toContain('; hit;');
  });

  test('a second answer of the proxy itself says so in Cache-Status, with the reason', async () => {
    const none = await lab.get('http://a.test/', 'Cache-Control: only-if-cached');
    expect(none.field('Cache-Status')).toMatch(
      /^proxy; detail="the request says only-if-cached, and no response is stored/,
    );
    expect((await lab.get('http://nobody.test/')).field('Cache-Status')).toMatch(
      /^proxy; detail="nobody\.test refuses/,
    );
  });

  test('OPTIONS counts Max-Forwards down, and goes to the origin while there are any', async () => {
    lab.answer = inTurn(lab, [200, { Allow: 'GET' }]);
    await lab.ask('OPTIONS http://a.test/ HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: 2\r\n\r\n');
    expect(lab.asked[0]?.headers['max-forwards']).toBe('1');
  });

  test.each([
    ['http://a.test', '*'],
    ['http://a.test/', '/'],
    ['http://a.test?x', '/?x'],
  ])(
    'OPTIONS %s asks the origin for %s: a server without a path means the server (RFC 9112, section 3.2.4)',
    async (url, asked) => {
      lab.answer = inTurn(lab, [204, { Allow: 'GET' }]);
      await lab.ask(`OPTIONS ${url} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
      expect(lab.asked.at(-1)?.url).toBe(asked);
    },
  );
});

describe('24 nothing but the exact URI and what Vary names chooses an answer', () => {
  test.each(['/account/x.css', '/account%2fx.css', '/a/..%2faccount', '/account;x.css', '/account?x.css'])(
    'a private page at %s stays private: no ending makes it public',
    async (path) => {
      lab.answer = inTurn(lab, [200, { 'Cache-Control': 'private', 'Set-Cookie': 'id=1' }, 'mine'], [200, {}, 'yours']);
      expect((await lab.get(`http://a.test${path}`)).body.toString()).toBe('mine');
      expect((await lab.get(`http://a.test${path}`)).body.toString()).toBe('yours');
    },
  );

  test.each([
    [
      'X-Forwarded-Host: evil',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 1',
      'X-Forwarded-Prefix: /e',
      'X-Original-Host: evil',
    ],
    [
      'X-Original-URL: /admin',
      'X-Rewrite-URL: /admin',
      'X-HTTP-Method-Override: DELETE',
      'X-HTTP-Method: PUT',
      'X-Host: evil',
    ],
  ])('%s and the like do not reach the origin', async (...lines) => {
    lab.answer = (request, response) => response.end(JSON.stringify(request.rawHeaders));
    expect((await lab.get('http://a.test/', ...lines)).body.toString()).not.toMatch(/evil|admin|DELETE|PUT|https|\/e/);
  });

  test.each([
    ['Connection: Accept-Language', 'Accept-Language: fr', 'Accept-Language'],
    ['X-Forwarded-Host: fr', 'X: 1', 'X-Forwarded-Host'],
  ])('a field that stops here selects no variant: %s', async (first, second, vary) => {
    lab.answer = (request, response) =>
      say200(response, { 'Cache-Control': 'max-age=9', Vary: vary }, request.headers[vary.toLowerCase()] ?? 'nobody');
    expect((await lab.get('http://a.test/', first, second)).body.toString()).toBe('nobody');
    const french = await lab.get('http://a.test/', 'Accept-Language: fr');
    expect(french.body.toString()).toBe(vary === 'Accept-Language' ? 'fr' : 'nobody');
  });

  test('what was fetched with Authorization is not for others, unless it says so', async () => {
    lab.answer = inTurn(
      lab,
      [200, { 'Cache-Control': 'max-age=9' }, 'mine'],
      [200, { 'Cache-Control': 'max-age=9, public' }, 'all'],
    );
    const get = async (...lines: string[]) => (await lab.get('http://a.test/', ...lines)).body.toString();
    expect([await get('Authorization: Basic x'), await get('Authorization: Basic y'), await get()]).toEqual([
      'mine',
      'all',
      'all',
    ]);
    expect(lab.asked.length).toBe(2);
  });
});
