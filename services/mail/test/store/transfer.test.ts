import { linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeywordsFull, type Mailbox, type MailboxChange, MessageGone } from '../../src/store/mailbox.ts';
import { MailboxKit, message, statesOf } from './mailbox-kit.ts';

let kit: MailboxKit;
let inbox: Mailbox;
let sent: Mailbox;

beforeEach(async () => {
  kit = new MailboxKit();
  inbox = kit.open();
  sent = kit.open('.Sent');
  await inbox.add(['a', 'b', 'c'].map((text) => ({ message: message(`${text}\r\n`), flags: 'S' })));
  await sent.add([{ message: message('old\r\n') }]);
});

afterEach(() => kit.remove());

const files = (folder: string) => readdirSync(join(kit.dir, folder, 'cur')).sort();
const inode = (folder: string, file: string) => statSync(join(kit.dir, folder, 'cur', file)).ino;

async function readText(mailbox: Mailbox, uid: number): Promise<string> {
  return Buffer.from((await mailbox.readOctets(uid, 100)) ?? []).toString('latin1');
}

test('messages move with their flags and times; source and target UIDs are told', async () => {
  const [before = ''] = files('');
  const [ino, { mtimeMs }] = [inode('', before), statSync(join(kit.dir, 'cur', before))];
  const told: MailboxChange[] = [];
  inbox.subscribe((change) => told.push(change));
  sent.subscribe((change) => told.push(change));
  const moved = await inbox.move([1, 3], sent);
  expect(moved.transferred).toEqual([
    [1, 2],
    [3, 3],
  ]);
  expect(moved.uidValidity).toBe((await sent.messages()).uidValidity);
  expect(told.map(({ kind, ...rest }) => `${kind} ${'uid' in rest ? rest.uid : ''}`)).toEqual([
    'arrived 2',
    'arrived 3',
    'expunged 1',
    'expunged 3',
  ]);
  expect([await readText(sent, 2), await readText(sent, 3), await readText(inbox, 2)]).toEqual([
    'a\r\n',
    'c\r\n',
    'b\r\n',
  ]);
  expect((await statesOf(sent)).slice(1)).toEqual(['2 S 3', '3 S 3']);
  const after = files('.Sent').find((file) => inode('.Sent', file) === ino) ?? '';
  expect(statSync(join(kit.dir, '.Sent', 'cur', after)).mtimeMs).toBe(mtimeMs);
});

test('a message that is moved away and back is another message each time', async () => {
  await inbox.move([1], sent);
  await sent.move([2], inbox);
  expect((await inbox.messages()).messages.map(({ uid }) => uid)).toEqual([2, 3, 4]);
  expect(await readText(kit.open(), 4)).toBe('a\r\n');
});

test('a message is moved within its mailbox: it gets a new UID', async () => {
  expect((await inbox.move([2], inbox)).transferred).toEqual([[2, 4]]);
  expect((await inbox.messages()).messages.map(({ uid }) => uid)).toEqual([1, 3, 4]);
});

test('keywords are carried along, whatever letters they have there', async () => {
  await inbox.addKeywords(['Work', 'Home']);
  await sent.addKeywords(['Home']);
  await inbox.setFlags(1, () => 'Sab');
  for (const how of ['copy', 'move'] as const) {
    const { transferred } = await inbox[how]([1], sent);
    const stored = sent.stored(transferred[0]![1])!;
    expect(sent.keywords).toEqual(['Home', 'Work']);
    expect(stored.flags).toBe('Sab');
  }
  const trash = kit.open('.Trash');
  await trash.addKeywords(Array.from({ length: 26 }, (_, index) => `k${index}`));
  await sent.setFlags(2, () => 'a');
  await expect(sent.move([2], trash)).rejects.toThrow(KeywordsFull);
});

test('a copy is a second name of the same file', async () => {
  expect((await inbox.copy([1, 2], sent)).transferred).toEqual([
    [1, 2],
    [2, 3],
  ]);
  const inodes = files('').map((file) => inode('', file));
  expect(files('.Sent').filter((file) => inodes.includes(inode('.Sent', file)))).toHaveLength(2);
  await inbox.expunge([1]);
  expect(await readText(sent, 2)).toBe('a\r\n');
});

test('a file that cannot be linked once more is copied, with its time', async () => {
  await inbox.messages();
  const [file = ''] = files('');
  const dir = join(kit.dir, 'links');
  mkdirSync(dir);
  // ext4 allows 65,000 names for one file; others allow more, and then the copy is a link.
  let isFull = false;
  for (let count = 0; count < 65_500 && !isFull; count += 1) {
    try {
      linkSync(join(kit.dir, 'cur', file), join(dir, String(count)));
    } catch {
      isFull = true;
    }
  }
  const { transferred } = await inbox.copy([1], sent);
  const [copy = ''] = files('.Sent');
  expect(inode('.Sent', copy) === inode('', file)).toBe(!isFull);
  expect(statSync(join(kit.dir, '.Sent', 'cur', copy)).mtimeMs).toBe(kit.now);
  expect(await readText(sent, transferred[0]![1])).toBe('a\r\n');
});

test('all are moved or copied, or none: also when the file of one vanishes meanwhile', async () => {
  await expect(inbox.move([1, 9], sent)).rejects.toThrow(MessageGone);
  await expect(inbox.copy([1, 9], sent)).rejects.toThrow(MessageGone);
  // The folder is gone when the second file is to be put there: the first one goes back.
  await sent.messages();
  for (const how of ['move', 'copy'] as const) {
    rmSync(join(kit.dir, '.Sent', 'cur'), { recursive: true });
    writeFileSync(join(kit.dir, '.Sent', 'cur'), '');
    await expect(inbox[how]([1, 2], sent)).rejects.toThrow();
    rmSync(join(kit.dir, '.Sent', 'cur'));
    mkdirSync(join(kit.dir, '.Sent', 'cur'));
    expect([files('').length, files('.Sent').length]).toEqual([3, 0]);
  }
});

test('two mailboxes that move messages to each other at once do not wait for each other', async () => {
  await sent.add(['x', 'y'].map((text) => ({ message: message(`${text}\r\n`) })));
  await Promise.all([inbox.move([1], sent), sent.move([2], inbox), inbox.copy([2], sent), sent.copy([3], inbox)]);
  expect([(await inbox.messages()).messages.length, (await sent.messages()).messages.length]).toEqual([4, 4]);
});

test('who looks on sees a message in one of the two mailboxes at each moment', async () => {
  const counts: number[] = [];
  const isThere = async () => {
    const [here, there] = await Promise.all([inbox.messages(), sent.messages()]);
    counts.push(here.messages.length + there.messages.length);
  };
  const looks = [isThere()];
  const moving = inbox.move([1, 2, 3], sent);
  for (let look = 0; look < 5; look += 1) looks.push(isThere());
  await Promise.all([moving, ...looks]);
  expect(new Set(counts)).toEqual(new Set([4]));
});
