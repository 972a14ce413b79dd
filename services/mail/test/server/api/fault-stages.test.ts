import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FAULT_STAGE_NAMES, type FaultStage } from '../../../src/protocol/fault-stages.ts';
import {
  ALICE,
  BOB,
  eventually,
  LineClient,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  untilMail,
} from '../../mail-world.ts';
import { ask, letter, post, resetBoth } from './api-client.ts';

/** Every stage, met by a client with a socket of its own: what a rule says is what it hears. */

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld(33);
});

afterAll(() => world.end());

afterEach(async () => {
  await resetBoth(world);
});

const HELLO = 'Subject: hello\r\n\r\nhello\r\n.';

async function smtp(...lines: string[]): Promise<string> {
  const client = await openSmtp(world.hamburger);
  let reply = '';
  for (const line of lines) reply = await client.ask(line);
  client.drop();
  return reply;
}

async function greeting(port: number): Promise<string> {
  const client = new LineClient(world.hamburger.host.address, port);
  const line = await client.until(/\r\n/);
  client.drop();
  return line;
}

async function talk(port: number, ...lines: string[]): Promise<string> {
  const client = new LineClient(world.hamburger.host.address, port);
  await client.until(/\r\n/);
  let answer = '';
  for (const line of lines) {
    client.send(`${line}\r\n`);
    answer = await client.until(/\r\n/);
  }
  client.drop();
  return answer;
}

async function lastReplyOfQueue(): Promise<string> {
  await post(world.crepes, '/messages', letter());
  return eventually(async () => {
    const { entries } = (await ask(world.crepes, '/queue')).body as unknown as {
      entries: { recipients: { lastReply: string | null }[] }[];
    };
    return entries[0]?.recipients[0]?.lastReply ?? null;
  }, 'a reply in the queue');
}

const MAIL = 'MAIL FROM:<alice@crepes.fr>';
const RCPT = 'RCPT TO:<bob@hamburger.edu>';

/** How each stage is met, and on whose server the rule is. */
const MEETINGS: Readonly<Record<FaultStage, { at?: 'crepes'; says: RegExp; meet(): Promise<string> }>> = {
  'smtp-connect': { says: /^451 4\.0\.0 On purpose\r\n/, meet: () => greeting(25) },
  'smtp-helo': { says: /^451 4\.0\.0 On purpose/, meet: () => talk(25, 'EHLO client.test') },
  'smtp-auth': {
    says: /^451 4\.0\.0 On purpose/,
    meet: async () => {
      const client = await openSmtp(world.hamburger, 587);
      const reply = await client.ask(`AUTH PLAIN ${Buffer.from('\0bob\0patty').toString('base64')}`);
      client.drop();
      return reply;
    },
  },
  'smtp-mail': { says: /^451 4\.0\.0 On purpose/, meet: () => smtp(MAIL) },
  'smtp-rcpt': { says: /^451 4\.0\.0 On purpose/, meet: () => smtp(MAIL, RCPT) },
  'smtp-data': { says: /^451 4\.0\.0 On purpose/, meet: () => smtp(MAIL, RCPT, 'DATA') },
  'smtp-message': { says: /^451 4\.0\.0 On purpose/, meet: () => smtp(MAIL, RCPT, 'DATA', HELLO) },
  'smtp-stored': { says: /^451 4\.0\.0 On purpose/, meet: () => smtp(MAIL, RCPT, 'DATA', HELLO) },
  relay: { at: 'crepes', says: /451 4\.0\.0 On purpose/, meet: lastReplyOfQueue },
  delivery: {
    says: /451 4\.0\.0 On purpose/,
    meet: async () => {
      await smtp(MAIL, RCPT, 'DATA', HELLO);
      return eventually(async () => {
        const { entries } = (await ask(world.hamburger, '/queue')).body as unknown as {
          entries: { recipients: { lastReply: string | null }[] }[];
        };
        return entries[0]?.recipients[0]?.lastReply ?? null;
      }, 'a reply in the queue');
    },
  },
  'pop3-connect': { says: /^-ERR \[SYS\/TEMP\] On purpose/, meet: () => greeting(110) },
  'pop3-login': { says: /^-ERR \[SYS\/TEMP\] On purpose/, meet: () => talk(110, 'USER bob', 'PASS patty') },
  'pop3-command': { says: /^-ERR \[SYS\/TEMP\] On purpose/, meet: () => talk(110, 'USER bob', 'PASS patty', 'STAT') },
  'imap-connect': { says: /^\* BYE \[UNAVAILABLE\] On purpose/, meet: () => greeting(143) },
  'imap-login': { says: /NO \[UNAVAILABLE\] On purpose/, meet: () => talk(143, 'a LOGIN bob patty') },
  'imap-command': { says: /b NO \[UNAVAILABLE\] On purpose/, meet: () => talk(143, 'a LOGIN bob patty', 'b NOOP') },
};

test.each(FAULT_STAGE_NAMES)('at %s a client hears the reply of the rule, once', async (stage) => {
  const { at, says, meet } = MEETINGS[stage];
  const host = at === 'crepes' ? world.crepes : world.hamburger;
  const rule = { name: 'on-purpose', stage, reply: { code: 451, text: 'On purpose' }, times: 1 };
  expect((await post(host, '/faults', rule)).status).toBe(200);
  expect(await meet()).toMatch(says);
  expect((await ask(host, '/faults')).body.faults).toMatchObject([{ name: 'on-purpose', hits: 1, isSpent: true }]);
});

test('what was stored and not acknowledged comes twice, and is never lost (RFC 1047)', async () => {
  await post(world.hamburger, '/faults', { name: 'lost-reply', stage: 'smtp-stored', drop: true, times: 1 });
  await post(world.crepes, '/messages', letter());
  await untilMail(world.hamburger, 'bob', 1);
  await eventually(async () => {
    world.crepes.host.clock.advance(60_000);
    return (await mailCount(world.hamburger, 'bob')) === 2;
  }, 'the duplicate');
});

test('a connection that breaks in the middle of the mail data leaves nothing behind, and the message comes at the next try', async () => {
  await post(world.hamburger, '/faults', { name: 'cut', stage: 'smtp-data', drop: { afterOctets: 100 }, times: 1 });
  await post(world.crepes, '/messages', letter({ text: 'x'.repeat(5_000) }));
  await eventually(async () => {
    world.crepes.host.clock.advance(60_000);
    return (await mailCount(world.hamburger, 'bob')) > 0;
  }, 'the message');
  expect(await mailCount(world.hamburger, 'bob')).toBe(1);
});

test('a message of POP3 that breaks off is fetched again whole', async () => {
  await smtp(MAIL, RCPT, 'DATA', `Subject: hello\r\n\r\n${'x'.repeat(900)}\r\n.`);
  await untilMail(world.hamburger, 'bob', 1);
  await post(world.hamburger, '/faults', {
    name: 'cut',
    stage: 'pop3-command',
    match: { command: 'RETR' },
    drop: { afterOctets: 200 },
    times: 1,
  });
  const retrieve = async () => {
    const client = new LineClient(world.hamburger.host.address, 110);
    await client.until(/\r\n/);
    client.send('USER bob\r\nPASS patty\r\n');
    await client.until(/\r\n.*\r\n/);
    client.send('RETR 1\r\n');
    const whole = await client.until(/\r\n\.\r\n/).catch(() => null);
    return whole ?? client.closed();
  };
  expect(await retrieve()).toHaveLength(200);
  expect(await retrieve()).toContain('x'.repeat(900));
});

test.each([
  ['451', /^451 4\.3\.0/],
  ['552', /^552 5\.2\.2/],
  ['permerror', /^550 5\.1\.1/],
  ['greylist', /^451 4\.7\.1 Greylisted/],
])('%s@ is answered so at RCPT, and with -data behind it after the dot', async (name, reply) => {
  expect(await smtp(MAIL, `RCPT TO:<${name}@hamburger.edu>`)).toMatch(reply);
  expect(await smtp(MAIL, `RCPT TO:<${name}-data@hamburger.edu>`, 'DATA', HELLO)).toMatch(reply);
});

test('a magic name of another domain is taken at submission: the server of that domain answers', async () => {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask(MAIL);
  expect(await client.ask('RCPT TO:<permerror@mail.crepes.fr>')).toMatch(/^550 5\.1\.1 .*on purpose/);
  expect(await client.ask('RCPT TO:<permerror@nowhere.example>')).toMatch(/^250/);
  await client.ask('RSET');
  await client.ask(MAIL);
  expect(await client.ask('RCPT TO:<permerror@hamburger.edu>')).toMatch(/^250/);
  await client.ask('DATA');
  expect(await client.ask(HELLO.replace('Subject', 'From: alice@crepes.fr\r\nSubject'))).toMatch(/^250/);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
  const [report] = await readMailbox(world.crepes, ALICE);
  expect(report).toContain('Remote-MTA: dns; mail.hamburger.edu');
});

test('a greylisted message arrives at the third try, at the postmaster', async () => {
  await post(world.crepes, '/messages', letter({ to: ['greylist@hamburger.edu'] }));
  await eventually(async () => {
    world.crepes.host.clock.advance(5_000);
    world.hamburger.host.clock.advance(5_000);
    return (await mailCount(world.hamburger, 'dave')) === 1;
  }, 'mail for the postmaster');
});

test('without the switch a magic name is nobody', async () => {
  const plain = await openMailWorld(34, { hamburger: { MAGIC_RECIPIENTS: 'false' } });
  const client = await openSmtp(plain.hamburger);
  await client.ask(MAIL);
  expect(await client.ask('RCPT TO:<temperror@hamburger.edu>')).toMatch(/^550 5\.1\.1/);
  client.drop();
  await plain.end();
});

test('a user who logs in is served again when the fault is over', async () => {
  await post(world.hamburger, '/faults', {
    name: 'busy',
    stage: 'imap-login',
    match: { account: 'bob' },
    reply: { code: 451 },
    times: 1,
  });
  expect(await talk(143, `a LOGIN ${BOB.user} ${BOB.password}`)).toMatch(/NO \[UNAVAILABLE\]/);
  expect(await talk(143, `a LOGIN ${BOB.user} ${BOB.password}`)).toMatch(/a OK/);
});
