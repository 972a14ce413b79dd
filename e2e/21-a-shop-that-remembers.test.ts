import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './kit/browser.ts';
import {
  act,
  lab,
  type Moment,
  now,
  reportsAfter,
  type SeenReport,
  startHost,
  stateOf,
  stopHost,
  until,
} from './kit/lab-under-test.ts';

/**
 * A browser that the shop has never seen looks around, becomes a customer, orders, and is forgotten. It goes through the
 * institution's cache, which must keep nothing of this for others.
 */

const SHOP = 'http://www.amazon.com';
const HOST = 'www-amazon';
const COOKIE = 'visitor';

let browser: Browser;
let context: BrowserContext;
let page: Page;
/** The id that the shop gave this browser first. */
let id = '';

beforeAll(async () => {
  browser = await openBrowser();
  const { address, port } = lab.proxy;
  context = await browser.newContext({ proxy: { server: `http://${address}:${port}` }, locale: 'en-GB' });
  page = await context.newPage();
  await act('proxy', 'purge');
});

afterAll(() => browser.close());

async function visitorCookie(): Promise<string> {
  const cookies = await context.cookies(SHOP);
  return cookies.find(({ name }) => name === COOKIE)?.value ?? '';
}

/** Requests that a host was told, since a moment, with the fields that came. */
async function askedOf(host: string, moment: Moment): Promise<readonly { summary: string; cookie: string }[]> {
  const fieldsOf = ({ message }: SeenReport) => (message as { fields: [string, string][] }).fields;
  return (await reportsAfter(moment))
    .filter((report) => report.host === host && report.kind === 'http.request')
    .map((report) => {
      const cookie = fieldsOf(report).find(([name]) => name.toLowerCase() === 'cookie');
      return { summary: report.summary, cookie: cookie?.[1] ?? '' };
    });
}

test('COK-02, COK-03, COK-05, COK-07 a stranger is greeted as one and gets an id; the browser notes it for this host', async () => {
  const answer = await page.goto(`${SHOP}/`);
  id = await visitorCookie();

  expect(await page.locator('h1').innerText()).toContain('new here');
  expect((await answer!.headersArray()).filter(({ name }) => name.toLowerCase() === 'set-cookie')).toHaveLength(1);
  expect(id).toMatch(/^[\w-]{32}$/);
  const [kept] = await context.cookies(SHOP);
  expect(kept).toMatchObject({ name: COOKIE, domain: 'www.amazon.com', path: '/', httpOnly: true, sameSite: 'Lax' });
});

test('COK-04, COK-08 from then on each request to the shop carries the id, and no request to another host', async () => {
  const before = await now();
  await page.goto(`${SHOP}/shelf/books`, { waitUntil: 'networkidle' });
  await page.goto(`${SHOP}/goods/lighthouse-almanac`, { waitUntil: 'networkidle' });
  await page.goto('http://www.someschool.edu/', { waitUntil: 'networkidle' });

  const shop = await until('the shop has told of two pages', async () => {
    const asked = (await askedOf(HOST, before)).filter(({ summary }) => / \/(shelf|goods)\//.test(summary));
    return asked.length >= 2 && asked;
  });
  for (const { cookie, summary } of shop) expect(cookie, summary).toContain(`${COOKIE}=${id}`);
  const school = await until('the school has told of its page', async () => {
    const asked = await askedOf('www-someschool', before);
    return asked.length > 0 && asked;
  });
  expect(school.map(({ cookie }) => cookie).filter((cookie) => cookie !== '')).toEqual([]);
});

test('COK-09, COK-10 the shop has noted which pages the visitor saw, and recommends from what was looked at', async () => {
  await page.goto(`${SHOP}/lab`);
  const log = await page.locator('#log').innerText();
  expect(log.indexOf('/goods/lighthouse-almanac')).toBeLessThan(log.indexOf('/shelf/books'));
  expect(log).toContain('/goods/lighthouse-almanac');

  await page.goto(`${SHOP}/`);
  const shown = await page.locator('main').innerText();
  expect(shown).toContain('Welcome back');
  expect(shown).toMatch(/Because you looked at/);
});

test('COK-02 a protected page asks who one is; a customer orders with one click', async () => {
  await page.goto(`${SHOP}/orders`);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await page.goto(`${SHOP}/sign-up`);
  await page.fill('input[name="name"]', `reader-${Date.now()}`);
  await page.fill('input[name="password"]', 'correct horse battery');
  await page.fill('input[name="address"]', '1 Campus Road');
  await page.locator('form[action="/sign-up"] button').click();
  await page.waitForURL((url) => url.pathname !== '/sign-up');
  // What the browser may do has changed: so has the id that it is known by.
  const known = await visitorCookie();
  expect(known).not.toBe(id);
  id = known;

  await page.goto(`${SHOP}/goods/slow-kettle`);
  await page.getByRole('button', { name: 'Order with one click' }).click();
  await page.waitForURL((url) => url.pathname === '/orders');
  expect(await page.locator('main').innerText()).toMatch(/1 Campus Road/);
});

test('the cache between them has kept the pictures for everybody, and no page of the visitor', async () => {
  const { stored } = await stateOf<{ stored: readonly { readonly key: string }[] }>('proxy');
  const kept = stored.map(({ key }) => key).filter((key) => key.startsWith(SHOP));

  expect(kept.filter((key) => key.includes('/pictures/')).length).toBeGreaterThan(0);
  expect(kept.filter((key) => /\/(shelf|goods|orders|basket|lab|sign)/.test(key) || key === `${SHOP}/`)).toEqual([]);
});

// With Redis what the shop knows outlasts its program; in one process it is kept as long as the program.
if (lab.form === 'containers') {
  test('the shop still knows the visitor after its program was stopped and started', async () => {
    await stopHost(HOST);
    await startHost(HOST);
    await until('the shop is open again', async () => (await page.goto(`${SHOP}/`))?.status() === 200);

    expect(await page.locator('main').innerText()).toContain('Welcome back');
    expect(await visitorCookie()).toBe(id);
  });
}

test('COK-06 when the row in the database is deleted, the same cookie is that of a stranger', async () => {
  await page.goto(`${SHOP}/lab`);
  expect(await page.locator('#row').innerText()).toContain(id);
  // The page that the form leads to: whoever goes on before it has come cuts the form off.
  const forgotten = page.waitForResponse((answer) => answer.request().redirectedFrom()?.url() === `${SHOP}/lab/forget`);
  await page.locator('form[action="/lab/forget"] button').click();
  await (await forgotten).finished();
  await context.clearCookies();
  await context.addCookies([{ name: COOKIE, value: id, url: SHOP }]);
  await page.goto(`${SHOP}/`);

  expect(await page.locator('h1').innerText()).toContain('new here');
  expect(await visitorCookie()).not.toBe(id);
});
