/**
 * The files of a torrent, in the `info` dictionary (BEP 3, "info dictionary"): one by `length`, or several by `files`. Padding
 * (BEP 47) stands between files so that each begins with a piece: it counts among the octets, but nobody keeps it.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Bencode, BencodeDictionary } from './bencode.ts';
import { asDictionary, countField, listField, octetsField, required, textField } from './bencode-fields.ts';
import { decodePathPart, refuseMeetingPaths } from './torrent-path.ts';

const FILES_MAX = 10_000;
const CLAUSE = 'BEP 3';

export interface TorrentFile {
  /** Folders and the file's own name, from the folder of the download. Each part has been checked. */
  readonly path: readonly string[];
  readonly length: number;
  /** Zeros that belong to no file (BEP 47). */
  readonly isPadding?: true;
}

/** The name of the file or of the folder of all files. */
export function decodeName(info: BencodeDictionary): string {
  return decodePathPart(required(octetsField(info, 'name', CLAUSE), 'name', CLAUSE));
}

/** "There is also a key length or a key files, but not both or neither." */
export function decodeFiles(info: BencodeDictionary, name: string): readonly TorrentFile[] {
  const length = countField(info, 'length', CLAUSE);
  const list = listField(info, 'files', CLAUSE);
  if ((length === undefined) === (list === undefined)) {
    throw new ProtocolViolation('There must be either "length" or "files"', 0, CLAUSE);
  }
  if (length !== undefined) return [{ path: [name], length }];
  if (list === undefined || list.length > FILES_MAX) throw new ProtocolViolation('There are too many files', 0, CLAUSE);
  const files = list.map((entry) => decodeFile(entry, name));
  // Paddings of the same length have the same path.
  refuseMeetingPaths(files.filter((file) => !file.isPadding).map((file) => file.path));
  return files;
}

function decodeFile(entry: Bencode, folder: string): TorrentFile {
  const dictionary = asDictionary(entry, 'files', CLAUSE);
  const length = required(countField(dictionary, 'length', CLAUSE), 'length', CLAUSE);
  const parts = required(listField(dictionary, 'path', CLAUSE), 'path', CLAUSE);
  if (parts.length === 0) throw new ProtocolViolation('A path is empty', 0, CLAUSE);
  const names = parts.map((part) => {
    if (part instanceof Uint8Array) return decodePathPart(part);
    throw new ProtocolViolation('A part of a path is not a string', 0, CLAUSE);
  });
  const isPadding = textField(dictionary, 'attr', 'BEP 47')?.includes('p') ?? false;
  return { path: [folder, ...names], length, ...(isPadding ? { isPadding } : {}) };
}
