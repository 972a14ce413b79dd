import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Octets that are read from the disk at once. */
const PIECE_OCTETS = 64 * 1024;

/** A file of a form: it lies on the disk while the form is answered. */
export interface WebFile {
  readonly filename: string;
  readonly type: string;
  readonly octets: number;
  /** Tells its content from all others. */
  readonly digest: string;
  read(): AsyncIterable<Uint8Array>;
}

/**
 * The files of one form, one behind the other in a file without a name: several users with ten megabytes each are no matter
 * for the disk, but for the memory. The file is gone when it is closed, and when the process ends, however that happens.
 */
export class FormFiles {
  readonly #folder: string;
  #file: FileHandle | null = null;
  #octets = 0;

  /** @param folder is made when there is something to put into it */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Begins a file; `add` takes its octets, `end` gives it. */
  begin(filename: string, type: string) {
    const from = this.#octets;
    const hash = createHash('sha256');
    return {
      add: async (octets: Uint8Array): Promise<void> => {
        hash.update(octets);
        await this.#append(octets);
      },
      end: (): WebFile => {
        const to = this.#octets;
        return {
          filename,
          type,
          octets: to - from,
          digest: hash.digest('base64url'),
          read: () => this.#read(from, to),
        };
      },
    };
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #append(octets: Uint8Array): Promise<void> {
    this.#file ??= await this.#create();
    for (let at = 0; at < octets.length; ) {
      const { bytesWritten } = await this.#file.write(octets, at, octets.length - at, this.#octets);
      at += bytesWritten;
      this.#octets += bytesWritten;
    }
  }

  async #create(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, randomUUID());
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  }

  async *#read(from: number, to: number): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; ) {
      if (this.#file === null) throw new Error('The files of the form are closed');
      const piece = new Uint8Array(Math.min(PIECE_OCTETS, to - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error('A file of the form is shorter than it was');
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }
}
