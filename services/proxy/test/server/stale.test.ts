import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTurn, say } from './answers.ts';
import { TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/page';
let lab: TestLab;

beforeEach(async () => {
  lab = new TestLab(163);
  await lab.start({ ORIGIN_SILENCE_MS: '600' });
});

afterEach(() => lab.stop());

const text = async (...lines: string[]) => {
  const { status, body } = await lab.get(URL_A, ...lines);
  return `${status} ${body.toString()}`;
};

/** Stores "first" with these directives and lets them run out. */
async function storeStale(cacheControl: string, seconds = 12): Promise<void> {
  lab.answer = inTurn(lab, [200, { 'Cache-Control': cacheControl, ETag: '"1"' }, 'first']);
  expect(await text()).toBe('200 first');
  lab.host.clock.advance(seconds * 1000);
}

describe('while the origin is asked (RFC 5861, section 3)', () => {
  test('the stale copy goes out at once, one request is made behind it, and the next client has the new version', async () => {
    await storeStale('max-age=10, stale-while-revalidate=60');
    let release = () => {};
    lab.answer = (_request, response) => {
      release = () => say(lab, response, 200, { 'Cache-Control': 'max-age=10', ETag: '"2"' }, 'second');
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => text()));
    expect(new Set(answers)).toEqual(new Set(['200 first']));
    await expect.poll(() => lab.asked.length).toBe(2);
    expect(lab.asked[1]?.headers['if-none-match']).toBe('"1"');
    release();
    await expect.poll(() => text()).toBe('200 second');
    expect(lab.asked.length).toBe(2);
  });

  test('a 304 makes the copy fresh', async () => {
    await storeStale('max-age=10, stale-while-revalidate=60');
    lab.answer = inTurn(lab, [304, { 'Cache-Control': 'max-age=10', ETag: '"1"' }]);
    expect((await lab.get(URL_A)).field('Cache-Status')).toMatch(/^proxy; hit; ttl=-\d+; /);
    await expect.poll(async () => (await lab.get(URL_A)).field('Cache-Status')).toMatch(/^proxy; hit; ttl=\d+; /);
    expect(lab.asked.length).toBe(2);
  });

  test('an error of the origin changes nothing, and the next client has it asked again', async () => {
    await storeStale('max-age=10, stale-while-revalidate=60');
    lab.answer = inTurn(lab, [503, {}, 'no']);
    expect(await text()).toBe('200 first');
    await expect.poll(() => lab.asked.length).toBe(2);
    await expect.poll(async () => `${await text()} ${lab.asked.length > 2}`).toBe('200 first true');
  });

  test('a new version that may not be stored ends the old one', async () => {
    await storeStale('max-age=10, stale-while-revalidate=60');
    lab.answer = inTurn(lab, [200, { 'Cache-Control': 'private' }, 'yours']);
    expect(await text()).toBe('200 first');
    await expect.poll(() => text()).toBe('200 yours');
  });

  test('after the window the client waits for the origin', async () => {
    await storeStale('max-age=10, stale-while-revalidate=5', 16);
    lab.answer = inTurn(lab, [200, { 'Cache-Control': 'max-age=10' }, 'second']);
    expect(await text()).toBe('200 second');
  });
});

describe('when the origin fails (RFC 9111, section 4.2.4; RFC 5861, section 4)', () => {
  test.each([500, 502, 503, 504])('%i is covered within stale-if-error, and passed on after it', async (status) => {
    await storeStale('max-age=10, stale-if-error=20');
    lab.answer = inTurn(lab, [status, {}, 'broken']);
    const covered = await lab.get(URL_A);
    expect([covered.status, covered.body.toString()]).toEqual([200, 'first']);
    expect(covered.field('Cache-Status')).toMatch(new RegExp(`^proxy; fwd=stale; fwd-status=${status}; ttl=-\\d+; `));
    lab.host.clock.advance(20_000);
    expect(await text()).toBe(`${status} broken`);
  });

  test('501 and 404 are answers like any other', async () => {
    await storeStale('max-age=10, stale-if-error=60');
    lab.answer = inTurn(lab, [404, {}, 'gone']);
    expect(await text()).toBe('404 gone');
  });

  test('an origin that closes without a word is covered', async () => {
    await storeStale('max-age=10');
    lab.answer = (request) => request.socket.destroy();
    expect(await text()).toBe('200 first');
  });

  test('an origin that is silent is covered', async () => {
    await storeStale('max-age=10');
    lab.answer = () => {};
    expect(await text()).toBe('200 first');
  });

  test('an error whose page never ends is covered, too', async () => {
    await storeStale('max-age=10');
    lab.answer = (_request, response) => {
      response.writeHead(503).write('wait');
    };
    expect(await text()).toBe('200 first');
  });

  test('after stale-if-error there is no copy: 502 for one that is not there', async () => {
    await storeStale('max-age=10, stale-if-error=1');
    await lab.stopOrigins();
    expect((await lab.get(URL_A)).status).toBe(502);
  });

  test.each(['must-revalidate', 'proxy-revalidate', 's-maxage=10', 'no-cache'])(
    '%s: 504 when it is cut off, and an error of the origin is passed on',
    async (directive) => {
      await storeStale(`max-age=10, ${directive}, stale-if-error=60`);
      lab.answer = inTurn(lab, [503, {}, 'broken']);
      expect(await text()).toBe('503 broken');
      await lab.stopOrigins();
      expect((await lab.get(URL_A)).status).toBe(504);
    },
  );

  test('a client that wants no copy gets none, unless it says stale-if-error itself', async () => {
    await storeStale('max-age=10', 0);
    await lab.stopOrigins();
    expect((await lab.get(URL_A, 'Cache-Control: no-cache')).status).toBe(504);
    expect(await text('Cache-Control: no-cache, stale-if-error=60')).toBe('200 first');
  });
});
