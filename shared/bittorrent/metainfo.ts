/**
 * The metainfo file, `.torrent` (BEP 3): where the tracker is, and the `info` dictionary, which names the file, cuts it into
 * pieces of equal length (the last may be shorter) and carries the SHA-1 of each. The SHA-1 of that dictionary's own octets,
 * the info hash, is the name of the torrent everywhere else.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import {
  type Bencode,
  type BencodeDictionary,
  type BencodeInput,
  decodeBencodeDictionary,
  encodeBencode,
} from './bencode.ts';
import { asDictionary, countField, listField, octetsField, required, textField } from './bencode-fields.ts';
import { HASH_OCTETS, type Sha1 } from './info-hash.ts';
import { decodePathPart, refuseMeetingPaths } from './torrent-path.ts';

/** Largest metainfo file that is read, in octets: enough for 50 000 pieces. */
export const METAINFO_OCTETS_MAX = 2 * 1024 * 1024;
/** A piece is held in memory until its hash is known to be right: 16 MiB bound that. */
const PIECE_LENGTH_MAX = 16 * 1024 * 1024;
/** Shorter pieces would make more messages than file. */
const PIECE_LENGTH_MIN = 1024;
const FILES_MAX = 10_000;
const CLAUSE = 'BEP 3';

export interface TorrentFile {
  /** Folders and the file's own name, from the folder of the download. Each part has been checked. */
  readonly path: readonly string[];
  readonly length: number;
}

/** How a torrent is cut. */
export interface PieceGrid {
  readonly pieceCount: number;
  readonly pieceLength: number;
  /** Octets of all files together. */
  readonly length: number;
}

export interface TorrentInfo extends PieceGrid {
  readonly name: string;
  readonly files: readonly TorrentFile[];
  /** The SHA-1 of every piece, one behind the other. */
  readonly pieceHashes: Uint8Array;
}

export interface Metainfo {
  /** URL of the tracker, or null where the file names none. */
  readonly announce: string | null;
  readonly info: TorrentInfo;
  readonly infoHash: Uint8Array;
}

/** Reads a .torrent file. @throws ProtocolViolation */
export function decodeMetainfo(octets: Uint8Array, sha1: Sha1): Metainfo {
  if (octets.length > METAINFO_OCTETS_MAX)
    throw new ProtocolViolation('The file is too large', METAINFO_OCTETS_MAX, CLAUSE);
  const { dictionary, spans } = decodeBencodeDictionary(octets);
  const info = decodeInfo(asDictionary(dictionary.get('info'), 'info', CLAUSE));
  const span = required(spans.get('info'), 'info', CLAUSE);
  const announce = textField(dictionary, 'announce', CLAUSE) ?? null;
  return { announce, info, infoHash: sha1(octets.subarray(span.start, span.end)) };
}

/** Writes a .torrent file for one file. */
export function encodeMetainfo(torrent: {
  announce: string;
  name: string;
  length: number;
  pieceLength: number;
  pieceHashes: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  const info = new Map<string, BencodeInput>([
    ['length', torrent.length],
    ['name', torrent.name],
    ['piece length', torrent.pieceLength],
    ['pieces', torrent.pieceHashes],
  ]);
  return encodeBencode(
    new Map<string, BencodeInput>([
      ['announce', torrent.announce],
      ['info', info],
    ]),
  );
}

/** Octets of the piece `index`: all pieces are equal, but the last may be shorter. */
export function lengthOfPiece(grid: PieceGrid, index: number): number {
  return Math.min(grid.pieceLength, grid.length - index * grid.pieceLength);
}

/** The SHA-1 that the piece `index` must have. */
export function hashOfPiece(info: TorrentInfo, index: number): Uint8Array {
  return info.pieceHashes.subarray(index * HASH_OCTETS, (index + 1) * HASH_OCTETS);
}

function decodeInfo(info: BencodeDictionary): TorrentInfo {
  const name = decodePathPart(required(octetsField(info, 'name', CLAUSE), 'name', CLAUSE));
  const pieceLength = required(countField(info, 'piece length', CLAUSE), 'piece length', CLAUSE);
  if (pieceLength < PIECE_LENGTH_MIN || pieceLength > PIECE_LENGTH_MAX) {
    throw new ProtocolViolation(
      `The piece length ${pieceLength} is outside ${PIECE_LENGTH_MIN} to ${PIECE_LENGTH_MAX}`,
      0,
      CLAUSE,
    );
  }
  const files = decodeFiles(info, name);
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (length === 0 || !Number.isSafeInteger(length)) throw new ProtocolViolation('The length is impossible', 0, CLAUSE);
  const pieceHashes = required(octetsField(info, 'pieces', CLAUSE), 'pieces', CLAUSE);
  const pieceCount = Math.ceil(length / pieceLength);
  if (pieceHashes.length !== pieceCount * HASH_OCTETS) {
    throw new ProtocolViolation(
      `"pieces" has ${pieceHashes.length} octets and not 20 for each of ${pieceCount}`,
      0,
      CLAUSE,
    );
  }
  return { name, files, length, pieceLength, pieceCount, pieceHashes };
}

/** One file by `length`, or several by `files`: "one of both, not both and not neither". */
function decodeFiles(info: BencodeDictionary, name: string): readonly TorrentFile[] {
  const length = countField(info, 'length', CLAUSE);
  const list = listField(info, 'files', CLAUSE);
  if ((length === undefined) === (list === undefined)) {
    throw new ProtocolViolation('There must be either "length" or "files"', 0, CLAUSE);
  }
  if (length !== undefined) return [{ path: [name], length }];
  if (list === undefined || list.length > FILES_MAX) throw new ProtocolViolation('There are too many files', 0, CLAUSE);
  const files = list.map((entry) => decodeFile(entry, name));
  refuseMeetingPaths(files.map((file) => file.path));
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
  return { path: [folder, ...names], length };
}
