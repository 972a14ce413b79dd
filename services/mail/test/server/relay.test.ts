import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { openTls } from '#shared/host/tls.ts';
import { type QueueEntry, waitingAt } from '../../src/protocol/mail-queue.ts';
import { QueueStore } from '../../src/store/queue-store.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  openMailWorld,
  openSmtp,
  queueOf,
  RETRY_MS,
  readMailbox,
  untilMail,
  untilQueueIsEmpty,
  type WorldOptions,
} from '../mail-world.ts';
import { type SinkOptions, SmtpSink } from '../smtp-sink.ts';
import { SMUGGLING_ENDINGS } from '../smuggling.ts';

const LETTER = 'From: alice@crepes.fr\r\nTo: x@sink.example\r\nSubject: hello\r\n\r\nhello';
const SINK = {
  names: { 'mx.sink.example': [`${TEST_NET}.24.9`] },
  mailExchanges: { 'sink.example': [{ preference: 1, exchange: 'mx.sink.example' }] },
};

let world: MailWorld;
let sink: SmtpSink | null = null;

afterEach(async () => {
  await sink?.close();
  sink = null;
  await world.end();
});

async function open(options: Omit<SinkOptions, 'address'> = {}, more: WorldOptions = {}): Promise<SmtpSink> {
  world = await openMailWorld(24, { ...SINK, ...more });
  sink = await SmtpSink.open({ address: `${TEST_NET}.24.9`, ...options });
  return sink;
}

async function aliceSends(
  to: readonly string[],
  data = LETTER,
  more: { mail?: string; rcpt?: string } = {},
): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask(`MAIL FROM:<alice@crepes.fr>${more.mail ?? ''}`);
  for (const one of to) expect(await client.ask(`RCPT TO:<${one}>${more.rcpt ?? ''}`)).toMatch(/^250/);
  await client.ask('DATA');
  expect(await client.ask(`${data}\r\n.`)).toMatch(/^250/);
  client.drop();
}

async function aliceIsTold(): Promise<string> {
  await untilMail(world.crepes, 'alice', 1);
  return (await readMailbox(world.crepes, ALICE))[0] ?? '';
}

async function waiting(): Promise<{ tries?: number; lastReply?: string; dueAt?: number } | undefined> {
  return (await queueOf(world.crepes))[0]?.recipients.find(({ kind }) => kind === 'waiting');
}

async function untilTried(tries: number): Promise<string> {
  return eventually(async () => {
    const recipient = await waiting();
    return recipient?.tries === tries && (recipient.lastReply ?? '');
  }, `try ${tries}`);
}

test.each(SMUGGLING_ENDINGS)(
  'a message in the queue with %s goes out as one message without a bare CR or LF',
  async (_name, ending) => {
    const { messages } = await open();
    // The door takes no such message. The relay must not depend on that.
    await world.crepes.stop();
    const store = new QueueStore(join(world.crepes.host.stateDir, 'queue'), new LabClock());
    await store.open(() => {});
    const writer = store.create('smuggler', 'alice@crepes.fr');
    const smuggled =
      'MAIL FROM:<evil@evil.example>\r\nRCPT TO:<x@sink.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n';
    await writer.write(Buffer.from(`Subject: first\r\n\r\nfirst${ending}${smuggled}`, 'latin1'));
    await writer.finish();
    await store.save(entryFor('smuggler', 'x@sink.example'));
    await store.close();
    await world.crepes.start();
    await untilQueueIsEmpty(world.crepes);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.data).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
    expect(sink?.verbs().filter((verb) => verb === 'MAIL')).toHaveLength(1);
    expect(messages[0]?.data).toContain('smuggled');
  },
);

function entryFor(id: string, address: string): QueueEntry {
  const [localPart = '', domain = ''] = address.split('@');
  return {
    id,
    exchange: 'test.1',
    reversePath: 'alice@crepes.fr',
    envid: null,
    ret: null,
    isEightBit: false,
    needsSmtpUtf8: false,
    octets: 100,
    subject: null,
    messageId: null,
    arrivedAt: Date.now(),
    recipients: [
      {
        address,
        destination: { kind: 'elsewhere', address: { localPart, domain } },
        notify: null,
        orcpt: null,
        state: waitingAt(0),
      },
    ],
  };
}

test('what could not be sent is tried on schedule by the clock of the lab: 10 min, 1 h, 1 h', async () => {
  await open({ answer: (verb) => (verb === 'MAIL' ? '451 4.3.0 later\r\n' : undefined) });
  await aliceSends(['x@sink.example']);
  for (const [tries, pauseMs] of [...RETRY_MS, RETRY_MS[1]].entries()) {
    expect(await untilTried(tries + 1)).toBe('451 4.3.0 later');
    const { dueAt = 0 } = (await waiting()) ?? {};
    const { clock } = world.crepes.host;
    expect(dueAt - clock.now()).toBeGreaterThan(pauseMs - 120_000);
    expect(dueAt - clock.now()).toBeLessThanOrEqual(pauseMs);
    clock.advance(dueAt - clock.now());
  }
});

test('a last try is made when the time is over, and the sender is told with 4.4.7', async () => {
  const { said } = await open(
    { answer: (verb) => (verb === 'RCPT' ? '450 4.2.0 later\r\n' : undefined) },
    { crepes: { RETRY_S: '3600', GIVE_UP_S: '5400' } },
  );
  await aliceSends(['x@sink.example']);
  await untilTried(1);
  world.crepes.host.clock.advance(3_600_000);
  await untilTried(2);
  world.crepes.host.clock.advance(1_800_000);
  const report = await aliceIsTold();
  expect(report).toContain('Status: 4.4.7');
  expect(report).toContain('Diagnostic-Code: smtp; 450 4.2.0 later');
  expect(said.filter(({ line }) => line.startsWith('RCPT'))).toHaveLength(3);
  await untilQueueIsEmpty(world.crepes);
});

test.each([
  ['no greeting', 'CONNECT'],
  ['no answer', 'EHLO'],
  ['no answer to MAIL', 'MAIL'],
  ['no answer to RCPT', 'RCPT'],
  ['no answer to DATA', 'DATA'],
  ['no answer to the end of the mail data', 'DOT'],
])('a server that is silent (%s) is not waited for longer than the limit', async (sentence, verb) => {
  await open(
    { answer: (one) => (one === verb ? '' : undefined), extensions: ['8BITMIME'] },
    // A busy machine may be as slow at a step before: the next try gets further.
    { crepes: { RELAY_SILENCE_S: '1', RETRY_S: '1' } },
  );
  await aliceSends(['x@sink.example']);
  await eventually(async () => (await waiting())?.lastReply?.includes(`${sentence} within 1 s`) ?? false, sentence);
});

test('a recipient who was taken is not sent the message again: 250, 550 and 450 in one transaction', async () => {
  const { messages, said } = await open({
    answer: (verb, line) =>
      verb !== 'RCPT'
        ? undefined
        : line.includes('never')
          ? '550 5.7.1 never\r\n'
          : line.includes('later')
            ? '450 4.2.0 later\r\n'
            : undefined,
  });
  await aliceSends(['good@sink.example', 'never@sink.example', 'later@sink.example']);
  const report = await aliceIsTold();
  expect(report).toContain('Final-Recipient: rfc822; never@sink.example');
  expect(report).not.toContain('Final-Recipient: rfc822; good');
  expect(report).not.toContain('Final-Recipient: rfc822; later');
  // After a restart the queue knows what became of each.
  await world.crepes.stop();
  await world.crepes.start();
  await world.crepes.running.actions?.flush?.run({});
  await eventually(() => said.filter(({ line }) => line.includes('later@')).length >= 2, 'a second try');
  expect(said.filter(({ line }) => line.includes('good@'))).toHaveLength(1);
  expect(said.filter(({ line }) => line.includes('never@'))).toHaveLength(1);
  expect(messages).toHaveLength(1);
});

test.each([
  ['421', ['PIPELINING'], '421 4.7.0 Too many errors\r\n'],
  ['421, command by command', [], '421 4.7.0 Too many errors\r\n'],
  ['nothing', ['PIPELINING'], ''],
  ['nothing, command by command', [], ''],
  ['a line that does not end, command by command', [], '550 5.7.0 Too many'],
])(
  'a recipient who was refused stays so when the server breaks off with %s: the others wait',
  async (_what, extensions, last) => {
    const { said } = await open({
      extensions,
      answer: (verb, line, connection) => {
        if (line.includes('never')) return '550 5.1.1 no\r\n';
        if (connection > 1) return undefined;
        if (line.includes('more@') || verb === 'DATA') return '';
        if (!line.includes('last@')) return undefined;
        // All that was said before arrives, together with the end.
        setImmediate(() => sink?.hangUp());
        return last;
      },
    });
    const refused = Array.from({ length: 30 }, (_, index) => `never${index}@sink.example`);
    await aliceSends(['good@sink.example', ...refused, 'last@sink.example', 'more@sink.example']);
    const report = await aliceIsTold();
    for (const address of refused) expect(report).toContain(`Final-Recipient: rfc822; ${address}\r\n`);
    expect(report).not.toMatch(/Final-Recipient: rfc822; (?:good|last|more)/);
    const left = (await queueOf(world.crepes))[0]?.recipients.filter(({ kind }) => kind === 'waiting');
    expect(left).toHaveLength(3);
    world.crepes.host.clock.advance(RETRY_MS[0]);
    await untilQueueIsEmpty(world.crepes);
    expect(said.filter(({ line }) => line.includes('never'))).toHaveLength(30);
  },
);

test('a server that takes no sender and then hangs up has refused nobody', async () => {
  await open({
    answer: (verb) =>
      verb === 'MAIL'
        ? '451 4.3.0 later\r\n'
        : verb === 'RCPT'
          ? '503 5.5.1 MAIL first\r\n'
          : verb === 'DATA'
            ? 'DROP'
            : undefined,
  });
  await aliceSends(['x@sink.example']);
  expect(await untilTried(1)).toMatch(/^451/);
});

test('who was refused at RCPT stays so when the message is put off after the full stop', async () => {
  await open({
    answer: (verb, line) =>
      verb === 'DOT'
        ? '451 4.3.0 later\r\n'
        : line.includes('never@') && verb === 'RCPT'
          ? '550 5.1.1 no\r\n'
          : undefined,
  });
  await aliceSends(['x@sink.example', 'never@sink.example']);
  expect(await aliceIsTold()).toContain('Final-Recipient: rfc822; never@sink.example');
  expect(await untilTried(1)).toBe('451 4.3.0 later');
});

test('a connection that breaks after the full stop: nobody knows, so the message is sent again (RFC 1047)', async () => {
  const { messages } = await open({
    answer: (verb, _line, connection) => (verb === 'DOT' && connection === 1 ? 'DROP' : undefined),
  });
  await aliceSends(['x@sink.example']);
  expect(await untilTried(1)).toMatch(/^451 4\.4\.2 The connection to mx\.sink\.example broke/);
  world.crepes.host.clock.advance(RETRY_MS[0]);
  await untilQueueIsEmpty(world.crepes);
  expect(messages).toHaveLength(1);
});

test('a server that greets and hangs up costs a try, and no more', async () => {
  const { verbs } = await open({ answer: (verb) => (verb === 'MAIL' ? 'DROP' : undefined) });
  await aliceSends(['x@sink.example']);
  await untilTried(1);
  expect(sink?.connections).toBe(1);
  expect(verbs.call(sink)).toEqual(expect.arrayContaining(['EHLO', 'MAIL']));
});

test('SMTP-09 three messages that wait for one domain go over one connection: 3 MAIL, 1 QUIT', async () => {
  const { messages } = await open();
  await world.crepes.running.actions?.hold?.run({});
  for (const _ of [1, 2, 3]) await aliceSends(['x@sink.example']);
  expect(messages).toHaveLength(0);
  await world.crepes.running.actions?.release?.run({});
  await eventually(() => messages.length === 3 && sink?.openNow === 0, 'three messages');
  expect(sink?.connections).toBe(1);
  expect(sink?.verbs()).toEqual(['EHLO', ...Array(3).fill(['MAIL', 'RCPT', 'DATA']).flat(), 'QUIT']);
});

test('a recipient at whom the other server is silent does not hold up the mail for others of the domain', async () => {
  const { messages } = await open(
    { answer: (_verb, line) => (line.includes('<stuck@') ? '' : undefined) },
    { crepes: { CONNECT_TIMEOUT_MS: '1000' } },
  );
  await aliceSends(['stuck@sink.example']);
  await eventually(() => sink?.verbs().includes('RCPT'), 'the recipient at whom it is silent');
  await aliceSends(['x@sink.example']);
  await eventually(() => messages.length === 1, 'the message behind it');
  expect(messages[0]?.rcpt).toEqual([expect.stringContaining('<x@sink.example>')]);
  expect(await waiting()).toMatchObject({ tries: 0 });
  expect(sink?.connections).toBe(2);
});

test('more messages than one connection carries go over several, no more than are allowed', async () => {
  const { messages } = await open({ extensions: ['PIPELINING'] }, { crepes: { RELAY_CONNECTIONS_MAX: '3' } });
  await world.crepes.running.actions?.hold?.run({});
  const client = await openSmtp(world.crepes, 587, ALICE);
  for (let sent = 0; sent < 350; sent += 1) {
    client.send(`MAIL FROM:<alice@crepes.fr>\r\nRCPT TO:<x@sink.example>\r\nDATA\r\n`);
    await client.until(/354[^\n]*\n/);
    client.send(`From: alice@crepes.fr\r\nSubject: ${sent}\r\n\r\nx\r\n.\r\n`);
    await client.until(/250 [^\n]*Queued[^\n]*\n/);
  }
  client.drop();
  await world.crepes.running.actions?.release?.run({});
  await untilQueueIsEmpty(world.crepes);
  expect(messages).toHaveLength(350);
  expect(sink?.openAtOnceMost).toBe(3);
  expect(sink?.connections).toBeGreaterThanOrEqual(4);
  expect(new Set(messages.map(({ data }) => /^Subject: (\d+)/m.exec(data)?.[1])).size).toBe(350);
});

test('recipients are told apart by their DSN parameters, one transaction for each (RFC 3461)', async () => {
  const { messages } = await open({ extensions: ['DSN', 'PIPELINING'] });
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask('MAIL FROM:<alice@crepes.fr> RET=HDRS ENVID=QQ314159+2B1');
  await client.ask('RCPT TO:<a@sink.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bx@sink.example');
  await client.ask('RCPT TO:<b@sink.example> NOTIFY=NEVER');
  await client.ask('RCPT TO:<c@sink.example> NOTIFY=NEVER');
  await client.ask('DATA');
  expect(await client.ask(`${LETTER}\r\n.`)).toMatch(/^250/);
  await eventually(() => messages.length === 2, 'two transactions');
  expect(messages.map(({ rcpt }) => rcpt)).toEqual([
    ['RCPT TO:<a@sink.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bx@sink.example'],
    ['RCPT TO:<b@sink.example> NOTIFY=NEVER', 'RCPT TO:<c@sink.example> NOTIFY=NEVER'],
  ]);
  for (const { mail } of messages) expect(mail).toMatch(/ RET=HDRS ENVID=QQ314159\+2B1$/);
});

test('an address that is not ASCII is not mangled for a next server without SMTPUTF8: 5.6.7', async () => {
  const { messages } = await open({ extensions: ['8BITMIME'] });
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask('MAIL FROM:<alice@crepes.fr> SMTPUTF8');
  await client.ask(Buffer.from('RCPT TO:<é@sink.example>', 'utf8').toString('latin1'));
  await client.ask('DATA');
  expect(await client.ask(`${LETTER}\r\n.`)).toMatch(/^250/);
  const report = await aliceIsTold();
  expect(report).toContain('Status: 5.6.7');
  expect(Buffer.from(report, 'latin1').toString('utf8')).toContain('Final-Recipient: utf-8; é@sink.example');
  expect(messages).toEqual([]);
});

test('SMTPUTF8 is named for a message whose header section needs it, with addresses of ASCII too', async () => {
  const { messages } = await open({ extensions: ['8BITMIME', 'SMTPUTF8', 'PIPELINING'] });
  await aliceSends(['x@sink.example'], `From: alice@crepes.fr\r\nSubject: \xc3\xa9\r\n\r\nx`, {
    mail: ' SMTPUTF8 BODY=8BITMIME',
  });
  await aliceSends(['x@sink.example']);
  await eventually(() => messages.length === 2, 'two messages');
  expect(messages[0]?.mail).toMatch(/^MAIL FROM:<alice@crepes\.fr> .*SMTPUTF8$/);
  expect(messages[1]?.mail).not.toContain('SMTPUTF8');
});

test('RELAY_TLS=verify sends only over a connection whose certificate is of the lab and for the name of the server', async () => {
  world = await openMailWorld(24, { ...SINK, crepes: { RELAY_TLS: 'verify' } });
  const tls = await openTls(world.crepes.host, ['mx.sink.example']);
  const other = await openTls(world.hamburger.host, ['mx.sink.example']);
  sink = await SmtpSink.open({ address: `${TEST_NET}.24.9`, tls: other });
  await aliceSends(['x@sink.example']);
  expect(await untilTried(1)).toMatch(/^451 4\.7\.5 /);
  await sink.close();
  sink = await SmtpSink.open({ address: `${TEST_NET}.24.9`, tls });
  world.crepes.host.clock.advance(RETRY_MS[0]);
  await untilQueueIsEmpty(world.crepes);
  await expect.poll(() => sink?.verbs()).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT']);
  expect(sink.messages).toHaveLength(1);
});

test('RELAY_TLS=verify does not send to a server without STARTTLS; RELAY_TLS=may does, and also when the handshake fails', async () => {
  await open({}, { crepes: { RELAY_TLS: 'verify' }, hamburger: { RELAY_TLS: 'may' } });
  await aliceSends(['x@sink.example']);
  expect(await untilTried(1)).toMatch(/^451 4\.7\.5 /);
  const client = await openSmtp(world.hamburger, 587, { user: 'bob', password: 'patty' });
  await client.ask('MAIL FROM:<bob@hamburger.edu>');
  await client.ask('RCPT TO:<x@sink.example>');
  await client.ask('DATA');
  await client.ask(`${LETTER}\r\n.`);
  await untilQueueIsEmpty(world.hamburger);
  await sink?.close();
  // A server that offers STARTTLS and has no certificate.
  sink = await SmtpSink.open({ address: `${TEST_NET}.24.9`, tls: {} });
  await client.ask('MAIL FROM:<bob@hamburger.edu>');
  await client.ask('RCPT TO:<x@sink.example>');
  await client.ask('DATA');
  await client.ask(`${LETTER}\r\n.`);
  await untilQueueIsEmpty(world.hamburger);
  expect(sink.messages).toHaveLength(1);
  expect(sink.connections).toBe(2);
});

test('a fault on purpose at the stage "relay" is as if the next server had answered so, or hung up', async () => {
  const { messages } = await open();
  const { fault } = world.crepes.running.actions ?? {};
  await fault?.run({
    name: 'busy',
    stage: 'relay',
    match: { server: 'mx.sink.*' },
    reply: { code: 451, status: '4.3.2', text: 'busy' },
    times: 1,
  });
  await fault?.run({ name: 'cut', stage: 'relay', match: { recipient: 'x@*' }, drop: true, times: 1 });
  await aliceSends(['x@sink.example']);
  expect(await untilTried(1)).toBe('451 4.3.2 busy');
  world.crepes.host.clock.advance(RETRY_MS[0]);
  expect(await untilTried(2)).toMatch(/^451 4\.4\.2 .*fault on purpose/);
  world.crepes.host.clock.advance(RETRY_MS[1]);
  await untilQueueIsEmpty(world.crepes);
  expect(messages).toHaveLength(1);
});

test('a fault on purpose at the stage "delivery" keeps a message in the queue until it is over', async () => {
  await open();
  const { fault } = world.crepes.running.actions ?? {};
  await fault?.run({
    name: 'full',
    stage: 'delivery',
    match: { account: 'claire' },
    reply: { code: 452, status: '4.2.2', text: 'full' },
    times: 1,
  });
  await aliceSends(['claire@crepes.fr']);
  expect(await untilTried(1)).toBe('452 4.2.2 full');
  world.crepes.host.clock.advance(RETRY_MS[0]);
  await untilMail(world.crepes, 'claire', 1);
});
