import { closeSync, fdatasync, openSync, statSync, writeSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, UNFINISHED } from '#shared/host/durable-file.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { formatUidRecord, readUidList, type UidList, type UidRecord, uidListLines } from '../protocol/uid-list.ts';
import { noRoom } from './file-pieces.ts';
import { inSlices } from './slices.ts';

/** Mailboxes keep the list of their UIDs in this file, in Dovecot's format. */
const UID_LIST = 'dovecot-uidlist';
/** The list is written anew when it has more lines than this, and half of them for messages that are gone. */
const LINES_MIN = 200;

/** The list of a mailbox's UIDs on disk. What it was given is there, and lasts, before anyone learns a UID. */
export class UidListFile {
  #lines = 0;
  #octets = 0;
  /** The file as this object has read or written it last. */
  #seen = '';
  /** Bases with a line in the file, though their messages are gone: they are not to come back with the old UID. */
  readonly #gone = new Set<string>();

  /** Whether there is no list on disk that lines can be added to. */
  get isLost(): boolean {
    return this.#seen === '';
  }

  /** Null when there is none that can be read. */
  async read(dir: string): Promise<UidList | null> {
    this.#seen = '';
    try {
      const octets = await readFile(join(dir, UID_LIST));
      const text = octets.toString('utf8');
      const list = await inSlices(readUidList(text));
      const isWhole = text.endsWith('\n');
      this.#lines = list.records.length;
      this.#octets = octets.length;
      // Behind a line that was cut off nothing can be added.
      if (isWhole) this.#remember(dir);
      return list;
    } catch (error) {
      const isLost = (error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof ProtocolViolation;
      if (isLost) return null;
      throw error;
    }
  }

  /** Whether another program has written the list since. */
  isForeign(dir: string): boolean {
    return this.#seen !== '' && this.#look(dir) !== this.#seen;
  }

  /** Whether it has lines for messages that are gone, and nobody else's that would be lost if it were written anew. */
  isStale(dir: string): boolean {
    return this.#gone.size > 0 && !this.isForeign(dir);
  }

  /** Lets the list be written anew: what is in the file is not this mailbox's. */
  abandon(): void {
    this.#seen = '';
  }

  forget(bases: readonly string[]): void {
    for (const base of bases) this.#gone.add(base);
  }

  /** Adds messages. @param whole the list with them, for when it has to be written anew */
  async add(dir: string, arrived: readonly UidRecord[], whole: () => UidList): Promise<void> {
    const isLong = this.#lines > LINES_MIN && this.#gone.size > this.#lines / 2;
    const returns = arrived.some(({ base }) => this.#gone.has(base));
    if (this.#seen === '' || isLong || returns || this.isForeign(dir)) return this.writeAnew(dir, whole());
    const text = Buffer.from(arrived.map(formatUidRecord).join(''));
    this.#seen = '';
    await writeAndSync(join(dir, UID_LIST), text, this.#octets);
    this.#octets += text.length;
    this.#lines += arrived.length;
    this.#remember(dir);
  }

  async writeAnew(dir: string, list: UidList): Promise<void> {
    this.#seen = '';
    await replaceFile(join(dir, UID_LIST), uidListLines(list)).catch(async (error) => {
      // What did not fit takes no room from what might.
      await rm(join(dir, UID_LIST + UNFINISHED), { force: true }).catch(() => {});
      throw error;
    });
    this.#lines = list.records.length;
    this.#gone.clear();
    this.#remember(dir);
    this.#octets = Number(this.#seen.split(' ')[1]);
  }

  #remember(dir: string): void {
    this.#seen = this.#look(dir);
  }

  #look(dir: string): string {
    const found = statSync(join(dir, UID_LIST), { bigint: true, throwIfNoEntry: false });
    return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeNs}`;
  }
}

async function writeAndSync(path: string, octets: Uint8Array, at: number): Promise<void> {
  const file = openSync(path, 'r+');
  try {
    if (writeSync(file, octets, 0, octets.length, at) < octets.length) throw noRoom('The disk took a part only');
    await syncData(file);
  } finally {
    closeSync(file);
  }
}

function syncData(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
  });
}
