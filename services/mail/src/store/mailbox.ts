import { join } from 'node:path';
import { syncFolder } from '#shared/host/durable-file.ts';
import type { MaildirFlags } from '../protocol/maildir-name.ts';
import type { MessageFacts } from '../protocol/message-facts.ts';
import { Deliveries, type NewMessage } from './deliveries.ts';
import type { FilePieces } from './file-pieces.ts';
import { FlagChange, type FlagOptions, type FlagOutcome } from './flag-change.ts';
import { MailboxContents } from './mailbox-contents.ts';
import type { IndexedMessage, StoredMessage } from './mailbox-difference.ts';
import { type FactsReach, MailboxFacts } from './mailbox-facts.ts';
import { type Difference, MailboxIndex } from './mailbox-index.ts';
import { MailboxKeywords } from './mailbox-keywords.ts';
import { type MailboxChange, MailboxWatchers } from './mailbox-watchers.ts';
import type { MaildirFile } from './maildir.ts';
import { MaildropLock } from './maildrop-lock.ts';
import { removeFiles } from './message-file.ts';
import { type BrokenFile, Quarantine } from './quarantine.ts';
import type { AccountQuota } from './quota.ts';
import { RecentMessages } from './recent-messages.ts';
import { type TransferredMessages, transferMessages } from './transfer.ts';
import { Turn } from './turn.ts';

export type { NewMessage } from './deliveries.ts';
export type { FlagOptions, FlagOutcome } from './flag-change.ts';
export type { StoredMessage } from './mailbox-difference.ts';
export type { MailboxChange } from './mailbox-watchers.ts';
export { KeywordsFull, MessageGone, type TransferredMessages } from './transfer.ts';

/** What became of messages that were added. */
export interface AddedMessages {
  readonly uidValidity: number;
  /** In the order of the messages; without those that somebody has removed already. */
  readonly uids: readonly number[];
}

/** The mailbox at a moment. */
export interface MailboxState {
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  /** By rising UID; the same array as before when nothing has changed. */
  readonly messages: readonly StoredMessage[];
}

/** What a mailbox needs of its surroundings. */
export interface MailboxSurroundings {
  /** Lab time in milliseconds. */
  now(): number;
  /** A base for a file name, different at each call. */
  uniqueBase(): string;
  /** A UIDVALIDITY that no mailbox of the account has had. */
  newUidValidity(): Promise<number>;
  readonly quota: AccountQuota;
  /** Octets of the largest file that is taken for a message. */
  readonly fileOctetsMax: number;
  /** Something in the Maildir is no message, and was put aside. */
  onBroken(broken: BrokenFile): void;
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
  readonly #contents: MailboxContents;
  readonly #facts: MailboxFacts;
  readonly #deliveries: Deliveries;
  readonly #surroundings: MailboxSurroundings;
  readonly #watchers = new MailboxWatchers();
  readonly #keywords = new MailboxKeywords();
  readonly #recent: RecentMessages;
  readonly #maildropLock = new MaildropLock();
  #isGone = false;
  readonly #turn = new Turn();
  #lookSoon: Promise<void> | null = null;

  constructor(dir: string, surroundings: MailboxSurroundings) {
    const quarantine = new Quarantine((broken) => surroundings.onBroken(broken));
    this.#index = new MailboxIndex(dir, surroundings, quarantine);
    this.#contents = new MailboxContents(this.#index);
    this.#facts = new MailboxFacts(this.#index, this.#contents);
    this.#deliveries = new Deliveries(this.#index, surroundings, () => this.#refuseIfGone());
    this.#recent = new RecentMessages(this.#index);
    this.#surroundings = surroundings;
  }

  /** The messages at this moment, and the numbers that give the UIDs their meaning. */
  messages(): Promise<MailboxState> {
    return this.#inTurn(async () => {
      await this.#look();
      const { uidValidity, uidNext, highestModseq, messages } = this.#index;
      return { uidValidity, uidNext, highestModseq, messages };
    });
  }

  /** RFC 7162, section 3.1.2.1: the mod-sequence of the last change, as of the last look. */
  get highestModseq(): number {
    return this.#index.highestModseq;
  }

  /** The octets of a message with CRLF line ends, or null when it is gone. The file is open when this resolves. */
  read(uid: number): Promise<FilePieces | null> {
    return this.#inTurn(() => this.#withMessage(uid, (message) => this.#contents.pieces(message)));
  }

  /** The same at once, `octetsMax` octets at most. */
  readOctets(uid: number, octetsMax: number): Promise<Uint8Array | null> {
    return this.#inTurn(() => this.#withMessage(uid, (message) => this.#contents.beginning(message, octetsMax)));
  }

  /**
   * What never changes about messages, in the order of `uids`; null for one that is gone. What was asked for once is on disk,
   * so that the messages need not be read again. To be asked for some hundred messages at a time.
   */
  async facts(uids: readonly number[], reach: FactsReach = 'header'): Promise<readonly (MessageFacts | null)[]> {
    if (!this.#index.isKnown) await this.messages();
    const { facts, lost } = await this.#facts.of(uids, reach);
    if (lost === 0) return facts;
    // Another program has moved files: after a look they are found, or are gone.
    await this.messages();
    return (await this.#facts.of(uids, reach)).facts;
  }

  /** Adds a message, durable when this resolves. Its UID is given at the next `messages()`, or at once when someone watches. */
  async append(message: AsyncIterable<Uint8Array>, options: Omit<NewMessage, 'message'> = {}): Promise<void> {
    const isWatched = !this.#watchers.isEmpty;
    this.#refuseIfGone();
    await this.#deliveries.publish([{ message, ...options }], (appear) =>
      this.#inTurn(async () => {
        await (isWatched ? this.#receive(appear) : appear());
      }),
    );
  }

  /** Adds all messages, or none when one of them cannot be added, and gives them UIDs. */
  async add(messages: Iterable<NewMessage> | AsyncIterable<NewMessage>): Promise<AddedMessages> {
    this.#refuseIfGone();
    return this.#deliveries.publish(messages, (appear) =>
      this.#inTurn(async () => {
        const bases = await this.#receive(appear);
        return { uidValidity: this.#index.uidValidity, uids: this.#uidsOf(bases) };
      }),
    );
  }

  /**
   * Lets the file at `path`, which lasts and is as files in a Maildir are, appear under the name `base`: no second copy is
   * made where the file system can link. Durable when this resolves; doing it again does nothing.
   * @param isRepeated the message may have been read meanwhile: it is looked for in cur too
   * @param moves nobody needs the file at `path` any more: it is moved, in one step, where that can be done
   * @returns whether it was moved
   */
  async deliver(path: string, base: string, { isRepeated = false, moves = false } = {}): Promise<boolean> {
    this.#refuseIfGone();
    if (isRepeated) {
      await this.messages();
      if (this.#index.messageOfBase(base) !== undefined) return false;
    }
    const isMoved = await this.#deliveries.link(path, base, moves);
    if (!this.#watchers.isEmpty) this.#lookOnce();
    return isMoved;
  }

  /** Sets the flags of a message to what `change` makes of them; the file moves to `cur`. */
  async setFlags(
    uid: number,
    change: (flags: MaildirFlags) => MaildirFlags,
    options: FlagOptions = {},
  ): Promise<FlagOutcome> {
    return (await this.setFlagsOf([uid], change, options)).get(uid) ?? 'gone';
  }

  /** The same for many messages in one turn; all that is changed has the same mod-sequence. */
  setFlagsOf(
    uids: readonly number[],
    changeOf: (flags: MaildirFlags) => MaildirFlags,
    options: FlagOptions = {},
  ): Promise<ReadonlyMap<number, FlagOutcome>> {
    return this.#inTurn(async () => {
      // What another program did since the last look counts as a modification.
      if (!this.#index.isKnown || options.unchangedSince !== undefined) await this.#look();
      const change = new FlagChange(changeOf, options.unchangedSince);
      const lost = await this.#changeFlags(change, uids, options.by);
      if (lost.length === 0) return change.outcomes;
      await this.#look();
      for (const uid of await this.#changeFlags(change, lost, options.by)) change.outcomes.set(uid, 'gone');
      return change.outcomes;
    });
  }

  /** Removes messages; those that are gone already are no fault. Durable when this resolves. */
  expunge(uids: readonly number[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#look();
      // Flags that another program changes meanwhile move files: those are removed after another look.
      const lost = await this.#remove(uids);
      if (lost.length === 0) return;
      await this.#look();
      await this.#remove(lost);
    });
  }

  /**
   * Moves messages with their flags, keywords and times to another mailbox of the account, all or none: who watches the two
   * sees them in one of them at each moment, also after a crash (RFC 6851, section 3.3).
   * @throws MessageGone, KeywordsFull
   */
  move(uids: readonly number[], to: Mailbox): Promise<TransferredMessages> {
    return this.#transfer('move', uids, to);
  }

  /** Copies messages with their flags, keywords and times, all or none. @throws MessageGone, KeywordsFull, QuotaExceeded */
  copy(uids: readonly number[], to: Mailbox): Promise<TransferredMessages> {
    return this.#transfer('copy', uids, to);
  }

  /** A message as it was when the mailbox was last looked at; null when it is gone. */
  stored(uid: number): StoredMessage | null {
    return this.#index.messageOf(uid) ?? null;
  }

  /** Names of keywords by their letters (a is the first); '' where a letter has no name. Read with the first `messages()`. */
  get keywords(): readonly string[] {
    return this.#keywords.names;
  }

  /** Gives letters to keywords that have none, on disk when this resolves. False, and nothing done, when there is no room. */
  addKeywords(names: readonly string[]): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#index.isKnown) await this.#look();
      return this.#keywords.add(this.#index.dir, names);
    });
  }

  /** The messages that nobody was told of as recent before; they move to `cur`. Each is given to one session only. */
  claimRecent(): Promise<number[]> {
    return this.#inTurn(async () => {
      if (!this.#index.isKnown) await this.#look();
      return this.#recent.claim();
    });
  }

  /** Whether a session that claimed now would get this message. */
  isRecent(uid: number): boolean {
    return this.#recent.has(uid);
  }

  /** Looks for what other programs did, if the folders were touched since the last look. */
  async lookIfTouched(): Promise<void> {
    if (!this.#isGone && this.#index.isTouched()) await this.messages();
  }

  /** Runs `work` while nothing else is done with the mailbox, then goes on in the folder that it returns. */
  relocate(work: () => Promise<string>): Promise<void> {
    return this.#inTurn(async () => {
      this.#index.dir = await work();
    });
  }

  /** Runs `work`, which removes the folder; whoever holds the mailbox is told. */
  remove(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await work();
      this.#isGone = true;
      this.#watchers.tell({ kind: 'deleted' });
    });
  }

  /** The exclusive lock of a POP3 session (RFC 1939, section 4): what releases it, or null while another session has it. */
  lockMaildrop(): (() => void) | null {
    return this.#maildropLock.take();
  }

  /** Calls `watch` for every change from now on; returns what ends it. */
  subscribe(watch: (change: MailboxChange) => void): () => void {
    return this.#watchers.add(watch);
  }

  /** When a message arrived (IMAP's INTERNALDATE), in milliseconds; null when it is gone. */
  arrivedAt(uid: number): Promise<number | null> {
    return this.#inTurn(() => this.#withMessage(uid, (message) => this.#contents.arrivedAt(message)));
  }

  /** Lets messages appear, and gives them UIDs; the bases of their names. */
  async #receive(appear: () => Promise<MaildirFile[]>): Promise<string[]> {
    // What came before gets its UIDs before.
    await this.#look();
    const files = await this.#index.own(appear);
    this.#learn(await this.#index.note(files, []));
    return files.map(({ base }) => base);
  }

  /** Gives the UIDs of messages that are there, but not where they were. */
  async #remove(uids: readonly number[]): Promise<number[]> {
    const there = uids.flatMap((uid) => this.#index.messageOf(uid) ?? []);
    if (there.length === 0) return [];
    const removed = await this.#index.own(async () => {
      const found = await removeFiles(there.map((message) => this.#index.path(message)));
      await Promise.all(['new', 'cur'].map((folder) => syncFolder(join(this.#index.dir, folder))));
      return there.filter((_, index) => found[index]);
    });
    const gone = new Set(removed.map(({ uid }) => uid));
    this.#learn(await this.#index.note([], [...gone]));
    return there.filter(({ uid }) => !gone.has(uid)).map(({ uid }) => uid);
  }

  async #transfer(how: 'move' | 'copy', uids: readonly number[], to: Mailbox): Promise<TransferredMessages> {
    const work = async () => {
      await this.#look();
      if (to !== this) await to.#look();
      const transfer = () =>
        transferMessages(how, uids, {
          from: this.#index,
          to: to.#index,
          surroundings: to.#surroundings,
          keywords: this.keywords,
          addKeywords: async (names) => ((await to.#keywords.add(to.#index.dir, names)) ? to.keywords : null),
        });
      const transfers = await this.#index.own(() => (to === this ? transfer() : to.#index.own(transfer)));
      const moved = how === 'move' ? transfers.map(({ uid }) => uid) : [];
      to.#learn(
        await to.#index.note(
          transfers.map(({ file }) => file),
          to === this ? moved : [],
        ),
      );
      if (to !== this) this.#learn(await this.#index.note([], moved));
      return {
        uidValidity: to.#index.uidValidity,
        transferred: transfers.flatMap(({ uid, file }) =>
          to.#uidsOf([file.base]).map((after) => [uid, after] as const),
        ),
      };
    };
    if (to === this) return this.#inTurn(work);
    // Both mailboxes stand still meanwhile.
    return Turn.both(this.#turn, to.#turn, () => {
      this.#refuseIfGone();
      to.#refuseIfGone();
      return work();
    });
  }

  /** Gives the UIDs whose files are not where they were. */
  async #changeFlags(change: FlagChange, uids: readonly number[], by: object | undefined): Promise<number[]> {
    const { changed, lost } = await change.apply(this.#index, uids);
    const modseq = changed[0]?.modseq ?? 0;
    this.#watchers.tellDifference({ modseq, expunged: [], flagged: changed, arrived: [] }, by);
    return lost;
  }

  #uidsOf(bases: readonly string[]): number[] {
    return bases.flatMap((base) => this.#index.messageOfBase(base)?.uid ?? []);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turn.run(() => {
      this.#refuseIfGone();
      return work();
    });
  }

  /** One look for all deliveries until it begins. */
  #lookOnce(): void {
    this.#lookSoon ??= this.#inTurn(async () => {
      this.#lookSoon = null;
      await this.#look();
      // What fails here fails again, and is told, when somebody asks for the messages.
    }).catch(() => {});
  }

  /** Brings the index up to date with the folders, and tells what is different. */
  async #look(): Promise<void> {
    if (!this.#index.isKnown) await this.#keywords.read(this.#index.dir);
    this.#learn(await this.#index.look());
  }

  #learn(difference: Difference): void {
    this.#recent.learn(difference);
    this.#watchers.tellDifference(difference);
  }

  /** Does `work` with a message; when its file is not where it was, once more after a new look. Null when it is gone. */
  async #withMessage<Result>(
    uid: number,
    work: (message: IndexedMessage) => Promise<Result | null>,
  ): Promise<Result | null> {
    for (const isSecondTry of [false, true]) {
      if (isSecondTry || !this.#index.isKnown) await this.#look();
      const message = this.#index.messageOf(uid);
      if (message === undefined) return null;
      const result = await work(message);
      if (result !== null) return result;
    }
    return null;
  }

  #refuseIfGone(): void {
    if (this.#isGone) throw new MailboxGone('The mailbox was deleted');
  }
}
