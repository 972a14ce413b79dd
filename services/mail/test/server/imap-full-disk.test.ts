import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';
import { fillDisk, makeRoom } from '../store/filled-disk.ts';
import { message } from '../store/mailbox-kit.ts';

let world: ImapWorld;

afterEach(async () => {
  makeRoom();
  world.drop();
  await world.end();
});

/** What an account has in files, in all folders of its INBOX. */
function files(): string[] {
  const inbox = join(world.host.stateDir, 'mail', 'alice');
  return ['tmp', 'new', 'cur'].flatMap((folder) => readdirSync(join(inbox, folder)));
}

test('APPEND leaves of the disk what mail has to leave: NO [OVERQUOTA], before the message comes, and nothing partial', async () => {
  world = await openImapWorld('241.1', { diskFreeOctetsMin: Number.MAX_SAFE_INTEGER });
  const client = await world.alice();
  expect(await client.ask('APPEND INBOX {5}')).toEqual([expect.stringMatching(/^NO \[OVERQUOTA\]/)]);
  expect(await client.append('INBOX', 'Subject: x\r\n\r\nx')).toMatch(/^NO \[OVERQUOTA\]/);
  expect(files()).toEqual([]);
  expect(await client.reply('NOOP')).toMatch(/^OK/);
});

test('on a disk that others have filled, SELECT opens what has its UID, READ-ONLY, and later all (RFC 9051, section 6.3.2)', async () => {
  world = await openImapWorld('241.1');
  const client = await world.alice();
  expect(await client.append('INBOX', 'Subject: one\r\n\r\n1')).toMatch(/^OK/);
  await world.mailboxes.inbox('alice').append(message('Subject: two\r\n\r\n2'));
  fillDisk();
  expect(await client.append('INBOX', 'Subject: x\r\n\r\nx')).toMatch(/^NO \[OVERQUOTA\]/);
  expect(files()).toHaveLength(2);
  const selected = await client.ask('SELECT INBOX');
  expect(selected).toContain('* 1 EXISTS');
  expect(selected).toContain('* OK [UIDNEXT 2] The next UID');
  expect(selected.at(-1)).toMatch(/^OK \[READ-ONLY\] The disk takes nothing/);
  expect((await client.ask('FETCH 1 (UID BODY.PEEK[TEXT])')).join(' ')).toContain('UID 1 BODY[TEXT] {1} 1)');
  expect(await client.reply('STORE 1 +FLAGS (\\Seen)')).toMatch(/^NO \[READ-ONLY\]/);
  makeRoom();
  const again = await client.ask('SELECT INBOX');
  expect(again).toContain('* 2 EXISTS');
  expect(again.at(-1)).toMatch(/^OK \[READ-WRITE\]/);
  const uids = (await client.ask('UID SEARCH ALL'))[0]!.split(' ').slice(2).map(Number);
  expect(uids).toEqual([1, expect.any(Number)]);
  expect(uids[1]).toBeGreaterThan(1);
});
