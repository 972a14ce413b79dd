import { join } from 'node:path';
import type { Goal } from './comparison.ts';
import { ImapClient } from './imap-client.ts';
import { makeMaildir } from './maildir.ts';
import { type Asked, compare, counted, type Mailboxes, openInbox, PASSWORD, withMailboxes } from './reading.ts';
import { RARE_SUBJECT, RARE_TEXT } from './sample-messages.ts';
import type { Surroundings } from './surroundings.ts';

const ENVELOPES = 'FETCH 1:* ENVELOPE';
/** The fields that Thunderbird asks for of every message of a folder that it opens. */
const THUNDERBIRD =
  'FROM TO CC BCC SUBJECT DATE MESSAGE-ID PRIORITY X-PRIORITY REFERENCES NEWSGROUPS IN-REPLY-TO CONTENT-TYPE REPLY-TO';
const LISTED = `UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (${THUNDERBIRD})])`;
const WARM: Goal = { name: 'Dovecot', direction: 'at most', times: 1.5 };
const COLD: Goal = { name: 'Dovecot', direction: 'at most', times: 2 };

/** What is asked of a mailbox that is known, and how many responses there must be. */
interface Question {
  readonly what: string;
  readonly command: string;
  readonly goal: Goal | null;
  expected(messages: number): number;
}

const ALL = (messages: number) => messages;
const ONE_OF_100 = (messages: number) => messages / 100;
const QUESTIONS: readonly Question[] = [
  { what: 'FETCH 1:* ENVELOPE', command: ENVELOPES, goal: WARM, expected: ALL },
  { what: 'FETCH 1:* (UID FLAGS)', command: 'FETCH 1:* (UID FLAGS)', goal: null, expected: ALL },
  { what: 'FETCH 1:* BODYSTRUCTURE', command: 'FETCH 1:* BODYSTRUCTURE', goal: null, expected: ALL },
  { what: "FETCH 1:* of Thunderbird's header fields", command: LISTED, goal: null, expected: ALL },
  { what: 'SEARCH SUBJECT', command: `SEARCH SUBJECT ${RARE_SUBJECT}`, goal: null, expected: ONE_OF_100 },
  { what: 'SEARCH BODY', command: `SEARCH BODY ${RARE_TEXT}`, goal: null, expected: ONE_OF_100 },
];

/** A mailbox that nobody has opened before, and one that is known. */
export async function benchImap(surroundings: Surroundings): Promise<void> {
  const { folder, size } = surroundings;
  const model = join(folder, 'model');
  makeMaildir(model, size.mailbox);
  const cold = Array.from({ length: size.rounds }, (_, round) => `cold${round}`);
  await withMailboxes(
    surroundings,
    new Map(['warm', 'first', ...cold].map((account) => [account, model])),
    async (servers) => {
      // Code is compiled and processes are started by the first that comes.
      for (const server of servers) await firstOpening(server, 'first');
      const title = `First opening of ${size.mailbox} messages, no index: SELECT, FETCH 1:* ENVELOPE`;
      await compare(title, servers, size.rounds, COLD, (server, round) => firstOpening(server, cold[round]!));
      // Who opens it first has all messages as recent: that is not what is measured.
      for (const server of servers) (await openInbox(server, 'warm')).close();
      const clients = new Map<Mailboxes, ImapClient>();
      for (const server of servers) clients.set(server, await openInbox(server, 'warm'));
      for (const { what, command, goal, expected } of QUESTIONS) {
        for (const client of clients.values()) await expectAll(client, command, expected(size.mailbox));
        await compare(`${what}, of ${size.mailbox} messages that are known`, servers, size.rounds, goal, (server) =>
          counted(server, () => clients.get(server)!.ask(command)),
        );
      }
      for (const client of clients.values()) client.close();
      await compare(`SELECT of ${size.mailbox} messages that are known`, servers, size.rounds, null, (server) =>
        opening(server, 'warm'),
      );
    },
  );
}

/** A mailbox of another size, which is opened and no more. */
export async function benchLarge(surroundings: Surroundings): Promise<void> {
  const { folder, size } = surroundings;
  const model = join(folder, 'model');
  makeMaildir(model, size.largeMailbox);
  await withMailboxes(surroundings, new Map([['large', model]]), async (servers) => {
    const title = `SELECT of ${size.largeMailbox} messages`;
    await compare(`${title}, no index`, servers, 1, null, (server) => opening(server, 'large'));
    await compare(`${title} that are known`, servers, size.rounds, null, (server) => opening(server, 'large'));
  });
}

/** Both commands as one. */
async function firstOpening(server: Mailboxes, account: string): Promise<Asked> {
  const client = await ImapClient.logIn(server.server, account, PASSWORD);
  try {
    return await counted(server, async () => {
      const selected = await client.ask('SELECT INBOX');
      const fetched = await client.ask(ENVELOPES);
      return { ...fetched, ms: selected.ms + fetched.ms, octets: selected.octets + fetched.octets };
    });
  } finally {
    client.close();
  }
}

async function opening(server: Mailboxes, account: string): Promise<Asked> {
  const client = await ImapClient.logIn(server.server, account, PASSWORD);
  try {
    return await counted(server, () => client.ask('SELECT INBOX'));
  } finally {
    client.close();
  }
}

/** Asks once, so that all is ready, and counts what comes: responses of FETCH, or numbers of SEARCH. */
async function expectAll(client: ImapClient, command: string, expected: number): Promise<void> {
  const { text } = await client.ask(command, { isKept: true });
  const found = /^\* SEARCH/m.test(text)
    ? /^\* SEARCH(.*)\r$/m.exec(text)![1]!.split(' ').length - 1
    : text.match(/^\* \d+ FETCH /gm)?.length;
  if (found !== expected) throw new Error(`${command.slice(0, 60)}: ${found} of ${expected} were answered`);
}
