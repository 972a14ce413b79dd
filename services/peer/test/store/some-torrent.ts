import { hash } from 'node:crypto';
import { decodeMetainfo, lengthOfPiece, type Metainfo } from '#shared/bittorrent/metainfo.ts';
import { encodeMetainfo } from '#shared/bittorrent/metainfo-encoding.ts';
import { madeFile } from '../../src/store/made-file.ts';

/** A torrent of some files, and what is in it. */
export interface SomeTorrent {
  readonly octets: Uint8Array;
  readonly metainfo: Metainfo;
  readonly content: Uint8Array<ArrayBuffer>;
  piece(index: number): Uint8Array<ArrayBuffer>;
}

/** Makes a torrent of files with these lengths, of one file where its path is empty; the content depends on `name` alone. */
export function someTorrent(
  name: string,
  files: Readonly<Record<string, number>>,
  { pieceLength = 1024, trackers = [] as string[][] } = {},
): SomeTorrent {
  const length = Object.values(files).reduce((sum, octets) => sum + octets, 0);
  const content = Uint8Array.from(madeFile({ name, length }));
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < length; at += pieceLength)
    hashes.push(hash('sha1', content.subarray(at, at + pieceLength), 'buffer'));
  const octets = encodeMetainfo({
    trackers,
    webSeeds: [],
    name,
    files: Object.entries(files).map(([path, octets]) => ({
      path: path === '' ? [name] : [name, ...path.split('/')],
      length: octets,
    })),
    pieceLength,
    pieceHashes: Buffer.concat(hashes),
    isPrivate: false,
    comment: null,
  });
  const metainfo = decodeMetainfo(octets, (part) => hash('sha1', part, 'buffer'));
  const piece = (index: number) =>
    content.slice(index * pieceLength, index * pieceLength + lengthOfPiece(metainfo.info, index));
  return { octets, metainfo, content, piece };
}
