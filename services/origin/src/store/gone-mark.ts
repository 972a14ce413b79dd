/**
 * A document of the host's own folder, which is read-only, is deleted by a mark over it: an empty file that begins with a full
 * stop, so that no URL names it.
 */

const MARK = '.gone-';

/** The names of the mark for a document. */
export function goneMarkOf(names: readonly string[]): readonly string[] {
  return [...names.slice(0, -1), `${MARK}${names.at(-1) ?? ''}`];
}

/** The document that a file marks as deleted, or null. */
export function markedByName(fileName: string): string | null {
  return fileName.startsWith(MARK) ? fileName.slice(MARK.length) : null;
}
