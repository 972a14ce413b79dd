import { copyFile, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { syncFolder, UNFINISHED } from '#shared/host/durable-file.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { formatQueueRecord, parseQueueRecord } from '../protocol/queue-record.ts';
import { AppendFile } from './append-file.ts';
import { SharedSync } from './shared-sync.ts';

/** A journal below this size is not written anew, in octets. */
const REWRITE_OCTETS_MIN = 1024 * 1024;
/** It is written anew when it has so many times the octets that counted the last time. */
const REWRITE_GROWTH = 4;
/** Octets after which others get their turn. */
const TURN_OCTETS = 256 * 1024;

/**
 * The journal of the queue: how each entry stands, in lines that are only ever appended (queue-record.ts). When most of it
 * does not count any more it is written anew.
 */
export class QueueJournal {
  readonly #dir: string;
  readonly #path: string;
  readonly #entries = new Map<string, QueueEntry>();
  /** What takes every line: the journal, and while it is written anew also the one that will be in its place. */
  #files: AppendFile[] = [];
  #octetsAfterRewrite = 0;
  #rewriting: Promise<void> | null = null;
  /** Whether the journal's own name is on disk. */
  #isNamed = false;
  readonly #shared = new SharedSync(() => this.#syncAll());

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = join(dir, 'journal');
  }

  /** How every entry stands. */
  get entries(): ReadonlyMap<string, QueueEntry> {
    return this.#entries;
  }

  /** Reads the journal of an earlier run. Lines that cannot be read are named, and a copy is kept; false then. */
  async open(onTrouble: (sentence: string) => void): Promise<boolean> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    // A last line without its end was cut off by a crash: nothing that it says was ever acknowledged.
    const lines = text.split('\n').slice(0, -1);
    const damaged = lines.flatMap((line, index) => (this.#read(line) ? [] : [index + 1]));
    if (damaged.length === 0) return true;
    await copyFile(this.#path, `${this.#path}.damaged`);
    const where = `line ${damaged.slice(0, 10).join(', ')}`;
    onTrouble(`Cannot read ${where} of ${this.#path}: its messages are not delivered. Look at ${this.#path}.damaged`);
    return false;
  }

  /**
   * Notes how entries stand, all in one line. It outlives a kill when this returns, and a power failure after `sync`.
   * @throws when the disk has no room; nothing has changed then.
   */
  append(entries: readonly QueueEntry[]): void {
    if (this.#files.length === 0) this.#files.push(new AppendFile(this.#path));
    const line = Buffer.from(formatQueueRecord(entries, crc32));
    for (const file of this.#files) file.append(line);
    for (const entry of entries) this.#entries.set(entry.id, entry);
  }

  /** Makes what was appended last; shared by all who wait. */
  async sync(): Promise<void> {
    await this.#shared.wait();
    const octets = this.#files[0]?.octets ?? 0;
    if (octets > Math.max(REWRITE_OCTETS_MIN, this.#octetsAfterRewrite * REWRITE_GROWTH)) {
      // Where there is no room for a second journal the first one goes on.
      void this.rewrite().catch(() => {
        this.#octetsAfterRewrite = octets;
      });
    }
  }

  /** Forgets an entry: the end of its message file has ended it. */
  forget(id: string): void {
    this.#entries.delete(id);
  }

  /** Writes the journal anew, with what still counts. */
  rewrite(): Promise<void> {
    this.#rewriting ??= this.#replace().finally(() => {
      this.#rewriting = null;
    });
    return this.#rewriting;
  }

  async close(): Promise<void> {
    await this.#rewriting?.catch(() => {});
    await this.#shared.wait().catch(() => {});
    for (const file of this.#files) file.close();
    this.#files = [];
  }

  #read(line: string): boolean {
    const entries = parseQueueRecord(line, crc32);
    for (const entry of entries ?? []) this.#entries.set(entry.id, entry);
    return entries !== null;
  }

  async #replace(): Promise<void> {
    const path = this.#path + UNFINISHED;
    const before = this.#files;
    const next = new AppendFile(path);
    let told = 0;
    // From here on both take every line, so that the new one is complete in the end, whenever an entry changes meanwhile.
    this.#files = [...before, next];
    try {
      for (const id of [...this.#entries.keys()]) {
        const entry = this.#entries.get(id);
        if (entry !== undefined) next.append(Buffer.from(formatQueueRecord([entry], crc32)));
        if (next.octets - told > TURN_OCTETS) {
          told = next.octets;
          await turn();
        }
      }
      await next.sync();
      await rename(path, this.#path);
      await syncFolder(this.#dir);
    } catch (error) {
      this.#files = before;
      await this.#shared.ended();
      next.close();
      await rm(path, { force: true });
      throw error;
    }
    this.#files = [next];
    this.#isNamed = true;
    this.#octetsAfterRewrite = next.octets;
    // A sync that has begun may still use the old one.
    await this.#shared.ended();
    for (const file of before) file.close();
  }

  async #syncAll(): Promise<void> {
    const files = this.#files;
    await Promise.all(files.map((file) => file.sync()));
    if (this.#isNamed || files.length === 0) return;
    await syncFolder(this.#dir);
    this.#isNamed = true;
  }
}
