import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canCapture } from '#shared/host/test/kit/capture.ts';
import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { openBrowser } from './kit/browser.ts';
import { lab, type Moment, now, reportsAfter, type SeenReport, until } from './kit/lab-under-test.ts';
import { captureOnClient, onWorkstation } from './kit/workstation.ts';

/** The album of the school is one page of HTML that names ten pictures: eleven objects, fetched in several manners. */

const ALBUM = 'http://www.someschool.edu/album/';
const ORIGIN = 'www-someschool';
const SERVER = `${lab.net}.10.1`;
const PICTURES = 10;

/** What the workstation and the school's web server send each other while `command` runs there. */
async function packetsOf(command: readonly string[]): Promise<readonly Packet[]> {
  const capture = await captureOnClient(`tcp and host ${SERVER} and port 80`);
  try {
    await onWorkstation(command);
    return await capture.until('all connections have ended', (packets) => {
      const [begun, ended] = [flagged(packets, 'SYN'), flagged(packets, 'FIN')];
      return begun.length > 0 && ended.length >= begun.length;
    });
  } finally {
    await capture.stop();
  }
}

/** The client's segments with this flag: one for each of its connections. */
function flagged(packets: readonly Packet[], flag: 'SYN' | 'FIN'): readonly Packet[] {
  return packets.filter(({ flags, to }) => flags.includes(flag) && to.address === SERVER);
}

function requestsIn(packets: readonly Packet[]): string {
  const sent = packets.filter(({ to }) => to.address === SERVER);
  return sent.map(({ payload }) => Buffer.from(payload).toString('latin1')).join('');
}

/** How often a request followed a request, with no segment of an answer between. */
function requestsBeforeAnAnswer(packets: readonly Packet[]): number {
  const words = packets
    .filter(({ payload }) => payload.length > 0)
    .flatMap(({ to, payload }) => {
      const text = Buffer.from(payload).toString('latin1');
      return to.address === SERVER ? (text.match(/^GET /gm) ?? []) : ['answer'];
    });
  return words.filter((word, place) => word === 'GET ' && words[place - 1] === 'GET ').length;
}

const loadFrom = (host: string) => [
  'sh',
  '-c',
  `d=$(mktemp -d) && cd $d && wget -q -e robots=off --page-requisites http://${host}/album/; find . -name '*.jpg' | wc -l; cd / && rm -r $d`,
];

describe.skipIf(!canCapture)('on the wire', () => {
  test('WEB-09 the client opens a connection to port 80 before a word of HTTP is said', async () => {
    const packets = await packetsOf(['curl', '--silent', '--output', '/dev/null', ALBUM]);
    const [first] = packets;
    const firstWord = packets.find(({ payload }) => payload.length > 0);

    expect(first).toMatchObject({ flags: ['SYN'], to: { address: SERVER, port: 80 } });
    expect(Buffer.from(firstWord!.payload).toString('latin1')).toMatch(/^GET \/album\/ HTTP\/1\.1\r\n/);
    expect(packets.indexOf(firstWord!)).toBeGreaterThanOrEqual(3);
  });

  test('WEB-12 from a server that keeps connections one is enough for eleven objects; from one that closes them it takes eleven', async () => {
    const kept = await packetsOf(loadFrom('www.someschool.edu'));
    const closed = await packetsOf(loadFrom('close.someschool.edu'));

    for (const packets of [kept, closed]) {
      expect(requestsIn(packets).match(/^GET \/album\/\S* HTTP\/1\.1\r$/gm)).toHaveLength(1 + PICTURES);
    }
    expect(flagged(kept, 'SYN')).toHaveLength(1);
    expect(flagged(closed, 'SYN')).toHaveLength(1 + PICTURES);
  });

  test('ERR-05 the lab’s own client keeps its connection and does not pipeline, unless it is told to', async () => {
    const load = (...switches: string[]) =>
      packetsOf(['node', 'services/origin/src/tool/load-page.ts', ALBUM, ...switches]);
    const [usual, pipelined] = [await load(), await load('--pipelining')];

    for (const packets of [usual, pipelined]) expect(flagged(packets, 'SYN')).toHaveLength(1);
    // Requests that were sent while the answer to the one before had not begun.
    expect(requestsBeforeAnAnswer(usual)).toBe(0);
    expect(requestsBeforeAnAnswer(pipelined)).toBeGreaterThan(0);
  });

  test('WEB-07 how the page is shown changes no octet of what is asked', async () => {
    const asText = await packetsOf(['w3m', '-dump', ALBUM]);
    const asSource = await packetsOf(['w3m', '-dump_source', ALBUM]);

    expect(requestsIn(asText)).toBe(requestsIn(asSource));
    expect(requestsIn(asText)).toMatch(/^GET \/album\/ HTTP\/1\.\d\r\n/);
  });
});

describe('in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(() => browser.close());

  const openPage = async () => {
    const { address, port } = lab.proxy;
    const context = await browser.newContext({ proxy: { server: `http://${address}:${port}` } });
    return context.newPage();
  };

  /** Requests that reached the school's web server through the browser's proxy since a moment. */
  const askedSince = async (moment: Moment): Promise<readonly SeenReport[]> =>
    (await reportsAfter(moment)).filter(
      ({ host, kind, from }) => host === ORIGIN && kind === 'http.request' && from?.address === `${lab.net}.11.1`,
    );

  test('WEB-01 the Web is on demand: nothing is asked until the reader clicks', async () => {
    const page = await openPage();
    await page.goto('http://www.someschool.edu/', { waitUntil: 'networkidle' });
    const before = await now();
    // As long as a reader looks at a page that has all that it needs.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await askedSince(before)).toEqual([]);

    // A URL that no cache has seen.
    const target = `/somedir/page.html?reader=${Date.now()}`;
    await page.evaluate(`document.body.insertAdjacentHTML('afterbegin', '<a href="${target}">a page in a folder</a>')`);
    expect(await askedSince(before)).toEqual([]);
    await page.getByText('a page in a folder').click();

    const asked = await until('the object is asked for', async () => {
      const requests = await askedSince(before);
      return requests.length > 0 && requests;
    });
    expect(asked.map(({ summary }) => summary)).toEqual([`GET ${target} HTTP/1.1`]);
    await page.context().close();
  });

  test('WEB-06 two browsers get the same octets and show them differently', async () => {
    const page = await openPage();
    const answer = await page.goto(ALBUM);
    const shownAsPictures = await page.evaluate(
      '[...document.images].filter((image) => image.naturalWidth > 0).length',
    );
    const text = await onWorkstation(['w3m', '-dump', ALBUM]);
    const source = await onWorkstation(['w3m', '-dump_source', ALBUM]);

    expect(source).toBe((await answer!.body()).toString('utf8'));
    expect(shownAsPictures).toBe(PICTURES);
    // A browser of text has no pictures to show, and shows no tag either.
    expect(text).not.toContain('<img');
    expect(text).not.toBe(source);
    expect(text.trim().length).toBeGreaterThan(10);
    await page.context().close();
  });
});
