import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '#shared/host/config.ts';
import type { QueueEntry } from '../../src/protocol/mail-queue.ts';
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

let dir: string;
const complaints: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queue-'));
  complaints.length = 0;
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function openStore(): Promise<{ store: QueueStore; entries: QueueEntry[] }> {
  const store = new QueueStore(join(dir, 'queue'));
  return { store, entries: await store.open((sentence) => complaints.push(sentence)) };
}

async function write(store: QueueStore, id: string, text: string): Promise<void> {
  const writer = await store.create(id);
  await writer.write(Buffer.from(text));
  await writer.finish();
}

test('an entry that was saved is there after a restart, with its message', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'mail');
  await store.save(ENTRY);
  const { store: next, entries } = await openStore();
  expect(entries).toEqual([ENTRY]);
  let text = '';
  for await (const piece of await next.read('q1')) text += Buffer.from(piece).toString();
  expect(text).toBe('mail');
});

test('what was not saved, and what was discarded or removed, is not there', async () => {
  const { store } = await openStore();
  await write(store, 'unsaved', 'mail');
  const writer = await store.create('discarded');
  await writer.write(Buffer.from('half'));
  await writer.discard();
  await write(store, 'q1', 'mail');
  await store.save(ENTRY);
  await store.remove('q1');
  expect((await openStore()).entries).toEqual([]);
  expect(readdirSync(join(dir, 'queue'))).toEqual([]);
});

test('an id is used once', async () => {
  const { store } = await openStore();
  await write(store, 'q1', 'mail');
  await expect(store.create('q1')).rejects.toThrow('EEXIST');
});

test('an envelope that cannot be read is left there and named', async () => {
  const { store } = await openStore();
  await write(store, 'bad', 'mail');
  writeFileSync(join(dir, 'queue', 'bad.json'), '{');
  expect((await openStore()).entries).toEqual([]);
  expect(complaints).toEqual([expect.stringContaining('bad.json')]);
  expect(readdirSync(join(dir, 'queue')).sort()).toEqual(['bad.eml', 'bad.json']);
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
