import { afterEach, expect, test } from 'vitest';
import { ask } from './kit/dns-client.ts';
import { fetchThrough } from './kit/http-client.ts';
import { act, advanceClock, lab, startHost, stateOf, stopHost, until } from './kit/lab-under-test.ts';

/** What a second server, a copy or another peer is good for: one host is taken away, and the lab goes on. */

const DAY_MS = 86_400_000;

let away: string | null = null;

async function takeAway(host: string): Promise<void> {
  away = host;
  await stopHost(host);
}

afterEach(async () => {
  if (away !== null) await startHost(away);
  away = null;
});

test('DNS-65 with the primary server down the secondary answers', async () => {
  await takeAway('dns-primary');
  await act('resolver', 'flush');

  const answer = await ask(lab.resolver, 'www.amazon.com');
  expect(answer.records.at(-1)?.value).toBe(`${lab.net}.10.2`);
});

test('with one of the two root servers down every name is still found', async () => {
  await takeAway('root-b');
  await act('resolver', 'flush');

  for (const name of ['www.someschool.edu', 'mail.crepes.fr', 'tracker.topdown.org', 'cnn.com']) {
    const answer = await ask(lab.resolver, name);
    expect(answer.records.length, name).toBeGreaterThan(0);
  }
});

test('CCH-01 a cached object comes from the proxy while its origin is down', async () => {
  // The older an object is, the longer a cache takes it to be fresh; here it may have been written this minute.
  await advanceClock(DAY_MS);
  const url = 'http://www.someschool.edu/album/01.jpg';
  await act('proxy', 'purge', { url });
  const before = await fetchThrough(lab.proxy, url);
  await takeAway('www-someschool');
  const after = await fetchThrough(lab.proxy, url);

  expect(after.status).toBe(200);
  expect(after.body).toBe(before.body);
});

test('ARC-04, DNS-16 one name, three machines: visits to cnn.com are answered by different ones', async () => {
  const servedBy = new Set<string | undefined>();
  await until('two machines have answered', async () => {
    await act('proxy', 'purge', { url: 'http://cnn.com/' });
    const page = await fetchThrough(lab.proxy, 'http://cnn.com/');
    expect(page.status).toBe(200);
    servedBy.add(page.fields['x-served-by']);
    return servedBy.size >= 2;
  });
  expect([...servedBy].every((host) => /^cnn-[123]$/.test(host ?? ''))).toBe(true);
});

test('ARC-06 when a peer leaves, the others still get the whole file', async () => {
  const remaining = ['peer-1', 'peer-2', 'peer-3'];
  await takeAway('peer-4');
  await Promise.all(remaining.map((peer) => act(peer, 'start-over')));

  await until('the remaining peers have the file', async () => {
    const states = await Promise.all(remaining.map((peer) => stateOf<{ complete: boolean }>(peer)));
    return states.every(({ complete }) => complete);
  });
});
