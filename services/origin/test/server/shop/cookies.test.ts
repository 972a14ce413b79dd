import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatCookieFile } from '#shared/http/cookie-file.ts';
import { fieldLines } from '#shared/http/fields.ts';
import { openShopWorld, rowOf, SHOP, ShopBrowser, type ShopWorld } from './shop-browser.ts';

let world: ShopWorld;
const browser = () => new ShopBrowser(world.host);

beforeAll(async () => {
  world = await openShopWorld('10.21');
});
afterAll(() => world.stop());

test('COK-02 without a cookie a visitor is new, with one it is known, and orders are behind the sign-in', async () => {
  const stranger = browser();
  expect((await stranger.get('/')).text).toContain('You are new here.');
  expect((await stranger.get('/')).text).toContain('Welcome back.');
  const refused = await stranger.get('/orders');
  expect(refused).toMatchObject({ status: 303 });
  expect(refused.field('Location')).toBe('/sign-in?next=/orders');
  expect((await browser().get('/lab/visitor.json')).status).toBe(403);
  await stranger.signUp('Ada of COK-02');
  const allowed = await stranger.get('/orders');
  expect(allowed.status).toBe(200);
  expect(allowed.text).toContain('Ada of COK-02');
});

test('COK-03 the first response has a Set-Cookie line with a fresh id that nobody can guess, and the second has none', async () => {
  const ids = new Set<string>();
  for (let count = 0; count < 20; count += 1) {
    const visitor = browser();
    const lines = fieldLines((await visitor.get('/')).fields, 'Set-Cookie');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^visitor=[A-Za-z0-9_-]{32}; Path=\/; Max-Age=2592000; Expires=[A-Z][a-z]{2}, [^;]+ GMT; HttpOnly; SameSite=Lax$/,
    );
    ids.add(visitor.cookie('visitor')!);
    expect(fieldLines((await visitor.get('/')).fields, 'Set-Cookie')).toEqual([]);
  }
  expect(ids.size).toBe(20);
});

test('COK-04 the second request has a Cookie line with the id, and the shop shows both lines', async () => {
  const visitor = browser();
  expect((await visitor.get('/')).cookieLine).toBeNull();
  const second = await visitor.get('/lab');
  const id = visitor.cookie('visitor')!;
  expect(second.cookieLine).toBe(`visitor=${id}`);
  expect(second.text).toContain(`Set-Cookie: <mark>visitor=${id}</mark>; Path=/; Max-Age=2592000;`);
  expect(second.text).toContain(`Cookie: <mark>visitor=${id}</mark></pre>`);
});

test('COK-05 COK-07 on Set-Cookie the browser writes host and id into its file, and the shop can tell what stands there', async () => {
  const visitor = browser();
  const page = await visitor.get('/lab');
  const file = formatCookieFile(visitor.jar);
  expect(file).toMatch(
    new RegExp(`^#HttpOnly_${SHOP}\tFALSE\t/\tFALSE\t\\d+\tvisitor\t${visitor.cookie('visitor')}$`, 'm'),
  );
  expect(visitor.jar).toMatchObject([{ domain: SHOP, hostOnly: true, path: '/' }]);
  const shown = /<section class="panel" id="jar">[\s\S]*?<pre>([\s\S]*?)<\/pre>/.exec(page.text)?.[1];
  // Its times are those of the shop's clock, the browser's come a few milliseconds later.
  const untimed = (text = '') => text.replace(/\t\d{10}\t/, '\tTIME\t');
  expect(untimed(shown)).toBe(untimed(file));
});

test('COK-06 the database has a row with the id; deleted, the same cookie is that of a stranger', async () => {
  const visitor = browser();
  const page = await visitor.get('/lab');
  const id = visitor.cookie('visitor')!;
  expect((await rowOf(visitor)).visitor.id).toBe(id);
  expect(page.text).toContain(`<dt>id</dt><dd><mark>${id}</mark></dd>`);
  expect(await visitor.submit(page, '/lab/forget', {})).toMatchObject({ status: 303 });
  const unknown = await visitor.get('/lab/visitor.json');
  expect(unknown).toMatchObject({ status: 403, cookieLine: `visitor=${id}` });
  const next = await visitor.get('/lab');
  expect(next.cookieLine).toBe(`visitor=${id}`);
  expect(next.text).toContain('The database does not know this number.');
  expect(visitor.cookie('visitor')).not.toBe(id);
});

test('COK-08 from then on each request to that host has the id, and requests to other hosts have none', async () => {
  const visitor = browser();
  await visitor.get('/');
  const paths = ['/', '/shelf/books', '/goods/moon-bowl', '/pictures/moon-bowl.svg', '/no-such-page', '/orders'];
  for (const path of paths)
    expect((await visitor.get(path)).cookieLine, path).toBe(`visitor=${visitor.cookie('visitor')}`);
  for (const other of ['amazon.com', 'www.someschool.edu', 'evil.www.amazon.com'])
    expect((await visitor.send('GET', '/', [], '', other)).cookieLine, other).toBeNull();
});

test('COK-09 the log under the id has the pages in their order, with the times of the lab', async () => {
  const visitor = browser();
  const paths = ['/', '/shelf/garden', '/goods/long-can', '/basket', '/goods/long-can'];
  for (const path of paths) {
    await visitor.get(path);
    world.host.clock.advance(60_000);
  }
  const { log } = (await rowOf(visitor)).visitor;
  expect(log.map(({ method, path }) => `${method} ${path}`)).toEqual(paths.map((path) => `GET ${path}`));
  for (const [index, line] of log.slice(1).entries()) {
    expect(line.at - log[index]!.at).toBeGreaterThanOrEqual(60_000);
    expect(line.at - log[index]!.at).toBeLessThan(70_000);
  }
  const shown = (await visitor.get('/lab')).text;
  const rows = [...shown.matchAll(/<tr><td><time datetime="([^"]+)">[^<]+<\/time><\/td><td>GET ([^<]+)<\/td>/g)];
  expect(rows.map(([, , path]) => path)).toEqual(['/lab', ...paths.toReversed()]);
  expect(Date.parse(rows.at(-1)![1]!)).toBe(log[0]!.at);
});

test('COK-10 who has looked at a category is shown things of that category', async () => {
  const visitor = browser();
  expect((await visitor.get('/')).text).not.toContain('Because you looked at');
  await visitor.get('/shelf/light');
  const because = (text: string) =>
    /<section class="recommended" id="because">[\s\S]*?<\/section>/.exec(text)?.[0] ?? '';
  const goodsIn = (text: string) => [...text.matchAll(/href="\/goods\/([^"]+)"/g)].map(([, item]) => item);
  const light = ['window-lamp', 'rain-lantern', 'reading-moth', 'three-candles'];
  const home = because((await visitor.get('/')).text);
  expect(home).toContain('Because you looked at Light');
  expect(goodsIn(home)).toEqual(light);
  await visitor.get('/goods/rain-lantern');
  const next = because((await visitor.get('/')).text);
  expect(next).toContain('Because you looked at Rain Lantern');
  expect(goodsIn(next)).toEqual(light.filter((item) => item !== 'rain-lantern'));
});

test('COK-10 visitors with the same taste recommend to each other', async () => {
  for (let count = 0; count < 3; count += 1) {
    const other = browser();
    await other.get('/goods/slow-kettle');
    await other.get(count === 0 ? '/goods/moved-places' : '/goods/weather-rooster');
  }
  const visitor = browser();
  const page = await visitor.get('/goods/slow-kettle');
  const row = /<section class="recommended" id="like-you">[\s\S]*?<\/section>/.exec(page.text)?.[0] ?? '';
  expect([...row.matchAll(/href="\/goods\/([^"]+)"/g)].map(([, item]) => item)).toEqual([
    'weather-rooster',
    'moved-places',
  ]);
  expect(row).toContain('2 of 4 who looked at Slow Kettle looked at this too');
});

test('a visitor who does not come back is forgotten after thirty days of lab time, one who comes gets the cookie renewed', async () => {
  const [gone, faithful] = [browser(), browser()];
  await gone.get('/');
  await faithful.get('/');
  const id = faithful.cookie('visitor');
  world.host.clock.advance(16 * 86_400_000);
  expect(fieldLines((await faithful.get('/')).fields, 'Set-Cookie')).toEqual([
    expect.stringContaining(`visitor=${id};`),
  ]);
  world.host.clock.advance(15 * 86_400_000);
  expect((await faithful.get('/')).text).toContain('Welcome back.');
  const stale = await gone.send('GET', '/', [`Cookie: visitor=${gone.jar[0]?.value}`], '');
  expect(stale.text).toContain('You are new here.');
});
