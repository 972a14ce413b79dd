import { statfsSync } from 'node:fs';

/** How much room the disk of a folder has. */
export class DiskSpace {
  readonly #dir: string;
  readonly #keptFree: number;

  /** @param keptFree octets that mail never takes: the mailboxes need some to change flags, and the host has other work. */
  constructor(dir: string, keptFree: number) {
    this.#dir = dir;
    this.#keptFree = keptFree;
  }

  /** Whether a message of so many octets may come. Looked up each time, in microseconds: a second of mail fills a small disk. */
  hasRoomFor(octets: number): boolean {
    const { bavail, bsize } = statfsSync(this.#dir);
    // In the queue and, as it may be, in a mailbox.
    return bavail * bsize - 2 * octets >= this.#keptFree;
  }
}
