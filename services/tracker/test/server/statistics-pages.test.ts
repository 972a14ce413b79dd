import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import type { TrackerState } from '../../src/server/tracker-state.ts';
import { INFO_HASH } from './udp-client.ts';

const HASH = INFO_HASH.toHex();
const OTHER = 'ab'.repeat(20);
/** Where `fetch` comes from. */
const SELF = '127.0.0.1';

let host: TestHost;
let running: Running;

beforeEach(async () => {
  host = createTestHost({ name: 'tracker', suffix: '30.7' });
  running = await startOn(program, host);
});

afterEach(async () => {
  await running.stop();
  await host.remove();
});

async function announce(infoHash: string, nth: number, fields = ''): Promise<void> {
  const escaped = infoHash.replace(/../g, '%$&');
  const id = encodeURIComponent(`-<b>"&'-${String(nth).padStart(12, '0')}`);
  const query = `info_hash=${escaped}&peer_id=${id}&port=${7000 + nth}&left=4194304${fields}`;
  expect(await (await get(`/announce?${query}`)).text()).toContain('8:interval');
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://${host.address}:6969${path}`, { headers, redirect: 'manual' });
}

test('the page shows who takes part, in the language of the browser, and what peers say is text in it', async () => {
  await announce(HASH, 1);
  await announce(HASH, 2, '&left=0');
  const response = await get('/', { 'Accept-Language': 'ko-KR,ko;q=0.9' });
  const page = await response.text();
  expect(response.headers.get('content-language')).toBe('ko');
  expect(page).toContain('<html lang="ko">');
  expect(page).toContain(HASH);
  expect(page).toContain(`${SELF}:7001`);
  expect(page).toContain('4 MiB');
  expect(page).toContain('-&#60;b&#62;&#34;&#38;&#39;-000000000001');
  expect(page).not.toContain('<b>"');
  expect(await (await get('/')).text()).toContain('Which peers take part in which torrent');
});

test('with several torrents each has a page of its own', async () => {
  await announce(HASH, 1);
  await announce(OTHER, 2);
  const all = await (await get('/')).text();
  expect(all).toContain(`href="/torrents/${OTHER}"`);
  expect(all).not.toContain(':7002');
  const one = await (await get(`/torrents/${OTHER}`)).text();
  expect(one).toContain(`${SELF}:7002`);
  expect(one).not.toContain(':7001');
  expect((await get(`/torrents/${'00'.repeat(20)}`)).status).toBe(404);
});

test('the switch of languages is remembered', async () => {
  const switched = await get('/?language=ko');
  expect(switched.status).toBe(303);
  expect(switched.headers.get('location')).toBe('/');
  const cookie = switched.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect(await (await get('/', { Cookie: cookie })).text()).toContain('lang="ko"');
});

test('the page loads nothing from elsewhere and runs no script', async () => {
  const response = await get('/');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await response.text()).not.toContain('<script');
  const style = await get('/page/tracker.css');
  expect(style.headers.get('content-type')).toContain('text/css');
  expect(await style.text()).toContain('--page');
});

test('the statistics are there as JSON, as the control API shows them', async () => {
  await announce(HASH, 1);
  await announce(HASH, 1, '&event=completed');
  const statistics = (await (await get('/stats')).json()) as TrackerState;
  expect(statistics).toMatchObject({
    mode: 'open',
    intervalS: 30,
    torrents: 1,
    peers: 1,
    announces: 2,
    http: { announces: 2 },
    udp: { announces: 0 },
    swarms: [{ infoHash: HASH, complete: 1, downloaded: 1, peers: [{ port: 7001, told: 0 }], peersLeftOut: 0 }],
  });
  expect(Object.keys(statistics)).toEqual(Object.keys(running.state()));
});

test('BT-01 the torrent is the set of the peers that take part: each page and list has exactly those that run', async () => {
  for (const nth of [1, 2, 3]) await announce(HASH, nth, '&event=started');
  await announce(HASH, 2, '&event=stopped');
  const { swarms } = (await (await get('/stats')).json()) as TrackerState;
  expect(swarms[0]?.peers.map(({ port }) => port)).toEqual([7001, 7003]);
  const page = await (await get(`/torrents/${HASH}`)).text();
  expect([...page.matchAll(/:(700\d)</g)].map(([, port]) => port)).toEqual(['7001', '7003']);
});
