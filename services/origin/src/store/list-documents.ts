import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { markedByName } from './gone-mark.ts';
import type { Site } from './sites.ts';

/** A document below a folder of a site. */
export interface Listed {
  /** Names below the folder, outermost first. */
  readonly segments: readonly string[];
  readonly octets: number;
  readonly modifiedMs: number;
  /** Whether it was edited or put there while the lab runs. */
  readonly isOwn: boolean;
}

/** Documents that one view shows. */
export const LISTED_MAX = 500;
/** Names of a document below the folder at most: what lies deeper is not found. */
export const DEPTH_MAX = 8;

/** The documents below a folder that have a URL, in the order of their names; at most `LISTED_MAX`. */
export async function listDocuments(site: Site, folder: readonly string[]): Promise<readonly Listed[]> {
  const found = new Map<string, Listed>();
  const gone = new Set<string>();
  for (const [place, root] of site.roots.entries()) {
    const marked: string[] = [];
    await walk(join(root, ...folder), [], async (segments) => {
      const fileName = segments.at(-1) ?? '';
      const name = markedByName(fileName);
      if (name !== null) marked.push([...segments.slice(0, -1), name].join('/'));
      const key = segments.join('/');
      if (fileName.startsWith('.') || found.has(key) || gone.has(key) || found.size >= LISTED_MAX) return;
      const version = await stat(join(root, ...folder, ...segments)).catch(() => null);
      if (!version?.isFile()) return;
      const isOwn = place < site.roots.length - 1;
      found.set(key, { segments, octets: version.size, modifiedMs: version.mtimeMs, isOwn });
    });
    // A mark is about what lies below it, not beside it.
    for (const key of marked) gone.add(key);
  }
  return [...found.values()].toSorted((one, other) => (one.segments.join('/') < other.segments.join('/') ? -1 : 1));
}

/** Calls `take` for each file below `root`. */
async function walk(root: string, segments: readonly string[], take: (segments: readonly string[]) => Promise<void>) {
  if (segments.length >= DEPTH_MAX) return;
  const entries = await readdir(join(root, ...segments), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const names = [...segments, entry.name];
    if (!entry.isDirectory()) await take(names);
    else if (!entry.name.startsWith('.')) await walk(root, names, take);
  }
}
