import { statSync } from 'node:fs';
import { join } from 'node:path';

/** A folder's time may stand still for so long while its names change (the kernel's tick), in milliseconds. */
const GRAIN_MS = 20;
/** What other programs do while this process changes a folder again and again is found after so many milliseconds. */
const HIDDEN_MS_MAX = 1_000;

/** Where listing is dear, it takes this part of the time at most: one in so many. */
const PAUSE_PER_LISTING = 20;

/**
 * Tells cheaply whether names in `new` or `cur` may have changed since the last look: by the times of the folders. For a moment
 * after a change the times say nothing, because another change may have the same one.
 */
export class FolderTouch {
  #seen = '';
  /** When the times began to say nothing, and when they will say something again; null when they do. */
  #blind: { readonly since: number; readonly until: number } | null = null;
  #listingMs = 0;

  /** To be called before the folders are listed, so that a change meanwhile counts as one after. */
  remember(dir: string): void {
    const { text, latestMs } = timesOf(dir);
    this.#seen = text;
    const age = Date.now() - latestMs;
    const now = performance.now();
    this.#blind = age > GRAIN_MS ? null : { since: now, until: now + GRAIN_MS };
  }

  /** How long it took to list the folders: they are not listed all the time for what this process does itself. */
  listed(tookMs: number): void {
    this.#listingMs = tookMs;
  }

  /** Lets the next look be a thorough one. */
  forget(): void {
    this.#seen = '';
  }

  /** Runs what changes the folders, and remembers how they look then, if nobody else has changed them before. */
  async own<Result>(dir: string, work: () => Promise<Result>): Promise<Result> {
    const isUntouched = timesOf(dir).text === this.#seen;
    const result = await work();
    const { text } = timesOf(dir);
    if (!isUntouched || text === this.#seen) return result;
    const now = performance.now();
    this.#seen = text;
    const pauseMs = Math.max(GRAIN_MS, this.#listingMs * PAUSE_PER_LISTING);
    this.#blind = { since: this.#blind?.since ?? now, until: now + pauseMs };
    return result;
  }

  /** @param isLate whether it may be found some time later: where listing is dear */
  isTouched(dir: string, isLate: boolean): boolean {
    if (timesOf(dir).text !== this.#seen) return true;
    if (this.#blind === null) return false;
    const now = performance.now();
    return !isLate || now > this.#blind.until || now > this.#blind.since + HIDDEN_MS_MAX;
  }
}

/** Of a folder that is gone the time is 0. */
function timesOf(dir: string): { text: string; latestMs: number } {
  const times = ['new', 'cur'].map((folder) => statSync(join(dir, folder), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return { text: times.join(' '), latestMs: Math.max(...times) };
}
