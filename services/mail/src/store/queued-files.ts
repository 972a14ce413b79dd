import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { LabClock } from '#shared/host/clock.ts';
import { QueueIds } from '../protocol/queue-id.ts';
import { QueuedMessage, type QueueWriter } from './queued-message.ts';
import { type SharedSync, sharedFolderSync, syncFile } from './shared-sync.ts';

/** Octets of randomness that make the ids of two starts, and of two threads, differ. */
const SALT_OCTETS = 2;

/** A message that is written, and not synced. */
export interface WrittenMessage {
  /** What its file measures. */
  readonly octets: number;
  /** Resolves when the message and its name are on disk. To be called once, when everything else is written that is synced beside. */
  sync(): Promise<void>;
  /** Leaves it as it is, where it is of no use. */
  close(): void;
}

/** The messages of the queue that this thread writes, each in a file `<id>.eml`. */
export class QueuedFiles {
  readonly #dir: string;
  readonly #clock: LabClock;
  readonly #names: SharedSync;
  readonly #written = new Map<string, WrittenMessage>();
  readonly #ids = new QueueIds(crypto.getRandomValues(new Uint8Array(SALT_OCTETS)));

  /** @param dir where the queue is */
  constructor(dir: string, clock: LabClock) {
    this.#dir = dir;
    this.#clock = clock;
    this.#names = sharedFolderSync(dir);
  }

  newId(): string {
    return this.#ids.next(this.#clock.now());
  }

  path(id: string): string {
    return join(this.#dir, `${id}.eml`);
  }

  create(id: string, reversePath: string): QueueWriter {
    return new QueuedMessage(this.path(id), reversePath, this.#clock, (file, octets) => {
      this.#written.set(id, { octets, sync: () => this.#sync(file), close: () => closeSync(file) });
    });
  }

  /** What was written for an entry that is saved now for the first time. */
  take(id: string): WrittenMessage | undefined {
    const written = this.#written.get(id);
    this.#written.delete(id);
    return written;
  }

  /** Resolves when the names that came and went before this call are so on disk. */
  namesLast(): Promise<void> {
    return this.#names.wait();
  }

  /** Syncs a message and its name, and closes it. */
  async #sync(file: number): Promise<void> {
    // Both have ended before the file is closed, also when one fails.
    const ended = await Promise.allSettled([syncInNextTurn(file), this.#names.wait()]);
    closeSync(file);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }
}

/** In the turn in which shared syncs begin: what the file system can do together it does together. */
async function syncInNextTurn(file: number): Promise<void> {
  await new Promise(setImmediate);
  await syncFile(file);
}
