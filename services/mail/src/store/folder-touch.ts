import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder's time may stand still for so long while its names change (the kernel's tick), in milliseconds. */
const GRAIN_MS = 20;

/** Tells cheaply whether names in `new` or `cur` may have changed since the last look: by the times of the folders. */
export class FolderTouch {
  #seen = '';
  #isSettled = false;

  /** To be called before the folders are listed, so that a change meanwhile counts as one after. */
  async remember(dir: string): Promise<void> {
    const { text, latestMs } = await timesOf(dir);
    this.#seen = text;
    this.#isSettled = Date.now() - latestMs > GRAIN_MS;
  }

  async isTouched(dir: string): Promise<boolean> {
    return !this.#isSettled || (await timesOf(dir)).text !== this.#seen;
  }
}

async function timesOf(dir: string): Promise<{ text: string; latestMs: number }> {
  const times = await Promise.all(['new', 'cur'].map(async (folder) => (await stat(join(dir, folder))).mtimeMs));
  return { text: times.join(' '), latestMs: Math.max(...times) };
}
