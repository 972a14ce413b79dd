import { closeSync, futimesSync, open as openFile } from 'node:fs';
import type { LabClock } from '#shared/host/clock.ts';
import { ToLineFeeds } from '../protocol/line-ends.ts';
import { formatReturnPath } from '../protocol/trace.ts';
import { writeWhole } from './append-file.ts';
import { removeFile } from './file-pieces.ts';

/** The message of an entry that is being written; it belongs to the queue only after `QueueStore.save`. */
export interface QueueWriter {
  /** Octets with CRLF line ends. */
  write(octets: Uint8Array): Promise<void>;
  /** Gives what was written to the kernel. It lasts when `QueueStore.save` of its entry has resolved. */
  finish(): Promise<void>;
  /** Closes and removes it. */
  discard(): Promise<void>;
}

/** What the file of a message begins with: the line that a final delivery writes (RFC 5321, section 4.4). */
export function beginningOf(reversePath: string): Uint8Array {
  return Buffer.from(formatReturnPath(reversePath).replace('\r\n', '\n'), 'utf8');
}

/** Octets that are gathered before they are written. */
const GATHERED_OCTETS_MAX = 64 * 1024;

/** A message on its way to the disk. Nothing is written before 64 KiB have come or `finish` is called: a small one goes in one piece. */
export class QueuedMessage implements QueueWriter {
  readonly #path: string;
  readonly #clock: LabClock;
  readonly #written: (file: number, octets: number) => void;
  readonly #converter = new ToLineFeeds();
  #gathered: Uint8Array[];
  #gatheredOctets = 0;
  #octets = 0;
  /** Opened in the thread pool, while the message is on its way: to make a file waits for a sync that runs (ext4). */
  readonly #opening: Promise<number>;
  #isHandedOver = false;

  /** @param written gets the open file when all is written, and closes it */
  constructor(path: string, reversePath: string, clock: LabClock, written: (file: number, octets: number) => void) {
    this.#path = path;
    this.#clock = clock;
    this.#written = written;
    this.#gathered = [beginningOf(reversePath)];
    this.#opening = openNew(path);
    // Who writes is told.
    this.#opening.catch(() => {});
  }

  async write(octets: Uint8Array): Promise<void> {
    const converted = this.#converter.convert(octets);
    this.#gathered.push(converted);
    this.#gatheredOctets += converted.length;
    if (this.#gatheredOctets >= GATHERED_OCTETS_MAX) await this.#flush();
  }

  async finish(): Promise<void> {
    this.#gathered.push(this.#converter.end());
    const file = await this.#flush();
    // The file's time is when the message arrived, by the lab's clock; that of the machine it has already.
    if (this.#clock.offsetMs !== 0) futimesSync(file, this.#clock.now() / 1000, this.#clock.now() / 1000);
    this.#isHandedOver = true;
    this.#written(file, this.#octets);
  }

  async discard(): Promise<void> {
    const file = await this.#opening.catch(() => null);
    if (file === null) return;
    if (!this.#isHandedOver) closeSync(file);
    await removeFile(this.#path);
  }

  async #flush(): Promise<number> {
    const file = await this.#opening;
    const octets = Buffer.concat(this.#gathered);
    writeWhole(file, octets);
    this.#octets += octets.length;
    this.#gathered = [];
    this.#gatheredOctets = 0;
    return file;
  }
}

function openNew(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openFile(path, 'wx', 0o600, (error, file) => (error === null ? resolve(file) : reject(error)));
  });
}
