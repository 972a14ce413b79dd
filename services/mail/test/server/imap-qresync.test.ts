import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImapClient } from '../imap-client.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';
import { MailboxCopy, parseFetch } from '../mailbox-copy.ts';

let world: ImapWorld;

beforeEach(async () => {
  world = await openImapWorld('36.3');
});

afterEach(async () => {
  world.drop();
  await world.end();
});

async function fill(client: ImapClient, mailbox: string, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1)
    await client.append(mailbox, `Subject: ${number}\r\n\r\n`, '(\\Seen) ');
}

const numberIn = (code: string, lines: readonly string[]) =>
  Number(new RegExp(`\\[${code} (\\d+)\\]`).exec(lines.join('\n'))?.[1]);
const vanishedIn = (lines: readonly string[]) => lines.filter((line) => line.startsWith('* VANISHED'));
const modseqLog = (folder = '') => join(world.host.stateDir, 'mail', 'alice', folder, 'topdown-modseq');

/** A session that has seen five messages, of which another one has removed 2 and 4 since, and marked 5. */
async function leftBehind(): Promise<{ uidValidity: number; modseq: number }> {
  const client = await world.alice();
  await fill(client, 'INBOX', 5);
  const selected = await client.ask('SELECT INBOX');
  await client.ask('UID STORE 2,4 +FLAGS.SILENT (\\Deleted)');
  const modseq = numberIn('HIGHESTMODSEQ', await client.ask('SELECT INBOX'));
  await client.ask('EXPUNGE');
  await client.ask('UID STORE 5 +FLAGS (\\Flagged)');
  return { uidValidity: numberIn('UIDVALIDITY', selected), modseq };
}

async function resume(parameter: string, verb = 'SELECT'): Promise<string[]> {
  const client = await world.alice();
  await client.ask('ENABLE QRESYNC');
  const lines = await client.ask(`${verb} INBOX (QRESYNC (${parameter}))`);
  return lines.slice(lines.findIndex((line) => line.includes('[HIGHESTMODSEQ')) + 1);
}

describe('who comes back', () => {
  test('learns with SELECT what is gone and what has changed, and nothing else (RFC 7162, section 3.2.5.1)', async () => {
    const { uidValidity, modseq } = await leftBehind();
    const changed = ['* VANISHED (EARLIER) 2,4', '* 3 FETCH (UID 5 FLAGS (\\Flagged \\Seen) MODSEQ (9))'];
    for (const verb of ['SELECT', 'EXAMINE']) {
      const reply =
        verb === 'SELECT' ? 'OK [READ-WRITE] The mailbox is selected' : 'OK [READ-ONLY] Nothing can be changed';
      expect(await resume(`${uidValidity} ${modseq}`, verb)).toEqual([...changed, reply]);
      expect(await resume(`${uidValidity} ${modseq} 1:3`, verb)).toEqual(['* VANISHED (EARLIER) 2', reply]);
      expect(await resume(`${uidValidity} ${modseq} 5`, verb)).toEqual([changed[1], reply]);
      expect(await resume(`${uidValidity} ${modseq + 2}`, verb)).toEqual([reply]);
      expect(await resume(`${uidValidity + 1} ${modseq}`, verb)).toEqual([reply]);
    }
  });

  test('learns it after a restart too', async () => {
    const { uidValidity, modseq } = await leftBehind();
    world.drop();
    await world.restart();
    expect(await resume(`${uidValidity} ${modseq}`)).toEqual([
      '* VANISHED (EARLIER) 2,4',
      '* 3 FETCH (UID 5 FLAGS (\\Flagged \\Seen) MODSEQ (9))',
      'OK [READ-WRITE] The mailbox is selected',
    ]);
  });

  test('is told of all that is not there when the history does not reach back, less where its numbers still match', async () => {
    const { uidValidity, modseq } = await leftBehind();
    world.drop();
    rmSync(modseqLog());
    await world.restart();
    expect(vanishedIn(await resume(`${uidValidity} ${modseq + 2}`))).toEqual(['* VANISHED (EARLIER) 2,4']);
    expect(vanishedIn(await resume(`${uidValidity} ${modseq} 1:3,5`))).toEqual(['* VANISHED (EARLIER) 2']);
    // 1 and 3 have the numbers that they had for a client which knows that 2 is gone (section 3.2.5.2).
    expect(vanishedIn(await resume(`${uidValidity} ${modseq} (1:2 1,3)`))).toEqual(['* VANISHED (EARLIER) 4']);
    expect(vanishedIn(await resume(`${uidValidity} ${modseq} (1:2 1:2)`))).toEqual(['* VANISHED (EARLIER) 2,4']);
    const client = await world.alice('INBOX');
    await client.ask('ENABLE QRESYNC');
    expect(vanishedIn(await client.ask('UID FETCH 1:3 (FLAGS) (CHANGEDSINCE 1 VANISHED)'))).toEqual([
      '* VANISHED (EARLIER) 2',
    ]);
  });

  test('is told of what was forgotten, and not of what a session has not been told yet', async () => {
    const { modseq } = await leftBehind();
    const client = await world.alice();
    await client.ask('ENABLE QRESYNC');
    await client.ask('SELECT INBOX');
    const other = await world.alice('INBOX');
    await other.ask('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
    await other.ask('EXPUNGE');
    // 1 is gone, and the client has a number for it: VANISHED without EARLIER takes that away, once.
    expect(vanishedIn(await client.ask(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`))).toEqual([
      '* VANISHED (EARLIER) 2,4',
      '* VANISHED 1',
    ]);
    expect(vanishedIn(await client.ask(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`))).toEqual([
      '* VANISHED (EARLIER) 1:2,4',
    ]);
  });
});

test('in IDLE too VANISHED is told at once, and how far the mailbox is known then', async () => {
  const client = await world.alice();
  await fill(client, 'INBOX', 3);
  await client.ask('ENABLE QRESYNC');
  await client.ask('SELECT INBOX');
  const tag = client.start('IDLE');
  await client.line.until(/\+ idling\r\n/);
  const other = await world.alice('INBOX');
  await other.ask('STORE 1,3 +FLAGS.SILENT (\\Deleted)');
  await client.line.until(/\* 3 FETCH \(UID 3 .*\r\n/);
  await other.ask('EXPUNGE');
  expect(await client.line.until(/HIGHESTMODSEQ.*\r\n/)).toBe(
    '* VANISHED 1,3\r\n* OK [HIGHESTMODSEQ 6] The highest MODSEQ\r\n',
  );
  client.line.send('DONE\r\n');
  expect(await client.answer(tag)).toEqual(['OK Done']);
});

test('UID EXPUNGE tells how far the mailbox is known, also when a flag that is told behind it has a larger number', async () => {
  const client = await world.alice();
  await fill(client, 'INBOX', 3);
  await client.ask('ENABLE QRESYNC');
  await client.ask('SELECT INBOX');
  await client.ask('UID STORE 2 +FLAGS.SILENT (\\Deleted)');
  const other = await world.alice('INBOX');
  const [expunged] = await Promise.all([client.ask('UID EXPUNGE 1:3'), other.ask('UID STORE 1 +FLAGS (\\Flagged)')]);
  expect(vanishedIn(expunged)).toEqual(['* VANISHED 2']);
  expect(expunged.at(-1)).toMatch(/^OK \[HIGHESTMODSEQ [67]\] /);
});

test('many UIDs are told in several lines, none of them long', async () => {
  const { uidValidity } = await leftBehind();
  world.drop();
  rmSync(modseqLog());
  const list = join(world.host.stateDir, 'mail', 'alice', 'dovecot-uidlist');
  writeFileSync(list, readFileSync(list, 'utf8').replace(/ N\d+ /, ' N4000000000 '));
  await world.restart();
  const known = Array.from({ length: 4000 }, (_, index) => 1_000_000_001 + 2 * index);
  const text = known.join(',');
  const client = await world.alice();
  await client.ask('ENABLE QRESYNC');
  client.line.send(`x SELECT INBOX (QRESYNC (${uidValidity} 1 ${text}))\r\n`);
  const lines = (await client.line.until(/x OK.*\r\n/)).split('\r\n').filter((line) => line.startsWith('* VANISHED'));
  expect(lines.length).toBeGreaterThan(4);
  for (const line of lines) expect(line.length).toBeLessThan(8200);
  expect(lines.map((line) => line.slice('* VANISHED (EARLIER) '.length)).join(',')).toBe(text);
});

test('a command that does not make sense changes nothing', async () => {
  const client = await world.alice();
  await fill(client, 'INBOX', 2);
  await client.ask('ENABLE QRESYNC');
  await client.ask('SELECT INBOX');
  for (const parameter of [
    '(1 1 1:*)',
    '(1 1 (1:2 1:3))',
    '(1 1 (2,1 1,2))',
    '(0 1)',
    '(1)',
    '1 1',
    '(1 1) QRESYNC (1 1)',
  ])
    expect(await client.reply(`SELECT INBOX (QRESYNC ${parameter})`), parameter).toMatch(/^BAD /);
  expect(await client.reply('FETCH 1 (UID)')).toMatch(/^OK /);
});

/** What is really there. */
async function truth(client: ImapClient): Promise<Map<number, string>> {
  await client.ask('NOOP');
  const fetched = (await client.ask('UID FETCH 1:* (UID FLAGS)')).flatMap((line) => parseFetch(line) ?? []);
  return new Map(fetched.map(({ uid, flags }) => [uid!, flags!]));
}

test('a copy that is kept by the rules lacks nothing, wherever its connection breaks and whatever others do', async () => {
  let other = await world.alice();
  const number = fc.nat();
  const step = fc.oneof(
    fc.record({ who: fc.constant('other'), what: fc.constantFrom('expunge', 'append', 'flag', 'move'), number }),
    fc.record({
      who: fc.constant('copy'),
      what: fc.constantFrom('store', 'fetch', 'noop', 'uid-fetch', 'expunge'),
      number,
    }),
    // An expunge that waits while something later is told.
    fc.record({ who: fc.constant('both'), what: fc.constant('expunge'), number }),
    fc.record({ who: fc.constant('copy'), what: fc.constant('break'), number }),
    fc.record({ who: fc.constant('server'), what: fc.constantFrom('restart', 'restart-without-log'), number }),
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
      round += 1;
      const mailbox = `R${round}`;
      await other.ask(`CREATE ${mailbox}`);
      await fill(other, mailbox, 5);
      await other.ask(`SELECT ${mailbox}`);
      const copy = new MailboxCopy();
      const open = async (seed: number) =>
        copy.open(await world.alice(), mailbox, { tellsKnown: seed % 2 === 0, tellsNumbers: seed % 3 === 0 });
      await open(0);
      for (const { who, what, number: seed } of [...steps, { who: 'copy', what: 'break', number: steps.length }]) {
        const uids = [...(await truth(other)).keys()];
        const uid = uids[seed % uids.length] ?? 1;
        if (what === 'append') await other.append(mailbox, 'Subject: new\r\n\r\n');
        if (what === 'flag') await other.ask(`UID STORE ${uid} ${seed % 2 === 0 ? '+' : '-'}FLAGS (\\Flagged)`);
        if (what === 'move') await other.ask(`UID MOVE ${uid} Trash`);
        if (what === 'expunge' && who !== 'copy') {
          await other.ask(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
          await other.ask('EXPUNGE');
        }
        if (what === 'store' || who === 'both')
          await copy.ask(`STORE 1 ${seed % 2 === 0 ? '+' : '-'}FLAGS (\\Answered)`);
        if (what === 'fetch') await copy.ask('FETCH 1:2 (UID FLAGS MODSEQ)');
        if (what === 'noop') await copy.ask('NOOP');
        if (what === 'uid-fetch') await copy.ask('UID FETCH 1:* (UID FLAGS MODSEQ)');
        if (what === 'expunge' && who === 'copy') await copy.ask('EXPUNGE');
        if (who === 'server') {
          world.drop();
          if (what === 'restart-without-log') rmSync(modseqLog(`.${mailbox}`));
          await world.restart();
          other = await world.alice(mailbox);
        } else if (what !== 'break') continue;
        await open(seed);
        expect([...copy.flags].sort(([one], [two]) => one - two)).toEqual([...(await truth(other))]);
      }
    }),
    { numRuns: 25 },
  );
}, 300_000);
