import type { Host } from '#shared/host/host.ts';
import type { DeliveryOutcome } from '../protocol/delivery-outcome.ts';
import type { DialogueLine } from '../protocol/dialogue.ts';
import {
  nextDueAt,
  postponeQueueEntry,
  type QueueEntry,
  type QueueStep,
  type RetrySchedule,
  stepQueueEntry,
  type Telling,
} from '../protocol/mail-queue.ts';
import { decisionReport, queueReport } from '../reports.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { type SenderNoticeParts, writeSenderNotice } from './sender-notice.ts';

/** Pause after the queue could not be written, in milliseconds of lab time. */
const DISK_PAUSE_MS = 60_000;

export interface QueueLedgerParts extends SenderNoticeParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly schedule: RetrySchedule;
}

/** Who has to know what becomes of entries. */
export interface QueueWatcher {
  /** The entry is new, or stands otherwise than before. */
  changed(entry: QueueEntry): void;
  removed(entry: QueueEntry): void;
}

/** A report to the sender that is to join the queue, and why. */
interface Notice {
  readonly entry: QueueEntry;
  readonly because: string;
}

/**
 * The entries of the queue, and how each stands: changed only here, one change after the other, and written to disk before
 * anything follows from it.
 */
export class QueueLedger {
  readonly #parts: QueueLedgerParts;
  readonly #watcher: QueueWatcher;
  readonly #entries = new Map<string, QueueEntry>();
  /** What was said with another server at the last try of an entry. */
  readonly #dialogues = new Map<string, readonly DialogueLine[]>();
  /** What is being done to an entry's state; what comes next waits for it. */
  readonly #turns = new Map<string, Promise<void>>();
  #trouble: string | null = null;

  constructor(parts: QueueLedgerParts, watcher: QueueWatcher) {
    this.#parts = parts;
    this.#watcher = watcher;
  }

  get entries(): ReadonlyMap<string, QueueEntry> {
    return this.#entries;
  }

  dialogue(id: string): readonly DialogueLine[] {
    return this.#dialogues.get(id) ?? [];
  }

  /** What keeps the queue from working, in a sentence. */
  get trouble(): string | null {
    return this.#trouble;
  }

  complain(sentence: string, error: Error): void {
    this.#trouble = sentence;
    this.#parts.host.log.error(error, sentence);
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  /** Takes an entry that is on disk. */
  add(entry: QueueEntry, because: string, cause?: string): void {
    this.#parts.host.report(() => queueReport('queued', entry, because, undefined, cause));
    this.change(entry);
  }

  /** Changes an entry for this run alone. */
  change(entry: QueueEntry): void {
    this.#entries.set(entry.id, entry);
    this.#watcher.changed(entry);
  }

  /** Changes an entry as a person asked; on disk when this resolves. False when there is none, or it cannot be written. */
  async keep(id: string, change: (entry: QueueEntry) => QueueEntry): Promise<boolean> {
    let isKept = false;
    await this.#inTurn(id, async (before) => {
      const after = change(before);
      await this.#parts.store.save(after);
      this.change(after);
      isKept = true;
    });
    return isKept;
  }

  /** Removes an entry, and nobody is told. False when there is none. */
  async drop(id: string, because: string): Promise<boolean> {
    let isDropped = false;
    await this.#inTurn(id, async (entry) => {
      await this.#remove(entry, because, (store) => store.remove(id));
      isDropped = true;
    });
    return isDropped;
  }

  /**
   * Notes what came of an attempt, by the recipients' addresses, with the reports to the sender that follow from it.
   * @param dialogue what was said with another server, when there was one
   */
  settle(
    id: string,
    outcomes: ReadonlyMap<string, DeliveryOutcome>,
    dialogue: readonly DialogueLine[] | null = null,
  ): Promise<void> {
    return this.#inTurn(id, async (before) => {
      const { host, schedule } = this.#parts;
      if (dialogue !== null) this.#dialogues.set(id, dialogue);
      const step = stepQueueEntry(before, outcomes, host.clock.now(), schedule);
      for (const decision of step.decisions) host.report(() => decisionReport(step.entry, decision));
      const notices: Notice[] = [];
      try {
        await this.#writeNotices(before, step.tellings, notices);
        await this.#keepStep(step, notices);
      } catch (error) {
        this.#postpone(before, step, notices);
        throw error;
      }
      for (const { entry, because } of notices) this.add(entry, because, before.exchange);
      this.#trouble = null;
    });
  }

  /** Reports for the sender, in files that the journal does not name yet; each is put into `notices` when it is written. */
  async #writeNotices(about: QueueEntry, tellings: readonly Telling[], notices: Notice[]): Promise<void> {
    for (const telling of tellings) {
      const entry = await writeSenderNotice(this.#parts, about, telling);
      const nobody = `nobody has the address ${about.reversePath}, so nobody can be told`;
      if (entry === null) this.#parts.host.report(() => queueReport('removed', about, nobody));
      else notices.push({ entry, because: `the sender of ${about.id} is told that it was ${telling.action}` });
    }
  }

  /** The disk did not take a step. The sender must be told before a recipient counts as failed: that is tried again. */
  #postpone(before: QueueEntry, step: QueueStep, notices: readonly Notice[]): void {
    const { host, store } = this.#parts;
    const postponed = postponeQueueEntry(before, step.entry, host.clock.now() + DISK_PAUSE_MS);
    this.#entries.set(before.id, postponed);
    try {
      // The journal may have taken the step, and only its sync has failed.
      store.note(postponed);
      for (const { entry } of notices) store.drop(entry.id);
    } catch (error) {
      host.log.error(error, 'the queue cannot be written');
    }
  }

  /** The new state goes to disk in one line with its reports: all of it counts after a crash, or nothing. */
  async #keepStep({ entry, decisions }: QueueStep, notices: readonly Notice[]): Promise<void> {
    const { store } = this.#parts;
    if (notices.length > 0) await store.save(...notices.map((notice) => notice.entry), entry);
    this.#entries.set(entry.id, entry);
    if (nextDueAt(entry) === null) {
      // What went to another server must not go there again; what lies in a mailbox is found there. The next message for
      // that server need not wait for this one's end to last.
      const hasLeft = entry.recipients.some(({ state }) => state.kind === 'delivered' && state.by !== null);
      const isGone = this.#remove(entry, endOf(entry), (store) => (hasLeft ? store.end(entry) : store.drop(entry.id)));
      isGone.catch((error: Error) => this.#cannotWrite(error));
      return;
    }
    if (notices.length > 0) return;
    store.note(entry);
    // That a try has failed may be forgotten in a power failure: it is tried again. What was delivered may not.
    if (decisions.some(({ kind }) => kind !== 'deferred')) await store.sync();
  }

  /** From here on the entry does not come back after a kill. @param take removes it from the disk */
  async #remove(entry: QueueEntry, because: string, take: (store: QueueStore) => Promise<void> | void): Promise<void> {
    this.#entries.delete(entry.id);
    this.#dialogues.delete(entry.id);
    this.#watcher.removed(entry);
    this.#parts.host.report(() => queueReport('removed', entry, because));
    await take(this.#parts.store);
  }

  #cannotWrite(error: Error): void {
    this.complain(`The queue cannot be written: ${error.message}. Make room on the disk`, error);
  }

  /** Work on one entry's state is done in turn; there is none for an entry that is gone. */
  #inTurn(id: string, work: (entry: QueueEntry) => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(id) ?? Promise.resolve())
      .then(async () => {
        const entry = this.#entries.get(id);
        if (entry !== undefined) await work(entry);
      })
      .catch((error: Error) => this.#cannotWrite(error))
      .finally(() => {
        if (this.#turns.get(id) === turn) this.#turns.delete(id);
      });
    this.#turns.set(id, turn);
    return turn;
  }
}

function endOf({ reversePath, recipients }: QueueEntry): string {
  return reversePath === '' && recipients.some(({ state }) => state.kind === 'failed')
    ? 'a bounce is never answered by a bounce: it ends here (RFC 5321, section 6.1)'
    : 'every recipient is delivered or reported to the sender';
}
