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
 * The quota of one account: the octets of all files in all its mailboxes. They are counted by the sizes in the files' names, so
 * there is no file beside them that could say something else.
 */
export class AccountQuota {
  readonly limitOctets: number;
  readonly #dir: string;
  #usage: Usage = { octets: 0, messages: 0 };
  #countedAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | null = null;

  constructor(dir: string, limitOctets: number) {
    this.#dir = dir;
    this.limitOctets = limitOctets;
  }

  async usage(): Promise<QuotaUsage> {
    await this.#count(0);
    const { limitOctets } = this;
    return { limitOctets, usedOctets: this.#usage.octets, usedMessages: this.#usage.messages };
  }

  /** Whether a message of that size could be taken now. */
  async hasRoom(octets: number): Promise<boolean> {
    if (this.limitOctets === 0) return true;
    await this.#count(COUNT_MS);
    if (this.#fits(octets)) return true;
    // Room may have been made since.
    await this.#count(REFUSAL_COUNT_MS);
    return this.#fits(octets);
  }

  /** Takes room for files of these sizes together. @throws QuotaExceeded when there is not enough */
  async take(files: readonly number[]): Promise<void> {
    if (this.limitOctets === 0) return;
    const octets = files.reduce((sum, size) => sum + size, 0);
    // Looked at again when it is taken: others may have taken it while this one waited for the answer.
    if (!(await this.hasRoom(octets)) || !this.#fits(octets))
      throw new QuotaExceeded(`The mailbox is full: ${this.#usage.octets} of ${this.limitOctets} octets are used`);
    this.#add(octets, files.length);
  }

  /** Room that was taken, and is free again. */
  giveBack(files: readonly number[]): void {
    const octets = files.reduce((sum, size) => sum + size, 0);
    if (this.limitOctets > 0) this.#add(-octets, -files.length);
  }

  #fits(octets: number): boolean {
    // A full mailbox takes nothing, not even an empty message.
    return this.#usage.octets + Math.max(1, octets) <= this.limitOctets;
  }

  #add(octets: number, messages: number): void {
    this.#usage = { octets: this.#usage.octets + octets, messages: this.#usage.messages + messages };
  }

  async #count(believedMs: number): Promise<void> {
    if (performance.now() - this.#countedAt < believedMs) return;
    this.#counting ??= countAccount(this.#dir)
      .then((usage) => {
        this.#usage = usage;
        this.#countedAt = performance.now();
      })
      .finally(() => {
        this.#counting = null;
      });
    await this.#counting;
  }
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
