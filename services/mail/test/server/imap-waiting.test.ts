import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryInUse } from '#shared/host/test/kit/memory-in-use.ts';
import { eventually } from '../eventually.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';

let world: ImapWorld;

beforeEach(async () => {
  world = await openImapWorld('35.1');
});

afterEach(() => world.end());

async function* text(message: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(message);
}

test('a hundred sessions in IDLE are told of one message', async () => {
  const idlers = await Promise.all(Array.from({ length: 100 }, () => world.alice('INBOX')));
  for (const idler of idlers) idler.line.send('i IDLE\r\n');
  await Promise.all(idlers.map((idler) => idler.line.until(/\+ idling\r\n/)));
  await world.mailboxes.inbox('alice').append(text('Subject: one for all\r\n\r\n'));
  await Promise.all(idlers.map((idler) => idler.line.until(/\* 1 EXISTS\r\n/)));
  for (const idler of idlers) idler.line.send('DONE\r\n');
  const answers = await Promise.all(idlers.map((idler) => idler.line.until(/i OK .*\r\n/)));
  // RFC 3501, section 2.3.2: it is recent for one of them only.
  expect(answers.filter((answer) => answer.includes('* 1 RECENT'))).toHaveLength(1);
});

test('a MOVE is seen by an observer of both mailboxes as a whole', async () => {
  const mover = await world.alice('INBOX');
  for (let count = 0; count < 5; count += 1) await mover.append('INBOX', `Subject: ${count}\r\n\r\n`);
  const [source, target] = [await world.alice('INBOX'), await world.alice('Trash')];
  for (const one of [source, target]) {
    one.line.send('i IDLE\r\n');
    await one.line.until(/\+ idling\r\n/);
  }
  expect((await mover.ask('MOVE 2:4 Trash')).slice(1, -1)).toEqual(['* 4 EXPUNGE', '* 3 EXPUNGE', '* 2 EXPUNGE']);
  expect(await source.line.until(/\* 2 EXPUNGE\r\n/)).toBe('* 4 EXPUNGE\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n');
  expect(await target.line.until(/\r\n/)).toBe('* 3 EXISTS\r\n');
});

test('a mailbox that is deleted while it is selected says goodbye to those who have it, also in IDLE', async () => {
  const [owner, idler, sleeper] = [await world.alice(), await world.alice(), await world.alice()];
  await owner.ask('CREATE Brief');
  for (const one of [idler, sleeper]) await one.ask('SELECT Brief');
  idler.line.send('i IDLE\r\n');
  await idler.line.until(/\+ idling\r\n/);
  expect(await owner.reply('DELETE Brief')).toMatch(/^OK/);
  expect(await idler.line.closed()).toMatch(/^\* BYE The selected mailbox was deleted/);
  sleeper.line.send('s NOOP\r\n');
  expect(await sleeper.line.closed()).toMatch(/^\* BYE The selected mailbox was deleted/);
});

test('MODSEQs go on growing after a restart, and UIDs are never given again', async () => {
  const before = await world.alice('INBOX');
  for (let count = 0; count < 3; count += 1) await before.append('INBOX', `Subject: ${count}\r\n\r\n`);
  await before.ask('STORE 1 +FLAGS (\\Seen)');
  await before.ask('STORE 3 +FLAGS (\\Deleted)');
  await before.ask('EXPUNGE');
  const highest = async (client: typeof before) =>
    Number(/HIGHESTMODSEQ (\d+)/.exec((await client.ask('STATUS INBOX (HIGHESTMODSEQ)')).join(' '))?.[1]);
  const known = await highest(before);
  await world.restart();
  const after = await world.alice('INBOX');
  expect(await highest(after)).toBe(known);
  expect(await after.append('INBOX', 'Subject: next\r\n\r\n')).toMatch(/^OK \[APPENDUID \d+ 4\]/);
  expect(await highest(after)).toBeGreaterThan(known);
  expect((await after.ask(`FETCH 1:* (UID) (CHANGEDSINCE ${known})`)).slice(0, -1)).toEqual([
    expect.stringMatching(/^\* 3 FETCH \(MODSEQ \(\d+\) UID 4\)$/),
  ]);
});

test('a message that another program removed is answered with what is left', async () => {
  const client = await world.alice('INBOX');
  for (const subject of ['one', 'two']) await client.append('INBOX', `Subject: ${subject}\r\n\r\ntext`, '(\\Seen) ');
  await client.ask('NOOP');
  const cur = join(world.host.stateDir, 'mail', 'alice', 'cur');
  const [first] = readdirSync(cur).sort();

  rmSync(join(cur, first!));
  expect(await client.ask('FETCH 1:2 (UID BODY.PEEK[TEXT])')).toEqual([
    '* 2 FETCH (UID 2 BODY[TEXT] {4}',
    'text)',
    'NO [EXPUNGEISSUED] Some of the messages no longer exist',
  ]);
  expect(existsSync(join(cur, first!))).toBe(false);
  expect(await client.ask('NOOP')).toEqual(['* 1 EXPUNGE', 'OK Done']);
});

test('a slow reader of a large answer does not hold up others, and memory stays', async () => {
  const client = await world.alice('INBOX');
  const large = `Subject: large\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(900_000, `${'y'.repeat(70)}\r\n`);
  for (let count = 0; count < 4; count += 1) await client.append('INBOX', large);
  const slow = await world.alice('INBOX');
  slow.line.pause();
  // 3.6 MB fifty times are more than any buffer between us has.
  slow.line.send(`${Array.from({ length: 50 }, (_, at) => `s${at} FETCH 1:* BODY.PEEK[]`).join('\r\n')}\r\n`);
  for (let count = 0; count < 20; count += 1) expect(await client.reply('NOOP')).toMatch(/^OK/);
  // What is garbage does not count: it goes when the engine likes.
  expect(memoryInUse().arrayBuffers).toBeLessThan(100 * 1024 * 1024);
  slow.line.drop();
  client.line.drop();
  await eventually(() => world.imap.connections() === 0, 'no connection');
});

test('the sessions are told, the newest first', async () => {
  await world.connect();
  await world.alice('INBOX');
  expect(world.imap.sessions()).toEqual([
    { client: expect.any(String), account: 'alice', state: 'selected', mailbox: 'INBOX' },
    { client: expect.any(String), account: null, state: 'not-authenticated', mailbox: null },
  ]);
});

test('what happens while a client in IDLE does not read is told once, when it reads again (H)', async () => {
  const busy = await world.alice('INBOX');
  await busy.append('INBOX', 'Subject: first\r\n\r\n');
  for (let doublings = 0; doublings < 9; doublings += 1) await busy.ask('COPY 1:* INBOX');
  const keywords = Array.from({ length: 20 }, (_, index) => `$${String(index).padStart(60, 'k')}`).join(' ');
  await busy.ask(`STORE 1:* +FLAGS.SILENT (${keywords})`);
  const idler = await world.alice('INBOX');
  idler.line.send('i IDLE\r\n');
  await idler.line.until(/\+ idling\r\n/);
  idler.line.pause();
  for (let count = 0; count < 15; count += 1) {
    await busy.ask('STORE 1:* +FLAGS.SILENT (\\Flagged)');
    await busy.ask('STORE 1:* -FLAGS.SILENT (\\Flagged)');
  }
  await busy.ask('STORE 1 +FLAGS.SILENT (\\Answered)');
  idler.line.socket.resume();
  expect(await idler.line.until(/\* 1 FETCH \([^\r]*\\Answered[^\r]*\r\n/)).toContain('* 512 FETCH');
  idler.line.send('DONE\r\n');
  await idler.line.until(/i OK .*\r\n/);
  // Thirty changes of 512 messages are 20 MB: only what the network holds was sent, and the last state.
  expect(idler.line.socket.bytesRead).toBeLessThan(15_000_000);
});
