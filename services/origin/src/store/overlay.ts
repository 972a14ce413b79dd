import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nextModifiedMs } from '../protocol/choose-answer.ts';
import type { Site } from './sites.ts';

/**
 * What is edited while the lab runs: files that lie over those of the host's own folder, which is read-only. A version is
 * either there with all of its octets or not there at all, also when the power fails.
 */
export class Overlay {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a new version of a document. */
  async edit(site: Site, segments: readonly string[], octets: Uint8Array, now: number): Promise<void> {
    await this.#replace(site, segments, now, async (file) => {
      const handle = await open(file, 'wx');
      await handle.writeFile(octets).finally(() => handle.close());
    });
  }

  /** Gives a document the time of now and leaves its octets alone. @throws Error when there is no such document */
  async touch(site: Site, segments: readonly string[], now: number): Promise<void> {
    const source = await newest(site, segments);
    if (source === null) throw new Error(`Cannot touch /${segments.join('/')} of ${site.name}: there is no such file`);
    await this.#replace(site, segments, now, (file) => copyFile(source, file));
  }

  /** Takes away what was edited: one document, or all of the site. */
  async restore(site: Site, segments: readonly string[] | null): Promise<void> {
    await rm(join(this.#folder, site.name, ...(segments ?? [])), { recursive: true, force: true });
  }

  async #replace(
    site: Site,
    segments: readonly string[],
    now: number,
    write: (file: string) => Promise<void>,
  ): Promise<void> {
    const target = join(this.#folder, site.name, ...segments);
    const previous = await newest(site, segments);
    const previousMs = previous === null ? null : (await stat(previous)).mtimeMs;
    const temporary = join(this.#folder, site.name, `.${randomBytes(6).toString('hex')}`);
    await mkdir(dirname(target), { recursive: true });
    try {
      await write(temporary);
      const modified = nextModifiedMs(previousMs, now) / 1000;
      await utimes(temporary, modified, modified);
      await sync(temporary);
      await rename(temporary, target);
      await sync(dirname(target));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** The file that is served for `segments` at present. */
async function newest(site: Site, segments: readonly string[]): Promise<string | null> {
  for (const root of site.roots) {
    const path = join(root, ...segments);
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  return null;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
