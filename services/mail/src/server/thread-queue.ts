import type { LabClock } from '#shared/host/clock.ts';
import type { ThreadLine } from '#shared/host/thread-line.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { QueuedFiles } from '../store/queued-files.ts';
import type { QueueWriter } from '../store/queued-message.ts';
import type { IntakeStore } from './message-intake.ts';
import type { QueueEntrance } from './receiver.ts';
import { QueueFull } from './receiving.ts';
import type { ToMain } from './smtp-thread-messages.ts';

/** The queue as a thread has it that receives: messages are written here, entries kept by the main thread. */
export class ThreadQueue implements IntakeStore, QueueEntrance {
  /** The main thread knows, and says it when the entry comes. */
  readonly isFull = false;
  readonly #files: QueuedFiles;
  readonly #main: Pick<ThreadLine<ToMain>, 'ask' | 'tell'>;

  /** @param dir where the queue is */
  constructor(dir: string, clock: LabClock, main: Pick<ThreadLine<ToMain>, 'ask' | 'tell'>) {
    this.#files = new QueuedFiles(dir, clock);
    this.#main = main;
  }

  newId(): string {
    return this.#files.newId();
  }

  create(id: string, reversePath: string): QueueWriter {
    return this.#files.create(id, reversePath);
  }

  async save(entry: QueueEntry): Promise<void> {
    const message = this.#files.take(entry.id)!;
    const asked = this.#main.ask<boolean>({ do: 'journal', entry, fileOctets: message.octets });
    const [isTaken] = await Promise.all([asked, message.sync()]);
    if (!isTaken) throw new QueueFull('the queue holds as many messages as it may');
  }

  remove(id: string): Promise<void> {
    return this.#main.ask({ do: 'remove', id });
  }

  add({ id }: QueueEntry, because: string, cause: string | undefined): void {
    this.#main.tell({ do: 'queued', id, because, cause });
  }
}
