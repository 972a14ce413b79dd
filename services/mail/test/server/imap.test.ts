import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ImapClient, openImap } from '../imap-client.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  openMailWorld,
  openPop3,
  openSmtp,
  reportsOf,
  sendMail,
  untilMail,
} from '../mail-world.ts';

const CLAIRE = { user: 'claire', password: 'fontaine' };

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(31);
});

afterEach(() => world.end());

async function deliver(to: string, subject: string): Promise<void> {
  const client = await openSmtp(world.crepes);
  await sendMail(client, 'x@outside.example', [to], `Subject: ${subject}\r\n\r\nbody`);
  client.drop();
}

async function uidValidity(client: ImapClient, mailbox: string): Promise<number> {
  const [line = ''] = await client.ask(`STATUS ${mailbox} (UIDVALIDITY)`);
  return Number(/UIDVALIDITY (\d+)/.exec(line)?.[1]);
}

function folder(...path: string[]): string {
  return join(world.crepes.host.stateDir, 'mail', ...path);
}

test('MAIL-05 a user opens the own mailbox with the own password, and nobody opens the mailbox of another', async () => {
  await deliver('claire@crepes.fr', 'for claire');
  await untilMail(world.crepes, 'claire', 1);
  expect((await (await openImap(world.crepes, CLAIRE)).ask('SELECT INBOX')).join('\n')).toContain('* 1 EXISTS');
  const alice = await openImap(world.crepes, ALICE);
  expect((await alice.ask('SELECT INBOX')).join('\n')).toContain('* 0 EXISTS');
  for (const name of ['../claire', 'claire', '../claire/INBOX', '/claire'])
    expect(await alice.reply(`SELECT ${name}`)).toMatch(/^NO /);
  expect(await alice.reply('LOGIN claire fontaine')).toMatch(/^BAD /);
  const stranger = await openImap(world.crepes, { user: 'claire', password: 'wonderland' });
  expect(await stranger.reply('SELECT INBOX')).toBe('BAD SELECT is not possible in the not-authenticated state');
});

test('IMAP-01 every message is in a folder, and its UID is of that folder', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.ask('CREATE Work');
  await client.append('Work', 'Subject: a\r\n\r\n');
  await client.append('Work', 'Subject: b\r\n\r\n');
  await client.append('INBOX', 'Subject: c\r\n\r\n');
  const uids = async (mailbox: string) => {
    await client.ask(`SELECT ${mailbox}`);
    return client.ask('UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])');
  };
  expect((await uids('Work')).filter((line) => /^(Subject|\*)/.test(line))).toEqual([
    '* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {14}',
    'Subject: a',
    '* 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {14}',
    'Subject: b',
  ]);
  expect((await uids('INBOX')).filter((line) => /^(Subject|\*)/.test(line))).toEqual([
    '* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {14}',
    'Subject: c',
  ]);
  expect(await uidValidity(client, 'Work')).not.toBe(await uidValidity(client, 'INBOX'));
});

test('IMAP-02 a message that arrives over SMTP is first in INBOX, and a waiting client sees it at once', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  const tag = client.start('IDLE');
  await client.line.until(/\+ idling\r\n/);
  await deliver('alice@crepes.fr', 'news');
  expect(await client.line.until(/RECENT\r\n/)).toBe('* 1 EXISTS\r\n* 1 RECENT\r\n');
  client.line.send('DONE\r\n');
  expect(await client.answer(tag)).toEqual(['OK Done']);
  expect((await client.ask('FETCH 1 BODY[HEADER.FIELDS (SUBJECT)]')).join('\n')).toContain('Subject: news');
});

test('IMAP-03 a user makes a folder on the server, and another session sees it', async () => {
  const [one, other] = [await openImap(world.crepes, ALICE), await openImap(world.crepes, ALICE)];
  expect(await one.reply('CREATE Lists/&U,BTFw-')).toBe('OK The mailbox is created');
  expect(await other.ask('LIST "" L*')).toEqual([
    '* LIST (\\HasChildren) "/" Lists',
    '* LIST (\\HasNoChildren) "/" Lists/&U,BTFw-',
    'OK These are the mailboxes',
  ]);
});

test('IMAP-04 a user moves a message to another folder: COPY, STORE, EXPUNGE; it stays there', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  await client.ask('CREATE Work');
  await client.append('INBOX', 'Subject: moved\r\n\r\n', '(\\Flagged $Label1) "17-Jul-1996 02:44:25 -0700" ');
  expect(await client.reply('COPY 1 Work')).toMatch(/^OK \[COPYUID \d+ 1 1\] The messages are copied$/);
  await client.ask('STORE 1 +FLAGS.SILENT (\\Deleted)');
  expect(await client.ask('EXPUNGE')).toEqual(['* 1 EXPUNGE', 'OK What was marked is removed']);
  client.line.drop();
  await world.crepes.stop();
  await world.crepes.start();
  const again = await openImap(world.crepes, ALICE, 'INBOX');
  expect(await again.ask('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 0)');
  await again.ask('EXAMINE Work');
  expect(await again.ask('FETCH 1 (FLAGS INTERNALDATE)')).toEqual([
    '* 1 FETCH (FLAGS (\\Flagged $Label1) INTERNALDATE "17-Jul-1996 09:44:25 +0000")',
    'OK This is what was asked for',
  ]);
});

test('POP-08 a user of POP3 sees INBOX only, and has no command to make a folder or to file a message', async () => {
  const imap = await openImap(world.crepes, ALICE);
  await imap.ask('CREATE Work');
  await imap.append('Work', 'Subject: filed\r\n\r\n');
  const pop3 = await openPop3(world.crepes, ALICE);
  const say = async (command: string) => {
    pop3.send(`${command}\r\n`);
    return pop3.until(/\r\n/);
  };
  expect(await say('STAT')).toBe('+OK 0 0\r\n');
  for (const command of ['CREATE Play', 'COPY 1 Work', 'SELECT Work', 'LIST Work'])
    expect(await say(command)).toMatch(/^-ERR /);
  expect(await imap.ask('LIST "" P*')).toEqual(['OK These are the mailboxes']);
});

test('a session in IDLE sees expunges and flags of another, and what another program does to the Maildir', async () => {
  const [idler, other] = [await openImap(world.crepes, ALICE, 'INBOX'), await openImap(world.crepes, ALICE, 'INBOX')];
  await idler.append('INBOX', 'Subject: a\r\n\r\n');
  await other.ask('NOOP');
  idler.start('IDLE');
  await idler.line.until(/\+ idling\r\n/);
  await other.ask('STORE 1 +FLAGS (\\Deleted)');
  expect(await idler.line.until(/\r\n/)).toBe('* 1 FETCH (FLAGS (\\Deleted \\Recent))\r\n');
  await other.ask('EXPUNGE');
  expect(await idler.line.until(/\r\n/)).toBe('* 1 EXPUNGE\r\n');
  writeFileSync(folder('alice', 'new', '1795146999.V1.elsewhere'), 'Subject: x\n\nby hand\n');
  expect(await idler.line.until(/\r\n/)).toBe('* 1 EXISTS\r\n');
});

test('IDLE without a mailbox waits, and only DONE ends it well', async () => {
  const client = await openImap(world.crepes, ALICE);
  const tag = client.start('IDLE');
  await client.line.until(/\+ idling\r\n/);
  client.line.send('done\r\n');
  expect(await client.answer(tag)).toEqual(['OK Done']);
  const next = client.start('IDLE');
  await client.line.until(/\+ idling\r\n/);
  client.line.send('t9 NOOP\r\n');
  expect(await client.answer(next)).toEqual(['BAD DONE ends IDLE']);
});

test('AUTHENTICATE PLAIN takes its response in the line or behind it, and can be cancelled', async () => {
  const plain = Buffer.from('\0alice\0wonderland').toString('base64');
  const client = await openImap(world.crepes, { user: 'alice', password: 'wrong' });
  expect(await client.reply('AUTHENTICATE CRAM-MD5')).toMatch(/^NO /);
  const tag = client.start('AUTHENTICATE PLAIN');
  await client.line.until(/^\+ \r\n/);
  client.line.send('*\r\n');
  expect(await client.answer(tag)).toEqual(['BAD The authentication was cancelled']);
  const again = client.start('AUTHENTICATE PLAIN');
  await client.line.until(/^\+ \r\n/);
  client.line.send(`${plain}\r\n`);
  expect((await client.answer(again)).join()).toMatch(/^OK \[CAPABILITY /);
  const other = await openImap(world.crepes, { user: 'alice', password: 'wrong' });
  expect(await other.reply(`AUTHENTICATE PLAIN ${plain}`)).toMatch(/^OK /);
  const reports = await reportsOf(world.crepes);
  expect(JSON.stringify(reports)).not.toContain(plain);
  expect(JSON.stringify(reports)).not.toContain('wonderland');
});

test('each command has an exchange of its own, from its tag to its reply', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.ask('SELECT INBOX');
  const reports = (await reportsOf(world.crepes)).filter(({ kind }) => kind.startsWith('imap.'));
  const select = reports.find(({ summary }) => summary === 't2 SELECT INBOX');
  const same = reports.filter(({ exchange }) => exchange === select?.exchange);
  expect(same.map(({ kind }) => kind)).toEqual(['imap.command', ...Array(8).fill('imap.response')]);
  expect(same.at(-1)).toMatchObject({
    summary: 't2 OK [READ-WRITE] The mailbox is selected',
    message: { status: 'OK' },
  });
  expect(reports.find(({ summary }) => summary.startsWith('t1 LOGIN'))?.summary).toBe('t1 LOGIN alice ********');
});

test('a mailbox that is deleted and created again has another UIDVALIDITY, at once', async () => {
  const client = await openImap(world.crepes, ALICE);
  const seen: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await client.ask('CREATE again');
    seen.push(await uidValidity(client, 'again'));
    await client.ask('DELETE again');
  }
  expect(seen).toEqual([...new Set(seen)].sort());
  expect(seen).toHaveLength(3);
});

test('RENAME takes what is below along, and keeps UIDs; of INBOX it takes the messages', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  await client.ask('CREATE a/b');
  await client.append('a/b', 'Subject: x\r\n\r\n');
  const before = await uidValidity(client, 'a/b');
  expect(await client.reply('RENAME a z/y')).toBe('OK The mailbox is renamed');
  expect(await uidValidity(client, 'z/y/b')).toBe(before);
  expect(await client.reply('RENAME z z/q')).toMatch(/^NO \[CANNOT\]/);
  expect(await client.reply('RENAME a b')).toMatch(/^NO \[NONEXISTENT\]/);
  await client.append('INBOX', 'Subject: y\r\n\r\n', '($Kept) ');
  expect(await client.ask('RENAME INBOX old')).toEqual(['* 1 EXPUNGE', 'OK The mailbox is renamed']);
  await client.ask('EXAMINE old');
  expect((await client.ask('FETCH 1 FLAGS'))[0]).toContain('$Kept');
});

test('DELETE leaves what is below, which then has a superior that cannot be selected', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.ask('CREATE a/b');
  expect(await client.reply('DELETE a')).toBe('OK The mailbox is deleted');
  expect(await client.ask('LIST "" a%')).toEqual([
    '* LIST (\\Noselect \\HasChildren) "/" a',
    'OK These are the mailboxes',
  ]);
  expect(await client.reply('DELETE a')).toMatch(/^NO \[NONEXISTENT\]/);
  expect(await client.reply('DELETE INBOX')).toMatch(/^NO \[CANNOT\]/);
});

test('subscriptions are kept, also of a mailbox that is gone', async () => {
  const client = await openImap(world.crepes, ALICE);
  for (const name of ['Drafts', 'Junk', 'Sent', 'Trash']) await client.ask(`UNSUBSCRIBE ${name}`);
  await client.ask('CREATE a/b');
  await client.ask('SUBSCRIBE a/b');
  expect(await client.reply('SUBSCRIBE nowhere')).toMatch(/^NO \[NONEXISTENT\]/);
  await client.ask('DELETE a/b');
  expect(await client.ask('LSUB "" *')).toEqual(['* LSUB () "/" a/b', 'OK These are the subscribed names']);
  expect(await client.ask('LSUB "" %')).toEqual(['* LSUB (\\Noselect) "/" a', 'OK These are the subscribed names']);
  await client.ask('UNSUBSCRIBE a/b');
  expect(await client.ask('LSUB "" *')).toEqual(['OK These are the subscribed names']);
});

test('EXAMINE changes nothing: not \\Seen, not \\Recent', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.append('INBOX', 'Subject: x\r\n\r\nbody\r\n');
  expect(await client.ask('EXAMINE INBOX')).toContain('* 1 RECENT');
  expect(await client.ask('FETCH 1 BODY[TEXT]')).toEqual([
    '* 1 FETCH (BODY[TEXT] {6}',
    'body',
    ')',
    'OK This is what was asked for',
  ]);
  for (const command of ['STORE 1 +FLAGS (\\Seen)', 'EXPUNGE'])
    expect(await client.reply(command)).toMatch(/^NO \[READ-ONLY\]/);
  expect(await client.ask('SELECT INBOX')).toContain('* 1 RECENT');
  expect((await client.ask('FETCH 1 BODY[TEXT]')).at(-2)).toBe(' FLAGS (\\Seen \\Recent))');
  expect(await client.ask('SELECT INBOX')).toContain('* 0 RECENT');
});

test('a message that is larger than what is held comes whole, and in parts', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  const body = Array.from({ length: 20_000 }, (_, index) => `line ${index} .................................\r\n`).join(
    '',
  );
  await client.append('INBOX', `Subject: large\r\n\r\n${body}`);
  const whole = (await client.ask('FETCH 1 BODY.PEEK[TEXT]')).slice(1, -2).join('\r\n');
  expect(`${whole}\r\n`).toBe(body);
  expect(await client.ask('FETCH 1 BODY.PEEK[TEXT]<400000.12>')).toEqual([
    '* 1 FETCH (BODY[TEXT]<400000> {12}',
    ...`${body.slice(400_000, 400_012)})`.split('\r\n'),
    'OK This is what was asked for',
  ]);
  expect(await client.ask('FETCH 1 BODY.PEEK[TEXT]<99999999.5>')).toContain('* 1 FETCH (BODY[TEXT]<99999999> {0}');
});

test('SEARCH answers with numbers, UID SEARCH with UIDs, over what the files hold', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  for (const subject of ['one', 'two', 'three'])
    await client.append('INBOX', `Subject: ${subject}\r\n\r\nbody of ${subject}\r\n`);
  await client.ask('STORE 1 +FLAGS.SILENT (\\Deleted)');
  await client.ask('EXPUNGE');
  expect((await client.ask('SEARCH BODY three'))[0]).toBe('* SEARCH 2');
  expect((await client.ask('UID SEARCH SUBJECT t'))[0]).toBe('* SEARCH 2 3');
  expect((await client.ask('SEARCH SUBJECT one'))[0]).toBe('* SEARCH');
  expect(await client.reply('SEARCH CHARSET EUC-KR SUBJECT x')).toBe(
    'NO [BADCHARSET (US-ASCII UTF-8)] Text can be searched in US-ASCII and UTF-8',
  );
  expect(await client.reply('SEARCH CHARSET UTF-8 SUBJECT {5+}\r\nthree')).toMatch(/^OK/);
});

test('APPEND and COPY to a mailbox that is not there say TRYCREATE; a set beyond the end is BAD', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  await client.append('INBOX', 'Subject: x\r\n\r\n');
  expect(await client.reply('APPEND nowhere {5}')).toMatch(/^NO \[TRYCREATE\]/);
  expect(await client.reply('COPY 1 nowhere')).toMatch(/^NO \[TRYCREATE\]/);
  expect(await client.reply('FETCH 2 FLAGS')).toBe('BAD There is no message 2: the mailbox has 1');
  expect(await client.reply('UID FETCH 2 FLAGS')).toMatch(/^OK/);
  expect((await client.ask('UID FETCH 5:* FLAGS'))[0]).toMatch(/^\* 1 FETCH \(UID 1 /);
});

test('UIDs of what was added are told, and UID EXPUNGE removes only what is in its set (RFC 4315)', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  const validity = await uidValidity(client, 'INBOX');
  for (const uid of [1, 2, 3, 4])
    expect(await client.append('INBOX', 'Subject: x\r\n\r\n', '(\\Deleted) ')).toBe(
      `OK [APPENDUID ${validity} ${uid}] What came is in the mailbox`,
    );
  expect(await client.ask('UID EXPUNGE 2:3,9')).toEqual([
    '* 3 EXPUNGE',
    '* 2 EXPUNGE',
    'OK What was marked is removed',
  ]);
  await client.ask('CREATE Work');
  const work = await uidValidity(client, 'Work');
  expect(await client.reply('UID COPY 1:* Work')).toBe(`OK [COPYUID ${work} 1,4 1:2] The messages are copied`);
  expect(await client.reply('UID COPY 9 Work')).toBe('OK The messages are copied');
});

test('COPY copies all or nothing', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  await client.ask('CREATE Work');
  await client.append('INBOX', 'Subject: a\r\n\r\n');
  await client.append('INBOX', 'Subject: b\r\n\r\n');
  const cur = folder('alice', 'cur');
  const [, second] = readdirSync(cur).sort();
  renameSync(join(cur, second!), folder('alice', 'hidden'));
  expect(await client.reply('COPY 1:2 Work')).toMatch(/^NO \[EXPUNGEISSUED\]/);
  expect(await client.ask('STATUS Work (MESSAGES)')).toContain('* STATUS Work (MESSAGES 0)');
  expect(readdirSync(folder('alice', '.Work', 'tmp'))).toEqual([]);
});

test('keywords last in a file of their own, and there is room for 26', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  await client.append('INBOX', 'Subject: a\r\n\r\n');
  for (let keyword = 0; keyword < 26; keyword += 1) await client.ask(`STORE 1 +FLAGS.SILENT (k${keyword})`);
  expect(await client.reply('STORE 1 +FLAGS (one-more)')).toMatch(/^NO \[LIMIT\]/);
  expect(await client.reply('STORE 1 FLAGS (\\Recent)')).toMatch(/^NO \[CANNOT\]/);
  await client.ask('STORE 1 FLAGS (k25)');
  await world.crepes.stop();
  await world.crepes.start();
  const again = await openImap(world.crepes, ALICE, 'INBOX');
  expect((await again.ask('FETCH 1 FLAGS'))[0]).toBe('* 1 FETCH (FLAGS (k25))');
});

test('CLOSE removes what is marked without a word, UNSELECT removes nothing', async () => {
  const client = await openImap(world.crepes, ALICE, 'INBOX');
  await client.append('INBOX', 'Subject: a\r\n\r\n', '(\\Deleted) ');
  expect(await client.ask('UNSELECT')).toEqual(['OK The mailbox is given up']);
  await client.ask('SELECT INBOX');
  expect(await client.ask('CLOSE')).toEqual(['OK The mailbox is closed']);
  expect(await client.reply('FETCH 1 FLAGS')).toBe('BAD FETCH is not possible in the authenticated state');
  expect(await client.ask('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 0)');
});

test('the state counts IMAP connections', async () => {
  const client = await openImap(world.crepes, ALICE);
  const count = async () =>
    ((await world.crepes.running.state()) as { connections: { imap: number } }).connections.imap;
  expect(await count()).toBe(1);
  await client.ask('LOGOUT');
  await eventually(async () => (await count()) === 0, 'no connection');
});

test('what a FETCH has marked as read is told also when the message cannot be given', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.append('INBOX', 'Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin');
  await client.append('INBOX', 'Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin');
  await client.ask('SELECT INBOX');
  const answer = (await client.ask('UID FETCH 1:2 BINARY[1]')).join('\n');
  expect(answer).toMatch(/^\* 1 FETCH \(FLAGS \(\\Seen.*\n\* 2 FETCH \(FLAGS \(\\Seen.*\nNO \[UNKNOWN-CTE\]/);
});

test('a mailbox called NIL has its name in quotes, because clients read the atom as no name', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.ask('CREATE NIL');
  expect(await client.ask('LIST "" N*')).toContain('* LIST (\\HasNoChildren) "/" "NIL"');
});

test('sizes of 63 bits are understood (RFC 9051, section 9)', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.append('INBOX', 'Subject: small\r\n\r\nbody');
  await client.ask('SELECT INBOX');
  expect(await client.ask('SEARCH SMALLER 5000000000')).toContain('* SEARCH 1');
  expect(await client.ask('FETCH 1 BODY.PEEK[]<5000000000.5000000000>')).toContain('* 1 FETCH (BODY[]<5000000000> {0}');
});

test('a search that is refused leaves nothing saved (RFC 5182, section 2.1)', async () => {
  const client = await openImap(world.crepes, ALICE);
  await client.append('INBOX', 'Subject: one\r\n\r\n');
  await client.ask('SELECT INBOX');
  await client.ask('SEARCH RETURN (SAVE) ALL');
  expect(await client.ask('FETCH $ UID')).toContain('* 1 FETCH (UID 1)');
  expect(await client.reply('SEARCH RETURN (SAVE) CHARSET X-FOO ALL')).toMatch(/^NO \[BADCHARSET/);
  expect(await client.ask('FETCH $ UID')).toEqual(['OK This is what was asked for']);
});
