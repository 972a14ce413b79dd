/** Writes metainfo files (BEP 3): what metainfo.ts reads. */
import { type BencodeInput, encodeBencode } from './bencode.ts';
import type { TorrentFile } from './metainfo-files.ts';

export interface NewTorrent {
  /** URLs of trackers in tiers (BEP 12); the first of all is `announce`. */
  readonly trackers: readonly (readonly string[])[];
  readonly webSeeds: readonly string[];
  readonly name: string;
  /** One file of that name alone, or files in a folder of that name: their paths begin with it. */
  readonly files: readonly Pick<TorrentFile, 'path' | 'length'>[];
  readonly pieceLength: number;
  readonly pieceHashes: Uint8Array;
  readonly isPrivate: boolean;
  readonly comment: string | null;
}

/** The octets of a .torrent file. It carries no date: the same content gives the same file. */
export function encodeMetainfo(torrent: NewTorrent): Uint8Array<ArrayBuffer> {
  const { trackers, webSeeds, comment } = torrent;
  const dictionary = new Map<string, BencodeInput>([['info', infoOf(torrent)]]);
  const first = trackers[0]?.[0];
  if (first !== undefined) dictionary.set('announce', first);
  if (trackers.flat().length > 1) dictionary.set('announce-list', trackers);
  if (webSeeds.length > 0) dictionary.set('url-list', webSeeds);
  if (comment !== null) dictionary.set('comment', comment);
  return encodeBencode(dictionary);
}

/** A .torrent file around the octets of an `info` dictionary that is known already: its hash must not change. */
export function wrapInfo(infoOctets: Uint8Array, trackers: readonly (readonly string[])[]): Uint8Array<ArrayBuffer> {
  const first = trackers[0]?.[0];
  const head = new Map<string, BencodeInput>(first === undefined ? [] : [['announce', first]]);
  if (trackers.flat().length > 1) head.set('announce-list', trackers);
  // Keys are sorted: `announce` and `announce-list` come before `info`, and nothing comes behind it.
  const before = encodeBencode(head).subarray(0, -1);
  const key = encodeBencode('info');
  const octets = new Uint8Array(before.length + key.length + infoOctets.length + 1);
  octets.set(before);
  octets.set(key, before.length);
  octets.set(infoOctets, before.length + key.length);
  octets.set(encodeBencode(new Map()).subarray(-1), octets.length - 1);
  return octets;
}

function infoOf(torrent: NewTorrent): ReadonlyMap<string, BencodeInput> {
  const { name, files, pieceLength, pieceHashes, isPrivate } = torrent;
  const info = new Map<string, BencodeInput>([
    ['name', name],
    ['piece length', pieceLength],
    ['pieces', pieceHashes],
  ]);
  const [only] = files;
  if (files.length === 1 && only?.path.length === 1) info.set('length', only.length);
  else info.set('files', files.map(entryOf));
  if (isPrivate) info.set('private', 1);
  return info;
}

function entryOf({ path, length }: Pick<TorrentFile, 'path' | 'length'>): ReadonlyMap<string, BencodeInput> {
  return new Map<string, BencodeInput>([
    ['length', length],
    ['path', path.slice(1)],
  ]);
}
