import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from './kit/browser.ts';
import { hasOnClient } from './kit/client-tools.ts';
import { act, advanceClock, lab } from './kit/lab-under-test.ts';
import { onWorkstation, onWorkstationRaw, proxyUrl } from './kit/workstation.ts';

/**
 * The clients that people really have, on the workstation: each speaks to the origins in the versions of HTTP that it knows, and
 * through the institution's cache, and gets the octets that lie in the folder of the host.
 */

const SITE = 'www.someschool.edu';
const PICTURE = '/album/05.jpg';
const FILE = readFileSync(new URL(`../infra/hosts/www-someschool/www/${SITE}${PICTURE}`, import.meta.url));
const SHA256 = sha256(FILE);
const DAY_MS = 86_400_000;

function sha256(octets: Buffer): string {
  return createHash('sha256').update(octets).digest('hex');
}

/** What curl prints about a transfer of the picture with these options: version, status, octets, and whether it is the picture. */
async function curl(...options: string[]): Promise<string> {
  const told = await onWorkstation([
    'curl',
    ...[
      '--silent',
      '--show-error',
      '--output',
      '/dev/null',
      '--write-out',
      '%{http_version} %{http_code} %{size_download}',
    ],
    ...options,
  ]);
  return told;
}

beforeAll(async () => {
  await act('proxy', 'purge');
});

describe('curl', () => {
  test.each([
    ['--http1.0', '1.0'],
    ['--http1.1', '1.1'],
  ])('%s fetches the picture from the origin and through the cache, octet for octet', async (option, version) => {
    // RFC 9110, section 2.5: a server answers with the highest version that it speaks, which shows its own capabilities.
    for (const way of [[], ['--proxy', proxyUrl], ['--proxy', proxyUrl]]) {
      const octets = await onWorkstationRaw(['curl', '--silent', option, ...way, `http://${SITE}${PICTURE}`]);
      expect(sha256(octets)).toBe(SHA256);
      expect(await curl(option, ...way, `http://${SITE}${PICTURE}`)).toMatch(
        new RegExp(`^(1\\.1|${version.replace('.', '\\.')}) 200 ${FILE.length}$`),
      );
    }
  });

  test('--http2 over TLS, with the lab’s authority; through the cache it goes by CONNECT', async () => {
    const url = `https://${SITE}${PICTURE}`;
    expect(await curl('--http2', url)).toBe(`2 200 ${FILE.length}`);
    expect(await curl('--http1.1', url)).toBe(`1.1 200 ${FILE.length}`);
    expect(await curl('--http2', '--proxy', proxyUrl, url)).toBe(`2 200 ${FILE.length}`);
  });

  test('ranges: the origin and the cache give the same parts, and refuse what lies outside', async () => {
    for (const way of [[], ['--proxy', proxyUrl]]) {
      const part = await onWorkstationRaw(['curl', '--silent', '--range', '10-19', ...way, `http://${SITE}${PICTURE}`]);
      expect(part).toEqual(FILE.subarray(10, 20));
      expect(await curl('--range', '-5', ...way, `http://${SITE}${PICTURE}`)).toBe('1.1 206 5');
      expect(await curl('--range', `${FILE.length}-`, ...way, `http://${SITE}${PICTURE}`)).toMatch(/^1\.1 416 /);
      const several = await onWorkstation([
        'curl',
        '--silent',
        '--include',
        '--range',
        '0-1,5-6',
        ...way,
        `http://${SITE}${PICTURE}`,
      ]);
      expect(several).toMatch(/^content-type: multipart\/byteranges; boundary=/im);
      expect(several.match(/^content-range: bytes \d-\d\/\d+/gim)).toHaveLength(2);
    }
  });

  test('a download that broke off is resumed where it ended', async () => {
    const resumed = await onWorkstation([
      'sh',
      '-c',
      `d=$(mktemp -d) && curl -s -r 0-999 http://${SITE}${PICTURE} -o $d/p && curl -s -C - http://${SITE}${PICTURE} -o $d/p && sha256sum < $d/p; rm -r $d`,
    ]);
    expect(resumed).toContain(SHA256);
  });

  test('cookies: the jar that it keeps brings the visitor back to the shop', async () => {
    const printed = await onWorkstation([
      'sh',
      '-c',
      'j=$(mktemp) && curl -s -o /dev/null -c $j http://www.amazon.com/ && cat $j && curl -s -b $j -D - -o /dev/null http://www.amazon.com/; rm $j',
    ]);
    expect(printed).toMatch(/^#HttpOnly_(\.)?www\.amazon\.com\t/m);
    // The second answer sets no new visitor: the first cookie was understood.
    expect(printed).not.toMatch(/^set-cookie: visitor=/im);
  });
});

test('wget fetches the page with everything that it shows, directly and through the cache', async () => {
  for (const proxy of ['', `-e use_proxy=yes -e http_proxy=${proxyUrl}`]) {
    const listed = await onWorkstation([
      'sh',
      '-c',
      `d=$(mktemp -d) && cd $d && wget -q ${proxy} --page-requisites http://${SITE}/album/ && find . -name '*.jpg' | wc -l && sha256sum ${SITE}${PICTURE}; cd / && rm -r $d`,
    ]);
    expect(listed.trim().split('\n')[0]).toBe('10');
    expect(listed).toContain(SHA256);
  }
});

test('the http.client of Python keeps its connection, sends a body in chunks, and speaks TLS', async () => {
  const script = `
import hashlib, http.client, ssl
c = http.client.HTTPConnection('${SITE}')
for method in ('GET', 'HEAD', 'GET'):
    c.request(method, '${PICTURE}')
    r = c.getresponse()
    print(method, r.status, r.getheader('Content-Length'), hashlib.sha256(r.read()).hexdigest())
p = http.client.HTTPConnection('${lab.net}.11.1', 3128)
p.request('GET', 'http://${SITE}${PICTURE}')
r = p.getresponse()
print('proxy', r.status, hashlib.sha256(r.read()).hexdigest(), 'Age' in r.headers or r.getheader('Cache-Status'))
s = http.client.HTTPSConnection('${SITE}', context=ssl.create_default_context())
s.request('GET', '${PICTURE}')
r = s.getresponse()
print('tls', r.status, hashlib.sha256(r.read()).hexdigest())
`;
  const lines = (await onWorkstation(['python3', '-c', script])).trim().split('\n');

  expect(lines).toEqual([
    `GET 200 ${FILE.length} ${SHA256}`,
    `HEAD 200 ${FILE.length} ${sha256(Buffer.alloc(0))}`,
    `GET 200 ${FILE.length} ${SHA256}`,
    expect.stringContaining(`proxy 200 ${SHA256}`),
    `tls 200 ${SHA256}`,
  ]);
});

describe('the tools of nghttp2', () => {
  test('nghttp loads the page and its ten pictures over one connection', async ({ skip }) => {
    if (!(await hasOnClient('nghttp'))) skip();
    const told = await onWorkstation(['nghttp', '--null-out', '--stat', '--get-assets', `https://${SITE}/album/`]);
    const answered = told.split('\n').filter((line) => / 200 /.test(line) && /\/album\//.test(line));
    expect(answered).toHaveLength(11);
  });

  test('h2load makes 500 requests over ten connections of a hundred streams; none fails', async ({ skip }) => {
    if (!(await hasOnClient('h2load'))) skip();
    const told = await onWorkstation(['h2load', '-n', '500', '-c', '10', '-m', '100', `https://${SITE}${PICTURE}`]);
    expect(told).toMatch(/requests: 500 total, 500 started, 500 done, 500 succeeded, 0 failed, 0 errored, 0 timeout/);
    expect(told).toMatch(/Application protocol: h2/);
  });
});

describe('Chromium through the cache', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(() => browser.close());

  test('the second visit of another reader is served by the cache: page and pictures', async () => {
    const { address, port } = lab.proxy;
    const visit = async () => {
      const context = await browser.newContext({ proxy: { server: `http://${address}:${port}` } });
      const page = await context.newPage();
      const statuses: Promise<string>[] = [];
      page.on('response', (response) => {
        statuses.push(response.allHeaders().then((fields) => fields['cache-status'] ?? ''));
      });
      // The event `load` comes when the pictures have come.
      await page.goto(`http://${SITE}/album/`);
      await expect.poll(() => statuses.length).toBeGreaterThanOrEqual(11);
      const seen = await Promise.all(statuses);
      await context.close();
      return seen;
    };
    // The older an object is, the longer a cache takes it to be fresh; here it may have been written this minute.
    await advanceClock(DAY_MS);
    await act('proxy', 'purge');
    const [first, second] = [await visit(), await visit()];

    expect(first.filter((status) => /\bhit\b/.test(status))).toHaveLength(0);
    expect(second.filter((status) => /; hit/.test(status)).length).toBeGreaterThanOrEqual(11);
  });
});
