import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import {
  ALICE,
  eventually,
  type MailHost,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  queueOf,
  RETRY_MS,
  readMailbox,
  reportsOf,
  sendMail,
  untilMail,
  untilQueueIsEmpty,
  type WorldOptions,
} from '../mail-world.ts';

const LETTER = 'From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: hello\r\n\r\nhello';
const DAY_MS = 86_400_000;

let world: MailWorld;

afterEach(() => world.end());

async function open(options?: WorldOptions): Promise<void> {
  world = await openMailWorld(21, options);
}

async function aliceSends(to: readonly string[], data = LETTER, parameters = ''): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  for (const one of to) await client.ask(`RCPT TO:<${one}>${parameters}`);
  await client.ask('DATA');
  expect(await client.ask(`${data}\r\n.`)).toMatch(/^250/);
  client.drop();
}

async function aliceIsTold(): Promise<string> {
  await eventually(async () => (await mailCount(world.crepes, 'alice')) > 0, 'a report for alice');
  return (await readMailbox(world.crepes, ALICE))[0] ?? '';
}

function triesOf(host: MailHost): Promise<number> {
  return queueOf(host).then((queue) => queue[0]?.recipients[0]?.tries ?? 0);
}

test('MAIL-04 a message waits in the queue while the other server is down, and is gone from it when delivered', async () => {
  await open();
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu']);
  await eventually(async () => (await triesOf(world.crepes)) === 1, 'a first try');
  expect(await queueOf(world.crepes)).toHaveLength(1);
  await world.hamburger.start();
  await world.crepes.running.actions?.flush?.run({});
  await untilQueueIsEmpty(world.crepes);
  await untilMail(world.hamburger, 'bob', 1);
});

test('SMTP-02 what the agent brought is in the queue of its server', async () => {
  await open();
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu']);
  const [entry] = await queueOf(world.crepes);
  expect(entry?.recipients[0]).toMatchObject({ address: 'bob@hamburger.edu', kind: 'waiting' });
  const queue = join(world.crepes.host.stateDir, 'queue');
  expect(readdirSync(queue).sort()).toEqual(['journal', `${entry?.id}.eml`]);
  expect(readFileSync(join(queue, 'journal'), 'utf8')).toContain('"address":"bob@hamburger.edu"');
});

test('SMTP-06 when the server of the receiver is down the sender tries again by itself', async () => {
  await open();
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu']);
  await eventually(async () => (await triesOf(world.crepes)) === 1, 'a first try');
  await world.hamburger.start();
  world.crepes.host.clock.advance(RETRY_MS[0]);
  await untilMail(world.hamburger, 'bob', 1);
});

test('SMTP-07 after five days it gives up and tells the sender', async () => {
  await open();
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu']);
  await eventually(async () => (await triesOf(world.crepes)) === 1, 'a first try');
  world.crepes.host.clock.advance(5 * DAY_MS);
  const report = await aliceIsTold();
  expect(report).toContain('Status: 4.4.7');
  expect(report).toContain('Action: failed');
  expect(report).toMatch(/^Return-Path: <>\r\n/);
  await untilQueueIsEmpty(world.crepes);
});

test('SMTP-09 three messages for one host go over one connection', async () => {
  await open();
  await world.hamburger.stop();
  for (const _ of [1, 2, 3]) await aliceSends(['bob@hamburger.edu']);
  await eventually(
    async () => (await queueOf(world.crepes)).every(({ recipients }) => (recipients[0]?.tries ?? 0) > 0),
    'first tries',
  );
  await world.hamburger.start();
  world.hamburger.host.reported.length = 0;
  await world.crepes.running.actions?.flush?.run({});
  await untilMail(world.hamburger, 'bob', 3);
  await eventually(() => world.hamburger.host.reported.some(({ summary }) => summary === 'QUIT'), 'QUIT');
  const said = (await reportsOf(world.hamburger))
    .filter(({ kind }) => kind === 'smtp.command')
    .map(({ summary }) => summary.split(/[ :]/, 1)[0]);
  expect(said.filter((verb) => verb === 'EHLO')).toHaveLength(1);
  expect(said.filter((verb) => verb === 'DATA')).toHaveLength(3);
  expect(said.filter((verb) => verb === 'QUIT')).toHaveLength(1);
});

test('when a silent server answers one message, the others that waited for it follow at once', async () => {
  await open({ crepes: { RETRY_S: '3600' } });
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu']);
  await eventually(async () => (await triesOf(world.crepes)) === 1, 'a first try');
  await world.hamburger.start();
  await aliceSends(['bob@hamburger.edu']);
  await untilMail(world.hamburger, 'bob', 2);
});

test('a queue that one instance wrote is resumed by the next', async () => {
  await open();
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu']);
  await aliceSends(['bob@hamburger.edu', 'claire@crepes.fr']);
  await eventually(
    async () => (await queueOf(world.crepes)).every(({ recipients }) => (recipients[0]?.tries ?? 0) > 0),
    'first tries',
  );
  await world.crepes.stop();
  await world.hamburger.start();
  await world.crepes.start();
  expect(await queueOf(world.crepes)).toHaveLength(2);
  await world.crepes.running.actions?.flush?.run({});
  await untilMail(world.hamburger, 'bob', 2);
  await untilMail(world.crepes, 'claire', 1);
});

test('what a crash leaves of a message that was never acknowledged is removed at the next start', async () => {
  await open();
  await world.crepes.stop();
  const queue = join(world.crepes.host.stateDir, 'queue');
  writeFileSync(join(queue, 'half.eml'), 'Received: half');
  writeFileSync(join(queue, 'journal'), '0a1b2c3d [{"id":"half"');
  await world.crepes.start();
  expect(readdirSync(queue)).toEqual(['journal']);
  expect(await queueOf(world.crepes)).toEqual([]);
});

test('an unknown user at the other server is reported to the sender at once, with the answer of that server', async () => {
  await open();
  await aliceSends(['bob@hamburger.edu', 'nobody@hamburger.edu']);
  const report = await aliceIsTold();
  expect(report).toContain('Content-Type: multipart/report; report-type=delivery-status');
  expect(report).toContain('Auto-Submitted: auto-replied');
  expect(report).toContain('Final-Recipient: rfc822; nobody@hamburger.edu');
  expect(report).toContain('Status: 5.1.1');
  expect(report).toContain('Remote-MTA: dns; mail.hamburger.edu');
  expect(report).toContain('Diagnostic-Code: smtp; 550 5.1.1 No such user here');
  expect(report).toContain('Subject: hello');
  expect(report).not.toContain('Final-Recipient: rfc822; bob');
  await untilMail(world.hamburger, 'bob', 1);
});

test('a bounce that cannot be delivered is not answered by a bounce', async () => {
  await open();
  const client = await openSmtp(world.hamburger);
  expect(await sendMail(client, '', ['bob@hamburger.edu'], LETTER)).toMatch(/^250/);
  const other = await openSmtp(world.crepes, 587, ALICE);
  await other.ask('MAIL FROM:<>');
  await other.ask('RCPT TO:<nobody@hamburger.edu>');
  await other.ask('DATA');
  expect(await other.ask(`${LETTER}\r\n.`)).toMatch(/^250/);
  await eventually(
    () => world.crepes.host.reported.some(({ because }) => because?.startsWith('a bounce is never answered')),
    'the end',
  );
  await untilQueueIsEmpty(world.crepes);
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
});

test('a domain that does not exist is reported at once', async () => {
  await open();
  await aliceSends(['x@nowhere.example']);
  // The test's names know no such domain: no MX, and then no address.
  expect(await aliceIsTold()).toContain('Status: 5.1.2');
});

test('a domain with a null MX takes no mail (RFC 7505)', async () => {
  await open({ mailExchanges: { 'silent.example': [{ preference: 0, exchange: '.' }] } });
  await aliceSends(['x@silent.example']);
  expect(await aliceIsTold()).toContain('Status: 5.1.10');
});

test('a domain whose mail server is this one, which does not know it, is no circle', async () => {
  await open({ mailExchanges: { 'astray.example': [{ preference: 10, exchange: 'mail.crepes.fr' }] } });
  await aliceSends(['x@astray.example']);
  expect(await aliceIsTold()).toContain('Status: 5.4.6');
});

test('a domain without an MX record is served by its own address', async () => {
  await open({
    names: { 'mx-less.example': [`${TEST_NET}.21.2`] },
    hamburger: { MAIL_DOMAIN: 'hamburger.edu mx-less.example' },
  });
  await aliceSends(['bob@mx-less.example']);
  await untilMail(world.hamburger, 'bob', 1);
});

test('when the best mail server does not answer the next one is asked', async () => {
  await open({
    names: { 'down.example': [`${TEST_NET}.21.77`] },
    mailExchanges: {
      'hamburger.edu': [
        { preference: 5, exchange: 'down.example' },
        { preference: 10, exchange: 'mail.hamburger.edu' },
      ],
    },
  });
  await aliceSends(['bob@hamburger.edu']);
  await untilMail(world.hamburger, 'bob', 1);
});

/** A server that answers each command as `answers` says, by its verb; "DOT" is the end of the data. */
function listenFault(
  answers: Readonly<Record<string, string>>,
): Promise<{ close(): Promise<void>; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(answers.CONNECT ?? '220 fault\r\n');
    let inData = false;
    let held = '';
    socket.on('data', (octets) => {
      held += octets.toString('latin1');
      for (let feed = held.indexOf('\n'); feed !== -1; feed = held.indexOf('\n')) {
        const line = held.slice(0, feed).trim();
        held = held.slice(feed + 1);
        const verb = inData ? (line === '.' ? 'DOT' : '') : (line.split(/[ :]/, 1)[0] ?? '').toUpperCase();
        if (verb === '') continue;
        const answer = answers[verb] ?? (verb === 'DATA' ? '354 go\r\n' : '250 ok\r\n');
        inData = verb === 'DATA' && answer.startsWith('354');
        if (answer === 'DROP') socket.destroy();
        else socket.write(answer);
      }
    });
  });
  return new Promise((resolve) => {
    server.listen(25, `${TEST_NET}.21.9`, () =>
      resolve({
        connections: () => connections,
        close: () => {
          for (const socket of sockets) socket.destroy();
          return new Promise((done) => server.close(() => done()));
        },
      }),
    );
  });
}

const FAULTY = {
  names: { 'mail.faulty.example': [`${TEST_NET}.21.9`] },
  mailExchanges: { 'faulty.example': [{ preference: 1, exchange: 'mail.faulty.example' }] },
};

test.each([
  ['a greeting of 421', { CONNECT: '421 busy\r\n' }, /421 busy/],
  ['450 to RCPT', { RCPT: '450 4.2.0 later\r\n', DATA: '503 no\r\n' }, /450 4\.2\.0 later/],
  ['450 after the data', { DOT: '450 4.3.0 later\r\n' }, /450 4\.3\.0 later/],
  ['a connection that breaks at DATA', { DATA: 'DROP' }, /connection/i],
  ['a connection that breaks after the data', { DOT: 'DROP' }, /connection/i],
  ['421 to MAIL', { MAIL: '421 4.3.2 closing\r\n' }, /421 4\.3\.2 closing/],
])('%s is tried again later', async (_name, answers, lastReply) => {
  await open(FAULTY);
  const fault = await listenFault(answers);
  try {
    await aliceSends(['x@faulty.example']);
    await eventually(async () => (await triesOf(world.crepes)) === 1, 'a first try');
    expect((await queueOf(world.crepes))[0]?.recipients[0]?.lastReply).toMatch(lastReply);
    expect(await mailCount(world.crepes, 'alice')).toBe(0);
  } finally {
    await fault.close();
  }
});

test.each([
  ['550 to RCPT', { RCPT: '550 5.7.1 never\r\n', DATA: '503 no\r\n' }, '550 5.7.1 never'],
  ['554 after the data', { DOT: '554 5.6.0 never\r\n' }, '554 5.6.0 never'],
  ['550 to MAIL', { MAIL: '550 5.1.8 never\r\n', RCPT: '503 no\r\n', DATA: '503 no\r\n' }, '550 5.1.8 never'],
])('%s goes back to the sender at once', async (_name, answers, diagnostic) => {
  await open(FAULTY);
  const fault = await listenFault(answers);
  try {
    await aliceSends(['x@faulty.example']);
    expect(await aliceIsTold()).toContain(`Diagnostic-Code: smtp; ${diagnostic}`);
  } finally {
    await fault.close();
  }
});

test.each([
  ['8BITMIME for its header', '250 fault\r\n', '5.6.3', `Comments: \xe9\r\n${LETTER}`],
  ['room', '250-fault\r\n250 SIZE 100\r\n', '5.3.4', `${LETTER}\xe9`],
])(
  'a message that needs %s which the other server does not offer goes back to the sender',
  async (_name, ehlo, status, data) => {
    await open(FAULTY);
    const fault = await listenFault({ EHLO: ehlo });
    try {
      await aliceSends(['x@faulty.example'], data);
      expect(await aliceIsTold()).toContain(`Status: ${status}`);
    } finally {
      await fault.close();
    }
  },
);

test('a server that does not answer MAIL does not hold up the stop', async () => {
  await open(FAULTY);
  const fault = await listenFault({ EHLO: '250 fault\r\n', MAIL: '' });
  try {
    await aliceSends(['x@faulty.example']);
    await eventually(() => fault.connections() > 0, 'a connection');
    // An answer to MAIL is waited for longer than this test may last (RFC 5321, section 4.5.3.2.2: five minutes).
    await world.crepes.stop();
    await world.crepes.start();
    expect(await queueOf(world.crepes)).toHaveLength(1);
  } finally {
    await fault.close();
  }
});

test('two domains whose aliases lead to each other: the circle ends with one report (RFC 5321, section 6.3)', async () => {
  const dirs = ['crepes', 'hamburger'].map((name) => mkdtempSync(join(tmpdir(), `circle-${name}-`)));
  for (const [index, dir] of dirs.entries()) {
    writeFileSync(join(dir, 'accounts'), 'alice:{PLAIN}wonderland\n');
    writeFileSync(join(dir, 'aliases'), `postmaster: alice\nround: round@${['hamburger.edu', 'crepes.fr'][index]}\n`);
  }
  await open({ crepesDir: dirs[0] ?? '', hamburgerDir: dirs[1] ?? '' });
  await aliceSends(['round@crepes.fr']);
  const report = await aliceIsTold();
  expect(report).toContain('Diagnostic-Code: smtp; 554 5.4.6 ');
  await untilMail(world.crepes, 'alice', 1);
  await untilQueueIsEmpty(world.crepes);
  for (const dir of dirs) rmSync(dir, { recursive: true });
});

test('NOTIFY=SUCCESS brings a report of the delivery, NEVER none at all, and DELAY one after some hours (RFC 3461)', async () => {
  await open();
  await aliceSends(['bob@hamburger.edu'], LETTER, ' NOTIFY=SUCCESS ORCPT=rfc822;bob@hamburger.edu');
  const report = await aliceIsTold();
  expect(report).toContain('Action: delivered');
  expect(report).toContain('Original-Recipient: rfc822;bob@hamburger.edu');
  expect(report).toContain('Reporting-MTA: dns; mail.hamburger.edu');
  await aliceSends(['nobody@hamburger.edu'], LETTER, ' NOTIFY=NEVER');
  await untilQueueIsEmpty(world.crepes);
  await untilMail(world.crepes, 'alice', 1);
  await world.hamburger.stop();
  await aliceSends(['bob@hamburger.edu'], LETTER, ' NOTIFY=DELAY');
  await eventually(async () => (await triesOf(world.crepes)) === 1, 'a first try');
  world.crepes.host.clock.advance(5 * 3_600_000);
  await untilMail(world.crepes, 'alice', 2);
  expect((await readMailbox(world.crepes, ALICE))[1]).toContain('Action: delayed');
});
