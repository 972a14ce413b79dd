import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { EntityTag } from '#shared/http/entity-tag.ts';
import type { Site } from './sites.ts';

/** Entity tags that are remembered, so that a file is hashed once for each of its versions. */
const ETAGS_MAX = 1_000;
/** Longest file that is hashed, in octets; a longer one is named by its inode, size and times, which change as surely. */
const HASHED_OCTETS_MAX = 8 * 1024 * 1024;
/** Octets of the hash that an entity tag shows: no two versions meet by chance. */
const ETAG_OCTETS = 12;
/** The document of a folder. */
const INDEX = 'index.html';

/** One version of a document, open for reading: what is edited meanwhile does not change it. */
export interface OpenDocument {
  readonly handle: FileHandle;
  readonly fileName: string;
  readonly octets: number;
  readonly modifiedMs: number;
  readonly etag: EntityTag;
}

export type Found =
  | { readonly kind: 'document'; readonly document: OpenDocument }
  | { readonly kind: 'folder'; readonly because: string }
  | { readonly kind: 'missing'; readonly because: string };

/** Finds documents below the roots of a site; never outside of them, wherever a symbolic link may point. */
export class Documents {
  readonly #etags = new Map<string, EntityTag>();

  /** The caller closes the handle of what is found. */
  async find(site: Site, segments: readonly string[], folder: boolean): Promise<Found> {
    const names = folder ? [...segments, INDEX] : segments;
    let isFolder = false;
    for (const root of site.roots) {
      const path = await realpathInside(root, names);
      const found = path === null ? null : await stat(path);
      if (path !== null && found?.isFile())
        return { kind: 'document', document: await this.#open(path, names.at(-1) ?? '') };
      isFolder ||= found?.isDirectory() ?? false;
    }
    if (isFolder) return { kind: 'folder', because: 'the path names a folder, whose URL ends in "/"' };
    return { kind: 'missing', because: folder ? 'the folder has no index.html' : 'there is no such file' };
  }

  async #open(path: string, fileName: string): Promise<OpenDocument> {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const found = await handle.stat({ bigint: true });
      const etag = await this.#etagOf(handle, found);
      return { handle, fileName, octets: Number(found.size), modifiedMs: Number(found.mtimeNs / 1_000_000n), etag };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #etagOf(handle: FileHandle, found: BigIntStats): Promise<EntityTag> {
    const version = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join('-');
    const known = this.#etags.get(version);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    if (found.size > HASHED_OCTETS_MAX) hash.update(version);
    else for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
    const etag = { weak: false, opaque: hash.digest().subarray(0, ETAG_OCTETS).toString('base64url') };
    if (this.#etags.size >= ETAGS_MAX) this.#etags.delete(this.#etags.keys().next().value!);
    this.#etags.set(version, etag);
    return etag;
  }
}

/** The real path of `names` below `root`, or null when there is none or when it leads out of `root`. */
async function realpathInside(root: string, names: readonly string[]): Promise<string | null> {
  try {
    const inside = await realpath(root);
    const path = await realpath(join(root, ...names));
    return path === inside || path.startsWith(inside + sep) ? path : null;
  } catch {
    return null;
  }
}
