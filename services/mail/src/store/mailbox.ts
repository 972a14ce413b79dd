import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#shared/host/durable-file.ts';
import { KEYWORDS_MAX } from '../protocol/imap/flags.ts';
import { ToCrlf } from '../protocol/line-ends.ts';
import { type MaildirFlags, sortFlags } from '../protocol/maildir-name.ts';
import type { UidList } from '../protocol/uid-list.ts';
import { FilePieces, ifGone, removeFile } from './file-pieces.ts';
import { readKeywords, writeKeywords } from './keyword-file.ts';
import { MailboxIndex, type StoredMessage } from './mailbox-index.ts';
import { type MaildirFile, makeMaildir, type PreparedMessage, prepareMessage, publishAll } from './maildir.ts';

/** What happened to a mailbox, for those who watch it. */
export type MailboxChange =
  | { readonly kind: 'arrived'; readonly uid: number }
  /** `by` is who asked for it, as given to `setFlags`. */
  | { readonly kind: 'flagged'; readonly uid: number; readonly flags: MaildirFlags; readonly by?: object }
  | { readonly kind: 'expunged'; readonly uid: number }
  /** The mailbox was deleted; nothing more can be done with it. */
  | { readonly kind: 'deleted' };

/** A message that is put into a mailbox. */
export interface NewMessage {
  readonly message: AsyncIterable<Uint8Array>;
  readonly flags?: MaildirFlags;
  readonly arrivedAt?: number;
}

/** What became of messages that were added. */
export interface AddedMessages {
  readonly uidValidity: number;
  /** In the order of the messages; without those that somebody has removed already. */
  readonly uids: readonly number[];
}

/** What a mailbox needs of its surroundings. */
export interface MailboxSurroundings {
  /** Lab time in milliseconds. */
  now(): number;
  /** A base for a file name, different at each call. */
  uniqueBase(): string;
  /** A UIDVALIDITY that no mailbox of the account has had. */
  newUidValidity(): Promise<number>;
}

/** A mailbox that was deleted while somebody still held it. */
export class MailboxGone extends Error {
  override readonly name = 'MailboxGone';
}

/**
 * A mailbox: a Maildir with UIDs. There is one object for each mailbox of the host, shared by all sessions (IMAP, POP3,
 * webmail, delivery); what changes it is done in turn, is on disk before anyone is told, and is told to all who watch.
 * Messages that another program puts into the Maildir, moves or removes are found at the next `messages()`.
 */
export class Mailbox {
  readonly #index: MailboxIndex;
  readonly #surroundings: MailboxSurroundings;
  #keywords: string[] = [];
  /** Messages that arrived since the start and that no session has claimed. */
  readonly #unclaimed = new Set<number>();
  #isGone = false;
  #turn: Promise<unknown> = Promise.resolve();
  #isLocked = false;
  readonly #watchers = new Set<(change: MailboxChange) => void>();

  constructor(dir: string, surroundings: MailboxSurroundings) {
    this.#index = new MailboxIndex(dir, surroundings.newUidValidity);
    this.#surroundings = surroundings;
  }

  /** The messages at this moment by rising UID, and the numbers that give the UIDs their meaning. */
  messages(): Promise<{ uidValidity: number; uidNext: number; messages: readonly StoredMessage[] }> {
    return this.#inTurn(async () => {
      const { uidValidity, uidNext, records } = await this.#look();
      return { uidValidity, uidNext, messages: records.map((record) => this.#index.stored(record)) };
    });
  }

  /** The octets of a message with CRLF line ends, or null when it is gone. The file is open when this resolves. */
  read(uid: number): Promise<FilePieces | null> {
    return this.#inTurn(() =>
      this.#withFile(uid, async (file) => {
        const handle = await open(this.#index.path(file), 'r').catch(ifGone(null));
        const converter = new ToCrlf();
        return handle === null ? null : new FilePieces(handle, (piece) => converter.convert(piece));
      }),
    );
  }

  /** Adds a message, durable when this resolves. Its UID is given at the next `messages()`, or at once when someone watches. */
  async append(message: AsyncIterable<Uint8Array>, options: Omit<NewMessage, 'message'> = {}): Promise<void> {
    await this.#publish([{ message, ...options }]);
    if (this.#watchers.size > 0) await this.messages();
  }

  /** Adds all messages, or none when one of them cannot be added, and gives them UIDs. */
  async add(messages: Iterable<NewMessage> | AsyncIterable<NewMessage>): Promise<AddedMessages> {
    const bases = await this.#publish(messages);
    return this.#inTurn(async () => {
      const { uidValidity, records } = await this.#look();
      const uidOf = new Map(records.map(({ base, uid }) => [base, uid]));
      return { uidValidity, uids: bases.flatMap((base) => uidOf.get(base) ?? []) };
    });
  }

  /** Sets the flags of a message to what `change` makes of them; the file moves to `cur`. False when it is gone. */
  setFlags(uid: number, change: (flags: MaildirFlags) => MaildirFlags, by?: object): Promise<boolean> {
    return this.#inTurn(async () => {
      const isSet = await this.#withFile(uid, async (file) => {
        const flags = sortFlags(change(file.flags));
        if (file.folder === 'cur' && flags === file.flags) return true;
        if (!(await this.#index.moveToCur(file, flags))) return null;
        if (flags !== file.flags) this.#tell({ kind: 'flagged', uid, flags, ...(by === undefined ? {} : { by }) });
        return true;
      });
      return isSet === true;
    });
  }

  /** Removes messages; those that are gone already are no fault. Durable when this resolves. */
  expunge(uids: readonly number[]): Promise<void> {
    return this.#inTurn(async () => {
      // Flags that another program changed have moved files: look again before removing them.
      await this.#look();
      for (const uid of uids) {
        const file = this.#index.fileOf(uid);
        if (file !== undefined) await removeFile(this.#index.path(file));
      }
      if (uids.length > 0) await Promise.all(['new', 'cur'].map((folder) => syncFolder(join(this.#index.dir, folder))));
      await this.#look();
    });
  }

  /** A message as it was when the mailbox was last looked at; null when it is gone. */
  stored(uid: number): StoredMessage | null {
    const record = this.#index.recordOf(uid);
    return record === undefined ? null : this.#index.stored(record);
  }

  /** Names of keywords by their letters (a is the first); '' where a letter has no name. Read with the first `messages()`. */
  get keywords(): readonly string[] {
    return this.#keywords;
  }

  /** Gives letters to keywords that have none, on disk when this resolves. False, and nothing done, when there is no room. */
  addKeywords(names: readonly string[]): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#index.isKnown) await this.#look();
      const after = [...this.#keywords];
      for (const name of names) {
        if (after.some((one) => one.toLowerCase() === name.toLowerCase())) continue;
        after.push(name);
      }
      if (after.length > KEYWORDS_MAX) return false;
      if (after.length > this.#keywords.length) await writeKeywords(this.#index.dir, after);
      this.#keywords = after;
      return true;
    });
  }

  /** The messages that nobody was told of as recent before; they move to `cur`. Each is given to one session only. */
  claimRecent(): Promise<number[]> {
    return this.#inTurn(async () => {
      if (!this.#index.isKnown) await this.#look();
      const claimed: number[] = [];
      for (const record of this.#index.records) {
        const file = this.#index.fileOf(record.uid);
        if (file?.folder === 'new') await this.#index.moveToCur(file, file.flags);
        if (file?.folder === 'new' || this.#unclaimed.has(record.uid)) claimed.push(record.uid);
      }
      this.#unclaimed.clear();
      return claimed;
    });
  }

  /** Whether a session that claimed now would get this message. */
  isRecent(uid: number): boolean {
    return this.#unclaimed.has(uid) || this.stored(uid)?.isNew === true;
  }

  /** Looks for what other programs did, if the folders were touched since the last look. */
  async lookIfTouched(): Promise<void> {
    if (!this.#isGone && (await this.#index.isTouched())) await this.messages();
  }

  /** Runs `work` while nothing else is done with the mailbox, then goes on in the folder that it returns. */
  move(work: () => Promise<string>): Promise<void> {
    return this.#inTurn(async () => {
      this.#index.dir = await work();
    });
  }

  /** Runs `work`, which removes the folder; whoever holds the mailbox is told. */
  remove(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await work();
      this.#isGone = true;
      this.#tell({ kind: 'deleted' });
    });
  }

  /** The exclusive lock of a POP3 session (RFC 1939, section 4): what releases it, or null while another session has it. */
  lockMaildrop(): (() => void) | null {
    if (this.#isLocked) return null;
    this.#isLocked = true;
    let isHeld = true;
    return () => {
      if (isHeld) this.#isLocked = false;
      isHeld = false;
    };
  }

  /** Calls `watch` for every change from now on; returns what ends it. */
  subscribe(watch: (change: MailboxChange) => void): () => void {
    this.#watchers.add(watch);
    return () => this.#watchers.delete(watch);
  }

  /** When a message arrived (IMAP's INTERNALDATE), in milliseconds; null when it is gone. */
  arrivedAt(uid: number): Promise<number | null> {
    return this.#inTurn(() =>
      this.#withFile(uid, async (file) => (await stat(this.#index.path(file)).catch(ifGone(null)))?.mtimeMs ?? null),
    );
  }

  /** Lets messages appear, all or none; the bases of their names. */
  async #publish(messages: Iterable<NewMessage> | AsyncIterable<NewMessage>): Promise<string[]> {
    // Written outside of the turn: a slow writer holds up nobody, and each delivery has its own name.
    this.#refuseIfGone();
    await makeMaildir(this.#index.dir);
    const prepared: PreparedMessage[] = [];
    const discardAll = async (error: unknown) => {
      await Promise.all(prepared.map((one) => one.discard().catch(() => {})));
      throw error;
    };
    try {
      for await (const { message, flags = '', arrivedAt = this.#surroundings.now() } of messages) {
        const options = { base: this.#surroundings.uniqueBase(), flags, arrivedAt };
        prepared.push(await prepareMessage(this.#index.dir, message, options));
      }
    } catch (error) {
      await discardAll(error);
    }
    await this.#inTurn(() => publishAll(prepared).catch(discardAll));
    return prepared.map(({ base }) => base);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(() => {
      this.#refuseIfGone();
      return work();
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Brings the index up to date with the folders, and tells what is different. */
  async #look(): Promise<UidList> {
    if (!this.#index.isKnown) this.#keywords = await readKeywords(this.#index.dir);
    const { list, wasListed, expunged, flagged, arrived } = await this.#index.look();
    for (const uid of expunged) this.#unclaimed.delete(uid);
    // Without a list nobody knows what other programs have shown to whom: only what lies in new is recent then.
    if (wasListed) for (const uid of arrived) this.#unclaimed.add(uid);
    for (const uid of expunged) this.#tell({ kind: 'expunged', uid });
    for (const { uid, flags } of flagged) this.#tell({ kind: 'flagged', uid, flags });
    for (const uid of arrived) this.#tell({ kind: 'arrived', uid });
    return list;
  }

  /** Does `work` with a message; when its file is not where it was, once more after a new look. Null when it is gone. */
  async #withFile<Result>(uid: number, work: (file: MaildirFile) => Promise<Result | null>): Promise<Result | null> {
    for (const isSecondTry of [false, true]) {
      if (isSecondTry || !this.#index.isKnown) await this.#look();
      const file = this.#index.fileOf(uid);
      if (file === undefined) return null;
      const result = await work(file);
      if (result !== null) return result;
    }
    return null;
  }

  #tell(change: MailboxChange): void {
    for (const watch of this.#watchers) watch(change);
  }

  #refuseIfGone(): void {
    if (this.#isGone) throw new MailboxGone('The mailbox was deleted');
  }
}
