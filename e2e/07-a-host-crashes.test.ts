import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ask } from './kit/dns-client.ts';
import { advanceClock, crashHost, lab, startHost, stateOf, stopHost, until } from './kit/lab-under-test.ts';
import { aliceWritesToBob, bobsMessage } from './kit/mail-agent.ts';
import { Pop3Client } from './kit/pop3-client.ts';

/** Programs end without a word: the resolver between two questions, a mail server with a message that it has taken. */

test('a host that crashes is back by itself, and the others do not notice', async () => {
  // Whoever was started again has no connection of before.
  const sessions = await Promise.all([lab.crepes.pop3, lab.hamburger.pop3].map((server) => Pop3Client.open(server)));
  await crashHost('resolver');

  await until('the resolver answers again', async () => {
    const answer = await ask(lab.resolver, 'www.someschool.edu');
    return answer.records.length > 0;
  });
  for (const session of sessions) {
    expect(await session.ask('CAPA')).toMatch(/^\+OK/);
    session.close();
  }
});

test('a message that was acknowledged survives the crash of the server that has it', async () => {
  const subject = `Acknowledged ${randomUUID()}`;
  await stopHost('mail-hamburger');
  try {
    await aliceWritesToBob(subject);
    await crashHost('mail-crepes');
    await until('the server is back with the message in its queue', async () => {
      const { queue } = await stateOf<{ queue: readonly { subject: string }[] }>('mail-crepes');
      return queue.some((message) => message.subject === subject);
    });
  } finally {
    await startHost('mail-hamburger');
  }
  await until('bob has the message', async () => {
    await advanceClock(60_000);
    return bobsMessage(subject);
  });
});
