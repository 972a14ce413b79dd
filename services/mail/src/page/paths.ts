/** Where the pages of the webmail are. */
import { decodeModifiedUtf7 } from '../protocol/imap/modified-utf7.ts';

/** @param name as IMAP has it; in the path it stands as people call it. */
export function folderPath(name: string): string {
  return `/folder/${encodeURIComponent(decodeModifiedUtf7(name))}`;
}

export function messagePath(
  folder: string,
  uid: number,
  page: '' | '/source' | '/octets' | '/html' | '/raw' = '',
): string {
  return `${folderPath(folder)}/${uid}${page}`;
}

/** A folder as people call it, with those above it. */
export function decodedFolder(name: string): string {
  return decodeModifiedUtf7(name);
}
