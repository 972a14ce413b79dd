import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { advanceClock, lab, now, reportsAfter, startHost, stateOf, stopHost, until } from './kit/lab-under-test.ts';
import { aliceWritesToBob, bobsMessage } from './kit/mail-agent.ts';
import { fetchMaildrop, Pop3Client } from './kit/pop3-client.ts';

/**
 * alice@crepes.fr writes to bob@hamburger.edu. Her agent gives the message to her server, which queues it, looks up who takes
 * mail for hamburger.edu and delivers it there directly; bob fetches it by POP3. When bob's server is down the message waits.
 */

interface QueueState {
  readonly queue: readonly {
    readonly subject: string;
    readonly recipients: readonly { readonly tries: number; readonly lastReply: string | null }[];
  }[];
}

test('MAIL-06, SMTP-04, POP-05 a message goes from agent to server to server to mailbox, and bob fetches it', async () => {
  const subject = `Dinner ${randomUUID()}`;
  const before = await now();
  await aliceWritesToBob(subject);
  const message = await until('bob has the message', () => bobsMessage(subject));

  expect(message.filter((line) => line.startsWith('Received:'))).toHaveLength(2);
  expect(message[0]).toMatch(/^Return-Path: <alice@crepes\.fr>/i);
  expect(message).toContain('.');
  const lookup = await until('the question is reported', async () =>
    (await reportsAfter(before)).find(
      ({ host, kind, summary }) => host === 'resolver' && kind === 'dns.query' && summary.includes('MX'),
    ),
  );
  expect(lookup.summary).toContain('hamburger.edu');
});

test('SMTP-05, MCMP-04 one direct connection, opened by the sender: greeting, EHLO, MAIL, RCPT, DATA, QUIT', async () => {
  const before = await now();
  await aliceWritesToBob(`Direct ${randomUUID()}`);
  const commands = await until('the dialogue is reported to its end', async () => {
    const seen = (await reportsAfter(before)).filter(
      ({ host, kind, to }) => host === 'mail-hamburger' && kind === 'smtp.command' && to?.address === `${lab.net}.20.2`,
    );
    // The end of the connection before may be reported only now: it has another port.
    const ours = seen.find(({ summary }) => summary.startsWith('EHLO'))?.from?.port;
    const dialogue = seen.filter(({ from }) => from?.port === ours);
    return dialogue.some(({ summary }) => summary === 'QUIT') && dialogue;
  });

  expect(new Set(commands.map(({ from }) => from?.address))).toEqual(new Set([`${lab.net}.20.1`]));
  const verbs = commands.map(({ summary }) => summary.split(/[ :]/)[0]);
  expect(verbs).toEqual(['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT']);
});

test('SMTP-06, MAIL-04 while bob’s server is down the message waits in the queue; it arrives when the server returns', async () => {
  const subject = `Patience ${randomUUID()}`;
  await stopHost('mail-hamburger');
  try {
    await aliceWritesToBob(subject);
    const waiting = await until('the message waits after a failed try', async () => {
      const { queue } = await stateOf<QueueState>('mail-crepes');
      return queue.find((message) => message.subject === subject)?.recipients.find(({ tries }) => tries > 0);
    });
    expect(waiting.lastReply).toMatch(/mail\.hamburger\.edu does not answer/);
  } finally {
    await startHost('mail-hamburger');
  }
  await until('bob has the message', async () => {
    await advanceClock(60_000);
    return bobsMessage(subject);
  });
  await until('the queue is empty', async () => (await stateOf<QueueState>('mail-crepes')).queue.length === 0);
});

test('POP-07 what bob deletes is gone after QUIT', async () => {
  const bob = await Pop3Client.open(lab.hamburger.pop3);
  await bob.ask('USER bob');
  await bob.ask('PASS patty');
  const [, count = '0'] = (await bob.ask('STAT')).split(' ');
  for (let number = 1; number <= Number(count); number += 1) await bob.ask(`DELE ${number}`);
  await bob.ask('QUIT');
  bob.close();

  expect(Number(count)).toBeGreaterThan(0);
  expect(await fetchMaildrop(lab.hamburger.pop3, 'bob', 'patty')).toEqual([]);
});
