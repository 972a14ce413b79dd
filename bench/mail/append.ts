import { join } from 'node:path';
import { makeMaildir } from './maildir.ts';
import { compare, counted, openInbox, withMailboxes } from './reading.ts';
import { sampleMessage } from './sample-messages.ts';
import type { Surroundings } from './surroundings.ts';

const MESSAGES = 300;

/** Messages put into a mailbox one after the other, each durable before the next. */
export async function benchAppend(surroundings: Surroundings): Promise<void> {
  const { folder, size } = surroundings;
  const model = join(folder, 'model');
  makeMaildir(model, 0);
  const messages = Array.from({ length: MESSAGES }, (_, number) => Buffer.from(sampleMessage(number)));
  await withMailboxes(surroundings, new Map([['writer', model]]), async (servers) => {
    await compare(`APPEND of ${MESSAGES} messages, one after the other`, servers, size.rounds, null, async (server) => {
      const client = await openInbox(server, 'writer');
      const asked = await counted(server, async () => {
        const begun = performance.now();
        let octets = 0;
        for (const literal of messages) octets += (await client.ask('APPEND INBOX (\\Seen)', { literal })).octets;
        return { ms: performance.now() - begun, octets, status: 'OK', text: '' };
      });
      client.close();
      return asked;
    });
  });
}
