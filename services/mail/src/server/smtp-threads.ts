/**
 * Port 25 on several cores: each thread listens on the same port (the kernel deals the connections out, SO_REUSEPORT), talks
 * SMTP, and writes and syncs the messages that come to it. The main thread keeps the journal and everything behind it.
 */
import type { Host } from '#shared/host/host.ts';
import { Threads } from '#shared/host/threads.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Faults } from './faults.ts';
import type { QueueEntrance } from './receiver.ts';
import { SharedRates } from './shared-rates.ts';
import { rateLimitOptions } from './smtp-options.ts';
import type { SmtpThreadTask, ToMain, ToSmtpThread } from './smtp-thread-messages.ts';

/** What the threads need of the main thread. */
export interface SmtpThreadsParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly queue: QueueEntrance;
  readonly faults: Faults;
  hasRoom(account: string, octets: number): Promise<boolean>;
}

/** What a thread has begun. */
interface Begun {
  /** Entries that the journal has, and the queue not yet. */
  readonly entries: Map<string, QueueEntry>;
  readonly meetings: Map<number, AbortController>;
}

export class SmtpThreads {
  /** What is counted in this thread, which the others hear of. */
  readonly rates: SharedRates;
  readonly #parts: SmtpThreadsParts;
  readonly #threads: Threads<ToSmtpThread, ToMain>;
  readonly #begun: readonly Begun[];

  constructor(parts: SmtpThreadsParts, task: Omit<SmtpThreadTask, 'identity' | 'faultRules'>) {
    const count = task.config.SMTP_WORKERS;
    this.rates = new SharedRates(rateLimitOptions(task.config), (news) => this.#threads.tell({ do: 'counted', news }));
    this.#parts = parts;
    this.#begun = Array.from({ length: count }, () => ({ entries: new Map(), meetings: new Map() }));
    this.#threads = new Threads(parts.host, {
      count,
      module: new URL('./smtp-thread.ts', import.meta.url),
      what: 'receiving thread',
      task: () => ({ ...task, faultRules: parts.faults.board.memory }),
      answer: (question, index) => this.#answer(question, index),
      ended: (index) => this.#ended(index),
    });
  }

  start(): Promise<void> {
    return this.#threads.start();
  }

  async connections(): Promise<number> {
    const counts = await this.#threads.ask<number>({ do: 'connections' });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  stop(): Promise<void> {
    this.rates.close();
    return this.#threads.stop();
  }

  #answer(question: ToMain, index: number): unknown {
    switch (question.do) {
      case 'journal':
        return this.#journal(index, question.entry, question.fileOctets);
      case 'queued':
        return this.#queued(index, question);
      case 'remove':
        this.#begun[index]!.entries.delete(question.id);
        return this.#parts.store.remove(question.id);
      case 'room':
        return this.#parts.hasRoom(question.account, question.octets);
      case 'meet':
        return this.#meet(index, question);
      case 'leave':
        return this.#begun[index]!.meetings.get(question.meeting)?.abort();
      case 'counted':
        this.rates.take(question.news, this.#parts.host.clock.now());
        return this.#threads.tell({ do: 'counted', news: question.news }, index);
    }
  }

  async #journal(index: number, entry: QueueEntry, fileOctets: number): Promise<boolean> {
    const { store, queue } = this.#parts;
    if (queue.isFull) return false;
    this.#begun[index]!.entries.set(entry.id, entry);
    await store.saveWritten(entry, fileOctets);
    return true;
  }

  #queued(index: number, { id, because, cause }: Extract<ToMain, { do: 'queued' }>): void {
    const { entries } = this.#begun[index]!;
    const entry = entries.get(id);
    entries.delete(id);
    if (entry !== undefined) this.#parts.queue.add(entry, because, cause);
  }

  async #meet(index: number, { meeting, stage, facts, exchange }: Extract<ToMain, { do: 'meet' }>) {
    const { meetings } = this.#begun[index]!;
    const gone = new AbortController();
    meetings.set(meeting, gone);
    try {
      return await this.#parts.faults.meet(stage, facts, { exchange, gone: gone.signal });
    } finally {
      meetings.delete(meeting);
    }
  }

  /** Its clients are gone. What may have been acknowledged is delivered: twice is better than not at all. */
  #ended(index: number): void {
    const { entries, meetings } = this.#begun[index]!;
    for (const gone of meetings.values()) gone.abort();
    for (const entry of entries.values()) {
      if (this.#parts.store.isWhole(entry)) {
        this.#parts.queue.add(entry, 'it is on disk, and the thread that received it has ended', undefined);
      } else this.#parts.store.drop(entry.id);
    }
    entries.clear();
  }
}
