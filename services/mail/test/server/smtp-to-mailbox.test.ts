import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import {
  ALICE,
  BOB,
  eventually,
  LineClient,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  sendMail,
  untilMail,
  untilQueueIsEmpty,
} from '../mail-world.ts';

let world: MailWorld | null = null;
const folders: string[] = [];

afterEach(async () => {
  await world?.end();
  world = null;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A copy of a host's folder with other aliases. */
function folderWith(name: string, aliases: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-aliases-'));
  folders.push(folder);
  cpSync(new URL(`../../../../infra/hosts/${name}`, import.meta.url).pathname, folder, { recursive: true });
  writeFileSync(join(folder, 'aliases'), aliases);
  return folder;
}

test('a forged Return-Path is removed, and the true one is written at delivery', async () => {
  world = await openMailWorld(175);
  const client = await openSmtp(world.crepes);
  const data = 'Return-Path: <forged@outside.example>\r\nSubject: x\r\n\r\nReturn-Path: in the body';
  await sendMail(client, '"john doe"@outside.example', ['alice@crepes.fr'], data);
  await untilMail(world.crepes, 'alice', 1);
  const [letter = ''] = await readMailbox(world.crepes, ALICE);
  expect(letter.match(/^Return-Path:.*$/gm)).toEqual([
    'Return-Path: <"john doe"@outside.example>',
    'Return-Path: in the body',
  ]);
});

test('a recipient whose mailbox has reached its quota is refused before the message comes (RFC 1870, section 6.1)', async () => {
  world = await openMailWorld(175, { crepes: { QUOTA_OCTETS: '1000000' } });
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<x@outside.example> SIZE=2000000');
  expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^452 4\.2\.2/);
  await client.ask('RSET');
  await client.ask('MAIL FROM:<x@outside.example> SIZE=2000');
  expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^250/);
});

test('a letter that is submitted with TLS from the first octet reaches the other domain', async () => {
  world = await openMailWorld(175);
  const { host } = world.crepes;
  const tls = { ca: readAuthorityCertificate(host) ?? '', servername: 'mail.crepes.fr' };
  const client = new LineClient(host.address, 465, tls);
  await client.reply();
  await client.ask('EHLO agent.test');
  await client.ask('AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=');
  expect(await sendMail(client, 'alice@crepes.fr', ['bob@hamburger.edu'], 'From: alice@crepes.fr\r\n\r\nx')).toMatch(
    /^250/,
  );
  await untilMail(world.hamburger, 'bob', 1);
  const [letter = ''] = await readMailbox(world.hamburger, BOB);
  expect(letter.match(/ with \w+ /g)).toEqual([' with ESMTP ', ' with ESMTPSA ']);
});

test("the other domain's server may not relay here either", async () => {
  world = await openMailWorld(175);
  const client = new LineClient(world.crepes.host.address, 25, undefined, world.hamburger.host.address);
  await client.reply();
  await client.ask('EHLO mail.hamburger.edu');
  await client.ask('MAIL FROM:<bob@hamburger.edu>');
  for (const form of ['x@other.example', 'x%other@crepes.fr', 'other!x@crepes.fr', '@crepes.fr:x@other.example']) {
    expect(await client.ask(`RCPT TO:<${form}>`)).toMatch(/^550 5\.[17]\.1/);
  }
  for (const form of ['"x@other.example"@crepes.fr', 'x@[127.0.0.1]', 'bob@hamburger.edu']) {
    expect(await client.ask(`RCPT TO:<${form}>`)).toMatch(/^550 5\.[17]\.1/);
  }
  expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^250/);
});

test.each([
  ['', ['echo@crepes.fr']],
  [', also where several recipients must not learn of each other,', ['echo@crepes.fr', 'claire@crepes.fr']],
])('two aliases that forward to each other%s end with one bounce, and then silence', async (_when, to) => {
  world = await openMailWorld(175, {
    crepesDir: folderWith('mail-crepes', 'postmaster: claire\necho: echo@hamburger.edu, other@hamburger.edu\n'),
    hamburgerDir: folderWith('mail-hamburger', 'postmaster: dave\nother: dave\necho: echo@crepes.fr\n'),
  });
  const { crepes, hamburger } = world;
  const client = await openSmtp(crepes, 587, ALICE);
  expect(await sendMail(client, 'alice@crepes.fr', to, 'From: alice@crepes.fr\r\nSubject: circle\r\n\r\nx')).toMatch(
    /^250/,
  );
  await eventually(async () => (await mailCount(crepes, 'alice')) > 0, 'a bounce');
  await untilQueueIsEmpty(crepes);
  await untilQueueIsEmpty(hamburger);
  const letters = await readMailbox(crepes, ALICE);
  expect(letters).toHaveLength(1);
  expect(letters[0]).toMatch(/5\.4\.6/);
});

test('a message to a hundred people whom nobody knows comes back, and is not tried for days', async () => {
  world = await openMailWorld(175);
  const { hamburger } = world;
  const client = await openSmtp(hamburger, 587, BOB);
  const nobody = Array.from({ length: 100 }, (_, index) => `nobody${index}@crepes.fr`);
  expect(await sendMail(client, 'bob@hamburger.edu', nobody, 'From: bob@hamburger.edu\r\n\r\nx')).toMatch(/^250/);
  await eventually(async () => (await mailCount(hamburger, 'bob')) > 0, 'a bounce');
  const [report = ''] = await readMailbox(hamburger, BOB);
  expect(report.match(/^Status: 5\.1\.1\r$/gm)).toHaveLength(100);
});

test('passwords are in no report, whatever the protocol', async () => {
  world = await openMailWorld(175);
  await openSmtp(world.crepes, 587, ALICE);
  await readMailbox(world.crepes, ALICE);
  const { host } = world.crepes;
  await eventually(() => host.reported.some(({ kind }) => kind === 'pop3.response'), 'the reports');
  expect(JSON.stringify(host.reported)).not.toContain('wonderland');
});
