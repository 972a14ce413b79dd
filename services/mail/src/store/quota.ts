import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOctetsOf } from '../protocol/maildir-name.ts';
import { ifGone } from './file-pieces.ts';
import { Slices } from './slices.ts';

/** What an account has on disk. */
export interface Usage {
  readonly octets: number;
  readonly messages: number;
}

/** What an account has and may have. A limit of 0 is none. */
export interface QuotaUsage {
  readonly limitOctets: number;
  readonly usedOctets: number;
  readonly usedMessages: number;
}

/** How long a count is believed, in milliseconds: other programs add and remove messages without saying so. */
const COUNT_MS = 30_000;
/** How long it is believed before a message is refused. */
const REFUSAL_COUNT_MS = 1_000;

/** The account has no room for a message. SMTP: 452 4.2.2 or 552 5.2.2 (RFC 3463, section 3.3); IMAP: OVERQUOTA (RFC 5530). */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
}

/**
 * Room that was taken for files. Until they are there it is kept for them, whatever is counted meanwhile: a delivery writes its
 * message before anybody can see it.
 */
export class TakenRoom {
  readonly #account: AccountRoom;
  readonly #size: Usage;
  #is: 'kept' | 'filled' | 'free' = 'kept';

  constructor(account: AccountRoom, size: Usage) {
    this.#account = account;
    this.#size = size;
    account.keep(size, 1);
  }

  /** The files are there. */
  filled(): void {
    if (this.#is !== 'kept') return;
    this.#is = 'filled';
    this.#account.keep(this.#size, -1);
    this.#account.use(this.#size, 1);
  }

  /** There will be no files, or they were taken back. */
  giveBack(): void {
    if (this.#is === 'kept') this.#account.keep(this.#size, -1);
    if (this.#is === 'filled') this.#account.use(this.#size, -1);
    this.#is = 'free';
  }
}

interface AccountRoom {
  keep(size: Usage, sign: 1 | -1): void;
  use(size: Usage, sign: 1 | -1): void;
}

const NOTHING: Usage = { octets: 0, messages: 0 };

/**
 * The quota of one account: the octets of all files in all its mailboxes. They are counted by the sizes in the files' names, so
 * there is no file beside them that could say something else.
 */
export class AccountQuota {
  readonly limitOctets: number;
  readonly #dir: string;
  /** What is there: as counted, and what has come since. */
  #usage = NOTHING;
  /** What is on its way. */
  #kept = NOTHING;
  /** What has come while is counted: it may have been seen, or not. */
  #meanwhile = NOTHING;
  #countedAt = Number.NEGATIVE_INFINITY;
  /** Something came while was counted last, and may count twice. */
  #isVague = false;
  #counting: Promise<void> | null = null;
  readonly #room: AccountRoom = {
    keep: (size, sign) => {
      this.#kept = sum(this.#kept, size, sign);
    },
    use: (size, sign) => {
      this.#usage = sum(this.#usage, size, sign);
      this.#meanwhile = sum(this.#meanwhile, size, sign);
    },
  };

  constructor(dir: string, limitOctets: number) {
    this.#dir = dir;
    this.limitOctets = limitOctets;
  }

  async usage(): Promise<QuotaUsage> {
    await this.#count();
    const { limitOctets } = this;
    return { limitOctets, usedOctets: this.#usage.octets, usedMessages: this.#usage.messages };
  }

  /** Whether a message of that size could be taken now. */
  async hasRoom(octets: number): Promise<boolean> {
    if (this.limitOctets === 0) return true;
    const now = performance.now();
    if (now - this.#countedAt >= COUNT_MS) await this.#count();
    if (this.#fits(octets)) return true;
    // Room may have been made since, or something counted twice.
    if (this.#isVague || now - this.#countedAt >= REFUSAL_COUNT_MS) await this.#count();
    return this.#fits(octets);
  }

  /** Takes room for files of these sizes together. @throws QuotaExceeded when there is not enough */
  async take(files: readonly number[]): Promise<TakenRoom> {
    const octets = files.reduce((total, size) => total + size, 0);
    // Looked at again when it is taken: others may have taken it while this one waited for the answer.
    if (!(await this.hasRoom(octets)) || !this.#fits(octets))
      throw new QuotaExceeded(`The mailbox is full: ${this.#octets} of ${this.limitOctets} octets are used`);
    return new TakenRoom(this.#room, this.limitOctets === 0 ? NOTHING : { octets, messages: files.length });
  }

  get #octets(): number {
    return this.#usage.octets + this.#kept.octets;
  }

  #fits(octets: number): boolean {
    // A full mailbox takes nothing, not even an empty message.
    return this.limitOctets === 0 || this.#octets + Math.max(1, octets) <= this.limitOctets;
  }

  #count(): Promise<void> {
    this.#counting ??= this.#countAnew().finally(() => {
      this.#counting = null;
    });
    return this.#counting;
  }

  async #countAnew(): Promise<void> {
    this.#meanwhile = NOTHING;
    const counted = await countAccount(this.#dir);
    this.#countedAt = performance.now();
    this.#isVague = this.#meanwhile !== NOTHING;
    this.#usage = sum(counted, this.#meanwhile, 1);
  }
}

function sum(one: Usage, other: Usage, sign: 1 | -1): Usage {
  return { octets: one.octets + sign * other.octets, messages: one.messages + sign * other.messages };
}

/** Counts the messages of all mailboxes in a folder of Maildir++. */
async function countAccount(dir: string): Promise<Usage> {
  const slices = new Slices();
  let [octets, messages] = [0, 0];
  const names = (await readdir(dir).catch(ifGone([]))).filter((name) => name.startsWith('.'));
  for (const mailbox of [dir, ...names.map((name) => join(dir, name))]) {
    for (const folder of ['new', 'cur']) {
      for (const file of await readdir(join(mailbox, folder)).catch(() => [])) {
        if (slices.isOver) await slices.rest();
        if (file.startsWith('.')) continue;
        messages += 1;
        octets += fileOctetsOf(file) ?? (await lstat(join(mailbox, folder, file)).catch(ifGone(null)))?.size ?? 0;
      }
    }
  }
  return { octets, messages };
}
