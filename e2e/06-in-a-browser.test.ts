import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './kit/browser.ts';
import { ask } from './kit/dns-client.ts';
import { lab, until } from './kit/lab-under-test.ts';
import { fetchMaildrop } from './kit/pop3-client.ts';

/**
 * A student's browser: with the lab's proxy it visits the school and both webmails by name; without it, it watches the
 * observatory while somebody asks for a name.
 */

let browser: Browser;
let pages: Page;

beforeAll(async () => {
  browser = await openBrowser();
  const { address, port } = lab.proxy;
  const context = await browser.newContext({ proxy: { server: `http://${address}:${port}` }, locale: 'ko-KR' });
  pages = await context.newPage();
});

afterAll(() => browser.close());

/** Logs a user in at the webmail of a domain; leaves the page at the inbox. */
async function logIn(host: string, user: string, password: string): Promise<void> {
  await pages.goto(`http://${host}/`);
  await pages.fill('input[name="user"]', user);
  await pages.fill('input[name="password"]', password);
  await pages.click('form button');
  await pages.waitForURL(/\/folder\/INBOX$/);
}

test('ARC-10, WEB-03 the browser visits the school by name: a page and the ten pictures that it names', async () => {
  const pictures: number[] = [];
  pages.on('response', (response) => {
    if (response.request().resourceType() === 'image') pictures.push(response.status());
  });
  const answer = await pages.goto('http://www.someschool.edu/album/');

  expect(answer?.status()).toBe(200);
  await expect.poll(() => pictures.length).toBe(10);
  expect(new Set(pictures)).toEqual(new Set([200]));
});

test('WBM-01, WBM-03 alice writes in her browser, and bob has the message', async () => {
  const subject = `Webmail ${Date.now()}`;
  await logIn('mail.crepes.fr', 'alice', 'wonderland');
  await pages.click('a[href*="compose"]');
  await pages.fill('input[name="to"]', 'bob@hamburger.edu');
  await pages.fill('input[name="subject"]', subject);
  await pages.fill('textarea[name="text"]', '일곱 시에 크레프?');
  await pages.getByRole('button', { name: '보내기' }).click();
  await pages.waitForURL(/\/sent\//);

  await until('bob has the message', async () => {
    const messages = await fetchMaildrop(lab.hamburger.pop3, 'bob', 'patty');
    return messages.some((lines) => lines.includes(`Subject: ${subject}`));
  });
  await logIn('mail.hamburger.edu', 'bob', 'patty');
  await pages.getByText(subject).first().click();
  await expect.poll(() => pages.locator('body').innerText()).toContain('일곱 시에 크레프?');
});

test('the observatory shows a question of DNS as it happens, with its reason', async () => {
  const page = await browser.newPage({ locale: 'en-GB' });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(lab.observatory);
  await expect.poll(() => page.locator('[data-host="resolver"]').count()).toBe(1);
  // Whatever else goes on in the lab: the list shows as much as is in sight.
  await page.fill('#find', 'www.umass.edu');
  await ask(lab.resolver, 'www.umass.edu');

  await expect.poll(() => page.locator('body').innerText()).toContain('www.umass.edu A?');
  expect(faults).toEqual([]);
  await page.close();
});
