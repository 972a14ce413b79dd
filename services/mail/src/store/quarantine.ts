import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isUsableName } from '../protocol/maildir-name.ts';

/** Where a mailbox keeps what is no message: beside new and cur, where no mail program looks. */
const QUARANTINE = 'quarantine';
/** Characters of the name of a file that are kept there. */
const NAME_LENGTH_MAX = 100;

/** Something in a Maildir that cannot be a message. */
export interface BrokenFile {
  /** Where it was. */
  readonly path: string;
  /** Where it is now; null when it could not be moved and is passed over where it lies. */
  readonly movedTo: string | null;
  readonly because: string;
}

/** Takes what is no message out of a Maildir, so that the others can be read, and says so. Nothing is ever deleted. */
export class Quarantine {
  readonly #tell: (broken: BrokenFile) => void;
  /** What could not be moved, so that it is told once. */
  readonly #left = new Set<string>();
  #count = 0;

  constructor(tell: (broken: BrokenFile) => void) {
    this.#tell = tell;
  }

  /** Whether this file was found broken before, and had to stay. */
  has(folder: string, file: string): boolean {
    return this.#left.size > 0 && this.#left.has(join(folder, file));
  }

  async take(dir: string, folder: string, file: string, because: string): Promise<void> {
    await this.#move(dir, folder, file, join(dir, folder, file), because);
  }

  /** Takes everything whose name cannot be used. */
  async takeUnusable(dir: string, folder: string): Promise<void> {
    for (const name of await readdir(join(dir, folder), { encoding: 'buffer' })) {
      const file = name.toString('utf8');
      if (isUsableName(file)) continue;
      const path = Buffer.concat([Buffer.from(`${join(dir, folder)}/`), name]);
      await this.#move(dir, folder, file, path, 'its name has characters that no name of a message has');
    }
  }

  async #move(dir: string, folder: string, file: string, from: string | Buffer, because: string): Promise<void> {
    if (this.has(folder, file)) return;
    this.#count += 1;
    const safe = file.replace(/[^\w.,=:@+-]/g, '_').slice(0, NAME_LENGTH_MAX);
    const to = join(dir, QUARANTINE, `${Date.now()}.${this.#count}.${folder}.${safe}`);
    const path = join(dir, folder, safe);
    try {
      await mkdir(join(dir, QUARANTINE), { recursive: true, mode: 0o700 });
      await rename(from, to);
      this.#tell({ path, movedTo: to, because });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#left.add(join(folder, file));
      this.#tell({ path, movedTo: null, because: `${because}, and it cannot be moved (${(error as Error).message})` });
    }
  }
}
