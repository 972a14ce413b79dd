import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Capture, canCapture } from '#shared/host/test/kit/capture.ts';
import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { fetchThrough } from './kit/http-client.ts';
import {
  act,
  advanceClock,
  lab,
  labAheadMs,
  now,
  reportsAfter,
  startHost,
  stateOf,
  stopHost,
  until,
} from './kit/lab-under-test.ts';
import { captureInLab, onWorkstation, proxyUrl } from './kit/workstation.ts';

/**
 * The people of an institution have told their browsers to ask the cache. The packets of the whole lab show who speaks to whom:
 * browser and cache, cache and origin, and never browser and origin.
 */

const SITE = 'www.someschool.edu';
const URL_ = `http://${SITE}/album/01.jpg`;
const CLIENT = `${lab.net}.100.1`;
const PROXY = `${lab.net}.11.1`;
const ORIGIN = `${lab.net}.10.1`;
/** Longer than any object of the school stays fresh by the guess of a cache, in milliseconds: a day and more. */
const PAST_FRESHNESS_MS = 90_000_000;

/** Clocks of hosts that are right are nearer to each other than this, in milliseconds: a Date has whole seconds. */
const CLOCKS_APART_MS = 3_000;
/** A request that is always the origin's to answer. */
const NEVER_STORED = { method: 'OPTIONS' };

/** Fetches a URL on the workstation with the proxy configured, and gives the fields and the length of what came. */
async function fetchAsConfigured(url: string): Promise<{ head: string; octets: number }> {
  const written = ['--output', '/dev/null', '--dump-header', '-', '--write-out', '%{size_download}'];
  // In the embedded lab every host is on this machine: the client's address makes it the client.
  const from = lab.form === 'embedded' ? ['--interface', CLIENT] : [];
  const printed = await onWorkstation(['curl', '--silent', ...from, '--proxy', proxyUrl, ...written, url]);
  const end = printed.lastIndexOf('\n') + 1;
  return { head: printed.slice(0, end), octets: Number(printed.slice(end)) };
}

const between = (packets: readonly Packet[], one: string, other: string) =>
  packets.filter(
    ({ from, to }) => (from.address === one && to.address === other) || (from.address === other && to.address === one),
  );
const payloadOf = (packets: readonly Packet[]) =>
  packets.map(({ payload }) => Buffer.from(payload).toString('latin1')).join('');
const octetsOf = (packets: readonly Packet[]) => packets.reduce((sum, { payload }) => sum + payload.length, 0);

beforeAll(async () => {
  // A cache that has just been switched on has no connection to any origin.
  await stopHost('proxy');
  await startHost('proxy');
  await act('proxy', 'purge');
  await act('proxy', 'mode', { mode: 'freshness' });
  // The older an object is, the longer a cache takes it to be fresh; here it may have been written this minute.
  await advanceClock(PAST_FRESHNESS_MS);
});

afterAll(async () => {
  await act('proxy', 'mode', { mode: 'freshness' });
  await act('proxy', 'purge');
});

describe.skipIf(!canCapture)('on the wire', () => {
  let capture: Capture;

  /** What the three hosts send each other over TCP while `work` goes on and until the client has seen the server close. */
  async function packetsOf(work: () => Promise<unknown>): Promise<readonly Packet[]> {
    const web = `(host ${CLIENT} and host ${PROXY} and port 3128) or (host ${ORIGIN} and port 80)`;
    capture = await captureInLab(`tcp and (${web})`);
    try {
      await work();
      return await capture.until('the client has closed', (packets) =>
        between(packets, CLIENT, PROXY).some(({ flags, from }) => flags.includes('FIN') && from.address === CLIENT),
      );
    } finally {
      await capture.stop();
    }
  }

  test('CCH-03, CCH-04, CCH-06, CCH-08 a miss: the browser connects to the cache and asks for the whole URL; the cache connects to the origin; browser and origin exchange nothing', async () => {
    const packets = await packetsOf(() => fetchAsConfigured(URL_));
    const outer = between(packets, CLIENT, PROXY);
    const inner = between(packets, PROXY, ORIGIN);

    expect(outer[0]).toMatchObject({ flags: ['SYN'], from: { address: CLIENT }, to: { address: PROXY, port: 3128 } });
    expect(payloadOf(outer)).toMatch(/^GET http:\/\/www\.someschool\.edu\/album\/01\.jpg HTTP\/1\.1\r\n/);
    // The cache is a server in one connection and a client in the other, for one object.
    expect(inner.find(({ flags }) => flags.includes('SYN'))).toMatchObject({ from: { address: PROXY } });
    expect(payloadOf(inner.filter(({ from }) => from.address === PROXY)).match(/^GET /gm)).toEqual(['GET ']);
    expect(payloadOf(inner)).toMatch(/^GET \/album\/01\.jpg HTTP\/1\.1\r\n/);
    expect(between(packets, CLIENT, ORIGIN)).toEqual([]);
  });

  test('CCH-05 a hit: the origin neither receives nor sends a packet, and the octets are the same', async () => {
    let octets = 0;
    const packets = await packetsOf(async () => {
      const fetched = await fetchAsConfigured(URL_);
      expect(fetched.head).toMatch(/^cache-status: .*\bhit\b/im);
      octets = fetched.octets;
    });

    expect(octets).toBeGreaterThan(1000);
    // Keep-alive connections of before may end now; nothing is said on them.
    expect(octetsOf(between(packets, PROXY, ORIGIN))).toBe(0);
  });

  test('CGT-05 to confirm a copy takes a twentieth of what it takes to fetch the object', async () => {
    const url = `http://${SITE}/seal.png`;
    const document = { host: SITE, path: '/seal.png', text: 'a picture, let us say '.repeat(4_000) };
    await act('www-someschool', 'edit', document);
    await act('proxy', 'purge', { url });
    const fetched = await packetsOf(() => fetchAsConfigured(url));
    await advanceClock(PAST_FRESHNESS_MS);
    const confirmed = await packetsOf(() => fetchAsConfigured(url));
    await act('www-someschool', 'restore', { host: SITE, path: '/seal.png' });

    const [object, confirmation] = [fetched, confirmed].map((packets) => between(packets, PROXY, ORIGIN));
    expect(payloadOf(object!)).toContain('HTTP/1.1 200 OK');
    expect(payloadOf(confirmation!)).toContain('HTTP/1.1 304 Not Modified');
    expect(octetsOf(confirmation!)).toBeLessThan(0.05 * octetsOf(object!));
  });
});

test('CCH-01 what the cache has is there although the origin is switched off', async () => {
  await fetchAsConfigured(URL_);
  await stopHost('www-someschool');
  try {
    const { head, octets } = await fetchAsConfigured(URL_);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(octets).toBeGreaterThan(1000);
  } finally {
    await startHost('www-someschool');
    await until('the origin has the time of the lab again', async () => {
      const aheadMs = await labAheadMs();
      const { fields } = await fetchThrough(lab.proxy, `http://${SITE}/`, NEVER_STORED);
      return Math.abs(Date.parse(fields.date ?? '') - Date.now() - aheadMs) < CLOCKS_APART_MS;
    });
  }
});

test('CCH-02 the cache lists what was asked for lately', async () => {
  const state = await stateOf<{ stored: readonly { readonly key: string }[] }>('proxy');

  expect(state.stored.map(({ key }) => key)).toContain(URL_);
});

test('ERR-15 in one mode the cache answers by itself while a copy is fresh, in the other it asks the origin each time', async () => {
  await fetchThrough(lab.proxy, URL_);
  const fresh = await fetchThrough(lab.proxy, URL_);
  await act('proxy', 'mode', { mode: 'always-revalidate' });
  const asked = await fetchThrough(lab.proxy, URL_);
  await act('proxy', 'mode', { mode: 'freshness' });

  expect(fresh.fields['cache-status']).toMatch(/; hit/);
  expect(asked.fields['cache-status']).toMatch(/fwd=stale; fwd-status=304/);
  expect(asked.body).toBe(fresh.body);
});

test('a hundred readers who come at once make one request to the origin', async () => {
  const url = `http://${SITE}/album/02.jpg`;
  await act('proxy', 'purge', { url });
  const before = await now();
  const pages = await Promise.all(Array.from({ length: 100 }, () => fetchThrough(lab.proxy, url)));

  expect(new Set(pages.map(({ status, body }) => `${status} ${body.length}`)).size).toBe(1);
  const asked = await until('the origin has told what it was asked', async () => {
    const reports = await reportsAfter(before);
    const requests = reports.filter(
      ({ host, kind, summary }) =>
        host === 'www-someschool' && kind === 'http.request' && summary.includes('/album/02.jpg'),
    );
    return requests.length > 0 && requests;
  });
  expect(asked).toHaveLength(1);
});

test('what was stored is still there after the cache itself has been switched off and on', async () => {
  await fetchThrough(lab.proxy, URL_);
  await stopHost('proxy');
  await startHost('proxy');
  await until('the cache answers again', async () => (await fetchThrough(lab.proxy, 'http://cnn.com/')).status === 200);
  const page = await fetchThrough(lab.proxy, URL_);

  expect(page.fields['cache-status']).toMatch(/; hit/);
});
