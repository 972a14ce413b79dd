import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  BOB,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  reportsOf,
  sendMail,
  untilMail,
} from '../mail-world.ts';

interface Page {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
  readonly html: string;
}

/** A browser, as far as the webmail needs one: cookies, forms, and no script. */
class Browser {
  readonly #address: string;
  readonly #cookies = new Map<string, string>();

  constructor(address: string) {
    this.#address = address;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  open(path: string, fields: Record<string, string> = {}): Promise<Page> {
    return this.#ask('GET', path, fields, null);
  }

  submit(path: string, form: Record<string, string>, fields: Record<string, string> = {}): Promise<Page> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#ask('POST', path, { ...type, ...fields }, new URLSearchParams(form).toString());
  }

  async logIn({ user, password }: { user: string; password: string }): Promise<Page> {
    return this.submit('/login', { user, password });
  }

  /** The token of the forms. */
  async token(): Promise<string> {
    return /name="token" value="([^"]+)"/.exec((await this.open('/compose')).html)?.[1] ?? '';
  }

  #ask(method: string, path: string, fields: Record<string, string>, body: string | null): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { host: 'mail.crepes.fr', ...(cookie === '' ? {} : { cookie }), ...fields };
    return new Promise((resolve, reject) => {
      const asking = request({ host: this.#address, port: 80, method, path, headers, agent: false }, (response) => {
        let html = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          html += piece;
        });
        response.on('end', () => {
          for (const set of response.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
            this.#cookies.set(name, value);
          }
          resolve({ status: response.statusCode ?? 0, fields: response.headers, html });
        });
      });
      asking.on('error', reject);
      asking.end(body ?? undefined);
    });
  }
}

let world: MailWorld;
let browser: Browser;

beforeEach(async () => {
  world = await openMailWorld(25);
  browser = new Browser(world.crepes.host.address);
});

afterEach(() => world.end());

async function arrives(data: string): Promise<void> {
  const client = await openSmtp(world.crepes);
  expect(await sendMail(client, 'bob@hamburger.edu', ['alice@crepes.fr'], data)).toMatch(/^250/);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
}

test('WBM-01 the agent is a browser that speaks HTTP with the mailbox', async () => {
  await arrives('From: Bob <bob@hamburger.edu>\r\nTo: alice@crepes.fr\r\nSubject: hello\r\n\r\nIs it 42?');
  expect((await browser.logIn(ALICE)).status).toBe(303);
  const inbox = (await browser.open('/inbox')).html;
  expect(inbox).toContain('<span class="sender">Bob</span>');
  expect(inbox).toContain('<span class="subject">hello</span>');
  expect((await browser.open('/message/1')).html).toContain('<div class="text">Is it 42?\n</div>');
  expect((await browser.open('/inbox')).html).toContain('class="seen"');
});

test('WBM-02 reading goes by HTTP: nothing speaks POP3 or SMTP with the browser', async () => {
  await arrives('Subject: hello\r\n\r\nhello');
  await reportsOf(world.crepes);
  world.crepes.host.reported.length = 0;
  await browser.logIn(ALICE);
  await browser.open('/message/1');
  const kinds = new Set((await reportsOf(world.crepes)).map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['http.request', 'http.response']));
});

test('WBM-03 sending from the browser goes by HTTP to the server', async () => {
  await browser.logIn(ALICE);
  const page = await browser.submit('/send', {
    token: await browser.token(),
    to: 'bob@hamburger.edu',
    subject: 'from a browser',
    text: 'hello',
  });
  expect(page.html).toContain('The message is on its way');
  await untilMail(world.hamburger, 'bob', 1);
  const fromBrowser = (await reportsOf(world.crepes)).filter(({ from }) => from?.address === '127.0.0.1');
  expect(new Set(fromBrowser.map(({ kind }) => kind))).toEqual(new Set(['http.request']));
  expect((await readMailbox(world.hamburger, BOB))[0]).toContain('by mail.crepes.fr with HTTP');
});

test('WBM-04 between the servers it is still SMTP', async () => {
  await browser.logIn(ALICE);
  await browser.submit('/send', { token: await browser.token(), to: 'bob@hamburger.edu', subject: 'x', text: 'x' });
  await untilMail(world.hamburger, 'bob', 1);
  const reports = await reportsOf(world.crepes);
  const posted = reports.find(({ summary }) => summary === 'POST /send');
  const queued = reports.find(({ kind }) => kind === 'mail.queued');
  expect(queued?.cause).toBe(posted?.exchange);
  const data = (await reportsOf(world.hamburger)).find(({ kind }) => kind === 'smtp.data');
  expect(data).toMatchObject({ from: { address: world.crepes.host.address }, to: { port: 25 } });
});

test('MAIL-02 the agent composes, reads, replies with its references, and forwards', async () => {
  await arrives(
    'From: Bob <bob@hamburger.edu>\r\nMessage-ID: <second@hamburger.edu>\r\nReferences: <first@crepes.fr>\r\nSubject: lunch\r\n\r\nNoon?',
  );
  await browser.logIn(ALICE);
  const reply = (await browser.open('/compose?reply=1')).html;
  expect(reply).toContain('value="bob@hamburger.edu"');
  expect(reply).toContain('value="Re: lunch"');
  expect(reply).toContain('&#62; Noon?');
  const hidden = (name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(reply)?.[1]?.replaceAll('&#60;', '<').replaceAll('&#62;', '>') ??
    '';
  const form = { token: await browser.token(), inReplyTo: hidden('inReplyTo'), references: hidden('references') };
  await browser.submit('/send', { ...form, to: 'bob@hamburger.edu', subject: 'Re: lunch', text: 'Yes.' });
  await untilMail(world.hamburger, 'bob', 1);
  const [letter = ''] = await readMailbox(world.hamburger, BOB);
  expect(letter).toContain('In-Reply-To: <second@hamburger.edu>');
  expect(letter).toContain('References: <first@crepes.fr> <second@hamburger.edu>');
  const forward = (await browser.open('/compose?forward=1')).html;
  expect(forward).toContain('value="Fwd: lunch"');
  expect(forward).toContain('Noon?');
});

test('MFMT-01 header fields are shown as keyword and value', async () => {
  await arrives('From: bob@hamburger.edu\r\nSubject: hello\r\nX-Folded: one\r\n two\r\n\r\nhello');
  await browser.logIn(ALICE);
  const { html } = await browser.open('/message/1');
  expect(html).toContain('<tr><th scope="row">X-Folded</th><td>one two</td></tr>');
  expect(html).toContain('<tr><th scope="row">Subject</th><td>hello</td></tr>');
});

test('Korean mail is read and written, on Korean pages', async () => {
  await arrives(
    'From: =?utf-8?B?67CU?= <bob@hamburger.edu>\r\nSubject: =?utf-8?B?7JWI64WV?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n66eM64KY7ISc',
  );
  await browser.logIn(ALICE);
  const korean = { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.4' };
  const inbox = (await browser.open('/inbox', korean)).html;
  expect(inbox).toContain('<html lang="ko">');
  expect(inbox).toContain('받은 편지함');
  expect(inbox).toContain('안녕');
  expect((await browser.open('/message/1', korean)).html).toContain('만나서');
  await browser.submit('/send', {
    token: await browser.token(),
    to: 'bob@hamburger.edu',
    subject: '점심 먹을까?',
    text: '네, 좋아요.',
  });
  await untilMail(world.hamburger, 'bob', 1);
  const [letter = ''] = await readMailbox(world.hamburger, BOB);
  expect(letter).not.toMatch(/[^\x00-\x7f]/);
  expect((await browser.open('/language/ko?back=%2Finbox')).fields.location).toBe('/inbox');
  expect((await browser.open('/inbox', { 'accept-language': 'en' })).html).toContain('<html lang="ko">');
});

test.each([
  ['//evil.example'],
  ['/\\evil.example'],
  ['https://evil.example'],
  ['/inbox\r\nset-cookie: x=1'],
  ['javascript:alert(1)'],
])('the switch of languages leads nowhere else: %j', async (back) => {
  expect((await browser.open(`/language/en?back=${encodeURIComponent(back)}`)).fields.location).toBe('/inbox');
});

test('what a message contains is text: no script of it runs, no mark-up of it counts', async () => {
  const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>"'&`;
  await arrives(
    `From: "${evil}" <bob@hamburger.edu>\r\nSubject: ${evil}\r\nX-${'a'}: ${evil}\r\nContent-Type: text/plain\r\n\r\n${evil}</div></textarea>`,
  );
  await browser.logIn(ALICE);
  for (const path of ['/inbox', '/message/1', '/compose?reply=1', '/compose?forward=1']) {
    const { html } = await browser.open(path);
    expect(html, path).toContain('&#60;script&#62;');
    expect(html, path).not.toMatch(/<script|<img|onerror=alert\(1\)>|<\/textarea>[^<]/);
  }
});

test('HTML mail is shown as its source, and refers to nothing', async () => {
  await arrives(
    'Subject: x\r\nContent-Type: text/html\r\n\r\n<h1>hi</h1><img src="http://evil.example/x.png"><meta http-equiv=refresh content="0;url=http://evil.example">',
  );
  await browser.logIn(ALICE);
  const { html, fields } = await browser.open('/message/1');
  expect(html).toContain('&#60;h1&#62;hi&#60;/h1&#62;');
  expect(html).not.toMatch(/<img|<meta http-equiv/);
  expect(fields['content-security-policy']).toBe(
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
});

test('the session cookie cannot be guessed, read by a script, or sent from elsewhere', async () => {
  const page = await browser.logIn(ALICE);
  expect(page.fields['set-cookie']).toEqual([
    expect.stringMatching(/^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
  ]);
  const other = new Browser(world.crepes.host.address);
  await other.logIn(ALICE);
  expect(other.cookies.get('session')).not.toBe(browser.cookies.get('session'));
});

test('a form without the token of its session, or from a page of elsewhere, does nothing', async () => {
  await browser.logIn(ALICE);
  const letter = { to: 'bob@hamburger.edu', subject: 'x', text: 'x' };
  expect((await browser.submit('/send', letter)).status).toBe(403);
  expect((await browser.submit('/send', { ...letter, token: 'wrong' })).status).toBe(403);
  const token = await browser.token();
  expect((await browser.submit('/send', { ...letter, token }, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await browser.open('/inbox', { host: 'evil.example' })).status).toBe(403);
  expect((await browser.submit('/logout', {})).status).toBe(403);
  expect(await mailCount(world.hamburger, 'bob')).toBe(0);
});

test('without a session, after logging out, and after a long silence there is only the log-in', async () => {
  expect((await browser.open('/message/1')).fields.location).toBe('/login');
  expect((await browser.logIn({ user: 'alice', password: 'wrong' })).status).toBe(401);
  await browser.logIn(ALICE);
  const token = await browser.token();
  expect((await browser.open('/inbox')).status).toBe(200);
  expect((await browser.submit('/logout', { token })).fields.location).toBe('/login');
  expect((await browser.open('/inbox')).fields.location).toBe('/login');
  await browser.logIn(ALICE);
  world.crepes.host.clock.advance(8_000_000);
  expect((await browser.open('/inbox')).fields.location).toBe('/login');
});

test('bob cannot read what alice has', async () => {
  await arrives('Subject: secret\r\n\r\nsecret');
  await browser.logIn({ user: 'claire', password: 'fontaine' });
  expect((await browser.open('/message/1')).status).toBe(404);
});

test.each([
  ['', 'Write at least one receiver'],
  ['bob', 'This is no mail address: bob'],
  ['nobody@crepes.fr', 'nobody@crepes.fr (550 5.1.1 No such user here)'],
  ['bob@hamburger.edu\r\nBcc: x@other.example', 'This is no mail address'],
])('a letter to %j is not sent, and keeps its text', async (to, sentence) => {
  await browser.logIn(ALICE);
  const page = await browser.submit('/send', { token: await browser.token(), to, subject: 'kept', text: 'also kept' });
  expect(page.status).toBe(422);
  expect(page.html).toContain(sentence);
  expect(page.html).toContain('value="kept"');
  expect(page.html).toContain('also kept');
});

test('a subject with line ends adds no header field', async () => {
  await browser.logIn(ALICE);
  await browser.submit('/send', {
    token: await browser.token(),
    to: 'bob@hamburger.edu',
    subject: 'x\r\nX-Evil: 1',
    text: 'x',
    inReplyTo: '<a@b>\r\nX-Evil: 2',
  });
  await untilMail(world.hamburger, 'bob', 1);
  expect((await readMailbox(world.hamburger, BOB))[0]).not.toMatch(/^X-Evil/m);
});

test('pages that are not there say so', async () => {
  await browser.logIn(ALICE);
  for (const path of ['/nothing', '/message/0', '/message/99', '/message/x', '/message/..%2f..%2fetc']) {
    expect((await browser.open(path)).status, path).toBe(404);
  }
  expect((await browser.open('/style.css')).fields['content-type']).toBe('text/css; charset=utf-8');
});
