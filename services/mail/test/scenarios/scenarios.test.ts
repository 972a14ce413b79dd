import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LineClient, type MailWorld, openMailWorld, openSmtp, sendMail, untilMail } from '../mail-world.ts';

/**
 * Conversations as the RFCs print them, one file each: `port 25` connects, `C:` is said, `S:` is expected, `...` stands for
 * anything. `port 143 b` connects a second client, whose lines are `Cb:` and `Sb:`.
 */
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
  const clients = new Map<string, LineClient>();
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#') || line === '') continue;
    const [, port, named = ''] = /^port (\d+)(?: ([a-z]))?$/.exec(line) ?? [];
    if (port !== undefined) clients.set(named, new LineClient(world.crepes.host.address, Number(port)));
    const [, who, name = '', said = ''] = /^([CS])([a-z]?): ?(.*)$/.exec(line) ?? [];
    const client = clients.get(name);
    if (who === 'C') client?.send(`${said}\r\n`);
    if (who === 'S') expect((await client?.until(/\r\n/))?.slice(0, -2), `${file}:${index + 1}`).toMatch(pattern(said));
  }
  for (const client of clients.values()) client.drop();
});

function pattern(line: string): RegExp {
  const escaped = line.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
