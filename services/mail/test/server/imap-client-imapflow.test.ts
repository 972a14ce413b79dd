import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';

/** An outside judge: a client library that uses whatever the server offers. */
let world: ImapWorld;
let clients: ImapFlow[];

beforeEach(async () => {
  world = await openImapWorld('36.1');
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await world.end();
});

async function open(options: Partial<ImapFlowOptions> = {}): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: world.host.address,
    port: 143,
    secure: false,
    servername: 'mail.crepes.fr',
    tls: { ca: readAuthorityCertificate(world.host) ?? '' },
    auth: { user: 'alice', pass: 'wonderland' },
    logger: false,
    ...options,
  });
  clients.push(client);
  await client.connect();
  return client;
}

async function* text(message: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(message);
}

const LETTER = [
  'From: Bob <bob@hamburger.edu>',
  'To: alice@crepes.fr',
  'Subject: =?utf-8?Q?caf=C3=A9?=',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'un caf=C3=A9',
  '--b',
  'Content-Type: application/pdf; name=menu.pdf',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename=menu.pdf',
  '',
  Buffer.from('%PDF-menu').toString('base64'),
  '--b--',
  '',
].join('\r\n');

test('imapflow begins TLS, enables what it finds, and knows the folders by their uses', async () => {
  const client = await open();
  expect(client.secureConnection).toBe(true);
  expect(client.authenticated).toBe(true);
  expect([...client.enabled].sort()).toContain('CONDSTORE');
  const folders = await client.list({ statusQuery: { messages: true } });
  expect(Object.fromEntries(folders.map(({ path, specialUse }) => [path, specialUse ?? null]))).toEqual({
    INBOX: '\\Inbox',
    Drafts: '\\Drafts',
    Junk: '\\Junk',
    Sent: '\\Sent',
    Trash: '\\Trash',
  });
  expect(folders.find(({ path }) => path === 'INBOX')?.status).toMatchObject({ messages: 0 });
});

test('imapflow is told in IDLE of a message that arrives, and of what another session does to it', async () => {
  const [client, other] = [await open(), await open({ secure: true, port: 993 })];
  await client.mailboxOpen('INBOX');
  await other.mailboxOpen('INBOX');
  const heard: string[] = [];
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  client.on('exists', ({ count }) => heard.push(`exists ${count}`));
  client.on('flags', ({ seq, flags }) => heard.push(`flags ${seq} ${[...(flags ?? [])].join(' ')}`));
  client.on('expunge', ({ seq }) => {
    heard.push(`expunge ${seq}`);
    resolve();
  });
  const idling = client.idle();
  const arrived = new Promise<void>((there) => client.once('exists', () => there()));
  await world.mailboxes.inbox('alice').append(text(LETTER));
  await arrived;
  await other.noop();
  await other.messageFlagsAdd('1', ['\\Flagged']);
  await other.messageDelete('1');
  await gone;
  expect(heard[0]).toBe('exists 1');
  expect(heard.at(-1)).toBe('expunge 1');
  expect(heard.some((line) => line.startsWith('flags 1 ') && line.includes('\\Flagged'))).toBe(true);
  await client.noop();
  await idling;
});

test('imapflow appends, searches, fetches, downloads a part, moves and follows MODSEQs', async () => {
  const client = await open();
  const appended = await client.append('INBOX', LETTER, ['\\Seen'], new Date('2026-11-20T10:00:00Z'));
  expect(appended).toMatchObject({ destination: 'INBOX', uid: 1 });
  await client.mailboxCreate('Café/été');
  await client.mailboxOpen('INBOX');
  expect(await client.search({ subject: 'café', seen: true }, { uid: true })).toEqual([1]);
  expect(await client.search({ body: 'un café' })).toEqual([1]);
  const fetched = await client.fetchOne('1', { envelope: true, bodyStructure: true, flags: true, internalDate: true });
  if (fetched === false) throw new Error('nothing was fetched');
  expect(fetched.envelope).toMatchObject({ subject: 'café', from: [{ name: 'Bob', address: 'bob@hamburger.edu' }] });
  expect(fetched.bodyStructure?.childNodes?.map(({ type }) => type)).toEqual(['text/plain', 'application/pdf']);
  expect([...(fetched.flags ?? [])]).toEqual(['\\Seen']);
  expect(new Date(fetched.internalDate ?? 0).toISOString()).toBe('2026-11-20T10:00:00.000Z');
  expect(await download(client, '1', '1')).toBe('un café');
  expect(await download(client, '1', '2')).toBe('%PDF-menu');
  const before = client.mailbox === false ? 0n : (client.mailbox.highestModseq ?? 0n);
  await client.messageFlagsAdd('1', ['$Label1']);
  const changed = await client.fetchAll('1:*', { flags: true }, { changedSince: before });
  expect(changed.map(({ uid, flags }) => [uid, [...(flags ?? [])].sort()])).toEqual([[1, ['$Label1', '\\Seen']]]);
  expect(changed[0]?.modseq).toBeGreaterThan(before);
  const moved = await client.messageMove('1', 'Café/été');
  expect(moved).toMatchObject({ destination: 'Café/été', uidMap: new Map([[1, 1]]) });
  expect(await client.status('Café/été', { messages: true, highestModseq: true })).toMatchObject({ messages: 1 });
  await client.logout();
});

test('imapflow, with QRESYNC, hears of expunges by UID, and resumes a mailbox with what it missed', async () => {
  const [client, other] = [await open({ qresync: true }), await open()];
  expect([...client.enabled]).toContain('QRESYNC');
  for (let count = 0; count < 4; count += 1) await client.append('INBOX', LETTER, ['\\Seen']);
  const { uidValidity, highestModseq = 0n } = await client.mailboxOpen('INBOX');
  await other.mailboxOpen('INBOX');
  const heard: string[] = [];
  client.on('expunge', (event: { uid?: number; vanished: boolean; earlier?: boolean }) =>
    heard.push(`${event.vanished ? 'vanished' : 'expunge'} ${event.uid} ${event.earlier === true ? 'earlier' : 'now'}`),
  );
  client.on('flags', ({ uid, flags }) => heard.push(`flags ${uid} ${[...(flags ?? [])].sort().join(' ')}`));
  await other.messageDelete('2,3', { uid: true });
  await client.noop();
  expect(heard.splice(0)).toEqual(['vanished 2 now', 'vanished 3 now']);
  await other.messageFlagsAdd('4', ['\\Flagged'], { uid: true });
  await client.mailboxClose();
  // Its types know no copy to resume from; its SELECT does.
  const resume = { changedSince: highestModseq, uidValidity } as object;
  const resumed: { qresync?: boolean; exists: number } = await client.mailboxOpen('INBOX', resume);
  expect([resumed.exists, resumed.qresync]).toEqual([2, true]);
  expect(heard.splice(0)).toEqual(['vanished 2 earlier', 'vanished 3 earlier', 'flags 4 \\Flagged \\Seen']);
  const changed = await client.fetchAll('1:*', { flags: true }, { uid: true, changedSince: highestModseq });
  expect(changed.map(({ uid }) => uid)).toEqual([4]);
  expect(heard.splice(0)).toContain('vanished 2 earlier');
});

async function download(client: ImapFlow, range: string, part: string): Promise<string> {
  const { content } = await client.download(range, part);
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString().trimEnd();
}
