import { afterAll, beforeAll, expect, test } from 'vitest';
import { fieldLines } from '#shared/http/fields.ts';
import { openShopWorld, rowOf, type Seen, SHOP, ShopBrowser, type ShopWorld } from './shop-browser.ts';

let world: ShopWorld;
const browser = () => new ShopBrowser(world.host);
const tokenOf = (page: Seen) => /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';

beforeAll(async () => {
  world = await openShopWorld('10.22');
});
afterAll(() => world.stop());

/** A request with a Cookie line of the attacker's choice. */
const asking = (cookie: string, path = '/') => browser().send('GET', path, [`Cookie: ${cookie}`], '');

test('fixation: an id that the shop has not given is never taken over, however it looks', async () => {
  for (const planted of ['A'.repeat(32), 'x', '', '../../etc/passwd', `${'A'.repeat(31)}=`, 'a'.repeat(4000)]) {
    const answer = await asking(`visitor=${planted}`);
    const set = fieldLines(answer.fields, 'Set-Cookie');
    expect(set).toHaveLength(1);
    expect(set[0]).toMatch(/^visitor=[A-Za-z0-9_-]{32};/);
    expect(set[0]).not.toContain(planted === '' ? 'visitor=;' : `visitor=${planted};`);
  }
});

test('fixation: whoever planted its own ids knows nothing after the victim has signed in, signed up or signed out', async () => {
  const attacker = browser();
  await attacker.get('/');
  const steps: readonly (readonly [string, (victim: ShopBrowser) => Promise<unknown>])[] = [
    ['sign-up', (victim) => victim.signUp('Victim')],
    ['sign-in', (victim) => victim.signIn('Victim')],
    ['sign-out', async (victim) => victim.submit(await victim.get('/'), '/sign-out', {})],
  ];
  for (const [name, step] of steps) {
    const planted = browser();
    planted.jar = attacker.jar;
    if (name === 'sign-out') {
      await planted.signIn('Victim');
      attacker.jar = planted.jar;
    }
    const before = { visitor: planted.cookie('visitor'), session: planted.cookie('session') };
    await step(planted);
    expect(planted.cookie('visitor'), name).not.toBe(before.visitor);
    expect((await attacker.get('/lab/visitor.json')).status, name).toBe(403);
    expect((await attacker.get('/orders')).status, name).toBe(303);
    attacker.jar = [];
    await attacker.get('/');
  }
});

test('a session is of one visitor: with the cookie of another visitor it opens nothing', async () => {
  const [victim, thief] = [browser(), browser()];
  await victim.signUp('Victim of theft');
  await thief.get('/');
  const session = `session=${victim.cookie('session')}`;
  expect((await asking(`visitor=${thief.cookie('visitor')}; ${session}`, '/orders')).status).toBe(303);
  expect((await asking(session, '/orders')).status).toBe(303);
  expect((await asking(`visitor=${victim.cookie('visitor')}; ${session}`, '/orders')).status).toBe(200);
  expect((await asking(`visitor=${victim.cookie('visitor')}`, '/orders')).status).toBe(303);
});

test('a session ends after half an hour without use and after twelve hours in any case, in lab time', async () => {
  const customer = browser();
  await customer.signUp('Sleepy');
  for (let hours = 0; hours < 23; hours += 1) {
    world.host.clock.advance(29 * 60_000);
    expect((await customer.get('/orders')).status, `${hours}`).toBe(200);
  }
  world.host.clock.advance(60 * 60_000);
  expect((await customer.get('/orders')).status).toBe(303);
  await customer.signIn('Sleepy');
  const begun = world.host.clock.now();
  while (world.host.clock.now() + 29 * 60_000 < begun + 12 * 3_600_000) {
    world.host.clock.advance(29 * 60_000);
    expect((await customer.get('/orders')).status).toBe(200);
  }
  world.host.clock.advance(29 * 60_000);
  expect((await customer.get('/orders')).status).toBe(303);
});

test('CSRF: a form without a token, with that of another visitor, or of before the sign-in does nothing', async () => {
  const [customer, other] = [browser(), browser()];
  const before = tokenOf(await customer.get('/basket').then(() => customer.get('/sign-in')));
  await customer.signUp('Careful');
  const foreign = tokenOf(await other.get('/sign-in'));
  for (const token of ['', 'x', before, foreign, `${before}x`])
    expect((await customer.post('/basket', { token, item: 'moon-bowl' })).status, token).toBe(403);
  expect((await customer.post('/basket', { item: 'moon-bowl' })).status).toBe(403);
  expect((await rowOf(customer)).visitor.basket).toEqual([]);
});

test('CSRF: the right token from a page of another site does nothing', async () => {
  const customer = browser();
  const page = await customer.get('/goods/moon-bowl');
  const body = `token=${tokenOf(page)}&item=moon-bowl`;
  const own = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
  const foreign = [
    'Origin: http://evil.test',
    'Origin: null',
    `Origin: https://${SHOP}`,
    `Origin: http://${SHOP}:8080`,
    `Origin: http://${SHOP}.evil.test`,
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
  ];
  for (const line of foreign)
    expect((await customer.send('POST', '/basket', [...own, line], body)).status, line).toBe(403);
  expect((await rowOf(customer)).visitor.basket).toEqual([]);
  expect((await customer.send('POST', '/basket', [...own, `Origin: http://${SHOP}`], body)).status).toBe(303);
});

test('guessing: five wrong passwords for a name, then the right one waits as well, by lab time', async () => {
  await browser().signUp('Guessed');
  const guesser = browser();
  for (let count = 0; count < 5; count += 1)
    expect((await guesser.signIn(count % 2 === 0 ? 'Guessed' : ' GUESSED ', `wrong ${count}`)).status).toBe(403);
  const late = await guesser.signIn('Guessed');
  expect(late.status).toBe(429);
  expect(Number(late.field('Retry-After'))).toBeGreaterThan(0);
  expect((await guesser.signIn('Nobody at all', 'x')).text).toContain('There is no customer');
  world.host.clock.advance(5 * 60_000);
  expect((await guesser.signIn('Guessed')).status).toBe(303);
});

test('guessing: a name that nobody has and a wrong password get the same answer', async () => {
  await browser().signUp('Somebody');
  const guesser = browser();
  const [known, unknown] = [
    await guesser.signIn('Somebody', 'wrong one'),
    await guesser.signIn('Nobodyx', 'wrong one'),
  ];
  const said = ({ text }: Seen) => /role="alert">([^<]+)</.exec(text)?.[1];
  expect([known.status, said(known)]).toEqual([unknown.status, said(unknown)]);
});

test('header injection: no line ends out of a form, and no way to another site', async () => {
  const customer = browser();
  const evil = 'x\r\nSet-Cookie: evil=1\r\n\r\n<script>';
  const page = await customer.get('/sign-up');
  const refused = await customer.submit(page, '/sign-up', {
    ...{ name: evil, password: 'correct horse', address: evil, next: evil },
  });
  expect(refused.status).toBe(400);
  expect(refused.head).not.toMatch(/evil/);
  for (const next of ['//evil.test/', 'http://evil.test/', '/orders\r\nX: 1']) {
    const form = await customer.get('/sign-up');
    const name = `Injector with ${next.replace(/\W/g, 'x')}`;
    const answer = await customer.submit(form, '/sign-up', { name, password: 'correct horse', address: 'x', next });
    expect(answer.field('Location'), next).toBe('/');
  }
});

test('XSS: what a customer is called is text wherever it is shown, and no page takes a script', async () => {
  const customer = browser();
  const name = `<script>alert(1)</script>"'&`;
  const page = await customer.get('/sign-up');
  const address = '"><img src=x onerror=alert(1)>';
  await customer.submit(page, '/sign-up', { name, password: 'correct horse', address, next: '/' });
  for (const path of ['/', '/orders', '/goods/moon-bowl', '/lab', '/basket']) {
    const { text, field } = await customer.get(path);
    expect(text, path).not.toMatch(/<script|<img src=x/);
    expect(field('Content-Security-Policy'), path).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
  }
  expect((await customer.get('/orders')).text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;');
  const hostile = await customer.send('GET', '/lab', ['Cookie: "><script>=<script>; x=</pre><script>'], '');
  expect(hostile.text).not.toContain('<script');
  const typed = await browser().signIn('<script>x</script>', 'wrong one');
  expect(typed.text).toContain('value="&#60;script&#62;x&#60;/script&#62;"');
});

test('oversized cookies: far too long a Cookie line is refused, a long one of strange names changes nothing', async () => {
  const visitor = browser();
  await visitor.get('/');
  const own = `visitor=${visitor.cookie('visitor')}`;
  const many = Array.from({ length: 100 }, (_, index) => `c${index}=${'x'.repeat(200)}`).join('; ');
  const answer = await asking(`${own}; ${many}`);
  expect(answer.text).toContain('Welcome back.');
  expect((await asking(`${own}; ${'x'.repeat(40_000)}`)).status).toBe(431);
});

test('duplicated cookies: two values of one name are both not believed, and nothing is written down', async () => {
  const [victim, attacker] = [browser(), browser()];
  await victim.get('/');
  await attacker.get('/');
  const [own, planted] = [victim.cookie('visitor'), attacker.cookie('visitor')];
  const { requests } = (await rowOf(attacker)).visitor;
  for (const line of [`visitor=${planted}; visitor=${own}`, `visitor=${own}; visitor=${planted}`]) {
    const answer = await asking(line, '/goods/moon-bowl');
    expect(answer.status).toBe(200);
    expect(fieldLines(answer.fields, 'Set-Cookie')).toEqual([]);
    expect((await asking(line)).text).toContain('several cookies of the same name');
    const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 14'];
    expect((await browser().send('POST', '/basket', [`Cookie: ${line}`, ...form], 'item=moon-bowl')).status).toBe(400);
  }
  expect((await rowOf(attacker)).visitor.requests).toBe(requests);
  expect((await asking(`visitor=${own}; visitor=${own}`)).text).toContain('Welcome back.');
});

test('cookies of other hosts and in other spellings say nothing', async () => {
  const visitor = browser();
  await visitor.get('/');
  const id = visitor.cookie('visitor');
  for (const line of [`Visitor=${id}`, `visitor2=${id}`, `xvisitor=${id}`, `__Host-visitor=${id}`, `visitor ${id}`])
    expect((await asking(line)).text, line).toContain('You are new here.');
});

test('forms that are none, too long, sent twice over, or sent with the wrong method are refused with the reason', async () => {
  const visitor = browser();
  const token = tokenOf(await visitor.get('/goods/moon-bowl'));
  const post = (path: string, type: string, body: string) =>
    visitor.send('POST', path, [`Content-Type: ${type}`, `Content-Length: ${body.length}`], body);
  const form = 'application/x-www-form-urlencoded';
  expect((await post('/basket', 'text/plain', `token=${token}&item=moon-bowl`)).status).toBe(400);
  expect((await post('/basket', form, `token=${token}&item=moon-bowl&item=slow-kettle`)).status).toBe(400);
  expect((await post('/basket', form, `token=${token}&item=${'x'.repeat(5000)}`)).status).toBe(413);
  expect((await post('/basket', form, `token=${token}&item=no-such-thing`)).status).toBe(400);
  expect((await post('/basket', form, `token=${token}&item=moon-bowl&pieces=1e9`)).status).toBe(400);
  expect((await post('/basket', form, `token=${token}&item=__proto__`)).status).toBe(400);
  const wrong = await post('/shelf/books', form, `token=${token}`);
  expect([wrong.status, wrong.field('Allow')]).toEqual([405, 'GET, HEAD']);
  const gotten = await visitor.get('/sign-out');
  expect([gotten.status, gotten.field('Allow')]).toEqual([405, 'POST']);
  expect((await rowOf(visitor)).visitor.basket).toEqual([]);
});

test('no cache may keep a page of the shop, and every cache may keep its pictures', async () => {
  const visitor = browser();
  for (const path of [
    '/',
    '/shelf/books',
    '/goods/moon-bowl',
    '/basket',
    '/sign-in',
    '/lab',
    '/lab/visitor.json',
    '/orders',
  ]) {
    const { field } = await visitor.get(path);
    expect([field('Cache-Control'), field('Vary')], path).toEqual(['private, no-store', 'Accept-Language, Cookie']);
  }
  const picture = await visitor.get('/pictures/moon-bowl.svg');
  expect([picture.status, picture.field('Cache-Control'), picture.field('Set-Cookie')]).toEqual([
    ...[200, 'public, max-age=86400', undefined],
  ]);
  const styles = /href="(\/page\/shop\.css\?v=[^"]+)"/.exec((await visitor.get('/')).text)![1]!;
  const css = await visitor.get(styles);
  expect([css.status, css.field('Cache-Control')]).toEqual([200, 'public, max-age=31536000, immutable']);
});
