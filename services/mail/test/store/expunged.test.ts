import { mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSequenceSet } from '../../src/protocol/imap/sequence-set.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { MailboxKit, message } from './mailbox-kit.ts';

/** Octets of expunges that a log keeps where it is written anew. */
const KEPT_OCTETS = 32 * 1024;

let kit: MailboxKit;
let mailbox: Mailbox;

beforeEach(() => {
  kit = new MailboxKit();
  mailbox = kit.open();
});

afterEach(() => kit.remove());

const log = () => join(kit.dir, 'topdown-modseq');
const list = () => join(kit.dir, 'dovecot-uidlist');

async function fill(count: number): Promise<void> {
  await mailbox.add(Array.from({ length: count }, () => ({ message: message('x\r\n'), flags: 'S' })));
}

async function goneSince(modseq: number, set = '1:*', matched = 0): Promise<string> {
  const ranges = await mailbox.expungedSince(modseq, parseSequenceSet(set), matched);
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)).join(',');
}

/** The log as a mailbox leaves it that has changed flags for long: it is written anew before. */
async function writeLogAnew(uid: number): Promise<void> {
  const before = statSync(log()).ino;
  for (let round = 0; statSync(log()).ino === before; round += 1) {
    if (round > 10_000) throw new Error('The log is never written anew');
    await mailbox.setFlags(uid, () => (round % 2 === 0 ? 'F' : 'S'));
  }
}

describe('what was expunged since a mod-sequence (RFC 7162, section 3.2.6)', () => {
  test('is known exactly, of the UIDs that are asked for', async () => {
    await fill(9);
    await mailbox.expunge([2, 3]);
    await mailbox.expunge([9]);
    expect(await goneSince(2)).toBe('2:3,9');
    expect(await goneSince(3)).toBe('9');
    expect(await goneSince(4)).toBe('');
    expect(await goneSince(2, '3:8')).toBe('3');
    expect(await goneSince(2, '4:8')).toBe('');
    // `*` is the largest UID that was given, though its message is gone.
    expect(await goneSince(2, '5:*')).toBe('9');
    expect(await goneSince(2, '1:4294967295')).toBe('2:3,9');
    // Where it is known, nobody needs what the asker says of numbers.
    expect(await goneSince(2, '1:*', 3)).toBe('2:3,9');
  });

  test('lasts over a restart, also when it was removed by another program while nobody looked', async () => {
    await fill(3);
    await mailbox.expunge([1]);
    const path = join(kit.dir, 'cur', String(statSync(log()).size));
    writeFileSync(path, '');
    rmSync(path);
    mailbox = kit.open();
    expect(await goneSince(2)).toBe('1');
    const [, , third = ''] = readFileSync(list(), 'utf8').trim().split('\n').slice(1);
    unlinkSync(join(kit.dir, 'cur', `${third.slice(third.indexOf(':') + 1)}:2,S`));
    mailbox = kit.open();
    expect(await goneSince(2)).toBe('1,3');
    expect(await goneSince(3)).toBe('3');
    expect((await mailbox.messages()).highestModseq).toBe(4);
  });

  test('counts messages that were moved away', async () => {
    await fill(3);
    const other = kit.open('.Other');
    await mailbox.move([2], other);
    expect(await goneSince(2)).toBe('2');
    await mailbox.move([1], mailbox);
    expect(await goneSince(2)).toBe('1:2');
  });

  test('is kept where the log is written anew, and so is the answer', async () => {
    await fill(9);
    await mailbox.expunge([4]);
    await mailbox.expunge([6, 7]);
    await writeLogAnew(1);
    expect([await goneSince(1), await goneSince(2), await goneSince(3)]).toEqual(['4,6:7', '4,6:7', '6:7']);
    mailbox = kit.open();
    expect([await goneSince(1), await goneSince(2), await goneSince(3)]).toEqual(['4,6:7', '4,6:7', '6:7']);
  });

  test('is a superset where the oldest of it was forgotten: all that are not there, but none that is', async () => {
    const [first, last, living] = [4_000_000_001, 4_000_008_000, 4_000_007_200];
    for (const folder of ['tmp', 'new', 'cur']) mkdirSync(join(kit.dir, folder), { recursive: true });
    writeFileSync(list(), `3 V1795146873 N${first} G${'0'.repeat(32)}\n`);
    for (let uid = first; uid <= last; uid += 1) writeFileSync(join(kit.dir, 'cur', `${uid}.x,S=2,W=3:2,S`), 'x\n');
    await mailbox.messages();
    const marks: { modseq: number; next: number }[] = [];
    for (let uid = first; uid < living; uid += 800) {
      marks.push({ modseq: mailbox.highestModseq, next: uid });
      // Each second one, which no range makes short.
      await mailbox.expunge(Array.from({ length: 400 }, (_, index) => uid + 2 * index));
    }
    await writeLogAnew(last);
    const text = readFileSync(log(), 'latin1');
    const forgotten = Number(/ E(\d+)\n/.exec(text)?.[1]);
    expect(marks.some(({ modseq }) => modseq < forgotten)).toBe(true);
    expect(marks.some(({ modseq }) => modseq >= forgotten)).toBe(true);
    const kept = text.split('\n').filter((line) => / ! \d/.test(line));
    expect(kept.join('\n').length).toBeLessThanOrEqual(KEPT_OCTETS);
    const { highestModseq } = await mailbox.messages();
    for (const state of ['running', 'restarted']) {
      if (state === 'restarted') mailbox = kit.open();
      const goneFrom = (uid: number) =>
        Array.from({ length: (living + 1 - uid) / 2 }, (_, index) => String(uid + 2 * index)).join(',');
      for (const { modseq, next } of marks) {
        const isKnown = modseq >= forgotten;
        // What was never given to a message may be told too: here all that was given before this list.
        const told = await goneSince(modseq, `${first}:*`);
        expect(told === goneFrom(isKnown ? next : first), `${modseq} ${state}`).toBe(true);
      }
      expect(await goneSince(1, `1:${first}`)).toBe(`1:${first}`);
      // Numbers that still match say that nothing is gone so far.
      expect(await goneSince(1, `1:${first + 6}`, first + 3)).toBe(`${first + 4},${first + 6}`);
      expect((await mailbox.messages()).highestModseq).toBe(highestModseq);
    }
  }, 300_000);

  test('is all that is not there when the log is lost, damaged, or says nothing of it', async () => {
    await fill(9);
    await mailbox.expunge([4]);
    await mailbox.setFlags(1, () => 'F');
    await mailbox.expunge([5, 9]);
    const now = (await mailbox.messages()).highestModseq;
    const whole = readFileSync(log(), 'latin1');
    const harms = [
      () => rmSync(log()),
      () => writeFileSync(log(), whole.replace('! 4', '! 3')),
      () => writeFileSync(log(), 'nonsense'),
      () => writeFileSync(log(), whole.replace(/^(.*) 2 (V\d+) E\d+\n/, '$1 1 $2\n')),
    ];
    for (const [index, harm] of harms.entries()) {
      harm();
      mailbox = kit.open();
      const { highestModseq } = await mailbox.messages();
      // Version 1 goes on with its numbers; who knows the last of them misses nothing.
      const isOldVersion = index === harms.length - 1;
      expect(await goneSince(isOldVersion ? now - 1 : now), String(index)).toBe('4:5,9');
      expect(highestModseq === now).toBe(isOldVersion);
      expect(await goneSince(highestModseq)).toBe('');
      await mailbox.expunge([1]);
      expect(await goneSince(highestModseq)).toBe('1');
      mailbox = kit.open();
      expect(await goneSince(highestModseq), String(index)).toBe('1');
      kit.remove();
      kit = new MailboxKit();
      mailbox = kit.open();
      await fill(9);
      await mailbox.expunge([4]);
      await mailbox.setFlags(1, () => 'F');
      await mailbox.expunge([5, 9]);
    }
  });

  test('has what vanished because the list of UIDs lost a line: its file is another message now', async () => {
    await fill(3);
    const known = (await mailbox.messages()).highestModseq;
    const lines = readFileSync(list(), 'utf8').split('\n');
    writeFileSync(list(), lines.filter((line) => !line.startsWith('2 ')).join('\n'));
    mailbox = kit.open();
    const { messages, highestModseq } = await mailbox.messages();
    expect(messages.map(({ uid }) => uid)).toEqual([1, 3, 4]);
    expect(await goneSince(known)).toBe('2');
    expect(await goneSince(highestModseq)).toBe('');
  });

  test('is not lost when the disk did not take the line of an expunge', async () => {
    await fill(4);
    await mailbox.expunge([1]);
    const known = (await mailbox.messages()).highestModseq;
    rmSync(log());
    await expect(mailbox.expunge([2])).rejects.toThrow();
    await mailbox.messages();
    expect(await goneSince(known)).toBe('2');
    // What the lost log knew is lost, so the answer is a larger one.
    expect(await goneSince(known - 1)).toBe('1:2');
    mailbox = kit.open();
    expect([await goneSince(known), await goneSince(known - 1)]).toEqual(['2', '1:2']);
  });
});

test('whatever is done, in whatever order: no UID that is gone is left out, none that is there is told', async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('expunge' as const), some: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), some: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('flag' as const), some: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const, some: 0 }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'lose-log' as const, some: 0 }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'cut-log' as const, some: 0 }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      kit.remove();
      kit = new MailboxKit();
      mailbox = kit.open();
      await fill(4);
      const marks: { modseq: number; known: number[]; isExact: boolean }[] = [];
      for (const { kind, some } of steps) {
        const { messages, highestModseq } = await mailbox.messages();
        const uids = messages.map(({ uid }) => uid);
        marks.push({ modseq: highestModseq, known: uids, isExact: true });
        const chosen = uids.filter((uid) => (uid * 7 + some) % 3 === 0);
        if (kind === 'expunge') await mailbox.expunge(chosen);
        if (kind === 'add') await fill(some);
        if (kind === 'flag') await mailbox.setFlagsOf(chosen, (flags) => (flags.includes('F') ? 'S' : 'FS'));
        if (kind === 'lose-log') rmSync(log());
        if (kind === 'cut-log') writeFileSync(log(), `${readFileSync(log(), 'latin1')}9 S 1:`);
        if (kind === 'lose-log') for (const mark of marks) mark.isExact = false;
        if (['restart', 'lose-log', 'cut-log'].includes(kind)) mailbox = kit.open();
      }
      const present = new Set((await mailbox.messages()).messages.map(({ uid }) => uid));
      for (const { modseq, known, isExact } of marks) {
        const told = (await mailbox.expungedSince(modseq, parseSequenceSet('1:*'))).flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, index) => from + index),
        );
        expect(told.filter((uid) => present.has(uid))).toEqual([]);
        const gone = known.filter((uid) => !present.has(uid));
        expect(gone.filter((uid) => !told.includes(uid))).toEqual([]);
        if (isExact) expect(told.filter((uid) => known.includes(uid))).toEqual(gone);
      }
    }),
    { numRuns: 40 },
  );
}, 300_000);
