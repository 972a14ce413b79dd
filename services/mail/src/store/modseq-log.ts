import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UNFINISHED } from '#shared/host/durable-file.ts';
import {
  findExpunged,
  formatModseqEntry,
  formatModseqHead,
  type ModseqEntry,
  type ModseqLogText,
  parseModseqHead,
  parseModseqLog,
} from '../protocol/modseq-log.ts';
import { ifGone, noRoom } from './file-pieces.ts';

/** Mailboxes keep their mod-sequences in this file. */
const MODSEQ_LOG = 'topdown-modseq';
/** The log is written anew, with one line for each state, when it has more octets than this and than twice what it needs. */
const LOG_OCTETS_MIN = 64 * 1024;

/** The state in which a message was told with a mod-sequence. */
export interface ToldState {
  readonly modseq: number;
  readonly flags: string;
}

/** Octets of lines about expunged messages that are kept where the log is written anew; older ones are forgotten. */
const EXPUNGED_OCTETS_MAX = 32 * 1024;

/** What clients were told of a mailbox. */
export interface ToldMailbox {
  readonly told: ReadonlyMap<number, ToldState>;
  /** UIDs of messages that are gone. */
  readonly expunged: ReadonlySet<number>;
  /** The largest UID that was told. */
  readonly uidMax: number;
}

/**
 * The mod-sequences of a mailbox on disk. A number is in the file before anyone is told of it, and is taken even when it
 * cannot be written, so none is told again for another state.
 */
export class ModseqLog {
  /** RFC 7162, section 3.1.2.1: a mailbox always has a mod-sequence, also without messages. */
  #highest = 1;
  /** The largest number that is on disk. */
  #written = 1;
  #octets = 0;
  /** Octets that the log had when it was written anew. */
  #octetsAnew = 0;
  /** Whether the file is not as it should be, and has to be written anew. */
  #isDue = true;
  /** All messages that were expunged with a larger number are known to the file. */
  #forgotten = 0;

  /** The largest number that was told, or may be. */
  get highest(): number {
    return this.#written;
  }

  /** Whether the file has to be written before a number is told. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Whether the file will be written anew, and may forget what was expunged long ago. */
  get forgetsNext(): boolean {
    return this.#isDue || (this.#octets > LOG_OCTETS_MIN && this.#octets > 2 * this.#octetsAnew);
  }

  /** Reads what was told before. @param isNewMailbox nobody was told anything: its UIDVALIDITY is new */
  async open(dir: string, uidValidity: number, isNewMailbox: boolean): Promise<ToldMailbox> {
    const text = await readFile(join(dir, MODSEQ_LOG), 'latin1').catch(ifGone(null));
    const read = text === null ? null : parseModseqLog(text, crc32);
    const told = new Map<number, ToldState>();
    const expunged = new Set<number>();
    const isWhole = read !== null && read.uidValidity === uidValidity && !read.isDamaged;
    if (isWhole) this.#take(read, told, expunged);
    // Milliseconds since 1970: more than a mailbox can reach by counting its changes.
    else this.#highest = isNewMailbox ? 1 : Math.max(Date.now(), read?.entries.at(-1)?.modseq ?? 1);
    const known = isWhole ? read.forgotten : isNewMailbox ? 0 : null;
    this.#forgotten = known ?? this.#highest;
    this.#isDue = !isWhole || known === null || read.wholeLength !== text?.length;
    this.#octets = read?.wholeLength ?? 0;
    this.#octetsAnew = this.#octets;
    this.#written = this.#highest;
    let uidMax = 0;
    for (const uids of [told.keys(), expunged]) for (const uid of uids) uidMax = Math.max(uidMax, uid);
    return { told, expunged, uidMax };
  }

  /** A number that was never told. */
  take(): number {
    this.#highest += 1;
    return this.#highest;
  }

  /** Messages have vanished without a line that says when: of everything up to now no expunge is known any more. */
  forgetExpunged(): void {
    this.#forgotten = this.take();
    this.#isDue = true;
  }

  /** By rising UID, what was expunged with a larger number than `since`; null when that is not known any more. */
  async expungedSince(dir: string, since: number): Promise<number[] | null> {
    if (this.#isDue || since < this.#forgotten) return null;
    const text = await readFile(join(dir, MODSEQ_LOG), 'latin1').catch(ifGone(''));
    const entries = text.length < this.#octets ? null : findExpunged(text.slice(0, this.#octets), since, crc32);
    return entries?.flatMap(({ uids }) => uids).sort((one, other) => one - other) ?? null;
  }

  /** Adds what was changed. `all` gives the state of every message, for when the log has to be written anew. */
  async append(
    dir: string,
    uidValidity: number,
    changes: readonly ModseqEntry[],
    all: () => Iterable<ModseqEntry>,
  ): Promise<void> {
    if (this.forgetsNext) return this.#writeAnew(dir, uidValidity, changes, all);
    const text = changes.map((change) => formatModseqEntry(change, crc32)).join('');
    try {
      writeAt(join(dir, MODSEQ_LOG), text, this.#octets);
    } catch (error) {
      // A part of the lines may be there; they must not be read as told.
      this.#isDue = true;
      throw error;
    }
    this.#octets += text.length;
    this.#written = this.#highest;
  }

  /**
   * It is not synced: a log that a power failure has eaten is a lost one, and the mailbox goes on above everything that was told.
   */
  async #writeAnew(
    dir: string,
    uidValidity: number,
    changes: readonly ModseqEntry[],
    all: () => Iterable<ModseqEntry>,
  ): Promise<void> {
    const path = join(dir, MODSEQ_LOG);
    const expunged = await this.#keepExpunged(path, uidValidity, changes);
    const highest: ModseqEntry = { modseq: this.#highest, flags: null, uids: [] };
    const entries = [...expunged, ...all()].sort((one, other) => one.modseq - other.modseq);
    const lines = [...entries, highest].map((entry) => formatModseqEntry(entry, crc32));
    const text = formatModseqHead(uidValidity, this.#forgotten) + lines.join('');
    this.#isDue = true;
    try {
      await writeFile(path + UNFINISHED, text, { encoding: 'latin1', mode: 0o600 });
      await rename(path + UNFINISHED, path);
    } catch (error) {
      await rm(path + UNFINISHED, { force: true }).catch(() => {});
      throw error;
    }
    this.#isDue = false;
    this.#octets = text.length;
    this.#octetsAnew = text.length;
    this.#written = this.#highest;
  }

  /** The newest expunges, as many as may be kept: those of the file, and those that it does not have yet. */
  async #keepExpunged(path: string, uidValidity: number, changes: readonly ModseqEntry[]): Promise<ModseqEntry[]> {
    // What cannot be read is lost: that is no reason to keep nothing.
    const text = await readFile(path, 'latin1').catch(() => '');
    const isOurs = text.length >= this.#octets && parseModseqHead(text)?.uidValidity === uidValidity;
    const kept = isOurs ? findExpunged(text.slice(0, this.#octets), this.#forgotten, crc32) : null;
    // Up to what was told last; of a new mailbox nothing was.
    if (kept === null && this.#octets > 0) this.#forgotten = Math.max(this.#forgotten, this.#written);
    const added = changes.filter(({ flags, modseq }) => flags === null && modseq > this.#forgotten);
    const expunged = [...(kept ?? []), ...added];
    let octets = 0;
    for (let at = expunged.length - 1; at >= 0; at -= 1) {
      octets += formatModseqEntry(expunged[at]!, crc32).length;
      if (octets <= EXPUNGED_OCTETS_MAX) continue;
      this.#forgotten = expunged[at]!.modseq;
      return expunged.slice(at + 1);
    }
    return expunged;
  }

  #take(read: ModseqLogText, told: Map<number, ToldState>, expunged: Set<number>): void {
    for (const { modseq, flags, uids } of read.entries) {
      for (const uid of uids) {
        if (flags === null) {
          told.delete(uid);
          expunged.add(uid);
        } else told.set(uid, { modseq, flags });
      }
      this.#highest = modseq;
    }
  }
}

/** At once, without another thread: it takes some microseconds, and nobody waits for the disk. */
function writeAt(path: string, text: string, at: number): void {
  const file = openSync(path, 'r+');
  try {
    if (writeSync(file, text, at, 'latin1') < text.length) throw noRoom('The disk took a part only');
  } finally {
    closeSync(file);
  }
}
