import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { MailboxKit, message, statesOf } from './mailbox-kit.ts';

let kit: MailboxKit;
let mailbox: Mailbox;

beforeEach(() => {
  kit = new MailboxKit();
  mailbox = kit.open();
});

afterEach(() => kit.remove());

const log = () => join(kit.dir, 'topdown-modseq');

test('every change has a larger mod-sequence, and what did not change keeps its own (RFC 7162, section 3.1)', async () => {
  expect((await mailbox.messages()).highestModseq).toBe(1);
  await mailbox.add([{ message: message('a\r\n') }, { message: message('b\r\n') }]);
  expect(await statesOf(mailbox)).toEqual(['1 - 2', '2 - 2']);
  await mailbox.setFlags(1, () => 'S');
  expect(await statesOf(mailbox)).toEqual(['1 S 3', '2 - 2']);
  await mailbox.setFlags(1, () => 'S');
  expect(await statesOf(mailbox)).toEqual(['1 S 3', '2 - 2']);
  await mailbox.expunge([2]);
  expect([await statesOf(mailbox), mailbox.highestModseq]).toEqual([['1 S 3'], 4]);
});

test('moving a message from new to cur is no change of its state', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.messages();
  expect(await mailbox.claimRecent()).toEqual([1]);
  expect(readdirSync(join(kit.dir, 'new'))).toEqual([]);
  expect(await statesOf(mailbox)).toEqual(['1 - 2']);
});

test('mod-sequences last over a restart', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.append(message('b\r\n'));
  await mailbox.messages();
  await mailbox.setFlags(2, () => 'F');
  const before = await statesOf(mailbox);
  mailbox = kit.open();
  expect(await statesOf(mailbox)).toEqual(before);
  expect(mailbox.highestModseq).toBe(3);
  await mailbox.setFlags(1, () => 'S');
  expect(await statesOf(mailbox)).toEqual(['1 S 4', '2 F 3']);
});

test('flags that another program changed by renaming have a new mod-sequence, seen at once or after a restart', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.setFlags(1, () => 'S');
  const [file = ''] = readdirSync(join(kit.dir, 'cur'));
  renameSync(join(kit.dir, 'cur', file), join(kit.dir, 'cur', `${file}T`));
  expect(await statesOf(mailbox)).toEqual(['1 ST 4']);
  renameSync(join(kit.dir, 'cur', `${file}T`), join(kit.dir, 'cur', file));
  mailbox = kit.open();
  expect(await statesOf(mailbox)).toEqual(['1 S 5']);
});

test('UNCHANGEDSINCE leaves alone what was changed since, also by another program', async () => {
  await mailbox.add(['a', 'b', 'c'].map((text) => ({ message: message(`${text}\r\n`), flags: 'D' })));
  await mailbox.setFlags(2, () => 'DS');
  const [first = ''] = readdirSync(join(kit.dir, 'cur')).sort();
  renameSync(join(kit.dir, 'cur', first), join(kit.dir, 'cur', `${first}T`));
  const outcomes = await mailbox.setFlagsOf([1, 2, 3, 9], (flags) => `${flags}F`, { unchangedSince: 2 });
  expect([...outcomes]).toEqual([
    [1, 'modified'],
    [2, 'modified'],
    [3, 'set'],
    [9, 'gone'],
  ]);
  expect(await statesOf(mailbox)).toEqual(['1 DT 4', '2 DS 3', '3 DF 5']);
});

test('the flags of many messages are set in one turn with one mod-sequence', async () => {
  await mailbox.add(Array.from({ length: 20 }, (_, index) => ({ message: message(`${index}\r\n`) })));
  const uids = Array.from({ length: 20 }, (_, index) => index + 1);
  const by = {};
  const told: unknown[] = [];
  mailbox.subscribe((change) => told.push(change));
  await mailbox.setFlagsOf(uids, () => 'S', { by });
  expect((await mailbox.messages()).messages.map(({ flags, modseq }) => `${flags} ${modseq}`)).toEqual(
    uids.map(() => 'S 3'),
  );
  expect(told).toEqual(uids.map((uid) => ({ kind: 'flagged', uid, flags: 'S', modseq: 3, by })));
});

test('a log cut off in its last line goes on behind the last whole one', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.messages();
  await mailbox.setFlags(1, () => 'S');
  const whole = readFileSync(log(), 'latin1');
  for (let cut = 1; cut < whole.length - whole.lastIndexOf('\n', whole.length - 2) - 1; cut += 7) {
    writeFileSync(log(), whole.slice(0, -cut));
    mailbox = kit.open();
    // Nobody was told of the line that is cut off; the state is told with the number that was not.
    expect(await statesOf(mailbox)).toEqual(['1 S 3']);
  }
});

test('a log that is lost, damaged, or of another list gives numbers above all that were told', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.messages();
  let told = mailbox.highestModseq;
  const harms = [
    () => rmSync(log()),
    () => writeFileSync(log(), 'nonsense'),
    () => writeFileSync(log(), readFileSync(log(), 'latin1').replace('V', 'V1')),
    () => appendFileSync(log(), 'x\n'),
    () => truncateSync(log(), 5),
  ];
  for (const harm of harms) {
    harm();
    mailbox = kit.open();
    const { messages, highestModseq } = await mailbox.messages();
    expect(messages[0]!.modseq).toBeGreaterThan(told);
    expect(highestModseq).toBe(messages[0]!.modseq);
    told = highestModseq;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

test('the log is written anew when it is long, and says the same', async () => {
  await mailbox.add(Array.from({ length: 300 }, (_, index) => ({ message: message(`${index}\r\n`) })));
  for (let round = 0; round < 12; round += 1) {
    const letter = round % 2 === 0 ? 'S' : '';
    const others = Array.from({ length: 300 }, (_, index) => index + 1).filter((uid) => uid % 2 === round % 2);
    for (let at = 0; at < others.length; at += 1) await mailbox.setFlags(others[at]!, () => letter);
  }
  const before = await statesOf(mailbox);
  expect(readFileSync(log()).length).toBeLessThan(70_000);
  mailbox = kit.open();
  expect(await statesOf(mailbox)).toEqual(before);
});

test('a number is not told while the disk does not take it', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.messages();
  const before = mailbox.highestModseq;
  // A folder in the place of the log: nothing can be written there.
  rmSync(log());
  mkdirSync(log());
  await expect(mailbox.setFlags(1, () => 'S')).rejects.toThrow();
  expect(mailbox.highestModseq).toBe(before);
  rmSync(log(), { recursive: true });
  expect(await statesOf(mailbox)).toEqual([`1 S ${before + 2}`]);
});

test('a UID that only the log remembers is not given again', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.messages();
  const list = join(kit.dir, 'dovecot-uidlist');
  const before = readFileSync(list, 'utf8');
  await mailbox.append(message('b\r\n'));
  await mailbox.messages();
  await mailbox.expunge([2]);
  writeFileSync(list, before);
  mailbox = kit.open();
  await mailbox.append(message('c\r\n'));
  expect((await mailbox.messages()).messages.map(({ uid }) => uid)).toEqual([1, 3]);
});

test('UIDs that another program has given to new files are taken over, and none of its UIDs is given to another', async () => {
  await mailbox.append(message('a\r\n'));
  const { uidValidity } = await mailbox.messages();
  const list = join(kit.dir, 'dovecot-uidlist');
  for (const name of ['1.late', '2.foreign', '3.other']) writeFileSync(join(kit.dir, 'new', name), `${name}\n`);
  const [, ours = ''] = readFileSync(list, 'utf8').split('\n');
  // As Dovecot writes it, in a file of its own.
  writeFileSync(`${list}.lock`, `3 V${uidValidity} N9 G${'0'.repeat(32)}\n${ours}\n4 :3.other\n7 :2.foreign\n`);
  renameSync(`${list}.lock`, list);
  const uids = async () => {
    const { messages } = await mailbox.messages();
    return Promise.all(
      messages.map(
        async ({ uid }) =>
          `${uid} ${Buffer.from((await mailbox.readOctets(uid, 9)) ?? [])
            .toString()
            .trim()}`,
      ),
    );
  };
  const expected = ['1 a', '4 3.other', '7 2.foreign', '9 1.late'];
  expect(await uids()).toEqual(expected);
  mailbox = kit.open();
  expect(await uids()).toEqual(expected);
  expect(readFileSync(list, 'utf8').split('\n')).toHaveLength(6);
  // A list of another mailbox, or none at all, is written anew.
  writeFileSync(`${list}.lock`, `3 V1 N2 G${'0'.repeat(32)}\n1 :x\n`);
  renameSync(`${list}.lock`, list);
  await mailbox.append(message('b\r\n'));
  expect(await uids()).toEqual([...expected, '10 b']);
  mailbox = kit.open();
  expect(await uids()).toEqual([...expected, '10 b']);
});

test('a message that comes back under its old name is another message', async () => {
  await mailbox.append(message('a\r\n'), { flags: 'S' });
  await mailbox.messages();
  const [file = ''] = readdirSync(join(kit.dir, 'cur'));
  const [path, aside] = [join(kit.dir, 'cur', file), join(kit.dir, 'aside')];
  renameSync(path, aside);
  expect(await statesOf(mailbox)).toEqual([]);
  renameSync(aside, path);
  mailbox = kit.open();
  expect((await mailbox.messages()).messages.map(({ uid }) => uid)).toEqual([2]);
  expect(readFileSync(join(kit.dir, 'dovecot-uidlist'), 'utf8').split('\n')).toHaveLength(3);
});
