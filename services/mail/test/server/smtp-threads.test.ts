import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  eventually,
  type LineClient,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  sendMail,
  untilMail,
} from '../mail-world.ts';
import { SMUGGLING_ENDINGS } from '../smuggling.ts';

const THREADS = 2;
const BOB = { user: 'bob', password: 'patty' };
/** How long a busy machine is given. */
const PATIENCE = { timeout: 60_000 };
/** Conversations of which the kernel gives every thread some. */
const CLIENTS = 12;

let world: MailWorld;
/** Threads that were made since the test began. */
const threads: Worker[] = [];
const note = (thread: Worker) => threads.push(thread);

afterEach(async () => {
  process.off('worker', note);
  threads.length = 0;
  await world.end();
});

async function open(environment: Record<string, string> = {}): Promise<void> {
  process.on('worker', note);
  world = await openMailWorld(37, { hamburger: { SMTP_WORKERS: String(THREADS), ...environment } });
}

function act(name: string, input: object): Promise<unknown> {
  return Promise.resolve(world.hamburger.running.actions![name]!.run(input));
}

async function connections(): Promise<number> {
  const state = (await world.hamburger.running.state()) as { connections: { smtp: number } };
  return state.connections.smtp;
}

const clients = () => Promise.all(Array.from({ length: CLIENTS }, () => openSmtp(world.hamburger)));
const letter = (number: number) => `Subject: letter ${number}\r\n\r\nread me`;

describe('a mail server with receiving threads', () => {
  beforeEach(() => open());

  test('takes messages in every thread and delivers all of them, once', async () => {
    const all = await clients();
    expect(threads.length).toBe(THREADS);
    expect(await connections()).toBe(CLIENTS);
    const replies = await Promise.all(
      all.map((client, number) => sendMail(client, 'x@outside.example', ['bob@hamburger.edu'], letter(number))),
    );
    for (const reply of replies) expect(reply).toMatch(/^250 2\.\d\.\d .*Queued as [0-9a-z]+/);
    expect(new Set(replies).size).toBe(CLIENTS);
    await untilMail(world.hamburger, 'bob', CLIENTS);
    const subjects = (await readMailbox(world.hamburger, BOB)).map((text) => /Subject: letter (\d+)/.exec(text)?.[1]);
    expect(subjects.map(Number).sort((one, other) => one - other)).toEqual([...all.keys()]);
    // Nothing is left of them in the queue.
    const queue = join(world.hamburger.host.stateDir, 'queue');
    await eventually(() => !readdirSync(queue).some((file) => file.endsWith('.eml')));
    for (const client of all) client.socket.destroy();
    await expect.poll(connections).toBe(0);
  });

  test('reports a conversation and its message as one that has no threads does', async () => {
    const client = await openSmtp(world.hamburger);
    await sendMail(client, 'x@outside.example', ['bob@hamburger.edu'], letter(1));
    await untilMail(world.hamburger, 'bob', 1);
    const { reported } = world.hamburger.host;
    const seen = () => reported.filter(({ summary }) => summary.includes('Queued as')).at(-1);
    const reply = await eventually(() => seen() ?? null);
    expect(reply.because).toMatch(/from now on this server answers for it/);
    const dialogue = reported.filter(({ exchange }) => exchange === reply.exchange).map(({ summary }) => summary);
    expect(dialogue.some((line) => line.includes('MAIL FROM:<x@outside.example>'))).toBe(true);
    expect(dialogue.some((line) => line.includes('octets of mail data'))).toBe(true);
  });

  test.each(SMUGGLING_ENDINGS)('refuses as a whole data that ends in %s', async (_name, ending) => {
    const client = await openSmtp(world.hamburger);
    await client.ask('MAIL FROM:<x@outside.example>');
    await client.ask('RCPT TO:<bob@hamburger.edu>');
    await client.ask('DATA');
    expect(await client.ask(`Subject: first\r\n\r\nfirst${ending}MAIL FROM:<y@x>\r\n.`)).toMatch(/^550 5\.6\.0/);
    expect(await mailCount(world.hamburger, 'bob')).toBe(0);
  });

  test('relays for nobody, and knows who has a mailbox', async () => {
    const client = await openSmtp(world.hamburger);
    await client.ask('MAIL FROM:<x@outside.example>');
    expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^55\d 5\.7\.1/);
    expect(await client.ask('RCPT TO:<nobody@hamburger.edu>')).toMatch(/^550 5\.1\.1/);
    expect(await client.ask('RCPT TO:<postmaster>')).toMatch(/^250/);
  });

  test('a rule for faults strikes in every thread as soon as it is set, and no more when it is removed', async () => {
    const all = await clients();
    const ask = (line: string) => Promise.all(all.map((client: LineClient) => client.ask(line)));
    await act('fault', { name: 'busy', stage: 'smtp-mail', reply: { code: 451, text: 'not now' } });
    for (const reply of await ask('MAIL FROM:<x@outside.example>')) expect(reply).toMatch(/^451 .*not now/);
    await act('remove-fault', {});
    for (const reply of await ask('MAIL FROM:<x@outside.example>')) expect(reply).toMatch(/^250/);
    for (const reply of await ask('RCPT TO:<temperror@hamburger.edu>')) expect(reply).toMatch(/^451/);
  });

  test('a fault that waits ends with its client', async () => {
    await act('fault', { name: 'wait', stage: 'smtp-mail', delayMs: 600_000, reply: { code: 451, text: 'late' } });
    const client = await openSmtp(world.hamburger);
    client.send('MAIL FROM:<x@outside.example>\r\n');
    await eventually(() => world.hamburger.host.reported.some(({ kind }) => kind === 'mail.fault'));
    client.socket.destroy();
    await expect.poll(connections).toBe(0);
  });

  test('a thread that falls takes no acknowledged message with it, and another one takes its place', async () => {
    const acknowledged: string[] = [];
    let isOver = false;
    const writer = async (name: number) => {
      for (let number = 0; !isOver; number += 1) {
        const token = `${name}-${number}`;
        try {
          const client = await openSmtp(world.hamburger);
          const reply = await sendMail(client, 'x@outside.example', ['bob@hamburger.edu'], `Subject: ${token}\r\n\r\n`);
          if (reply.startsWith('250')) acknowledged.push(token);
          client.socket.destroy();
        } catch {
          // The thread that fell had this conversation.
        }
      }
    };
    const writers = Array.from({ length: 6 }, (_, name) => writer(name));
    const count = () => acknowledged.length;
    await expect.poll(count, PATIENCE).toBeGreaterThan(20);
    await threads[0]!.terminate();
    await expect.poll(() => threads.length, PATIENCE).toBeGreaterThan(THREADS);
    const before = count();
    await expect.poll(count, PATIENCE).toBeGreaterThan(before + 20);
    isOver = true;
    await Promise.all(writers);
    await expect.poll(() => mailCount(world.hamburger, 'bob'), PATIENCE).toBeGreaterThanOrEqual(acknowledged.length);
    const arrived = (await readMailbox(world.hamburger, BOB)).map((text) => /Subject: (\S+)/.exec(text)?.[1]);
    expect(acknowledged.filter((token) => !arrived.includes(token))).toEqual([]);
  }, 300_000);

  test('after a stop what was acknowledged is delivered by the next start', async () => {
    await act('hold', {});
    const client = await openSmtp(world.hamburger);
    await sendMail(client, 'x@outside.example', ['bob@hamburger.edu'], letter(1));
    await world.hamburger.stop();
    await world.hamburger.start();
    await act('release', {});
    await untilMail(world.hamburger, 'bob', 1);
  });
});

test('a client has its limit in all threads together', async () => {
  await open({ MESSAGES_PER_PERIOD_MAX: '6' });
  const all = await clients();
  const refused = async () => {
    const replies = await Promise.all(all.map((client) => client.ask('MAIL FROM:<x@outside.example>')));
    await Promise.all(all.map((client) => client.ask('RSET')));
    return replies.filter((reply) => reply.startsWith('450 4.7.1')).length;
  };
  await refused();
  // By now every thread has heard of the messages of the others.
  await expect.poll(refused).toBe(CLIENTS);
});

test('a mailbox without room is known in every thread', async () => {
  await open({ QUOTA_OCTETS: '1000' });
  const client = await openSmtp(world.hamburger);
  await client.ask('MAIL FROM:<x@outside.example> SIZE=2000');
  expect(await client.ask('RCPT TO:<bob@hamburger.edu>')).toMatch(/^452 4\.2\.2/);
});
