import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openBrowser } from './kit/browser.ts';
import { ask } from './kit/dns-client.ts';
import { act, lab } from './kit/lab-under-test.ts';

/**
 * A student takes DNS apart: a reply bit by bit, with its compression pointers; then how a name is found, step by step,
 * and what the local DNS server has learnt by it.
 */

/** How long reports may take from the hosts to the page, in milliseconds. */
const ARRIVAL_MS = 60_000;

let browser: Browser;
let page: Page;
let faults: string[];

beforeAll(async () => {
  browser = await openBrowser();
});

beforeEach(async () => {
  page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  onTestFinished(() => page.close());
});

afterAll(() => browser.close());

/** Nothing is wider than the window, and no script of the page failed. */
async function expectInOrder(): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(faults).toEqual([]);
}

/** The bits view inside of `where`: every pointer that is drawn leads to a label, and lights it up. */
async function expectPointersDrawn(where: string): Promise<void> {
  const pointer = page.locator(`${where} button[data-points-to]`).first();
  await pointer.waitFor({ timeout: ARRIVAL_MS });
  const pointers = await page.locator(`${where} button[data-points-to]`).all();
  for (const each of pointers) {
    const offset = await each.getAttribute('data-points-to');
    expect(await page.locator(`${where} .chip[data-role="label"][data-offset="${offset}"]`).count()).toBe(1);
  }
  await expect.poll(() => page.locator(`${where} .pointer-lines > path[d]`).count()).toBe(pointers.length);
  await pointer.focus();
  const target = page.locator(`${where} .chip[data-offset="${await pointer.getAttribute('data-points-to')}"]`);
  expect(await target.getAttribute('class')).toContain('lit');
  expect(await page.locator(`${where} path.lit`).count()).toBe(1);
}

test('DNS-49, DNS-50 a query and its reply are drawn bit by bit: twelve octets of header, and the same identifier', async () => {
  // A name that nobody asked for before: there is one query, and one reply.
  const name = `bits-${Date.now()}.cnn.com`;
  await page.goto(lab.observatory);
  await ask(lab.resolver, name);
  await page.fill('#find', name);
  const ways = ['this machine → resolver', 'resolver → this machine'];
  const rows = page.locator('.row:not([hidden])');
  const ours = rows.filter({ hasText: name });
  // The list is filtered a moment after the last letter; until then a row may come to stand for another message.
  await expect
    .poll(async () => [
      (await rows.count()) - (await ours.count()),
      ...(await Promise.all(ways.map((way) => ours.filter({ hasText: way }).count()))),
    ])
    .toEqual([0, 1, 1]);
  const identifiers: string[] = [];
  for (const way of ways) {
    await ours.filter({ hasText: way }).click();
    // Once chosen, the view stays from one message to the next.
    if (identifiers.length === 0) await page.keyboard.press('b');
    await page.locator('#details .header-diagram').waitFor({ timeout: ARRIVAL_MS });
    const rows = await page.locator('#details .header-diagram tbody tr').allInnerTexts();
    expect(rows.map((text) => /ID|QR|[A-Z]{2}COUNT/.exec(text)?.[0])).toEqual([
      ...['ID', 'QR', 'QDCOUNT', 'ANCOUNT', 'NSCOUNT', 'ARCOUNT'],
    ]);
    identifiers.push(/ID\s+(\d+)/.exec(rows[0] ?? '')?.[1] ?? 'none');
    expect(await page.locator('#details .octet-rows .at').first().innerText()).toBe('12');
    await page.getByRole('button', { name: 'Close' }).click();
  }
  expect(identifiers[0]).toMatch(/^\d+$/);
  expect(identifiers[1]).toBe(identifiers[0]);
  await expectInOrder();
});

test('a name is walked to from the root, step by step, and a step shows its message with the pointers drawn', async () => {
  await page.goto(`${lab.observatory}/explain`);
  await page.fill('#name', 'www.amazon.com');
  await page.getByLabel('Walk it myself from the root').check();
  await page.getByRole('button', { name: 'Find it' }).click();

  await page.locator('.rungs li').first().waitFor();
  expect(await page.locator('.head b').allInnerTexts()).toEqual([
    ...['Client', 'Root server', 'TLD server', 'Authoritative server'],
  ]);
  expect(await page.locator('#result').innerText()).toContain('www.amazon.com. 300 IN A');
  const all = await page.locator('.rungs li').count();

  await page.keyboard.press('Home');
  expect(await page.locator('.rungs li:visible').count()).toBe(1);
  const said: string[] = [];
  for (let step = 2; step <= all; step += 1) {
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.rungs li:visible').count()).toBe(step);
    said.push(await page.locator('#detail h2').innerText());
    if (said.at(-1)?.startsWith('ask the servers of amazon.com')) await expectPointersDrawn('#detail');
  }
  const replies = said.filter((text) => /^(ask the servers|answer)/.test(text));
  expect(replies.map((text) => text.split(':', 1)[0])).toEqual([
    ...['ask the servers of com', 'ask the servers of amazon.com', 'answer', 'answer'],
  ]);
  await expectInOrder();
});

test('a name that was just asked for is answered from the cache: no server takes part, and the TTL that is left is told', async () => {
  await act('resolver', 'flush');
  await ask(lab.resolver, 'www.someschool.edu');
  await page.goto(`${lab.observatory}/explain?name=www.someschool.edu&type=A`);
  await page.locator('.rungs .hit').waitFor({ timeout: ARRIVAL_MS });
  expect(await page.locator('.head b').allInnerTexts()).toEqual(['Client', 'Local DNS server']);
  expect(await page.locator('.rungs .hit').innerText()).toMatch(/in the cache: [\d.]+, \d+ s left/);
  // Between two columns there is room for it; on the other side it would lie over the reason.
  const [said, why] = await Promise.all(
    ['.words', '.why'].map((part) => page.locator(`.rungs .hit ${part}`).boundingBox()),
  );
  expect((said?.x ?? 0) + (said?.width ?? 0)).toBeLessThan(why?.x ?? 0);

  await page.goto(lab.observatory);
  await page.locator('[data-host="resolver"]').click();
  const cached = page.locator('#host-panel tr', { hasText: 'www.someschool.edu.' });
  await cached.first().waitFor({ timeout: ARRIVAL_MS });
  await expectInOrder();
});

test('a type that there is none of is refused with a sentence', async () => {
  await page.goto(`${lab.observatory}/explain?name=cnn.com&type=NONSENSE`);
  await expect.poll(() => page.locator('#begin').innerText()).toMatch(/^No explanation: .*NONSENSE/);
  await expectInOrder();
});
