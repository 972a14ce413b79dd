import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { LineClient } from '../line-client.ts';
import { plainAuth, SmtpDoors } from '../smtp-doors.ts';

let doors: SmtpDoors;

beforeEach(async () => {
  doors = await SmtpDoors.open('174.1', { options: { connectionsPerClientMax: 12 } });
});

afterEach(() => doors.close());

async function transaction(client: LineClient, to: readonly string[], data: string): Promise<string> {
  await client.ask('MAIL FROM:<x@outside.example>');
  for (const one of to) await client.ask(`RCPT TO:<${one}>`);
  await client.ask('DATA');
  return client.ask(`${data}\r\n.`);
}

test('EHLO lists what is there and nothing else; AUTH only for submission; HELO lists nothing', async () => {
  const names = (reply: string) =>
    reply
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(4))
      .sort();
  const relay = new LineClient(doors.host.address, 25);
  expect(await relay.reply()).toBe('220 mail.crepes.fr ESMTP Topdown\r\n');
  const every = ['8BITMIME', 'DSN', 'ENHANCEDSTATUSCODES', 'PIPELINING', 'SIZE 1000000', 'SMTPUTF8', 'STARTTLS'];
  expect(names(await relay.ask('EHLO client.test'))).toEqual(every);
  expect(await relay.ask('HELO client.test')).toMatch(/^250 mail\.crepes\.fr [^\r\n]*\r\n$/);
  const submission = await doors.connect(587, null);
  expect(names(await submission.ask('EHLO client.test'))).toEqual(['AUTH PLAIN LOGIN', ...every].sort());
});

test.each([
  ['x@other.example'],
  ['x%other.example@crepes.fr'],
  ['other.example!x@crepes.fr'],
  ['@crepes.fr:x@other.example'],
  ['@crepes.fr,@hamburger.edu:x@other.example'],
  ['"x@other.example"@crepes.fr'],
  ['"bob@hamburger.edu"@crepes.fr'],
  ['"alice@crepes.fr"@other.example'],
  ['x@[127.0.0.1]'],
  ['alice@[127.0.0.1]'],
  ['x@other.example@crepes.fr'],
  ['x@other.example%crepes.fr'],
  ['bob@hamburger.edu'],
  ['alice@crepes.fr.other.example'],
  ['alice@crepes.fr@'],
  ['alice'],
])('no open relay: RCPT TO:<%s> on port 25 is refused for good', async (recipient) => {
  const client = await doors.connect();
  for (const sender of ['x@outside.example', 'alice@crepes.fr', '']) {
    await client.ask(`MAIL FROM:<${sender}>`);
    expect(await client.ask(`RCPT TO:<${recipient}>`)).toMatch(/^5[0-9]{2} 5\.(7\.1|1\.1|1\.3) /);
    await client.ask('RSET');
  }
});

test('known recipients are accepted in any case and in quotes, an unknown one is not', async () => {
  const client = await doors.connect();
  await client.ask('MAIL FROM:<>');
  const known = [
    'postmaster',
    'Postmaster@crepes.fr',
    'postmaster@CREPES.FR',
    'ALICE@Crepes.Fr',
    'alice@mail.crepes.fr',
  ];
  for (const one of [...known, '"alice"@crepes.fr'])
    expect(await client.ask(`RCPT TO:<${one}>`)).toMatch(/^250 2\.1\.5/);
  expect(await client.ask('RCPT TO:<nobody@crepes.fr>')).toMatch(/^550 5\.1\.1/);
});

test.each([
  ['MAIL FROM:<x@outside.example> FOO=1', /^555 5\.5\.4/],
  ['MAIL FROM:<x@outside.example> AUTH=<>', /^555 5\.5\.4/],
  ['MAIL FROM:<x@outside.example> BODY=BINARYMIME', /^501/],
  ['MAIL FROM:<x@outside.example> BODY=8bitmime SIZE=10', /^250/],
  ['MAIL FROM:<x@outside.example> SIZE=1000001', /^552 5\.3\.4/],
  ['MAIL FROM:<x@outside.example> SIZE=-1', /^501/],
  ['MAIL FROM:<x@outside.example> SIZE', /^501/],
  ['MAIL FROM:<x@outside.example', /^501 5\.1\.7/],
  ['MAIL FROM:<x@outside.example>\0', /^501/],
  [`MAIL FROM:<${'l'.repeat(65)}@outside.example>`, /^501 5\.1\.7/],
  ['DATA', /^503/],
  ['RCPT TO:<alice@crepes.fr>', /^503/],
  ['EHLO', /^501/],
  ['EHLO two names', /^501/],
])('%j is answered as its RFC says', async (command, answer) => {
  const client = await doors.connect();
  expect(await client.ask(command)).toMatch(answer);
});

test.each([
  ['RCPT TO:<alice@crepes.fr> FOO=1', /^555 5\.5\.4/],
  ['RCPT TO:<alice@crepes.fr> NOTIFY=NEVER,SUCCESS', /^501/],
  ['RCPT TO:<alice@crepes.fr> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@b', /^250/],
  ['RCPT TO:<alice@crepes.fr> ORCPT=x', /^501/],
  ['RCPT TO:<>', /^501 5\.1\.3/],
  ['RCPT TO:<a\rRCPT TO:<b>>', /^501/],
  ['MAIL FROM:<y@outside.example>', /^503 5\.5\.1/],
  ['DATA', /^503/],
])('after MAIL, %j is answered as its RFC says', async (command, answer) => {
  const client = await doors.connect();
  await client.ask('MAIL FROM:<x@outside.example>');
  expect(await client.ask(command)).toMatch(answer);
});

test('who types by hand is told what is wrong with a path, and with the ends of the lines', async () => {
  const client = await doors.connect();
  expect(await client.ask('MAIL FROM: alice@crepes.fr')).toMatch(/^501 5\.1\.7 .*The path does not begin with "<"/);
  expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^250/);
  expect(await client.ask('RCPT TO:<alice@crepes.fr')).toMatch(/^501 5\.1\.3 .*The path does not end with ">"/);
  expect(await client.ask('RCPT TO:<alice>')).toMatch(/^501 5\.1\.3 .*Cannot read the local part/);
  expect(await client.ask('RCPT TO:<>')).toMatch(/^501 5\.1\.3 Error: Bad recipient address syntax\r\n$/);
  client.send('NOOP\n');
  expect(await client.reply()).toMatch(/^500 5\.5\.2 A line ends in CRLF.*nc needs -C/);
});

test('EHLO, HELO and RSET end the transaction; MAIL before EHLO is a bad sequence', async () => {
  const client = await doors.connect(25, null);
  expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^503/);
  await client.ask('EHLO client.test');
  for (const command of ['RSET', 'EHLO client.test', 'HELO client.test']) {
    await client.ask('MAIL FROM:<x@outside.example>');
    await client.ask(command);
    expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^503/);
  }
});

test('DATA with no recipient accepted is no 354, also in a group of commands (RFC 2920, section 3.1)', async () => {
  const client = await doors.connect();
  client.send('MAIL FROM:<x@outside.example>\r\nRCPT TO:<nobody@crepes.fr>\r\nDATA\r\n');
  expect(await client.reply()).toMatch(/^250/);
  expect(await client.reply()).toMatch(/^550/);
  expect(await client.reply()).toMatch(/^503/);
  expect(await client.ask('NOOP')).toMatch(/^250/);
});

test('a group of commands gets one reply each, in order, at whatever octet it is cut; only accepted recipients get the message', async () => {
  const group =
    'MAIL FROM:<x@outside.example>\r\nRCPT TO:<alice@crepes.fr>\r\nRCPT TO:<nobody@crepes.fr>\r\nRCPT TO:<claire@crepes.fr>\r\nDATA\r\n';
  const client = await doors.connect();
  for (let split = 1; split < group.length; split += 7) {
    client.send(group.slice(0, split));
    await new Promise((resolve) => setImmediate(resolve));
    client.send(group.slice(split));
    for (const code of ['250', '250', '550', '250', '354']) expect((await client.reply()).slice(0, 3)).toBe(code);
    expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
    expect(doors.taken.at(-1)?.recipients.map(({ address }) => address)).toEqual([
      'alice@crepes.fr',
      'claire@crepes.fr',
    ]);
  }
});

test('mail data that comes before 354 is refused, and the connection closed', async () => {
  const client = await doors.connect();
  await client.ask('MAIL FROM:<x@outside.example>');
  await client.ask('RCPT TO:<alice@crepes.fr>');
  client.send('DATA\r\nSubject: early\r\n\r\nearly\r\n.\r\nQUIT\r\n');
  expect(await client.closed()).toBe('554 5.5.0 Mail data came before it was asked for\r\n');
  expect(doors.taken).toEqual([]);
});

test('a QUIT that comes with the end of the mail data is obeyed after it', async () => {
  const client = await doors.openData();
  client.send('Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n');
  expect(await client.closed()).toMatch(/^250 2\.6\.0 Queued as \w+\r\n221 2\.0\.0 Bye\r\n$/);
});

test('the body is kept octet for octet: doubled full stops, 8 bits, no body, no header section, nothing at all', async () => {
  const client = await doors.connect();
  const bodies = [
    ['S: x\r\n\r\n..x\r\n...\r\n\xe9\xff\r\n', 'S: x\r\n\r\n.x\r\n..\r\n\xe9\xff\r\n'],
    ['S: x\r\n', 'S: x\r\n\r\n'],
    ['\r\nbody\r\n', '\r\nbody\r\n'],
    ['body only\r\n', '\r\nbody only\r\n'],
    ['', '\r\n'],
  ] as const;
  for (const [sent, kept] of bodies) {
    await client.ask('MAIL FROM:<x@outside.example> BODY=8BITMIME');
    await client.ask('RCPT TO:<alice@crepes.fr>');
    await client.ask('DATA');
    client.send(`${sent}.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    const stored = await doors.stored(-1);
    expect(stored.slice(stored.indexOf('\r\n', stored.indexOf('Lab-Exchange')) + 2)).toBe(kept);
  }
});

test('Received says who brought it, by what, and for whom it is when there is one', async () => {
  const client = await doors.connect(25, 'HELO old.client.test');
  await transaction(client, ['alice@crepes.fr'], 'Return-Path: <forged@x>\r\nSubject: x\r\n\r\nx');
  expect(await doors.stored(0)).toMatch(
    /^Received: from old\.client\.test \(\[127\.[\d.]+\]\)\r\n\tby mail\.crepes\.fr with SMTP id \w+\r\n\tfor <alice@crepes\.fr>;\r\n\t\w{3}, /,
  );
  expect(await doors.stored(0)).not.toContain('forged');
  const odd = await doors.connect(25, 'EHLO (x)<y>;z"');
  await transaction(odd, ['alice@crepes.fr', 'claire@crepes.fr'], 'Subject: x\r\n\r\nx');
  expect(await doors.stored(1)).toMatch(
    /^Received: from \?x\?\?y\?\?z\? \(\[[\d.]+\]\)\r\n\tby mail\.crepes\.fr with ESMTP id \w+;\r\n/,
  );
});

test('a message that has passed 25 servers is refused: it travels in a circle', async () => {
  const client = await doors.connect();
  const passed = (count: number) =>
    `${'Received: from a by b; Fri, 20 Nov 2026 03:54:33 +0000\r\n'.repeat(count)}\r\nx`;
  expect(await transaction(client, ['alice@crepes.fr'], passed(24))).toMatch(/^250/);
  expect(await transaction(client, ['alice@crepes.fr'], passed(25))).toMatch(/^554 5\.4\.6/);
});

test('a client that is silent is told so and let go; ten of them hold up nobody', async () => {
  await doors.close();
  doors = await SmtpDoors.open('174.1', { options: { idleMs: 400 } });
  const silent = await Promise.all(Array.from({ length: 10 }, () => doors.connect(25, null)));
  // On a busy machine the time may be over for this one, too.
  const noop = async () => (await doors.connect()).ask('NOOP').catch(() => '');
  await expect.poll(() => noop().catch(() => '')).toMatch(/^250/);
  for (const client of silent) expect(await client.closed()).toMatch(/^421 4\.4\.2/);
});

test('DATA, RSET and QUIT have no argument, and change nothing when one is given (RFC 5321, section 4.1.1)', async () => {
  const client = await doors.connect();
  await client.ask('MAIL FROM:<x@outside.example>');
  await client.ask('RCPT TO:<alice@crepes.fr>');
  for (const verb of ['DATA', 'RSET', 'QUIT']) expect(await client.ask(`${verb} now`)).toMatch(/^501 5\.5\.4/);
  expect(await client.ask('DATA ')).toMatch(/^354/);
  expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
});

test('a client that opens all the connections there are, again and again, keeps no other out', async () => {
  const limited = await SmtpDoors.open('170.2', { options: { connectionsMax: 20, connectionsPerClientMax: 5 } });
  const crowd = Array.from({ length: 40 }, () => new LineClient(limited.host.address, 25));
  const other = new LineClient(limited.host.address, 25, undefined, `${TEST_NET}.170.3`);
  expect(await other.reply()).toMatch(/^220/);
  for (const one of [...crowd, other]) one.drop();
  await limited.close();
});

test('one client has no more than its share of connections', async () => {
  const clients = Array.from({ length: 13 }, () => new LineClient(doors.host.address, 25));
  const greetings = await Promise.all(clients.map((client) => client.reply()));
  expect(greetings.filter((greeting) => greeting.startsWith('220'))).toHaveLength(12);
  expect(greetings.filter((greeting) => greeting.startsWith('421'))).toEqual([
    '421 4.7.0 Too many connections from your address\r\n',
  ]);
});

test('a connection that breaks in the middle of a message leaves nothing', async () => {
  const client = await doors.openData();
  client.send(`Subject: half\r\n\r\n${'half\r\n'.repeat(30_000)}`);
  client.drop();
  const next = await doors.openData();
  expect(await next.ask('Subject: whole\r\n\r\nwhole\r\n.')).toMatch(/^250/);
  expect(doors.taken.map(({ subject }) => subject)).toEqual(['whole']);
});

test('a password in the wrong place is in no report: AUTH misspelt, refused, without its mechanism, with tabs', async () => {
  const token = Buffer.from('\0alice\0wonderland').toString('base64');
  const secret = Buffer.from('wonderland').toString('base64');
  const submission = await doors.connect(587);
  for (const line of [`AUTH ${token}`, `AUTH\tPLAIN\t${token}`, `AUHT PLAIN ${token}`, ` AUTH PLAIN ${token}`, token])
    expect(await submission.ask(line)).toMatch(/^50/);
  const relay = await doors.connect();
  for (const line of ['AUTH LOGIN', Buffer.from('alice').toString('base64'), secret, 'ehllo x', 'PASS wonderland'])
    expect(await relay.ask(line)).toMatch(/^500/);
  const told = (await doors.reports()).map(({ summary }) => summary);
  for (const one of ['wonderland', token, secret]) expect(JSON.stringify(told)).not.toContain(one);
  expect(told).toEqual(
    expect.arrayContaining(['AUTH ********', 'AUTH PLAIN ********', 'AUHT ********', 'AUTH LOGIN', 'ehllo ********']),
  );
});

test('passwords are in no report, and what is told stands in its order', async () => {
  const client = await doors.connect(587);
  await client.ask(plainAuth('alice', 'wonderland'));
  const login = await doors.connect(587);
  await login.ask('AUTH LOGIN');
  await login.ask(Buffer.from('alice').toString('base64'));
  await login.ask(Buffer.from('wonderland').toString('base64'));
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  await client.ask('RCPT TO:<claire@crepes.fr>');
  await client.ask('DATA');
  await client.ask('From: alice\r\n\r\nx\r\n.');
  await client.ask('QUIT');
  await client.closed();
  const told = await doors.reports();
  expect(JSON.stringify(told)).toContain('AUTH PLAIN');
  for (const secret of [
    'wonderland',
    ...['\0alice\0wonderland', 'wonderland'].map((one) => Buffer.from(one).toString('base64')),
  ])
    expect(JSON.stringify(told)).not.toContain(secret);
  const transactionKinds = told
    .filter(({ exchange }) => exchange === doors.taken[0]?.exchange)
    .map(({ kind, summary }) => `${kind} ${summary.slice(0, 4).trim()}`);
  expect(transactionKinds).toEqual([
    ...['smtp.command MAIL', 'smtp.reply 250', 'smtp.command RCPT', 'smtp.reply 250'],
    ...['smtp.command DATA', 'smtp.reply 354', 'smtp.data 18 o', 'smtp.reply 250'],
  ]);
});
