import { ImapFlow } from 'imapflow';
import { lab } from './lab-under-test.ts';

/** Mailboxes of the lab's people, looked at and filled by IMAP: what a client did is judged by protocol. */

export interface Person {
  readonly user: string;
  readonly password: string;
  readonly address: string;
  /** The mail server of the domain, as the workstation names it. */
  readonly server: string;
  readonly imap: () => { readonly address: string; readonly port: number };
}

/** These two are for journeys that empty mailboxes; alice and bob have what other journeys sent. */
export const claire: Person = {
  user: 'claire',
  password: 'fontaine',
  address: 'claire@crepes.fr',
  server: 'mail.crepes.fr',
  imap: () => lab.crepes.imap,
};
export const dave: Person = {
  user: 'dave',
  password: 'pickles',
  address: 'dave@hamburger.edu',
  server: 'mail.hamburger.edu',
  imap: () => lab.hamburger.imap,
};

/** A message as a journey looks at it. */
export interface SeenMessage {
  readonly subject: string;
  readonly flags: readonly string[];
  /** Header section and body, octet for octet. */
  readonly source: string;
}

async function withMailbox<Result>(person: Person, work: (client: ImapFlow) => Promise<Result>): Promise<Result> {
  const { address, port } = person.imap();
  const auth = { user: person.user, pass: person.password };
  const client = new ImapFlow({ host: address, port, secure: false, doSTARTTLS: false, auth, logger: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

/** Removes all messages of INBOX, and the folders in `folders`. */
export function emptyMailbox(person: Person, ...folders: string[]): Promise<void> {
  return withMailbox(person, async (client) => {
    const lock = await client.getMailboxLock('INBOX');
    if (client.mailbox !== false && client.mailbox.exists > 0) await client.messageDelete('1:*');
    lock.release();
    const there = (await client.list()).map(({ path }) => path);
    for (const folder of folders) if (there.includes(folder)) await client.mailboxDelete(folder);
  });
}

/** Puts messages into a folder, which is made when it is not there. */
export function putMessages(person: Person, subjects: readonly string[], folder = 'INBOX'): Promise<void> {
  return withMailbox(person, async (client) => {
    if (folder !== 'INBOX') await client.mailboxCreate(folder);
    for (const subject of subjects) {
      const fields = [`From: Lab <lab@crepes.fr>`, `To: ${person.address}`, `Subject: ${subject}`];
      const date = 'Date: Fri, 20 Nov 2026 12:00:00 +0000';
      const id = `Message-ID: <${subject.replace(/\W/g, '-')}@crepes.fr>`;
      await client.append(folder, [...fields, date, id, '', `Body of ${subject}.`, '.', '..', ''].join('\r\n'));
    }
  });
}

/** What is in a folder, oldest first. */
export function messagesOf(person: Person, folder = 'INBOX'): Promise<SeenMessage[]> {
  return withMailbox(person, async (client) => {
    const lock = await client.getMailboxLock(folder);
    try {
      if (client.mailbox === false || client.mailbox.exists === 0) return [];
      const messages = await client.fetchAll('1:*', { envelope: true, flags: true, source: true });
      return messages.map(({ envelope, flags, source }) => ({
        subject: envelope?.subject ?? '',
        flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
        source: source?.toString('latin1') ?? '',
      }));
    } finally {
      lock.release();
    }
  });
}

/** The message with this subject, when it is there. */
export async function messageOf(person: Person, subject: string, folder = 'INBOX'): Promise<SeenMessage | undefined> {
  return (await messagesOf(person, folder)).find((message) => message.subject === subject);
}

export function foldersOf(person: Person): Promise<string[]> {
  return withMailbox(person, async (client) => (await client.list()).map(({ path }) => path));
}
