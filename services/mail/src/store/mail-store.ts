import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabClock } from '#shared/host/clock.ts';
import { formatUniqueBase } from '../protocol/maildir-name.ts';
import { AccountFolders, sweepDeleted } from './account-folders.ts';
import { Mailbox } from './mailbox.ts';
import { makeMaildir, sweepMaildir } from './maildir.ts';
import { UidValidities } from './uid-validities.ts';

/** All mailboxes of the host, under `mail/<account>/`: the account's folder is its INBOX, with the others inside, as Maildir++ has it. */
export class MailStore {
  readonly #root: string;
  readonly #clock: LabClock;
  readonly #mailHost: string;
  readonly #accounts = new Map<string, { inbox: Mailbox; folders: AccountFolders }>();
  #deliveries = 0;
  #lastMicroseconds = 0;

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
      await sweepDeleted(this.#dir(account));
    }
  }

  /** The one object for the account's INBOX. */
  inbox(account: string): Mailbox {
    return this.#account(account).inbox;
  }

  /** All mailboxes of the account. */
  folders(account: string): AccountFolders {
    return this.#account(account).folders;
  }

  /** How many messages lie in an account's INBOX, without opening it. */
  async count(account: string): Promise<{ new: number; cur: number }> {
    const [fresh, seen] = await Promise.all(['new', 'cur'].map((folder) => readdir(join(this.#dir(account), folder))));
    return { new: fresh?.length ?? 0, cur: seen?.length ?? 0 };
  }

  #account(account: string): { inbox: Mailbox; folders: AccountFolders } {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const validities = new UidValidities(this.#dir(account), () => this.#clock.now());
    const openMailbox = (dir: string) =>
      new Mailbox(dir, {
        now: () => this.#clock.now(),
        uniqueBase: () => this.#uniqueBase(),
        newUidValidity: () => validities.next(),
      });
    const inbox = openMailbox(this.#dir(account));
    const opened = { inbox, folders: new AccountFolders(this.#dir(account), inbox, openMailbox) };
    this.#accounts.set(account, opened);
    return opened;
  }

  #dir(account: string): string {
    return join(this.#root, account);
  }

  /** Rises with each call, also within a microsecond: messages that are added together keep their order. */
  #uniqueBase(): string {
    this.#deliveries += 1;
    this.#lastMicroseconds = Math.max(Math.floor(this.#clock.now() * 1000), this.#lastMicroseconds + 1);
    return formatUniqueBase({
      ms: this.#lastMicroseconds / 1000,
      microseconds: this.#lastMicroseconds % 1_000_000,
      process: process.pid,
      counter: this.#deliveries,
      host: this.#mailHost,
    });
  }
}
