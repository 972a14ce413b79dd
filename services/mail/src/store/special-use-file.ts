import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#shared/host/durable-file.ts';
import { SPECIAL_USES, type SpecialUse } from '../protocol/special-use.ts';
import { ifGone } from './file-pieces.ts';

/** What mailboxes are for, as their creators said: a line for each, `\\Archive Letters/2026`. */
const FILE = 'topdown-special-use';

/** The special uses that were given to mailboxes of an account beside the usual ones. */
export class SpecialUseFile {
  readonly #path: string;
  #uses = new Map<string, SpecialUse>();

  constructor(dir: string) {
    this.#path = join(dir, FILE);
  }

  async read(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch(ifGone(''));
    for (const line of text.split('\n')) {
      const [, word, name] = /^(\\[A-Za-z]+) (.+)$/.exec(line) ?? [];
      const use = SPECIAL_USES.find((one) => one === word);
      if (use !== undefined && name !== undefined) this.#uses.set(name, use);
    }
  }

  useOf(name: string): SpecialUse | null {
    return this.#uses.get(name) ?? null;
  }

  /** On disk when this resolves. */
  async set(name: string, use: SpecialUse | null): Promise<void> {
    if (this.useOf(name) === use) return;
    const after = new Map(this.#uses);
    if (use === null) after.delete(name);
    else after.set(name, use);
    await replaceFile(this.#path, [...after].map(([one, for_]) => `${for_} ${one}\n`).join(''));
    this.#uses = after;
  }
}
