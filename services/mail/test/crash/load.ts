import { setTimeout as pause } from 'node:timers/promises';
import { LineClient } from '../line-client.ts';

/** Pause of a worker after a message, in milliseconds: all of them are more than a relay with one connection takes. */
const PAUSE_MS = 10;

/** A message that a server has acknowledged, and where it must arrive. */
export interface Acknowledged {
  readonly token: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** What one user sends: again and again, to these in turn. */
export interface Sender {
  readonly server: string;
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly recipients: readonly (readonly string[])[];
}

/** Sends without end; a broken connection is opened again. What was acknowledged is written down only when 250 is here. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  readonly #workers: Promise<void>[];
  #isOver = false;
  #tokens = 0;

  constructor(senders: readonly Sender[]) {
    this.#workers = senders.map((sender) => this.#work(sender));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  async #work(sender: Sender): Promise<void> {
    for (let turn = 0; !this.#isOver; ) {
      const client = new LineClient(sender.server, 587);
      try {
        await client.until(/220[^\n]*\n/);
        client.send(`EHLO load.test\r\nAUTH PLAIN ${btoa(`\0${sender.user}\0${sender.password}`)}\r\n`);
        await client.until(/235[^\n]*\n/);
        for (; !this.#isOver; turn += 1)
          await this.#send(client, sender, sender.recipients[turn % sender.recipients.length]!);
      } catch {
        // The server was killed: nothing is known of the last message.
        await pause(20);
      } finally {
        client.drop();
      }
    }
  }

  async #send(client: LineClient, { from }: Sender, to: readonly string[]): Promise<void> {
    this.#tokens += 1;
    const token = `token-${this.#tokens}.`;
    const rcpt = to.map((one) => `RCPT TO:<${one}>\r\n`).join('');
    client.send(`MAIL FROM:<${from}>\r\n${rcpt}DATA\r\n`);
    await client.until(/354[^\n]*\n/);
    client.send(`From: ${from}\r\nSubject: ${token}\r\n\r\n${'A line of a letter.\r\n'.repeat(20)}.\r\n`);
    await client.until(/(^|\n)250 [^\n]*Queued[^\n]*\n/);
    this.acknowledged.push({ token, from, to });
    await pause(PAUSE_MS);
  }
}
