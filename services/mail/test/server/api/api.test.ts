import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { z } from 'zod';
import { messageAnswer, messagesAnswer, problemAnswer } from '../../../src/server/api/answers.ts';
import { openImap } from '../../imap-client.ts';
import { BOB, type MailWorld, openMailWorld, untilQueueIsEmpty } from '../../mail-world.ts';
import { type Answer, ask, letter, post, resetBoth } from './api-client.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld(28);
});

afterAll(() => world.end());

beforeEach(() => resetBoth(world));

async function bobGets(change: object = {}): Promise<Answer> {
  expect((await post(world.crepes, '/messages', letter(change))).status).toBe(202);
  const waited = await ask(world.hamburger, '/messages/wait?account=bob');
  expect(waited.status).toBe(200);
  return waited;
}

function problemOf({ status, type, body }: Answer): z.infer<typeof problemAnswer> {
  expect(type).toBe('application/problem+json; charset=utf-8');
  const problem = problemAnswer.parse(body);
  expect(problem.status).toBe(status);
  return problem;
}

test('a letter is sent, waited for, and read as JSON, with its envelope and its way', async () => {
  const { body } = await bobGets({ html: '<p>Is it <a href="http://crepes.fr/42">42</a>?</p>' });
  const message = messageAnswer.parse(body.message);
  expect(message).toMatchObject({
    account: 'bob',
    folder: 'INBOX',
    subject: 'hello',
    from: [{ name: 'Alice', address: 'alice@crepes.fr' }],
    to: [{ name: '', address: 'bob@hamburger.edu' }],
    envelope: { mailFrom: 'alice@crepes.fr', rcptTo: 'bob@hamburger.edu' },
    links: [{ url: 'http://crepes.fr/42', text: '42' }],
    flags: { seen: false },
  });
  expect(message.text.trim()).toBe('Is it 42?');
  expect(message.way.map(({ by, transmission }) => [by, transmission])).toEqual([
    ['mail.crepes.fr', 'HTTP'],
    ['mail.hamburger.edu', 'ESMTP'],
  ]);
});

test('accounts and folders are listed with what lies in them', async () => {
  await bobGets();
  const { body } = await ask(world.hamburger, '/accounts');
  expect(body.accounts).toMatchObject([
    { account: 'bob', address: 'bob@hamburger.edu', messages: 1, unread: 1 },
    { account: 'dave', messages: 0 },
  ]);
  const { body: folders } = await ask(world.hamburger, '/accounts/bob/folders');
  expect(folders.folders).toMatchObject([
    { name: 'INBOX', messages: 1, use: null },
    { name: 'Drafts', use: '\\Drafts' },
    { name: 'Junk' },
    { name: 'Sent' },
    { name: 'Trash' },
  ]);
});

test('messages are found by each of the words, and by all of them together', async () => {
  await bobGets({ subject: 'Menü', text: 'crêpes au sucre' });
  const found = async (words: string) => {
    const { body } = await ask(world.hamburger, `/messages?${words}`);
    return messagesAnswer.parse(body).messages.length;
  };
  for (const words of ['', 'account=bob', 'account=bob@hamburger.edu', 'from=ALICE', 'to=bob@', 'subject=men%C3%BC']) {
    expect([words, await found(words)]).toEqual([words, 1]);
  }
  expect(await found('text=cr%C3%AApes')).toBe(1);
  expect(await found('unread=true&text=sucre&from=alice')).toBe(1);
  for (const words of [
    'account=dave',
    'from=bob',
    'to=dave@',
    'subject=sucre',
    'text=sel',
    'unread=false',
    'folder=Sent',
  ]) {
    expect([words, await found(words)]).toEqual([words, 0]);
  }
});

test('pages of a list go on where the last one ended, also when mail comes between them', async () => {
  const subjects = ['one', 'two', 'three', 'four', 'five'];
  for (const subject of subjects) {
    await post(world.crepes, '/messages', letter({ from: 'shop@outside.example', to: ['claire@crepes.fr'], subject }));
    await ask(world.crepes, `/messages/wait?subject=${subject}`);
  }
  const seen: string[] = [];
  for (let before: string | null = ''; before !== null; ) {
    const page = messagesAnswer.parse(
      (await ask(world.crepes, `/messages?limit=2${before === '' ? '' : `&before=${before}`}`)).body,
    );
    seen.push(...page.messages.map(({ subject }) => subject));
    before = page.before;
    if (seen.length === 2) {
      await post(world.crepes, '/messages', letter({ from: 'x@y.example', to: ['alice@crepes.fr'], subject: 'late' }));
      await ask(world.crepes, '/messages/wait?subject=late');
    }
  }
  expect(seen).toEqual(subjects.toReversed());
});

test('here is a place: what comes later is found since it', async () => {
  await bobGets({ subject: 'first' });
  const { here } = messagesAnswer.parse((await ask(world.hamburger, '/messages')).body);
  expect((await ask(world.hamburger, `/messages?since=${here}`)).body.messages).toEqual([]);
  await post(world.crepes, '/messages', letter({ subject: 'second' }));
  const { body } = await ask(world.hamburger, `/messages/wait?since=${here}`);
  expect(body.message).toMatchObject({ subject: 'second' });
  const time = new Date(world.hamburger.host.clock.now() + 1000).toISOString();
  expect((await ask(world.hamburger, `/messages?since=${time}`)).body.messages).toEqual([]);
});

test('raw octets and single parts are given as they are, and no browser runs them', async () => {
  const content = Buffer.from('<script>alert(1)</script>').toString('base64');
  const attachment = { filename: '../menu.html', type: 'text/html', content };
  const { body } = await bobGets({ attachments: [attachment] });
  const message = messageAnswer.parse(body.message);
  expect(message.attachments).toMatchObject([{ section: '2', type: 'text/html' }]);
  const base = `http://${world.hamburger.host.address}:8025/api/v1/messages/${message.id}`;
  const raw = await fetch(`${base}/raw`);
  expect(raw.headers.get('content-type')).toBe('message/rfc822');
  const octets = await raw.text();
  expect(octets.length).toBe(message.octets);
  expect(octets).toMatch(/^Return-Path: <alice@crepes\.fr>\r\n/);
  const part = await fetch(`${base}/parts/2`);
  expect(await part.text()).toBe('<script>alert(1)</script>');
  expect(part.headers.get('content-type')).toBe('application/octet-stream');
  expect(part.headers.get('part-type')).toBe('text/html');
  expect(part.headers.get('content-disposition')).toMatch(/^attachment; filename="menu\.html"/);
  expect(part.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await fetch(`${base}/parts/7`)).status).toBe(404);
});

test('a message is marked and deleted, and its name is never given again', async () => {
  const { body } = await bobGets();
  const { id } = messageAnswer.parse(body.message);
  expect((await post(world.hamburger, `/messages/${id}`, { seen: true, flagged: true }, 'PATCH')).body).toMatchObject({
    flags: { seen: true, flagged: true, answered: false },
  });
  expect((await post(world.hamburger, `/messages/${id}`, { flagged: false }, 'PATCH')).body).toMatchObject({
    flags: { seen: true, flagged: false },
  });
  expect((await ask(world.hamburger, `/messages/${id}`, { method: 'DELETE' })).body).toEqual({ deleted: id });
  expect(problemOf(await ask(world.hamburger, `/messages/${id}`)).detail).toMatch(/it was deleted or moved/);
  const again = messageAnswer.parse((await bobGets()).body.message);
  expect(again.id).not.toBe(id);
});

test('marking a message leaves its keywords as they are', async () => {
  const { body } = await bobGets();
  const { id } = messageAnswer.parse(body.message);
  const client = await openImap(world.hamburger, BOB, 'INBOX');
  await client.ask('STORE 1 +FLAGS ($Work)');
  await post(world.hamburger, `/messages/${id}`, { seen: true }, 'PATCH');
  expect((await client.ask('NOOP'))[0]).toMatch(/^\* 1 FETCH \(FLAGS \(\\Seen \$Work/);
  client.line.drop();
});

test('a folder has the name that people read, and is found by it', async () => {
  const client = await openImap(world.hamburger, BOB);
  await client.ask('CREATE &ulTHfNVo-');
  await client.append('&ulTHfNVo-', 'Subject: inside\r\n\r\n');
  const { body } = await ask(world.hamburger, '/accounts/bob/folders');
  expect(body.folders).toContainEqual(expect.objectContaining({ name: '메일함', use: null, messages: 1 }));
  const found = await ask(world.hamburger, `/messages?account=bob&folder=${encodeURIComponent('메일함')}`);
  expect(found.body.messages).toMatchObject([{ folder: '메일함', subject: 'inside' }]);
  expect((await ask(world.hamburger, '/messages?account=bob&folder=a%2F%2Fb')).status).toBe(404);
  client.line.drop();
});

test('a body that does not say that it is JSON is told how to say so, as curl -d comes', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
    const init = { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(letter()) };
    const refused = await ask(world.crepes, '/messages', init);
    expect(refused.status).toBe(415);
    expect(problemOf(refused).detail).toMatch(/curl -H 'content-type: application\/json'/);
  }
  expect((await ask(world.crepes, '/reset', { method: 'POST' })).status).toBe(200);
});

test('reset leaves the folders that every account has, and no others', async () => {
  const client = await openImap(world.hamburger, BOB);
  const before = await client.ask('LIST "" * RETURN (SUBSCRIBED)');
  for (const command of ['CREATE Old (USE (\\Archive))', 'SUBSCRIBE Old', 'RENAME Sent Gesendet', 'DELETE Junk'])
    expect(await client.reply(command)).toMatch(/^OK/);
  await post(world.hamburger, '/reset');
  expect(await client.ask('LIST "" * RETURN (SUBSCRIBED)')).toEqual(before);
  expect((await client.ask('LSUB "" *')).some((line) => line.includes('Old'))).toBe(false);
  client.line.drop();
});

test('reset empties mailboxes, queue and faults, and the UIDs go on', async () => {
  const before = messageAnswer.parse((await bobGets()).body.message);
  await Promise.all([untilQueueIsEmpty(world.crepes), untilQueueIsEmpty(world.hamburger)]);
  await post(world.hamburger, '/faults', { name: 'busy', stage: 'smtp-connect', reply: { code: 421 } });
  await post(world.crepes, '/queue/hold');
  await post(world.crepes, '/messages', letter());
  expect((await post(world.crepes, '/reset')).body).toMatchObject({ queueEntries: 1 });
  expect((await post(world.hamburger, '/reset')).body).toEqual({ messages: 1, folders: 0, queueEntries: 0, faults: 1 });
  await post(world.crepes, '/queue/release');
  expect((await ask(world.hamburger, '/messages?folder=*')).body.messages).toEqual([]);
  expect((await ask(world.crepes, '/queue')).body.entries).toEqual([]);
  const after = messageAnswer.parse((await bobGets()).body.message);
  const [validity, uid] = before.id.split('.').slice(1).map(Number);
  expect(after.id.split('.').slice(1).map(Number)).toEqual([validity, uid! + 1]);
});

test('anybody may write to the mailboxes here, and only accounts here to others', async () => {
  const outside = { from: 'Shop <noreply@shop.example>', subject: 'Welcome' };
  expect((await post(world.crepes, '/messages', letter({ ...outside, to: ['alice@crepes.fr'] }))).status).toBe(202);
  const refused = await post(world.crepes, '/messages', letter({ ...outside, to: ['bob@hamburger.edu'] }));
  expect(refused.status).toBe(422);
  expect(problemOf(refused).detail).toMatch(/noreply@shop\.example is no account here, so it may write to crepes\.fr/);
  expect(refused.body.reply).toMatchObject({ code: 550, status: '5.7.1' });
  const unknown = await post(world.crepes, '/messages', letter({ to: ['nobody@crepes.fr'] }));
  expect(unknown.body.reply).toMatchObject({ code: 550, status: '5.1.1' });
});

test('a message that is there as octets is sent with an envelope of its own, its line ends mended', async () => {
  const message = 'From: alice@crepes.fr\nTo: everybody\nSubject: raw\n\n.\nhello\n';
  const headers = { 'content-type': 'message/rfc822' };
  const sent = await ask(
    world.crepes,
    '/messages/raw?from=alice@crepes.fr&to=bob@hamburger.edu&to=dave@hamburger.edu',
    {
      method: 'POST',
      headers,
      body: message,
    },
  );
  expect(sent.status).toBe(202);
  for (const account of ['bob', 'dave']) {
    const { body } = await ask(world.hamburger, `/messages/wait?account=${account}`);
    expect(messageAnswer.parse(body.message).text).toBe('.\nhello\n');
  }
  const wrong = await post(world.crepes, '/messages/raw?from=a@b.example&to=alice@crepes.fr', {});
  expect(problemOf(wrong).detail).toBe('Send the message as message/rfc822');
});

test.each<[string, () => Promise<Answer>, number, RegExp]>([
  ['an unknown path', () => ask(world.crepes, '/nothing'), 404, /There is no GET .*nothing: see .*openapi\.json/],
  ['an unknown account', () => ask(world.crepes, '/messages?account=bob'), 404, /no account "bob" here: see GET/],
  [
    'an account of the other domain',
    () => ask(world.crepes, '/messages?account=alice@hamburger.edu'),
    404,
    /no account/,
  ],
  ['an unknown folder', () => ask(world.crepes, '/messages?folder=Nowhere'), 404, /no folder "Nowhere"/],
  ['a folder that leads out', () => ask(world.crepes, '/messages?folder=..%2F..%2Fbob'), 404, /no folder/],
  ['an unknown word', () => ask(world.crepes, '/messages?sender=x'), 400, /Unrecognized key.*sender.*openapi\.json/],
  ['a place that is none', () => ask(world.crepes, '/messages?since=yesterday'), 400, /give a place .* or a time/],
  ['a limit that is too high', () => ask(world.crepes, '/messages?limit=1000'), 400, /limit: give 200 at most/],
  ['a message of another kind of name', () => ask(world.crepes, '/messages/..%2f..%2fetc'), 404, /no message/],
  [
    'a letter for nobody',
    () => post(world.crepes, '/messages', letter({ to: [] })),
    400,
    /for nobody: give to, cc or bcc/,
  ],
  ['a letter from no address', () => post(world.crepes, '/messages', letter({ from: 'alice' })), 400, /alice/],
  [
    'no JSON',
    () => ask(world.crepes, '/faults', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }),
    400,
    /JSON/,
  ],
  [
    'an address that is none',
    () => ask(world.crepes, '/messages/%ff'),
    400,
    /not a valid url component: see .*openapi/,
  ],
  ['a name without end', () => ask(world.crepes, `/messages/${'a'.repeat(3_000)}`), 400, /see .*openapi/],
  [
    'a request that is too large',
    () => post(world.crepes, '/messages', letter({ text: 'x'.repeat(15_000_000) })),
    413,
    /too large.*see GET .*limits/,
  ],
  [
    'a message with NUL',
    () =>
      ask(world.crepes, '/messages/raw?from=alice@crepes.fr&to=bob@hamburger.edu', {
        method: 'POST',
        headers: { 'content-type': 'message/rfc822' },
        body: 'From: alice@crepes.fr\n\na\0b',
      }),
    422,
    /NUL in the message/,
  ],
  [
    'a line end in an address',
    () => post(world.crepes, '/messages', letter({ to: ['bob@hamburger.edu\r\nRCPT TO:<x@y.example>'] })),
    400,
    /no address/,
  ],
  ['an entry that is not in the queue', () => post(world.crepes, '/queue/x1/retry'), 404, /no "x1" in the queue/],
  [
    'a fault that makes no sense',
    () => post(world.crepes, '/faults', { name: 'x', stage: 'delivery', drop: true }),
    400,
    /no connection to drop/,
  ],
  [
    'a fault that is not there',
    () => ask(world.crepes, '/faults/x', { method: 'DELETE' }),
    404,
    /No fault is called "x"/,
  ],
])('%s is told as a problem, in a sentence that says what to do', async (_what, request, status, detail) => {
  const answer = await request();
  const problem = problemOf(answer);
  expect(problem.status).toBe(status);
  expect(problem.detail).toMatch(detail);
});

test.each<[string, Record<string, string>, number]>([
  ['a program', {}, 200],
  ['its own page', { origin: 'ITSELF' }, 200],
  ['a page of elsewhere', { origin: 'http://evil.example' }, 403],
  ['a page of the webmail', { origin: 'http://mail.crepes.fr' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  ['an image on a page of elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
])('%s is let in or not', async (_who, headers, status) => {
  const { address } = world.crepes.host;
  const given = headers.origin === 'ITSELF' ? { origin: `http://${address}:8025` } : headers;
  expect((await ask(world.crepes, '/queue', { headers: given })).status).toBe(status);
});

test('a name that leads here by rebinding is refused', async () => {
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    request(
      { host: world.crepes.host.address, port: 8025, path: '/api/v1/queue', headers: { host: 'evil.example:8025' } },
      (response) => resolve(response.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
});

test('the OpenAPI document lists every operation, with what goes in and what comes out', async () => {
  const { body } = await ask(world.crepes, '/openapi.json');
  const document = body as unknown as {
    openapi: string;
    paths: Record<
      string,
      Record<string, { operationId: string; responses: object; parameters: { name: string; in: string }[] }>
    >;
  };
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method, ...one })),
  );
  expect(operations.length).toBeGreaterThanOrEqual(30);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, parameters } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(named);
  }
  expect(document.paths['/messages/wait']?.get?.parameters.map(({ name }) => name)).toContain('timeoutMs');
});

test('the limits are told by the names of their variables', async () => {
  const { body } = await ask(world.crepes, '/limits');
  expect(body.limits).toMatchObject({ MESSAGE_OCTETS_MAX: 10_485_760, MAGIC_RECIPIENTS: true, WAITERS_MAX: 100 });
});

test('the queue is shown, held, released, tried and dropped', async () => {
  await post(world.crepes, '/queue/hold');
  const { id } = (await post(world.crepes, '/messages', letter())).body as unknown as { id: string };
  const { body } = await ask(world.crepes, '/queue');
  expect(body).toMatchObject({
    isHeld: true,
    total: 1,
    entries: [
      { id, from: 'alice@crepes.fr', recipients: [{ address: 'bob@hamburger.edu', state: 'waiting', tries: 0 }] },
    ],
  });
  expect((await post(world.crepes, `/queue/${id}/hold`)).body).toMatchObject({
    entry: { heldSince: expect.any(String) },
  });
  expect((await post(world.crepes, `/queue/${id}/release`)).body).toMatchObject({ entry: { heldSince: null } });
  expect((await ask(world.crepes, `/queue/${id}`, { method: 'DELETE' })).body).toEqual({ id, entry: null });
  await post(world.crepes, '/queue/release');
  expect((await ask(world.hamburger, '/messages/wait?timeoutMs=50')).status).toBe(404);
});

test('what is given back comes to its sender', async () => {
  await post(world.crepes, '/queue/hold');
  const { id } = (await post(world.crepes, '/messages', letter())).body as unknown as { id: string };
  await post(world.crepes, `/queue/${id}/bounce`);
  await post(world.crepes, '/queue/release');
  const { body } = await ask(world.crepes, '/messages/wait?account=alice&text=hamburger.edu');
  expect(messageAnswer.parse(body.message)).toMatchObject({ envelope: { mailFrom: '' } });
});
