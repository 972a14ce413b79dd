import { statfsSync } from 'node:fs';
import { noRoom } from './file-pieces.ts';

/** How much room the disk of a folder has. */
export class DiskSpace {
  readonly #dir: string;
  readonly #keptFree: number;

  /** @param keptFree octets that no new mail takes: the mailboxes need some for UIDs and flags, and the host has other work. */
  constructor(dir: string, keptFree: number) {
    this.#dir = dir;
    this.#keptFree = keptFree;
  }

  /** Whether files of so many octets may come. Looked up each time, in microseconds: a second of mail fills a small disk. */
  hasRoomFor(octets: number): boolean {
    const { bavail, bsize } = statfsSync(this.#dir);
    return bavail * bsize - octets >= this.#keptFree;
  }

  /** @throws an error as the system's own, when new mail has taken all that it may */
  requireRoom(): void {
    if (!this.hasRoomFor(0)) throw noRoom('New mail may not take the rest of the disk');
  }
}
