import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import { ConfigError } from '#shared/host/config.ts';
import { type QueueEntry, waitingAt } from '../../src/protocol/mail-queue.ts';
import { readDirectory } from '../../src/store/directory-files.ts';
import { QueueStore } from '../../src/store/queue-store.ts';

const ENTRY: QueueEntry = {
  id: 'q1',
  exchange: 'h.1',
  reversePath: 'alice@crepes.fr',
  envid: null,
  ret: null,
  isEightBit: false,
  needsSmtpUtf8: false,
  octets: 4,
  subject: null,
  messageId: null,
  arrivedAt: 1,
  recipients: [],
};

/** How long a busy disk is given. */
const PATIENCE = { timeout: 60_000 };

let dir: string;
const complaints: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queue-'));
  complaints.length = 0;
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(dir, { recursive: true, force: true });
});

const stores: QueueStore[] = [];

async function openStore(): Promise<{ store: QueueStore; entries: QueueEntry[] }> {
  const store = new QueueStore(join(dir, 'queue'), new LabClock());
  stores.push(store);
  return { store, entries: await store.open((sentence) => complaints.push(sentence)) };
}

function waiting(id: string, more: Partial<QueueEntry> = {}): QueueEntry {
  return { ...ENTRY, id, recipients: [recipient('bob@hamburger.edu')], ...more };
}

function recipient(address: string): QueueEntry['recipients'][number] {
  const [localPart = '', domain = ''] = address.split('@');
  const destination = { kind: 'elsewhere', address: { localPart, domain } } as const;
  return { address, destination, notify: null, orcpt: null, state: waitingAt(1) };
}

async function write(store: QueueStore, id: string, text: string): Promise<void> {
  const writer = store.create(id, 'alice@crepes.fr');
  await writer.write(Buffer.from(text));
  await writer.finish();
}

async function read(store: QueueStore, entry: QueueEntry): Promise<string> {
  let text = '';
  for await (const piece of await store.read(entry)) text += Buffer.from(piece).toString();
  return text;
}

function filesIn(): string[] {
  return readdirSync(join(dir, 'queue')).sort();
}

test('an entry that was saved is there after a restart, with its message', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'one\r\ntwo\r\n');
  await store.save(waiting('q1'));
  const { store: next, entries } = await openStore();
  expect(entries).toEqual([{ ...waiting('q1'), fileOctets: 39 }]);
  expect(await read(next, waiting('q1'))).toBe('one\r\ntwo\r\n');
});

test('a message lies in the queue as it will lie in a Maildir, and its size is known in both forms', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'one\r\ntwo\r\n');
  const { path, fileOctets, crlfOctets } = store.file(waiting('q1', { octets: 10 }));
  expect(readFileSync(path, 'latin1')).toBe('Return-Path: <alice@crepes.fr>\none\ntwo\n');
  expect([fileOctets, crlfOctets]).toEqual([39, 42]);
});

test('a message of many pieces is the same as one of one piece, wherever it is cut', async () => {
  const { store } = await openStore();
  const text = `${'x'.repeat(998)}\r\n`.repeat(200);
  const writer = store.create('q1', 'alice@crepes.fr');
  for (let at = 0; at < text.length; at += 999) await writer.write(Buffer.from(text.slice(at, at + 999)));
  await writer.finish();
  expect(await read(store, waiting('q1'))).toBe(text);
});

test('what was not saved, and what was discarded or removed, is not there', async () => {
  const { store } = await openStore();
  await write(store, 'unsaved', 'mail');
  const writer = store.create('discarded', '');
  await writer.write(Buffer.alloc(100_000));
  expect(filesIn()).toContain('discarded.eml');
  await writer.discard();
  await write(store, 'q1', 'mail');
  await store.save(waiting('q1'));
  await store.remove('q1');
  expect((await openStore()).entries).toEqual([]);
  expect(filesIn().filter((file) => file.endsWith('.eml'))).toEqual([]);
});

test('nothing is written before 64 KiB have come, and nothing is left of what is refused', async () => {
  const { store } = await openStore();
  const writer = store.create('refused', '');
  await writer.write(Buffer.alloc(60_000));
  await vi.waitUntil(() => filesIn().includes('refused.eml'), PATIENCE);
  expect(readFileSync(join(dir, 'queue', 'refused.eml')).length).toBe(0);
  await writer.discard();
  expect(filesIn()).not.toContain('refused.eml');
});

test('an id is used once', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'mail');
  await expect(write(store, 'q1', 'other')).rejects.toThrow('EEXIST');
});

test('the last line that names an entry says how it stands, and what stands in one line counts together', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'mail');
  await write(store, 'q2', 'mail');
  await store.save(waiting('q1'));
  store.note(waiting('q1', { subject: 'second' }));
  await store.save(waiting('q1', { subject: 'third' }), waiting('q2'));
  expect((await openStore()).entries.map(({ id, subject }) => [id, subject])).toEqual([
    ['q1', 'third'],
    ['q2', null],
  ]);
});

test('an entry whose message is gone, or for whom nobody waits any more, is over', async () => {
  const { store } = await openStore();
  for (const id of ['q1', 'q2', 'q3']) await write(store, id, 'mail');
  await store.save(waiting('q1'), waiting('q2'), waiting('q3', { recipients: [] }));
  rmSync(join(dir, 'queue', 'q1.eml'));
  expect((await openStore()).entries.map(({ id }) => id)).toEqual(['q2']);
  expect(filesIn()).toEqual(['journal', 'q2.eml']);
});

test.each([0, 1, 2, 3, 8, 9, 30])('a journal that a crash cut %i octets short keeps every line before', async (cut) => {
  const { store } = await openStore();
  for (const id of ['q1', 'q2']) {
    await write(store, id, 'mail');
    await store.save(waiting(id));
  }
  const journal = join(dir, 'queue', 'journal');
  truncateSync(journal, readFileSync(journal).length - cut);
  expect((await openStore()).entries.map(({ id }) => id)).toEqual(cut === 0 ? ['q1', 'q2'] : ['q1']);
  expect(complaints).toEqual([]);
});

test('an entry that has ended does not come back after a power failure that brings its message back', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'one\r\n');
  await store.save(waiting('q1'));
  const message = readFileSync(join(dir, 'queue', 'q1.eml'));
  const state = { kind: 'delivered', at: 1, by: 'mail.hamburger.edu', reply: '250 ok' } as const;
  await store.end(waiting('q1', { recipients: [{ ...recipient('bob@hamburger.edu'), state }] }));
  await vi.waitUntil(() => !filesIn().includes('q1.eml'), PATIENCE);
  writeFileSync(join(dir, 'queue', 'q1.eml'), message);
  const { entries } = await openStore();
  expect(entries).toEqual([]);
  expect(filesIn()).toEqual(['journal']);
});

test('a message that is not as long as the journal says is put aside and named: the power went before it was acknowledged', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'mail');
  await store.save(waiting('q1'));
  truncateSync(join(dir, 'queue', 'q1.eml'), 20);
  expect((await openStore()).entries).toEqual([]);
  expect(complaints).toEqual([expect.stringMatching(/q1\.eml: it is shorter or longer than the journal says/)]);
  expect(filesIn()).toContain('q1.eml.lost');
});

test('a damaged line is named, a copy of the journal is kept, and the other lines count', async () => {
  const { store } = await openStore();
  for (const id of ['q1', 'q2']) {
    await write(store, id, 'mail');
    await store.save(waiting(id));
  }
  const journal = join(dir, 'queue', 'journal');
  writeFileSync(journal, readFileSync(journal, 'utf8').replace('"q1"', '"q9"'));
  expect((await openStore()).entries.map(({ id }) => id)).toEqual(['q2']);
  expect(complaints).toEqual([expect.stringContaining('line 1')]);
  expect(filesIn()).toContain('journal.damaged');
  expect(readFileSync(join(dir, 'queue', 'q1.eml.lost'), 'utf8')).toContain('mail');
});

test('a long journal is written anew while entries come and change', async () => {
  const { store } = await openStore();
  const journal = join(dir, 'queue', 'journal');
  const long = 'x'.repeat(300_000);
  for (const id of ['q1', 'q2', 'q3']) {
    await write(store, id, 'mail');
    await store.save(waiting(id, { subject: long }));
  }
  for (let change = 0; change < 40; change += 1) await store.save(waiting('q2', { subject: `${long}${change}` }));
  expect(readFileSync(journal).length).toBeLessThan(9_000_000);
  await store.close();
  const { entries } = await openStore();
  expect(entries.map(({ id, subject }) => [id, subject?.slice(300_000)])).toEqual([
    ['q1', ''],
    ['q2', '39'],
    ['q3', ''],
  ]);
});

test('many who save at the same time share the syncs, and all is there', async () => {
  const { store } = await openStore();
  const ids = Array.from({ length: 50 }, () => store.newId());
  await Promise.all(ids.map((id) => write(store, id, 'mail').then(() => store.save(waiting(id)))));
  expect(new Set((await openStore()).entries.map(({ id }) => id))).toEqual(new Set(ids));
  expect([...ids].sort()).toEqual(ids);
});

test('a queue that is held stays held after a restart', async () => {
  const { store } = await openStore();
  await store.setHeld(true);
  expect((await openStore()).store.isHeld).toBe(true);
  await store.setHeld(false);
  expect((await openStore()).store.isHeld).toBe(false);
});

test.each([
  ['alice:{PLAIN}x', 'postmaster: alice', null],
  ['alice:x', 'postmaster: alice', /accounts:1: the password of alice cannot be read/],
  ['alice:{PLAIN}x', 'postmaster: bob', /aliases: postmaster leads to nobody/],
  ['alice:{PLAIN}x', '', /aliases: nobody gets the mail of postmaster/],
  ['alice:{PLAIN}x', 'postmaster alice', /aliases:1: no alias is named here/],
])('accounts %j with aliases %j', async (accounts, aliases, refusal) => {
  writeFileSync(join(dir, 'accounts'), accounts);
  writeFileSync(join(dir, 'aliases'), aliases);
  const reading = readDirectory(dir, ['crepes.fr']);
  if (refusal === null) expect((await reading).accounts.has('alice')).toBe(true);
  else {
    await expect(reading).rejects.toThrow(refusal);
    await expect(reading).rejects.toBeInstanceOf(ConfigError);
  }
});

test('files that are not there are named', async () => {
  await expect(readDirectory(join(dir, 'nothing'), ['crepes.fr'])).rejects.toThrow(/Cannot read .*accounts/);
});
