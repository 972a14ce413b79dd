import fs, { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isDiskFull } from '../../src/store/file-pieces.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { fillDisk, makeRoom } from './filled-disk.ts';
import { MailboxKit, message, statesOf } from './mailbox-kit.ts';

let kit: MailboxKit;
let mailbox: Mailbox;

beforeEach(async () => {
  kit = new MailboxKit();
  mailbox = kit.open();
  await mailbox.add([{ message: message('one') }, { message: message('two') }]);
});

afterEach(() => {
  makeRoom();
  kit.remove();
});

/** As another program delivers, or as a message comes out of the queue: without a UID. */
async function arrive(text: string): Promise<void> {
  const other = new MailboxKit();
  Object.assign(other, { dir: kit.dir, base: () => kit.base() });
  await other.open().append(message(text));
}

async function isRefused(work: () => Promise<unknown>): Promise<void> {
  expect(isDiskFull(await work().catch((error: Error) => error))).toBe(true);
}

test('on a full disk a mailbox with new mail opens with what has its UID, and says so', async () => {
  const before = await statesOf(mailbox);
  await arrive('three');
  fillDisk();
  for (const opened of [mailbox, kit.open()]) {
    expect(await statesOf(opened)).toEqual(before);
    expect(await opened.messages()).toMatchObject({ isRecorded: false, uidNext: 3 });
    expect(Buffer.from((await opened.readOctets(1, 100)) ?? []).toString()).toBe('one');
  }
});

test('what came on a full disk gets its UID when there is room, and no UID is given twice, also after a restart', async () => {
  await arrive('three');
  fillDisk();
  const { uidNext } = await mailbox.messages();
  await mailbox.messages();
  makeRoom();
  const { messages, isRecorded } = await mailbox.messages();
  expect(isRecorded).toBe(true);
  expect(messages.map(({ uid }) => uid)).toEqual([1, 2, expect.any(Number)]);
  expect(messages[2]!.uid).toBeGreaterThanOrEqual(uidNext);
  const restarted = kit.open();
  expect((await restarted.messages()).messages.map(({ uid }) => uid)).toEqual(messages.map(({ uid }) => uid));
  const { uids } = await restarted.add([{ message: message('four') }]);
  expect(uids[0]).toBeGreaterThan(messages[2]!.uid);
});

test('a restart on a full disk tells the same UIDs, UIDVALIDITY and mod-sequences as before', async () => {
  const before = await mailbox.messages();
  await arrive('three');
  fillDisk();
  const told = await kit.open().messages();
  expect(told).toMatchObject({ uidValidity: before.uidValidity, uidNext: before.uidNext, isRecorded: false });
  expect(told.highestModseq).toBe(before.highestModseq);
  makeRoom();
  const after = await kit.open().messages();
  expect(after.uidValidity).toBe(before.uidValidity);
  expect(after.highestModseq).toBeGreaterThan(before.highestModseq);
  expect(after.messages).toHaveLength(3);
});

test('flags and expunges of another program are told when they can be recorded, and the messages can be read meanwhile', async () => {
  await mailbox.messages();
  const files = () => readdirSync(join(kit.dir, 'new')).toSorted();
  const [first = '', second = ''] = files();
  fs.renameSync(join(kit.dir, 'new', first), join(kit.dir, 'cur', `${first}:2,S`));
  fs.rmSync(join(kit.dir, 'new', second));
  fillDisk();
  const seen: string[] = [];
  const end = mailbox.subscribe(({ kind }) => seen.push(kind));
  expect((await mailbox.messages()).messages.map(({ uid, flags }) => `${uid}${flags}`)).toEqual(['1', '2']);
  expect(Buffer.from((await mailbox.readOctets(1, 100)) ?? []).toString()).toBe('one');
  expect(await mailbox.readOctets(2, 100)).toBeNull();
  expect(seen).toEqual([]);
  makeRoom();
  expect((await mailbox.messages()).messages.map(({ uid, flags }) => `${uid}${flags}`)).toEqual(['1S']);
  expect(seen.toSorted()).toEqual(['expunged', 'flagged']);
  end();
});

test('a message that a client brings to a full disk is refused, and nothing of it is left', async () => {
  const there = () => ['tmp', 'new', 'cur'].flatMap((folder) => readdirSync(join(kit.dir, folder)));
  const before = there();
  fillDisk();
  await isRefused(() => mailbox.add([{ message: message('x') }]));
  makeRoom();
  kit.diskFreeOctetsMin = Number.MAX_SAFE_INTEGER;
  const reserved = kit.open();
  await isRefused(() => reserved.add([{ message: message('x') }]));
  await isRefused(() => reserved.append(message('x')));
  expect(there()).toEqual(before);
});

test('nothing is copied, moved or brought into a mailbox with mail that could not be recorded yet; what is removed makes room', async () => {
  const sent = kit.open('.Sent');
  await sent.messages();
  await arrive('three');
  const there = () => ['new', 'cur', '.Sent/new', '.Sent/cur'].flatMap((folder) => readdirSync(join(kit.dir, folder)));
  const before = there();
  fillDisk();
  await isRefused(() => mailbox.copy([1], sent));
  await isRefused(() => mailbox.move([1], sent));
  await isRefused(() => mailbox.add([{ message: message('x') }]));
  expect(there()).toEqual(before);
  await mailbox.expunge([1]).catch(() => {});
  expect(there()).toHaveLength(before.length - 1);
  makeRoom();
  expect((await mailbox.messages()).messages.map(({ uid }) => uid)).toEqual([2, expect.any(Number)]);
});

test('mail of the queue, which was acknowledged, may take what other mail has to leave', async () => {
  kit.diskFreeOctetsMin = Number.MAX_SAFE_INTEGER;
  const path = join(kit.dir, 'queued.eml');
  fs.writeFileSync(path, 'three');
  expect(await kit.open().deliver(path, `${kit.base()},S=5,W=5`)).toBe(false);
  expect((await kit.open().messages()).messages).toHaveLength(3);
});
