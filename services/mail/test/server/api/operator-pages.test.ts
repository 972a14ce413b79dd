import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually, type MailHost, type MailWorld, openMailWorld } from '../../mail-world.ts';
import { ask, letter, post, resetBoth } from './api-client.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld(32);
});

afterAll(() => world.end());

beforeEach(() => resetBoth(world));

async function page(
  path: string,
  language = 'en',
  { host }: MailHost = world.crepes,
): Promise<{ status: number; html: string }> {
  const response = await fetch(`http://${host.address}:8025${path}`, { headers: { 'accept-language': language } });
  return { status: response.status, html: await response.text() };
}

/** Sends a form as a browser does; gives where it is led to, or the page that it gets. */
async function submit(
  path: string,
  fields: Record<string, string>,
  origin?: string,
): Promise<{ status: number; to: string; html: string }> {
  const base = `http://${world.crepes.host.address}:8025`;
  const headers = { origin: origin ?? base };
  const body = new URLSearchParams(fields);
  const response = await fetch(base + path, { method: 'POST', headers, body, redirect: 'manual' });
  return { status: response.status, to: response.headers.get('location') ?? '', html: await response.text() };
}

/** A letter to bob that his server has put off once. */
async function putOff(subject: string): Promise<string> {
  await post(world.hamburger, '/faults', {
    name: 'not-now',
    stage: 'smtp-rcpt',
    reply: { code: 451, text: 'Not now' },
  });
  const { id } = (await post(world.crepes, '/messages', letter({ subject }))).body as unknown as { id: string };
  const tries = async () =>
    (await ask(world.crepes, `/queue/${id}`)).body as unknown as { recipients: [{ tries: number }] };
  await eventually(async () => (await tries()).recipients[0].tries > 0, 'a try');
  return id;
}

test('the queue page shows what waits, with its tries, its next try and the last reply', async () => {
  const id = await putOff('크레페 <b>');
  const { html } = await page('/queue');
  expect(html).toContain('1 message waits.');
  expect(html).toContain('크레페 &#60;b&#62;');
  expect(html).toContain('alice@crepes.fr');
  expect(html).toContain('bob@hamburger.edu');
  expect(html).toMatch(/tried once/);
  expect(html).toMatch(/in \d+:\d\d/);
  expect(html).toContain('451 4.0.0 Not now');
  expect((await page('/queue', 'ko')).html).toContain('메시지 1통이 기다립니다.');
  const { html: entry } = await page(`/queue/${id}`);
  expect(entry).toContain('RCPT TO:&#60;bob@hamburger.edu&#62;');
  expect(entry).toContain('<li class="s bad">');
});

test('the countdown goes by lab time', async () => {
  await post(world.hamburger, '/faults', { name: 'not-now', stage: 'smtp-rcpt', reply: { code: 451 } });
  await putOff('hello');
  const due = async () => Number(/data-due-ms="(\d+)/.exec((await page('/queue')).html)?.[1] ?? 0);
  const before = await due();
  expect(before).toBeGreaterThan(20_000);
  world.crepes.host.clock.advance(20_000);
  expect(await due()).toBeLessThanOrEqual(before - 20_000);
});

test('the buttons hold, release, try, give back and drop', async () => {
  const id = await putOff('hello');
  expect(await submit('/queue', { operation: 'hold', id })).toMatchObject({ status: 303, to: '/queue' });
  expect((await page('/queue')).html).toContain('<strong class="held">held</strong>');
  await submit('/queue', { operation: 'release', id });
  expect((await page('/queue')).html).not.toContain('class="held"');
  await submit('/queue', { operation: 'hold-all' });
  expect((await page('/queue')).html).toContain('The queue is held');
  await submit('/queue', { operation: 'release-all' });
  await submit('/queue', { operation: 'drop', id });
  expect((await page('/queue')).html).toContain('Nothing waits.');
  expect((await submit('/queue', { operation: 'retry', id })).status).toBe(404);
  expect((await page(`/queue/${id}`)).html).toContain('no longer in the queue');
});

test('a form of a page elsewhere does nothing', async () => {
  const id = await putOff('hello');
  for (const origin of ['http://evil.example', 'null', 'http://mail.crepes.fr']) {
    expect((await submit('/queue', { operation: 'drop', id }, origin)).status).toBe(403);
  }
  expect((await ask(world.crepes, '/queue')).body.total).toBe(1);
});

test('faults are set, listed and removed on their page, and what is wrong is said in it', async () => {
  const rule = { operation: 'set', name: 'slow', stage: 'pop3-command', kind: 'delay', delayMs: '20', command: 'RETR' };
  expect(await submit('/faults', rule)).toMatchObject({ status: 303, to: '/faults' });
  const { html } = await page('/faults');
  expect(html).toContain('<th scope="row">slow</th>');
  expect(html).toContain('Command: RETR');
  expect(html).not.toContain('with probability');
  await submit('/faults', { ...rule, name: 'now-and-then', probability: '0.25' });
  expect((await page('/faults')).html).toContain('with probability 0.25');
  await submit('/faults', { operation: 'remove', name: 'now-and-then' });
  const refused = await submit('/faults', { ...rule, stage: 'smtp-connect' });
  expect(refused.status).toBe(422);
  expect(refused.html).toContain('At smtp-connect no command is known yet');
  expect(refused.html).toContain('value="RETR"');
  expect((await submit('/faults', { ...rule, name: '' })).html).toContain('name the rule with 1 to 64 letters');
  await submit('/faults', { operation: 'remove', name: 'slow' });
  expect((await page('/faults', 'ko')).html).toContain('정해 둔 고장이 없습니다.');
  expect((await page('/faults', 'ko')).html).toContain('greylist@');
});

test('the pages need no script, and let none in but their own', async () => {
  const response = await fetch(`http://${world.crepes.host.address}:8025/queue`);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(await response.text()).not.toMatch(/<script(?! src="\/countdown\.js")|\son\w+=/);
});

test('a chosen language is remembered, and leads back to a page of ours only', async () => {
  const base = `http://${world.crepes.host.address}:8025`;
  const chosen = await fetch(`${base}/language/ko?back=/faults`, { redirect: 'manual' });
  expect(chosen.headers.get('location')).toBe('/faults');
  expect(chosen.headers.get('set-cookie')).toMatch(/^language=ko;/);
  for (const back of ['//evil.example', '/\\evil.example', 'http://evil.example']) {
    const elsewhere = await fetch(`${base}/language/ko?back=${encodeURIComponent(back)}`, { redirect: 'manual' });
    expect(elsewhere.headers.get('location')).toBe('/queue');
  }
});
