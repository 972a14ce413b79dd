import { execFile, spawnSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  openMailWorld,
  openSmtp,
  sendMail,
  untilMail,
  untilQueueIsEmpty,
} from '../mail-world.ts';

const LETTER = 'From: x@outside.example\r\nSubject: hello\r\n\r\nhello';

type Sync = typeof fs.fsync;
const { fsync, fdatasync } = fs;

/** Syncs that this process has asked for, and that are not let through yet. */
const held: { path: string; letGo: () => void }[] = [];

/** Holds every sync in `folder` until it is let go: so a test can look at what happens meanwhile. */
function holdSyncs(folder: string): void {
  const holding = (original: Sync): Sync =>
    ((file: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      const path = readlinkSync(`/proc/self/fd/${file}`);
      if (path.startsWith(folder)) held.push({ path, letGo: () => original(file, done) });
      else original(file, done);
    }) as Sync;
  fs.fsync = holding(fsync);
  fs.fdatasync = holding(fdatasync);
  syncBuiltinESMExports();
}

function letSyncsThrough(): void {
  Object.assign(fs, { fsync, fdatasync });
  syncBuiltinESMExports();
  for (const { letGo } of held.splice(0)) letGo();
}

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(26);
});

afterEach(async () => {
  letSyncsThrough();
  await world.end();
});

test('250 goes only after the message, its name in the folder, and the journal are synced', async () => {
  const queue = join(world.crepes.host.stateDir, 'queue');
  const client = await openSmtp(world.crepes);
  holdSyncs(queue);
  client.send('MAIL FROM:<x@outside.example>\r\nRCPT TO:<alice@crepes.fr>\r\nDATA\r\n');
  await client.until(/354[^\n]*\n/);
  client.send(`${LETTER}\r\n.\r\n`);
  // Each sync is let go alone; as long as one is missing there is no answer.
  const missing = new Set(['message', 'queue', 'journal']);
  while (missing.size > 0) {
    const sync = await eventually(() => held.shift() ?? null, `a sync of ${[...missing]}`);
    const name = basename(sync.path);
    missing.delete(name.endsWith('.eml') ? 'message' : name);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(client.all).toBe('');
    sync.letGo();
  }
  letSyncsThrough();
  expect(await client.reply()).toMatch(/^250 .*Queued/);
  await untilMail(world.crepes, 'alice', 1);
});

test('messages that wait for the disk at the same time share the syncs of the folder and of the journal', async () => {
  const queue = join(world.crepes.host.stateDir, 'queue');
  const clients = await Promise.all(Array.from({ length: 10 }, () => openSmtp(world.crepes)));
  holdSyncs(queue);
  const answers = clients.map((client) => sendMail(client, 'x@outside.example', ['alice@crepes.fr'], LETTER));
  await eventually(() => held.filter(({ path }) => path.endsWith('.eml')).length === 10, 'ten messages');
  expect(held.filter(({ path }) => path === queue).length).toBeLessThanOrEqual(2);
  letSyncsThrough();
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^250/);
  await untilMail(world.crepes, 'alice', 10);
});

test('when a sync fails the message is not taken: 451, and nothing of it stays', async () => {
  const queue = join(world.crepes.host.stateDir, 'queue');
  const client = await openSmtp(world.crepes);
  fs.fsync = ((_file: number, done: (error: Error) => void) =>
    done(Object.assign(new Error('EIO'), { code: 'EIO' }))) as Sync;
  syncBuiltinESMExports();
  expect(await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], LETTER)).toMatch(/^451 4\.3\.0/);
  letSyncsThrough();
  await expect.poll(() => readdirSync(queue).filter((file) => file.endsWith('.eml'))).toEqual([]);
  expect(await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], LETTER)).toMatch(/^250/);
  await untilMail(world.crepes, 'alice', 1);
});

test('a report to the sender that the disk does not take is written later, once, also when the server is killed meanwhile', async () => {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await world.crepes.running.actions?.hold?.run({});
  expect(
    await sendMail(
      client,
      'alice@crepes.fr',
      ['x@nowhere.example'],
      LETTER.replace('x@outside.example', 'alice@crepes.fr'),
    ),
  ).toMatch(/^250/);
  const failing = ((_file: number, done: (error: Error) => void) =>
    done(Object.assign(new Error('EIO'), { code: 'EIO' }))) as Sync;
  Object.assign(fs, { fsync: failing, fdatasync: failing });
  syncBuiltinESMExports();
  await world.crepes.running.actions?.release?.run({});
  await eventually(() => world.crepes.running.health?.() ?? null, 'a complaint');
  expect(world.crepes.running.health?.()).toMatch(/^The queue cannot be written: EIO/);
  letSyncsThrough();
  await world.crepes.stop();
  await world.crepes.start();
  world.crepes.host.clock.advance(60_000);
  await untilMail(world.crepes, 'alice', 1);
  await untilQueueIsEmpty(world.crepes);
  expect(world.crepes.running.health?.()).toBeNull();
  await untilMail(world.crepes, 'alice', 1);
});

test('a message to one mailbox moves there, one to two is one file with two names', async () => {
  const { stateDir } = world.crepes.host;
  const client = await openSmtp(world.crepes);
  await sendMail(client, 'x@outside.example', ['alice@crepes.fr'], LETTER);
  await untilQueueIsEmpty(world.crepes);
  const place = (account: string) => join(stateDir, 'mail', account, 'new');
  const [alone = ''] = readdirSync(place('alice'));
  await expect.poll(() => fs.statSync(join(place('alice'), alone)).nlink).toBe(1);
  await sendMail(client, 'x@outside.example', ['alice@crepes.fr', 'claire@crepes.fr'], LETTER);
  await untilQueueIsEmpty(world.crepes);
  const [shared = ''] = readdirSync(place('claire'));
  await expect.poll(() => fs.statSync(join(place('claire'), shared)).nlink).toBe(2);
  const text = readFileSync(join(place('claire'), shared), 'latin1');
  expect(text).toMatch(/^Return-Path: <x@outside\.example>\nReceived: /);
  expect(shared).toContain(`,S=${text.length},W=${text.replaceAll('\n', '\r\n').length}`);
});

/** How long a server may take to start, to fill a disk and to empty it, in milliseconds. */
const FULL_DISK_MS_MAX = 300_000;

/** Octets that mail is to leave of a disk of one megabyte. */
const KEPT_OCTETS = 300_000;

/** A file system of one megabyte, of which nobody but the child knows: Linux, and the right to mount. */
const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' }).status === 0;

test.skipIf(!canMount)(
  'a full disk: 452 4.3.1, nothing partial, and it goes on when there is room (needs the right to mount)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'full-'));
    try {
      const seen = await fillDisk(folder, 0);
      expect(seen).toMatchObject({
        full: expect.stringMatching(/^452 4\.3\.1 /),
        room: expect.stringMatching(/^250 /),
      });
      // Every message that was taken is whole, every one that was not has left nothing.
      expect(seen.delivered).toBe(seen.acknowledged);
      expect(seen).toMatchObject({ broken: [], left: [] });
      // What came last would have to be given UIDs: the folder opens without it.
      expect(seen.selectedFull).toMatch(/^OK \[READ-ONLY\] /);
      expect(seen.page).toContain('The server’s disk is full. What came last is shown when there is room.');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  FULL_DISK_MS_MAX,
);

test.skipIf(!canMount)(
  'of a small disk that is filled in a moment, mail leaves what it is told to leave, and all mail can be read (needs the right to mount)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'full-'));
    try {
      const seen = await fillDisk(folder, KEPT_OCTETS);
      expect(seen).toMatchObject({
        full: expect.stringMatching(/^452 4\.3\.1 /),
        selected: expect.stringMatching(/^OK /),
        others: [
          expect.stringMatching(/^NO \[OVERQUOTA\] /),
          ...['send', 'keep'].map(() => expect.stringMatching(/^422 The server’s disk is full\. .* true$/)),
        ],
        readOnly: [200, 200],
        room: expect.stringMatching(/^250 /),
      });
      // The last message did not tell its size before.
      expect(seen.free).toBeGreaterThan(KEPT_OCTETS - 64 * 1024);
      expect(seen.delivered).toBe(seen.acknowledged);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  FULL_DISK_MS_MAX,
);

async function fillDisk(folder: string, keptOctets: number): Promise<Record<string, unknown>> {
  const script = new URL('../crash/full-disk.ts', import.meta.url).pathname;
  const mount = `mount -t tmpfs -o size=1m none ${folder} && exec "$@"`;
  const fill = [process.execPath, script, folder, String(keptOctets), `${TEST_NET}.26.9`];
  const command = ['-m', 'bash', '-c', mount, 'bash', ...fill];
  const { stdout } = await promisify(execFile)('unshare', command, { timeout: FULL_DISK_MS_MAX });
  return JSON.parse(stdout) as Record<string, unknown>;
}
