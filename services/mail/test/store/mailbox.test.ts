import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatUniqueBase } from '../../src/protocol/maildir-name.ts';
import { DiskSpace } from '../../src/store/disk-space.ts';
import { Mailbox, type MailboxChange } from '../../src/store/mailbox.ts';
import { sweepMaildir } from '../../src/store/maildir.ts';
import type { BrokenFile } from '../../src/store/quarantine.ts';
import { AccountQuota } from '../../src/store/quota.ts';

let dir: string;
let now: number;
let mailbox: Mailbox;
let counter = 0;
let brokenFiles: BrokenFile[] = [];

function openMailbox(): Mailbox {
  return new Mailbox(dir, {
    now: () => now,
    newUidValidity: async () => Math.floor(now / 1000),
    uniqueBase: () => formatUniqueBase({ ms: now, microseconds: 0, process: 1, counter: ++counter, host: 'test' }),
    quota: new AccountQuota(dir, 0),
    disk: new DiskSpace(join(dir, '..'), 0),
    fileOctetsMax: 1_000_000,
    onBroken: (broken) => brokenFiles.push(broken),
  });
}

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'mailbox-')), 'alice');
  now = 1_795_146_873_000;
  counter = 0;
  brokenFiles = [];
  mailbox = openMailbox();
});

afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

async function* message(text: string): AsyncGenerator<Uint8Array> {
  for (const letter of text) yield Buffer.from(letter, 'latin1');
}

async function readText(uid: number): Promise<string | null> {
  const pieces = await mailbox.read(uid);
  if (pieces === null) return null;
  const held: Uint8Array[] = [];
  for await (const piece of pieces) held.push(piece);
  return Buffer.concat(held).toString('latin1');
}

test('a message is stored with LF, named with both sizes, and read with CRLF', async () => {
  await mailbox.append(message('Subject: x\r\n\r\nbody\r\n'));
  expect(readdirSync(join(dir, 'new'))).toEqual(['1795146873.M0P1Q1.test,S=17,W=20']);
  expect(readFileSync(join(dir, 'new', '1795146873.M0P1Q1.test,S=17,W=20'), 'latin1')).toBe('Subject: x\n\nbody\n');
  expect((await mailbox.messages()).messages).toMatchObject([{ uid: 1, octets: 20, flags: '', isNew: true }]);
  expect(await readText(1)).toBe('Subject: x\r\n\r\nbody\r\n');
  expect(await mailbox.arrivedAt(1)).toBe(now);
});

test('a message whose writer breaks off leaves nothing', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('broken off');
  }
  await expect(mailbox.append(broken())).rejects.toThrow('broken off');
  for (const folder of ['tmp', 'new', 'cur']) expect(readdirSync(join(dir, folder))).toEqual([]);
});

test('UIDs rise, are never given twice, and last over a restart', async () => {
  for (const text of ['a\r\n', 'b\r\n', 'c\r\n']) await mailbox.append(message(text));
  const before = await mailbox.messages();
  await mailbox.expunge([2, 3]);
  mailbox = openMailbox();
  await mailbox.append(message('d\r\n'));
  const after = await mailbox.messages();
  expect(after.uidValidity).toBe(before.uidValidity);
  expect(after.messages.map(({ uid }) => uid)).toEqual([1, 4]);
  expect(after.uidNext).toBe(5);
});

test('a lost or damaged list gives new UIDs and another UIDVALIDITY', async () => {
  await mailbox.append(message('a\r\n'));
  const before = await mailbox.messages();
  writeFileSync(join(dir, 'dovecot-uidlist'), '3 V1 N');
  now += 10_000;
  mailbox = openMailbox();
  const after = await mailbox.messages();
  expect(after.uidValidity).not.toBe(before.uidValidity);
  expect(after.messages).toHaveLength(1);
});

test('what another program puts in, moves or takes away is seen without a restart', async () => {
  await mailbox.messages();
  writeFileSync(join(dir, 'new', '1795146999.V1.elsewhere'), 'Subject: x\n\nby hand\n');
  expect((await mailbox.messages()).messages).toMatchObject([{ uid: 1, octets: 23, flags: '', isNew: true }]);
  renameSync(join(dir, 'new', '1795146999.V1.elsewhere'), join(dir, 'cur', '1795146999.V1.elsewhere:2,RS'));
  expect(await readText(1)).toBe('Subject: x\r\n\r\nby hand\r\n');
  expect((await mailbox.messages()).messages).toMatchObject([{ uid: 1, octets: 23, flags: 'RS', isNew: false }]);
  rmSync(join(dir, 'cur', '1795146999.V1.elsewhere:2,RS'));
  expect(await readText(1)).toBeNull();
  expect((await mailbox.messages()).messages).toEqual([]);
});

test('flags are kept in the name, sorted, and move the message to cur with the same base', async () => {
  await mailbox.append(message('a\r\n'));
  await mailbox.messages();
  expect(await mailbox.setFlags(1, (flags) => `${flags}S`)).toBe('set');
  expect(await mailbox.setFlags(1, (flags) => `${flags}F`)).toBe('set');
  expect(readdirSync(join(dir, 'new'))).toEqual([]);
  expect(readdirSync(join(dir, 'cur'))).toEqual(['1795146873.M0P1Q1.test,S=2,W=3:2,FS']);
  expect(await mailbox.setFlags(99, () => 'S')).toBe('gone');
});

test('two who change flags at once both have their way', async () => {
  await mailbox.append(message('a\r\n'));
  await Promise.all(['S', 'F', 'R', 'P'].map((flag) => mailbox.setFlags(1, (flags) => flags + flag)));
  expect((await mailbox.messages()).messages[0]?.flags).toBe('FPRS');
});

test('a message with flags is appended to cur', async () => {
  await mailbox.append(message('a\r\n'), { flags: 'SD' });
  expect(readdirSync(join(dir, 'cur'))).toEqual(['1795146873.M0P1Q1.test,S=2,W=3:2,DS']);
});

test('those who watch are told of what arrived, was flagged and was expunged', async () => {
  const changes: MailboxChange[] = [];
  await mailbox.append(message('before\r\n'));
  await mailbox.messages();
  const end = mailbox.subscribe((change) => changes.push(change));
  await mailbox.append(message('a\r\n'));
  await mailbox.setFlags(2, () => 'S');
  await mailbox.expunge([1]);
  rmSync(join(dir, 'cur', readdirSync(join(dir, 'cur'))[0] ?? ''));
  await mailbox.messages();
  end();
  await mailbox.append(message('b\r\n'));
  expect(changes).toEqual([
    { kind: 'arrived', uid: 2, modseq: 3 },
    { kind: 'flagged', uid: 2, flags: 'S', modseq: 4 },
    { kind: 'expunged', uid: 1, modseq: 5 },
    { kind: 'expunged', uid: 2, modseq: 6 },
  ]);
});

test('eight writers at once do not meet', async () => {
  await Promise.all(Array.from({ length: 64 }, (_, index) => mailbox.append(message(`${index}\r\n`))));
  const { messages } = await mailbox.messages();
  expect(messages.map(({ uid }) => uid)).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
});

test('the maildrop is locked for one session at a time', () => {
  const release = mailbox.lockMaildrop();
  expect(mailbox.lockMaildrop()).toBeNull();
  release?.();
  const next = mailbox.lockMaildrop();
  expect(next).not.toBeNull();
  // A release that comes late takes nothing from the next session.
  release?.();
  expect(mailbox.lockMaildrop()).toBeNull();
});

test('what deliveries have left in tmp for 36 hours is removed, younger files are not', async () => {
  mkdirSync(join(dir, 'tmp'), { recursive: true });
  for (const [file, ageHours] of [
    ['old', 37],
    ['young', 35],
  ] as const) {
    writeFileSync(join(dir, 'tmp', file), '');
    const at = Date.now() / 1000 - ageHours * 3_600;
    utimesSync(join(dir, 'tmp', file), at, at);
  }
  expect(await sweepMaildir(dir, Date.now())).toBe(1);
  expect(readdirSync(join(dir, 'tmp'))).toEqual(['young']);
});
