import { afterAll, beforeAll, expect, test } from 'vitest';
import { fieldLines } from '#shared/http/fields.ts';
import { openShopWorld, rowOf, ShopBrowser, type ShopWorld } from './shop-browser.ts';

let world: ShopWorld;
const browser = () => new ShopBrowser(world.host);

beforeAll(async () => {
  world = await openShopWorld('10.23');
});
afterAll(() => world.stop());

test('a basket is filled, changed and ordered, and is empty after that', async () => {
  const customer = browser();
  await customer.submit(await customer.get('/goods/moon-bowl'), '/basket', { item: 'moon-bowl' });
  const page = await customer.submit(await customer.get('/basket'), '/basket', { item: 'moon-bowl', pieces: '2' });
  expect([page.status, page.field('Location')]).toEqual([303, '/basket']);
  await customer.signUp('Basket');
  const basket = await customer.get('/basket');
  expect(basket.text).toContain('73.50');
  const number = /name="number" value="([^"]+)"/.exec(basket.text)![1]!;
  const ordered = await customer.submit(basket, '/orders', { number });
  expect([ordered.status, ordered.field('Location')]).toEqual([303, '/orders']);
  const row = await rowOf(customer);
  expect(row.orders).toMatchObject([{ lines: [{ item: 'moon-bowl', count: 3, cents: 2450 }] }]);
  expect(row.visitor.basket).toEqual([]);
  expect((await customer.get('/orders')).text).toContain('Moon Bowl');
});

test('one click orders, and the same form sent twice is one order, even at the same time', async () => {
  const customer = browser();
  await customer.signUp('Clicker');
  const page = await customer.get('/goods/window-lamp');
  const number = /name="number" value="([^"]+)"/.exec(page.text)![1]!;
  const fields = { item: 'window-lamp', number };
  const answers = await Promise.all(Array.from({ length: 8 }, () => customer.submit(page, '/orders', fields)));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(303));
  expect((await rowOf(customer)).orders).toHaveLength(1);
});

test('requests of one visitor at the same time are all written down', async () => {
  const visitor = browser();
  const page = await visitor.get('/goods/slow-kettle');
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      index % 2 === 0 ? visitor.get('/goods/moon-bowl') : visitor.submit(page, '/basket', { item: 'slow-kettle' }),
    ),
  );
  const row = (await rowOf(visitor)).visitor;
  expect(row.basket).toEqual([{ item: 'slow-kettle', count: 15 }]);
  expect(row.log).toHaveLength(31);
});

test('without a sign-in nothing is ordered', async () => {
  const visitor = browser();
  const page = await visitor.get('/goods/window-lamp');
  const answer = await visitor.submit(page, '/orders', { item: 'window-lamp', number: 'AAAAAAAAAAAA' });
  expect([answer.status, answer.field('Location')]).toEqual([303, '/sign-in?next=/orders']);
});

test('a customer is found again from another browser, and only with the password', async () => {
  const [home, away] = [browser(), browser()];
  await home.signUp('김하늘');
  const page = await home.get('/goods/window-lamp');
  const number = /name="number" value="([^"]+)"/.exec(page.text)![1]!;
  await home.submit(page, '/orders', { item: 'window-lamp', number });
  expect((await away.signIn('김하늘', 'not that one')).status).toBe(403);
  const into = await away.signIn('김하늘');
  expect([into.status, into.field('Location')]).toEqual([303, '/orders']);
  expect((await away.get('/orders')).text).toContain(number);
  expect((await away.get('/')).text).toContain('Welcome back, 김하늘.');
});

test('after signing out the visitor is recognised, and no longer believed', async () => {
  const customer = browser();
  await customer.signUp('Leaver');
  const left = await customer.submit(await customer.get('/'), '/sign-out', {});
  expect(fieldLines(left.fields, 'Set-Cookie')).toEqual([
    expect.stringMatching(/^visitor=/),
    expect.stringMatching(/^session=; Path=\/; Max-Age=0; Expires=Thu, 01 Jan 1970/),
  ]);
  expect(customer.cookie('session')).toBeUndefined();
  expect((await customer.get('/')).text).toContain('Welcome back, Leaver.');
  expect((await customer.get('/orders')).status).toBe(303);
});

test('a name is given once, and a form with faults comes back with each of them and without the password', async () => {
  await browser().signUp('Taken');
  expect((await browser().signUp(' taken ')).status).toBe(409);
  const other = browser();
  const page = await other.get('/sign-up');
  const refused = await other.submit(page, '/sign-up', { name: '  ', password: 'seven77', address: 'a\tb', next: '/' });
  expect(refused.status).toBe(400);
  expect(refused.text.match(/role="alert"/g)).toHaveLength(4);
  expect(refused.text).not.toContain('seven77');
});

test('the passwords of customers are in no report, no state and no page', async () => {
  await browser().signUp('Secretive', 'a very secret word');
  const told = JSON.stringify(world.host.reported) + JSON.stringify(await world.running.state());
  expect(told).not.toMatch(/a very secret word|scrypt/);
});

test('pages speak the language of the browser, or the one that was switched to', async () => {
  const visitor = browser();
  visitor.language = 'ko-KR,ko;q=0.9,en;q=0.5';
  const korean = await visitor.get('/');
  expect(korean.text).toContain('어서 오세요. 처음 오셨군요.');
  expect(korean.field('Content-Language')).toBe('ko');
  const switched = await visitor.get('/goods/moon-bowl?language=en');
  expect([switched.status, switched.field('Location')]).toEqual([303, '/goods/moon-bowl']);
  expect((await visitor.get('/goods/moon-bowl')).text).toContain('Moon Bowl');
});

test('HEAD brings the header lines of GET, and the documents of the site are still there', async () => {
  const visitor = browser();
  const head = await visitor.send('HEAD', '/goods/moon-bowl', [], '');
  expect(head.status).toBe(200);
  expect(Number(head.field('Content-Length'))).toBeGreaterThan(1000);
  expect(head.body).toHaveLength(0);
  expect((await visitor.get('/pictures/moon-bowl.svg')).field('Content-Type')).toBe('image/svg+xml');
  expect((await visitor.get('/goods/no-such-thing')).status).toBe(404);
  expect((await visitor.get('/.shop')).status).toBe(404);
});

test('state tells how many the shop knows, and nothing about them', async () => {
  await browser().get('/');
  const state = (await world.running.state()) as { shops?: Record<string, { visitors: number }> };
  expect(JSON.stringify(state)).toMatch(/"keptIn":"memory","visitors":\d+,"customers":\d+,"sessions":\d+/);
});
