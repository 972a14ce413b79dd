import { constants, type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files of one torrent that are open at the same time. */
const OPEN_MAX = 32;

interface Opened {
  readonly handle: Promise<FileHandle>;
  users: number;
}

/**
 * The files below one folder, opened when they are needed and closed again when too many are: a torrent may have thousands.
 * Links are not followed, neither in the place of a file nor of a folder: whoever put one there does not lead us elsewhere.
 */
export class FilePool {
  readonly #folder: string;
  readonly #mode: 'read' | 'write';
  /** The least recently used first. */
  readonly #opened = new Map<string, Opened>();
  #isClosed = false;

  /** In the mode `read` no file or folder is made or changed. */
  constructor(folder: string, mode: 'read' | 'write') {
    this.#folder = folder;
    this.#mode = mode;
  }

  /** Calls `work` with the file at `path`; it stays open until that is done. */
  async use<Result>(path: readonly string[], work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    // Who still reads when everything ends would open the file once more, and nobody would close it.
    if (this.#isClosed) throw new Error('The files of the torrent are closed');
    const name = path.join('/');
    const opened = this.#opened.get(name) ?? { handle: this.#open(path), users: 0 };
    this.#opened.delete(name);
    this.#opened.set(name, opened);
    opened.users += 1;
    try {
      return await work(await opened.handle);
    } catch (error) {
      // What could not be opened is tried anew the next time.
      if (await hasFailed(opened.handle)) this.#opened.delete(name);
      throw error;
    } finally {
      opened.users -= 1;
      this.#closeIdle();
    }
  }

  /** Where the file at `path` is on the disk. */
  placeOf(path: readonly string[]): string {
    return join(this.#folder, ...path);
  }

  /** Removes the file at `path`, unless a link leads elsewhere on the way to it: what is there was never ours. */
  async remove(path: readonly string[]): Promise<void> {
    for (let parts = 1; parts < path.length; parts++) {
      const there = await lstat(this.placeOf(path.slice(0, parts))).catch(() => null);
      if (!there?.isDirectory()) return;
    }
    await rm(this.placeOf(path), { force: true });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map(closeQuietly));
  }

  #closeIdle(): void {
    if (this.#opened.size <= OPEN_MAX) return;
    for (const [name, opened] of this.#opened) {
      if (opened.users > 0) continue;
      this.#opened.delete(name);
      void closeQuietly(opened);
      return;
    }
  }

  async #open(path: readonly string[]): Promise<FileHandle> {
    await this.#walkTo(path);
    const how = this.#mode === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
    return open(this.placeOf(path), how | constants.O_NOFOLLOW, 0o644);
  }

  /** Makes the folders of a file one by one, and refuses what is in their way. */
  async #walkTo(path: readonly string[]): Promise<void> {
    if (this.#mode === 'write') await mkdir(this.#folder, { recursive: true });
    for (let parts = 1; parts < path.length; parts++) {
      const part = this.placeOf(path.slice(0, parts));
      const there = await lstat(part).catch(() => null);
      if (there?.isDirectory()) continue;
      if (there !== null)
        throw new Error(`${part} is in the way of a folder of the torrent (${dirname(part)}): remove it`);
      if (this.#mode === 'write') await mkdir(part).catch(ignoreExisting);
    }
  }
}

async function closeQuietly({ handle }: Opened): Promise<void> {
  await handle.then((file) => file.close()).catch(() => {});
}

function hasFailed(handle: Promise<FileHandle>): Promise<boolean> {
  return handle.then(
    () => false,
    () => true,
  );
}

/** Two files of one folder may be opened at once. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
