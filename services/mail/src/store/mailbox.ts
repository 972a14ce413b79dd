import type { Ranges } from '../protocol/imap/sequence-set.ts';
import { above, membersOf, toUidRanges, type UidRanges, uidsUpTo, without } from '../protocol/imap/uid-ranges.ts';
import type { MaildirFlags } from '../protocol/maildir-name.ts';
import type { MessageFacts } from '../protocol/message-facts.ts';
import { Deliveries, type NewMessage } from './deliveries.ts';
import type { DiskSpace } from './disk-space.ts';
import { noRoom } from './file-pieces.ts';
import type { FlagOptions, FlagOutcome } from './flag-change.ts';
import { changeFlags, expungeMessages, receiveMessages } from './mailbox-changes.ts';
import { MailboxContents } from './mailbox-contents.ts';
import type { StoredMessage } from './mailbox-difference.ts';
import { type FactsReach, MailboxFacts } from './mailbox-facts.ts';
import { type Transferable, transferBetween } from './mailbox-transfer.ts';
import type { MailboxChange } from './mailbox-watchers.ts';
import { MaildropLock } from './maildrop-lock.ts';
import { type BrokenFile, Quarantine } from './quarantine.ts';
import type { AccountQuota } from './quota.ts';
import { SharedIndex } from './shared-index.ts';
import type { TransferredMessages } from './transfer.ts';

export type { NewMessage } from './deliveries.ts';
export type { FlagOptions, FlagOutcome } from './flag-change.ts';
export type { StoredMessage } from './mailbox-difference.ts';
export type { MailboxChange } from './mailbox-watchers.ts';
export { MailboxGone } from './shared-index.ts';
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
  /** False where the disk takes nothing: what came last has no UID then, and is not among the messages before it has. */
  readonly isRecorded: boolean;
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
  readonly disk: DiskSpace;
  /** Octets of the largest file that is taken for a message. */
  readonly fileOctetsMax: number;
  /** Something in the Maildir is no message, and was put aside. */
  onBroken(broken: BrokenFile): void;
}

/**
 * A mailbox: a Maildir with UIDs. There is one object for each mailbox of the host, shared by all sessions (IMAP, POP3,
 * webmail, delivery); what changes it is done in turn, is on disk before anyone is told, and is told to all who watch.
 * Messages that another program puts into the Maildir, moves or removes are found at the next `messages()`.
 */
export class Mailbox {
  readonly #shared: SharedIndex;
  readonly #contents: MailboxContents;
  readonly #facts: MailboxFacts;
  readonly #deliveries: Deliveries;
  readonly #surroundings: MailboxSurroundings;
  readonly #maildropLock = new MaildropLock();

  constructor(dir: string, surroundings: MailboxSurroundings) {
    const quarantine = new Quarantine((broken) => surroundings.onBroken(broken));
    this.#shared = new SharedIndex(dir, surroundings, quarantine);
    const { index } = this.#shared;
    this.#contents = new MailboxContents(index);
    this.#facts = new MailboxFacts(index, this.#contents);
    this.#deliveries = new Deliveries(index, surroundings, () => this.#shared.refuseIfGone());
    this.#surroundings = surroundings;
  }

  /** The messages at this moment, and the numbers that give the UIDs their meaning. */
  messages(): Promise<MailboxState> {
    return this.#shared.inTurn(async () => {
      await this.#shared.look();
      const { uidValidity, uidNext, highestModseq, messages, isRecorded } = this.#shared.index;
      return { uidValidity, uidNext, highestModseq, messages, isRecorded };
    });
  }

  /** RFC 7162, section 3.1.2.1: the mod-sequence of the last change, as of the last look. */
  get highestModseq(): number {
    return this.#shared.index.highestModseq;
  }

  /**
   * The UIDs of a set whose messages were expunged since a mod-sequence. Where that is not known any more: all of the set that
   * were given and are not there (RFC 7162, section 3.2.6), but none up to `matched`, where the asker misses nothing.
   */
  expungedSince(modseq: number, set: Ranges, matched = 0): Promise<UidRanges> {
    return this.#shared.inTurn(async () => {
      await this.#shared.lookOnce();
      const { index } = this.#shared;
      const wanted = uidsUpTo(set, index.uidNext - 1);
      const expunged = await index.expungedSince(modseq);
      if (expunged !== null) return toUidRanges(membersOf(wanted, expunged));
      return without(
        above(wanted, matched),
        index.messages.map(({ uid }) => uid),
      );
    });
  }

  /** The octets of a message with CRLF line ends, or null when it is gone. The file is open, or was read, when this resolves. */
  read(uid: number): Promise<AsyncIterable<Uint8Array> | null> {
    return this.#shared.withMessage(uid, (message) => this.#contents.pieces(message));
  }

  /** The same at once, `octetsMax` octets at most. */
  readOctets(uid: number, octetsMax: number): Promise<Uint8Array | null> {
    return this.#shared.withMessage(uid, (message) => this.#contents.beginning(message, octetsMax));
  }

  /**
   * What never changes about messages, in the order of `uids`; null for one that is gone. What was asked for once is on disk,
   * so that the messages need not be read again. To be asked for some hundred messages at a time.
   */
  async facts(uids: readonly number[], reach: FactsReach = 'header'): Promise<readonly (MessageFacts | null)[]> {
    if (!this.#shared.index.isKnown) await this.messages();
    const { facts, lost } = await this.#facts.of(uids, reach);
    if (lost === 0) return facts;
    // Another program has moved files: after a look they are found, or are gone.
    await this.messages();
    return (await this.#facts.of(uids, reach)).facts;
  }

  /** Adds a message, durable when this resolves. Its UID is given at the next `messages()`, or at once when someone watches. */
  async append(message: AsyncIterable<Uint8Array>, options: Omit<NewMessage, 'message'> = {}): Promise<void> {
    const isWatched = !this.#shared.watchers.isEmpty;
    this.#shared.refuseIfGone();
    await this.#deliveries.publish([{ message, ...options }], (appear) =>
      this.#shared.inTurn(async () => {
        await (isWatched ? receiveMessages(this.#shared, appear) : appear());
      }),
    );
  }

  /** Adds all messages, or none when one of them cannot be added, and gives them UIDs. */
  async add(messages: Iterable<NewMessage> | AsyncIterable<NewMessage>): Promise<AddedMessages> {
    this.#shared.refuseIfGone();
    return this.#deliveries.publish(messages, (appear) =>
      this.#shared.inTurn(async () => {
        const bases = await receiveMessages(this.#shared, appear);
        return { uidValidity: this.#shared.index.uidValidity, uids: this.#shared.uidsOf(bases) };
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
    this.#shared.refuseIfGone();
    if (isRepeated) {
      const { isRecorded } = await this.messages();
      if (this.#shared.index.messageOfBase(base) !== undefined) return false;
      if (!isRecorded) throw noRoom('Nobody can say whether the message was delivered before: the disk takes nothing');
    }
    const isMoved = await this.#deliveries.link(path, base, moves);
    if (!this.#shared.watchers.isEmpty) this.#shared.lookSoon();
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
    return this.#shared.inTurn(() => changeFlags(this.#shared, uids, changeOf, options));
  }

  /** Removes messages; those that are gone already are no fault. Durable when this resolves. */
  expunge(uids: readonly number[]): Promise<void> {
    return this.#shared.inTurn(() => expungeMessages(this.#shared, uids));
  }

  /**
   * Moves messages with their flags, keywords and times to another mailbox of the account, all or none.
   * @throws MessageGone, KeywordsFull
   */
  move(uids: Transferable, to: Mailbox): Promise<TransferredMessages> {
    return transferBetween('move', uids, this.#shared, to.#shared, to.#surroundings);
  }

  /** Copies messages with their flags, keywords and times, all or none. @throws MessageGone, KeywordsFull, QuotaExceeded */
  copy(uids: readonly number[], to: Mailbox): Promise<TransferredMessages> {
    return transferBetween('copy', uids, this.#shared, to.#shared, to.#surroundings);
  }

  /** A message as it was when the mailbox was last looked at; null when it is gone. */
  stored(uid: number): StoredMessage | null {
    return this.#shared.index.messageOf(uid) ?? null;
  }

  /** Names of keywords by their letters (a is the first); '' where a letter has no name. Read with the first `messages()`. */
  get keywords(): readonly string[] {
    return this.#shared.keywords.names;
  }

  /** Gives letters to keywords that have none, on disk when this resolves. False, and nothing done, when there is no room. */
  addKeywords(names: readonly string[]): Promise<boolean> {
    return this.#shared.inTurn(async () => {
      await this.#shared.lookOnce();
      return this.#shared.keywords.add(this.#shared.index.dir, names);
    });
  }

  /** The messages that nobody was told of as recent before; they move to `cur`. Each is given to one session only. */
  claimRecent(): Promise<number[]> {
    return this.#shared.inTurn(async () => {
      await this.#shared.lookOnce();
      return this.#shared.recent.claim();
    });
  }

  /** Whether a session that claimed now would get this message. */
  isRecent(uid: number): boolean {
    return this.#shared.recent.has(uid);
  }

  /** Looks for what other programs did, if the folders were touched since the last look. */
  async lookIfTouched(): Promise<void> {
    if (!this.#shared.isGone && this.#shared.index.isTouched()) await this.messages();
  }

  /** Runs `work` while nothing else is done with the mailbox, then goes on in the folder that it returns. */
  relocate(work: () => Promise<string>): Promise<void> {
    return this.#shared.relocate(work);
  }

  /** Runs `work` while nothing else is done with the mailbox. It says whether it has removed the folder; who holds it is told. */
  remove(work: () => Promise<boolean>): Promise<boolean> {
    return this.#shared.remove(work);
  }

  /** The exclusive lock of a POP3 session (RFC 1939, section 4): what releases it, or null while another session has it. */
  lockMaildrop(): (() => void) | null {
    return this.#maildropLock.take();
  }

  /** Calls `watch` for every change from now on; returns what ends it. */
  subscribe(watch: (change: MailboxChange) => void): () => void {
    return this.#shared.watchers.add(watch);
  }

  /** When a message arrived (IMAP's INTERNALDATE), in milliseconds; null when it is gone. */
  arrivedAt(uid: number): Promise<number | null> {
    return this.#shared.withMessage(uid, (message) => this.#contents.arrivedAt(message));
  }
}
