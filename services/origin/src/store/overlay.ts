import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '#shared/host/durable-file.ts';
import { nextModifiedMs } from '../protocol/choose-answer.ts';
import { locate } from './documents.ts';
import { goneMarkOf } from './gone-mark.ts';
import { KeyedLock } from './keyed-lock.ts';
import type { Site } from './sites.ts';

/** Where versions are written before they are whole; nothing in it outlives a start. */
const UNFINISHED = '.unfinished';

/** A document that cannot be where it should: a file is where its folder would be, or the other way round. */
export class PlaceTaken extends Error {
  override readonly name = 'PlaceTaken';
}

/** A version that lies aside with all of its octets on the disk, and is served by nobody yet. */
export interface Aside {
  readonly path: string;
  readonly octets: number;
}

/**
 * What is edited while the lab runs: files that lie over those of the host's own folder, which is read-only. A version is
 * either there with all of its octets or not there at all, also when the power fails.
 */
export class Overlay {
  readonly #folder: string;
  readonly #lock = new KeyedLock();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what a crash left unfinished. */
  async clear(): Promise<void> {
    await rm(join(this.#folder, UNFINISHED), { recursive: true, force: true });
  }

  /** Does `work` while nobody else changes the site: who checks a condition and then writes does both in one. */
  exclusively<Result>(site: Site, work: () => Promise<Result>): Promise<Result> {
    return this.#lock.hold(site.name, work);
  }

  /** Writes a new version of a document. */
  async edit(site: Site, segments: readonly string[], octets: Uint8Array, now: number): Promise<void> {
    await this.exclusively(site, async () => this.install(site, segments, await this.writeAside([octets]), now));
  }

  /** Gives a document the time of now and leaves its octets alone. @throws Error when there is no such document */
  async touch(site: Site, segments: readonly string[], now: number): Promise<void> {
    await this.exclusively(site, async () => {
      const source = newest(site, segments);
      if (source === null)
        throw new Error(`Cannot touch /${segments.join('/')} of ${site.name}: there is no such file`);
      const aside = await this.#newAside();
      await copyFile(source, aside);
      await this.install(site, segments, { path: aside, octets: 0 }, now);
    });
  }

  /** Takes away what was edited or deleted: one document, or all of the site. */
  async restore(site: Site, segments: readonly string[] | null): Promise<void> {
    const folder = join(this.#folder, site.name);
    if (segments === null) return rm(folder, { recursive: true, force: true });
    await this.exclusively(site, async () => {
      for (const names of [segments, goneMarkOf(segments)]) await rm(join(folder, ...names), { force: true });
    });
  }

  /** Writes octets to the disk, and nothing else; the caller installs or discards them. */
  async writeAside(octets: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Aside> {
    const path = await this.#newAside();
    const handle = await open(path, 'wx');
    try {
      let length = 0;
      for await (const chunk of octets) {
        await handle.writeFile(chunk);
        length += chunk.length;
      }
      await handle.sync();
      return { path, octets: length };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }

  async discard({ path }: Aside): Promise<void> {
    await rm(path, { force: true });
  }

  /** Serves a version that lies aside; when this returns it outlasts a crash. Only inside of `exclusively`. @throws PlaceTaken */
  async install(site: Site, segments: readonly string[], aside: Aside, now: number): Promise<void> {
    const target = join(this.#folder, site.name, ...segments);
    try {
      const previous = newest(site, segments);
      const previousMs = previous === null ? null : (await stat(previous)).mtimeMs;
      const modified = nextModifiedMs(previousMs, now) / 1000;
      await makeFolder(dirname(target), segments);
      await utimes(aside.path, modified, modified);
      await sync(aside.path);
      await rename(aside.path, target).catch(placeTaken(segments));
      await syncFolder(dirname(target));
      await rm(join(this.#folder, site.name, ...goneMarkOf(segments)), { force: true });
    } catch (error) {
      await this.discard(aside);
      throw error;
    }
  }

  /** Deletes a document; when this returns it stays away, whatever happens. Only inside of `exclusively`. */
  async remove(site: Site, segments: readonly string[]): Promise<void> {
    const [own = '', ...below] = site.roots;
    const target = join(own, ...segments);
    await makeFolder(dirname(target), segments);
    const isBelow = locate({ ...site, roots: below }, segments).kind === 'file';
    if (isBelow) await (await open(join(own, ...goneMarkOf(segments)), 'w')).close();
    await rm(target, { force: true });
    await syncFolder(dirname(target));
    await removeEmptyFolders(dirname(target), own);
  }

  async #newAside(): Promise<string> {
    await mkdir(join(this.#folder, UNFINISHED), { recursive: true });
    return join(this.#folder, UNFINISHED, randomBytes(6).toString('hex'));
  }
}

/** The file that is served for `segments` at present. */
function newest(site: Site, segments: readonly string[]): string | null {
  const place = locate(site, segments);
  return place.kind === 'file' ? place.path : null;
}

/** A folder, and all above it that are not there yet, so that their names outlast a crash. */
async function makeFolder(path: string, segments: readonly string[]): Promise<void> {
  const first = await mkdir(path, { recursive: true }).catch(placeTaken(segments));
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await syncFolder(folder);
  await syncFolder(dirname(first));
}

/** Who makes and deletes documents, each in a new folder, would else leave folders behind for ever. */
async function removeEmptyFolders(from: string, root: string): Promise<void> {
  const isRemoved = (folder: string) =>
    rmdir(folder).then(
      () => true,
      () => false,
    );
  for (let folder = from; folder.length > root.length && (await isRemoved(folder)); ) folder = dirname(folder);
}

function placeTaken(segments: readonly string[]): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
    throw new PlaceTaken(
      `/${segments.join('/')} cannot be there: a document is where a folder would be, or a folder is there`,
    );
  };
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
