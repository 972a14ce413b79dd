import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  BOB,
  LineClient,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  reportsOf,
  sendMail,
  untilMail,
} from '../mail-world.ts';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(23, {
    crepes: { MESSAGE_OCTETS_MAX: '65536', SMTP_IDLE_S: '1', CONNECTIONS_PER_CLIENT_MAX: '6' },
  });
});

afterEach(() => world.end());

test('EHLO lists what is there and nothing else; AUTH only for submission', async () => {
  const names = (reply: string) =>
    reply
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(4))
      .sort();
  const relay = new LineClient(world.crepes.host.address, 25);
  expect(await relay.reply()).toBe('220 mail.crepes.fr ESMTP Topdown\r\n');
  expect(names(await relay.ask('EHLO client.test'))).toEqual([
    '8BITMIME',
    'DSN',
    'ENHANCEDSTATUSCODES',
    'PIPELINING',
    'SIZE 65536',
    'SMTPUTF8',
  ]);
  const submission = new LineClient(world.crepes.host.address, 587);
  await submission.reply();
  expect(names(await submission.ask('EHLO client.test'))).toContain('AUTH PLAIN LOGIN');
});

test.each([
  ['x@other.example'],
  ['x%other.example@crepes.fr'],
  ['other.example!x@crepes.fr'],
  ['@crepes.fr:x@other.example'],
  ['@crepes.fr,@hamburger.edu:x@other.example'],
  ['"x@other.example"@crepes.fr'],
  ['x@[127.0.0.1]'],
  ['x@other.example@crepes.fr'],
  ['x@other.example%crepes.fr'],
  ['bob@hamburger.edu'],
  ['alice@crepes.fr.other.example'],
])('no open relay: RCPT TO:<%s> on port 25 is refused for good', async (recipient) => {
  for (const sender of ['x@outside.example', 'alice@crepes.fr', '']) {
    const client = await openSmtp(world.crepes);
    await client.ask(`MAIL FROM:<${sender}>`);
    expect(await client.ask(`RCPT TO:<${recipient}>`)).toMatch(/^5[0-9]{2} 5\.(7\.1|1\.1|1\.3) /);
    client.drop();
  }
});

test.each([
  ['postmaster'],
  ['Postmaster@crepes.fr'],
  ['postmaster@CREPES.FR'],
  ['ALICE@Crepes.Fr'],
  ['postmaster@mail.crepes.fr'],
])('RCPT TO:<%s> is accepted', async (recipient) => {
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<>');
  expect(await client.ask(`RCPT TO:<${recipient}>`)).toMatch(/^250 2\.1\.5/);
});

test.each([
  ['MAIL FROM:<x@outside.example> FOO=1', /^555 5\.5\.4/],
  ['MAIL FROM:<x@outside.example> AUTH=<>', /^555 5\.5\.4/],
  ['MAIL FROM:<x@outside.example> BODY=BINARYMIME', /^501/],
  ['MAIL FROM:<x@outside.example> SIZE=65537', /^552 5\.3\.4/],
  ['MAIL FROM:<x@outside.example> SIZE=-1', /^501/],
  ['MAIL FROM:<x@outside.example', /^501/],
  ['MAIL FROM:<x@outside.example>\0', /^501/],
  [`MAIL FROM:<${'l'.repeat(65)}@outside.example>`, /^553 5\.1\.7/],
  ['BDAT 10 LAST', /^500/],
  ['STARTTLS', /^500/],
  ['XCLIENT ADDR=1.2.3.4', /^500/],
  ['VRFY alice', /^252/],
  ['DATA', /^503/],
  ['RCPT TO:<alice@crepes.fr>', /^503/],
  [`MAIL FROM:<${Buffer.from('é').toString('latin1')}@outside.example>`, /^553 5\.6\.7/],
  [`MAIL FROM:<${Buffer.from('é').toString('latin1')}@outside.example> SMTPUTF8`, /^250/],
])('%j is answered as its RFC says', async (command, answer) => {
  const client = await openSmtp(world.crepes);
  expect(await client.ask(command)).toMatch(answer);
});

test.each([
  ['RCPT TO:<alice@crepes.fr> FOO=1', /^555 5\.5\.4/],
  ['RCPT TO:<alice@crepes.fr> NOTIFY=NEVER,SUCCESS', /^501/],
  ['RCPT TO:<a\rRCPT TO:<b>>', /^501/],
  ['MAIL FROM:<y@outside.example>', /^503 5\.5\.1/],
  ['DATA', /^503/],
])('after MAIL, %j is answered as its RFC says', async (command, answer) => {
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<x@outside.example>');
  expect(await client.ask(command)).toMatch(answer);
});

test('EHLO and RSET end the transaction', async () => {
  const client = await openSmtp(world.crepes);
  for (const command of ['RSET', 'EHLO client.test']) {
    await client.ask('MAIL FROM:<x@outside.example>');
    await client.ask(command);
    expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^503/);
  }
});

test('MAIL before EHLO is a bad sequence', async () => {
  const client = new LineClient(world.crepes.host.address, 25);
  await client.reply();
  expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^503/);
});

test('a message over the limit is refused after its end, and nothing is stored', async () => {
  const client = await openSmtp(world.crepes);
  expect(
    await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], `Subject: x\r\n\r\n${'x\r\n'.repeat(30_000)}`),
  ).toMatch(/^552 5\.3\.4/);
  expect(await client.ask('NOOP')).toMatch(/^250/);
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
});

test('a header section without end is refused', async () => {
  const client = await openSmtp(world.hamburger);
  expect(await sendMail(client, 'x@outside.example', ['bob@hamburger.edu'], 'X-Bomb: x\r\n'.repeat(60_000))).toMatch(
    /^552 5\.3\.4 Header/,
  );
});

test('an empty message is accepted', async () => {
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<x@outside.example>');
  await client.ask('RCPT TO:<alice@crepes.fr>');
  await client.ask('DATA');
  expect(await client.ask('.')).toMatch(/^250/);
  await untilMail(world.crepes, 'alice', 1);
});

test('the hundredth recipient is accepted, the next one is told to come later', async () => {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  client.send(Array.from({ length: 101 }, (_, index) => `RCPT TO:<r${index}@hamburger.edu>\r\n`).join(''));
  const answers: string[] = [];
  for (let index = 0; index < 101; index += 1) answers.push(await client.reply());
  expect(answers.slice(0, 100).every((answer) => answer.startsWith('250'))).toBe(true);
  expect(answers[100]).toMatch(/^452 4\.5\.3/);
});

test('a forged Return-Path is removed, and the true one is written at delivery', async () => {
  const client = await openSmtp(world.crepes);
  await sendMail(
    client,
    'x@outside.example',
    ['alice@crepes.fr'],
    'Return-Path: <forged@outside.example>\r\nSubject: x\r\n\r\nReturn-Path: in the body',
  );
  await untilMail(world.crepes, 'alice', 1);
  const [letter = ''] = await readMailbox(world.crepes, ALICE);
  expect(letter.match(/^Return-Path:.*$/gm)).toEqual(['Return-Path: <x@outside.example>', 'Return-Path: in the body']);
});

test('what a client says about itself cannot write header fields', async () => {
  const client = new LineClient(world.crepes.host.address, 25);
  await client.reply();
  await client.ask('EHLO (x)<y>;z"');
  await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], 'Subject: x\r\n\r\nx');
  await untilMail(world.crepes, 'alice', 1);
  expect((await readMailbox(world.crepes, ALICE))[0]).toContain('Received: from ?x??y??z? ([');
});

test('a client that is silent is told so and let go; it holds up nobody', async () => {
  const silent = new LineClient(world.crepes.host.address, 25);
  await silent.reply();
  const busy = await openSmtp(world.crepes);
  expect(await busy.ask('NOOP')).toMatch(/^250/);
  expect(await silent.reply()).toMatch(/^421 4\.4\.2/);
});

test('ten commands without sense end the connection', async () => {
  const client = await openSmtp(world.crepes);
  client.send('JUNK\r\n'.repeat(10));
  expect(await client.closed()).toMatch(/421 .*\r\n$/);
});

test('a browser that was led to port 25 is let go', async () => {
  const client = new LineClient(world.crepes.host.address, 25);
  await client.reply();
  client.send('POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<>\r\n');
  expect(await client.closed()).toMatch(/^421/);
});

test('one client has no more than its share of connections', async () => {
  const clients = Array.from({ length: 7 }, () => new LineClient(world.crepes.host.address, 25));
  const greetings = await Promise.all(clients.map((client) => client.reply()));
  expect(greetings.filter((greeting) => greeting.startsWith('220'))).toHaveLength(6);
  expect(greetings.filter((greeting) => greeting.startsWith('421'))).toHaveLength(1);
});

test('a connection that breaks in the middle of a message leaves nothing', async () => {
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<x@outside.example>');
  await client.ask('RCPT TO:<alice@crepes.fr>');
  await client.ask('DATA');
  client.send(`Subject: half\r\n\r\n${'half\r\n'.repeat(2_000)}`);
  client.drop();
  const next = await openSmtp(world.crepes);
  expect(await sendMail(next, 'x@outside.example', ['alice@crepes.fr'], 'Subject: whole\r\n\r\nwhole')).toMatch(/^250/);
  await untilMail(world.crepes, 'alice', 1);
  expect((await readMailbox(world.crepes, ALICE))[0]).toContain('Subject: whole');
});

test('submission asks for a user, takes only the own address, and adds Date and Message-ID', async () => {
  const stranger = await openSmtp(world.hamburger, 587);
  expect(await stranger.ask('MAIL FROM:<bob@hamburger.edu>')).toMatch(/^530 5\.7\.0/);
  const bob = await openSmtp(world.hamburger, 587, BOB);
  expect(await bob.ask('MAIL FROM:<dave@hamburger.edu>')).toMatch(/^553 5\.7\.1/);
  expect(await bob.ask('MAIL FROM:<bob@crepes.fr>')).toMatch(/^553 5\.7\.1/);
  expect(await sendMail(bob, 'bob@hamburger.edu', ['dave@hamburger.edu'], 'From: bob@hamburger.edu\r\n\r\nx')).toMatch(
    /^250/,
  );
  await untilMail(world.hamburger, 'dave', 1);
  const [letter = ''] = await readMailbox(world.hamburger, { user: 'dave', password: 'pickles' });
  expect(letter).toMatch(
    /^Date: \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\nMessage-ID: <\w+@mail\.hamburger\.edu>\r$/m,
  );
});

test('AUTH: an unknown user and a wrong password get the same answer, more slowly each time', async () => {
  const spentMs: number[] = [];
  for (const user of ['alice', 'nobody']) {
    const client = new LineClient(world.crepes.host.address, 587);
    await client.reply();
    await client.ask('EHLO client.test');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = performance.now();
      expect(await client.ask(`AUTH PLAIN ${Buffer.from(`\0${user}\0wrong`).toString('base64')}`)).toMatch(
        /^535 5\.7\.8 Error: Authentication credentials invalid/,
      );
      spentMs.push(performance.now() - before);
    }
  }
  // 5 ms, doubled four times.
  expect(spentMs[4]).toBeGreaterThan(75);
  expect(spentMs[9]).toBeGreaterThan(75);
});

test('passwords are in no report', async () => {
  await openSmtp(world.crepes, 587, ALICE);
  const login = new LineClient(world.crepes.host.address, 587);
  await login.reply();
  await login.ask('EHLO client.test');
  await login.ask('AUTH LOGIN');
  await login.ask(Buffer.from('alice').toString('base64'));
  await login.ask(Buffer.from('wonderland').toString('base64'));
  await readMailbox(world.crepes, ALICE);
  const told = JSON.stringify(await reportsOf(world.crepes));
  expect(told).toContain('AUTH PLAIN');
  expect(told).not.toContain('wonderland');
  for (const secret of ['\0alice\0wonderland', 'wonderland'])
    expect(told).not.toContain(Buffer.from(secret).toString('base64'));
});

test('without clear-text log-in no AUTH is offered, and nobody can submit', async () => {
  await world.end();
  world = await openMailWorld(23, { crepes: { CLEARTEXT_LOGIN: 'false' } });
  const client = new LineClient(world.crepes.host.address, 587);
  await client.reply();
  expect(await client.ask('EHLO client.test')).not.toContain('AUTH');
  expect(await client.ask('AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=')).toMatch(/^500/);
  expect(await client.ask('MAIL FROM:<alice@crepes.fr>')).toMatch(/^530/);
});
