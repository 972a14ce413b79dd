import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ImapWorld, openImapWorld } from '../../imap-world.ts';
import { LineClient } from '../../line-client.ts';

/**
 * Conversations with the IMAP server as the RFCs print them, one file each, each on a server of its own: `port 143` connects,
 * `C:` is said, `S:` is expected, `...` stands for anything. `port 143 b` connects a second client, whose lines are `Cb:` and
 * `Sb:`. `log in` is said and heard for us.
 */
const FOLDER = new URL('.', import.meta.url).pathname;

let world: ImapWorld;

beforeEach(async () => {
  world = await openImapWorld('33.1');
});

afterEach(() => world.end());

test.each(readdirSync(FOLDER).filter((file) => file.endsWith('.txt')))('the conversation %s', async (file) => {
  const lines = readFileSync(`${FOLDER}${file}`, 'utf8').split('\n');
  const clients = new Map<string, LineClient>();
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#') || line === '') continue;
    const [, port, named = '', logsIn] = /^port (\d+)(?: ([a-z]))?( log in)?$/.exec(line) ?? [];
    if (port !== undefined) {
      const client = new LineClient(world.host.address, Number(port));
      clients.set(named, client);
      if (logsIn !== undefined) await logIn(client);
    }
    const [, who, name = '', said = ''] = /^([CS])([a-z]?): ?(.*)$/.exec(line) ?? [];
    const client = clients.get(name);
    if (who === 'C') client?.send(Buffer.from(`${said}\r\n`));
    if (who === 'S') expect((await client?.until(/\r\n/))?.slice(0, -2), `${file}:${index + 1}`).toMatch(pattern(said));
  }
  for (const client of clients.values()) {
    // Nothing was said that the file does not have.
    expect(client.all, file).toBe('');
    client.drop();
  }
});

async function logIn(client: LineClient): Promise<void> {
  await client.until(/\r\n/);
  client.send('login LOGIN alice wonderland\r\n');
  await client.until(/login OK .*\r\n/);
}

function pattern(line: string): RegExp {
  const escaped = Buffer.from(line)
    .toString('latin1')
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
