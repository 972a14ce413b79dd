import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestHost, startOn } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { ObservedLab } from './observed-lab.ts';

let lab: ObservedLab;

beforeEach(async () => {
  lab = await ObservedLab.start();
});

afterEach(() => lab.stop());

test('the page comes in the language that the browser prefers, with every host of the map', async () => {
  const english = await lab.get('/', { 'accept-language': 'en' });
  expect(english.text).toContain('<html lang="en">');
  for (const name of ['redis', 'resolver', 'tracker']) expect(english.text).toContain(`data-host="${name}"`);
  const korean = await lab.get('/', { 'accept-language': 'ko-KR,ko;q=0.9' });
  expect(korean.text).toContain('관측소');
});

test('the switch of languages is remembered', async () => {
  const switched = await lab.get('/?language=ko', { 'accept-language': 'en' });
  expect([switched.status, switched.headers.location]).toEqual([303, '/']);
  const cookie = String(switched.headers['set-cookie']).split(';')[0] ?? '';
  expect((await lab.get('/', { 'accept-language': 'en', cookie })).text).toContain('<html lang="ko">');
  expect((await lab.get('/?language=fr')).status).toBe(200);
  expect((await lab.get('/explain?language=ko')).headers.location).toBe('/explain');
});

test.each(['/', '/explain', '/http', '/mail', '/p2p'])(
  'the page %s runs no script but its own files, all of which are there',
  async (page) => {
    const { headers, text } = await lab.get(page);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
    const waiting = [...text.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path = '']) => path);
    const seen = new Set<string>();
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const file = await lab.get(path);
      expect(file.status, path).toBe(200);
      if (path.endsWith('.js'))
        waiting.push(...[...file.text.matchAll(/from '\.(\/[\w-]+\.js)'/g)].map(([, to]) => `/page${to}`));
      expect((await lab.get(path, { 'if-none-match': String(file.headers.etag) })).status).toBe(304);
    }
    expect(seen.size).toBeGreaterThan(7);
  },
);

test.each([
  ['a page of elsewhere', { origin: 'http://evil.example' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:9999', host: '127.0.0.1:8080' }],
  ['a name that was made to lead here (DNS rebinding)', { host: 'evil.example' }],
])('%s is refused', async (_who, headers) => {
  expect((await lab.post('/api/clock', { advanceMs: 1 }, headers)).status).toBe(403);
  expect((await lab.get('/api/hosts', headers)).status).toBe(403);
});

test.each(['127.0.0.1:8080', 'localhost:8080', 'observatory.topdown.org'])('the page as %s may ask', async (host) => {
  expect((await lab.get('/api/hosts', { host, origin: `http://${host}` })).status).toBe(200);
});

test('without Redis the observatory stays up and says that no reports arrive', async () => {
  const redis = new Redis({ port: 1, host: '127.0.0.1', lazyConnect: true });
  const host = { ...createTestHost({ name: 'observatory', suffix: '90.21' }), redis };
  const running = await startOn(program, host);
  expect(running.health?.()).toContain('reports are not arriving');
  const answer = await fetch(`http://${host.address}/api/hosts`);
  expect(await answer.json()).toMatchObject({ reportTrouble: expect.stringContaining('Redis does not answer') });
  await running.stop();
  await host.remove();
});

test('a request without a Host field is refused, and the server goes on', async () => {
  const { connect } = await import('node:net');
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(80, lab.address, () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    let text = '';
    socket.on('data', (octets) => {
      text += octets;
    });
    socket.on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 (400|403) /);
  expect((await lab.get('/')).status).toBe(200);
});
