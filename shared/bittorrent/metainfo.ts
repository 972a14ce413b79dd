/**
 * The metainfo file, `.torrent` (BEP 3): where the tracker is, and the `info` dictionary, which names the file, cuts it into
 * pieces of equal length (the last may be shorter) and carries the SHA-1 of each. The SHA-1 of that dictionary's own octets,
 * the info hash, is the name of the torrent everywhere else. Beside it stand further trackers (BEP 12) and web servers that
 * have the file (BEP 19); inside of it whether only the trackers may tell of peers (BEP 27).
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { type BencodeDictionary, decodeBencodeDictionary } from './bencode.ts';
import { asDictionary, countField, listField, octetsField, required, textField } from './bencode-fields.ts';
import { HASH_OCTETS, type Sha1 } from './info-hash.ts';
import { decodeFiles, decodeName, type TorrentFile } from './metainfo-files.ts';

export type { TorrentFile } from './metainfo-files.ts';

/** Largest metainfo file that is read, in octets: enough for 50 000 pieces. */
export const METAINFO_OCTETS_MAX = 2 * 1024 * 1024;
/** A piece is held in memory until its hash is known to be right: 16 MiB bound that. */
export const PIECE_LENGTH_MAX = 16 * 1024 * 1024;
/** Shorter pieces would make more messages than file. */
export const PIECE_LENGTH_MIN = 1024;
/** Trackers and web servers that are read of one torrent. */
const TRACKERS_MAX = 64;
const WEB_SEEDS_MAX = 64;
/** Characters of a URL, at most. */
const URL_LENGTH_MAX = 2_048;
const CLAUSE = 'BEP 3';

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

/** Who can tell of peers or has the file, beside the `info` dictionary. */
export interface TorrentSources {
  /** URLs of trackers in tiers: those of a tier are equals, the next tier is for when all of them fail (BEP 12). */
  readonly trackers: readonly (readonly string[])[];
  /** URLs of web servers that have the files (BEP 19). */
  readonly webSeeds: readonly string[];
}

export interface Metainfo extends TorrentSources {
  /** The URL of `announce`, or null where the file names none. */
  readonly announce: string | null;
  readonly info: TorrentInfo;
  readonly infoHash: Uint8Array;
  /** The octets of the `info` dictionary: the metadata that peers give one another (BEP 9). */
  readonly infoOctets: Uint8Array;
  /** Whether only its trackers may tell of peers (BEP 27). */
  readonly isPrivate: boolean;
}

/** Reads a .torrent file. @throws ProtocolViolation */
export function decodeMetainfo(octets: Uint8Array, sha1: Sha1): Metainfo {
  if (octets.length > METAINFO_OCTETS_MAX)
    throw new ProtocolViolation('The file is too large', METAINFO_OCTETS_MAX, CLAUSE);
  const { dictionary, spans } = decodeBencodeDictionary(octets);
  const info = asDictionary(dictionary.get('info'), 'info', CLAUSE);
  const span = required(spans.get('info'), 'info', CLAUSE);
  const announce = textField(dictionary, 'announce', CLAUSE) ?? null;
  const trackers = decodeTrackers(dictionary);
  return {
    ...decodeInfo(info, octets.slice(span.start, span.end), sha1),
    announce,
    // "If the client is compatible with announce-list, it ignores announce" (BEP 12).
    trackers: trackers.length > 0 || announce === null ? trackers : [[announce]],
    webSeeds: decodeWebSeeds(dictionary),
  };
}

/** The metainfo of an `info` dictionary that came from peers (BEP 9), with what the magnet link says. @throws ProtocolViolation */
export function metainfoOfInfo(infoOctets: Uint8Array, sha1: Sha1, sources: TorrentSources): Metainfo {
  const info = decodeBencodeDictionary(infoOctets).dictionary;
  return { ...decodeInfo(info, infoOctets.slice(), sha1), announce: sources.trackers[0]?.[0] ?? null, ...sources };
}

/** Octets of the piece `index`: all pieces are equal, but the last may be shorter. */
export function lengthOfPiece(grid: PieceGrid, index: number): number {
  return Math.min(grid.pieceLength, grid.length - index * grid.pieceLength);
}

/** The SHA-1 that the piece `index` must have. */
export function hashOfPiece(info: TorrentInfo, index: number): Uint8Array {
  return info.pieceHashes.subarray(index * HASH_OCTETS, (index + 1) * HASH_OCTETS);
}

function decodeInfo(dictionary: BencodeDictionary, infoOctets: Uint8Array, sha1: Sha1) {
  refuseOtherVersions(dictionary);
  const name = decodeName(dictionary);
  const pieceLength = required(countField(dictionary, 'piece length', CLAUSE), 'piece length', CLAUSE);
  if (pieceLength < PIECE_LENGTH_MIN || pieceLength > PIECE_LENGTH_MAX) {
    throw new ProtocolViolation(
      `The piece length ${pieceLength} is outside ${PIECE_LENGTH_MIN} to ${PIECE_LENGTH_MAX}`,
      0,
      CLAUSE,
    );
  }
  const files = decodeFiles(dictionary, name);
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (length === 0 || !Number.isSafeInteger(length)) throw new ProtocolViolation('The length is impossible', 0, CLAUSE);
  const pieceHashes = required(octetsField(dictionary, 'pieces', CLAUSE), 'pieces', CLAUSE);
  const pieceCount = Math.ceil(length / pieceLength);
  if (pieceHashes.length !== pieceCount * HASH_OCTETS) {
    throw new ProtocolViolation(
      `"pieces" has ${pieceHashes.length} octets and not 20 for each of ${pieceCount}`,
      0,
      CLAUSE,
    );
  }
  const info: TorrentInfo = { name, files, length, pieceLength, pieceCount, pieceHashes };
  const isPrivate = countField(dictionary, 'private', 'BEP 27') === 1;
  return { info, infoHash: sha1(infoOctets), infoOctets, isPrivate };
}

/** A torrent of both versions is read as one of version 1; one of version 2 alone has no "pieces" (BEP 52). */
function refuseOtherVersions(info: BencodeDictionary): void {
  const version = countField(info, 'meta version', 'BEP 52') ?? 1;
  if (version > 2) throw new ProtocolViolation(`The meta version ${version} of this torrent is unknown`, 0, 'BEP 52');
  if (version === 2 && !info.has('pieces')) {
    throw new ProtocolViolation('This torrent is of version 2 only, which is not spoken here', 0, 'BEP 52');
  }
}

/** `announce-list`: a list of tiers, which are lists of URLs (BEP 12). */
function decodeTrackers(dictionary: BencodeDictionary): string[][] {
  const tiers = listField(dictionary, 'announce-list', 'BEP 12') ?? [];
  let room = TRACKERS_MAX;
  return tiers
    .map((tier) => {
      if (!Array.isArray(tier)) throw new ProtocolViolation('A tier of "announce-list" is not a list', 0, 'BEP 12');
      const urls = tier.flatMap(urlOf).slice(0, room);
      room -= urls.length;
      return urls;
    })
    .filter((urls) => urls.length > 0);
}

/** `url-list`: one URL, or a list of them (BEP 19). What is no URL is left out: the torrent is whole without it. */
function decodeWebSeeds(dictionary: BencodeDictionary): string[] {
  const value = dictionary.get('url-list');
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.flatMap(urlOf).slice(0, WEB_SEEDS_MAX);
}

function urlOf(value: unknown): string[] {
  const text = value instanceof Uint8Array && value.length <= URL_LENGTH_MAX ? new TextDecoder().decode(value) : '';
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s/][^\0-\x1f\x7f-\x9f]*$/i.test(text) ? [text] : [];
}
