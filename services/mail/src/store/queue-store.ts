import { existsSync, statSync, unlink, unlinkSync } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabClock } from '#shared/host/clock.ts';
import { replaceFile, UNFINISHED } from '#shared/host/durable-file.ts';
import { ToCrlf } from '../protocol/line-ends.ts';
import { nextDueAt, type QueueEntry } from '../protocol/mail-queue.ts';
import { FilePieces, ifGone, removeFile } from './file-pieces.ts';
import { QueueJournal } from './queue-journal.ts';
import { QueuedFiles, type WrittenMessage } from './queued-files.ts';
import { beginningOf, type QueueWriter } from './queued-message.ts';

/** What a message is called when nobody knows any more whom it was for. */
const LOST = '.lost';
/** While this file is there, the queue begins nothing. */
const HELD = 'held';

/** Where the message of an entry lies, as it is to lie in a mailbox. */
export interface QueuedFile {
  readonly path: string;
  readonly fileOctets: number;
  /** What it measures with CRLF line ends. */
  readonly crlfOctets: number;
}

/**
 * The queue on disk. `<id>.eml` is a message as it lies in a Maildir: its Return-Path first, lines that end in LF; so that a
 * local delivery is one more name for the same file. `journal` says how each entry stands.
 *
 * An entry exists when the journal names it and its message is there. Message, name and journal are synced side by side, and
 * the entry is acknowledged when all three are; the end of the message file is the end of the entry.
 */
export class QueueStore {
  readonly #dir: string;
  readonly #files: QueuedFiles;
  readonly #journal: QueueJournal;
  /** Octets of the files that were written in this run. */
  readonly #sizes = new Map<string, number>();
  /** Entries whose message a delivery has moved away. */
  readonly #moved = new Set<string>();

  constructor(dir: string, clock: LabClock) {
    this.#dir = dir;
    this.#files = new QueuedFiles(dir, clock);
    this.#journal = new QueueJournal(dir);
  }

  /** The entries of an earlier run, the oldest first. Messages that the journal does not name were never acknowledged. */
  async open(onTrouble: (sentence: string) => void): Promise<QueueEntry[]> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const isWhole = await this.#journal.open(onTrouble);
    const files = new Set(await readdir(this.#dir));
    for (const { id, ...entry } of [...this.#journal.entries.values()]) {
      const isOver = nextDueAt({ id, ...entry }) === null;
      const isThere = files.has(`${id}.eml`);
      if (isOver) await removeFile(this.#message(id));
      else if (isThere && !this.isWhole({ id, ...entry })) await this.#putAside(id, onTrouble);
      else if (isThere) continue;
      this.#journal.forget(id);
      files.delete(`${id}.eml`);
    }
    for (const file of files) {
      const isOrphan = file.endsWith('.eml') && !this.#journal.entries.has(file.replace(/\.eml$/, ''));
      // A message that a damaged line may have named is kept for a person to look at.
      if (isOrphan && !isWhole) await rename(join(this.#dir, file), join(this.#dir, `${file}${LOST}`));
      else if (isOrphan || file.endsWith(UNFINISHED)) await removeFile(join(this.#dir, file));
    }
    if (files.has('journal')) await this.#journal.rewrite();
    return [...this.#journal.entries.values()].sort((one, other) => one.arrivedAt - other.arrivedAt);
  }

  newId(): string {
    return this.#files.newId();
  }

  /** How every entry stands. */
  get entries(): ReadonlyMap<string, QueueEntry> {
    return this.#journal.entries;
  }

  create(id: string, reversePath: string): QueueWriter {
    return this.#files.create(id, reversePath);
  }

  /** Notes how entries stand, together: on disk when this resolves. */
  async save(...entries: readonly QueueEntry[]): Promise<void> {
    const messages = entries.flatMap(({ id }) => this.#takeWritten(id));
    try {
      this.#journal.append(entries.map((entry) => this.#withSize(entry)));
    } catch (error) {
      for (const message of messages) message.close();
      throw error;
    }
    await Promise.all([this.#journal.sync(), ...messages.map((message) => message.sync())]);
  }

  /**
   * Notes an entry whose message another thread has written, and syncs itself: the note is on disk when this resolves.
   * @param fileOctets what the file measures
   */
  async saveWritten(entry: QueueEntry, fileOctets: number): Promise<void> {
    this.#sizes.set(entry.id, fileOctets);
    await this.save(entry);
  }

  /** Notes how an entry stands, without waiting for the disk: for what a crash may undo, because it would be done again. */
  note(entry: QueueEntry): void {
    this.#journal.append([entry]);
  }

  /** Ends an entry. It does not come back after a kill when this returns, nor after a power failure when it resolves. */
  remove(id: string): Promise<void> {
    this.drop(id);
    return this.#files.namesLast();
  }

  /**
   * Ends an entry for whom nobody waits any more, as `entry` says: on disk when this resolves. Its message goes in the background,
   * because to remove a name waits for a sync of the folder that runs (ext4).
   */
  async end(entry: QueueEntry): Promise<void> {
    try {
      this.#journal.append([entry]);
    } catch {
      // There is no room for a line. To remove a message none is needed.
      return this.remove(entry.id);
    }
    this.#moved.delete(entry.id);
    unlink(this.#message(entry.id), () => {
      this.#sizes.delete(entry.id);
      this.#journal.forget(entry.id);
    });
    await this.#journal.sync();
  }

  /** Ends an entry that may come back after a power failure. */
  drop(id: string): void {
    // Looking for a name in a folder that others are syncing waits for them: what is known to be gone is not looked for.
    if (!this.#moved.delete(id)) this.#unlink(id);
    this.#sizes.delete(id);
    this.#journal.forget(id);
  }

  /** The message of this entry lies in a mailbox now, and no more in the queue. */
  moved(id: string): void {
    this.#moved.add(id);
  }

  /** The octets of the message as they go over a wire: with CRLF line ends, without the Return-Path. */
  async read(entry: QueueEntry): Promise<FilePieces> {
    const file = await open(this.#message(entry.id), 'r');
    const { length } = beginningOf(entry.reversePath);
    // Reading on from there: the file's own position moves with it.
    await file.read(Buffer.allocUnsafe(length), 0, length);
    const converter = new ToCrlf();
    return new FilePieces(file, (piece) => converter.convert(piece));
  }

  file({ id, octets, reversePath }: QueueEntry): QueuedFile {
    const path = this.#message(id);
    const fileOctets = this.#sizes.get(id) ?? statSync(path).size;
    // One octet more for the CR of the Return-Path.
    return { path, fileOctets, crlfOctets: octets + beginningOf(reversePath).length + 1 };
  }

  /** Whether the message is there, and as long as the journal says. */
  isWhole(entry: QueueEntry): boolean {
    const { fileOctets } = this.#withSize(entry);
    const size = statSync(this.#message(entry.id), { throwIfNoEntry: false })?.size;
    return size !== undefined && (fileOctets === undefined || size === fileOctets);
  }

  /** Makes what was noted last. */
  sync(): Promise<void> {
    return this.#journal.sync();
  }

  /** Whether the whole queue is held back. */
  get isHeld(): boolean {
    return existsSync(join(this.#dir, HELD));
  }

  /** On disk when this resolves. */
  async setHeld(isHeld: boolean): Promise<void> {
    if (isHeld)
      await replaceFile(
        join(this.#dir, HELD),
        'This queue is held. Remove this file and start again, or release it.\n',
      );
    else await removeFile(join(this.#dir, HELD));
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  /** Either it was never acknowledged, because it was not yet on the disk when the power went, or something has cut it. */
  async #putAside(id: string, onTrouble: (sentence: string) => void): Promise<void> {
    const path = this.#message(id);
    await rename(path, path + LOST);
    onTrouble(`Cannot deliver ${path}: it is shorter or longer than the journal says. Look at ${path}${LOST}`);
  }

  #unlink(id: string): void {
    try {
      unlinkSync(this.#message(id));
    } catch (error) {
      ifGone(null)(error as NodeJS.ErrnoException);
    }
  }

  /** The message of an entry that is saved for the first time. */
  #takeWritten(id: string): WrittenMessage[] {
    const written = this.#files.take(id);
    if (written === undefined) return [];
    this.#sizes.set(id, written.octets);
    return [written];
  }

  #withSize(entry: QueueEntry): QueueEntry {
    const fileOctets = this.#sizes.get(entry.id) ?? entry.fileOctets;
    return fileOctets === undefined ? entry : { ...entry, fileOctets };
  }

  #message(id: string): string {
    return this.#files.path(id);
  }
}
