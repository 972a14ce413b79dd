import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { AccountQuota, QuotaExceeded } from '../../src/store/quota.ts';
import { MailboxKit, message } from './mailbox-kit.ts';

let kit: MailboxKit;
let inbox: Mailbox;
let sent: Mailbox;

beforeEach(() => {
  kit = new MailboxKit();
  kit.quotaOctets = 100;
  inbox = kit.open();
  sent = kit.open('.Sent');
});

afterEach(() => {
  vi.useRealTimers();
  kit.remove();
});

const text = (octets: number) => `${'x'.repeat(octets - 1)}\r\n`;
const usage = () => new AccountQuota(kit.dir, 100).usage();

test('messages of all mailboxes count, by the octets of their files', async () => {
  await inbox.append(message(text(30)));
  await sent.append(message(text(40)), { flags: 'S' });
  writeFileSync(join(kit.dir, 'new', '1.other'), 'x'.repeat(10));
  expect(await usage()).toEqual({ limitOctets: 100, usedOctets: 80, usedMessages: 3 });
});

test('a message for which there is no room is refused and leaves nothing; a smaller one is taken', async () => {
  await inbox.append(message(text(60)));
  await expect(sent.append(message(text(41)))).rejects.toThrow(QuotaExceeded);
  await expect(inbox.add([{ message: message(text(20)) }, { message: message(text(21)) }])).rejects.toThrow(
    'The mailbox is full: 60 of 100 octets are used',
  );
  for (const folder of ['tmp', 'new', 'cur']) expect(readdirSync(join(kit.dir, '.Sent', folder))).toEqual([]);
  expect(readdirSync(join(kit.dir, 'tmp'))).toEqual([]);
  await sent.append(message(text(40)));
  expect((await usage()).usedOctets).toBe(100);
});

test('a full mailbox reads nothing of a message that it will not take', async () => {
  await inbox.append(message(text(100)));
  let isRead = false;
  async function* watched(): AsyncGenerator<Uint8Array> {
    isRead = true;
    yield Buffer.from('x\r\n');
  }
  await expect(inbox.append(watched())).rejects.toThrow(QuotaExceeded);
  expect(isRead).toBe(false);
});

test('a copy needs room, and a move needs none', async () => {
  await inbox.append(message(text(60)));
  await inbox.messages();
  await expect(inbox.copy([1], sent)).rejects.toThrow(QuotaExceeded);
  await inbox.move([1], sent);
  expect((await usage()).usedOctets).toBe(60);
});

test('a delivery of a file from the queue needs room; one that was made before needs none', async () => {
  const queued = join(kit.dir, '..', 'queued');
  await inbox.messages();
  writeFileSync(queued, 'x'.repeat(60));
  await inbox.deliver(queued, '1.a,S=60,W=60');
  await inbox.deliver(queued, '1.a,S=60,W=60', { isRepeated: true });
  await expect(inbox.deliver(queued, '1.b,S=60,W=60')).rejects.toThrow(QuotaExceeded);
  expect((await inbox.messages()).messages).toHaveLength(1);
});

test('many at once do not take more together than there is', async () => {
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => inbox.append(message(text(30)))));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect((await usage()).usedOctets).toBe(90);
});

test('room that was made is used, whoever made it', async () => {
  await inbox.append(message(text(100)));
  await expect(inbox.append(message(text(50)))).rejects.toThrow(QuotaExceeded);
  const [file = ''] = readdirSync(join(kit.dir, 'new'));
  rmSync(join(kit.dir, 'new', file));
  await vi.waitFor(() => inbox.append(message(text(50))), { timeout: 60_000, interval: 50 });
  expect((await usage()).usedOctets).toBe(50);
});

test('without a limit nothing is counted or refused', async () => {
  const quota = new AccountQuota('/nowhere', 0);
  expect(await quota.hasRoom(Number.MAX_SAFE_INTEGER)).toBe(true);
  await quota.take([1e15]);
  expect(await quota.usage()).toEqual({ limitOctets: 0, usedOctets: 0, usedMessages: 0 });
});

test('a count does not forget room that was taken for files which are not there yet', async () => {
  const quota = new AccountQuota(kit.dir, 100);
  await inbox.messages();
  const room = await quota.take([60]);
  expect(await quota.usage()).toMatchObject({ usedOctets: 0, usedMessages: 0 });
  await expect(quota.take([60])).rejects.toThrow('The mailbox is full: 60 of 100 octets are used');
  expect(await quota.hasRoom(40)).toBe(true);
  writeFileSync(join(kit.dir, 'new', '1.a,S=60,W=60'), 'x'.repeat(60));
  room.filled();
  expect(await quota.hasRoom(41)).toBe(false);
  expect(await quota.usage()).toMatchObject({ usedOctets: 60, usedMessages: 1 });
  rmSync(join(kit.dir, 'new', '1.a,S=60,W=60'));
  room.giveBack();
  expect(await quota.hasRoom(100)).toBe(true);
});

test('files that appear while is counted are not missed, and count once', async () => {
  const quota = new AccountQuota(kit.dir, 100);
  await inbox.messages();
  const room = await quota.take([60]);
  const counted = quota.usage();
  room.filled();
  expect((await counted).usedOctets).toBe(60);
  writeFileSync(join(kit.dir, 'new', '1.a,S=60,W=60'), 'x'.repeat(60));
  const other = await quota.take([30]);
  const counted2 = quota.usage();
  writeFileSync(join(kit.dir, 'new', '1.b,S=30,W=30'), 'x'.repeat(30));
  other.filled();
  // It may have been seen and be counted twice: nobody is refused for that before it is counted again.
  expect((await counted2).usedOctets).toBeGreaterThanOrEqual(90);
  expect(await quota.hasRoom(10)).toBe(true);
  expect(await quota.hasRoom(11)).toBe(false);
});

test('many who deliver while others count take all the room that there is, and no more', async () => {
  await inbox.messages();
  let isOver = false;
  const kitQuota = new AccountQuota(kit.dir, 100);
  const counting = (async () => {
    while (!isOver) await kit.quota.usage();
  })();
  const results = await Promise.allSettled(Array.from({ length: 25 }, () => inbox.append(message(text(10)))));
  isOver = true;
  await counting;
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect((await kitQuota.usage()).usedOctets).toBe(100);
});

test('of two that take room at the same time only one gets what is left', async () => {
  const quota = new AccountQuota(kit.dir, 100);
  await inbox.messages();
  const taken = await Promise.allSettled([quota.take([60]), quota.take([60])]);
  expect(taken.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(taken[1]).toMatchObject({ reason: expect.any(QuotaExceeded) });
});
