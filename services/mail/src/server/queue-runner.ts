import { permanentFailure } from '../protocol/delivery-outcome.ts';
import type { DialogueLine } from '../protocol/dialogue.ts';
import {
  flushQueueEntry,
  holdQueueEntry,
  outcomeForWaiting,
  type QueueEntry,
  releaseQueueEntry,
} from '../protocol/mail-queue.ts';
import { QueueLedger, type QueueLedgerParts } from './queue-ledger.ts';
import { QueueTraffic, type QueueTrafficParts } from './queue-traffic.ts';

/** Messages in the queue; when it is full, no more are taken. */
const ENTRIES_MAX = 10_000;

export interface QueueRunnerParts extends QueueLedgerParts, QueueTrafficParts {}

/** The queue: what is in it (the ledger), what moves (the traffic), and what people may do with it. */
export class QueueRunner {
  readonly #parts: QueueRunnerParts;
  readonly #ledger: QueueLedger;
  readonly #traffic: QueueTraffic;

  constructor(parts: QueueRunnerParts) {
    this.#parts = parts;
    this.#ledger = new QueueLedger(parts, {
      changed: (entry) => this.#traffic.place(entry),
      removed: (entry) => this.#traffic.takeOut(entry),
    });
    this.#traffic = new QueueTraffic(parts, this.#ledger);
  }

  get entries(): readonly QueueEntry[] {
    return [...this.#ledger.entries.values()];
  }

  entry(id: string): QueueEntry | null {
    return this.#ledger.entries.get(id) ?? null;
  }

  /** Whether an attempt at the entry is under way. */
  isTrying(entry: QueueEntry): boolean {
    return this.#traffic.isTrying(entry);
  }

  /** What was said with another server at the last try of an entry; nothing before the first. */
  dialogue(id: string): readonly DialogueLine[] {
    return this.#ledger.dialogue(id);
  }

  /** What keeps the queue from working, in a sentence. */
  get trouble(): string | null {
    return this.#ledger.trouble;
  }

  get isFull(): boolean {
    return this.#ledger.entries.size >= ENTRIES_MAX;
  }

  /** Whether the whole queue is held: it takes messages, and begins nothing. */
  get isHeld(): boolean {
    return this.#traffic.isHeld;
  }

  /** Takes over entries of an earlier run. */
  resume(entries: readonly QueueEntry[], isHeld: boolean): void {
    this.#traffic.setHeld(isHeld);
    for (const entry of entries) {
      this.#traffic.markResumed(entry.id);
      this.add(entry, 'it was in the queue when this server stopped, and is still to be delivered');
    }
  }

  /** Takes an entry that is on disk. */
  add(entry: QueueEntry, because: string, cause?: string): void {
    this.#ledger.add(entry, because, cause);
  }

  /** Tries everything that waits, now. */
  flush(): number {
    for (const entry of this.entries) this.#ledger.change(flushQueueEntry(entry, this.#now()));
    return this.#ledger.entries.size;
  }

  /** Holds the whole queue, or lets it go on; on disk when this resolves. */
  async setHeld(isHeld: boolean): Promise<void> {
    await this.#parts.store.setHeld(isHeld);
    this.#traffic.setHeld(isHeld);
  }

  /** Holds an entry back; what is being sent at this moment may still arrive. False, here and below, when there is none. */
  hold(id: string): Promise<boolean> {
    return this.#ledger.keep(id, (entry) => holdQueueEntry(entry, this.#now()));
  }

  release(id: string): Promise<boolean> {
    return this.#ledger.keep(id, releaseQueueEntry);
  }

  /** Tries an entry at once, also one that was held. */
  retryNow(id: string): Promise<boolean> {
    return this.#ledger.keep(id, (entry) => flushQueueEntry(entry, this.#now()));
  }

  /** Gives up: the sender is told that nothing more is tried. */
  async bounceNow(id: string): Promise<boolean> {
    const entry = this.entry(id);
    if (entry === null) return false;
    const outcome = permanentFailure('5.3.0', 'Delivery was ended by the postmaster');
    await this.#ledger.settle(id, outcomeForWaiting(entry, outcome));
    return true;
  }

  /** Removes an entry; nobody is told. */
  drop(id: string): Promise<boolean> {
    return this.#ledger.drop(id, 'a person removed it from the queue, and nobody is told');
  }

  async dropAll(): Promise<number> {
    const dropped = await Promise.all(this.entries.map(({ id }) => this.drop(id)));
    return dropped.filter(Boolean).length;
  }

  /** Ends at once; what is in the queue stays there. */
  async stop(): Promise<void> {
    await this.#traffic.stop();
    await this.#parts.store.close();
  }

  #now(): number {
    return this.#parts.host.clock.now();
  }
}
