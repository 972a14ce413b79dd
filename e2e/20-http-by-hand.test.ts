import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from './kit/browser.ts';
import { lab, startHost, stopHost, until } from './kit/lab-under-test.ts';
import { onWorkstation } from './kit/workstation.ts';

/**
 * A student types what a browser would say: with netcat on the workstation, with curl, and on the page of the observatory that
 * takes every message apart.
 */

const SITE = 'www.someschool.edu';
/** The request of the notes, section 2.2.3. */
const REQUEST = [
  'GET /somedir/page.html HTTP/1.1',
  `Host: ${SITE}`,
  'Connection: close',
  'User-agent: Mozilla/5.0',
  'Accept-language: fr',
  ...['', ''],
].join('\r\n');

/** What the school's web server says to octets that are typed on the workstation; it ends when the server closes. */
const say = (octets: string) => onWorkstation(['nc', '-w', '100', SITE, '80'], octets);

test('FMT-01, FMT-02, FMT-13 the request of the notes is answered; lines end with CR LF, and after Connection: close it is over', async () => {
  const answer = await say(REQUEST);
  const [head = ''] = answer.split('\r\n\r\n');

  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).toMatch(/^Connection: close\r?$/m);
  expect(head.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test('FMT-21, FMT-22, FMT-23 what the server does not understand is 400, what it does not have 404, another HTTP 505', async () => {
  expect(await say('hello, server\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(await say(`GET /nothing HTTP/1.1\r\nHost: ${SITE}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  expect(await say(`GET / HTTP/9.9\r\nHost: ${SITE}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 505 /);
});

test('FMT-10, FMT-11 a file is put on the server, outlives its restart, and is deleted', async () => {
  const url = `http://${SITE}/files/note-${Date.now()}.txt`;
  const text = 'kept by the server\n';
  const curl = (...options: string[]) =>
    onWorkstation(['curl', '--silent', '--output', '-', '--write-out', '%{http_code}', ...options, url], text);

  expect(await curl('--upload-file', '-')).toMatch(/201$/);
  expect(await curl()).toBe(`${text}200`);
  await stopHost('www-someschool');
  await startHost('www-someschool');
  await until('the server is back', async () => (await curl()) === `${text}200`);
  expect(await curl('--upload-file', '-')).toMatch(/20[04]$/);
  expect(await curl('--request', 'DELETE')).toMatch(/2\d\d$/);
  expect(await curl()).toMatch(/404$/);
});

test('FMT-20 the old URL leads to the new one: two requests, and curl ends there', async () => {
  const written = ['--write-out', '%{num_redirects} %{http_code} %{url_effective}', '--output', '/dev/null'];
  const told = await onWorkstation(['curl', '--silent', '--location', ...written, `http://${SITE}/old.html`]);

  expect(told).toBe(`1 200 http://${SITE}/somedir/page.html`);
});

describe('on the page of the observatory', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(() => browser.close());

  /** What each example is answered with, by its name on the page. */
  const STATUSES: readonly (readonly [name: string, ...statuses: string[]])[] = [
    ['the request of section 2.2.3', '200'],
    ['keep the connection', '200'],
    ['two at once', '200', '200'],
    ['another site, same server', '200'],
    ['the sample response', '200'],
    ['HEAD', '200'],
    ['OPTIONS', '204'],
    ['PUT', '201'],
    ['GET it back', '200'],
    ['DELETE', '204'],
    ['301', '301'],
    ['404', '404'],
    ['400: no Host', '400'],
    ['400: garbage', '400'],
    ['505', '505'],
    ['LF alone', '400'],
    ['conditional GET', '304'],
    ['a part', '206'],
    ['ask the cache', '200'],
    ['only if stored', '200'],
  ];

  test('each example does what its name says, and its answer is taken apart', async () => {
    const page = await browser.newPage({ locale: 'en-GB' });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`${lab.observatory}/http`);
    const examples = page.locator('button.example');
    expect(await examples.allInnerTexts()).toEqual(STATUSES.map(([name]) => name));

    for (const [place, [name, ...statuses]] of STATUSES.entries()) {
      await examples.nth(place).click();
      // The newest exchange stands first; the page keeps a dozen.
      const newest = page.locator('#said article').first();
      await expect
        .poll(() => newest.locator('.message.response .status').allInnerTexts(), { message: name })
        .toEqual(statuses);
      await page.locator('#said').evaluate((said) => said.replaceChildren());
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  test('FMT-14 pointing at a field tells what it means', async () => {
    const page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(`${lab.observatory}/http`);
    await page.locator('button.example').first().click();
    await page.locator('.message.response .name', { hasText: 'Date' }).hover();

    await expect
      .poll(() => page.locator('#about-text').innerText())
      .toMatch(/^Date When this response was made and sent/);
    await page.close();
  });
});
