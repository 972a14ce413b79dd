import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type BencodeInput, decodeBencode, encodeBencode } from '#shared/bittorrent/bencode.ts';
import { asDictionary, listField, octetsField, required } from '#shared/bittorrent/bencode-fields.ts';
import { HASH_OCTETS, isSameHash } from '#shared/bittorrent/info-hash.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { replaceFile } from '#shared/host/durable-file.ts';

/**
 * What a file looked like when its pieces were known to be right: a file that looks otherwise was written since, and is read
 * again. Null for one that was written so short a time ago that a later change could bear the same time.
 */
export type FileStamp = string | null;

/** What was verified, so that a restart need not read everything. */
export interface ResumeRecord {
  readonly pieces: PieceSet;
  /** By the path of the file. */
  readonly stamps: ReadonlyMap<string, FileStamp>;
}

const CLAUSE = 'the record of a peer';

/** Size, time of the last change in nanoseconds, and which file it is. */
export function stampOf(stat: { size: bigint; mtimeNs: bigint; ino: bigint }): string {
  return `${stat.size} ${stat.mtimeNs} ${stat.ino}`;
}

/** Puts the record at `path`; after any crash the old or the new one is there. What it says must be on the disk before. */
export async function saveRecord(path: string, infoHash: Uint8Array, record: ResumeRecord): Promise<void> {
  const stamps = [...record.stamps].flatMap(([file, stamp]) => (stamp === null ? [] : [[file, stamp]]));
  const octets = encodeBencode(
    new Map<string, BencodeInput>([
      ['info hash', infoHash],
      ['pieces', record.pieces.encode()],
      ['files', stamps],
    ]),
  );
  const digest = hash('sha1', octets, 'buffer');
  await replaceFile(path, Buffer.concat([digest, octets]).toString('base64'));
}

/** The record at `path`; null when there is none for this torrent, or none that is whole. */
export async function loadRecord(path: string, infoHash: Uint8Array, pieceCount: number): Promise<ResumeRecord | null> {
  const text = await readFile(path, 'latin1').catch(() => null);
  if (text === null) return null;
  try {
    return decodeRecord(Buffer.from(text, 'base64'), infoHash, pieceCount);
  } catch {
    // Whatever is wrong with it: the files are read, as if there were none.
    return null;
  }
}

function decodeRecord(octets: Uint8Array, infoHash: Uint8Array, pieceCount: number): ResumeRecord | null {
  const content = octets.subarray(HASH_OCTETS);
  if (!isSameHash(octets.subarray(0, HASH_OCTETS), hash('sha1', content, 'buffer'))) return null;
  const record = asDictionary(decodeBencode(content), 'record', CLAUSE);
  if (!isSameHash(required(octetsField(record, 'info hash', CLAUSE), 'info hash', CLAUSE), infoHash)) return null;
  const pieces = PieceSet.decode(required(octetsField(record, 'pieces', CLAUSE), 'pieces', CLAUSE), pieceCount);
  const stamps = new Map<string, string>();
  for (const entry of listField(record, 'files', CLAUSE) ?? []) {
    if (!Array.isArray(entry)) return null;
    const [file, stamp] = entry.map((part) => new TextDecoder().decode(part as Uint8Array));
    if (file !== undefined && stamp !== undefined) stamps.set(file, stamp);
  }
  return { pieces, stamps };
}
