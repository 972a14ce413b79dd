import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CacheView } from '../../src/server/cache-view.ts';
import { TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/page';

describe("the proxy's own page", () => {
  let lab: TestLab;
  beforeEach(async () => {
    lab = new TestLab(247);
    lab.answer = (_request, response) =>
      response.writeHead(200, { 'Cache-Control': 'max-age=100', ETag: '"1"' }).end('hello');
    await lab.start();
  });
  afterEach(() => lab.stop());

  const own = () => `${lab.host.address}:3128`;
  const ask = (method: string, path: string, lines: string[] = [], body = '') =>
    lab.ask([`${method} ${path} HTTP/1.1`, `Host: ${own()}`, ...lines, '', body].join('\r\n'), method === 'HEAD');
  const post = (path: string, input: object | string, lines: string[] = []) => {
    const body = typeof input === 'string' ? input : JSON.stringify(input);
    return ask('POST', path, [`Content-Length: ${Buffer.byteLength(body)}`, ...lines], body);
  };
  const look = async (query = '') => JSON.parse((await ask('GET', `/cache.json${query}`)).body.toString()) as CacheView;

  test('CCH-07 a row appears when a copy is stored, with its age, lifetime, reason, validators and hits', async () => {
    expect((await look()).total).toBe(0);
    const begun = lab.host.clock.now();
    await lab.get(URL_A);
    await lab.get(URL_A);
    lab.host.clock.advance(7_000);
    const { total, stored } = await look();
    const sinceBegun = (lab.host.clock.now() - begun) / 1000;
    expect(total).toBe(1);
    expect(stored[0]).toMatchObject({
      ...{ key: URL_A, status: 200, octets: 5, lifetimeS: 100, fresh: true },
      ...{ because: 'max-age=100', etag: '"1"', uses: 1 },
    });
    // On a busy machine real time adds to the seven seconds.
    expect(stored[0]?.ageS).toBeGreaterThanOrEqual(7);
    expect(stored[0]?.ageS).toBeLessThanOrEqual(sinceBegun + 1);
  });

  test('comes a page at a time', async () => {
    for (let at = 0; at < 5; at += 1) await lab.get(`http://a.test/${at}`);
    expect((await look('?from=3&count=50')).stored.length).toBe(2);
    expect((await look('?from=0&count=2')).stored.map(({ key }) => key)).toEqual([
      'http://a.test/4',
      'http://a.test/3',
    ]);
    expect((await look('?from=9&count=2')).stored).toEqual([]);
  });

  test('is a page for browsers in their language; programs get the auto-configuration at the same door', async () => {
    const html = await ask('GET', '/', ['Accept: text/html,*/*', 'Accept-Language: ko']);
    expect(html.field('Content-Type')).toBe('text/html; charset=utf-8');
    expect(html.body.toString()).toContain('<html lang="ko">');
    expect(html.field('Content-Security-Policy')).toContain("default-src 'none'");
    expect((await ask('GET', '/')).body.toString()).toContain('FindProxyForURL');
    expect((await ask('GET', '/cache.js')).field('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect((await lab.get('http://localhost:3128/cache.json')).status).toBe(200);
  });

  test('purges a URL or everything, and changes the mode, by POST alone', async () => {
    await lab.get(URL_A);
    await lab.get('http://a.test/other');
    expect((await ask('GET', '/cache/purge')).status).toBe(405);
    expect(JSON.parse((await post('/cache/purge', { url: URL_A })).body.toString())).toEqual({ purged: 1 });
    expect((await look()).stored.map(({ key }) => key)).toEqual(['http://a.test/other']);
    expect(JSON.parse((await post('/cache/purge', {})).body.toString())).toEqual({ purged: 1 });
    await post('/cache/mode', { mode: 'always-revalidate' });
    expect((await look()).mode).toBe('always-revalidate');
  });

  test.each([
    ['no URL', '/cache/purge', { url: 'page' }],
    ['another name', '/cache/purge', { key: URL_A }],
    ['no JSON', '/cache/purge', 'url=x'],
    ['an unknown mode', '/cache/mode', { mode: 'never' }],
    ['more than an action needs', '/cache/purge', 'x'.repeat(20_000)],
  ])('refuses %s', async (_what, path, input) => {
    await lab.get(URL_A);
    expect((await post(path, input)).status).toBe(400);
    expect((await look()).total).toBe(1);
  });

  test('does nothing for a page of elsewhere', async () => {
    await lab.get(URL_A);
    expect((await post('/cache/purge', {}, ['Origin: http://evil.test'])).status).toBe(403);
    expect((await post('/cache/purge', {}, ['Origin: null'])).status).toBe(403);
    const rebound = ['GET /cache.json HTTP/1.1', 'Host: evil.test', '', ''].join('\r\n');
    expect((await lab.ask(rebound)).status).toBe(403);
    expect((await post('/cache/purge', {}, [`Origin: http://${own()}`])).status).toBe(200);
  });
});
