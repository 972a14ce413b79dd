import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** While a lab runs it has a lock on this file of its folder. It stays, empty, so that all agree on which file that is. */
const LOCK = 'lock';
/** "The database file is locked": https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Makes the folder for what must last this lab's own until what is returned is called. Two labs over one queue of mail would
 * each rewrite its journal without what the other one took in, and lose it.
 *
 * Node has no lock on files of its own. A transaction of SQLite has one of the kernel's, on every system, and it ends with the
 * process however that ends.
 *
 * @param isFresh whether to forget what an earlier run kept
 * @throws Error with one sentence when a lab runs in this folder already
 */
export async function takeStateFolder(dir: string, isFresh: boolean): Promise<() => void> {
  mkdirSync(dir, { recursive: true });
  const { DatabaseSync } = await import('node:sqlite');
  const lock = new DatabaseSync(join(dir, LOCK), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(
      `A lab that keeps its state in ${dir} is running already: stop it, or start this one with a net and a folder of its own ` +
        '(npm start -- --net 127.54 chooses both) and on other ports (LAB_PUBLISH=127.0.0.2, or --no-publish)',
      { cause: error },
    );
  }
  if (isFresh) {
    for (const name of readdirSync(dir)) {
      if (name !== LOCK) rmSync(join(dir, name), { recursive: true, force: true });
    }
  }
  return () => lock.close();
}
