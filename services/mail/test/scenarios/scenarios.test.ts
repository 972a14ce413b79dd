import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LineClient, type MailWorld, openMailWorld, openSmtp, sendMail, untilMail } from '../mail-world.ts';

/** Conversations as the RFCs print them, one file each: `C:` is said, `S:` is expected, `...` stands for anything. */
const FOLDER = new URL('.', import.meta.url).pathname;

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld(26);
  const bob = await openSmtp(world.crepes);
  await sendMail(bob, 'bob@hamburger.edu', ['alice@crepes.fr'], 'Subject: first\r\n\r\n..');
  await untilMail(world.crepes, 'alice', 1);
  await sendMail(bob, 'bob@hamburger.edu', ['alice@crepes.fr'], 'Subject: second\r\n\r\nsecond');
  await untilMail(world.crepes, 'alice', 2);
  bob.drop();
});

afterAll(() => world.end());

test.each(readdirSync(FOLDER).filter((file) => file.endsWith('.txt')))('the conversation %s', async (file) => {
  const lines = readFileSync(`${FOLDER}${file}`, 'utf8').split('\n');
  let client: LineClient | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#') || line === '') continue;
    const [, port] = /^port (\d+)$/.exec(line) ?? [];
    if (port !== undefined) client = new LineClient(world.crepes.host.address, Number(port));
    else if (line.startsWith('C:')) client?.send(`${line.slice(3)}\r\n`);
    else expect((await client?.until(/\r\n/))?.slice(0, -2), `${file}:${index + 1}`).toMatch(pattern(line.slice(3)));
  }
  client?.drop();
});

function pattern(line: string): RegExp {
  const escaped = line.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
