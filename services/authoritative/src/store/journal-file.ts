import { existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Name } from '#shared/dns/name.ts';
import { replaceFile, syncFolder } from '#shared/host/durable-file.ts';
import {
  type Damage,
  formatEntry,
  formatTitle,
  type JournalEntry,
  parseJournal,
  type ReadJournal,
} from './journal-text.ts';

/** Octets of a journal that are read: it is rewritten long before (see zone-journal.ts). */
const FILE_OCTETS_MAX = 64 * 1024 * 1024;

type OpenFile = Pick<FileHandle, 'write' | 'datasync' | 'sync' | 'truncate' | 'close'>;

/** What a journal needs of a disk; a test gives one that fails. */
export interface JournalDisk {
  open(path: string, flags: string): Promise<OpenFile>;
}

/** The file of a zone's journal: what is appended is on the disk when `append` resolves, and is not there when it rejects. */
export class JournalFile {
  readonly #path: string;
  readonly #origin: Name;
  readonly #title: string;
  readonly #disk: JournalDisk;
  #file: OpenFile | undefined;
  /** Octets that are acknowledged: what is behind them is of an append that failed. */
  #end = 0;
  #isClean = true;

  constructor(path: string, origin: Name, net: string, disk: JournalDisk = { open }) {
    this.#path = path;
    this.#origin = origin;
    this.#title = formatTitle(origin, net);
    this.#disk = disk;
  }

  get octets(): number {
    return this.#end;
  }

  /**
   * What is in the file; a torn tail is cut off. Undefined where there is none.
   *
   * @throws Error where it is damaged: an acknowledged update would be lost
   */
  read(onTorn: (octets: number) => void): ReadJournal | undefined {
    if (!existsSync(this.#path)) return undefined;
    const { size } = statSync(this.#path);
    if (size > FILE_OCTETS_MAX)
      throw new Error(`${this.#path} has ${size} octets, at most ${FILE_OCTETS_MAX} are read`);
    const journal = parseJournal(readFileSync(this.#path, 'latin1'), this.#origin);
    if (journal === null) {
      if (size > 0) onTorn(size);
      return undefined;
    }
    if (journal.damage !== null) throw new Error(this.#refusal(journal.damage));
    if (journal.end < size) {
      onTorn(size - journal.end);
      truncateSync(this.#path, journal.end);
    }
    this.#end = journal.end;
    return journal;
  }

  #refusal({ at, what }: Damage): string {
    const refusal = `${this.#path}, octet ${at}: ${what}. Put a good copy of the file in its place`;
    if (at === 0) return `${refusal}, whose first line is "${this.#title.trim()}"`;
    return `${refusal}; or do without that update and all behind it: keep a copy, and run truncate -s ${at} ${this.#path}`;
  }

  /**
   * Appends entries by one write and one sync, and tells the octet at which each begins. Rejects where the disk does not take
   * them, and then nothing was appended.
   */
  async append(entries: readonly JournalEntry[]): Promise<number[]> {
    const file = await this.#open();
    // What a failed append may have left is taken away first: behind it nothing could be read any more.
    if (!this.#isClean) await this.#cut(file);
    const writeFrom = entries[0]?.difference.from;
    const texts = entries.map((entry) => formatEntry(entry, writeFrom));
    const octets = Buffer.from(texts.join(''), 'latin1');
    this.#isClean = false;
    try {
      await writeAll(file, octets, this.#end);
      await file.datasync();
    } catch (error) {
      await this.#cut(file).catch(() => {});
      throw error;
    }
    const starts = texts.map(({ length }) => {
      this.#end += length;
      return this.#end - length;
    });
    this.#isClean = true;
    return starts;
  }

  /** Leaves the entries from the octet `from` on, forgets those before, and tells the octet at which those that are left begin. */
  async forgetBefore(from: number): Promise<number> {
    if (!this.#isClean) throw new Error(`${this.#path} has a torn tail`);
    const kept = (await readFile(this.#path)).subarray(from, this.#end).toString('latin1');
    await this.close();
    try {
      await replaceFile(this.#path, [this.#title, kept]);
    } finally {
      // Whichever file is there now, it is whole: one that an append has spoilt is not rewritten.
      this.#end = statSync(this.#path).size;
    }
    return this.#title.length;
  }

  /** Moves the file out of the way, where there is one. */
  async setAside(path: string): Promise<void> {
    await this.close();
    this.#end = 0;
    this.#isClean = true;
    if (!existsSync(this.#path)) return;
    await rename(this.#path, path);
    await syncFolder(dirname(this.#path));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(): Promise<OpenFile> {
    if (this.#file !== undefined) return this.#file;
    await mkdir(dirname(this.#path), { recursive: true });
    if (this.#end === 0) await this.#create();
    this.#file = await this.#disk.open(this.#path, 'r+');
    return this.#file;
  }

  /** A file with its title: the file and its name in the folder are on the disk afterwards. */
  async #create(): Promise<void> {
    const file = await this.#disk.open(this.#path, 'w');
    try {
      await writeAll(file, Buffer.from(this.#title, 'latin1'), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(dirname(this.#path));
    this.#end = this.#title.length;
  }

  async #cut(file: OpenFile): Promise<void> {
    await file.truncate(this.#end);
    await file.sync();
    this.#isClean = true;
  }
}

/** A disk that is nearly full may take a part of what is written, and say so only then. */
async function writeAll(file: Pick<FileHandle, 'write'>, octets: Uint8Array, start: number): Promise<void> {
  for (let done = 0; done < octets.length; ) {
    const { bytesWritten } = await file.write(octets, done, octets.length - done, start + done);
    if (bytesWritten === 0) throw new Error('the disk takes nothing');
    done += bytesWritten;
  }
}
