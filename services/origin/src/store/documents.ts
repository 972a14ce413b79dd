import { createHash } from 'node:crypto';
import { type BigIntStats, constants, existsSync, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { EntityTag } from '#shared/http/entity-tag.ts';
import type { DocumentPath } from '../protocol/document-path.ts';
import { goneMarkOf } from './gone-mark.ts';
import type { Site } from './sites.ts';

type PathOfDocument = Extract<DocumentPath, { kind: 'path' }>;

/** Entity tags that are remembered, so that a file is hashed once for each of its versions. */
const ETAGS_MAX = 1_000;
/** Longest file that is hashed, in octets; a longer one is named by its inode, size and times, which change as surely. */
const HASHED_OCTETS_MAX = 8 * 1024 * 1024;
/** Octets of the hash that an entity tag shows: no two versions meet by chance. */
const ETAG_OCTETS = 12;
/** The document of a folder. */
export const INDEX = 'index.html';

/** The names of the file that a path means; those of its document, where it means a folder. */
export function fileNames({ segments, folder }: Omit<PathOfDocument, 'kind'>): readonly string[] {
  return folder ? [...segments, INDEX] : segments;
}

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
    const names = fileNames({ segments, folder });
    const place = locate(site, names);
    if (place.kind === 'file') return { kind: 'document', document: await this.#open(place.path, names.at(-1) ?? '') };
    if (place.kind === 'folder') return { kind: 'folder', because: 'the path names a folder, whose URL ends in "/"' };
    if (place.kind === 'gone') return { kind: 'missing', because: 'the document was deleted' };
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
    const etag = entityTagOf(hash.digest());
    if (this.#etags.size >= ETAGS_MAX) this.#etags.delete(this.#etags.keys().next().value!);
    this.#etags.set(version, etag);
    return etag;
  }
}

/** The entity tag of octets whose SHA-256 this is. */
export function entityTagOf(digest: Buffer): EntityTag {
  return { weak: false, opaque: digest.subarray(0, ETAG_OCTETS).toString('base64url') };
}

export type Place = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'folder' | 'gone' | 'missing' };

/**
 * Where the file is that is served for `names` at present; what was deleted is gone in all roots. The system is asked at once and
 * not through the thread pool: each answer takes it a microsecond, and the way there and back would take twenty.
 */
export function locate(site: Site, names: readonly string[]): Place {
  let isFolder = false;
  for (const root of site.roots) {
    const path = join(root, ...names);
    const found = statOf(path);
    const real = found === null ? null : realpathInside(path, root);
    if (real !== null && found?.isFile()) return { kind: 'file', path: real };
    isFolder ||= real !== null && found?.isDirectory() === true;
    if (!isFolder && existsSync(join(root, ...goneMarkOf(names)))) return { kind: 'gone' };
  }
  return { kind: isFolder ? 'folder' : 'missing' };
}

/** What is at `path`; a name that is too long, or below a file, is at no place either. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** Where a path leads, or null when that is out of `root`, wherever symbolic links may point. */
function realpathInside(path: string, root: string): string | null {
  try {
    const [real, inside] = [realpathSync.native(path), realpathSync.native(root)];
    return real === inside || real.startsWith(inside + sep) ? real : null;
  } catch {
    return null;
  }
}
