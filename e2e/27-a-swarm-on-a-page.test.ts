import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './kit/browser.ts';
import { lab, stateOf, until } from './kit/lab-under-test.ts';

/**
 * On stage: the lecture is fetched again, and the class sees which piece comes from whom, who lets whom fetch, and why; then how
 * long it would take with one server alone.
 */

const PEERS = ['peer-1', 'peer-2', 'peer-3', 'peer-4'] as const;

let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(`${lab.observatory}/p2p`);
});

afterAll(async () => {
  expect(faults).toEqual([]);
  await browser.close();
});

const cells = (peer: string) => page.locator(`tr:has(button:has-text("${peer}")) td.cell[data-state="have"]`);
const figure = (name: string) => page.locator(`[data-figure="${name}"] dd`).innerText();

test('P2P-04, BT-03 every piece of every peer is there, from the seed or from another peer', async () => {
  const again = page.getByRole('button', { name: 'Fetch it again' });
  await again.click();
  await expect.poll(() => again.isEnabled()).toBe(true);
  await until('every peer has the file', async () => {
    const states = await Promise.all(PEERS.map((peer) => stateOf<{ complete: boolean }>(peer)));
    return states.every(({ complete }) => complete);
  });
  const { pieces } = await stateOf<{ pieces: { total: number } }>('seed');
  for (const peer of PEERS) await expect.poll(() => cells(peer).count()).toBe(pieces.total);

  await expect.poll(() => page.locator('[data-figure="time"] dt').innerText()).toBe('Everybody has it after');
  const copies = async () => {
    const [seed = '', peers = ''] = await Promise.all(['seed', 'peers'].map(figure));
    return { fromSeed: Number.parseFloat(seed), fromPeers: Number.parseFloat(peers) };
  };
  // Rounded to two places, each of them.
  await expect
    .poll(async () => Object.values(await copies()).reduce((sum, share) => sum + share, 0))
    .toBeCloseTo(PEERS.length, 1);
  const { fromSeed, fromPeers } = await copies();
  expect(await figure('alone')).toBe('4 copies');
  expect(fromSeed).toBeGreaterThanOrEqual(1);
  expect(fromPeers).toBeGreaterThan(0);
});

test('BT-10 each choice of a piece has its reason, and can be looked at step by step', async () => {
  const current = page.locator('.entry[aria-current]');
  await page.locator('.entry', { hasText: 'the rarest that it has' }).first().click();
  await expect.poll(() => current.innerText()).toMatch(/asks for piece \d+\s+the rarest that it has: \d+ cop/);
  await expect.poll(() => page.locator('td.cell.focus').count()).toBe(1);

  const moment = await page.locator('.entry[aria-current] .when').innerText();
  const chosen = await current.innerText();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => current.innerText()).not.toBe(chosen);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => page.locator('.entry[aria-current] .when').innerText()).toBe(moment);
  await page.keyboard.press('Escape');
});

test('the list of what happened goes from the first entry to the last, and shows the moment that is chosen', async () => {
  await page.keyboard.press('Escape');
  const list = page.locator('.entries');
  const entries = page.locator('.entry');
  const scroll = (end: 'top' | 'bottom') =>
    list.evaluate((box, to) => box.scrollTo({ top: to === 'top' ? 0 : box.scrollHeight }), end);
  const seconds = async (which: 'first' | 'last') =>
    Number.parseFloat(((await entries[which]().locator('.when').textContent()) ?? '').replace('−', '-'));
  const last = await seconds('last');
  // More is drawn where one looks: after some turns there is nothing before, and nothing after.
  await until('the first entry is there', async () => {
    await scroll('top');
    return (await seconds('first')) <= 0;
  });
  await until('the last entry is there', async () => {
    await scroll('bottom');
    return (await seconds('last')) >= last;
  });

  const chart = await page.locator('#chart').boundingBox();
  if (chart === null) throw new Error('The chart is not there');
  // Forwards, and backwards over entries whose height nobody knows yet.
  for (const share of [0.3, 0.9, 0.1, 0.6, 0.2, 0.95, 0.5]) {
    await page.mouse.click(chart.x + chart.width * share, chart.y + chart.height / 2);
    const isInSight = () =>
      page.locator('.entry[aria-current]').evaluate((entry) => {
        const [item, box] = [entry.getBoundingClientRect(), entry.parentElement?.getBoundingClientRect()];
        return box !== undefined && item.top >= box.top - 1 && item.bottom <= box.bottom + 1;
      });
    await expect.poll(isInSight).toBe(true);
  }
  await page.keyboard.press('Escape');
});

test('BT-05, BT-09 the tracker knows the five members, and a peer tells its neighbours', async () => {
  await page.getByRole('tab', { name: 'Tracker' }).click();
  await expect.poll(() => page.locator('#tab-panel').innerText()).toContain("The tracker's set: 5 peers");
  await page.getByRole('button', { name: 'peer-2' }).first().click();
  await page.getByRole('tab', { name: 'peer-2' }).click();
  const panel = page.locator('#tab-panel');
  await expect.poll(() => panel.innerText()).toContain('Neighbours: 4');
  // Everybody has everything: nobody is given to because it is interested. What was decided is told of whom it was decided for.
  await expect.poll(() => panel.locator('.neighbours').innerText()).toContain('nothing wanted');
  await expect.poll(() => panel.locator('.neighbours').innerText()).not.toContain('it is interested');
  await expect
    .poll(() => panel.locator('.reasons').allInnerTexts())
    .toContainEqual(expect.stringMatching(/asks for piece \d+: (S seed|\d peer-\d)/));
});

test('P2P-07, P2P-08 the calculator draws both curves: for one peer they are equal, then P2P stays below its ceiling', async () => {
  await page.getByRole('link', { name: 'Distribution time' }).click();
  await page.getByRole('button', { name: 'Textbook figure' }).click();
  await expect.poll(() => page.locator('#bounds').innerText()).toContain('For 35 peers');
  await expect.poll(() => page.locator('[data-curve="client-server"] .value').innerText()).toContain('3.5 h');
  await expect.poll(() => page.locator('#curves').innerText()).toContain('P2P takes no longer than 60 min');
  await page.fill('input[name="peers"]', '1');
  await expect.poll(() => page.locator('#bounds .verdict').innerText()).toContain('Both take the same time');
});
