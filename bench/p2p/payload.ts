import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMetainfo } from '#shared/bittorrent/metainfo-encoding.ts';
import { madeFile } from '../../services/peer/src/store/made-file.ts';

/** As the issue has it: 256 KiB. */
export const PIECE_OCTETS = 256 * 1024;
const NAME = 'payload.bin';

/** The file that is shared, on disk, and its .torrent file. */
export interface Payload {
  readonly name: string;
  readonly length: number;
  readonly sha256: string;
  /** Where both are. */
  readonly path: string;
  readonly torrentPath: string;
  readonly torrent: Uint8Array;
}

/** Makes a file that nothing can compress, and its .torrent file: private, so that clients ask these trackers and nobody else. */
export function makePayload(folder: string, length: number, trackers: readonly string[], name = NAME): Payload {
  mkdirSync(folder, { recursive: true });
  const octets = madeFile({ name, length });
  const pieceHashes = Buffer.concat(
    Array.from({ length: Math.ceil(length / PIECE_OCTETS) }, (_, index) =>
      hash('sha1', octets.subarray(index * PIECE_OCTETS, (index + 1) * PIECE_OCTETS), 'buffer'),
    ),
  );
  const torrent = encodeMetainfo({
    trackers: trackers.map((url) => [url]),
    webSeeds: [],
    name,
    files: [{ path: [name], length }],
    pieceLength: PIECE_OCTETS,
    pieceHashes,
    isPrivate: true,
    comment: null,
  });
  const [path, torrentPath] = [join(folder, name), join(folder, `${name}.torrent`)];
  writeFileSync(path, octets);
  writeFileSync(torrentPath, torrent);
  return { name, length, sha256: hash('sha256', octets), path, torrentPath, torrent };
}
