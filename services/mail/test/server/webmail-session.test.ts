import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, type MailWorld, mailCount, openMailWorld } from '../mail-world.ts';
import { WebBrowser } from '../web-browser.ts';

let world: MailWorld;
let browser: WebBrowser;

beforeAll(async () => {
  world = await openMailWorld(180, { crepes: { MESSAGE_OCTETS_MAX: '100000' } });
});

afterAll(() => world.end());

beforeEach(() => {
  browser = new WebBrowser(world.crepes.host.address);
});

test('the session cookie cannot be guessed, read by a script, or sent from elsewhere; each log-in has a new one', async () => {
  const page = await browser.logIn();
  expect(page.fields['set-cookie']).toEqual([
    expect.stringMatching(/^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
  ]);
  const first = browser.cookies.get('session');
  await browser.logIn();
  expect(browser.cookies.get('session')).not.toBe(first);
  const thief = new WebBrowser(world.crepes.host.address);
  expect((await thief.open('/folder/INBOX', { cookie: `session=${first}` })).fields.location).toBe('/login');
});

test('after a wrong password the user name need not be typed again; the password is in no page', async () => {
  const { status, html } = await browser.logIn({ user: 'alice"><b>', password: 'wunderland' });
  expect(status).toBe(401);
  expect(html).toContain('value="alice&#34;&#62;&#60;b&#62;"');
  expect(html).toMatch(/<input name="password"[^>]* autofocus>/);
  expect(html).not.toContain('wunderland');
});

test('every page has its policy, and none is kept', async () => {
  await browser.logIn();
  for (const path of ['/login', '/folder/INBOX', '/compose', '/folders', '/mail-and-web', '/nothing']) {
    const { fields } = await browser.open(path);
    expect(fields['content-security-policy'], path).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(fields).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  }
});

test('CSRF: a form without the token of its session, or from a page of elsewhere, does nothing', async () => {
  await browser.logIn();
  const letter = { to: 'bob@hamburger.edu', subject: 'x', text: 'x', act: 'send' };
  expect((await browser.submit('/compose', letter)).status).toBe(403);
  expect((await browser.upload('/compose', { ...letter, token: 'wrong' })).status).toBe(403);
  const token = await browser.token();
  expect((await browser.submit('/compose', { ...letter, token }, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await browser.submit('/compose', { ...letter, token }, { origin: 'null' })).status).toBe(403);
  expect((await browser.open('/folder/INBOX', { host: 'evil.example' })).status).toBe(403);
  for (const path of ['/logout', '/folders', '/folder/INBOX/change'])
    expect((await browser.submit(path, {})).status).toBe(403);
  const other = new WebBrowser(world.crepes.host.address);
  await other.logIn({ user: 'claire', password: 'fontaine' });
  expect((await other.submit('/compose', { ...letter, token })).status).toBe(403);
  expect(await mailCount(world.hamburger, 'bob')).toBe(0);
});

test('without a session, after logging out, and after a long silence there is only the log-in', async () => {
  for (const path of [
    '/folder/INBOX',
    '/folder/INBOX/1',
    '/folder/INBOX/1/raw',
    '/folder/INBOX/1/html',
    '/compose',
    '/folders',
    '/news',
  ])
    expect((await browser.open(path)).fields.location, path).toBe('/login');
  expect((await browser.logIn({ user: 'alice', password: 'wrong' })).status).toBe(401);
  await browser.logIn();
  expect((await browser.open('/folder/INBOX')).status).toBe(200);
  expect((await browser.submit('/logout', { token: await browser.token() })).fields.location).toBe('/login');
  expect((await browser.open('/folder/INBOX')).fields.location).toBe('/login');
  await browser.logIn();
  world.crepes.host.clock.advance(8_000_000);
  expect((await browser.open('/folder/INBOX')).fields.location).toBe('/login');
});

test('a wrong password waits as long here as at every other door', async () => {
  const slow = await openMailWorld(181, { crepes: { LOGIN_DELAY_MS: '200' } });
  try {
    const guesser = new WebBrowser(slow.crepes.host.address);
    const before = performance.now();
    expect((await guesser.logIn({ user: 'alice', password: 'guess' })).html).toContain('do not belong together');
    expect((await guesser.logIn({ user: 'nobody', password: 'guess' })).html).toContain('do not belong together');
    expect(performance.now() - before).toBeGreaterThanOrEqual(390);
  } finally {
    await slow.end();
  }
});

test.each([
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['/folder/INBOX\r\nset-cookie: x=1', '/'],
  ['javascript:alert(1)', '/'],
  ['/folder/INBOX?q=a%20b&page=2', '/folder/INBOX?q=a%20b&page=2'],
])('the switch of languages leads from %j to %j', async (back, location) => {
  expect((await browser.open(`/language/en?back=${encodeURIComponent(back)}`)).fields.location).toBe(location);
});

test('pages are in the language that was chosen, or that the browser prefers', async () => {
  await browser.logIn();
  expect((await browser.open('/folder/INBOX', { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.4' })).html).toContain(
    '받은 편지함',
  );
  await browser.open('/language/ko?back=%2F');
  expect((await browser.open('/mail-and-web', { 'accept-language': 'en' })).html).toContain('<html lang="ko">');
});

test('a form that is too large is refused, in words; one of a stranger is not even read', async () => {
  const huge = { filename: 'huge.bin', type: 'application/octet-stream', content: new Uint8Array(1_200_000) };
  await browser.logIn();
  const refused = await browser.upload('/compose', { token: await browser.token(), act: 'send' }, [huge]);
  expect([refused.status, refused.html.includes('This is too large')]).toEqual([413, true]);
  const large = { ...huge, content: new Uint8Array(150_000) };
  const letter = { to: 'bob@hamburger.edu', subject: 'x', text: 'x' };
  expect((await browser.send(letter, [large])).status).toBe(413);
  expect(await statusOfEndlessForm('/compose')).toBe(303);
  expect(await statusOfEndlessForm('/login')).toBe(413);
});

/** Sends the beginning of a form that never ends, without a session. */
function statusOfEndlessForm(path: string): Promise<number> {
  const headers = { host: 'mail.crepes.fr', 'content-type': 'multipart/form-data; boundary=b' };
  return new Promise((resolve, reject) => {
    const asking = request({ host: world.crepes.host.address, port: 80, method: 'POST', path, headers, agent: false });
    asking.on('error', reject);
    asking.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      asking.destroy();
    });
    asking.write('--b\r\n');
  });
}

test('pages that are not there say so', async () => {
  await browser.logIn();
  const paths = [
    '/nothing',
    '/folder/none',
    '/folder/..%2f..%2fetc',
    '/folder/INBOX/0',
    '/folder/INBOX/99',
    '/folder/INBOX/x',
  ];
  for (const path of [
    ...paths,
    '/folder/INBOX/99/source',
    '/folder/INBOX/99/part/1',
    '/folder/%ff',
    '/sent/UPPER',
    '/picture/a/b/INBOX/1/1',
  ])
    expect((await browser.open(path)).status, path).toBeGreaterThanOrEqual(400);
  const style = await browser.open('/webmail.css');
  expect(style.fields['content-type']).toBe('text/css; charset=utf-8');
  // Of what dresses the pages nothing is left out.
  const folder = new URL('../../src/page/style/', import.meta.url);
  for (const name of readdirSync(folder)) expect(style.html).toContain(readFileSync(new URL(name, folder), 'utf8'));
  expect((await browser.open('/webmail.js')).fields['content-type']).toBe('text/javascript; charset=utf-8');
});

test('ERR-10 the page that compares mail with the Web says HTTP, and notes that the seed says HTTPS', async () => {
  for (const language of ['en', 'ko']) {
    const { html } = await browser.open('/mail-and-web', { 'accept-language': language });
    expect(html).toContain('id="ERR-10"');
    const table = html.slice(html.indexOf('<table'), html.indexOf('</table>'));
    expect(table).toContain('HTTP');
    expect(table).not.toContain('HTTPS');
  }
});

test('ERR-18 the page gives IMAP the name that the RFC gives it', async () => {
  for (const language of ['en', 'ko']) {
    const { html } = await browser.open('/mail-and-web', { 'accept-language': language });
    expect(html.slice(html.indexOf('id="ERR-18"'))).toContain('Internet Message Access Protocol');
  }
});

test('another user sees other messages', async () => {
  await browser.logIn(ALICE);
  await browser.send({ to: 'claire@crepes.fr', subject: 'secret', text: 'secret' });
  const bob = new WebBrowser(world.hamburger.host.address, 'mail.hamburger.edu');
  await bob.logIn(BOB);
  expect((await bob.open('/folder/Sent/1')).status).toBe(404);
  const claire = new WebBrowser(world.crepes.host.address);
  await claire.logIn({ user: 'claire', password: 'fontaine' });
  expect((await claire.open('/folder/Sent/1')).status).toBe(404);
});
