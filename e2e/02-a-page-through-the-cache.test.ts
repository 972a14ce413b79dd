import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FetchedPage, fetchThrough } from './kit/http-client.ts';
import { act, advanceClock, lab, now, reportsAfter, type SeenReport, until } from './kit/lab-under-test.ts';

/**
 * A browser behind the institution's web cache asks for a page three times: the cache fetches it, then has it, then asks the
 * origin whether its copy is still good. Then the page changes at the origin, and the cache fetches it again.
 */

const URL_ = 'http://www.someschool.edu/cacheable.html';
const ORIGIN = 'www-someschool';
/** Longer than the object stays fresh (max-age=10), in milliseconds. */
const PAST_FRESHNESS_MS = 11_000;

beforeAll(async () => {
  await act(ORIGIN, 'restore', { host: 'www.someschool.edu', path: '/cacheable.html' });
  await act('proxy', 'purge', { url: URL_ });
});

afterAll(async () => {
  await act(ORIGIN, 'restore', { host: 'www.someschool.edu', path: '/cacheable.html' });
});

/** Fetches the page; gives it with what the origin answered meanwhile. */
async function visit(expectedAtOrigin: number): Promise<{ page: FetchedPage; origin: SeenReport[] }> {
  const before = await now();
  const page = await fetchThrough(lab.proxy, URL_);
  const origin = await until('the origin reports its answers, the proxy its own', async () => {
    const reports = await reportsAfter(before);
    const asked = reports.filter(({ host, summary }) => host === ORIGIN && summary.includes('/cacheable.html'));
    const exchanges = new Set(asked.map(({ exchange }) => exchange));
    const answers = reports.filter(
      ({ host, kind, exchange }) => host === ORIGIN && kind === 'http.response' && exchanges.has(exchange),
    );
    const served = reports.some(({ host, kind }) => host === 'proxy' && kind === 'http.response');
    return served && answers.length >= expectedAtOrigin && answers;
  });
  return { page, origin };
}

let first: FetchedPage;

test('CCH-06, CCH-07 the first visit is a miss: the cache asks the origin and keeps a copy', async () => {
  const { page, origin } = await visit(1);
  first = page;

  expect(page.status).toBe(200);
  expect(page.fields['cache-status']).toMatch(/fwd=uri-miss/);
  expect(origin.map(({ summary }) => summary)).toEqual([expect.stringContaining('200')]);
});

test('CCH-05 the second visit is a hit: the origin hears nothing, the bytes are the same', async () => {
  // Fresh for ten seconds: who comes too late is told that the copy is good, and then it is fresh again.
  const { page, origin } = await until('a visit while the copy is fresh', async () => {
    const seen = await visit(0);
    return /; hit/.test(seen.page.fields['cache-status'] ?? '') && seen;
  });

  expect(page.body).toBe(first.body);
  expect(origin).toEqual([]);
});

test('CGT-02, CGT-04 when freshness has ended the cache asks conditionally: 304, no body, and the copy serves again', async () => {
  await advanceClock(PAST_FRESHNESS_MS);
  const before = await now();
  const { page, origin } = await visit(1);

  expect(page.status).toBe(200);
  expect(page.body).toBe(first.body);
  expect(origin.map(({ summary }) => summary)).toEqual([expect.stringContaining('304')]);
  const asked = (await reportsAfter(before)).find(
    ({ host, kind, summary }) => host === ORIGIN && kind === 'http.request' && summary.includes('/cacheable.html'),
  );
  const fields = JSON.stringify(asked?.message).toLowerCase();
  expect(fields).toContain('if-modified-since');
  expect(fields).toContain('if-none-match');
  expect(fields).toContain(first.fields['last-modified']?.toLowerCase());
});

test('CGT-01 while a copy is fresh, a change at the origin is not seen', async () => {
  const document = { host: 'www.someschool.edu', path: '/cacheable.html' };
  const page = await until('a visit between the change and the end of freshness', async () => {
    await act(ORIGIN, 'restore', document);
    await act('proxy', 'purge', { url: URL_ });
    await fetchThrough(lab.proxy, URL_);
    await act(ORIGIN, 'edit', { ...document, text: '<!doctype html><title>new</title>' });
    const seen = await fetchThrough(lab.proxy, URL_);
    return /; hit/.test(seen.fields['cache-status'] ?? '') && seen;
  });

  expect(page.body).toBe(first.body);
});

test('CGT-03 after the object changed, the conditional GET brings the new one', async () => {
  await advanceClock(PAST_FRESHNESS_MS);
  const { page, origin } = await visit(1);

  expect(origin.map(({ summary }) => summary)).toEqual([expect.stringContaining('200')]);
  expect(page.body).toContain('new');
  expect(page.fields.etag).not.toBe(first.fields.etag);
});

test('DNS-06 the proxy looked the name up before it connected', async () => {
  await act('resolver', 'flush');
  await act('proxy', 'purge', { url: URL_ });
  const before = await now();
  await fetchThrough(lab.proxy, URL_);

  const { question, request } = await until('both are reported', async () => {
    const reports = await reportsAfter(before);
    const question = reports.find(
      ({ host, kind, cause }) => host === 'resolver' && kind === 'dns.query' && cause?.startsWith('proxy.'),
    );
    const request = reports.find(
      ({ host, kind, summary }) => host === ORIGIN && kind === 'http.request' && summary.includes('/cacheable.html'),
    );
    return question !== undefined && request !== undefined && { question, request };
  });
  expect(question.summary).toContain('www.someschool.edu');
  expect(question.at).toBeLessThan(request.at);
});

test('a host outside the lab is refused by the proxy, and nobody connects to it', async () => {
  const page = await fetchThrough(lab.proxy, 'http://127.0.0.1:9000/state');

  expect(page.status).toBe(403);
});
