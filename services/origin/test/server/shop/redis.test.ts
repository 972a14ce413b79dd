import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from '#shared/host/test/kit/redis-server.ts';
import type { TestHost } from '#shared/host/test-host.ts';
import { openShopWorld, rowOf, ShopBrowser, type ShopWorld } from './shop-browser.ts';

/** The shop as it is in containers: its database is a real Redis. */
let server: RedisServer | undefined;
const worlds: ShopWorld[] = [];
const it = test.runIf(hasRedisServer);

async function open(suffix: string): Promise<ShopWorld> {
  const redis = server!.connect(1);
  const world = await openShopWorld(suffix, (host): TestHost => ({ ...host, redis }));
  worlds.push(world);
  return world;
}

beforeAll(async () => {
  if (hasRedisServer) server = await startRedisServer();
  else process.stdout.write('Not run: the shop over Redis, because this machine has no redis-server\n');
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
  await server?.stop();
});

it('what one program has written down, the next one knows: visitors, customers, sessions and orders', async () => {
  const world = await open('10.25');
  const customer = new ShopBrowser(world.host);
  await customer.signUp('Ada');
  const page = await customer.get('/goods/window-lamp');
  const number = /name="number" value="([^"]+)"/.exec(page.text)![1]!;
  await Promise.all(Array.from({ length: 5 }, () => customer.submit(page, '/orders', { item: 'window-lamp', number })));
  await world.running.stop();
  const next = await open('10.26');
  const same = new ShopBrowser(next.host);
  same.jar = customer.jar;
  expect((await same.get('/')).text).toContain('Welcome back, Ada.');
  expect(await rowOf(same)).toMatchObject({ isSignedIn: true, orders: [{ number }] });
});

it('requests of one visitor to two programs over one database are all written down', async () => {
  const [one, other] = [await open('10.27'), await open('10.28')];
  const visitor = new ShopBrowser(one.host);
  await visitor.get('/');
  const twin = new ShopBrowser(other.host);
  twin.jar = visitor.jar;
  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? visitor : twin).get('/goods/moon-bowl')));
  expect((await rowOf(visitor)).visitor.requests).toBe(21);
});

it('while Redis is away pages are 503 with the reason, and pictures and styles are as always', async () => {
  const world = await open('10.29');
  const visitor = new ShopBrowser(world.host);
  await visitor.get('/');
  await server!.crash();
  const away = await visitor.get('/');
  expect([away.status, away.field('Retry-After'), away.field('Set-Cookie')]).toEqual([503, '2', undefined]);
  expect(away.field('Cache-Control')).toBe('private, no-store');
  expect(away.text).toContain('The shop cannot reach its database');
  expect((await visitor.post('/basket', { item: 'moon-bowl' })).status).toBe(503);
  expect((await visitor.get('/lab/visitor.json')).status).toBe(503);
  expect((await visitor.get('/pictures/moon-bowl.svg')).status).toBe(200);
  expect((await visitor.get('/page/shop.css')).status).toBe(200);
  expect(world.running.health?.()).toMatch(/Redis does not answer\. Start the host redis/);
  expect(JSON.stringify(await world.running.state())).toContain('"visitors":null');
  await server!.startAgain();
  await expect.poll(async () => (await visitor.get('/')).text).toContain('Welcome back.');
  expect(world.running.health?.()).toBeNull();
});
