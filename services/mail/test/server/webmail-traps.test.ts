import { request } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AccountFolders } from '../../src/store/account-folders.ts';
import { FilePieces } from '../../src/store/file-pieces.ts';
import { openImap } from '../imap-client.ts';
import { ALICE, type MailWorld, mailCount, openMailWorld, openSmtp, sendMail, untilMail } from '../mail-world.ts';
import { hidden, listed, WebBrowser } from '../web-browser.ts';

/** What goes wrong without anybody attacking, or with somebody who does: second clicks, strange names, foreign cookies. */

let world: MailWorld;
let browser: WebBrowser;

beforeEach(async () => {
  world = await openMailWorld(185);
  browser = new WebBrowser(world.crepes.host.address);
  await browser.logIn();
});

afterEach(() => world.end());

/** Gives the UID of the message. */
async function arrives(data: string): Promise<number> {
  const client = await openSmtp(world.crepes);
  expect(await sendMail(client, 'bob@hamburger.edu', ['alice@crepes.fr'], data)).toMatch(/^250/);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
  return listed((await browser.open('/folder/INBOX')).html)[0] ?? 0;
}

/** What the form of a page to write on has, hidden fields included. */
async function composeForm(path = '/compose'): Promise<Record<string, string>> {
  const { html } = await browser.open(path);
  return Object.fromEntries(['token', 'letter', 'draft'].map((name) => [name, hidden(html, name)]));
}

test('a double click on Send is one letter; the same words on another page are another one', async () => {
  const letter = { ...(await composeForm()), act: 'send', to: 'alice@crepes.fr', subject: 'once', text: 'x' };
  const pages = await Promise.all([browser.upload('/compose', letter), browser.upload('/compose', letter)]);
  const again = await browser.upload('/compose', letter);
  expect(new Set([...pages, again].map(({ fields }) => fields.location)).size).toBe(1);
  expect(pages[0]?.fields.location).toMatch(/^\/sent\//);
  const changed = await browser.upload('/compose', { ...letter, text: 'y' });
  const other = await browser.upload('/compose', { ...letter, ...(await composeForm()) });
  await untilMail(world.crepes, 'alice', 3);
  expect(await mailCount(world.crepes, 'alice')).toBe(3);
  expect(new Set([pages[0], changed, other].map((page) => page?.fields.location)).size).toBe(3);
});

test('a letter that was refused can be sent again as it is', async () => {
  const letter = { ...(await composeForm()), act: 'send', to: 'nobody@crepes.fr', subject: 's', text: 'x' };
  expect((await browser.upload('/compose', letter)).status).toBe(422);
  expect((await browser.upload('/compose', letter)).status).toBe(422);
});

test('a message that is HTML alone is answered, passed on and gone on with by its words', async () => {
  const uid = await arrives(
    'Subject: x\r\nFrom: bob@hamburger.edu\r\nContent-Type: text/html\r\n\r\n<p>Crepes at <b>seven</b>?',
  );
  expect((await browser.open(`/compose?reply=${uid}&folder=INBOX`)).html).toContain('&#62; Crepes at seven?');
  expect((await browser.open(`/compose?forward=${uid}&folder=INBOX`)).html).toContain('Crepes at seven?');
});

test('a reply goes to the one who wrote, also when a comma stands in the quotes of the address', async () => {
  const uid = await arrives('Subject: x\r\nFrom: "claire@crepes.fr, x"@evil.example\r\n\r\nx');
  const { html } = await browser.open(`/compose?reply=${uid}&folder=INBOX`);
  expect(hidden(html, 'to')).toBe('"claire@crepes.fr, x"@evil.example');
});

test('what was typed and is no address stays in the form when the draft is kept', async () => {
  const page = await browser.upload('/compose', {
    ...(await composeForm()),
    act: 'keep',
    to: 'bob@hamburger.edu, the other one',
    text: 'x',
  });
  expect(page.status).toBe(422);
  expect(page.html).toContain('This is no mail address: the other one');
  expect(page.html).toContain('The draft is kept in Drafts.');
  expect(hidden(page.html, 'to')).toBe('bob@hamburger.edu, the other one');
  const [uid] = listed((await browser.open('/folder/Drafts')).html);
  expect(hidden(page.html, 'draft')).toMatch(new RegExp(`^\\d+\\.${uid}/Drafts$`));
});

/** The fields of a form by which it goes on with a message. */
function placesIn(html: string): Record<string, string> {
  const keep = /name="keep" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const fields = ['token', 'letter', 'draft', 'original'].map((name) => [name, hidden(html, name)]);
  return { ...Object.fromEntries(fields), ...(keep === '' ? {} : { keep }) };
}

test('a draft whose folder was made anew takes no file from the new one, and removes nothing there', async () => {
  const imap = await openImap(world.crepes, ALICE);
  const note = (name: string) => ({ filename: name, type: 'text/plain', content: Buffer.from(name) });
  const draft = { to: 'alice@crepes.fr', subject: 'mine', text: 'my words' };
  await browser.upload('/compose', { ...(await composeForm()), act: 'keep', ...draft }, [note('mine.txt')]);
  const [uid] = listed((await browser.open('/folder/Drafts')).html);
  const form = placesIn((await browser.open(`/compose?draft=${uid}`)).html);
  expect([await imap.reply('DELETE Drafts'), await imap.reply('CREATE Drafts')].join()).toMatch(/^OK.*,OK/);
  await browser.upload('/compose', { ...(await composeForm()), act: 'keep', subject: 'other' }, [note('other.txt')]);
  expect(listed((await browser.open('/folder/Drafts')).html)).toEqual([uid]);

  const discarded = await browser.upload('/compose', { ...form, act: 'discard' });
  expect([discarded.status, discarded.html.includes('The folder has changed')]).toEqual([409, true]);
  const refused = await browser.upload('/compose', { ...form, ...draft, act: 'send' });
  expect([refused.status, refused.html.includes('The folder has changed. It was made anew')]).toEqual([422, true]);
  expect(refused.html).toContain('my words</textarea>');
  expect(refused.html).not.toContain('other.txt');
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
  const sent = await browser.upload('/compose', { ...placesIn(refused.html), ...draft, act: 'send' });
  expect(sent.fields.location).toMatch(/^\/sent\//);
  expect(listed((await browser.open('/folder/Drafts')).html)).toEqual([uid]);
  imap.line.drop();
});

test('a reply marks no message of a folder that was made anew meanwhile', async () => {
  const imap = await openImap(world.crepes, ALICE);
  const fill = async (subject: string) => {
    await imap.reply('CREATE Trips');
    expect(await imap.append('Trips', `Subject: ${subject}\r\nFrom: bob@hamburger.edu\r\n\r\nx`)).toMatch(/^OK/);
  };
  await fill('Seoul');
  const form = placesIn((await browser.open('/compose?reply=1&folder=Trips')).html);
  expect(await imap.reply('DELETE Trips')).toMatch(/^OK/);
  await fill('Paris');
  const letter = { to: 'bob@hamburger.edu', subject: 'Re: Seoul', text: 'my words', act: 'send' };
  const refused = await browser.upload('/compose', { ...form, ...letter });
  expect([refused.status, refused.html.includes('The folder has changed')]).toEqual([422, true]);
  const sent = await browser.upload('/compose', { ...placesIn(refused.html), ...letter });
  expect(sent.fields.location).toMatch(/^\/sent\//);
  expect((await browser.open('/folder/Trips')).html).not.toContain('title="answered"');
  imap.line.drop();
});

test('a letter of one’s own that is passed on as an attachment does not tell its Bcc', async () => {
  await browser.send({ to: 'alice@crepes.fr', bcc: 'claire@crepes.fr', subject: 'secret', text: 'x' });
  const [sent] = listed((await browser.open('/folder/Sent')).html);
  expect((await browser.open(`/folder/Sent/${sent}/raw`)).html).toContain('Bcc: claire@crepes.fr');
  const form = (await browser.open(`/compose?attach=${sent}&folder=Sent`)).html;
  const keep = /name="keep" value="([^"]+)"/.exec(form)?.[1] ?? '';
  await browser.send({ to: 'alice@crepes.fr', subject: 'passed on', text: 'x', keep });
  await untilMail(world.crepes, 'alice', 2);
  const [uid] = listed((await browser.open('/folder/INBOX')).html);
  const { html } = await browser.open(`/folder/INBOX/${uid}/raw`);
  expect(html).toContain('Subject: secret');
  expect(html).not.toContain('claire');
});

test('the switch of languages and a button of the list lead back to the page, whatever characters its address has', async () => {
  await arrives('Subject: x\r\n\r\nx');
  const token = await browser.token();
  const name = "Trips (2026), it's fun!";
  const made = await browser.submit('/folders', { token, act: 'create', name });
  const search = `?q=${encodeURIComponent('한'.repeat(150))}'(x)!`;
  for (const path of [String(made.fields.location), `/folder/INBOX${search}`]) {
    const { html } = await browser.open(path);
    const back = /href="\/language\/ko\?back=([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    expect((await browser.open(`/language/en?back=${back}`)).fields.location).toBe(path);
  }
  const { html } = await browser.open('/folder/INBOX');
  const form = { token, uidValidity: hidden(html, 'uidValidity'), act: 'seen', uid: '1', back: search };
  expect((await browser.submit('/folder/INBOX/change', form)).fields.location).toBe(`/folder/INBOX${search}`);
});

test('an address that says a thing twice, or that cannot be decoded, has a page all the same', async () => {
  for (const path of ['/folder/INBOX?q=a&q=b', '/compose?to=a&to=b', '/folder/INBOX?in[]=x'])
    expect((await browser.open(path)).status).toBe(200);
  const { status, fields, html } = await browser.open('/folder/%ff');
  expect(status).toBe(400);
  expect(html).toContain('There is no such page');
  expect(fields['content-security-policy']).toContain("default-src 'none'");
});

/** The status of the inbox for a browser that sends these cookies. */
function askWith(cookie: string): Promise<number | undefined> {
  const options = {
    host: world.crepes.host.address,
    path: '/folder/INBOX',
    headers: { host: 'mail.crepes.fr', cookie },
  };
  return new Promise((resolve, reject) => {
    const asking = request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on('error', reject).end();
  });
}

test('a cookie that another host of the domain has set neither logs out nor logs in (RFC 6265, section 8.6)', async () => {
  const mine = `session=${browser.cookies.get('session')}`;
  expect(await askWith(`session=of-elsewhere; ${mine}`)).toBe(200);
  expect(await askWith(`${mine}; session=of-elsewhere`)).toBe(200);
  const claire = new WebBrowser(world.crepes.host.address);
  await claire.logIn({ user: 'claire', password: 'fontaine' });
  const theirs = `session=${claire.cookies.get('session')}`;
  expect(await askWith(`${theirs}; ${mine}`)).toBe(303);
  expect(await askWith(`${mine}; ${theirs}`)).toBe(303);
  // Who then logs in is in no session but the new one.
  await browser.submit('/login', ALICE, { cookie: `${theirs}; ${mine}` });
  expect(await askWith(theirs)).toBe(303);
  expect(await askWith(`${theirs}; session=${browser.cookies.get('session')}`)).toBe(200);
});

test('a thousand texts behind a large file are read in one pass', async () => {
  const file = `${'A'.repeat(76)}\r\n`.repeat(20_000);
  const texts = Array.from({ length: 900 }, (_, index) => `--b\r\n\r\ntext ${index}\r\n`).join('');
  const uid = await arrives(
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/x\r\n\r\n${file}${texts}--b--`,
  );
  const pieces = vi.spyOn(FilePieces.prototype, 'next');
  const { html } = await browser.open(`/folder/INBOX/${uid}`);
  // The file has some thirty pieces, and the page needs it a few times: not once for each text.
  expect(pieces.mock.calls.length).toBeLessThan(300);
  pieces.mockRestore();
  for (let index = 0; index < 900; index += 1) expect(html).toContain(`text ${index}`);
});

test('the source tells what encoded words say, dollar signs and letters in two words too', async () => {
  const uid = await arrives("Subject: =?utf-8?q?$$5_$&_$'?= =?utf-8?b?7ZU=?= =?utf-8?b?nA==?= x\r\n\r\nx");
  const { html } = await browser.open(`/folder/INBOX/${uid}/source`);
  expect(html).toContain(`<p class="decoded">$$5 $&#38; $&#39;한 x</p>`);
});

test('browsers that go on before their news begin are not counted as listeners for ever', async () => {
  const cookie = `session=${browser.cookies.get('session')}`;
  const { address } = world.crepes.host;
  const fields = { host: 'mail.crepes.fr', cookie };
  const look = AccountFolders.prototype.mailbox;
  const gone = Promise.withResolvers<void>();
  const slow = vi.spyOn(AccountFolders.prototype, 'mailbox').mockImplementation(async function (
    this: AccountFolders,
    name,
  ) {
    await gone.promise;
    return look.call(this, name);
  });
  for (let browsers = 0; browsers < 10; browsers += 1) {
    const asking = request({ host: address, path: '/news?folder=INBOX', headers: fields }).on('error', () => {});
    asking.end();
    await expect.poll(() => slow.mock.calls.length).toBe(browsers + 1);
    asking.destroy();
  }
  // The server hears of their end before it goes on (a later end would only make this test weaker).
  await new Promise((resolve) => setTimeout(resolve, 50));
  gone.resolve();
  slow.mockRestore();
  const status = await new Promise<number | undefined>((resolve) => {
    const asking = request({ host: address, path: '/news?folder=INBOX', headers: fields }, (response) => {
      resolve(response.statusCode);
      asking.destroy();
    });
    asking.on('error', () => {}).end();
  });
  expect(status).toBe(200);
});
