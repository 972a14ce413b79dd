import { afterAll, beforeAll, expect, test } from 'vitest';
import { LabMail, LabMailError } from '#infra/embedded/lab-mail.ts';
import { advanceClock, lab, now, reportsAfter, until } from './kit/lab-under-test.ts';

/**
 * An engineer tests an application that sends mail: a code is waited for and typed in, the other server is made to fail, the
 * queue is held and let go, and everything is empty again for the next test.
 */

const crepes = new LabMail(`http://${lab.net}.20.1:8025`);
const hamburger = new LabMail(`http://${lab.net}.20.2:8025`);

/** How long a message is waited for, in milliseconds. */
const ARRIVAL_MS = 100_000;

async function resetBoth(): Promise<void> {
  await crepes.release();
  await Promise.all([crepes.reset(), hamburger.reset()]);
}

beforeAll(resetBoth);
afterAll(resetBoth);

test('a sign-up mail is waited for, and its code and its link are read', async () => {
  const waiting = crepes.waitForMessage({ to: 'alice@crepes.fr', subject: 'confirm', timeoutMs: ARRIVAL_MS });
  await crepes.send({
    from: 'Shop <noreply@shop.example>',
    to: 'alice@crepes.fr',
    subject: 'Please confirm',
    text: 'Your code is 482 913.',
    html: '<p>Your code is <b>482 913</b>, or <a href="http://www.amazon.com/confirm?t=42">confirm</a>.</p>',
  });
  const message = await waiting;
  expect(message.codes).toEqual([{ code: '482913', written: '482 913' }]);
  expect(message.links).toEqual([{ url: 'http://www.amazon.com/confirm?t=42', text: 'confirm' }]);
});

test('a fault of the other server makes a retry visible, in lab time', async () => {
  const before = await now();
  await hamburger.setFault({
    name: 'not-now',
    stage: 'smtp-rcpt',
    match: { recipient: 'bob@*' },
    reply: { code: 451, text: 'Not now' },
    times: 1,
  });
  const { id } = await crepes.send({ from: 'alice@crepes.fr', to: 'bob@hamburger.edu', subject: 'again', text: '42' });
  const put = await until('the first try fails', async () => {
    const entry = await crepes.queueEntry(id);
    return entry.recipients[0]?.tries === 1 && entry;
  });
  expect(put.recipients[0]?.lastReply).toContain('451');
  expect(put.dialogue).toContainEqual({ by: 'S', text: '451 4.0.0 Not now' });
  await advanceClock(60_000);
  const message = await hamburger.waitForMessage({ account: 'bob', subject: 'again', timeoutMs: ARRIVAL_MS });
  expect(message.way.map(({ by }) => by)).toEqual(['mail.crepes.fr', 'mail.hamburger.edu']);
  const fault = await until('the fault is reported', async () =>
    (await reportsAfter(before)).find(({ kind }) => kind === 'mail.fault'),
  );
  expect(fault).toMatchObject({ host: 'mail-hamburger', message: { rule: 'not-now', stage: 'smtp-rcpt' } });
});

test('mail to temperror@ waits without any rule, until it is given back', async () => {
  const { id } = await crepes.send({
    from: 'alice@crepes.fr',
    to: 'temperror@hamburger.edu',
    subject: 'magic',
    text: '42',
  });
  await until('a try fails', async () => ((await crepes.queueEntry(id)).recipients[0]?.tries ?? 0) > 0);
  await crepes.bounce(id);
  const report = await crepes.waitForMessage({
    account: 'alice',
    text: 'temperror@hamburger.edu',
    timeoutMs: ARRIVAL_MS,
  });
  expect(report.envelope.mailFrom).toBe('');
});

test('the queue is held, shown, and released', async () => {
  await crepes.hold();
  const { id } = await crepes.send({ from: 'alice@crepes.fr', to: 'bob@hamburger.edu', subject: 'held', text: '42' });
  expect((await crepes.queue()).map((entry) => entry.id)).toContain(id);
  const page = await (await fetch(`${crepes.url}/queue`, { headers: { 'accept-language': 'ko' } })).text();
  expect(page).toContain('큐가 멈춰 있습니다');
  expect(page).toContain('held');
  await crepes.release();
  await hamburger.waitForMessage({ account: 'bob', subject: 'held', timeoutMs: ARRIVAL_MS });
});

test('after a reset everything is empty, and names of messages are never given again', async () => {
  const [last] = await hamburger.messages({ account: 'bob' });
  await resetBoth();
  expect(await hamburger.messages({ folder: '*' })).toEqual([]);
  expect(await crepes.queue()).toEqual([]);
  await expect(hamburger.message(last?.id ?? '')).rejects.toThrow(LabMailError);
  await hamburger.send({ from: 'x@outside.example', to: 'bob@hamburger.edu', subject: 'new', text: '42' });
  const fresh = await hamburger.waitForMessage({ account: 'bob', subject: 'new', timeoutMs: ARRIVAL_MS });
  expect(fresh.id).not.toBe(last?.id);
});
