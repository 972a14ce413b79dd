import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTurn, say } from './answers.ts';
import { TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/page';
let lab: TestLab;

beforeEach(async () => {
  lab = new TestLab(165);
  await lab.start();
});

afterEach(() => lab.stop());

const FIELDS = { 'Cache-Control': 'max-age=10', Vary: 'Accept-Language' };

describe('several variants under one URI (RFC 9111, section 4.1)', () => {
  beforeEach(() => {
    // Korean for who asks for it, French for all others.
    lab.answer = (request, response) => {
      const language = request.headers['accept-language']?.startsWith('ko') ? 'ko' : 'fr';
      const known = request.headers['if-none-match']?.includes(`"${language}"`) ?? false;
      say(lab, response, known ? 304 : 200, { ...FIELDS, ETag: `"${language}"` }, known ? '' : language);
    };
  });
  const get = (language: string) => lab.get(URL_A, `Accept-Language: ${language}`);

  test('an unknown request is asked about with the tags of all, and a 304 says which one it is', async () => {
    await get('fr');
    await get('ko');
    const answer = await get('de');
    expect([answer.status, answer.body.toString()]).toEqual([200, 'fr']);
    expect(lab.asked[2]?.headers['if-none-match']).toMatch(/^"(fr", "ko|ko", "fr)"$/);
    expect(answer.field('Cache-Status')).toMatch(/^proxy; fwd=vary-miss; fwd-status=304; /);
  });

  test('from then on that request is a hit, and so is the one before', async () => {
    await get('fr');
    await get('de');
    for (const language of ['de', 'fr', 'FR', 'de'])
      expect((await get(language)).field('Cache-Status')).toContain('; hit;');
    expect(lab.asked.length).toBe(2);
  });

  test('Cache-Status names the key where it is more than the URI', async () => {
    await get('fr');
    expect((await get('fr')).field('Cache-Status')).toContain(`; key="${URL_A} accept-language:fr"; `);
  });

  test("the client's own condition is held against the variant that the 304 names", async () => {
    await get('fr');
    expect((await lab.get(URL_A, 'Accept-Language: de', 'If-None-Match: "fr"')).status).toBe(304);
    expect((await lab.get(URL_A, 'Accept-Language: it', 'If-None-Match: "ko"')).body.toString()).toBe('fr');
  });
});

describe('what a 304 does to the stored response (RFC 9111, sections 3.2 and 4.3.4)', () => {
  const first = [
    200,
    { 'Cache-Control': 'max-age=10', ETag: '"1"', 'Content-Type': 'text/plain', X: 'old' },
    'first',
  ] as const;
  const stale = async () => {
    await lab.get(URL_A);
    lab.host.clock.advance(11_000);
  };

  test('its fields are in the answer and in those after it', async () => {
    const told = {
      'Cache-Control': 'max-age=60',
      ETag: '"1"',
      'Content-Type': 'text/html',
      X: 'new',
      'Set-Cookie': 'a=1',
    };
    lab.answer = inTurn(lab, [...first], [304, told]);
    await stale();
    for (const _ of [1, 2]) {
      const answer = await lab.get(URL_A);
      expect([
        answer.field('Content-Type'),
        answer.field('X'),
        answer.field('Set-Cookie'),
        answer.body.toString(),
      ]).toEqual([...['text/html', 'new', 'a=1', 'first']]);
    }
    expect(lab.asked.length).toBe(2);
  });

  test('one about another version confirms nothing: the whole is fetched', async () => {
    lab.answer = inTurn(lab, [...first], [304, { ETag: '"2"' }], [200, { 'Cache-Control': 'max-age=10' }, 'second']);
    await stale();
    expect((await lab.get(URL_A)).body.toString()).toBe('second');
    expect(lab.asked[2]?.headers['if-none-match']).toBeUndefined();
  });

  test.each([
    ['a new version with no-store', 200, 'no-store'],
    ['404', 404, 'no-store'],
  ])('%s ends the use of what was asked about, although it is not stored', async (_name, status, cacheControl) => {
    lab.answer = inTurn(lab, [...first], [status, { 'Cache-Control': cacheControl }, 'second'], [200, {}, 'third']);
    await lab.get(URL_A);
    expect((await lab.get(URL_A, 'Cache-Control: no-cache')).body.toString()).toBe('second');
    expect((await lab.get(URL_A)).body.toString()).toBe('third');
  });

  test('HEAD freshens what it describes, and what it contradicts is not used again (section 4.3.5)', async () => {
    const head = () => lab.ask(`HEAD ${URL_A} HTTP/1.1\r\nHost: a.test\r\n\r\n`, true);
    const described = { 'Cache-Control': 'max-age=10', ETag: '"1"', 'Content-Length': '5' };
    const changed = { 'Cache-Control': 'max-age=10', ETag: '"2"', 'Content-Length': '6' };
    lab.answer = inTurn(lab, [...first], [200, described], [200, changed], [200, described, 'third']);
    await stale();
    await head();
    expect((await lab.get(URL_A)).field('Cache-Status')).toContain('; hit;');
    lab.host.clock.advance(11_000);
    await head();
    expect((await lab.get(URL_A)).body.toString()).toBe('third');
  });
});

describe('a response to POST', () => {
  const post = () => lab.ask(`POST ${URL_A} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nx`);

  test('is stored for GET when it says that it is that (RFC 9110, section 9.3.3)', async () => {
    lab.answer = inTurn(lab, [200, { 'Cache-Control': 'max-age=10', 'Content-Location': '/page' }, 'made']);
    await post();
    expect((await lab.get(URL_A)).field('Cache-Status')).toContain('; hit;');
    await post();
    expect(lab.asked.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  test('that fails leaves the copy', async () => {
    lab.answer = inTurn(lab, [200, { 'Cache-Control': 'max-age=10' }, 'first'], [500, {}, 'no']);
    await lab.get(URL_A);
    await post();
    expect((await lab.get(URL_A)).field('Cache-Status')).toContain('; hit;');
  });

  test('makes what Location names go, on this origin alone', async () => {
    lab.answer = (request, response) =>
      request.method === 'POST'
        ? request
            .resume()
            .on('end', () =>
              say(lab, response, 201, { Location: '../other', 'Content-Location': 'http://b.test/kept' }),
            )
        : say(lab, response, 200, { 'Cache-Control': 'max-age=10' }, 'x');
    for (const url of ['http://a.test/other', 'http://b.test/kept']) await lab.get(url);
    await post();
    expect((await lab.state()).stored.map(({ key }) => key)).toEqual(['http://b.test/kept']);
  });
});

test('an unknown method passes, and makes the copy go', async () => {
  lab.answer = inTurn(lab, [200, { 'Cache-Control': 'max-age=10' }, 'first'], [200, {}, 'done']);
  await lab.get(URL_A);
  expect((await lab.ask(`M-SEARCH ${URL_A} HTTP/1.1\r\nHost: a.test\r\n\r\n`)).body.toString()).toBe('done');
  expect((await lab.state()).stored).toEqual([]);
});

test('a fresh response that is immutable answers a reload, and a stale one is asked about (RFC 8246)', async () => {
  lab.answer = inTurn(lab, [200, { 'Cache-Control': 'max-age=10, immutable' }, 'first']);
  await lab.get(URL_A);
  expect((await lab.get(URL_A, 'Cache-Control: max-age=0')).field('Cache-Status')).toContain('; hit;');
  lab.host.clock.advance(11_000);
  await lab.get(URL_A, 'Cache-Control: max-age=0');
  expect(lab.asked.length).toBe(2);
});

test('CDN-Cache-Control is for this cache, and passes on to the next (RFC 9213)', async () => {
  lab.answer = inTurn(lab, [200, { 'Cache-Control': 'no-store', 'CDN-Cache-Control': 'max-age=10' }, 'first']);
  await lab.get(URL_A);
  const hit = await lab.get(URL_A);
  expect([hit.field('Cache-Control'), hit.field('CDN-Cache-Control')]).toEqual(['no-store', 'max-age=10']);
  expect(hit.field('Cache-Status')).toContain('max-age=10 in CDN-Cache-Control');
  expect(lab.asked.length).toBe(1);
});

test('1xx responses are passed on as they come and leave nothing behind (RFC 9110, section 15.2)', async () => {
  const { RawClient } = await import('#shared/http/test/raw-client.ts');
  lab.answer = (_request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    setTimeout(() => say(lab, response, 200, { 'Cache-Control': 'max-age=10' }, 'page'), 10);
  };
  const client = await RawClient.open(lab.host.address, 3128);
  client.send(`GET ${URL_A} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  const hints = await client.response();
  expect([hints.status, hints.field('link')]).toEqual([103, '</a.css>; rel=preload']);
  expect((await client.response()).body.toString()).toBe('page');
  client.destroy();
  const hit = await lab.get(URL_A);
  expect([hit.status, hit.field('link')]).toEqual([200, undefined]);
});

test('24 max-stale does not hand out a cookie of somebody else', async () => {
  lab.answer = inTurn(lab, [200, { 'Cache-Control': 'max-age=10', 'Set-Cookie': 'id=1' }, 'mine']);
  await lab.get(URL_A);
  lab.host.clock.advance(11_000);
  lab.answer = inTurn(lab, [200, { 'Set-Cookie': 'id=2' }, 'yours']);
  expect((await lab.get(URL_A, 'Cache-Control: max-stale')).field('Set-Cookie')).toBe('id=2');
});
