import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allParts, partOctets } from '../../src/protocol/message-part.ts';
import { bodyOf, readMessage } from '../../src/protocol/mime-message.ts';
import { openImap } from '../imap-client.ts';
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
import { hidden, listed, WebBrowser } from '../web-browser.ts';

/** The album of the school: a page and ten pictures. */
const ALBUM = new URL('../../../../infra/hosts/www-someschool/www/www.someschool.edu/album/', import.meta.url);

let world: MailWorld;
let browser: WebBrowser;

beforeEach(async () => {
  world = await openMailWorld(183);
  browser = new WebBrowser(world.crepes.host.address);
  await browser.logIn();
});

afterEach(() => world.end());

async function arrives(data: string): Promise<void> {
  const client = await openSmtp(world.crepes);
  expect(await sendMail(client, 'bob@hamburger.edu', ['alice@crepes.fr'], data)).toMatch(/^250/);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
}

/** What bob has, octet for octet. */
async function bobsMessages(count = 1): Promise<Buffer[]> {
  await untilMail(world.hamburger, 'bob', count);
  return (await readMailbox(world.hamburger, BOB)).map((message) => Buffer.from(message, 'latin1'));
}

function bobsBrowser(): WebBrowser {
  return new WebBrowser(world.hamburger.host.address, 'mail.hamburger.edu');
}

test('SMTP-01, WBM-03 the click on Send is a POST with the message, and the cause of what the queue does', async () => {
  const page = await browser.send({ to: 'bob@hamburger.edu', subject: 'from a browser', text: 'hello' });
  expect(page.fields.location).toMatch(/^\/sent\/[0-9a-z]+$/);
  const [letter] = await bobsMessages();
  expect(letter?.toString()).toContain('by mail.crepes.fr with HTTP');
  const reports = await reportsOf(world.crepes);
  const fromBrowser = reports.filter(({ from }) => from?.address === '127.0.0.1');
  expect(new Set(fromBrowser.map(({ kind }) => kind))).toEqual(new Set(['http.request']));
  const posted = reports.find(({ summary }) => summary === 'POST /compose');
  const queued = reports.find(({ kind }) => kind === 'mail.queued');
  expect(queued?.cause).toBe(posted?.exchange);
});

test('WBM-04 between the servers it is SMTP, and HTTP again to the browser of the receiver', async () => {
  await browser.send({ to: 'bob@hamburger.edu', subject: 'x', text: 'x' });
  await bobsMessages();
  const data = (await reportsOf(world.hamburger)).find(({ kind }) => kind === 'smtp.data');
  expect(data).toMatchObject({ from: { address: world.crepes.host.address }, to: { port: 25 } });
  const bob = bobsBrowser();
  await bob.logIn(BOB);
  const { html } = await bob.open('/folder/INBOX/1');
  const way = html.slice(html.indexOf('class="way"'), html.indexOf('</section>', html.indexOf('class="way"')));
  const told = [...way.matchAll(/class="by">([^<]*)<|<b>([^<]*)<\/b>/g)].map(([, by, name]) => by ?? name);
  expect(told).toEqual([
    'browser',
    'HTTP',
    'mail.crepes.fr',
    'ESMTP',
    'mail.hamburger.edu',
    'stored',
    'bob@hamburger.edu',
  ]);
  expect(way).toContain('One hop from server to server, and no mail server in between.');
});

test('MAIL-02 the agent composes, reads, replies with its references, and forwards', async () => {
  await arrives(
    'From: Bob <bob@hamburger.edu>\r\nTo: alice@crepes.fr\r\nMessage-ID: <second@hamburger.edu>\r\nReferences: <first@crepes.fr>\r\nSubject: lunch\r\n\r\nNoon?',
  );
  const reply = (await browser.open('/compose?reply=1&folder=INBOX')).html;
  expect(hidden(reply, 'to')).toBe('Bob <bob@hamburger.edu>');
  expect(hidden(reply, 'subject')).toBe('Re: lunch');
  expect(reply).toContain('&#62; Noon?');
  const fields = ['token', 'to', 'subject', 'inReplyTo', 'references', 'original'];
  const form = Object.fromEntries(fields.map((name) => [name, hidden(reply, name)]));
  await browser.upload('/compose', { ...form, act: 'send', text: 'Yes.' });
  const [letter = Buffer.alloc(0)] = await bobsMessages();
  expect(letter.toString()).toContain('In-Reply-To: <second@hamburger.edu>\r\n');
  expect(letter.toString()).toContain('References: <first@crepes.fr> <second@hamburger.edu>\r\n');
  expect((await browser.open('/folder/INBOX')).html).toContain('title="answered"');
});

test('MAIL-02 a message is passed on with its text and files, or whole as an attachment', async () => {
  const picture = Buffer.from([0xff, 0xd8, 0, 0x0d, 0x0a, 0x80]);
  await arrives(
    `From: bob@hamburger.edu\r\nSubject: lunch\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nNoon?\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=menu.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n${picture.toString('base64')}\r\n--b--`,
  );
  const forward = (await browser.open('/compose?forward=1&folder=INBOX')).html;
  expect(hidden(forward, 'subject')).toBe('Fwd: lunch');
  const keep = /name="keep" value="([^"]+)"/.exec(forward)?.[1] ?? '';
  const common = { token: hidden(forward, 'token'), act: 'send', to: 'bob@hamburger.edu', subject: 'Fwd: lunch' };
  await browser.upload('/compose', { ...common, text: 'see below', keep, original: hidden(forward, 'original') });
  const [inline = Buffer.alloc(0)] = await bobsMessages(1);
  const [file] = readMessage(inline).attachments;
  expect([file?.filename, Buffer.from(partOctets(file!, bodyOf(file!, inline)))]).toEqual(['menu.jpg', picture]);
  const attach = (await browser.open('/compose?attach=1&folder=INBOX')).html;
  const whole = /name="keep" value="([^"]+)"/.exec(attach)?.[1] ?? '';
  await browser.upload('/compose', { ...common, text: '', keep: whole });
  const messages = await bobsMessages(2);
  const outer = readMessage(messages.at(-1)!);
  expect(outer.attachments.map(({ type }) => type)).toEqual(['message/rfc822']);
  expect(outer.attachments[0]?.entity.message?.parts).toHaveLength(2);
  expect((await browser.open('/folder/INBOX')).html).toContain('title="forwarded"');
});

test('nobody passes on what is in the mailbox of another', async () => {
  await arrives('Subject: secret\r\n\r\nsecret');
  const claire = new WebBrowser(world.crepes.host.address);
  await claire.logIn({ user: 'claire', password: 'fontaine' });
  expect((await claire.open('/compose?attach=1&folder=INBOX')).status).toBe(404);
  const imap = await openImap(world.crepes, { user: 'claire', password: 'fontaine' });
  const uidValidity = /UIDVALIDITY (\d+)/.exec((await imap.ask('STATUS INBOX (UIDVALIDITY)')).join())?.[1] ?? '';
  imap.line.drop();
  const places = ['/{v}.1/INBOX', '1/{v}.1/INBOX', '/{v}.1/../alice/INBOX', '1/{v}.1/..%2falice', '/1/INBOX'];
  for (const keep of places.map((place) => place.replace('{v}', uidValidity))) {
    await claire.send({ to: 'bob@hamburger.edu', subject: keep, text: 'x', keep });
  }
  for (const message of await bobsMessages(5)) expect(message.toString()).not.toContain('secret');
});

test('MCMP-05 a Korean message with a JPEG leaves with no octet of 0x80 or above', async () => {
  const jpeg = await readFile(new URL('01.jpg', ALBUM));
  await browser.send(
    { to: 'bob@hamburger.edu', subject: '일곱 시에 크레프 어때요?', text: '안녕하세요, 밥.\n\n앨리스' },
    [{ filename: '저녁 메뉴.jpg', type: 'image/jpeg', content: jpeg }],
  );
  const [letter = Buffer.alloc(0)] = await bobsMessages();
  expect(letter.some((octet) => octet >= 0x80)).toBe(false);
  expect(letter.toString()).not.toMatch(/[^\r]\n|\r[^\n]/);
  const bob = bobsBrowser();
  await bob.logIn(BOB);
  expect((await bob.open('/folder/INBOX/1/source')).html).toContain(
    'octets are below 0x80: the message passes through 7-bit mail.',
  );
});

test('MCMP-06 subject, text and picture are decoded octet for octet; the picture grew by four thirds and line ends', async () => {
  const jpeg = await readFile(new URL('01.jpg', ALBUM));
  const text = '안녕하세요, 밥.\n.\n앨리스\n';
  await browser.send({ to: 'bob@hamburger.edu', subject: '일곱 시에 크레프 어때요?', text }, [
    { filename: '저녁 메뉴.jpg', type: 'image/jpeg', content: jpeg },
  ]);
  const [letter = Buffer.alloc(0)] = await bobsMessages();
  const message = readMessage(letter);
  expect([message.subject, message.text]).toEqual(['일곱 시에 크레프 어때요?', text]);
  const [part] = message.attachments;
  expect(Buffer.from(partOctets(part!, bodyOf(part!, letter)))).toEqual(jpeg);
  expect(part!.octets / jpeg.length).toBeGreaterThan(4 / 3);
  expect(part!.octets / jpeg.length).toBeLessThan((4 / 3) * (78 / 76) + 0.01);
  const bob = bobsBrowser();
  await bob.logIn(BOB);
  const { html } = await bob.open('/folder/INBOX/1/source');
  expect(html).toContain('<p class="decoded">일곱 시에 크레프 어때요?</p>');
  expect(html).toContain('Encoded word: base64 in utf-8');
  expect(html).toContain('1.37 times as much');
  expect(html).toContain('Four thirds (1.33) come from base64 itself');
  const file = await bob.open(`/folder/INBOX/1/part/${part!.section}`);
  expect(file.octets).toEqual(jpeg);
  expect(file.fields).toMatchObject({
    'content-type': 'image/jpeg',
    'content-disposition': expect.stringContaining(`filename*=UTF-8''${encodeURIComponent('저녁 메뉴.jpg')}`),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
});

test('MCMP-08 a page with ten pictures is one message of eleven parts; the browser asks for it in eleven responses', async () => {
  const files = await Promise.all(
    ['index.html', ...Array.from({ length: 10 }, (_, n) => `${String(n + 1).padStart(2, '0')}.jpg`)].map(
      async (filename) => ({
        filename,
        type: filename.endsWith('.html') ? 'text/html' : 'image/jpeg',
        content: await readFile(new URL(filename, ALBUM)),
      }),
    ),
  );
  await browser.send({ to: 'bob@hamburger.edu', subject: 'The album', text: '', page: 'yes' }, files);
  const messages = await bobsMessages();
  expect(messages).toHaveLength(1);
  const message = readMessage(messages[0]!);
  const leaves = [...allParts(message.part)].filter(({ parts }) => parts.length === 0);
  const objects = leaves.filter(({ type }) => type !== 'text/plain');
  expect(objects.map(({ type }) => type)).toEqual(['text/html', ...Array.from({ length: 10 }, () => 'image/jpeg')]);
  expect(leaves).toHaveLength(11);
  const bob = bobsBrowser();
  await bob.logIn(BOB);
  const page = await bob.open('/folder/INBOX/1/html');
  const pictures = [...page.html.matchAll(/<img[^>]* src="([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(pictures).toHaveLength(10);
  // A frame without an origin sends no cookie: the pictures come without one.
  const stranger = bobsBrowser();
  const shown = await Promise.all(pictures.map((path) => stranger.open(path)));
  expect(shown.map(({ octets }) => octets)).toEqual(files.slice(1).map(({ content }) => content));
  const elsewhere = pictures[0]!.replace('/INBOX/1/', '/INBOX/2/');
  expect((await stranger.open(elsewhere)).status).toBe(404);
  expect((await bob.open('/folder/INBOX/1')).html).not.toContain('>01.jpg<');
});

test('MFMT-03 the message of the notes is sent, and bob has it with exactly these header lines', async () => {
  const { html } = await browser.open('/compose?preset=meaning');
  const form = Object.fromEntries(['token', 'to', 'subject'].map((name) => [name, hidden(html, name)]));
  expect(html).toContain('<option value="plain" selected>alice@crepes.fr</option>');
  await browser.upload('/compose', { ...form, from: 'plain', act: 'send', text: '.\n' });
  const lines = (await bobsMessages())[0]!.toString().split('\r\n');
  expect(lines).toContain('From: alice@crepes.fr');
  expect(lines).toContain('To: bob@hamburger.edu');
  expect(lines).toContain('Subject: Searching for the meaning of life.');
  const bob = bobsBrowser();
  await bob.logIn(BOB);
  expect((await bob.open('/folder/INBOX/1')).html).toContain('<h1>Searching for the meaning of life.</h1>');
});

test('Cc is told to everybody, Bcc to nobody but the writer; a copy lies in Sent', async () => {
  const letter = {
    to: 'bob@hamburger.edu',
    cc: 'Dave <dave@hamburger.edu>',
    bcc: 'claire@crepes.fr',
    subject: 'all',
    text: 'x',
  };
  await browser.send(letter);
  const [bobs = Buffer.alloc(0)] = await bobsMessages();
  expect(bobs.toString()).toContain('Cc: dave@hamburger.edu');
  expect(bobs.toString()).not.toMatch(/claire|^Bcc/im);
  await untilMail(world.hamburger, 'dave', 1);
  await untilMail(world.crepes, 'claire', 1);
  const [claires] = await readMailbox(world.crepes, { user: 'claire', password: 'fontaine' });
  expect(claires).not.toMatch(/^Bcc/im);
  const sent = await browser.open('/folder/Sent');
  const [uid] = listed(sent.html);
  expect(sent.html).toContain('class="seen"');
  expect((await browser.open(`/folder/Sent/${uid}`)).html).toContain('<dt>Bcc</dt><dd>claire@crepes.fr</dd>');
});

test('a message that waits says so, with its tries and the last answer, and that it has left', async () => {
  await world.hamburger.stop();
  const page = await browser.send({ to: 'bob@hamburger.edu', subject: 'patience', text: 'x' });
  const path = String(page.fields.location);
  const waiting = async () => (await browser.open(path)).html;
  await expect.poll(waiting).toMatch(/tried (once|\d+ times), next try at/);
  expect(await waiting()).toContain('bob@hamburger.edu');
  const [uid] = listed((await browser.open('/folder/Sent')).html);
  expect((await browser.open(`/folder/Sent/${uid}`)).html).toContain('In the queue of this server');
  const other = new WebBrowser(world.crepes.host.address);
  await other.logIn({ user: 'claire', password: 'fontaine' });
  expect((await other.open(path)).html).not.toContain('bob@hamburger.edu');
  await world.hamburger.start();
  await expect
    .poll(() => {
      world.crepes.host.clock.advance(60_000);
      return waiting();
    })
    .toContain('It has left the queue');
});

test('a draft is kept with its files, gone on with, and sent; then it is no draft any more', async () => {
  const file = { filename: '메뉴.txt', type: 'text/plain', content: Buffer.from('크레프') };
  const draft = { to: 'bob@hamburger.edu', cc: '', bcc: 'claire@crepes.fr', subject: '초안', text: '하나\n둘' };
  const kept = await browser.upload('/compose', { token: await browser.token(), act: 'keep', ...draft }, [file]);
  expect(kept.fields.location).toMatch(/^\/compose\?draft=\d+&kept=1$/);
  const { html } = await browser.open(String(kept.fields.location));
  expect(html).toContain('The draft is kept in Drafts.');
  expect([hidden(html, 'to'), hidden(html, 'bcc'), hidden(html, 'subject')]).toEqual([
    draft.to,
    draft.bcc,
    draft.subject,
  ]);
  expect(html).toContain('하나\n둘</textarea>');
  const keep = /name="keep" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const again = { ...draft, token: hidden(html, 'token'), draft: hidden(html, 'draft'), keep };
  await browser.upload('/compose', { ...again, act: 'keep', text: '셋' });
  const [uid] = listed((await browser.open('/folder/Drafts')).html);
  const second = (await browser.open(`/compose?draft=${uid}`)).html;
  expect(second).toContain('메뉴.txt');
  const place = /name="keep" value="([^"]+)"/.exec(second)?.[1] ?? '';
  await browser.upload('/compose', { ...again, draft: hidden(second, 'draft'), keep: place, act: 'send', text: '셋' });
  expect(listed((await browser.open('/folder/Drafts')).html)).toEqual([]);
  const message = readMessage((await bobsMessages())[0]!);
  expect([message.subject, message.text.trim()]).toEqual(['초안', '셋']);
  expect(message.attachments.map(({ filename }) => filename)).toEqual(['메뉴.txt']);
  await untilMail(world.crepes, 'claire', 1);
});

test.each([
  ['', 'Write at least one receiver'],
  ['bob', 'This is no mail address: bob'],
  ['nobody@crepes.fr', 'nobody@crepes.fr (550 5.1.1'],
  ['bob@hamburger.edu\r\nBcc: x@other.example', 'This is no mail address'],
  [Array.from({ length: 101 }, (_, n) => `u${n}@hamburger.edu`).join(','), 'A message has 100 receivers at most'],
])('MFMT-02 a letter to %j is not sent, and keeps its text and its files', async (to, sentence) => {
  const letter = { to, subject: 'kept', text: 'also kept' };
  const page = await browser.send(letter, [{ filename: 'a.txt', type: 'text/plain', content: Buffer.from('file') }]);
  expect(page.status).toBe(422);
  expect(page.html).toContain(sentence);
  expect(hidden(page.html, 'subject')).toBe('kept');
  expect(page.html).toContain('also kept');
  expect(page.html).toContain('> a.txt <small');
  expect(await mailCount(world.hamburger, 'bob')).toBe(0);
});

test('a subject with line ends adds no header field, and a name or type of a file none either', async () => {
  const evil = {
    subject: 'x\r\nX-Evil: 1',
    text: 'x',
    inReplyTo: '<a@b>\r\nX-Evil: 2',
    references: '<a@b>\r\n\r\nX-Evil: 3',
  };
  await browser.send({ to: 'bob@hamburger.edu', ...evil }, [
    { filename: 'x"\r\nX-Evil: 4', type: 'text/plain; x="\\', content: Buffer.from('x') },
    { filename: '../../etc/passwd', type: 'a/b\tX-Evil: 5', content: Buffer.from('x') },
  ]);
  const [letter = Buffer.alloc(0)] = await bobsMessages();
  expect(letter.toString()).not.toMatch(/^X-Evil/m);
  expect(readMessage(letter).attachments.map(({ filename }) => filename)).toEqual(['x_  X-Evil_ 4', 'passwd']);
});

test('alice sends as alice and as nobody else', async () => {
  await browser.send({ to: 'bob@hamburger.edu', from: 'claire@crepes.fr', subject: 'x', text: 'x' });
  expect((await bobsMessages())[0]!.toString()).toMatch(/^From: Alice <alice@crepes\.fr>\r$/m);
  expect(ALICE.user).toBe('alice');
});
