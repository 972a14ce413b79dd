import { LineClient } from '../line-client.ts';

/** A message as a reader has seen it. */
export interface SeenMessage {
  readonly uid: number;
  readonly subject: string;
  /** The id under which the server of this mailbox took it: two copies of one message have the same. */
  readonly queueId: string;
  /** Of a delivery report: the recipients that it is about, and the subject of the message that it returns. */
  readonly failed: readonly string[];
  readonly returned: string | null;
}

/** Reads an INBOX by IMAP, and remembers every UID that it has ever been shown. */
export class MailboxReader {
  readonly seen = new Map<number, SeenMessage>();
  /** What cannot be: a UID with two meanings, a message with two UIDs. */
  readonly faults: string[] = [];
  readonly #server: string;
  readonly #login: string;
  readonly #uids = new Map<string, number>();
  #uidValidity = '';
  #last = 0;

  constructor(server: string, user: string, password: string) {
    this.#server = server;
    this.#login = `${user} ${password}`;
  }

  /** Looks at what is new, at all there is when `isWhole`, and removes the newest when `expunges`. */
  async look({ isWhole = false, expunges = false } = {}): Promise<void> {
    const client = new LineClient(this.#server, 143);
    try {
      await client.until(/^\* OK[^\n]*\n/);
      client.send(`a LOGIN ${this.#login}\r\nb SELECT INBOX\r\n`);
      const selected = await client.until(/\nb OK[^\n]*\n/);
      const uidValidity = /UIDVALIDITY (\d+)/.exec(selected)?.[1] ?? '';
      if (this.#uidValidity !== '' && uidValidity !== this.#uidValidity) this.faults.push('UIDVALIDITY has changed');
      this.#uidValidity = uidValidity;
      client.send(`c UID FETCH ${isWhole ? 1 : this.#last + 1}:* (UID BODY.PEEK[])\r\n`);
      const fetched = await client.until(/(^|\n)c OK[^\n]*\n/);
      for (const text of fetched.split(/^\* \d+ FETCH /m).slice(1)) this.#note(text);
      if (!expunges || this.#last === 0) return;
      client.send(`d UID STORE ${this.#last} +FLAGS.SILENT (\\Deleted)\r\ne EXPUNGE\r\n`);
      await client.until(/(^|\n)e OK[^\n]*\n/);
    } finally {
      client.drop();
    }
  }

  #note(text: string): void {
    const uid = Number(/UID (\d+)/.exec(text)?.[1]);
    const queueId =
      /^\s+by mail\.\S+ with \S+ id (\w+)/m.exec(text)?.[1] ?? /Message-ID: <(\w+)@/i.exec(text)?.[1] ?? '';
    const [subject = '', returned = null] = [...text.matchAll(/^Subject: ([^\r]*)/gm)].map((match) => match[1] ?? '');
    const failed = [...text.matchAll(/^Final-Recipient: rfc822; ([^\r]*)/gm)].map((match) => match[1] ?? '');
    const before = this.seen.get(uid);
    if (before !== undefined && before.queueId !== queueId)
      this.faults.push(`UID ${uid} was ${before.queueId}, is ${queueId}`);
    const other = this.#uids.get(queueId);
    if (other !== undefined && other !== uid) this.faults.push(`${queueId} (${subject}) has UID ${other} and ${uid}`);
    this.#uids.set(queueId, uid);
    this.seen.set(uid, { uid, subject, queueId, failed, returned });
    this.#last = Math.max(this.#last, uid);
  }
}
