import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#shared/host/durable-file.ts';

/** The last UIDVALIDITY that was given, in eight hexadecimal digits, as Dovecot keeps it. */
const LAST = 'dovecot-uidvalidity';

/**
 * UIDVALIDITY numbers of an account's mailboxes: the time in seconds, and more than any that was given before. So a mailbox
 * that is deleted and created within a second, or after the clock was set back, has another one (RFC 3501, section 2.3.1.1).
 */
export class UidValidities {
  readonly #path: string;
  readonly #now: () => number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dir: string, now: () => number) {
    this.#path = join(dir, LAST);
    this.#now = now;
  }

  /** On disk before it is given. */
  next(): Promise<number> {
    const given = this.#turn.then(async () => {
      const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '0';
        throw error;
      });
      const last = /^[0-9a-f]{8}$/.test(text.trim()) ? Number.parseInt(text, 16) : 0;
      const next = Math.max(Math.floor(this.#now() / 1000), last + 1);
      await replaceFile(this.#path, `${next.toString(16).padStart(8, '0')}\n`);
      return next;
    });
    this.#turn = given.catch(() => {});
    return given;
  }
}
