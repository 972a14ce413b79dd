import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { messageAnswer, messagesAnswer, waitAnswer } from '../../../src/server/api/answers.ts';
import { openImap } from '../../imap-client.ts';
import {
  ALICE,
  eventually,
  type MailHost,
  type MailWorld,
  openMailWorld,
  openSmtp,
  sendMail,
} from '../../mail-world.ts';
import { ask, letter, post, resetBoth } from './api-client.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld(29);
});

afterAll(() => world.end());

beforeEach(() => resetBoth(world));

/** Somebody outside writes to an account of crepes.fr. */
async function write(subject: string, to = 'alice@crepes.fr'): Promise<void> {
  const sent = await post(
    world.crepes,
    '/messages',
    letter({ from: 'shop@outside.example', to: [to], subject, text: subject }),
  );
  expect(sent.status).toBe(202);
}

async function waiters(): Promise<number> {
  return ((await world.crepes.running.state()) as { connections: { api: number } }).connections.api;
}

test('a wait that begins before the message ends when it comes', async () => {
  const wait = ask(world.crepes, '/messages/wait?account=alice&subject=later');
  await eventually(async () => (await waiters()) === 1, 'the waiter');
  await write('something else');
  await write('later');
  expect((await wait).body.message).toMatchObject({ subject: 'later' });
  expect(await waiters()).toBe(0);
});

test('a wait that begins after the message finds it, the oldest first, and goes on behind it', async () => {
  for (const subject of ['one', 'two', 'three']) {
    await write(subject);
    await ask(world.crepes, `/messages/wait?subject=${subject}`);
  }
  const subjects: string[] = [];
  for (let since = ''; subjects.length < 3; ) {
    const waited = waitAnswer.parse((await ask(world.crepes, `/messages/wait?since=${since}`)).body);
    subjects.push(waited.message.subject);
    since = waited.next;
  }
  expect(subjects).toEqual(['one', 'two', 'three']);
});

test('no message is missed that comes between two waits, whatever comes in between', async () => {
  const all = Array.from({ length: 40 }, (_, index) => `number ${index}`);
  const sending = Promise.all(
    all.map((subject, index) => write(subject, index % 2 === 0 ? 'alice@crepes.fr' : 'claire@crepes.fr')),
  );
  const seen: string[] = [];
  for (let since = ''; seen.length < all.length; ) {
    const answer = await ask(world.crepes, `/messages/wait?since=${since}`);
    const waited = waitAnswer.parse(answer.body);
    seen.push(waited.message.subject);
    since = waited.next;
  }
  await sending;
  expect(seen.toSorted()).toEqual(all.toSorted());
});

test('many waits at once each get what they wait for', async () => {
  const waits = Array.from({ length: 30 }, (_, index) => ask(world.crepes, `/messages/wait?subject=for-${index}-`));
  await eventually(async () => (await waiters()) === 30, 'all waiters');
  for (let index = 0; index < 30; index += 1) await write(`for-${index}-`);
  const subjects = (await Promise.all(waits)).map(({ body }) => messageAnswer.parse(body.message).subject);
  expect(subjects).toEqual(waits.map((_, index) => `for-${index}-`));
});

test('more waits than the limit are refused, and there is room again when clients go away', async () => {
  const leaving = new AbortController();
  const waits = Array.from({ length: 100 }, () =>
    ask(world.crepes, '/messages/wait?subject=never&timeoutMs=240000', { signal: leaving.signal }).catch(() => null),
  );
  await eventually(async () => (await waiters()) === 100, 'all waiters');
  const refused = await ask(world.crepes, '/messages/wait');
  expect(refused).toMatchObject({ status: 503, body: { type: 'urn:topdown:mail:too-many' } });
  leaving.abort();
  await Promise.all(waits);
  await eventually(async () => (await waiters()) === 0, 'room');
});

test('a wait in vain says what came instead, and where to go on', async () => {
  await write('not this one');
  await ask(world.crepes, '/messages/wait?subject=not');
  const { status, body } = await ask(world.crepes, '/messages/wait?subject=confirm&timeoutMs=10');
  expect(status).toBe(404);
  expect(body.detail).toMatch(/other messages are there, the last one is "not this one" in INBOX of alice/);
  expect(body.others).toMatchObject([{ subject: 'not this one' }]);
  await write('confirm');
  const waited = await ask(world.crepes, `/messages/wait?since=${body.next}`);
  expect(waited.body.message).toMatchObject({ subject: 'confirm' });
});

test('a time that was waited from goes on to count in every mailbox', async () => {
  const claire = await openImap(world.crepes, { user: 'claire', password: 'fontaine' });
  await claire.append('INBOX', 'Subject: long ago\r\n\r\n', '"01-Jan-2020 00:00:00 +0000" ');
  claire.line.drop();
  await write('today');
  const first = waitAnswer.parse((await ask(world.crepes, '/messages/wait?since=2021-01-01T00:00:00Z')).body);
  expect(first.message.subject).toBe('today');
  const path = `/messages/wait?since=${first.next}&timeoutMs=10`;
  expect((await ask(world.crepes, path)).body).toMatchObject({ status: 404 });
  await write('again', 'claire@crepes.fr');
  const second = waitAnswer.parse((await ask(world.crepes, `/messages/wait?since=${first.next}`)).body);
  expect(second.message.subject).toBe('again');
  expect((await ask(world.crepes, `/messages?since=${second.next}`)).body.messages).toEqual([]);
});

test('a wait over all folders sees those that are made meanwhile', async () => {
  const wait = ask(world.crepes, '/messages/wait?folder=*&subject=late');
  await eventually(async () => (await waiters()) === 1, 'the waiter');
  const alice = await openImap(world.crepes, ALICE);
  await alice.ask('CREATE Fresh');
  await alice.append('Fresh', 'Subject: late\r\n\r\n');
  alice.line.drop();
  expect((await wait).body.message).toMatchObject({ subject: 'late', folder: 'Fresh' });
});

test('a message that another program puts into the Maildir is found too', async () => {
  const wait = ask(world.crepes, '/messages/wait?account=claire&subject=by%20hand');
  await eventually(async () => (await waiters()) === 1, 'the waiter');
  const folder = join(world.crepes.host.stateDir, 'mail', 'claire', 'new');
  writeFileSync(join(folder, '1763640000.M1P1.elsewhere'), 'Subject: by hand\n\nhello\n');
  expect((await wait).body.message).toMatchObject({ subject: 'by hand', account: 'claire' });
});

const ACCOUNTS = ['alice@crepes.fr', 'claire@crepes.fr', 'bob@hamburger.edu', 'dave@hamburger.edu'] as const;

/** To whom a letter goes, who of them is named in To, and how it is brought. */
const plans = fc.array(
  fc.record({
    chosen: fc.subarray([...ACCOUNTS], { minLength: 1 }),
    namedCount: fc.nat({ max: 4 }),
    way: fc.constantFrom('smtp', 'api', 'raw'),
  }),
  { minLength: 1, maxLength: 8 },
);

let runs = 0;

function hostOf(address: string): MailHost {
  return address.endsWith('crepes.fr') ? world.crepes : world.hamburger;
}

async function bring(way: string, subject: string, named: readonly string[], chosen: readonly string[]): Promise<void> {
  const hidden = chosen.filter((one) => !named.includes(one));
  if (way === 'api') {
    expect((await post(world.crepes, '/messages', letter({ to: named, bcc: hidden, subject }))).status).toBe(202);
    return;
  }
  const to = named.length === 0 ? 'undisclosed-recipients:;' : named.join(', ');
  const message = `From: alice@crepes.fr\r\nTo: ${to}\r\nSubject: ${subject}\r\n\r\nhello`;
  if (way === 'raw') {
    const query = new URLSearchParams([['from', 'alice@crepes.fr'], ...chosen.map((one) => ['to', one])]);
    const headers = { 'content-type': 'message/rfc822' };
    expect((await ask(world.crepes, `/messages/raw?${query}`, { method: 'POST', headers, body: message })).status).toBe(
      202,
    );
    return;
  }
  const client = await openSmtp(world.crepes, 587, ALICE);
  expect(await sendMail(client, 'alice@crepes.fr', chosen, message)).toMatch(/^250/);
  client.drop();
}

test('two inboxes never mix: concurrent letters lie where their envelopes say, and show nobody who is hidden', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      runs += 1;
      const letters = plan.map(({ chosen, namedCount, way }, index) => ({
        subject: `run-${runs}-letter-${index}-`,
        chosen,
        named: chosen.slice(0, namedCount),
        way,
      }));
      const waits = letters.flatMap(({ subject, chosen, named }) =>
        chosen.map(async (address) => {
          const query = `account=${address}&subject=${subject}`;
          const { body } = await ask(hostOf(address), `/messages/wait?${query}`);
          return { address, named, chosen, message: messageAnswer.parse(body.message) };
        }),
      );
      await Promise.all(letters.map(({ way, subject, named, chosen }) => bring(way, subject, named, chosen)));
      for (const { address, named, chosen, message } of await Promise.all(waits)) {
        expect(message.account).toBe(address.split('@')[0]);
        expect(message.to.map((one) => one.address)).toEqual(named);
        const { host } = hostOf(address);
        const raw = await (await fetch(`http://${host.address}:8025/api/v1/messages/${message.id}/raw`)).text();
        // Oneself may stand in the trace of the delivery, the sender in From.
        const hidden = chosen.filter((one) => !named.includes(one) && one !== address && one !== 'alice@crepes.fr');
        for (const other of hidden) expect(raw).not.toContain(other);
        const another = ACCOUNTS.find((one) => one !== address && hostOf(one) === hostOf(address));
        expect((await ask(hostOf(address), `/messages/${message.id}?account=${another}`)).status).toBe(404);
        expect((await ask(hostOf(address), `/messages/${message.id}?account=${address}`)).status).toBe(200);
      }
      for (const address of ACCOUNTS) {
        const { body } = await ask(hostOf(address), `/messages?account=${address}&subject=run-${runs}-&limit=200`);
        const wanted = letters.filter(({ chosen }) => chosen.includes(address)).map(({ subject }) => subject);
        expect(
          messagesAnswer
            .parse(body)
            .messages.map(({ subject }) => subject)
            .toSorted(),
        ).toEqual(wanted.toSorted());
      }
    }),
    { numRuns: 8 },
  );
});
