import { afterEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  queueOf,
  readMailbox,
  sendMail,
  untilMail,
  untilQueueIsEmpty,
} from '../mail-world.ts';
import { SmtpSink } from '../smtp-sink.ts';

const LETTER = 'From: alice@crepes.fr\r\nTo: x@sink.example\r\nSubject: hello\r\n\r\nhello';

let world: MailWorld;
let sink: SmtpSink | null = null;

afterEach(async () => {
  await sink?.close();
  sink = null;
  await world.end();
});

/** A world in which a first try has failed, and a second one is an hour away. */
async function openWithOneWaiting(): Promise<string> {
  world = await openMailWorld(27, {
    names: { 'mx.sink.example': [`${TEST_NET}.27.9`] },
    mailExchanges: { 'sink.example': [{ preference: 1, exchange: 'mx.sink.example' }] },
    crepes: { RETRY_S: '3600' },
  });
  await aliceSends();
  await eventually(async () => (await queueOf(world.crepes))[0]?.recipients[0]?.tries === 1, 'a first try');
  sink = await SmtpSink.open({ address: `${TEST_NET}.27.9` });
  return (await queueOf(world.crepes))[0]?.id ?? '';
}

async function aliceSends(): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  expect(await sendMail(client, 'alice@crepes.fr', ['x@sink.example'], LETTER)).toMatch(/^250/);
  client.drop();
}

function act(name: string, input: object = {}): Promise<object> | object | undefined {
  return world.crepes.running.actions?.[name]?.run(input);
}

test('"retry" tries a message at once', async () => {
  await act('retry', { id: await openWithOneWaiting() });
  await untilQueueIsEmpty(world.crepes);
  expect(sink?.messages).toHaveLength(1);
});

test('"bounce" gives a message up, and its sender is told by whom', async () => {
  await act('bounce', { id: await openWithOneWaiting() });
  await untilMail(world.crepes, 'alice', 1);
  const [report = ''] = await readMailbox(world.crepes, ALICE);
  expect(report).toContain('Final-Recipient: rfc822; x@sink.example');
  expect(report).toContain('Status: 5.3.0');
  expect(report).toContain('Delivery was ended by the postmaster');
  await untilQueueIsEmpty(world.crepes);
});

test('"drop" removes a message, nobody is told, and it does not come back after a restart', async () => {
  await act('drop', { id: await openWithOneWaiting() });
  expect(await queueOf(world.crepes)).toEqual([]);
  await world.crepes.stop();
  await world.crepes.start();
  expect(await queueOf(world.crepes)).toEqual([]);
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
});

test('"hold" keeps a message back when its time comes, also after a restart, until "release"', async () => {
  const id = await openWithOneWaiting();
  await act('hold', { id });
  await world.crepes.stop();
  await world.crepes.start();
  world.crepes.host.clock.advance(3_600_000);
  // Another message for the same server is sent; the one that is held stays.
  await aliceSends();
  await eventually(() => sink?.messages.length === 1, 'the other message');
  await expect.poll(() => queueOf(world.crepes)).toMatchObject([{ id, isHeld: true }]);
  await act('release', { id });
  await untilQueueIsEmpty(world.crepes);
  expect(sink?.messages).toHaveLength(2);
});

test('the whole queue can be held, so that it can be looked at: messages are taken and none goes, also after a restart', async () => {
  await openWithOneWaiting();
  await act('hold');
  await act('flush');
  await aliceSends();
  await world.crepes.stop();
  await world.crepes.start();
  await aliceSends();
  expect((await queueOf(world.crepes)).map(({ isHeld }) => isHeld)).toEqual([true, true, true]);
  expect(sink?.connections).toBe(0);
  await act('release');
  await act('flush');
  await untilQueueIsEmpty(world.crepes);
  expect(sink?.messages).toHaveLength(3);
  expect(sink?.connections).toBe(1);
});

test.each([
  ['opens the connection', 'CONNECT', 'held</strong>'],
  ['has said RCPT', 'RCPT', 'being tried now</strong>'],
])(
  'an entry is shown as being tried while this server %s; a hold does not break off what has begun',
  async (_when, verb, held) => {
    world = await openMailWorld(27, {
      names: { 'mx.sink.example': [`${TEST_NET}.27.9`] },
      mailExchanges: { 'sink.example': [{ preference: 1, exchange: 'mx.sink.example' }] },
      crepes: { RETRY_S: '3600' },
    });
    sink = await SmtpSink.open({
      address: `${TEST_NET}.27.9`,
      answer: (said) => (said === verb ? '' : undefined),
      extensions: [],
    });
    await aliceSends();
    const meets = () => (verb === 'CONNECT' ? sink?.connections === 1 : sink?.verbs().includes(verb) === true);
    await eventually(meets, 'a server that says nothing');
    const [entry] = await queueOf(world.crepes);
    expect(entry).toMatchObject({ isBeingTried: true, isHeld: false });
    expect(await queuePage('en')).toContain('<strong>being tried now</strong>');
    expect(await queuePage('ko')).toContain('<strong>지금 시도 중</strong>');
    await act('hold', { id: entry?.id });
    expect(await queuePage('en')).toContain(held);
    await act('release', { id: entry?.id });
    await sink.close();
    await eventually(async () => (await queueOf(world.crepes))[0]?.recipients[0]?.tries === 1, 'the end of the try');
    expect(await queueOf(world.crepes)).toMatchObject([{ isBeingTried: false }]);
    expect(await queuePage('en')).not.toContain('being tried now');
  },
);

async function queuePage(language: string): Promise<string> {
  const headers = { 'accept-language': language };
  return (await fetch(`http://${world.crepes.host.address}:8025/queue`, { headers })).text();
}

test('what is not in the queue can be neither held nor tried, dropped or given back', async () => {
  await openWithOneWaiting();
  for (const name of ['retry', 'bounce', 'drop', 'hold', 'release']) {
    expect(Object.values((await act(name, { id: 'nothing' })) ?? {})).toEqual([false]);
  }
});
