import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { LineClient } from '../line-client.ts';
import { type DoorChanges, plainAuth, SmtpDoors } from '../smtp-doors.ts';

let doors: SmtpDoors;

beforeEach(async () => {
  doors = await SmtpDoors.open('172.1');
});

afterEach(() => doors.close());

async function reopen(changes: DoorChanges): Promise<void> {
  await doors.close();
  doors = await SmtpDoors.open('172.1', changes);
}

async function loggedIn(port: 587 | 465 = 587): Promise<LineClient> {
  const client = await doors.connect(port);
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^235/);
  return client;
}

/** Sends a message and gives the last reply. */
async function submit(client: LineClient, data: string, to = 'bob@hamburger.edu'): Promise<string> {
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  await client.ask(`RCPT TO:<${to}>`);
  await client.ask('DATA');
  return client.ask(`${data}\r\n.`);
}

test.each([
  ['VRFY alice', /^252 2\.0\.0/],
  ['VRFY nobody', /^252 2\.0\.0/],
  ['VRFY', /^501 5\.5\.4/],
  ['EXPN team', /^502 5\.5\.1/],
  ['HELP', /^214 2\.0\.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP STARTTLS: see RFC 5321/],
  ['BDAT 10 LAST', /^500 5\.5\.2/],
  ['TURN', /^500 5\.5\.2/],
  ['XCLIENT ADDR=1.2.3.4', /^500/],
  ['AUTH PLAIN', /^500/],
  ['MAIL FROM:<"john doe"@outside.example>', /^250/],
  ['MAIL FROM:<"a>b"@outside.example>', /^501 5\.1\.7/],
  ['MAIL FROM:<a@x> ENVID=x ENVID=y', /^501 5\.5\.4/],
  [`MAIL FROM:<a@x> ENVID=${'e'.repeat(101)}`, /^501 5\.5\.4/],
  ['MAIL FROM:<a@x> RET=NONE', /^501/],
  ['MAIL FROM:<a@x> SMTPUTF8=1', /^501/],
  ['MAIL FROM:<a@x> REQUIRETLS', /^530|^555/],
] as const)('%s on port 25 gets %s', async (command, answer) => {
  expect(await (await doors.connect()).ask(command)).toMatch(answer);
});

test('AUTH PLAIN with and without an initial response, and AUTH LOGIN; no other mechanism', async () => {
  const secret = plainAuth('alice', 'wonderland').split(' ')[2] ?? '';
  const split = await doors.connect(587);
  expect(await split.ask('AUTH PLAIN')).toBe('334 \r\n');
  expect(await split.ask(secret)).toMatch(/^235 2\.7\.0/);
  const login = await doors.connect(587);
  await login.ask('AUTH LOGIN');
  await login.ask(Buffer.from('alice@crepes.fr').toString('base64'));
  expect(await login.ask(Buffer.from('wonderland').toString('base64'))).toMatch(/^235/);
  const client = await doors.connect(587);
  for (const mechanism of ['CRAM-MD5', 'XOAUTH2 x', 'SCRAM-SHA-256', 'constructor']) {
    expect(await client.ask(`AUTH ${mechanism}`)).toMatch(/^504 5\.5\.4/);
  }
  await client.ask('AUTH PLAIN');
  expect(await client.ask('*')).toMatch(/^501/);
  expect(await client.ask(plainAuth('alice\r\nX', 'wonderland'))).toMatch(/^501/);
});

test('nobody acts for somebody else (RFC 4616, section 2)', async () => {
  const client = await doors.connect(587);
  expect(await client.ask(plainAuth('alice', 'wonderland', 'claire'))).toMatch(/^535 5\.7\.8/);
  expect(await client.ask(plainAuth('alice', 'wonderland', 'alice'))).toMatch(/^235/);
});

test('AUTH is not permitted during a transaction (RFC 4954, section 4), and MAIL needs it (RFC 6409, section 4.3)', async () => {
  const client = await loggedIn();
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^503/);
  expect(await (await doors.connect(465)).ask('MAIL FROM:<alice@crepes.fr>')).toMatch(/^530 5\.7\.0/);
});

test.each([
  ['alice@crepes.fr', /^250/],
  ['"alice"@crepes.fr', /^250/],
  ['ALICE@mail.crepes.fr', /^250/],
  ['mailbox@crepes.fr', /^250/],
  ['', /^250/],
  ['claire@crepes.fr', /^553 5\.7\.1/],
  ['postmaster@crepes.fr', /^553 5\.7\.1/],
  ['team@crepes.fr', /^553 5\.7\.1/],
  ['alice@hamburger.edu', /^553 5\.7\.1/],
  ['alice%crepes.fr@hamburger.edu', /^553 5\.7\.1/],
  ['"alice@crepes.fr"@hamburger.edu', /^553 5\.7\.1/],
] as const)('whether alice submits as <%s>: %s', async (address, answer) => {
  expect(await (await loggedIn()).ask(`MAIL FROM:<${address}>`)).toMatch(answer);
});

test('a submitted message gets Date and Message-ID, and nothing else is repaired (RFC 6409, section 8)', async () => {
  const client = await loggedIn();
  const odd = 'from : Alice <alice@crepes.fr>\r\nTO: bob\r\nSubject:\r\nX-Odd:\t 1 \r\n\r\nline without end';
  expect(await submit(client, odd)).toMatch(/^250/);
  const stored = await doors.stored(0);
  const [header = '', body = ''] = stored.split('\r\n\r\n');
  expect(header).toContain('from : Alice <alice@crepes.fr>\r\nTO: bob\r\nSubject:\r\nX-Odd:\t 1 \r\nDate: ');
  expect(header).toMatch(/\r\nMessage-ID: <\w+@mail\.crepes\.fr>$/);
  expect(body).toBe('line without end\r\n');
});

test('MFMT-02 a message without From is refused at submission, one without To is not; port 25 relays both', async () => {
  const client = await loggedIn();
  expect(await submit(client, 'To: bob@hamburger.edu\r\nSubject: x\r\n\r\nx')).toMatch(/^554 5\.6\.0 .*no From/);
  expect(await submit(client, 'From: alice@crepes.fr\r\n\r\nx')).toMatch(/^250/);
  const relayed = await doors.openData();
  expect(await relayed.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
  expect(doors.taken).toHaveLength(2);
});

test('SMTPUTF8: a mailbox and a domain beyond ASCII are reached with it, and only with it (RFC 6531)', async () => {
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  const client = await doors.connect();
  expect(await client.ask(utf8('MAIL FROM:<é@outside.example>'))).toMatch(/^553 5\.6\.7/);
  expect(await client.ask(utf8('MAIL FROM:<é@bücher.example> SMTPUTF8'))).toMatch(/^250/);
  expect(await client.ask('RCPT TO:<\xff\xfe@crepes.fr>')).toMatch(/^501/);
  expect(await client.ask(utf8('RCPT TO:<누구@crepes.fr>'))).toMatch(/^550 5\.1\.1/);
  expect(await client.ask(utf8('RCPT TO:<앨리스@crepes.fr>'))).toMatch(/^250/);
  await client.ask('DATA');
  expect(await client.ask(utf8('Subject: 안녕\r\n\r\n🐇\r\n.'))).toMatch(/^250/);
  expect(doors.taken[0]).toMatchObject({
    reversePath: 'é@xn--bcher-kva.example',
    needsSmtpUtf8: true,
    isEightBit: true,
    subject: '안녕',
    recipients: [{ destination: { kind: 'maildrop', account: 'alice' } }],
  });
  const stored = Buffer.from(await doors.stored(0), 'latin1').toString('utf8');
  expect(stored).toContain(' with UTF8SMTP id ');
  expect(stored).toContain('for <앨리스@crepes.fr>;');
  expect(stored).toContain('Subject: 안녕\r\n\r\n🐇\r\n');
});

test('SMTPUTF8 is a parameter, wherever its letters stand besides, and behind any blank', async () => {
  const client = await doors.connect();
  const say = (line: string) => client.ask(Buffer.from(line).toString('latin1'));
  expect(await say('MAIL FROM:<"é SMTPUTF8 "@x.example>')).toMatch(/^553 5\.6\.7/);
  expect(await say('MAIL FROM:<é@x.example>\tSMTPUTF8')).toMatch(/^250/);
});

test('SMTPUTF8 of a MAIL that was refused does not stay', async () => {
  const client = await doors.connect();
  expect(await client.ask('MAIL FROM:<a@x> SMTPUTF8 FOO=1')).toMatch(/^555/);
  expect(await client.ask('MAIL FROM:<a@x>')).toMatch(/^250/);
  expect(await client.ask(Buffer.from('RCPT TO:<앨리스@crepes.fr>').toString('latin1'))).toMatch(/^553 5\.6\.7/);
});

test('a domain in A-labels needs no SMTPUTF8, and none is written', async () => {
  const client = await doors.openData('x@xn--bcher-kva.example');
  await client.ask('Subject: x\r\n\r\nx\r\n.');
  expect(doors.taken[0]).toMatchObject({ reversePath: 'x@xn--bcher-kva.example', needsSmtpUtf8: false });
});

test('SIZE is refused at MAIL where the message is too large, and where the disk has no room (RFC 1870, section 6)', async () => {
  const client = await doors.connect();
  expect(await client.ask('MAIL FROM:<x@outside.example> SIZE=1000001')).toMatch(/^552 5\.3\.4/);
  expect(await client.ask('MAIL FROM:<x@outside.example> SIZE=1000000')).toMatch(/^250/);
  await reopen({ diskKeptFree: Number.MAX_SAFE_INTEGER });
  expect(await (await doors.connect()).ask('MAIL FROM:<x@outside.example>')).toMatch(/^452 4\.3\.1/);
});

test('a recipient whose mailbox has no room for the announced octets is told so (RFC 3463, section 3.3)', async () => {
  await reopen({ hasRoom: async (account, octets) => account === 'claire' || octets <= 1_000 });
  const client = await doors.connect();
  await client.ask('MAIL FROM:<x@outside.example> SIZE=2000');
  expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^452 4\.2\.2/);
  expect(await client.ask('RCPT TO:<claire@crepes.fr>')).toMatch(/^250/);
  await client.ask('RSET');
  await client.ask('MAIL FROM:<x@outside.example> SIZE=1000');
  expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^250/);
});

test('an address has so many connections, messages and recipients in a period, and is told to come later', async () => {
  await reopen({ most: { connections: 3, messages: 2, recipients: 3 } });
  const client = await doors.connect();
  await client.ask('MAIL FROM:<x@outside.example>');
  for (const to of ['alice', 'claire', 'mailbox'])
    expect(await client.ask(`RCPT TO:<${to}@crepes.fr>`)).toMatch(/^250/);
  expect(await client.ask('RCPT TO:<postmaster>')).toMatch(/^450 4\.7\.1 Too many recipients/);
  await client.ask('RSET');
  expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^250/);
  await client.ask('RSET');
  expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^450 4\.7\.1 Too many messages/);
  await doors.connect(587);
  await doors.connect(465);
  expect(await new LineClient(doors.host.address, 25).closed()).toMatch(/^421 4\.7\.1 Too many connections/);
  doors.host.clock.advance(60_000);
  expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^250/);
});

test('a user has so many messages, from wherever', async () => {
  await reopen({ most: { messages: 1 } });
  expect(await (await loggedIn()).ask('MAIL FROM:<alice@crepes.fr>')).toMatch(/^250/);
  expect(await (await loggedIn(465)).ask('MAIL FROM:<alice@crepes.fr>')).toMatch(/^450 4\.7\.1/);
  expect(await (await doors.connect()).ask('MAIL FROM:<x@outside.example>')).toMatch(/^250/);
});

test('AUTH: five wrong passwords take longer each, the same for a user who does not exist', async () => {
  const spent = { alice: [] as number[], nobody: [] as number[] };
  const replies = new Set<string>();
  for (const user of ['alice', 'nobody'] as const) {
    const client = await doors.connect(587);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = performance.now();
      replies.add(await client.ask(plainAuth(user, 'wrong')));
      spent[user].push(performance.now() - before);
    }
  }
  expect([...replies]).toEqual(['535 5.7.8 Error: Authentication credentials invalid\r\n']);
  // 5 ms, doubled each time: never sooner, whatever the machine does.
  for (const times of Object.values(spent)) {
    for (const [attempt, ms] of times.entries()) expect(ms).toBeGreaterThan(5 * 2 ** attempt - 2);
  }
});

test('after twenty failures even the right password is wrong for that user and that address, for a quarter of an hour', async () => {
  await reopen({ loginDelayMs: 0 });
  for (let round = 0; round < 4; round += 1) {
    const clients = await Promise.all(Array.from({ length: 5 }, () => doors.connect(587)));
    for (const client of clients) expect(await client.ask(plainAuth('alice', 'wrong'))).toMatch(/^535/);
  }
  const client = await doors.connect(587);
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^535 5\.7\.8/);
  expect(await (await doors.connect(587)).ask(plainAuth('claire', 'fontaine'))).toMatch(/^235/);
  doors.host.clock.advance(15 * 60_000);
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^235/);
});

test('an alias that sends on to another domain knows a message that comes back', async () => {
  const first = await doors.openData('x@outside.example', 'team@crepes.fr');
  expect(await first.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
  const sentOn = await doors.stored(0);
  expect(sentOn).toMatch(/^Delivered-To: team@crepes\.fr\r\n/);
  const second = await doors.openData('x@outside.example', 'team@crepes.fr');
  expect(await second.ask(`${sentOn}.`)).toMatch(/^554 5\.4\.6 Mail forwarding loop/);
  expect(doors.taken).toHaveLength(1);
});

test('a full queue is told after the message, and the connection goes on', async () => {
  await reopen({ isQueueFull: true });
  const client = await doors.openData();
  expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^452 4\.3\.1/);
  expect(await client.ask('NOOP')).toMatch(/^250/);
});

test.each([
  ['smtp-helo', 'EHLO client.test', null],
  ['smtp-auth', plainAuth('alice', 'wonderland'), 'EHLO client.test'],
] as const)('a fault on purpose at %s answers and drops', async (stage, command, helo) => {
  const rule = { name: 'one', stage, match: {}, probability: 1, seed: 1, times: 1, until: null } as const;
  const reply = { code: 451, status: '4.3.0', text: 'On purpose' };
  doors.faults.set({ ...rule, effect: { delayMs: 0, does: { kind: 'reply', reply } } });
  const client = await doors.connect(587, helo);
  expect(await client.ask(command)).toBe('451 4.3.0 On purpose\r\n');
  doors.faults.set({ ...rule, effect: { delayMs: 0, does: { kind: 'drop', afterOctets: 0 } } });
  client.send(`${command}\r\n`);
  expect(await client.closed()).toBe('');
});

test.each(['smtp-mail', 'smtp-rcpt', 'smtp-data', 'smtp-message', 'smtp-stored'] as const)(
  'a fault on purpose at %s answers, waits and drops; only smtp-stored leaves a message',
  async (stage) => {
    const dialogue = ['MAIL FROM:<x@outside.example>', 'RCPT TO:<alice@crepes.fr>', 'DATA', 'Subject: x\r\n\r\nx\r\n.'];
    const at = Math.min(3, ['smtp-mail', 'smtp-rcpt', 'smtp-data', 'smtp-message', 'smtp-stored'].indexOf(stage));
    const rule = { name: 'one', stage, match: {}, probability: 1, seed: 1, times: 1, until: null } as const;
    const reply = { code: 451, status: '4.3.0', text: 'On purpose' };
    doors.faults.set({ ...rule, effect: { delayMs: 1, does: { kind: 'reply', reply } } });
    const client = await doors.connect();
    for (const line of dialogue.slice(0, at)) expect(await client.ask(line)).toMatch(/^[23]/);
    expect(await client.ask(dialogue[at] ?? '')).toBe('451 4.3.0 On purpose\r\n');
    doors.faults.set({ ...rule, effect: { delayMs: 0, does: { kind: 'drop', afterOctets: 0 } } });
    await client.ask('RSET');
    for (const line of dialogue.slice(0, at)) expect(await client.ask(line)).toMatch(/^[23]/);
    client.send(`${dialogue[at]}\r\n`);
    expect(await client.closed()).toBe('');
    expect(doors.taken).toHaveLength(stage === 'smtp-stored' ? 2 : 0);
  },
);

test('a fault at smtp-connect stands in place of the greeting', async () => {
  const reply = { code: 421, status: '4.3.2', text: 'On purpose' };
  const effect = { delayMs: 0, does: { kind: 'reply', reply } } as const;
  doors.faults.set({
    name: 'one',
    stage: 'smtp-connect',
    match: {},
    effect,
    probability: 1,
    seed: 1,
    times: null,
    until: null,
  });
  expect(await new LineClient(doors.host.address, 25).closed()).toBe('421 4.3.2 On purpose\r\n');
});

test('a fault breaks a connection in the middle of the mail data, and nothing is stored', async () => {
  const effect = { delayMs: 0, does: { kind: 'drop', afterOctets: 10_000 } } as const;
  const rule = { name: 'one', stage: 'smtp-data', match: { recipient: 'alice@*' }, probability: 1, seed: 1 } as const;
  doors.faults.set({ ...rule, effect, times: 1, until: null });
  const client = await doors.openData();
  client.send(`Subject: x\r\n\r\n${'x\r\n'.repeat(10_000)}.\r\n`);
  expect(await client.closed()).toBe('');
  const next = await doors.openData();
  expect(await next.ask(`Subject: x\r\n\r\n${'x\r\n'.repeat(10_000)}.`)).toMatch(/^250/);
  expect(doors.taken).toHaveLength(1);
  expect(await eventually(() => doors.faults.list[0]?.hits ?? null)).toBe(1);
});
