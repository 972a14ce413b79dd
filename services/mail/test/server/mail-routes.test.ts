import { afterEach, expect, test } from 'vitest';
import { NameLookupError } from '#shared/host/names.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  openMailWorld,
  openSmtp,
  queueOf,
  readMailbox,
  sendMail,
  untilMail,
  untilQueueIsEmpty,
} from '../mail-world.ts';
import { type SinkOptions, SmtpSink } from '../smtp-sink.ts';

const LETTER = 'From: alice@crepes.fr\r\nTo: x@sink.example\r\nSubject: hello\r\n\r\nhello';

let world: MailWorld;
const sinks: SmtpSink[] = [];

afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
  await world.end();
});

/** sink.example with a mail server for each preference: one.example, two.example, ... */
async function open(preferences: Readonly<Record<string, number>>): Promise<void> {
  world = await openMailWorld(29, {
    names: {
      'one.example': [`${TEST_NET}.29.11`],
      'two.example': [`${TEST_NET}.29.12`],
      'three.example': [`${TEST_NET}.29.13`],
    },
    mailExchanges: {
      'sink.example': Object.entries(preferences).map(([exchange, preference]) => ({ exchange, preference })),
    },
    crepes: { RETRY_S: '3600' },
  });
}

async function sinkAt(last: number, answer?: SinkOptions['answer']): Promise<SmtpSink> {
  const sink = await SmtpSink.open({ address: `${TEST_NET}.29.${last}`, ...(answer === undefined ? {} : { answer }) });
  sinks.push(sink);
  return sink;
}

async function aliceSends(): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  expect(await sendMail(client, 'alice@crepes.fr', ['x@sink.example'], LETTER)).toMatch(/^250/);
  client.drop();
}

async function untilDeferred(): Promise<string> {
  return eventually(async () => {
    const recipient = (await queueOf(world.crepes))[0]?.recipients[0];
    return recipient?.tries === 1 && (recipient.lastReply ?? '');
  }, 'a first try');
}

test('servers are tried by rising preference, and the first that greets gets the message', async () => {
  await open({ 'three.example': 30, 'one.example': 10, 'two.example': 20 });
  const [two, three] = [await sinkAt(12), await sinkAt(13)];
  await aliceSends();
  await untilQueueIsEmpty(world.crepes);
  expect([two.messages.length, three.connections]).toEqual([1, 0]);
});

test.each([
  ['421 4.3.2 busy', 'CONNECT'],
  ['450 4.3.2 not now', 'EHLO'],
  ['554 5.3.2 no mail here', 'CONNECT'],
])('a server that says %s to %s is passed over for the next one', async (reply, verb) => {
  await open({ 'one.example': 10, 'two.example': 20 });
  const one = await sinkAt(11, (said) =>
    said === verb || (verb === 'EHLO' && said === 'HELO') ? `${reply}\r\n` : undefined,
  );
  const two = await sinkAt(12);
  await aliceSends();
  await untilQueueIsEmpty(world.crepes);
  expect([one.connections, one.messages.length, two.messages.length]).toEqual([1, 0, 1]);
});

test('when every server refuses for good it is final; when one only for now it is not (RFC 7504)', async () => {
  await open({ 'one.example': 10, 'two.example': 20 });
  await sinkAt(11, (verb) => (verb === 'CONNECT' ? '521 5.3.2 takes no mail\r\n' : undefined));
  const two = await sinkAt(12, (verb) => (verb === 'CONNECT' ? '421 4.3.2 busy\r\n' : undefined));
  await aliceSends();
  expect(await untilDeferred()).toBe('421 4.3.2 busy');
  await two.close();
  await sinkAt(12, (verb) => (verb === 'CONNECT' ? '554 5.3.2 never\r\n' : undefined));
  await world.crepes.running.actions?.flush?.run({});
  await untilMail(world.crepes, 'alice', 1);
  expect((await readMailbox(world.crepes, ALICE))[0]).toContain('Diagnostic-Code: smtp; 521 5.3.2 takes no mail');
});

test('servers of equal preference share the messages', async () => {
  await open({ 'one.example': 10, 'two.example': 10 });
  const [one, two] = [await sinkAt(11), await sinkAt(12)];
  for (let sent = 1; sent <= 40 && (one.messages.length === 0 || two.messages.length === 0); sent += 1) {
    await aliceSends();
    await untilQueueIsEmpty(world.crepes);
  }
  expect(one.messages.length).toBeGreaterThan(0);
  expect(two.messages.length).toBeGreaterThan(0);
});

test('this server itself and what is no better are left out: mail does not come back (RFC 5321, section 5.1)', async () => {
  await open({ 'one.example': 10, 'mail.crepes.fr': 20, 'two.example': 20, 'three.example': 30 });
  const [two, three] = [await sinkAt(12), await sinkAt(13)];
  await aliceSends();
  expect(await untilDeferred()).toContain('one.example');
  expect([two.connections, three.connections]).toEqual([0, 0]);
});

test('a name server that fails is asked again later; nothing goes back', async () => {
  await open({ 'one.example': 10 });
  const { names } = world.crepes.host;
  const { mailExchanges } = names;
  const fails: typeof mailExchanges = async (domain) => {
    throw new NameLookupError(domain, 'MX', 'server-failure');
  };
  Object.assign(names, { mailExchanges: fails });
  await aliceSends();
  expect(await untilDeferred()).toBe('451 4.4.3 The name sink.example could not be looked up: server-failure');
  Object.assign(names, { mailExchanges });
  const one = await sinkAt(11);
  world.crepes.host.clock.advance(3_600_000);
  await untilQueueIsEmpty(world.crepes);
  expect(one.messages).toHaveLength(1);
});

test('an exchange without an address is passed over; when none has one, it is final only if none may come back', async () => {
  await open({ 'nowhere.example': 10, 'two.example': 20 });
  const two = await sinkAt(12);
  await aliceSends();
  await untilQueueIsEmpty(world.crepes);
  expect(two.messages).toHaveLength(1);
});
