import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabClock } from '#shared/host/clock.ts';
import { formatUniqueBase } from '../protocol/maildir-name.ts';
import { AccountFolders, sweepDeleted } from './account-folders.ts';
import { DiskSpace } from './disk-space.ts';
import { Mailbox } from './mailbox.ts';
import { makeMaildir, sweepMaildir } from './maildir.ts';
import type { BrokenFile } from './quarantine.ts';
import { AccountQuota, type QuotaUsage } from './quota.ts';
import { UidValidities } from './uid-validities.ts';

export interface MailStoreOptions {
  /** Octets that the mailboxes of one account may have; 0 for no limit. */
  readonly quotaOctets: number;
  /** Octets of the disk that new mail leaves free. */
  readonly diskFreeOctetsMin: number;
  /** Octets of the largest file that is taken for a message. */
  readonly fileOctetsMax: number;
  /** A file of an account is no message, and was put aside. */
  onBroken(account: string, broken: BrokenFile): void;
}

const NO_LIMITS: MailStoreOptions = {
  quotaOctets: 0,
  diskFreeOctetsMin: 0,
  fileOctetsMax: Number.MAX_SAFE_INTEGER,
  onBroken: () => {},
};

interface Account {
  readonly inbox: Mailbox;
  readonly folders: AccountFolders;
  readonly quota: AccountQuota;
}

/** All mailboxes of the host, under `mail/<account>/`: the account's folder is its INBOX, with the others inside, as Maildir++ has it. */
export class MailStore {
  readonly #root: string;
  readonly #clock: LabClock;
  readonly #mailHost: string;
  readonly #options: MailStoreOptions;
  readonly #disk: DiskSpace;
  readonly #accounts = new Map<string, Account>();
  #deliveries = 0;
  #lastMicroseconds = 0;

  constructor(root: string, clock: LabClock, mailHost: string, options: MailStoreOptions = NO_LIMITS) {
    this.#root = root;
    this.#clock = clock;
    this.#mailHost = mailHost;
    this.#options = options;
    this.#disk = new DiskSpace(root, options.diskFreeOctetsMin);
  }

  /** Makes the folders of the accounts, and removes what deliveries that were cut off have left. */
  async open(accounts: Iterable<string>): Promise<void> {
    for (const account of accounts) {
      await makeMaildir(this.#dir(account));
      await sweepMaildir(this.#dir(account), Date.now());
      await sweepDeleted(this.#dir(account));
      await this.folders(account).open();
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

  /** Whether what an account may have is limited. */
  get hasQuota(): boolean {
    return this.#options.quotaOctets > 0;
  }

  /** What an account has on disk, counted now, and may have. */
  quota(account: string): Promise<QuotaUsage> {
    return this.#account(account).quota.usage();
  }

  /** Whether the account has room for a message of that size. */
  hasRoom(account: string, octets: number): Promise<boolean> {
    return this.#account(account).quota.hasRoom(octets);
  }

  /** Whether the disk has room for a message of that size, and for what mail leaves free. */
  hasDiskFor(octets: number): boolean {
    return this.#disk.hasRoomFor(octets);
  }

  /** How many messages lie in an account's INBOX, without opening it. */
  async count(account: string): Promise<{ new: number; cur: number }> {
    const [fresh, seen] = await Promise.all(['new', 'cur'].map((folder) => readdir(join(this.#dir(account), folder))));
    return { new: fresh?.length ?? 0, cur: seen?.length ?? 0 };
  }

  #account(account: string): Account {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const dir = this.#dir(account);
    const { quotaOctets, fileOctetsMax, onBroken } = this.#options;
    const validities = new UidValidities(dir, () => this.#clock.now());
    const quota = new AccountQuota(dir, quotaOctets);
    const surroundings = {
      now: () => this.#clock.now(),
      uniqueBase: () => this.#uniqueBase(),
      newUidValidity: () => validities.next(),
      quota,
      disk: this.#disk,
      fileOctetsMax,
      onBroken: (broken: BrokenFile) => onBroken(account, broken),
    };
    const openMailbox = (path: string) => new Mailbox(path, surroundings);
    const inbox = openMailbox(dir);
    const opened = { inbox, folders: new AccountFolders(dir, inbox, openMailbox), quota };
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
