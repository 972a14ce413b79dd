import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { proportionalMb } from '../processes.ts';
import { ImapClient } from './imap-client.ts';
import { makeMaildir } from './maildir.ts';
import { type Mailboxes, PASSWORD, withMailboxes } from './reading.ts';
import type { Surroundings } from './surroundings.ts';

/** Sessions whose memory is read, and messages of the mailbox of each. */
export const SESSIONS = 100;
const MESSAGES = 100;
/** How long a server is left alone before its memory is read, in milliseconds. */
export const SETTLE_MS = 2_000;
/** Sessions that are opened at one time. */
const LANES = 16;

/** IMAP sessions that each have a mailbox open and do nothing: what they weigh. */
export async function benchIdle(surroundings: Surroundings): Promise<void> {
  const accounts = makeAccounts(surroundings, SESSIONS);
  await withMailboxes(surroundings, accounts, async (servers) => {
    process.stdout.write(
      `\nMemory at ${SESSIONS} idle IMAP sessions, each with a mailbox of ${MESSAGES} messages open\n`,
    );
    for (const server of servers) {
      const before = proportionalMb(server.server.pid);
      const clients = await openAll(server, [...accounts.keys()]);
      await pause(SETTLE_MS);
      const after = proportionalMb(server.server.pid);
      for (const client of clients) client.close();
      const each = ((after - before) * 1e3) / SESSIONS;
      process.stdout.write(
        `${server.name.padEnd(24)} ${after.toFixed(1).padStart(7)} MB in all its processes, ${before.toFixed(1)} MB before: ${each.toFixed(0)} kB a session\n`,
      );
    }
  });
}

/** Accounts by the Maildir that they get. */
export function makeAccounts({ folder }: Surroundings, count: number): ReadonlyMap<string, string> {
  const model = join(folder, 'model');
  makeMaildir(model, MESSAGES);
  return new Map(Array.from({ length: count }, (_, at) => [`user${at}`, model]));
}

export async function openAll({ server }: Mailboxes, users: readonly string[]): Promise<ImapClient[]> {
  const clients: ImapClient[] = [];
  let next = 0;
  const lane = async () => {
    while (next < users.length) {
      const user = users[next++]!;
      const client = await ImapClient.logIn(server, user, PASSWORD);
      clients.push(client);
      await client.ask('SELECT INBOX');
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return clients;
}
