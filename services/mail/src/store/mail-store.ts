import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabClock } from '#shared/host/clock.ts';
import { formatUniqueBase } from '../protocol/maildir-name.ts';
import { Mailbox } from './mailbox.ts';
import { makeMaildir, sweepMaildir } from './maildir.ts';

/** All mailboxes of the host, under `mail/<account>/`: the account's folder is its INBOX, as Maildir++ has it. */
export class MailStore {
  readonly #root: string;
  readonly #clock: LabClock;
  readonly #mailHost: string;
  readonly #mailboxes = new Map<string, Mailbox>();
  #deliveries = 0;

  constructor(root: string, clock: LabClock, mailHost: string) {
    this.#root = root;
    this.#clock = clock;
    this.#mailHost = mailHost;
  }

  /** Makes the folders of the accounts, and removes what deliveries that were cut off have left. */
  async open(accounts: Iterable<string>): Promise<void> {
    for (const account of accounts) {
      await makeMaildir(this.#dir(account));
      await sweepMaildir(this.#dir(account), Date.now());
    }
  }

  /** The one object for the account's INBOX. */
  inbox(account: string): Mailbox {
    const known = this.#mailboxes.get(account);
    if (known !== undefined) return known;
    const mailbox = new Mailbox(this.#dir(account), {
      now: () => this.#clock.now(),
      uniqueBase: () => this.#uniqueBase(),
    });
    this.#mailboxes.set(account, mailbox);
    return mailbox;
  }

  /** How many messages lie in an account's INBOX, without opening it. */
  async count(account: string): Promise<{ new: number; cur: number }> {
    const [fresh, seen] = await Promise.all(['new', 'cur'].map((folder) => readdir(join(this.#dir(account), folder))));
    return { new: fresh?.length ?? 0, cur: seen?.length ?? 0 };
  }

  #dir(account: string): string {
    return join(this.#root, account);
  }

  #uniqueBase(): string {
    this.#deliveries += 1;
    const ms = this.#clock.now();
    const microseconds = Math.floor((ms % 1000) * 1000) + Math.floor((performance.now() * 1000) % 1000);
    return formatUniqueBase({
      ms,
      microseconds,
      process: process.pid,
      counter: this.#deliveries,
      host: this.#mailHost,
    });
  }
}
