import { KEYWORDS_MAX } from '../protocol/imap/flags.ts';
import { readKeywords, writeKeywords } from './keyword-file.ts';

/** The keywords of a mailbox: each has a letter by its place (a is the first). */
export class MailboxKeywords {
  #names: readonly string[] = [];

  /** '' where a letter has no name. */
  get names(): readonly string[] {
    return this.#names;
  }

  async read(dir: string): Promise<void> {
    this.#names = await readKeywords(dir);
  }

  /** Gives letters to those that have none, on disk when this resolves. False, and nothing done, when there is no room. */
  async add(dir: string, names: readonly string[]): Promise<boolean> {
    const after = [...this.#names];
    for (const name of names) {
      if (!after.some((one) => one.toLowerCase() === name.toLowerCase())) after.push(name);
    }
    if (after.length > KEYWORDS_MAX) return false;
    if (after.length > this.#names.length) await writeKeywords(dir, after);
    this.#names = after;
    return true;
  }
}
