import { renameSync } from 'node:fs';
import { formatMaildirName, type MaildirFlags } from '../protocol/maildir-name.ts';
import { ifGone, isUnwritable } from './file-pieces.ts';
import { FileScreening } from './file-screening.ts';
import { FolderTouch } from './folder-touch.ts';
import { type IndexedMessage, MailboxDifference, type ToldDifference } from './mailbox-difference.ts';
import { MailboxRecords } from './mailbox-records.ts';
import { listMaildir, type MaildirFile, makeMaildir } from './maildir.ts';
import type { Quarantine } from './quarantine.ts';
import { Slices } from './slices.ts';

export interface IndexSurroundings {
  /** A UIDVALIDITY that no mailbox of the account has had. */
  newUidValidity(): Promise<number>;
  /** Octets of the largest file that is taken for a message. */
  readonly fileOctetsMax: number;
}

/** What a look has found different from the one before. */
export interface Difference extends ToldDifference {
  /** Whether there was a list of UIDs before. */
  readonly wasListed: boolean;
}

const NOTHING: Difference = { wasListed: true, modseq: 0, expunged: [], flagged: [], arrived: [] };
/** In a mailbox with more messages than this the folders are not listed again at once for what this process has done itself. */
const LISTED_ALWAYS_MAX = 500;

/** What is known of a Maildir: which file is which UID, in which state. Its methods are called in turn, by the mailbox that has it. */
export class MailboxIndex {
  dir: string;
  readonly #surroundings: IndexSurroundings;
  readonly #quarantine: Quarantine;
  readonly #screening: FileScreening;
  readonly #touch = new FolderTouch();
  readonly #records = new MailboxRecords();
  #isKnown = false;
  #isRecorded = true;
  /** By rising UID. */
  #messages: readonly IndexedMessage[] = [];
  readonly #byBase = new Map<string, IndexedMessage>();
  /** UIDs of what lies in `new`. */
  readonly #new = new Set<number>();

  constructor(dir: string, surroundings: IndexSurroundings, quarantine: Quarantine) {
    this.dir = dir;
    this.#surroundings = surroundings;
    this.#quarantine = quarantine;
    this.#screening = new FileScreening(quarantine, surroundings.fileOctetsMax);
  }

  /** Whether there was a look. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Whether all that the last look has found is on disk; what is not was told to nobody. */
  get isRecorded(): boolean {
    return this.#isRecorded;
  }

  get uidValidity(): number {
    return this.#records.uidValidity;
  }

  get uidNext(): number {
    return this.#records.uidNext;
  }

  get highestModseq(): number {
    return this.#records.highestModseq;
  }

  /** By rising UID; the same array as long as nothing changes. */
  get messages(): readonly IndexedMessage[] {
    return this.#messages;
  }

  /** UIDs of what no program has taken out of `new`. */
  get newUids(): readonly number[] {
    return [...this.#new];
  }

  messageOf(uid: number): IndexedMessage | undefined {
    return this.#messages[this.#placeOf(uid)];
  }

  messageOfBase(base: string): IndexedMessage | undefined {
    return this.#byBase.get(base);
  }

  path({ isNew, file }: { readonly isNew: boolean; readonly file: string }): string {
    return `${this.dir}/${isNew ? 'new' : 'cur'}/${file}`;
  }

  /** Whether another program may have changed something since the last look. */
  isTouched(): boolean {
    return this.#touch.isTouched(this.dir, this.#messages.length > LISTED_ALWAYS_MAX);
  }

  /**
   * Brings the index up to date with the folders, if they were touched. What it gives is on disk before anyone learns it: a UID
   * that was told and not recorded would be given to another message after a restart (RFC 9051, section 2.3.1.1). Where nothing
   * can be written the mailbox stays as it was told, and each look tries again.
   */
  async look(): Promise<Difference> {
    if (this.#isKnown && !this.isTouched()) return NOTHING;
    await makeMaildir(this.dir);
    const wasListed = this.#isKnown || (await this.#load());
    try {
      this.#touch.remember(this.dir);
      const beganAt = performance.now();
      const told = await this.#compare(await this.#listFiles());
      this.#touch.listed(performance.now() - beganAt);
      return { ...told, wasListed };
    } catch (error) {
      this.#touch.forget();
      throw error;
    }
  }

  /** Runs what changes the folders; the change is not taken for one of another program. */
  async own<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#touch.own(this.dir, work);
    } catch (error) {
      // A part of it may have been done: the next look finds out.
      this.#touch.forget();
      throw error;
    }
  }

  /** Takes note of files that this process has put into the folders, and of messages that it has taken out. */
  async note(arrived: readonly MaildirFile[], expunged: readonly number[]): Promise<Difference> {
    try {
      const change = new MailboxDifference(() => this.#records.takeModseq());
      const gone = new Set(expunged);
      for (const message of this.#messages) change.keep(message, gone.has(message.uid));
      await this.#admit(arrived, change);
      if (change.isAny) await this.#commit(change);
      return { ...change.told, wasListed: true };
    } catch (error) {
      this.#touch.forget();
      throw error;
    }
  }

  /**
   * Gives messages other flags; their files go to `cur`. What has another state then has one mod-sequence, on disk when this
   * resolves. `lost` are those whose files are not where they were.
   */
  setFlags(
    uids: readonly number[],
    flagsOf: (message: IndexedMessage) => MaildirFlags,
  ): Promise<{ changed: IndexedMessage[]; lost: number[] }> {
    return this.own(async () => {
      const { moved, lost } = await this.#moveToCur(uids, flagsOf);
      const isChanged = ({ uid, flags }: IndexedMessage) => this.messageOf(uid)?.flags !== flags;
      const modseq = moved.some(isChanged) ? this.#records.takeModseq() : 0;
      const after = moved.map((message) => (isChanged(message) ? { ...message, modseq } : message));
      const changed = modseq === 0 ? [] : after.filter((message) => message.modseq === modseq);
      const messages = this.#withReplaced(after);
      await this.#records.writeStates(this.dir, changed, messages);
      this.#messages = messages;
      this.#take(after);
      return { changed, lost };
    });
  }

  /** By rising UID, what was expunged since; null when that is not known any more. */
  expungedSince(modseq: number): Promise<number[] | null> {
    return this.#records.expungedSince(this.dir, modseq);
  }

  /** The size of a message is not what its name told. On disk when this resolves. */
  async correct(message: IndexedMessage, octets: number): Promise<void> {
    const corrected = { ...message, octets };
    this.#messages = this.#withReplaced([corrected]);
    this.#take([corrected]);
    await this.#records.writeSizes(this.dir, this.#messages);
  }

  /** Takes a message out that cannot be read; the next look finds that it is gone. */
  async quarantine(message: IndexedMessage, because: string): Promise<void> {
    await this.#quarantine.take(this.dir, message.isNew ? 'new' : 'cur', message.file, because);
    this.#touch.forget();
  }

  /** Reads what is known from the disk, before the folders are looked at. False when there was no list of UIDs. */
  async #load(): Promise<boolean> {
    const { messages, wasListed } = await this.#records.load(this.dir, () => this.#surroundings.newUidValidity());
    this.#messages = messages;
    this.#byBase.clear();
    const slices = new Slices();
    for (const message of messages) {
      this.#byBase.set(message.base, message);
      if (slices.isOver) await slices.rest();
    }
    return wasListed;
  }

  async #listFiles(): Promise<Map<string, MaildirFile>> {
    const { files, unusable } = await listMaildir(this.dir);
    for (const folder of unusable) await this.#quarantine.takeUnusable(this.dir, folder);
    return files;
  }

  async #compare(listed: Map<string, MaildirFile>): Promise<ToldDifference> {
    let files = listed;
    // While another program renames a file a listing may miss it: only a second one makes sure that it is gone.
    if (this.#messages.some(({ base }) => !files.has(base))) files = new Map([...files, ...(await this.#listFiles())]);
    const change = new MailboxDifference(() => this.#records.takeModseq());
    const slices = new Slices();
    for (const message of this.#messages) {
      if (slices.isOver) await slices.rest();
      const found = files.get(message.base);
      const isMeasured = found === undefined || message.octets >= 0;
      const octets = isMeasured ? message.octets : await this.#screening.measure(this.dir, found);
      change.compare(message, octets === null ? undefined : found, octets ?? 0);
    }
    await this.#admit(
      [...files.values()].filter(({ base }) => !this.#byBase.has(base)),
      change,
    );
    if (this.#isKnown && !change.isAny) return this.#recorded(change);
    try {
      await this.#commit(change);
      return this.#recorded(change);
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      this.#keepTold(change);
      return NOTHING;
    }
  }

  #recorded({ told }: MailboxDifference): ToldDifference {
    this.#isRecorded = true;
    return told;
  }

  /** Messages stay in the state that was told; only where their files are now is known anew. */
  #keepTold({ changed }: MailboxDifference): void {
    const found = new Map(changed.map((message) => [message.uid, message]));
    const told = this.#messages.map((before) => {
      // That one is gone cannot be recorded either: reading it finds nothing.
      const now = found.get(before.uid) ?? { ...before, file: before.file || before.base };
      const { flags, modseq } = before.modseq > 0 ? before : { flags: now.flags, modseq: this.#records.highestModseq };
      return { ...now, flags, modseq };
    });
    this.#messages = told.filter(({ octets }) => octets >= 0);
    this.#take(this.#messages);
    this.#isKnown = true;
    this.#isRecorded = false;
    this.#touch.forget();
  }

  /** Gives UIDs to files that have none. */
  async #admit(strangers: readonly MaildirFile[], change: MailboxDifference): Promise<void> {
    if (strangers.length === 0) return;
    const messages = await this.#screening.screen(this.dir, strangers);
    for (const { uid, file, crlfOctets } of await this.#records.giveUids(this.dir, messages))
      change.arrive(uid, file, crlfOctets);
  }

  async #commit(change: MailboxDifference): Promise<void> {
    await this.#records.write(this.dir, change);
    for (const { base, uid } of change.expunged) {
      this.#byBase.delete(base);
      this.#new.delete(uid);
    }
    this.#messages = change.messages;
    this.#take(change.changed);
    this.#isKnown = true;
  }

  #take(messages: readonly IndexedMessage[]): void {
    for (const message of messages) {
      this.#byBase.set(message.base, message);
      if (message.isNew) this.#new.add(message.uid);
      else this.#new.delete(message.uid);
    }
  }

  async #moveToCur(uids: readonly number[], flagsOf: (message: IndexedMessage) => MaildirFlags) {
    const moved: IndexedMessage[] = [];
    const lost: number[] = [];
    const slices = new Slices();
    for (const uid of uids) {
      const message = this.messageOf(uid);
      if (message === undefined) continue;
      const flags = flagsOf(message);
      if (!message.isNew && flags === message.flags) continue;
      const after = { ...message, flags, isNew: false, file: formatMaildirName(message.base, flags) };
      if (this.#rename(message, after)) moved.push(after);
      else lost.push(uid);
      if (slices.isOver) await slices.rest();
    }
    return { moved, lost };
  }

  #rename(before: IndexedMessage, after: IndexedMessage): boolean {
    try {
      renameSync(this.path(before), this.path(after));
      return true;
    } catch (error) {
      return ifGone(false)(error as NodeJS.ErrnoException);
    }
  }

  #withReplaced(messages: readonly IndexedMessage[]): readonly IndexedMessage[] {
    if (messages.length === 0) return this.#messages;
    const after = [...this.#messages];
    for (const message of messages) after[this.#placeOf(message.uid)] = message;
    return after;
  }

  #placeOf(uid: number): number {
    let low = 0;
    let high = this.#messages.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#messages[middle]!.uid;
      if (found === uid) return middle;
      if (found < uid) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
