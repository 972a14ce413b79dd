import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  BOB,
  eventually,
  type MailWorld,
  mailCount,
  openMailWorld,
  openPop3,
  openSmtp,
  queueOf,
  readMailbox,
  reportsOf,
  sendMail,
  untilMail,
  untilQueueIsEmpty,
} from '../mail-world.ts';

const HEADER = 'From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: Searching for the meaning of life.\r\n';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(20);
});

afterEach(() => world.end());

async function aliceSends(data: string, to = ['bob@hamburger.edu']): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  expect(await sendMail(client, 'alice@crepes.fr', to, data)).toMatch(/^250 2\.6\.0 Queued/);
  client.drop();
}

async function bobsMail(count = 1): Promise<string[]> {
  await eventually(async () => (await mailCount(world.hamburger, 'bob')) >= count, 'mail for bob');
  return readMailbox(world.hamburger, BOB);
}

test('MAIL-06 a letter passes the server of its sender and the server of its receiver, and lies in the mailbox', async () => {
  await aliceSends(`${HEADER}\r\nIs it 42?`);
  const [letter = ''] = await bobsMail();
  const received = letter.match(/^Received:[^;]*;/gm) ?? [];
  expect(received[0]).toContain('by mail.hamburger.edu');
  expect(received[0]).toContain('from mail.crepes.fr');
  expect(received[1]).toContain('by mail.crepes.fr with ESMTPA');
  expect(letter).toMatch(/^Return-Path: <alice@crepes\.fr>\r\n/);
});

test('MAIL-01 two mail servers and an agent speak SMTP with each other', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const spoken = (await reportsOf(world.hamburger)).filter(({ kind }) => kind === 'smtp.command');
  expect(spoken.map(({ from }) => from?.address)).toContain(world.crepes.host.address);
  expect(spoken.find(({ summary }) => summary === 'EHLO mail.crepes.fr')?.to).toEqual({
    address: world.hamburger.host.address,
    port: 25,
  });
});

test('MAIL-03 the agent brings a message to its own server, never to the one of the receiver', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const clients = (await reportsOf(world.hamburger))
    .filter(({ kind }) => kind === 'smtp.command')
    .map(({ from }) => from?.address);
  expect(new Set(clients)).toEqual(new Set([world.crepes.host.address]));
});

test('MAIL-05 each user has a mailbox, which another user cannot open', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  expect(await bobsMail()).toHaveLength(1);
  const stranger = await openPop3(world.hamburger, { user: 'bob', password: 'wonderland' });
  stranger.send('STAT\r\n');
  expect(await stranger.until(/\r\n/)).toMatch(/^-ERR/);
  expect(await mailCount(world.hamburger, 'dave')).toBe(0);
});

test('MAIL-07 mail goes from server to server over TCP port 25 and arrives whole', async () => {
  const text = Array.from({ length: 20_000 }, (_, line) => `line ${line}`).join('\r\n');
  await aliceSends(`${HEADER}\r\n${text}`);
  const [letter = ''] = await bobsMail();
  expect(letter.slice(letter.indexOf('\r\n\r\n') + 4).trimEnd()).toBe(text);
  const data = (await reportsOf(world.crepes)).find(
    ({ kind, to }) => kind === 'smtp.data' && to?.address === world.hamburger.host.address,
  );
  expect(data?.to?.port).toBe(25);
});

test('SMTP-03 the client at the server of the sender connects to the server of the receiver, which it found by its MX record', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const sending = (await reportsOf(world.crepes)).find(({ kind }) => kind === 'mail.sending');
  expect(sending?.because).toBe('hamburger.edu: MX records by rising preference: mail.hamburger.edu');
  const greeting = (await reportsOf(world.crepes)).find(
    ({ kind, from }) => kind === 'smtp.reply' && from?.address === world.hamburger.host.address,
  );
  expect(greeting).toMatchObject({ from: { port: 25 }, to: { address: world.crepes.host.address } });
});

test('SMTP-04 after the handshake the message is sent and put into the mailbox', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  // It is said when the message has left the queue, and bob may have it before.
  await eventually(() => world.hamburger.host.reported.some(({ summary }) => summary === 'QUIT'), 'QUIT');
  const talk = (await reportsOf(world.hamburger))
    .filter(({ kind }) => kind.startsWith('smtp.'))
    .map(({ summary }) => summary.split(/[ :]/, 1)[0]);
  const order = ['220', 'EHLO', '250-mail.hamburger.edu', 'MAIL', 'RCPT', 'DATA', '354', '250', 'QUIT'];
  let at = -1;
  for (const step of order) {
    at = talk.indexOf(step, at + 1);
    expect(at, step).not.toBe(-1);
  }
  await untilMail(world.hamburger, 'bob', 1);
});

test('SMTP-05 no server stands between the two: a message has exactly two Received fields', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  const [letter = ''] = await bobsMail();
  expect(letter.match(/^Received:/gm)).toHaveLength(2);
});

test('SMTP-08 the handshake names the addresses of sender and receiver, and an unknown receiver is refused', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const commands = (await reportsOf(world.hamburger))
    .filter(({ kind }) => kind === 'smtp.command')
    .map(({ summary }) => summary);
  expect(commands.find((line) => line.startsWith('MAIL'))).toMatch(/^MAIL FROM:<alice@crepes\.fr>/);
  expect(commands).toContain('RCPT TO:<bob@hamburger.edu>');
  const client = await openSmtp(world.hamburger);
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  expect(await client.ask('RCPT TO:<nobody@hamburger.edu>')).toBe('550 5.1.1 No such user here\r\n');
});

test('MCMP-03 the octets of the message flow from the host that opened the connection to the one that accepted it', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const data = (await reportsOf(world.hamburger)).find(({ kind }) => kind === 'smtp.data');
  const hello = (await reportsOf(world.hamburger)).find(({ summary }) => summary.startsWith('EHLO'));
  expect(data?.from).toEqual(hello?.from);
  expect(data?.to).toEqual({ address: world.hamburger.host.address, port: 25 });
});

test('MCMP-04 the mail server that has the message opens the connection', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const own = (await reportsOf(world.crepes)).find(({ summary }) => summary === 'EHLO mail.crepes.fr');
  const seen = (await reportsOf(world.hamburger)).find(({ summary }) => summary === 'EHLO mail.crepes.fr');
  expect(own?.from?.address).toBe(world.crepes.host.address);
  expect(own?.from?.port).toBeGreaterThan(1024);
  expect(seen?.from).toEqual(own?.from);
});

test('MFMT-03 the sample of the notes arrives with exactly its header fields', async () => {
  await aliceSends(`${HEADER}\r\nIs it 42?`);
  const [letter = ''] = await bobsMail();
  for (const field of HEADER.split('\r\n').filter((line) => line !== '')) expect(letter.split('\r\n')).toContain(field);
});

test('MFMT-04 the body begins after the first empty line, and lines of full stops survive', async () => {
  await aliceSends(`${HEADER}\r\nfirst\r\n..\r\n...\r\n..x\r\nlast`);
  const [letter = ''] = await bobsMail();
  expect(letter.slice(letter.indexOf('\r\n\r\n') + 4)).toBe('first\r\n.\r\n..\r\n.x\r\nlast\r\n');
});

test('MAC-02 the three legs: SMTP to the own server, SMTP to the server of the receiver, POP3 to the receiver', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const legs = [...(await reportsOf(world.crepes)), ...(await reportsOf(world.hamburger))]
    .filter(({ kind, summary }) => kind.endsWith('.command') && /^(EHLO|USER)/.test(summary))
    .map(({ kind, to }) => `${kind} ${to?.address}:${to?.port}`);
  expect(legs).toContain(`smtp.command ${world.crepes.host.address}:587`);
  expect(legs).toContain(`smtp.command ${world.hamburger.host.address}:25`);
  expect(legs).toContain(`pop3.command ${world.hamburger.host.address}:110`);
});

test('a message for two receivers at one server goes over in one transaction, and Bcc-like receivers are not told of each other', async () => {
  await aliceSends(`${HEADER}\r\nhello`, ['bob@hamburger.edu', 'dave@hamburger.edu']);
  const [letter = ''] = await bobsMail();
  expect(letter).not.toContain('dave@');
  await untilMail(world.hamburger, 'dave', 1);
  expect((await reportsOf(world.hamburger)).filter(({ summary }) => summary === 'DATA')).toHaveLength(1);
});

test('the exchange of the sending server is the cause of the one of the receiving server', async () => {
  await aliceSends(`${HEADER}\r\nhello`);
  await bobsMail();
  const queuedHere = (await reportsOf(world.crepes)).find(({ kind }) => kind === 'mail.queued');
  const queuedThere = (await reportsOf(world.hamburger)).find(({ kind }) => kind === 'mail.queued');
  expect(queuedThere?.cause).toBe(queuedHere?.exchange);
});

test('reports and the state tell the subject as people read it (RFC 2047)', async () => {
  await world.crepes.running.actions?.hold?.run({});
  await aliceSends('From: alice@crepes.fr\r\nSubject: =?utf-8?B?7KCA64WB?=\r\n\r\nhello');
  const queued = (await reportsOf(world.crepes)).find(({ kind }) => kind === 'mail.queued');
  expect(queued?.message).toMatchObject({ subject: '저녁' });
  expect(await queueOf(world.crepes)).toMatchObject([{ subject: '저녁' }]);
});

test('mail for a user of the same server is delivered without leaving it', async () => {
  await aliceSends(`${HEADER}\r\nhello`, ['claire@crepes.fr']);
  await untilMail(world.crepes, 'claire', 1);
  expect(await reportsOf(world.hamburger)).toEqual([]);
  await untilQueueIsEmpty(world.crepes);
});

test('a Korean body of 8 bits arrives octet for octet', async () => {
  const body = Buffer.from('만나서 반갑습니다 🍔', 'utf8').toString('latin1');
  await aliceSends(`${HEADER}Content-Transfer-Encoding: 8bit\r\n\r\n${body}`);
  const [letter = ''] = await bobsMail();
  expect(letter.slice(letter.indexOf('\r\n\r\n') + 4).trimEnd()).toBe(body);
});
