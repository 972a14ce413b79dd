import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { FileFault } from '#shared/file-fault.ts';

/** Longest file of rules, in octets. */
const RULES_OCTETS_MAX = 65_536;

/**
 * A small file of rules that a person may edit while the server runs. It is read again when it has changed; while it has a
 * fault the rules from before stay in force and `trouble` says what is wrong. A missing file is an empty one.
 */
export class WatchedFile<Rules> {
  readonly #path: string;
  readonly #parse: (text: string) => Rules;
  #version = '';
  #rules: Rules;
  #trouble: string | null = null;

  private constructor(path: string, parse: (text: string) => Rules) {
    this.#path = path;
    this.#parse = parse;
    this.#rules = parse('');
  }

  /** @throws Error with one sentence that names the file and the line, when the file has a fault. */
  static async open<Rules>(path: string, parse: (text: string) => Rules): Promise<WatchedFile<Rules>> {
    const file = new WatchedFile(path, parse);
    await file.read();
    if (file.#trouble !== null) throw new Error(file.#trouble);
    return file;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  async read(): Promise<Rules> {
    // At once and not through the thread pool, as each request asks this (documents.ts).
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    const version = found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeNs}`;
    if (version !== this.#version) {
      this.#version = version;
      this.#reload(found === undefined ? '' : await this.#text(Number(found.size)));
    }
    return this.#rules;
  }

  async #text(octets: number): Promise<string | FileFault> {
    if (octets > RULES_OCTETS_MAX) return new FileFault(1, `the file is longer than ${RULES_OCTETS_MAX} octets`);
    return readFile(this.#path, 'utf8').catch((error: Error) => new FileFault(1, error.message));
  }

  #reload(text: string | FileFault): void {
    try {
      if (text instanceof FileFault) throw text;
      this.#rules = this.#parse(text);
      this.#trouble = null;
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      this.#trouble = `${this.#path}, line ${error.line}: ${error.message}`;
    }
  }
}
