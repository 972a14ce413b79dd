import { closeSync, fsync, openSync } from 'node:fs';

/** Rounds that run at the same time: who comes during one need not wait for its end before the next begins. */
const ROUNDS_MAX = 2;

/**
 * Group commit: one sync for all who wait for it. Whoever comes while one runs shares the next, because the one that runs may
 * have begun before the caller's change. So ten sessions that end their messages together cost one sync and not ten.
 */
export class SharedSync {
  readonly #sync: () => Promise<void>;
  readonly #running = new Set<Promise<void>>();
  /** The round that gathers those who wait, and has not begun. */
  #next: Promise<void> | null = null;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Resolves when everything that was written before this call is on disk. */
  wait(): Promise<void> {
    this.#next ??= this.#round();
    return this.#next;
  }

  /** Resolves when no sync runs any more that has begun before this call. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #round(): Promise<void> {
    if (this.#running.size >= ROUNDS_MAX) await Promise.race([...this.#running].map(settled));
    // Those who come in the same turn share it.
    await new Promise(setImmediate);
    this.#next = null;
    const sync = this.#sync();
    this.#running.add(sync);
    try {
      await sync;
    } finally {
      this.#running.delete(sync);
    }
  }
}

function settled(work: Promise<void>): Promise<void> {
  return work.catch(() => {});
}

/** Group commit for the names in a folder. */
export function sharedFolderSync(path: string): SharedSync {
  return new SharedSync(async () => {
    const folder = openSync(path, 'r');
    try {
      await syncFile(folder);
    } finally {
      closeSync(folder);
    }
  });
}

/** fsync of a file that is open, by its number: cheaper than a FileHandle where there are thousands in a second. */
export function syncFile(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(file, (error) => (error === null ? resolve() : reject(error)));
  });
}
