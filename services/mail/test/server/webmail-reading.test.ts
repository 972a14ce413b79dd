import { afterEach, beforeEach, expect, test } from 'vitest';
import { openImap } from '../imap-client.ts';
import { ALICE, type MailWorld, openMailWorld, openSmtp, reportsOf, sendMail, untilMail } from '../mail-world.ts';
import { listed, WebBrowser } from '../web-browser.ts';

let world: MailWorld;
let browser: WebBrowser;
let arrived = 0;

beforeEach(async () => {
  world = await openMailWorld(182);
  browser = new WebBrowser(world.crepes.host.address);
  arrived = 0;
});

afterEach(() => world.end());

async function arrives(...messages: string[]): Promise<void> {
  const client = await openSmtp(world.crepes);
  for (const data of messages) {
    expect(await sendMail(client, 'bob@hamburger.edu', ['alice@crepes.fr'], data)).toMatch(/^250/);
    // One after the other, so that their order is known.
    arrived += 1;
    await untilMail(world.crepes, 'alice', arrived);
  }
  client.drop();
}

test('WBM-01 the agent is a browser that speaks HTTP with the mailbox', async () => {
  await arrives('From: Bob <bob@hamburger.edu>\r\nTo: alice@crepes.fr\r\nSubject: hello\r\n\r\nIs it 42?');
  expect((await browser.logIn()).fields.location).toBe('/');
  expect((await browser.open('/')).fields.location).toBe('/folder/INBOX');
  const inbox = (await browser.open('/folder/INBOX')).html;
  expect(inbox).toContain('<span class="sender">Bob</span>');
  expect(inbox).toContain('<span class="subject">hello</span>');
  expect(inbox).toContain('1 unread');
  expect((await browser.open('/folder/INBOX/1')).html).toContain('<div class="text">Is it 42?\n</div>');
  expect((await browser.open('/folder/INBOX')).html).toContain('class="seen"');
});

test('an address in plain text can be followed, without the full stop behind it, and no other scheme', async () => {
  const text = 'See http://www.crepes.fr/?a=1&b="2".\r\n  javascript:alert(1) <http://x.fr/(a)>';
  await arrives(`Subject: links\r\n\r\n${text}`, 'Subject: nothing\r\n\r\n');
  await browser.logIn();
  const { html } = await browser.open('/folder/INBOX/1');
  const link = (url: string) => `<a href="${url}" target="_blank" rel="noopener noreferrer">${url}</a>`;
  expect(html).toContain(
    `<div class="text">See ${link('http://www.crepes.fr/?a=1&#38;b=')}&#34;2&#34;.\n  javascript:alert(1) &#60;${link('http://x.fr/(a)')}&#62;`,
  );
  expect((await browser.open('/folder/INBOX/2')).html).toContain('This message has no text.');
});

test('WBM-02 reading goes by HTTP: nothing speaks POP3 or IMAP with the browser', async () => {
  await arrives('Subject: hello\r\n\r\nhello');
  await reportsOf(world.crepes);
  world.crepes.host.reported.length = 0;
  await browser.logIn();
  await browser.open('/folder/INBOX/1');
  const kinds = new Set((await reportsOf(world.crepes)).map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['http.request', 'http.response']));
});

test('IMAP-03 a folder that is made in the browser is there for IMAP at once, and the other way round', async () => {
  await browser.logIn();
  const token = await browser.token();
  expect((await browser.submit('/folders', { token, act: 'create', name: '여행/한국' })).fields.location).toBe(
    `/folder/${encodeURIComponent('여행/한국')}`,
  );
  const imap = await openImap(world.crepes, ALICE);
  expect((await imap.ask('LIST "" *')).join('\n')).toContain('&xezViQ-/&1VytbQ-');
  await imap.ask('CREATE Work');
  const { html } = await browser.open(`/folder/${encodeURIComponent('여행/한국')}`);
  expect(html).toContain('href="/folder/Work"');
  expect(html).toContain('<span>한국</span>');
  const taken = await browser.submit('/folders', { token, act: 'create', name: 'Work' });
  expect([taken.status, taken.html.includes('There is a folder of this name already')]).toEqual([422, true]);
  imap.line.drop();
});

test('IMAP-04 a message that is moved is in one folder less and in one more, also for IMAP and after a restart', async () => {
  await arrives('Subject: one\r\n\r\n1', 'Subject: two\r\n\r\n2');
  await browser.logIn();
  await browser.submit('/folders', { token: await browser.token(), act: 'create', name: 'Work' });
  expect((await browser.change('INBOX', { act: 'move', uid: '1', to: 'Work' })).fields.location).toBe('/folder/INBOX');
  expect(listed((await browser.open('/folder/INBOX')).html)).toEqual([2]);
  expect((await browser.open('/folder/Work')).html).toContain('<span class="subject">one</span>');
  await world.crepes.stop();
  await world.crepes.start();
  const imap = await openImap(world.crepes, ALICE);
  expect((await imap.ask('STATUS Work (MESSAGES)')).join()).toContain('MESSAGES 1');
  expect((await imap.ask('STATUS INBOX (MESSAGES)')).join()).toContain('MESSAGES 1');
  imap.line.drop();
});

test('folders are renamed and deleted, but not those that every program knows', async () => {
  await browser.logIn();
  const token = await browser.token();
  const change = async (form: Record<string, string>) => (await browser.submit('/folders', { token, ...form })).status;
  expect(await change({ act: 'create', name: 'Work/2026' })).toBe(303);
  expect(await change({ act: 'rename', folder: 'Work', name: 'Office' })).toBe(303);
  expect((await browser.open('/folder/Office%2F2026')).status).toBe(200);
  expect(await change({ act: 'delete', folder: 'Office/2026' })).toBe(303);
  expect((await browser.open('/folder/Office%2F2026')).status).toBe(404);
  for (const folder of ['INBOX', 'Sent', 'Trash', 'nothing', '../..']) {
    expect(await change({ act: 'delete', folder }), folder).toBe(422);
    expect(await change({ act: 'rename', folder, name: 'Elsewhere' }), folder).toBe(422);
  }
  for (const name of ['', '..', 'a//b', '~x', 'x'.repeat(300), 'cur', 'a\r\nb'])
    expect(await change({ act: 'create', name }), name).toBe(422);
});

test('messages are marked, starred, put into Trash, and from there deleted for ever', async () => {
  await arrives('Subject: one\r\n\r\n1', 'Subject: two\r\n\r\n2', 'Subject: three\r\n\r\n3');
  await browser.logIn();
  await browser.change('INBOX', { act: 'seen', uid: ['1', '2'] });
  expect((await browser.open('/folder/INBOX')).html.match(/class="unseen"/g)).toHaveLength(1);
  await browser.change('INBOX', { act: 'unseen', uid: '1' });
  await browser.change('INBOX', { act: 'star:2' });
  const { html } = await browser.open('/folder/INBOX');
  expect(html.match(/class="unseen"/g)).toHaveLength(2);
  expect(html).toContain('value="unstar:2" aria-pressed="true"');
  await browser.change('INBOX', { act: 'delete', uid: ['1', '2'] });
  expect(listed((await browser.open('/folder/INBOX')).html)).toEqual([3]);
  const trash = listed((await browser.open('/folder/Trash')).html);
  expect(trash).toHaveLength(2);
  await browser.change('Trash', { act: 'delete', uid: trash.map(String) });
  expect(listed((await browser.open('/folder/Trash')).html)).toEqual([]);
});

test('a list that is older than its folder changes nothing', async () => {
  await arrives('Subject: one\r\n\r\n1');
  await browser.logIn();
  const token = await browser.token();
  const { status, html } = await browser.submit('/folder/INBOX/change', {
    token,
    uidValidity: '1',
    act: 'delete',
    uid: '1',
  });
  expect([status, html.includes('The folder has changed')]).toEqual([409, true]);
  expect((await browser.change('INBOX', { act: 'move', uid: '1', to: 'nowhere' })).status).toBe(404);
  expect((await browser.change('INBOX', { act: 'move', uid: '1', to: '' })).status).toBe(404);
  expect((await browser.change('INBOX', { act: 'constructor', uid: '1' })).status).toBe(303);
  expect(listed((await browser.open('/folder/INBOX')).html)).toEqual([1]);
});

test('a folder is shown page by page, newest first, with sizes, dates and paper clips', async () => {
  await browser.logIn();
  const note = async (number: number) =>
    browser.upload('/compose', { token, act: 'keep', to: 'bob@hamburger.edu', subject: `note ${number}`, text: 'x' }, [
      { filename: 'a.txt', type: 'text/plain', content: Buffer.from('a') },
    ]);
  const token = await browser.token();
  for (let number = 1; number <= 27; number += 1) await note(number);
  const first = (await browser.open('/folder/Drafts')).html;
  expect(listed(first)).toHaveLength(25);
  expect(first).toContain('Page 1 of 2');
  expect(first.indexOf('note 27')).toBeLessThan(first.indexOf('note 26'));
  expect(first.match(/class="clip"><svg/g)).toHaveLength(25);
  expect(first).toMatch(/class="size">\d+ B/);
  expect(listed((await browser.open('/folder/Drafts?page=2')).html)).toHaveLength(2);
  expect(listed((await browser.open('/folder/Drafts?page=99')).html)).toHaveLength(2);
});

test.each([
  ['en', 'November 20, 2026 at 3:04 PM UTC', /data-style="clock"[^>]*>\d+:\d\d:\d\d [AP]M UTC</, /^\w{3} \d+, \d{4}$/],
  [
    'ko',
    '2026년 11월 20일 오후 3:04 UTC',
    /data-style="clock"[^>]*>오[전후] \d+시 \d+분 \d+초 UTC</,
    /^\d{4}년 \d+월 \d+일$/,
  ],
])(
  'times say that they are UTC, and rows of another year in which year they came (%s)',
  async (language, date, clock, row) => {
    await arrives('From: bob@hamburger.edu\r\nDate: Sat, 21 Nov 2026 00:04:00 +0900\r\nSubject: x\r\n\r\nx');
    await browser.logIn();
    const prefers = { 'accept-language': language };
    const rowTime = async () =>
      /<time datetime="[^"]+Z"[^>]*>([^<]*)<\/time><\/a>/.exec(
        (await browser.open('/folder/INBOX', prefers)).html,
      )?.[1];
    const { html } = await browser.open('/folder/INBOX/1', prefers);
    expect(html).toContain(
      `<time datetime="2026-11-20T15:04:00.000Z" data-style="full" title="${date}">${date}</time>`,
    );
    expect(html).toMatch(clock);
    expect(await rowTime()).toMatch(/:\d\d/);
    world.crepes.host.clock.advance(366 * 24 * 3_600_000);
    await browser.logIn();
    expect(await rowTime()).toMatch(row);
  },
);

test('messages are found by subject, sender and text, in any case and any encoding', async () => {
  await arrives(
    'From: =?utf-8?B?67CU?= <bob@hamburger.edu>\r\nSubject: =?utf-8?Q?Dinner_=EC=A0=80=EB=85=81?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n7YGs66CI7ZSE',
    'From: dave@hamburger.edu\r\nSubject: lunch\r\n\r\nDinner is not meant',
  );
  await browser.logIn();
  const find = async (query: string, within: string) =>
    listed((await browser.open(`/folder/INBOX?q=${encodeURIComponent(query)}&in=${within}`)).html);
  expect(await find('dinner', 'subject')).toEqual([1]);
  expect(await find('dinner', 'all')).toEqual([2, 1]);
  expect(await find('저녁', 'all')).toEqual([1]);
  expect(await find('크레프', 'text')).toEqual([1]);
  expect(await find('dinner 크레프', 'all')).toEqual([1]);
  expect(await find('바', 'from')).toEqual([1]);
  expect(await find('DAVE', 'from')).toEqual([2]);
  expect(await find('nothing', 'all')).toEqual([]);
  expect((await browser.open('/folder/INBOX?q=%22%3E%3Cscript%3E')).html).not.toContain('"><script>');
});

test('of several To and Cc fields the list names all, and a search finds all', async () => {
  const letter = (more: string) => `From: bob@hamburger.edu\r\nSubject: x\r\n${more}\r\nhello`;
  const fields =
    'To: Uno <one@x.example>\r\nTo: =?utf-8?Q?Zwei_=EB=B0=94?= <two@x.example>\r\nCc: c@x.example\r\nCc: Quattro <d@x.example>\r\n';
  await arrives(letter(''), letter(fields));
  await browser.logIn();
  const find = async (query: string) =>
    listed((await browser.open(`/folder/INBOX?q=${encodeURIComponent(query)}`)).html);
  expect([await find('uno'), await find('바'), await find('c@x'), await find('QUATTRO')]).toEqual([[2], [2], [2], [2]]);
  const imap = await openImap(world.crepes, ALICE);
  expect(await imap.append('Sent', letter(fields))).toMatch(/^OK/);
  imap.line.drop();
  expect((await browser.open('/folder/Sent')).html).toContain('<span class="sender">Uno, Zwei 바</span>');
});

test('MFMT-01 header fields are shown as keyword and value', async () => {
  await arrives('From: bob@hamburger.edu\r\nSubject: hello\r\nX-Folded: one\r\n two\r\n\r\nhello');
  await browser.logIn();
  const { html } = await browser.open('/folder/INBOX/1');
  expect(html).toContain('<tr><th scope="row">X-Folded</th><td>one two</td></tr>');
  expect(html).toContain('<tr><th scope="row">Subject</th><td>hello</td></tr>');
});

test('MFMT-02 a message without From or To is flagged, with the difference between the notes and the RFC', async () => {
  await arrives('Subject: hello\r\n\r\nhello');
  await browser.logIn();
  for (const path of ['/folder/INBOX/1', '/folder/INBOX/1/source']) {
    const { html } = await browser.open(path);
    expect(html, path).toContain('This message has no From field');
    expect(html, path).toContain('This message has no To field');
  }
});

test('MFMT-04 the source shows the empty line between header section and body, and the full stop that SMTP adds', async () => {
  await arrives('From: bob@hamburger.edu\r\nTo: alice@crepes.fr\r\nSubject: dots\r\n\r\n..\r\n..two');
  await browser.logIn();
  const { html } = await browser.open('/folder/INBOX/1/source');
  expect(html).toContain('Here the header section ends, and the body begins.');
  expect(html.indexOf('class="empty-line"')).toBeGreaterThan(html.indexOf('Subject: dots'));
  expect(html.indexOf('class="empty-line"')).toBeLessThan(html.indexOf('class="stuffed"'));
  expect(html.match(/<b class="stuffed">\.<\/b>\./g)).toHaveLength(2);
  expect(html).toContain('2 lines begin with a full stop');
  expect(html).toContain('it has not travelled');
  expect(html).toContain('The end of DATA');
  expect((await browser.open('/folder/INBOX/1')).html).toContain('<div class="text">.\n.two\n</div>');
});

test('a message is shown octet by octet, page by page', async () => {
  await arrives(`Subject: x\r\n\r\n${'0123456789abcde\r\n'.repeat(200)}`);
  await browser.logIn();
  const first = (await browser.open('/folder/INBOX/1/octets')).html;
  expect(first).toContain('<th scope="row">000000</th>');
  expect(first).toContain('Octets 0 to 2,047');
  expect(first.match(/<td class="[hbex]">/g)).toHaveLength(2048);
  const raw = (await browser.open('/folder/INBOX/1/raw')).octets;
  const next = (await browser.open('/folder/INBOX/1/octets?from=2050')).html;
  const shown = [...next.matchAll(/<td class="[hbex]">([0-9A-F]{2})</g)].map(([, hex]) =>
    Number.parseInt(hex ?? '', 16),
  );
  expect(Buffer.from(shown)).toEqual(raw.subarray(2048, 4096));
  expect((await browser.open('/folder/INBOX/1/octets?from=999999999999')).status).toBe(200);
});

test('a message that was passed on as an attachment is opened inside of the one around it', async () => {
  await arrives(
    'Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: dave@hamburger.edu\r\nSubject: inner\r\n\r\nI said so.\r\n--b--',
  );
  await browser.logIn();
  expect((await browser.open('/folder/INBOX/1')).html).toContain('href="/folder/INBOX/1?inside=2"');
  const inner = (await browser.open('/folder/INBOX/1?inside=2')).html;
  expect(inner).toContain('<h1>inner</h1>');
  expect(inner).toContain('I said so.');
  for (const inside of ['1', '3', '2.1', '2.9'])
    expect((await browser.open(`/folder/INBOX/1?inside=${inside}`)).status).toBe(404);
});
