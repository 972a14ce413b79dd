import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ALICE,
  eventually,
  type MailWorld,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  untilMail,
} from '../mail-world.ts';
import { SMUGGLING_ENDINGS } from '../smuggling.ts';

/** Whatever is not the end of the data must neither end it nor be stored. */
const SMUGGLED =
  'MAIL FROM:<evil@evil.example>\r\nRCPT TO:<alice@crepes.fr>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(22);
});

afterEach(() => world.end());

test.each(SMUGGLING_ENDINGS)(
  'data that ends in %s is refused as a whole, and nothing of it is stored',
  async (_name, ending) => {
    const client = await openSmtp(world.crepes);
    await client.ask('MAIL FROM:<x@outside.example>');
    await client.ask('RCPT TO:<alice@crepes.fr>');
    await client.ask('DATA');
    const answer = await client.ask(`Subject: first\r\n\r\nfirst${ending}${SMUGGLED}\r\n.`);
    expect(answer).toMatch(/^550 5\.6\.0 (Bare (CR|LF)|NUL) in the message/);
    // One answer to one message: the smuggled commands were never commands.
    expect(await client.ask('NOOP')).toMatch(/^250/);
    expect(client.all).toBe('');
    await expect.poll(() => readdirSync(join(world.crepes.host.stateDir, 'queue'))).toEqual([]);
    expect(await mailCount(world.crepes, 'alice')).toBe(0);
  },
);

test('the same data sent octet by octet is refused in the same way', async () => {
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<x@outside.example>');
  await client.ask('RCPT TO:<alice@crepes.fr>');
  await client.ask('DATA');
  for (const octet of Buffer.from(`a\n.\nNOOP\r\n.\r\n`, 'latin1')) {
    client.send(Uint8Array.of(octet));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await client.reply()).toMatch(/^550 5\.6\.0/);
});

test('what the relay sends on has no bare CR or LF, and full stops are doubled', async () => {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  await client.ask('RCPT TO:<bob@hamburger.edu>');
  await client.ask('DATA');
  expect(await client.ask('From: a\r\n\r\n..\r\n..QUIT\r\nend\r\n.')).toMatch(/^250/);
  await untilMail(world.hamburger, 'bob', 1);
  const [letter = ''] = await readMailbox(world.hamburger, { user: 'bob', password: 'patty' });
  expect(letter.slice(letter.indexOf('\r\n\r\n') + 4)).toBe('.\r\n.QUIT\r\nend\r\n');
  const folder = join(world.hamburger.host.stateDir, 'mail', 'bob', 'cur');
  const file = await eventually(() => readdirSync(folder)[0] ?? null, 'a message that was read');
  expect(readFileSync(join(folder, file), 'latin1')).not.toContain('\r');
});

test('mail data that comes before 354 is refused, and the connection closed', async () => {
  const client = await openSmtp(world.crepes);
  await client.ask('MAIL FROM:<x@outside.example>');
  await client.ask('RCPT TO:<alice@crepes.fr>');
  client.send('DATA\r\nSubject: early\r\n\r\nearly\r\n.\r\nQUIT\r\n');
  expect(await client.reply()).toBe('554 5.5.0 Mail data came before it was asked for\r\n');
  expect(await client.closed()).toBe('');
  expect(await mailCount(world.crepes, 'alice')).toBe(0);
});

test('DATA at the end of a group of commands is in order (RFC 2920)', async () => {
  const client = await openSmtp(world.crepes);
  client.send('MAIL FROM:<x@outside.example>\r\nRCPT TO:<alice@crepes.fr>\r\nRCPT TO:<nobody@crepes.fr>\r\nDATA\r\n');
  const answers = [await client.reply(), await client.reply(), await client.reply(), await client.reply()];
  expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['250', '250', '550', '354']);
  expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
});
