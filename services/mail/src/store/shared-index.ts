import { noRoom } from './file-pieces.ts';
import type { IndexedMessage } from './mailbox-difference.ts';
import { type Difference, type IndexSurroundings, MailboxIndex } from './mailbox-index.ts';
import { MailboxKeywords } from './mailbox-keywords.ts';
import { MailboxWatchers } from './mailbox-watchers.ts';
import type { Quarantine } from './quarantine.ts';
import { RecentMessages } from './recent-messages.ts';
import { Turn } from './turn.ts';

/** A mailbox that was deleted while somebody still held it. */
export class MailboxGone extends Error {
  override readonly name = 'MailboxGone';
}

/**
 * The index of a mailbox as all who work on it share it: they take turns, and what one of them changes or finds changed is told
 * to all who watch. Everything but `inTurn` and its kin is for those whose turn it is.
 */
export class SharedIndex {
  readonly index: MailboxIndex;
  readonly keywords = new MailboxKeywords();
  readonly recent: RecentMessages;
  readonly watchers = new MailboxWatchers();
  readonly #turn = new Turn();
  #isGone = false;
  #lookSoon: Promise<void> | null = null;

  constructor(dir: string, surroundings: IndexSurroundings, quarantine: Quarantine) {
    this.index = new MailboxIndex(dir, surroundings, quarantine);
    this.recent = new RecentMessages(this.index);
  }

  /** Whether the mailbox was deleted. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** @throws MailboxGone when the mailbox was deleted */
  refuseIfGone(): void {
    if (this.#isGone) throw new MailboxGone('The mailbox was deleted');
  }

  /** Does `work` when it is its turn. @throws MailboxGone */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turn.run(() => {
      this.refuseIfGone();
      return work();
    });
  }

  /** The same with two mailboxes, which both stand still meanwhile. */
  inTurnWith<Result>(other: SharedIndex, work: () => Promise<Result>): Promise<Result> {
    if (other === this) return this.inTurn(work);
    return Turn.both(this.#turn, other.#turn, () => {
      this.refuseIfGone();
      other.refuseIfGone();
      return work();
    });
  }

  /** One look for all who ask until it begins. */
  lookSoon(): void {
    this.#lookSoon ??= this.inTurn(async () => {
      this.#lookSoon = null;
      await this.look();
      // What fails here fails again, and is told, when somebody asks for the messages.
    }).catch(() => {});
  }

  /** Brings the index up to date with the folders, and tells what is different. */
  async look(): Promise<void> {
    if (!this.index.isKnown) await this.keywords.read(this.index.dir);
    this.learn(await this.index.look());
  }

  /** The same before messages are added, which would be there without UIDs if they could not be recorded. @throws as a full disk does */
  async lookToAdd(): Promise<void> {
    await this.look();
    if (!this.index.isRecorded) throw noRoom('What is in the mailbox cannot be recorded: the disk takes nothing');
  }

  /** For what can be answered from the index as it is. */
  async lookOnce(): Promise<void> {
    if (!this.index.isKnown) await this.look();
  }

  /** Tells a difference. */
  learn(difference: Difference): void {
    this.recent.learn(difference);
    this.watchers.tellDifference(difference);
  }

  /** UIDs of those that are there, by the bases of their files' names. */
  uidsOf(bases: readonly string[]): number[] {
    return bases.flatMap((base) => this.index.messageOfBase(base)?.uid ?? []);
  }

  /** Does `work` with a message; when its file is not where it was, once more after a new look. Null when it is gone. */
  withMessage<Result>(uid: number, work: (message: IndexedMessage) => Promise<Result | null>): Promise<Result | null> {
    return this.inTurn(async () => {
      await this.lookOnce();
      for (const isSecondTry of [false, true]) {
        if (isSecondTry) await this.look();
        const message = this.index.messageOf(uid);
        if (message === undefined) return null;
        const result = await work(message);
        if (result !== null) return result;
      }
      return null;
    });
  }

  /** Goes on in the folder that `work` returns. */
  relocate(work: () => Promise<string>): Promise<void> {
    return this.inTurn(async () => {
      this.index.dir = await work();
    });
  }

  /** Does `work`, which says whether it has removed the folder. */
  remove(work: () => Promise<boolean>): Promise<boolean> {
    return this.inTurn(async () => {
      if (!(await work())) return false;
      this.#isGone = true;
      this.watchers.tell({ kind: 'deleted' });
      return true;
    });
  }
}
