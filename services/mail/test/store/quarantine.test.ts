import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { MailboxKit, message } from './mailbox-kit.ts';

let kit: MailboxKit;
let mailbox: Mailbox;

beforeEach(async () => {
  kit = new MailboxKit();
  mailbox = kit.open();
  await mailbox.append(message('good\r\n'));
});

afterEach(() => kit.remove());

const path = (...names: string[]) => join(kit.dir, ...names);
const uids = async () => (await mailbox.messages()).messages.map(({ uid }) => uid);
const quarantined = () => readdirSync(path('quarantine')).map((name) => name.replace(/^\d+\.\d+\./, ''));

test.each([
  ['a directory', () => mkdirSync(path('new', '2.dir')), 'new.2.dir', 'it is a directory'],
  [
    'a symbolic link that leads out',
    () => symlinkSync('/etc/passwd', path('cur', '3.link:2,S')),
    'cur.3.link:2,S',
    'it is a symbolic link',
  ],
  [
    'a link that leads nowhere',
    () => symlinkSync('nowhere', path('new', '4.link')),
    'new.4.link',
    'it is a symbolic link',
  ],
  [
    'a file larger than is allowed',
    () => writeFileSync(path('new', '5.large'), Buffer.alloc(100_001)),
    'new.5.large',
    'it has 100001 octets, and 100000 are allowed',
  ],
  [
    'a larger one whose name says so',
    () => writeFileSync(path('new', '5.large,S=100001,W=100001'), Buffer.alloc(100_001)),
    'new.5.large,S=100001,W=100001',
    'it has 100001 octets, and 100000 are allowed',
  ],
  [
    'a name with a line end',
    () => writeFileSync(path('new', '6.a\n7 W1 :b'), 'x'),
    'new.6.a_7_W1_:b',
    'its name has characters that no name of a message has',
  ],
  [
    'a name that is no UTF-8',
    () => writeFileSync(Buffer.from(`${path('cur')}/8.\xff\xfe:2,`, 'latin1'), 'x'),
    'cur.8.__:2,',
    'its name has characters that no name of a message has',
  ],
])('%s is put aside and named; the others can be read', async (_, harm, name, because) => {
  harm();
  expect(await uids()).toEqual([1]);
  expect(quarantined()).toEqual([name]);
  expect(kit.broken).toMatchObject([{ because, movedTo: expect.stringContaining('/quarantine/') }]);
  await mailbox.append(message('later\r\n'));
  expect(await uids()).toEqual([1, 2]);
  mailbox = kit.open();
  expect(await uids()).toEqual([1, 2]);
  expect(kit.broken).toHaveLength(1);
});

test('a message in whose place a directory or a link lies later is put aside when it is read, by any way to read it', async () => {
  const ways: ((uid: number) => Promise<unknown>)[] = [
    (uid) => mailbox.read(uid),
    (uid) => mailbox.readOctets(uid, 10),
    async (uid) => (await mailbox.facts([uid]))[0],
    async (uid) => (await mailbox.facts([uid], 'structure'))[0],
  ];
  for (const [index, way] of ways.entries()) {
    const name = `1795146999.${index},S=5,W=6`;
    writeFileSync(path('new', name), 'text\n');
    const uid = (await uids()).at(-1)!;
    rmSync(path('new', name));
    if (index % 2 === 0) mkdirSync(path('new', name));
    else symlinkSync('/etc/passwd', path('new', name));
    expect(await way(uid), String(index)).toBeNull();
    expect(await uids()).toEqual([1]);
    expect(kit.broken).toHaveLength(index + 1);
  }
});

test('a file that cannot be read is put aside', async () => {
  writeFileSync(path('new', '2.locked'), 'x\n');
  chmodSync(path('new', '2.locked'), 0);
  // The superuser can read everything.
  const isSuperuser = process.getuid?.() === 0;
  expect(await uids()).toEqual(isSuperuser ? [1, 2] : [1]);
  expect(kit.broken).toHaveLength(isSuperuser ? 0 : 1);
});

test('what cannot be moved is told once, and passed over where it lies', async () => {
  writeFileSync(path('quarantine'), 'a file is in the way');
  mkdirSync(path('new', '2.dir'));
  for (let look = 0; look < 3; look += 1) {
    await mailbox.append(message(`${look}\r\n`));
    expect(await uids()).toEqual(Array.from({ length: look + 2 }, (_, index) => index + 1));
  }
  expect(kit.broken).toMatchObject([{ movedTo: null, because: expect.stringContaining('cannot be moved') }]);
  expect(existsSync(path('new', '2.dir'))).toBe(true);
});

test('a name that tells the size of its file wrong is not believed the other size', async () => {
  writeFileSync(path('new', '1795146999.lie,S=3,W=4'), 'a\nb\nc\n');
  expect((await mailbox.messages()).messages[1]?.octets).toBe(4);
  expect((await mailbox.facts([2]))[0]?.octets).toBe(9);
  expect((await mailbox.messages()).messages[1]?.octets).toBe(9);
  expect((await kit.open().messages()).messages[1]?.octets).toBe(9);
});
