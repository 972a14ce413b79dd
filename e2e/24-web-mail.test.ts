import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ImapFlow } from 'imapflow';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canCapture } from '#shared/host/test/kit/capture.ts';
import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { openBrowser } from './kit/browser.ts';
import { lab, now, reportsAfter, until } from './kit/lab-under-test.ts';
import { aliceSends, mailAtRest } from './kit/mail-agent.ts';
import { captureInLab } from './kit/workstation.ts';

/**
 * Alice and Bob have nothing but browsers. She writes at http://mail.crepes.fr, he reads at http://mail.hamburger.edu; between
 * their servers it is SMTP, and no browser ever speaks anything but HTTP.
 */

const CREPES = { url: 'http://mail.crepes.fr', address: `${lab.net}.20.1` };
const HAMBURGER = { url: 'http://mail.hamburger.edu', address: `${lab.net}.20.2` };
const PROXY = `${lab.net}.11.1`;
const [SMTP, HTTP] = [25, 80];
/** Everything by which a mail agent could speak with its server without HTTP. */
const AGENT_PORTS = [110, 143, 465, 587, 993, 995];
const ALBUM = new URL('../infra/hosts/www-someschool/www/www.someschool.edu/album/', import.meta.url);

let browser: Browser;
let alice: Page;
let bob: Page;
/** What a browser complained about: scripts that failed, and policies that were broken. */
const complaints: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  alice = await logIn(await openContext(), CREPES.url, 'alice', 'wonderland');
  bob = await logIn(await openContext(), HAMBURGER.url, 'bob', 'patty');
});

afterAll(() => browser.close());

function openContext(
  options: { javaScriptEnabled?: boolean; locale?: string; timezoneId?: string } = {},
): Promise<BrowserContext> {
  const { address, port } = lab.proxy;
  return browser.newContext({ proxy: { server: `http://${address}:${port}` }, locale: 'en-GB', ...options });
}

async function logIn(context: BrowserContext, url: string, user: string, password: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${url}/login`);
  await page.fill('input[name="user"]', user);
  await page.fill('input[name="password"]', password);
  await page.click('form button');
  await page.waitForURL(/\/folder\/INBOX$/);
  return page;
}

interface Written {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly files?: readonly string[];
  readonly isPage?: boolean;
}

/** Writes a letter and presses Send. */
async function write(page: Page, { to, subject, text, files = [], isPage = false }: Written): Promise<void> {
  await page.click('nav a[href="/compose"]');
  await page.fill('input[name="to"]', to);
  await page.fill('input[name="subject"]', subject);
  await page.fill('textarea[name="text"]', text);
  await page.setInputFiles(
    'input[name="file"]',
    [...files].map((file) => new URL(file, ALBUM).pathname),
  );
  if (isPage) await page.check('input[name="page"]');
  await page.click('button[value="send"]');
  await page.waitForURL(/\/sent\//);
}

/** Bob's inbox is open, and the message appears in it by itself; he opens it. */
async function bobOpens(subject: string): Promise<void> {
  if (!/\/folder\/INBOX$/.test(bob.url())) await bob.goto(`${HAMBURGER.url}/folder/INBOX`);
  const row = bob.locator('#messages a', { hasText: subject });
  await expect.poll(() => row.count()).toBe(1);
  await row.click();
  await bob.waitForURL(/\/folder\/INBOX\/\d+$/);
}

async function bobsFolders(): Promise<Map<string, number>> {
  const { address, port } = lab.hamburger.imap;
  const agent = new ImapFlow({
    host: address,
    port,
    secure: false,
    doSTARTTLS: false,
    logger: false,
    auth: { user: 'bob', pass: 'patty' },
  });
  await agent.connect();
  try {
    const folders = await agent.list({ statusQuery: { messages: true } });
    return new Map(folders.map(({ path, status }) => [path, status?.messages ?? 0]));
  } finally {
    await agent.logout();
  }
}

test('WBM-01, WBM-02, WBM-03, WBM-04, SMTP-01 from browser to browser: HTTP, SMTP, HTTP, and nothing else', async () => {
  const subject = `일곱 시에 크레프? ${randomUUID()}`;
  await bob.goto(`${HAMBURGER.url}/folder/INBOX`);
  await mailAtRest();
  const before = await now();
  const ports = [SMTP, HTTP, ...AGENT_PORTS].join(' or ');
  const capture = canCapture
    ? await captureInLab(`tcp and (host ${CREPES.address} or host ${HAMBURGER.address}) and port (${ports})`)
    : null;
  try {
    await write(alice, { to: 'bob@hamburger.edu', subject, text: '안녕, 밥.', files: ['01.jpg'] });
    await bobOpens(subject);
    expect(await bob.locator('.text').innerText()).toContain('안녕, 밥.');
    const way = await bob.locator('.way li').allInnerTexts();
    expect(way.map((stop) => stop.split('\n').filter((line) => /^(HTTP|ESMTP|mail\.|bob@)/.test(line)))).toEqual([
      [],
      ['HTTP', 'mail.crepes.fr'],
      ['ESMTP', 'mail.hamburger.edu'],
      ['bob@hamburger.edu'],
    ]);
    const packets = await capture?.until('the servers are done', (seen) =>
      seen.some(({ payload, to }) => to.port === SMTP && Buffer.from(payload).toString('latin1').startsWith('QUIT')),
    );
    if (packets !== undefined) expectOnlyHttpAndSmtp(packets);
  } finally {
    await capture?.stop();
  }
  // The click is a POST, and the cause of what the queue of her server then does.
  const reports = await until('the queue has told of the message', async () => {
    const seen = (await reportsAfter(before)).filter(({ host }) => host === 'mail-crepes');
    return seen.some(({ kind }) => kind === 'mail.queued') && seen;
  });
  const click = reports.find(({ kind, summary }) => kind === 'http.request' && summary === 'POST /compose');
  expect(click).toBeDefined();
  expect(reports.find(({ kind }) => kind === 'mail.queued')?.cause).toBe(click?.exchange);
});

function expectOnlyHttpAndSmtp(packets: readonly Packet[]): void {
  const opened = packets
    .filter(({ flags }) => flags.includes('SYN') && !flags.includes('ACK'))
    .map(({ from, to }) => `${from.address} to ${to.address}:${to.port}`);
  const web = opened.filter((one) => one.endsWith(`:${HTTP}`));
  // The browsers are behind the cache of their institution, which goes to port 80 for them.
  for (const one of web) expect(one).toMatch(new RegExp(`^${PROXY} to ${lab.net}\\.20\\.[12]:${HTTP}$`));
  expect(opened.filter((one) => !one.endsWith(`:${HTTP}`))).toEqual([
    `${CREPES.address} to ${HAMBURGER.address}:${SMTP}`,
  ]);
  const toAgents = packets.filter(({ from, to }) => AGENT_PORTS.includes(from.port) || AGENT_PORTS.includes(to.port));
  expect(toAgents).toEqual([]);
  const posted = packets.filter(({ to }) => to.address === CREPES.address && to.port === HTTP);
  expect(posted.some(({ payload }) => Buffer.from(payload).toString('latin1').startsWith('POST /compose'))).toBe(true);
}

test('MCMP-05, MCMP-06 the source shows 7-bit lines, what they say, and the picture that they carry', async () => {
  await bob.click('a[href$="/source"]');
  const source = bob.locator('.source');
  await expect.poll(() => source.innerText()).toContain('일곱 시에 크레프?');
  expect(await bob.locator('.facts').innerText()).toContain('octets are below 0x80');
  expect(await source.innerText()).toMatch(/\d+ octets became [\d,]+: 1\.3\d times as much/);
  expect(await source.locator('.eight').count()).toBe(0);
  const picture = source.locator('img');
  await expect
    .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
    .toBeGreaterThan(0);
  const { status, octets } = await bob.evaluate(
    async (path) => {
      const response = await fetch(path ?? '');
      return { status: response.status, octets: [...new Uint8Array(await response.arrayBuffer())] };
    },
    await picture.getAttribute('src'),
  );
  expect(status).toBe(200);
  expect(Buffer.from(octets)).toEqual(await readFile(new URL('01.jpg', ALBUM)));
});

test('MAIL-02 bob answers in his browser, and alice sees whose answer to what it is', async () => {
  const subject = `A question ${randomUUID()}`;
  await write(alice, { to: 'bob@hamburger.edu', subject, text: 'Crepes at seven?' });
  await bobOpens(subject);
  await bob.getByRole('link', { name: 'Reply', exact: true }).click();
  expect(await bob.inputValue('textarea[name="text"]')).toContain('> Crepes at seven?');
  await bob.click('button[value="send"]');
  await bob.waitForURL(/\/sent\//);
  await alice.goto(`${CREPES.url}/folder/INBOX`);
  const answer = alice.locator('#messages a', { hasText: `Re: ${subject}` });
  await expect.poll(() => answer.count()).toBe(1);
  await answer.click();
  await alice.waitForURL(/\/folder\/INBOX\/\d+$/);
  await alice.click('details.fields summary');
  const fields = await alice.locator('details.fields').innerText();
  const sent = /In-Reply-To\s+(<[^>]+>)/.exec(fields)?.[1];
  expect(sent).toMatch(/@crepes\.fr>$/);
  expect(fields).toMatch(new RegExp(`References\\s+${sent}`));
});

test('IMAP-03, IMAP-04 a folder is made, a message dragged onto it, and IMAP sees the same', async () => {
  const [folder, subject] = [`Trips ${Date.now()}`, `Seoul ${randomUUID()}`];
  await bob.goto(`${HAMBURGER.url}/folders`);
  await bob.fill('input[name="name"]', folder);
  await bob.click('button[value="create"]');
  await bob.waitForURL(/\/folder\/Trips/);
  await bob.goto(`${HAMBURGER.url}/folder/INBOX`);
  await write(alice, { to: 'bob@hamburger.edu', subject, text: 'x' });
  const row = bob.locator('#messages li', { hasText: subject });
  await expect.poll(() => row.count()).toBe(1);
  const before = await bobsFolders();

  await row.dragTo(bob.locator('#tree a', { hasText: folder }));
  await expect.poll(() => row.count()).toBe(0);
  expect(before.get(folder)).toBe(0);
  await expect.poll(async () => (await bobsFolders()).get(folder)).toBe(1);
  expect((await bobsFolders()).get('INBOX')).toBe((before.get('INBOX') ?? 0) - 1);
  await bob.click(`#tree a:has-text("${folder}")`);
  await expect.poll(() => row.count()).toBe(1);
});

test('a page with ten pictures travels as one message, and the browser asks for eleven objects', async () => {
  const subject = `The album ${randomUUID()}`;
  const pictures = Array.from({ length: 10 }, (_, index) => `${String(index + 1).padStart(2, '0')}.jpg`);
  await write(alice, { to: 'bob@hamburger.edu', subject, text: '', files: ['index.html', ...pictures], isPage: true });
  const asked: string[] = [];
  bob.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() === 200 && /\/html$|^\/picture\//.test(pathname)) asked.push(pathname);
  });
  await bobOpens(subject);
  await expect.poll(() => asked.length).toBe(11);
  expect(asked.filter((path) => path.startsWith('/picture/'))).toHaveLength(10);
  bob.removeAllListeners('response');
});

test('tabs that nobody looks at keep no connection: the eighth page opens like the first', async () => {
  const context = await openContext();
  // A browser without a screen says that all its tabs are seen.
  await context.addInitScript(() => {
    const page = globalThis as unknown as { document: object; isBehind?: boolean };
    Object.defineProperty(page.document, 'visibilityState', { get: () => (page.isBehind ? 'hidden' : 'visible') });
  });
  const turn = (page: Page, isBehind: boolean) =>
    page.evaluate((behind) => {
      const seen = globalThis as unknown as { document: EventTarget; isBehind?: boolean };
      seen.isBehind = behind;
      seen.document.dispatchEvent(new Event('visibilitychange'));
    }, isBehind);
  const first = await logIn(context, HAMBURGER.url, 'dave', 'pickles');
  await turn(first, true);
  for (let tabs = 2; tabs <= 8; tabs += 1) {
    const tab = await context.newPage();
    await tab.goto(`${HAMBURGER.url}/folder/INBOX`);
    await turn(tab, true);
  }
  const subject = `Behind the others ${randomUUID()}`;
  await write(alice, { to: 'dave@hamburger.edu', subject, text: 'x' });
  await turn(first, false);
  await expect.poll(() => first.locator('#messages a', { hasText: subject }).count()).toBe(1);
  await context.close();
});

test('times are those of the zone of the browser, and of UTC where there is no script', async () => {
  const [subject, timezoneId] = [`What time is it ${randomUUID()}`, 'Asia/Seoul'];
  await write(alice, { to: 'dave@hamburger.edu', subject, text: 'x' });
  const shown = async (javaScriptEnabled: boolean) => {
    const context = await openContext({ javaScriptEnabled, timezoneId });
    const page = await logIn(context, HAMBURGER.url, 'dave', 'pickles');
    const row = page.locator('#messages a', { hasText: subject });
    await until('the message is there', async () => {
      await page.goto(`${HAMBURGER.url}/folder/INBOX`);
      return (await row.count()) === 1;
    });
    const listed = await row.locator('time').innerText();
    await row.click();
    // The script has written the times by then.
    await page.waitForURL(/\/folder\/INBOX\/\d+$/);
    const date = page.locator('.meta time');
    const [iso, text] = [await date.getAttribute('datetime'), await date.innerText()];
    await context.close();
    return { listed, at: new Date(iso ?? ''), text };
  };
  const inZone = (at: Date, timeZone: string) =>
    at.toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit', timeZone });
  const [here, plain] = [await shown(true), await shown(false)];
  expect(here.text).toContain(`${inZone(here.at, timezoneId)} GMT+9`);
  expect(plain.text).toContain(`${inZone(plain.at, 'UTC')} UTC`);
  expect(here.listed).not.toBe(plain.listed);
});

test('Enter behind an address sends nothing yet', async () => {
  await alice.goto(`${CREPES.url}/compose`);
  await alice.fill('input[name="to"]', 'bob@hamburger.edu');
  const posted: string[] = [];
  const note = (request: { method(): string; url(): string }) => {
    if (request.method() === 'POST') posted.push(request.url());
  };
  alice.on('request', note);
  await alice.press('input[name="to"]', 'Enter');
  await alice.press('input[name="subject"]', 'Enter');
  // The page would be another one before this one could be read.
  expect(await alice.inputValue('input[name="to"]')).toBe('bob@hamburger.edu');
  await alice.waitForLoadState('networkidle').catch(() => {});
  alice.off('request', note);
  expect(posted).toEqual([]);
  expect(alice.url()).toBe(`${CREPES.url}/compose`);
});

test('without script everything works: the menu moves, the forms write, the pages turn', async () => {
  const plain = await logIn(await openContext({ javaScriptEnabled: false }), HAMBURGER.url, 'dave', 'pickles');
  const subject = `No script ${randomUUID()}`;
  await write(plain, { to: 'dave@hamburger.edu', subject, text: 'to myself' });
  await until('the message is there', async () => {
    await plain.goto(`${HAMBURGER.url}/folder/INBOX?q=${encodeURIComponent(subject)}&in=subject`);
    return (await plain.locator('#messages li').count()) === 1;
  });
  await plain.check('#messages input[name="uid"]');
  await plain.selectOption('#messages select[name="to"]', 'Trash');
  // The page that the form leads to: whoever goes on before it has come cuts the form off.
  const moved = plain.waitForResponse((answer) => answer.request().redirectedFrom()?.method() === 'POST');
  await plain.click('#messages button[value="move"]');
  await (await moved).finished();
  await plain.goto(`${HAMBURGER.url}/folder/Trash`);
  await plain.locator('#messages a', { hasText: subject }).click();
  expect(await plain.locator('.text').innerText()).toContain('to myself');
  await plain.context().close();
});

test('hostile HTML runs nothing, fetches nothing, and says what it would have fetched', async () => {
  const subject = `Prices ${randomUUID()} <script>document.title='owned'</script>`;
  const evil = 'http://evil.example';
  const html = [
    `<h1>Summer prices</h1><script>top.document.title='owned'</script><img src="${evil}/pixel.png" alt="logo">`,
    `<img src=x onerror="top.document.title='owned'"><svg onload="top.document.title='owned'"></svg>`,
    `<meta http-equiv="refresh" content="0;url=${evil}/refresh"><base href="${evil}/"><link rel="stylesheet" href="${evil}/style.css">`,
    `<style>@import "${evil}/import.css"; h1 { background: url(${evil}/css) } input[value^=a] { background: url(${evil}/a) }</style>`,
    `<p style="background:url(${evil}/inline)">x</p><iframe src="${evil}/frame"></iframe><form action="${evil}/form"><input value=abc></form>`,
    `<img src="/logout"><a href="javascript:top.document.title='owned'">click me</a>`,
  ].join('\n');
  await aliceSends({
    from: `"<img src=x onerror=alert(1)>" <alice@crepes.fr>`,
    to: 'bob@hamburger.edu',
    subject,
    html,
  });

  const asked: string[] = [];
  bob.on('request', (request) => asked.push(request.url()));
  bob.on('dialog', (dialog) => {
    asked.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  await bobOpens(subject.slice(0, 40));
  const frame = bob.frameLocator('iframe.html');
  await expect.poll(() => frame.locator('h1').innerText()).toBe('Summer prices');
  await frame.getByText('click me').click();
  await bob.waitForLoadState('networkidle').catch(() => {});

  expect(asked.filter((url) => !url.startsWith(`${HAMBURGER.url}/`))).toEqual([]);
  expect(asked.filter((url) => url.endsWith('/logout'))).toEqual([]);
  expect(await bob.title()).not.toBe('owned');
  expect(await bob.locator('h1').innerText()).toBe(subject);
  expect(await bob.locator('.blocked').innerText()).toContain(`${evil}/pixel.png`);
  bob.removeAllListeners('request');
  bob.removeAllListeners('dialog');
});

test('ERR-10, ERR-18 the page beside the Web is there in both languages; no page has broken its own policy', async () => {
  const names = { 'en-GB': 'Mail and the Web', 'ko-KR': '메일과 웹' };
  for (const [locale, title] of Object.entries(names)) {
    const page = await (await openContext({ locale })).newPage();
    await page.goto(`${CREPES.url}/mail-and-web`);
    expect(await page.locator('h1').innerText()).toBe(title);
    expect(await page.locator('table').innerText()).not.toContain('HTTPS');
    expect(await page.locator('.notes').innerText()).toContain('Internet Message Access Protocol');
    await page.context().close();
  }
  expect(complaints).toEqual([]);
});
