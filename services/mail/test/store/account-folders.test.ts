import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import { type AccountFolders, FolderFault } from '../../src/store/account-folders.ts';
import { MailStore } from '../../src/store/mail-store.ts';
import { type Mailbox, type MailboxChange, MailboxGone } from '../../src/store/mailbox.ts';
import { UidValidities } from '../../src/store/uid-validities.ts';

/** How long a busy machine is given. */
const PATIENCE = { timeout: 60_000 };
const DEFAULTS = ['Drafts', 'Junk', 'Sent', 'Trash'];

let root: string;
let folders: AccountFolders;
let inbox: Mailbox;

async function openStore(): Promise<void> {
  const clock = new LabClock(() => 1_795_146_873_000);
  const store = new MailStore(root, clock, 'mail.test');
  await store.open(['alice']);
  folders = store.folders('alice');
  inbox = store.inbox('alice');
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'topdown-folders-'));
  await openStore();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function* message(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const validityOf = async (name: string) => (await (await folders.mailbox(name))!.messages()).uidValidity;

test('a mailbox is a folder of Maildir++ with its superiors, and lasts over a restart', async () => {
  await folders.create('Lists/a.b');
  expect(
    readdirSync(join(root, 'alice'))
      .filter((name) => name.startsWith('.L'))
      .sort(),
  ).toEqual(['.Lists', '.Lists.a&AC4-b']);
  expect(existsSync(join(root, 'alice', '.Lists', 'maildirfolder'))).toBe(true);
  await openStore();
  expect((await folders.list()).sort()).toEqual([...DEFAULTS, 'INBOX', 'Lists', 'Lists/a.b'].sort());
  await expect(folders.create('Lists')).rejects.toThrow(FolderFault);
});

test('every mailbox gets a UIDVALIDITY that none had before, also when the clock stands still', async () => {
  const validities = new UidValidities(join(root, 'alice'), () => 5_000);
  const given = [await validities.next(), await validities.next()];
  expect(given[1]).toBe(given[0]! + 1);
  expect(await new UidValidities(join(root, 'alice'), () => 1_000).next()).toBe(given[1]! + 1);
  await folders.create('again');
  const before = await validityOf('again');
  await folders.delete('again');
  await folders.create('again');
  expect(await validityOf('again')).toBeGreaterThan(before);
});

test('who holds a mailbox that is deleted is told, and can do nothing with it', async () => {
  await folders.create('doomed');
  const held = (await folders.mailbox('doomed'))!;
  const changes: MailboxChange[] = [];
  held.subscribe((change) => changes.push(change));
  await folders.delete('doomed');
  expect(changes).toEqual([{ kind: 'deleted' }]);
  await expect(held.append(message('x\r\n'))).rejects.toThrow(MailboxGone);
  await expect(held.messages()).rejects.toThrow(MailboxGone);
  expect(readdirSync(join(root, 'alice')).filter((name) => /doomed|deleted/.test(name))).toEqual([]);
});

test('a deletion that was cut off is finished at the next start', async () => {
  mkdirSync(join(root, 'alice', 'deleted-1', 'cur'), { recursive: true });
  await openStore();
  expect(existsSync(join(root, 'alice', 'deleted-1'))).toBe(false);
});

test('who holds a mailbox that is renamed goes on in its new place', async () => {
  await folders.create('a/b');
  const held = (await folders.mailbox('a/b'))!;
  await held.append(message('one\r\n'));
  const before = await held.messages();
  await folders.rename('a', 'z');
  await held.append(message('two\r\n'));
  expect(await folders.mailbox('a/b')).toBeNull();
  expect(await folders.mailbox('z/b')).toBe(held);
  const after = await held.messages();
  expect([after.uidValidity, after.messages.length]).toEqual([before.uidValidity, 2]);
});

describe('a renaming of INBOX that fails', () => {
  /** On another file system than the mailboxes: nothing can be renamed from there. */
  let elsewhere: string;

  beforeEach(async () => {
    elsewhere = mkdtempSync('/dev/shm/topdown-folders-');
    rmSync(join(root, 'alice', 'cur'), { recursive: true });
    symlinkSync(elsewhere, join(root, 'alice', 'cur'));
    await inbox.append(message('one\r\n'));
    writeFileSync(join(elsewhere, '1795146999.V1.elsewhere:2,S'), 'two\n');
  });

  afterEach(() => rmSync(elsewhere, { recursive: true }));

  const uids = async (mailbox: Mailbox) => (await mailbox.messages()).messages.map(({ uid }) => uid);

  test('leaves neither the new mailbox nor its superiors, and the messages where they were', async () => {
    const before = await uids(inbox);
    await folders.create('there');
    const names = await folders.list();
    await expect(folders.renameInbox('there/a/b')).rejects.toThrow('EXDEV');
    expect(await folders.list()).toEqual(names);
    expect(readdirSync(join(root, 'alice')).filter((name) => name.startsWith('deleted-'))).toEqual([]);
    expect(await folders.mailbox('there/a/b')).toBeNull();
    expect(await uids(inbox)).toEqual(before);
    await folders.create('there/a/b');
  });

  test('leaves the new mailbox when somebody has put a message there meanwhile', async () => {
    await uids(inbox);
    const { promise: isPut, resolve: put } = Promise.withResolvers<void>();
    // INBOX is held, so that nothing is moved yet.
    const held = inbox.relocate(async () => {
      await isPut;
      return join(root, 'alice');
    });
    const renamed = folders.renameInbox('later').catch((error: NodeJS.ErrnoException) => error.code);
    const mailbox = await vi.waitFor(async () => {
      const found = await folders.mailbox('later');
      expect(found).not.toBeNull();
      return found!;
    }, PATIENCE);
    writeFileSync(join(root, 'alice', '.later', 'new', '1795146999.V2.elsewhere'), 'three\n');
    put();
    expect([await held, await renamed]).toEqual([undefined, 'EXDEV']);
    expect(await folders.mailbox('later')).toBe(mailbox);
    expect(await uids(mailbox)).toEqual([1]);
  });
});

test('INBOX is renamed with the messages that are there when it is its turn', async () => {
  await inbox.append(message('one\r\n'));
  await inbox.append(message('two\r\n'));
  await inbox.messages();
  const removed = inbox.expunge([1]);
  await Promise.all([removed, folders.renameInbox('old')]);
  expect((await inbox.messages()).messages).toEqual([]);
  expect((await (await folders.mailbox('old'))!.messages()).messages).toHaveLength(1);
});

test('a mailbox that cannot be made leaves none of its superiors', async () => {
  writeFileSync(join(root, 'alice', '.a.b.c'), 'a file in its place');
  await expect(folders.create('a/b/c')).rejects.toThrow('EEXIST');
  expect((await folders.list()).filter((name) => name.startsWith('a'))).toEqual([]);
  rmSync(join(root, 'alice', '.a.b.c'));
  await folders.create('a/b/c');
});

test('keywords have letters in a file of their own; a letter without a name stays free', async () => {
  writeFileSync(join(root, 'alice', 'dovecot-keywords'), '1 Work\nnonsense\n99 x\n');
  await inbox.messages();
  expect(inbox.keywords).toEqual(['', 'Work']);
  expect(await inbox.addKeywords(['work', '$Later'])).toBe(true);
  expect(inbox.keywords).toEqual(['', 'Work', '$Later']);
  expect(readFileSync(join(root, 'alice', 'dovecot-keywords'), 'utf8')).toBe('1 Work\n2 $Later\n');
  expect(await inbox.addKeywords(Array.from({ length: 24 }, (_, index) => `k${index}`))).toBe(false);
  expect(inbox.keywords).toHaveLength(3);
});

test('a message is recent for one that claims it, and for nobody after', async () => {
  await inbox.messages();
  await inbox.append(message('a\r\n'));
  await inbox.add([{ message: message('b\r\n'), flags: 'S' }]);
  expect([inbox.isRecent(1), inbox.isRecent(2)]).toEqual([true, true]);
  expect(await inbox.claimRecent()).toEqual([1, 2]);
  expect(await inbox.claimRecent()).toEqual([]);
  expect(readdirSync(join(root, 'alice', 'new'))).toEqual([]);
});

test('what another program puts in is noticed by the times of the folders', async () => {
  await inbox.messages();
  const changes: MailboxChange[] = [];
  inbox.subscribe((change) => changes.push(change));
  writeFileSync(join(root, 'alice', 'new', '1795146999.V1.elsewhere'), 'x\n');
  await inbox.lookIfTouched();
  expect(changes).toEqual([{ kind: 'arrived', uid: 1, modseq: 2 }]);
});

test('subscriptions are a list of names, each once', async () => {
  for (const name of ['b', 'a', 'b']) await folders.setSubscribed(name, true);
  await folders.setSubscribed('never', false);
  await openStore();
  expect((await folders.subscriptions()).sort()).toEqual([...DEFAULTS, 'a', 'b']);
  await folders.setSubscribed('a', false);
  expect(readFileSync(join(root, 'alice', 'subscriptions'), 'utf8')).toBe('Drafts\nJunk\nSent\nTrash\nb\n');
});

/** Asks for mailboxes over and over while `work` goes on: every object that was given for a name. */
async function askedMeanwhile(names: readonly string[], work: () => Promise<void>): Promise<Map<string, Set<Mailbox>>> {
  const given = new Map(names.map((name) => [name, new Set<Mailbox>()]));
  let isOver = false;
  const asking = names.map(async (name) => {
    while (!isOver) {
      const mailbox = await folders.mailbox(name);
      if (mailbox === null) continue;
      given.get(name)?.add(mailbox);
      await mailbox.messages();
    }
  });
  await work().finally(() => {
    isOver = true;
  });
  await Promise.all(asking);
  return given;
}

test('who asks for a mailbox while it is made gets the one that stays, with its UIDVALIDITY', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `made${index}`);
  const given = await askedMeanwhile(names, async () => {
    for (const name of names) await folders.create(name);
  });
  for (const [name, mailboxes] of given) expect([...mailboxes]).toEqual([await folders.mailbox(name)]);
  const before = await Promise.all(names.map(validityOf));
  await openStore();
  expect(await Promise.all(names.map(validityOf))).toEqual(before);
});

test('who asks for a mailbox while it is renamed gets the one that there is, and the old name stays away', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `name${index}`);
  await folders.create('name0');
  const given = await askedMeanwhile(names, async () => {
    for (const [index, name] of names.slice(1).entries()) await folders.rename(`name${index}`, name);
  });
  expect(new Set([...given.values()].flatMap((mailboxes) => [...mailboxes])).size).toBe(1);
  expect((await folders.list()).filter((name) => name.startsWith('name'))).toEqual(['name19']);
});
