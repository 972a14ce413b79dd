import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder, UNFINISHED } from '#shared/host/durable-file.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { FilePieces, removeFile } from './file-pieces.ts';

/** The message of an entry that is being written; it belongs to the queue only after `QueueStore.save`. */
export interface QueueWriter {
  write(octets: Uint8Array): Promise<void>;
  /** Makes what was written last. */
  finish(): Promise<void>;
  /** Closes and removes it. */
  discard(): Promise<void>;
}

/**
 * The queue on disk: `<id>.eml` is a message as it goes out, `<id>.json` its envelope and what became of each recipient. An
 * entry exists when its `.json` does. It is written last and removed first, each time by renaming a file that is on disk.
 */
export class QueueStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The entries of an earlier run. Messages without an envelope were never acknowledged: they are removed. */
  async open(onTrouble: (sentence: string) => void): Promise<QueueEntry[]> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const files = new Set(await readdir(this.#dir));
    for (const file of files) {
      const isOrphan = file.endsWith('.eml') && !files.has(file.replace(/\.eml$/, '.json'));
      if (isOrphan || file.endsWith(UNFINISHED)) await removeFile(join(this.#dir, file));
    }
    const entries: QueueEntry[] = [];
    for (const file of files) {
      if (!file.endsWith('.json')) continue;
      const entry = readEntry(await readFile(join(this.#dir, file), 'utf8'), file.replace(/\.json$/, ''));
      if (entry !== null && files.has(`${entry.id}.eml`)) entries.push(entry);
      else
        onTrouble(
          `Cannot read ${join(this.#dir, file)}: it is left there and not delivered. Look at it, then remove it`,
        );
    }
    return entries.sort((one, other) => one.arrivedAt - other.arrivedAt);
  }

  async create(id: string): Promise<QueueWriter> {
    const path = this.#message(id);
    const file = new GatheringFile(await open(path, 'wx', 0o600));
    return {
      write: (octets) => file.write(octets),
      finish: () => file.finish(),
      discard: async () => {
        await file.close();
        await removeFile(path);
      },
    };
  }

  /** Writes the entry's state; on disk, with the name of its message, when this resolves. */
  save(entry: QueueEntry): Promise<void> {
    return replaceFile(this.#state(entry.id), JSON.stringify(entry));
  }

  async remove(id: string): Promise<void> {
    await removeFile(this.#state(id));
    await syncFolder(this.#dir);
    await removeFile(this.#message(id));
  }

  /** The octets of the message, with CRLF line ends. */
  async read(id: string): Promise<FilePieces> {
    return new FilePieces(await open(this.#message(id), 'r'));
  }

  #message(id: string): string {
    return join(this.#dir, `${id}.eml`);
  }

  #state(id: string): string {
    return join(this.#dir, `${id}.json`);
  }
}

function readEntry(text: string, id: string): QueueEntry | null {
  try {
    const entry = JSON.parse(text) as QueueEntry;
    return entry.id === id && Array.isArray(entry.recipients) ? entry : null;
  } catch {
    return null;
  }
}

/** Octets that are gathered before they are written: mail data may come in pieces of a few octets. */
const GATHERED_OCTETS_MAX = 64 * 1024;

/** A file that is written in large pieces. */
class GatheringFile {
  readonly #handle: FileHandle;
  #gathered: Uint8Array[] = [];
  #octets = 0;
  #isOpen = true;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(octets: Uint8Array): Promise<void> {
    this.#gathered.push(octets);
    this.#octets += octets.length;
    if (this.#octets >= GATHERED_OCTETS_MAX) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.#handle.close().catch(() => {});
    this.#isOpen = false;
  }

  async #flush(): Promise<void> {
    const whole = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#octets = 0;
    await this.#handle.writeFile(whole);
  }
}
