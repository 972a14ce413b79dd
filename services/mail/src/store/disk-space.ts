import { statfsSync } from 'node:fs';

/** How old a look at the disk may be, in milliseconds: mail that comes in between is found out when it is written. */
const LOOK_MS = 1_000;

/** How much room the disk of a folder has. */
export class DiskSpace {
  readonly #dir: string;
  readonly #keptFree: number;
  #free = 0;
  #lookedAt = -Infinity;

  /** @param keptFree octets that mail never takes: the mailboxes need some to change flags, and the host has other work. */
  constructor(dir: string, keptFree: number) {
    this.#dir = dir;
    this.#keptFree = keptFree;
  }

  /** Whether a message of so many octets may come, as far as is known. */
  hasRoomFor(octets: number): boolean {
    const now = performance.now();
    if (now - this.#lookedAt >= LOOK_MS) {
      const { bavail, bsize } = statfsSync(this.#dir);
      this.#free = bavail * bsize;
      this.#lookedAt = now;
    }
    // In the queue and, as it may be, in a mailbox.
    return this.#free - 2 * octets >= this.#keptFree;
  }
}
